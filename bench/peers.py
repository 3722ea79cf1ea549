"""Compares firstspike's inference with other simulators on one core, and writes the tables into bench/README.md.

usage: bench/peers [--environments DIR] [--rounds N] [--candidates NAME,...] [--tables NAME,...] [--reference FILE] [--data DIR]
"""
import argparse
import gzip
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench/simulators"))
import work
from tables import write_between

FIRSTSPIKE = ROOT / "build/apps/firstspike"
MEASURE = ROOT / "bench/simulators/measure.py"
REQUIREMENTS = ROOT / "bench/requirements-peers.txt"
ROUNDS = 5  # the least that is written into README
TABLES = ("speed", "size", "spikes")
T_IN = 256  # [steps]
MOST_DIFFERENT = 1e-4  # fraction of spike times: sums in f32 depend on the order, so a crossing may move by a step

# Packages of each environment, and the Python versions that they are built for, newest first.
ENVIRONMENTS = {"simulators": (("numpy", "brian2", "neuron"), ("3.13", "3.12")), "torch": (("numpy", "torch", "snntorch"), ("3.11",))}

# One thread, and the BLAS kernels that fit the processor, whatever this shell has set.
ONE_THREAD = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
ONE_THREAD |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NEURON_MODULE_OPTIONS": "-nogui"}


@dataclass
class Candidate:
    name: str
    label: str
    images: int  # of a run: enough for some tenths of a second
    environment: str = ""  # "" of firstspike
    module: str = ""
    form: str = "-"
    goal: int = 0  # wanted time, relative to sweep
    bound: str = ""  # what it spends its time on
    short: str = ""  # name in the tables of size and spikes


CANDIDATES = [
    Candidate("sweep", "firstspike, `sweep`, f32", 10000, short="`sweep`"),
    Candidate("heap", "firstspike, `heap`, f32", 10000, short="`heap`"),
    Candidate("naive", "firstspike, `naive`, f32 (the oracle)", 50),
    Candidate("brian2", "Brian2 {brian2}, cpp_standalone, f64", 1000, "simulators", "brian2_standalone", goal=60,
              bound="The generated loops are compiled for this processor and the weights stay in the cache. In Brian2's own profile "
                    "the additions of weights, each through the index of its target, take 31 %, the tests of all thresholds at each of "
                    "the 256 steps 28 %, recording of spikes 19 %, queues of spikes 15 %"),
    Candidate("torch-sparse", "torch (sparse) {torch}, f32", 1000, "torch", "torch_batched", "sparse", goal=500,
              short="torch (sparse)",
              bound="The product adds the weight rows of spikes only, as firstspike does, and takes 5 %. The rest is passes over the "
                    "potentials of all neurons at all 256 steps: cumulative sum 39 %, comparison and first crossing 30 %, zeros 15 %"),
    Candidate("torch-dense", "torch (dense) {torch}, f32", 200, "torch", "torch_batched", "dense", goal=500, short="torch (dense)",
              bound="80 million multiplications an image at the speed of a matrix product, nearly all of them by zero"),
    Candidate("snntorch", "snnTorch {snntorch}, f32", 256, "torch", "snntorch_steps",
              bound="As many multiplications as torch (dense), in 256 smaller products, and a dozen passes over the batch at each step"),
    Candidate("numpy", "NumPy {numpy} as S4NN.py, f64", 200, "simulators", "numpy_s4nn", goal=3000,
              bound="As many multiplications as torch (dense), in double precision. S4NN.py has no loop over time steps in Python: one "
                    "product and one cumulative sum for each layer"),
    Candidate("neuron", "NEURON {neuron}, IntFire1, f64", 200, "simulators", "neuron_events", goal=1500,
              bound="NEURON calls its cell for each of 60,000 synaptic events, through the pointers of a NetCon object. Its queue holds "
                    "few entries, because all synapses of a source have one delay"),
]


def run(command, **options):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ONE_THREAD,
                          **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {(done.stderr.strip() or done.stdout.strip()).splitlines()[-1]}")
    return done.stdout


# Environments


def find_python(versions):
    """The first interpreter of these versions that runs, in PATH or among pyenv's."""
    for version in versions:
        of_pyenv = (pathlib.Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python{version}")
        for python in filter(None, [shutil.which(f"python{version}"), *sorted(of_pyenv, reverse=True)]):
            if subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0:  # pyenv's links may lead nowhere
                return python
    raise SystemExit(f"Python {' or '.join(versions)}: neither in PATH nor in ~/.pyenv/versions; install it")


def prepare_environment(directory, name):
    """A virtual environment with the packages of REQUIREMENTS; kept for the next time."""
    packages, versions = ENVIRONMENTS[name]
    environment, wanted = directory / name, REQUIREMENTS.read_text()
    done = environment / "requirements.txt"
    if not done.exists() or done.read_text() != wanted:
        print(f"installing {', '.join(packages)} into {environment}", file=sys.stderr)
        run([find_python(versions), "-m", "venv", "--clear", environment])
        run([environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-c", REQUIREMENTS, *packages])
        done.write_text(wanted)
    listed = json.loads(run([environment / "bin/pip", "list", "--format", "json", "--disable-pip-version-check"]))
    return {package["name"].lower(): package["version"].split("+")[0] for package in listed}


# Files of firstspike


def write_images(path, pixels):
    side = (28, 28) if pixels.shape[1] == 784 else (1, pixels.shape[1])
    path.write_bytes(struct.pack(">4i", 0x803, len(pixels), *side) + pixels.astype(numpy.uint8).tobytes())


def read_images(path, count):
    with gzip.open(path) as file:
        images, rows, columns = struct.unpack(">4i", file.read(16))[1:]
        pixels = numpy.frombuffer(file.read(), numpy.uint8)
    return pixels.reshape(images, rows * columns)[:count]


def encode(pixels):
    """docs/design.md, "Coding"."""
    return numpy.where(pixels > 0, (255 - pixels.astype(int)) * T_IN // 255, work.NEVER)


def write_model(path, weights):
    """docs/formats.md, "Model file": a NIR graph, in single precision."""
    text = h5py.string_dtype()
    names = ["input", "to_hidden", "hidden", "to_output", "output", "end"]
    with h5py.File(path, "w") as file:
        file.create_dataset("version", data="1.0", dtype=text)
        node = file.create_group("node")
        node.create_dataset("type", data="NIRGraph", dtype=text)

        def add(name, kind, **arrays):
            group = node.create_group(f"nodes/{name}")
            group.create_dataset("type", data=kind, dtype=text)
            for key, values in arrays.items():
                group[key] = values

        add("input", "Input", shape=numpy.array([weights[0].shape[1]]))
        for layer, w in zip(("hidden", "output"), weights):
            ones = numpy.ones(len(w))
            add(f"to_{layer}", "Linear", weight=w.astype(numpy.float32))
            add(layer, "IF", r=ones, v_threshold=work.V_TH * ones, v_reset=0 * ones)
        add("end", "Output", shape=numpy.array([len(weights[-1])]))
        node.create_dataset("edges", data=list(zip(names, names[1:])), dtype=text)
        metadata = node.create_group("metadata")
        metadata.update({"max_spikes": 1, "t_in": float(T_IN), "t_max": float(work.T_MAX), "delay": float(work.DELAY),
                         "label_of_output": numpy.arange(len(weights[-1]), dtype=numpy.uint8)})
        metadata.create_dataset("kernel", data="step", dtype=text)


def read_trace(path, sizes):
    """Spike times of the layers of a trace, [image][neuron]."""
    layers = []
    with h5py.File(path) as file:
        for name, size in zip(("hidden", "output"), sizes):
            spikes = file[f"spikes/{name}"]
            times = numpy.full((len(spikes["sample_offsets"]) - 1, size), work.NEVER)
            times[spikes["sample_ids"][()], spikes["node_ids"][()]] = spikes["timestamps"][()]
            layers.append(times)
    return layers


# One measurement


@dataclass
class Task:
    """A network and its input, as the files that candidates read."""
    folder: pathlib.Path
    weights: list
    pixels: numpy.ndarray
    expected: list  # spike times of the first images, [image][neuron] of each layer

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        write_model(self.folder / "model.h5", self.weights)
        write_images(self.folder / "images.idx", self.pixels)

    def folder_of_peers(self, images):
        folder = self.folder / f"images-{images}"
        folder.mkdir(exist_ok=True)
        if not (folder / "work.npz").exists():
            work.save(folder / "work.npz", self.weights, encode(self.pixels[:images]))
        return folder


@dataclass
class Result:
    simulation: list = field(default_factory=list)  # processor time of the simulation alone [us / image], one of each round
    process: list = field(default_factory=list)  # processor time of the whole process [us / image]
    differ: float = 0  # fraction of spike times that are not as expected
    note: str = ""

    def median(self):
        return statistics.median(self.simulation)


def firstspike_command(candidate, task, images):
    return [FIRSTSPIKE, "simulate", "--model", task.folder / "model.h5", "--images", task.folder / "images.idx", "--precision", "f32",
            "--engine", candidate.name, "--threads", "1", "--count", images, "--json"]


def difference(expected, layers):
    """The fraction of spike times that differ, over the images that both have."""
    count = min(len(expected[0]), len(layers[0]))
    different = sum(int((a[:count] != b[:count]).sum()) for a, b in zip(expected, layers))
    return different / sum(a[:count].size for a in expected)


def firstspike_times(candidate, task, images):
    trace = task.folder / "trace.h5"
    run([*firstspike_command(candidate, task, images), "--trace", trace, "--record", "hidden,output", "--overwrite"])
    return read_trace(trace, [len(w) for w in task.weights])


def measure_firstspike(candidate, task, images, result):
    if not result.simulation:  # checked in a run of its own, because writing a trace takes time
        result.differ = difference(task.expected, firstspike_times(candidate, task, min(images, len(task.expected[0]))))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = json.loads(run(firstspike_command(candidate, task, images)))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # Neither is less than the processor time of the simulation: on a busy machine the command's wall-clock time is far more.
    result.simulation.append(1e6 * min(printed["seconds"], process) / images)
    result.process.append(1e6 * process / images)


def measure_peer(candidate, tasks, results, environments):
    python = environments / candidate.environment / "bin/python"
    folders = [task.folder_of_peers(images) for task, images in tasks]
    lines = run([python, MEASURE, candidate.module, candidate.form, *folders]).splitlines()
    printed = [json.loads(line) for line in lines if line.startswith("{")]
    for (task, images), folder, measured, result in zip(tasks, folders, printed, results, strict=True):
        result.simulation.append(1e6 * measured["seconds"] / images)
        result.note = measured["note"]
        with numpy.load(folder / f"{candidate.module}-{candidate.form}.npz") as file:
            result.differ = max(result.differ, difference(task.expected, [file[name] for name in file.files]))


def measure(candidates, tasks_of, rounds, environments):
    """[candidate][task] results; `tasks_of(candidate)` are (task, images). Runs are interleaved: each round runs every candidate
    once, in a fresh process."""
    results = [[Result() for _ in tasks_of(c)] for c in candidates]
    for k in range(rounds):
        start = time.monotonic()
        for candidate, row in zip(candidates, results):
            if candidate.environment:
                measure_peer(candidate, tasks_of(candidate), row, environments)
            else:
                for (task, images), result in zip(tasks_of(candidate), row):
                    measure_firstspike(candidate, task, images, result)
            if any(result.differ > MOST_DIFFERENT for result in row):
                most = max(result.differ for result in row)
                raise SystemExit(f"{candidate.name}: {most:.2%} of the spike times differ, allowed: {MOST_DIFFERENT:.2%}")
        print(f"round {k + 1} of {rounds}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return results


# Networks


def published_task(folder, reference, data):
    with h5py.File(reference) as file:
        weights = [file["hidden_weights"][()], file["output_weights"][()]]
        expected = [work.with_silence(file[f"expected/{layer}_times"][()]) for layer in ("hidden", "output")]
    return Task(folder, weights, read_images(data / "t10k-images-idx3-ubyte.gz", 10000), expected)


def random_weights(post, pre, spikes, random):
    """Weights with which the final potential has the same mean and standard deviation for any number of input spikes."""
    return random.normal(0.55 * work.V_TH / spikes, 0.5 * work.V_TH / spikes**0.5, (post, pre)).astype(numpy.float32).astype(float)


def random_task(folder, hidden, pixels):
    random = numpy.random.default_rng(1)
    spikes = float((pixels > 0).sum(1).mean())
    to_hidden = random_weights(hidden, pixels.shape[1], spikes, random)
    to_output = random_weights(10, hidden, 0.3 * hidden, random)
    return Task(folder, [to_hidden, to_output], pixels, [])


def random_images(count, lit):
    random = numpy.random.default_rng(2)
    pixels = numpy.zeros((count, 784), numpy.uint8)
    for image in pixels:
        image[random.permutation(784)[:lit]] = random.integers(1, 256, lit)
    return pixels


# Tables


def wrapped(text, indent=""):
    text = text.replace(" %", "\0%")  # not to be separated
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False).replace("\0", " ")


def rounded(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def speed_table(candidates, results, versions, rounds):
    sweep = results[0].median()
    lines = [f"Medians of {rounds} rounds (lowest to highest).", "",
             "| candidate | images | us an image | relative to `sweep` | goal | spike times that differ |", "|---|--:|--:|--:|--:|--:|"]
    explained = []
    for c, r in zip(candidates, results):
        label, ratio = c.label.format(**versions), r.median() / sweep
        cells = [label + (f", {r.note}" if r.note else ""), f"{c.images:,}",
                 f"{rounded(r.median())} ({rounded(min(r.simulation))} to {rounded(max(r.simulation))})", rounded(ratio),
                 f">= {c.goal:,}" if c.goal else "", f"{100 * r.differ:.2g} %" if r.differ else "none"]
        lines.append("| " + " | ".join(cells) + " |")
        if c.bound:
            goal = f" (the goal of {c.goal:,} is {'reached' if ratio >= c.goal else 'not reached'})" if c.goal else ""
            explained.append(wrapped(f"- **{label.split(',')[0]}**: {rounded(ratio)} times `sweep`{goal}. {c.bound}.", "  "))
    processes = ", ".join(f"`{c.name}` {rounded(statistics.median(r.process))} us" for c, r in zip(candidates, results) if r.process)
    whole = f"Processor time of the whole process, with start and reading of files: {processes} an image."
    return [*lines, "", wrapped(whole), "", *explained]


def scaling_table(title, tasks, candidates, rounds, environments):
    """Time against a property of the network; `tasks` are (value of the property, task, images of the peers)."""
    rows = []
    for value, task, _ in tasks:
        images = len(task.pixels)
        counts = json.loads(run(firstspike_command(candidates[0], task, images)))
        task.expected = firstspike_times(candidates[0], task, images)
        rows.append([f"{value:,}", rounded(counts["spikes"]["hidden"] / images), rounded(counts["synaptic_events"] / images)])

    def tasks_of(candidate):
        return [(task, images if candidate.environment else len(task.pixels)) for _, task, images in tasks]

    results = measure(candidates, tasks_of, rounds, environments)
    for k, row in enumerate(rows):
        row += [rounded(of_candidate[k].median()) for of_candidate in results]
    head = [title, "hidden spikes", "synaptic events", *(f"{c.short} [us]" for c in candidates)]
    most = max(result.differ for of_candidate in results for result in of_candidate)
    return ["| " + " | ".join(head) + " |", "|" + "--:|" * len(head), *("| " + " | ".join(row) + " |" for row in rows), "",
            f"Spike times that differ from those of `sweep`: {f'at most {100 * most:.2g} %' if most else 'none'}."]


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    version = run([FIRSTSPIKE, "--version"]).splitlines()
    built = dict(text.split(maxsplit=1) for text in version[1:4])
    return (f"Machine: {model[1] if model else platform.machine()}, {os.cpu_count()} virtual cores, load {os.getloadavg()[0]:.1f}; "
            f"{version[0]}, commit {built['commit']}, {built['compiler']}, `{built['flags']}`.")


def publish(name, lines, into_readme):
    """Prints a table, and puts it between the markers of this name in README."""
    print("\n".join(lines), end="\n\n")
    if not into_readme:
        return
    begin, end = f"<!-- peers {name}: begin -->", f"<!-- peers {name}: end -->"
    write_between(begin, end, "\n\n" + "\n".join(lines) + "\n\n")


def chosen_names(option, text, allowed):
    for name in text.split(","):
        if name not in allowed:
            raise SystemExit(f"{option} {text}: '{name}' is none of {', '.join(allowed)}")
    return text.split(",")


def main():
    line = argparse.ArgumentParser(prog="bench/peers", description=__doc__.splitlines()[0])
    line.add_argument("--environments", type=pathlib.Path, default=ROOT / "build/peers",
                      help="folder for virtual environments, Brian2's program and files (default build/peers)")
    line.add_argument("--rounds", type=int, default=ROUNDS,
                      help=f"runs of each candidate (default {ROUNDS}); fewer are printed, but not written into bench/README.md")
    line.add_argument("--candidates", default=",".join(c.name for c in CANDIDATES), help="of the table `speed`, which is written if all are measured; sweep always runs")
    line.add_argument("--tables", default=",".join(TABLES), help="which tables to measure")
    line.add_argument("--reference", type=pathlib.Path, help="s4nn_mnist.h5, the published network",
                      default=pathlib.Path(os.environ.get("FIRSTSPIKE_REFERENCE", ROOT / "../shared/reference")) / "s4nn/s4nn_mnist.h5")
    line.add_argument("--data", type=pathlib.Path, help="folder of MNIST's files",
                      default=pathlib.Path(os.environ.get("FIRSTSPIKE_DATA", ROOT / "../shared/data/mnist")))
    asked = line.parse_args()
    wanted = ["sweep", *chosen_names("--candidates", asked.candidates, [c.name for c in CANDIDATES])]
    tables = chosen_names("--tables", asked.tables, TABLES)
    candidates = [c for c in CANDIDATES if c.name in wanted]
    asked.environments = asked.environments.resolve()
    files = asked.environments / "files"
    shutil.rmtree(files, ignore_errors=True)
    versions = {}
    for name in reversed(ENVIRONMENTS):  # NumPy's version is that of the simulators
        versions |= prepare_environment(asked.environments, name)

    enough = asked.rounds >= ROUNDS
    published = published_task(files / "published", asked.reference, asked.data)
    if "speed" in tables:
        rows = measure(candidates, lambda c: [(published, c.images)], asked.rounds, asked.environments)
        results = [of_candidate[0] for of_candidate in rows]
        lines = speed_table(candidates, results, versions, asked.rounds)
        publish("speed", [*lines, "", wrapped(machine())], enough and candidates == CANDIDATES)
    compared = [c for c in CANDIDATES if c.short]
    if "size" in tables:
        tasks = []
        for hidden in (64, 256, 1024, 4096, 16384):
            images = max(8, min(500, 100000 // hidden))  # firstspike simulates ten times as many
            tasks.append((hidden, random_task(files / f"size-{hidden}", hidden, published.pixels[:10 * images]), images))
        publish("size", scaling_table("hidden neurons", tasks, compared, asked.rounds, asked.environments), enough)
    if "spikes" in tables:
        tasks = [(lit, random_task(files / f"spikes-{lit}", 400, random_images(2500, lit)), 250)
                 for lit in (10, 30, 100, 300, 784)]
        publish("spikes", scaling_table("input spikes", tasks, compared, asked.rounds, asked.environments), enough)


if __name__ == "__main__":
    main()
