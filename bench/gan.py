"""Trains spiking GANs and ANN GANs of the same size on equally many images, and measures their samples with the same classifiers.

usage: bench/gan [--seeds 1,2,3] [--images N] [--configurations NAME,...] [--jobs N] [--out DIR] [--classifier MODEL]
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys

import h5py
import numpy

import second_classifier

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRSTSPIKE = str(ROOT / "build/apps/firstspike")
CONFIGURATIONS = ("ramp", "ramp-classes", "ramp-aggressive", "step", "step-classes", "step-aggressive", "step-early", "step-jumps", "ann", "ann-tuned")
README_CONFIGURATION = "ramp-classes"
BATCH, ANN_BATCH = 32, 64
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ONE_THREAD)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def firstspike(*arguments):
    return run(FIRSTSPIKE, *arguments, "--json")[0]


def train_spiking(configuration, seed, images, out):
    """10,000 samples of a GAN trained from scratch, as [(step, file, images a second)]."""
    steps = images // BATCH
    directory, samples, trace = out / f"{configuration}-{seed}", out / f"{configuration}-{seed}.idx", out / f"{configuration}-{seed}.h5"
    trained = firstspike("train", "gan", "--config", str(ROOT / f"bench/gans/{configuration}.conf"), "--seed", str(seed), "--steps",
                         str(steps), "--batch", str(BATCH), "--engine", "sweep", "--threads", "1", "--out", str(directory), "--record", str(trace),
                         "--overwrite")
    drawn = firstspike("generate", "--model", trained["model"], "--count", "10000", "--seed", str(seed + 1000), "--out",
                       str(samples), "--overwrite", "--threads", "1")
    return [(steps, str(samples), {"images_per_second": trained["images_per_second"], "seconds": trained["seconds"],
                                   "spikes": drawn["spikes"] / drawn["images"], **spike_measures(trained["model"], trace, seed)})]


def spike_measures(model, trace, seed):
    """The times at which images are finished and decisions are made, and the spikes until then. Checks that no neuron fires twice."""
    drawn = pathlib.Path(model).with_name("drawn.h5")
    firstspike("generate", "--model", model, "--count", "1000", "--seed", str(seed + 1000), "--out", str(drawn), "--overwrite")
    with h5py.File(drawn) as file:
        layers = spike_times(file, layers_of(file, "", "image"))
        black = file.attrs["image_opens"] + file.attrs["t_in"]
        finished = numpy.where(layers[-1] < black, layers[-1], 0).max(1)  # the last pixel that is not black
        measures = {"finished_at": finished.mean(), "spikes_to_image": sum((t <= finished[:, None]).sum(1) for t in layers).mean()}
    with h5py.File(trace) as file:
        layers = spike_times(file, layers_of(file, "discriminator_", "output"))
        decision = numpy.minimum(layers[-1].min(1), file["spikes/discriminator_output"].attrs["t_stop"])
        measures |= {"decided_at": decision.mean(), "spikes_to_decision": sum((t < decision[:, None]).sum(1) for t in layers[:-1]).mean(),
                  "discriminator_spikes": sum(numpy.isfinite(t).sum(1) for t in layers).mean()}
    return {name: float(value) for name, value in measures.items()}


def layers_of(file, prefix, last):
    """The populations of a network in a trace without bias neurons; the last layer comes last."""
    names = [name for name in file["spikes"] if name.startswith(prefix) and not name.endswith("_bias")]
    return [name for name in names if name != prefix + last] + [prefix + last]


def spike_times(file, populations):
    """Firing times of each population, [sample][neuron]; infinity for silent neurons."""
    found = []
    for name in populations:
        group = file["spikes"][name]
        place = (group["sample_ids"][()].astype(int), group["node_ids"][()].astype(int))
        if len(set(zip(*place))) != len(place[0]):
            raise RuntimeError(f"{file.filename}: /spikes/{name}: a neuron fires twice")
        times = numpy.full((len(group["sample_offsets"]) - 1, int(group.attrs["n_nodes"])), numpy.inf)
        times[place] = group["timestamps"][()]
        found.append(times)
    return found


def train_ann(configuration, seed, images, out, data):
    """The same for an ANN GAN, at five points of its training; the caller selects the best."""
    batch = ANN_BATCH if configuration == "ann" else BATCH
    found = run("/usr/bin/python3", str(ROOT / "bench/ann_gan.py"), "--images", str(second_classifier.file_of(data, "train-images-idx3-ubyte")), "--out",
                str(out / f"{configuration}-{seed}"), "--steps", str(images // batch), "--batch", str(batch), "--seed", str(seed), "--threads", "1",
                *(["--tuned"] if configuration == "ann-tuned" else []))
    return [(point["step"], point["samples"], {"images_per_second": point["images_per_second"], "seconds": point["seconds"],
                                               "spikes": 0}) for point in found]


def mean_and_range(values, digits):
    return f"{statistics.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(runs, reference_sets):
    lines = ["| configuration | Fréchet distance | of the ANN's | confidence | of the CNN | rarest class [%] | precision | recall | "
             "nearest training image, of test's | closest two | spikes an image | training images/s |", "|" + "---|" * 12]
    ann = {run["seed"]: run["frechet"] for run in runs if run["configuration"] == "ann"}
    for configuration in dict.fromkeys(run["configuration"] for run in runs):
        selected = [run for run in runs if run["configuration"] == configuration]
        ratio = [run["frechet"] / ann[run["seed"]] for run in selected if run["seed"] in ann]
        cells = [mean_and_range([run["frechet"] for run in selected], 2), mean_and_range(ratio, 2) if ratio else "",
                 mean_and_range([run["confidence"] for run in selected], 3), mean_and_range([run["second_confidence"] for run in selected], 3),
                 mean_and_range([100 * run["least_share"] for run in selected], 1), mean_and_range([run["precision"] for run in selected], 3),
                 mean_and_range([run["recall"] for run in selected], 3), mean_and_range([run["nearest_to_test_ratio"] for run in selected], 2),
                 mean_and_range([run["closest_two"] for run in selected], 0), mean_and_range([run["spikes"] for run in selected], 0),
                 mean_and_range([run["images_per_second"] for run in selected], 0)]
        lines.append(f"| {configuration} | " + " | ".join(cells) + " |")
    for run in reference_sets:
        lines.append(f"| {run['name']} | {run['frechet']:.2f} | | {run['confidence']:.3f} | {run['second_confidence']:.3f} | "
                     f"{100 * run['least_share']:.1f} | {run['precision']:.3f} | {run['recall']:.3f} | {run['nearest_to_test_ratio']:.2f} | "
                     f"{run['closest_two']:.0f} | | |")
    return "\n".join(lines)


def spike_table(runs):
    """Firing and decision times and spike counts of the spiking configurations."""
    columns = (("finished_at", "image finished [steps]"), ("spikes_to_image", "spikes to the image"), ("spikes", "generator's in all"),
               ("decided_at", "discriminator decides [steps]"), ("spikes_to_decision", "spikes to the decision"),
               ("discriminator_spikes", "discriminator's in all"))
    lines = ["| configuration | " + " | ".join(title for _, title in columns) + " |", "|" + "---|" * (1 + len(columns))]
    for configuration in dict.fromkeys(run["configuration"] for run in runs if "finished_at" in run):
        selected = [run for run in runs if run["configuration"] == configuration]
        lines.append(f"| {configuration} | " + " | ".join(mean_and_range([run[key] for run in selected], 1) for key, _ in columns) + " |")
    return "\n".join(lines)


def goals(runs):
    """(goal, value: the worst seed unless it is a mean, bound, reached)."""
    ann = {run["seed"]: run["frechet"] for run in runs if run["configuration"] == "ann"}
    for configuration in ("ramp", "step"):
        if ratios := [run["frechet"] / ann[run["seed"]] for run in runs if run["configuration"] == configuration and run["seed"] in ann]:
            yield f"{configuration}: Fréchet distance, of the ANN's", max(ratios), "at most 1.0", max(ratios) <= 1
        selected = [run for run in runs if run["configuration"] == configuration]
        for key, what, most in (("frechet", "mean Fréchet distance", {"ramp": 5.3, "step": 5.8}[configuration]),
                                ("spikes", "mean spikes an image", {"ramp": 500, "step": 550}[configuration]),
                                ("spikes_to_decision", "mean spikes to the decision", 400),
                                ("finished_at", "image finished [steps]", {"ramp": 192, "step": 320}[configuration])):
            if selected:
                mean = statistics.mean(run[key] for run in selected)
                yield f"{configuration}: {what}", mean, f"at most {most}", mean <= most
    of_readme = [run for run in runs if run["configuration"] == README_CONFIGURATION]
    if not of_readme:
        return
    for key, what, least in (("least_share", "rarest class", 0.04), ("confidence", "confidence", 0.9),
                             ("second_confidence", "confidence of the CNN", 0.9),
                             ("nearest_to_test_ratio", "nearest training image, of test's", 0.7)):
        worst = min(run[key] for run in of_readme)
        yield f"{README_CONFIGURATION}: {what}", worst, f"at least {least}", worst >= least
    closest, slowest = min(run["closest_two"] for run in of_readme), max(run["seconds"] for run in of_readme)
    yield f"{README_CONFIGURATION}: closest two, in grey levels", closest, "above 0", closest > 0
    yield f"{README_CONFIGURATION}: training [s]", slowest, "at most 1200", slowest <= 1200


def measure_all(work, classifier, second):
    """`work` [(configuration, seed, [(step, file, measures)])]. Returns the best point of each by Fréchet distance, and the reference sets."""
    files = [file for _, _, points in work for _, file, _ in points]
    seen = firstspike("evaluate", "--model", classifier, "--samples", ",".join(files))["sets"]
    by_file = {found["name"]: found for found in seen}
    best = []
    for configuration, seed, points in work:
        step, file, measures = min(points, key=lambda point: by_file[point[1]]["frechet"])
        best.append({"configuration": configuration, "seed": seed, "step": step, **measures, **by_file[file],
                     "second_confidence": second.confidence(second_classifier.read_images(file))})
    reference_sets = [found for found in seen if found["name"] not in files]
    for found in reference_sets:
        images = second.test if found["name"] == "test images" else second_classifier.noise_like(second.test)
        found["second_confidence"] = second.confidence(images)
    return best, reference_sets


def main():
    parser = argparse.ArgumentParser(prog="bench/gan", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--images", type=int, default=128000, help="training images of each GAN, sampled with replacement")
    parser.add_argument("--configurations", "--rows", dest="configurations", default=",".join(CONFIGURATIONS), help="of " + ", ".join(CONFIGURATIONS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once, one thread each")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/gan")
    parser.add_argument("--classifier", "--judge", dest="classifier", help="a trained classifier; without it one is trained")
    asked = parser.parse_args()
    configurations, seeds = asked.configurations.split(","), [int(seed) for seed in asked.seeds.split(",")]
    if unknown := set(configurations) - set(CONFIGURATIONS):
        parser.error(f"--configurations: {', '.join(sorted(unknown))}, allowed: {', '.join(CONFIGURATIONS)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    where = next(found["where"] for found in firstspike("data", "list")["data_sets"] if found["name"] == "mnist" and found["intact"])
    data = pathlib.Path(where)
    classifier = asked.classifier or firstspike("train", "classifier", "--kernel", "ramp", "--loss", "xent", "--engine", "sweep", "--out",
                                      str(asked.out / "classifier"), "--overwrite")["model"]
    second = second_classifier.trained(data)
    print(f"classifiers: {100 * firstspike('evaluate', '--model', classifier)['accuracy']:.2f} % and {100 * second.accuracy:.2f} % of the test images",
          file=sys.stderr)

    def train(configuration, seed):
        points = train_ann(configuration, seed, asked.images, asked.out, data) if configuration.startswith("ann") else train_spiking(configuration, seed, asked.images, asked.out)
        print(f"  {configuration}, seed {seed}: {points[-1][2]['seconds']:.0f} s", file=sys.stderr, flush=True)
        return configuration, seed, points

    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        work = list(pool.map(lambda job: train(*job), [(configuration, seed) for seed in seeds for configuration in configurations]))
    work.sort(key=lambda done: (CONFIGURATIONS.index(done[0]), done[1]))
    best, reference_sets = measure_all(work, classifier, second)
    (asked.out / "runs.json").write_text(json.dumps({"images": asked.images, "runs": best, "reference_sets": reference_sets}, indent=1))
    print(table(best, reference_sets), end="\n\n")
    print(spike_table(best), end="\n\n")
    for what, figure, bound, reached in goals(best):
        print(f"{'reached    ' if reached else 'NOT REACHED'}  {what}: {figure:.2f} ({bound})")


if __name__ == "__main__":
    main()
