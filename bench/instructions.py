"""Counts the instructions of a training step and of a simulated image by callgrind, and fails if one has risen by more
than 5 % since it was recorded.

usage: bench/instructions [--record] [--firstspike FILE]

--record      writes the counts into bench/instructions.json
--firstspike  a portable command (default: build-portable/apps/firstspike); valgrind knows no AVX-512

A count is the difference between two runs of different lengths, on images of random pixels: that of training steps or
simulated images alone.
"""
import argparse
import gzip
import json
import pathlib
import random
import re
import struct
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDED = ROOT / "bench/instructions.json"
TOLERANCE = 0.05
IMAGES = 64
# Name, and the arguments of a training run of some steps.
TRAINING = {
    "GAN, step": lambda steps: ["gan", "--kernel", "step", "--steps", steps],
    "GAN, ramp": lambda steps: ["gan", "--kernel", "ramp", "--steps", steps],
    "classifier, ramp free": lambda steps: ["classifier", "--kernel", "ramp", "--batch", 16, "--epochs", 1,
                                            "--train-count", 16 * steps + 16, "--validation", 16],
    "classifier, step free": lambda steps: ["classifier", "--kernel", "step", "--batch", 16, "--loss", "aggressive",
                                            "--epochs", 1, "--train-count", 16 * steps + 16, "--validation", 16],
}
STEPS = (1, 3)
# Those whose models then simulate images, with each scheduler.
SIMULATED = ("classifier, ramp free", "classifier, step free")
COUNTS = (16, 64)


def write_images(directory):
    """Images with the share of black pixels of MNIST, always the same ones."""
    stream = random.Random(1)
    pixels = bytes(stream.randrange(1, 256) if stream.random() < 0.2 else 0 for _ in range(IMAGES * 784))
    images, labels = directory / "images.gz", directory / "labels.gz"
    images.write_bytes(gzip.compress(struct.pack(">4i", 0x803, IMAGES, 28, 28) + pixels))
    labels.write_bytes(gzip.compress(struct.pack(">2i", 0x801, IMAGES) + bytes(k % 10 for k in range(IMAGES))))
    return ["--images", images, "--labels", labels]


def instructions(firstspike, arguments, directory):
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory / 'callgrind'}", firstspike, *arguments,
               "--threads", 1, "--json"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"failed: {' '.join(map(str, command))}\n{done.stderr[-600:]}")
    return int(found[1])


def of_training(firstspike, kind, images, directory):
    run = directory / "run"
    few, many = (instructions(firstspike, ["train", *kind(steps), *images, "--out", run, "--overwrite"], directory)
                 for steps in STEPS)
    return (many - few) // (STEPS[1] - STEPS[0])


def of_simulation(firstspike, scheduler, images, directory):
    """With the model of the last training run."""
    model = ["simulate", "--model", directory / "run/model.h5", *images, "--engine", scheduler]
    few, many = (instructions(firstspike, [*model, "--count", count], directory) for count in COUNTS)
    return (many - few) // (COUNTS[1] - COUNTS[0])


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--firstspike", default=str(ROOT / "build-portable/apps/firstspike"))
    options = parser.parse_args()
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        directory = pathlib.Path(folder)
        images = write_images(directory)
        for name, kind in TRAINING.items():
            counts[name] = of_training(options.firstspike, kind, images, directory)
            for scheduler in ("sweep", "heap") if name in SIMULATED else ():
                counts[f"{name}, {scheduler}"] = of_simulation(options.firstspike, scheduler, images, directory)
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    too_many = False
    for name, count in counts.items():
        change = count / recorded[name] - 1 if name in recorded else 0
        too_many |= change > TOLERANCE
        print(f"{name}: {count:,} instructions, {100 * change:+.1f} %")
    if options.record:
        RECORDED.write_text(json.dumps(counts, indent=2) + "\n")
    elif too_many:
        raise SystemExit(f"more than {100 * TOLERANCE:.0f} % above bench/instructions.json: make them fewer, or record "
                         "them with --record and say why in the commit")


if __name__ == "__main__":
    main()
