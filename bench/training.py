"""Compares images/s of training with torch, which trains dense networks of the same sizes with the same batches.

usage: bench/training [--python PYTHON] [--runs N] [--firstspike FILE ...] [--write]

--python      a Python with torch (default: python3)
--runs        runs of each program (default 5)
--firstspike  commands to compare (default: build/apps/firstspike)
--write       writes the table into bench/README.md

One thread each; runs are interleaved. Times are processor times. Of firstspike's, those of a shorter run are
subtracted: what remains is training steps, without reading data and writing models. Figures are medians.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from tables import write_between

ROOT = pathlib.Path(__file__).resolve().parent.parent
MNIST = pathlib.Path(os.environ.get("FIRSTSPIKE_DATA", ROOT.parent / "shared/data/mnist"))
GAN_STEPS = (50, 450)  # of the shorter and the longer run
GAN_BATCH = 32
CLASSIFIER_IMAGES = (3200, 28800)
# Name, arguments, and the same for torch.
KINDS = (
    ("GAN, step", ("gan", "--kernel", "step"), "gan"),
    ("GAN, ramp", ("gan", "--kernel", "ramp"), "gan"),
    ("classifier, ramp free, f64", ("classifier", "--kernel", "ramp"), "mlp"),
    ("classifier, ramp free, f32", ("classifier", "--kernel", "ramp", "--precision", "f32"), "mlp"),
    ("classifier, ramp relu, f32", ("classifier", "--kernel", "ramp", "--regime", "relu"), "mlp"),
    ("classifier, step binary, f32", ("classifier", "--kernel", "step", "--regime", "binary"), "mlp"),
)
BEGIN, END = "<!-- bench/training -->\n", "<!-- end -->\n"


def processor_seconds(command):
    """Of one run: user and system time."""
    environment = os.environ | {"FIRSTSPIKE_DATA": str(MNIST), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"failed: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime, output


def images_per_second(firstspike, arguments, directory):
    """Of training steps alone."""
    is_gan = arguments[0] == "gan"
    amounts = GAN_STEPS if is_gan else CLASSIFIER_IMAGES
    times = []
    for amount in amounts:
        size = ["--steps", amount] if is_gan else ["--epochs", 1, "--train-count", amount + 64, "--validation", 64]
        command = [firstspike, "train", *arguments, *size, "--threads", 1, "--json", "--out", directory, "--overwrite"]
        times.append(processor_seconds([str(part) for part in command])[0])
    return (amounts[1] - amounts[0]) * (GAN_BATCH if is_gan else 1) / (times[1] - times[0])


def torch_images_per_second(python, kind, directory):
    script = ROOT / "bench" / ("ann_gan.py" if kind == "gan" else "ann_classifier.py")
    command = [python, script, "--images", MNIST / "train-images-idx3-ubyte.gz", "--threads", 1]
    if kind == "gan":
        command += ["--out", directory / "ann", "--steps", GAN_STEPS[1], "--batch", GAN_BATCH, "--tuned", "--checkpoints", 1]
    else:
        command += ["--labels", MNIST / "train-labels-idx1-ubyte.gz", "--count", CLASSIFIER_IMAGES[1]]
    return json.loads(processor_seconds([str(part) for part in command])[1])["images_per_processor_second"]


def machine(python):
    model = next(line.split(": ")[1] for line in open("/proc/cpuinfo") if line.startswith("model name")).strip()
    version = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True,
                             check=True).stdout.strip()
    return f"{model}, one core, torch {version}, load {os.getloadavg()[0]:.0f};"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--python", default="python3")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--firstspike", nargs="+", default=[str(ROOT / "build/apps/firstspike")])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rates = {}
    with tempfile.TemporaryDirectory() as folder:
        directory = pathlib.Path(folder)
        for _ in range(options.runs):
            for name, arguments, kind in KINDS:
                for firstspike in options.firstspike:
                    rates.setdefault((name, firstspike), []).append(
                        images_per_second(firstspike, arguments, directory / "run"))
                rates.setdefault((name, "torch"), []).append(torch_images_per_second(options.python, kind, directory))
    lines = [machine(options.python), f"medians of {options.runs} interleaved runs (lowest to highest ratio):", "",
             "| training | images/s | torch | ratio |", "|---|--:|--:|---|"]
    for name, _, _ in KINDS:
        torch = rates[name, "torch"]
        for firstspike in options.firstspike:
            ours = rates[name, firstspike]
            ratios = [a / b for a, b in zip(ours, torch)]
            which = f", {firstspike}" if len(options.firstspike) > 1 else ""
            lines.append(f"| {name}{which} | {statistics.median(ours):,.0f} | {statistics.median(torch):,.0f} "
                         f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |")
    table = "\n".join(lines) + "\n"
    print(table)
    if options.write:
        write_between(BEGIN, END, table)


if __name__ == "__main__":
    main()
