"""Trains spiking GANs and plain ones of the same size on as many images, and has the same judges look at their samples.

usage: bench/gan [--seeds 1,2,3] [--images N] [--rows NAME,...] [--jobs N] [--out DIR] [--judge MODEL]
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

import second_judge

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRSTSPIKE = str(ROOT / "build/apps/firstspike")
ROWS = ("ramp", "ramp-classes", "ramp-aggressive", "step", "step-classes", "step-aggressive", "step-jumps", "ann", "ann-tuned")
README_ROW = "ramp-classes"
BATCH, ANN_BATCH = 32, 64
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ONE_THREAD)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def firstspike(*arguments):
    return run(FIRSTSPIKE, *arguments, "--json")[0]


def train_spiking(row, seed, images, out):
    """10,000 samples of a GAN trained from scratch, as [(step, file, images a second)]."""
    steps = images // BATCH
    directory, samples, trace = out / f"{row}-{seed}", out / f"{row}-{seed}.idx", out / f"{row}-{seed}.h5"
    trained = firstspike("train", "gan", "--config", str(ROOT / f"bench/gans/{row}.conf"), "--seed", str(seed), "--steps",
                         str(steps), "--batch", str(BATCH), "--engine", "sweep", "--threads", "1", "--out", str(directory), "--record", str(trace),
                         "--overwrite")
    drawn = firstspike("generate", "--model", trained["model"], "--count", "10000", "--seed", str(seed + 1000), "--out",
                       str(samples), "--overwrite", "--threads", "1")
    return [(steps, str(samples), {"images_per_second": trained["images_per_second"], "seconds": trained["seconds"],
                                   "spikes": drawn["spikes"] / drawn["images"], **spike_measures(trained["model"], trace, seed)})]


def spike_measures(model, trace, seed):
    """When an image is finished and a decision made, and the spikes until then; no neuron fires twice."""
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
    """A network's populations in a trace, bias neurons left out, the last one at the end."""
    names = [name for name in file["spikes"] if name.startswith(prefix) and not name.endswith("_bias")]
    return [name for name in names if name != prefix + last] + [prefix + last]


def spike_times(file, populations):
    """Of each population [sample][neuron], infinity where it is silent."""
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


def train_ann(row, seed, images, out, data):
    """The same of a plain GAN, at five points of its training: its best one counts."""
    batch = ANN_BATCH if row == "ann" else BATCH
    found = run("/usr/bin/python3", str(ROOT / "bench/ann_gan.py"), "--images", str(second_judge.file_of(data, "train-images-idx3-ubyte")), "--out",
                str(out / f"{row}-{seed}"), "--steps", str(images // batch), "--batch", str(batch), "--seed", str(seed), "--threads", "1",
                *(["--tuned"] if row == "ann-tuned" else []))
    return [(point["step"], point["samples"], {"images_per_second": point["images_per_second"], "seconds": point["seconds"],
                                               "spikes": 0}) for point in found]


def spread(values, digits):
    return f"{statistics.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(runs, yardsticks):
    lines = ["| configuration | Fréchet distance | of the ANN's | confidence | of the CNN | rarest class [%] | precision | recall | "
             "nearest training image, of test's | closest two | spikes an image | training images/s |", "|" + "---|" * 12]
    ann = {run["seed"]: run["frechet"] for run in runs if run["row"] == "ann"}
    for row in dict.fromkeys(run["row"] for run in runs):
        of_row = [run for run in runs if run["row"] == row]
        ratio = [run["frechet"] / ann[run["seed"]] for run in of_row if run["seed"] in ann]
        cells = [spread([run["frechet"] for run in of_row], 2), spread(ratio, 2) if ratio else "",
                 spread([run["confidence"] for run in of_row], 3), spread([run["second_confidence"] for run in of_row], 3),
                 spread([100 * run["least_share"] for run in of_row], 1), spread([run["precision"] for run in of_row], 3),
                 spread([run["recall"] for run in of_row], 3), spread([run["nearest_to_test_ratio"] for run in of_row], 2),
                 spread([run["closest_two"] for run in of_row], 0), spread([run["spikes"] for run in of_row], 0),
                 spread([run["images_per_second"] for run in of_row], 0)]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    for run in yardsticks:
        lines.append(f"| {run['name']} | {run['frechet']:.2f} | | {run['confidence']:.3f} | {run['second_confidence']:.3f} | "
                     f"{100 * run['least_share']:.1f} | {run['precision']:.3f} | {run['recall']:.3f} | {run['nearest_to_test_ratio']:.2f} | "
                     f"{run['closest_two']:.0f} | | |")
    return "\n".join(lines)


def spike_table(runs):
    """Of the spiking rows: what the aggressive loss is about."""
    columns = (("finished_at", "image finished at step"), ("spikes_to_image", "spikes to the image"), ("spikes", "generator's in all"),
               ("decided_at", "discriminator decides at step"), ("spikes_to_decision", "spikes to the decision"),
               ("discriminator_spikes", "discriminator's in all"))
    lines = ["| configuration | " + " | ".join(title for _, title in columns) + " |", "|" + "---|" * (1 + len(columns))]
    for row in dict.fromkeys(run["row"] for run in runs if "finished_at" in run):
        of_row = [run for run in runs if run["row"] == row]
        lines.append(f"| {row} | " + " | ".join(spread([run[key] for run in of_row], 1) for key, _ in columns) + " |")
    return "\n".join(lines)


def goals(runs):
    """(what, its figure: the worst of the seeds unless it is a mean, bound, whether it is reached)."""
    ann = {run["seed"]: run["frechet"] for run in runs if run["row"] == "ann"}
    for row in ("ramp", "step"):
        if ratios := [run["frechet"] / ann[run["seed"]] for run in runs if run["row"] == row and run["seed"] in ann]:
            yield f"{row}: Fréchet distance, of the ANN's", max(ratios), "at most 1.0", max(ratios) <= 1
        of_row = [run for run in runs if run["row"] == row]
        for key, what, most in (("frechet", "mean Fréchet distance", {"ramp": 5.3, "step": 5.8}[row]),
                                ("spikes", "mean spikes an image", {"ramp": 500, "step": 550}[row]),
                                ("spikes_to_decision", "mean spikes to the decision", 400),
                                ("finished_at", "image finished at step", {"ramp": 192, "step": 320}[row])):
            if of_row:
                mean = statistics.mean(run[key] for run in of_row)
                yield f"{row}: {what}", mean, f"at most {most}", mean <= most
    of_readme = [run for run in runs if run["row"] == README_ROW]
    if not of_readme:
        return
    for key, what, least in (("least_share", "rarest class", 0.04), ("confidence", "confidence", 0.9),
                             ("second_confidence", "confidence of the CNN", 0.9),
                             ("nearest_to_test_ratio", "nearest training image, of test's", 0.7)):
        worst = min(run[key] for run in of_readme)
        yield f"{README_ROW}: {what}", worst, f"at least {least}", worst >= least
    closest, slowest = min(run["closest_two"] for run in of_readme), max(run["seconds"] for run in of_readme)
    yield f"{README_ROW}: closest two, in grey levels", closest, "above 0", closest > 0
    yield f"{README_ROW}: training [s]", slowest, "at most 1200", slowest <= 1200


def judge_all(work, judge, second):
    """`work` [(row, seed, [(step, file, measures)])]: the best point of each by Fréchet distance, and the yardsticks."""
    files = [file for _, _, points in work for _, file, _ in points]
    seen = firstspike("evaluate", "--model", judge, "--samples", ",".join(files))["sets"]
    by_file = {found["name"]: found for found in seen}
    best = []
    for row, seed, points in work:
        step, file, measures = min(points, key=lambda point: by_file[point[1]]["frechet"])
        best.append({"row": row, "seed": seed, "step": step, **measures, **by_file[file],
                     "second_confidence": second.confidence(second_judge.read_images(file))})
    yardsticks = [found for found in seen if found["name"] not in files]
    for found in yardsticks:
        images = second.test if found["name"] == "test images" else second_judge.noise_like(second.test)
        found["second_confidence"] = second.confidence(images)
    return best, yardsticks


def main():
    parser = argparse.ArgumentParser(prog="bench/gan", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--images", type=int, default=128000, help="training images that each GAN sees, with repetitions")
    parser.add_argument("--rows", default=",".join(ROWS), help="of " + ", ".join(ROWS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once, one thread each")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/gan")
    parser.add_argument("--judge", help="a trained classifier; without it one is trained")
    asked = parser.parse_args()
    rows, seeds = asked.rows.split(","), [int(seed) for seed in asked.seeds.split(",")]
    if unknown := set(rows) - set(ROWS):
        parser.error(f"--rows: {', '.join(sorted(unknown))}, allowed: {', '.join(ROWS)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    where = next(found["where"] for found in firstspike("data", "list")["data_sets"] if found["name"] == "mnist" and found["intact"])
    data = pathlib.Path(where)
    judge = asked.judge or firstspike("train", "classifier", "--kernel", "ramp", "--loss", "xent", "--engine", "sweep", "--out",
                                      str(asked.out / "judge"), "--overwrite")["model"]
    second = second_judge.trained(data)
    print(f"judges: {100 * firstspike('evaluate', '--model', judge)['accuracy']:.2f} % and {100 * second.accuracy:.2f} % of the test images",
          file=sys.stderr)

    def train(row, seed):
        points = train_ann(row, seed, asked.images, asked.out, data) if row.startswith("ann") else train_spiking(row, seed, asked.images, asked.out)
        print(f"  {row}, seed {seed}: {points[-1][2]['seconds']:.0f} s", file=sys.stderr, flush=True)
        return row, seed, points

    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        work = list(pool.map(lambda job: train(*job), [(row, seed) for seed in seeds for row in rows]))
    work.sort(key=lambda done: (ROWS.index(done[0]), done[1]))
    best, yardsticks = judge_all(work, judge, second)
    (asked.out / "runs.json").write_text(json.dumps({"images": asked.images, "runs": best, "yardsticks": yardsticks}, indent=1))
    print(table(best, yardsticks), end="\n\n")
    print(spike_table(best), end="\n\n")
    for what, figure, bound, reached in goals(best):
        print(f"{'reached    ' if reached else 'NOT REACHED'}  {what}: {figure:.2f} ({bound})")


if __name__ == "__main__":
    main()
