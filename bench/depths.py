"""Trains classifiers of several depths with the default settings of each regime, two epochs each, and prints the table.

usage: bench/depths [--seeds 1,2,3] [--jobs N] [--out DIR]
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRSTSPIKE = str(ROOT / "build/apps/firstspike")
CONFIGURATIONS = (("step", "free", "s4nn"), ("step", "free", "aggressive"), ("ramp", "free", "xent"),
                  ("ramp", "relu", "xent"), ("step", "binary", "xent"))
HIDDEN = ("400", "100", "400,100", "64,32,16", "100,100,100,100")


def train(configuration, hidden, seed, out):
    """Accuracy on the test images [%], and the warnings that the command printed."""
    kernel, regime, loss = configuration
    directory = out / "-".join([*configuration, hidden, str(seed)])
    done = subprocess.run([FIRSTSPIKE, "train", "classifier", "--kernel", kernel, "--regime", regime, "--loss", loss,
                           "--hidden", hidden, "--epochs", "2", "--seed", str(seed), "--engine", "sweep", "--threads", "1",
                           "--out", str(directory), "--overwrite", "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{directory.name}: {done.stderr.strip().splitlines()[-1]}")
    result = json.loads(done.stdout)
    if result["data"] != "mnist":
        raise RuntimeError(f"{directory.name}: was trained on {result['data']}; put MNIST where `firstspike data` finds it")
    warnings = [line for line in done.stderr.replace("\r", "\n").splitlines() if line.startswith("warning:")]
    print(f"{directory.name}: {100 * result['test']['accuracy']:.2f} %, {len(warnings)} warnings", flush=True)
    silent = any(fault["silent"] for fault in result.get("layer_faults", []))
    return 100 * result["test"]["accuracy"], silent, warnings


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/depths")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    seeds = [int(seed) for seed in options.seeds.split(",")]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = {(c, h, s): pool.submit(train, c, h, s, options.out) for s in seeds for c in CONFIGURATIONS for h in HIDDEN}
    print("| kernel, regime, loss | " + " | ".join(HIDDEN) + " |\n|" + "---|" * (1 + len(HIDDEN)))
    all_warnings = []
    for configuration in CONFIGURATIONS:
        cells = []
        for hidden in HIDDEN:
            results = [runs[configuration, hidden, seed].result() for seed in seeds]
            values = [accuracy for accuracy, _, _ in results]
            mark = ", silent" if any(silent for _, silent, _ in results) else ""
            cells.append(f"{statistics.mean(values):.1f} ({min(values):.1f} to {max(values):.1f}){mark}")
            all_warnings += [w for _, _, warnings in results for w in warnings if w not in all_warnings]
        print(f"| {', '.join(configuration)} | " + " | ".join(cells) + " |")
    print("\n".join(["", *all_warnings]))


if __name__ == "__main__":
    main()
