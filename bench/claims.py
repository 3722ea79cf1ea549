"""Trains the configurations of the claims table with several seeds, prints the table and compares it with its goals.

usage: bench/claims [--seeds 1,2,3] [--jobs N] [--out DIR] [--configurations NAME,...] [--frontier]
"""
import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRSTSPIKE = str(ROOT / "build/apps/firstspike")
CONFIGURATIONS = ("baseline", "aggressive", "exact")
# S4NN's published weights on the 10,000 test images, as computed by tests/engine/reference_test.cpp.
PUBLISHED = {"accuracy": 0.9623, "accuracy_ties_counted": 0.9669, "no_spike": 80, "decision_time": 83.1641,
             "spikes_to_decision": 173.8313, "spikes_full": 262.9998}
# One run each, with fewer epochs than the configurations: (configuration, changed options).
FRONTIER = [(configuration, {name: value, "epochs": 8}) for configuration, name, values in (
    ("baseline", "gamma", (2, 5, 10)), ("aggressive", "pull", (0, 0.005, 0.05, 0.2)), ("aggressive", "sparsity", (0, 0.0001, 0.002)),
    ("aggressive", "beta", (6, 25)), ("exact", "beta", (6, 51.2))) for value in values]


def command(*arguments):
    done = subprocess.run([FIRSTSPIKE, *arguments, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"firstspike {' '.join(arguments)}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def train(configuration, seed, out, threads, changes=None):
    """One run from scratch; returns the result of `evaluate` on the test images, and the training time."""
    directory = str(out / "-".join([configuration, *(f"{k}{v}" for k, v in (changes or {}).items()), str(seed)]))
    options = [text for name, value in (changes or {}).items() for text in (f"--{name}", str(value))]
    trained = command("train", "classifier", "--config", str(ROOT / f"bench/classifiers/{configuration}.conf"), "--seed", str(seed),
                      "--engine", "sweep", "--threads", str(threads), "--out", directory, "--overwrite", *options)
    measured = command("evaluate", "--model", trained["model"], "--early-exit", "--threads", "1")
    print(f"  {pathlib.Path(directory).name}: {100 * measured['accuracy']:.2f} %, {trained['seconds']:.0f} s", file=sys.stderr)
    return {**measured, "configuration": configuration, "seed": seed, "changes": changes or {}, "seconds": trained["seconds"]}


def mean_and_range(values, digits):
    return f"{statistics.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(runs):
    lines = ["| configuration | correct, ties broken [%] | ties counted [%] | no output spike | decision time [steps] | spikes to decision | in all | training [s] |",
             "|---|---|---|---|---|---|---|---|"]
    for configuration in dict.fromkeys(run["configuration"] for run in runs):
        selected = [run for run in runs if run["configuration"] == configuration]
        cells = [mean_and_range([100 * run["accuracy"] for run in selected], 2),
                 mean_and_range([100 * run["accuracy_ties_counted"] for run in selected], 2),
                 mean_and_range([run["no_spike"] for run in selected], 0), mean_and_range([run["decision_time"] for run in selected], 1),
                 mean_and_range([run["spikes_to_decision"] for run in selected], 1),
                 mean_and_range([run["spikes_full"] for run in selected], 1), mean_and_range([run["seconds"] for run in selected], 0)]
        lines.append(f"| {configuration} | " + " | ".join(cells) + " |")
    p = PUBLISHED
    lines.append(f"| S4NN's published weights | {100 * p['accuracy']:.2f} | {100 * p['accuracy_ties_counted']:.2f} | {p['no_spike']} | "
                 f"{p['decision_time']:.1f} | {p['spikes_to_decision']:.1f} | {p['spikes_full']:.1f} | |")
    return "\n".join(lines)


def goals(runs):
    """(goal, value, bound, reached), of means over the seeds; savings relative to the baseline with the same seed."""
    found = []

    def mean(configuration, key):
        return statistics.mean(run[key] for run in runs if run["configuration"] == configuration)

    def at_least(what, figure, bound):
        found.append((what, figure, f">= {bound}", figure >= bound))

    def at_most(what, figure, bound):
        found.append((what, figure, f"<= {bound}", figure <= bound))

    def saving(key):
        pairs = [(a[key], b[key]) for a in runs for b in runs
                 if a["configuration"] == "aggressive" and b["configuration"] == "baseline" and a["seed"] == b["seed"]]
        return 100 * statistics.mean(1 - a / b for a, b in pairs)

    have = dict.fromkeys(run["configuration"] for run in runs)
    if "baseline" in have:
        at_least("baseline: correct, ties broken [%]", 100 * mean("baseline", "accuracy"), 97.0)
        for key in ("decision_time", "spikes_to_decision", "spikes_full"):
            at_most(f"baseline: {key}, as published", mean("baseline", key), PUBLISHED[key])
    if "baseline" in have and "aggressive" in have:
        lost = 100 * (mean("baseline", "accuracy") - mean("aggressive", "accuracy"))
        at_least("claim: decision earlier by [%]", saving("decision_time"), 33)
        at_least("claim: fewer spikes to the decision by [%]", saving("spikes_to_decision"), 11)
        at_least("claim: fewer spikes in all by [%]", saving("spikes_full"), 11)
        at_most("claim: accuracy lost [points]", lost, 0.2)
        at_least("beyond: decision earlier by [%]", saving("decision_time"), 60)
        at_least("beyond: fewer spikes to the decision by [%]", saving("spikes_to_decision"), 35)
        at_most("beyond: accuracy lost [points]", lost, 0)
        at_most("beyond: decision time [steps]", mean("aggressive", "decision_time"), 45)
        at_most("beyond: spikes to the decision", mean("aggressive", "spikes_to_decision"), 125)
    if "exact" in have:
        at_least("exact: correct, ties broken [%]", 100 * mean("exact", "accuracy"), 98.3)
        at_most("exact: training [s]", max(run["seconds"] for run in runs if run["configuration"] == "exact"), 180)
    for configuration in have:
        different = sum(run["early_exit"]["different_decisions"] for run in runs if run["configuration"] == configuration)
        at_most(f"early exit, {configuration}: decisions that differ from the full run's", different, 0)
    return found


def draw_frontier(runs, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    colours = {"baseline": "#c4622d", "aggressive": "#2a6f97", "exact": "#4a7c3f", "published": "#222222"}
    names = {"baseline": "step, s4nn", "aggressive": "step, aggressive", "exact": "ramp, xent"}
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), sharey=True)
    for axis, key, label in zip(axes, ("decision_time", "spikes_to_decision"), ("decision time [steps]", "spikes to the decision")):
        for configuration in CONFIGURATIONS:
            selected = [run for run in runs if run["configuration"] == configuration]
            axis.scatter([run[key] for run in selected], [100 * run["accuracy"] for run in selected], s=26, color=colours[configuration],
                         label=names[configuration])
        axis.scatter(PUBLISHED[key], 100 * PUBLISHED["accuracy"], marker="*", s=130, color=colours["published"],
                     label="S4NN's published weights")
        axis.set_xscale("log")
        axis.set_xlabel(label)
        axis.grid(True, which="both", alpha=0.2)
    axes[0].set_ylabel("correct on the test images, ties broken [%]")
    axes[0].legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def write_points(runs, path):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        keys = ("accuracy", "accuracy_ties_counted", "no_spike", "decision_time", "spikes_to_decision", "spikes_full")
        out.writerow(["configuration", "changes", "seed", *keys])
        for run in runs:
            changes = " ".join(f"--{k} {v}" for k, v in run["changes"].items())
            out.writerow([run["configuration"], changes, run["seed"], *(round(run[key], 4) for key in keys)])


def main():
    parser = argparse.ArgumentParser(prog="bench/claims", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once, one thread each")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/claims")
    parser.add_argument("--configurations", "--rows", dest="configurations", default=",".join(CONFIGURATIONS))
    parser.add_argument("--frontier", action="store_true", help="also run each setting of docs/frontier.png, and draw it")
    asked = parser.parse_args()
    configurations, seeds = asked.configurations.split(","), [int(seed) for seed in asked.seeds.split(",")]
    if unknown := set(configurations) - set(CONFIGURATIONS):
        parser.error(f"--configurations: {', '.join(sorted(unknown))}, allowed: {', '.join(CONFIGURATIONS)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    work = [(configuration, seed, None) for configuration in configurations if configuration != "exact" for seed in seeds]
    work += [(configuration, seeds[0], changes) for configuration, changes in FRONTIER] if asked.frontier else []
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        runs = list(pool.map(lambda w: train(w[0], w[1], asked.out, 1, w[2]), work))
    # The training time of this configuration is part of the claim: one run at a time, on all cores.
    runs += [train(configuration, seed, asked.out, os.cpu_count()) for configuration in configurations if configuration == "exact" for seed in seeds]
    runs.sort(key=lambda run: CONFIGURATIONS.index(run["configuration"]))
    (asked.out / "runs.json").write_text(json.dumps(runs, indent=1))
    reported = [run for run in runs if not run["changes"]]
    print(table(reported), end="\n\n")
    for run in (next(run for run in reported if run["configuration"] == configuration) for configuration in dict.fromkeys(run["configuration"] for run in reported)):
        early = run["early_exit"]
        print(f"early exit, {run['configuration']}, seed {run['seed']}: {1000 * early['seconds_per_image']:.4f} ms an image, full run "
              f"{1000 * run['seconds_per_image']:.4f} ms, ratio {early['time_ratio']:.2f}")
    for what, figure, bound, reached in goals(reported):
        print(f"{'reached    ' if reached else 'NOT REACHED'}  {what}: {figure:.2f} ({bound})")
    if asked.frontier:
        write_points(runs, ROOT / "docs/frontier.csv")
        draw_frontier(runs, ROOT / "docs/frontier.png")


if __name__ == "__main__":
    main()
