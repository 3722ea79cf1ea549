"""Trains the most accurate classifiers with several seeds, and prints their accuracy, latency and costs.

usage: bench/records [--seeds 1,2,3] [--jobs N] [--out DIR] [--configurations NAME,...]
"""
import argparse
import concurrent.futures
import json
import os
import pathlib

from claims import ROOT, mean_and_range, train

# Name: (lowest mean accuracy, lowest accuracy of the best seed, most spikes of a neuron).
GOALS = {"conv": (0.9945, 0.995, 0.3), "dense": (0.985, 0, 1), "step-best": (0.988, 0, 1)}
MOST_SECONDS = 1800
COLUMNS = (("correct [%]", lambda run: 100 * run["accuracy"], 2), ("decision [steps]", lambda run: run["decision_time"], 1),
           ("decision [windows]", lambda run: run["decision_windows"], 2), ("spikes of a neuron", lambda run: run["spikes_per_neuron"], 3),
           ("spikes to decision", lambda run: run["spikes_to_decision"], 0),
           ("synaptic events [1,000]", lambda run: run["synaptic_events_per_image"] / 1000, 0),
           ("early exit: time", lambda run: run["early_exit"]["time_ratio"], 2),
           ("early exit: other decisions", lambda run: run["early_exit"]["different_decisions"], 0),
           ("training [s]", lambda run: run["seconds"], 0))


def table(runs):
    lines = ["| configuration | " + " | ".join(name for name, _, _ in COLUMNS) + " |",
             "|---" * (1 + len(COLUMNS)) + "|"]
    for configuration in dict.fromkeys(run["configuration"] for run in runs):
        selected = [run for run in runs if run["configuration"] == configuration]
        lines.append(f"| {configuration} | " + " | ".join(mean_and_range([value(run) for run in selected], digits) for _, value, digits in COLUMNS) + " |")
    return "\n".join(lines)


def goals(runs):
    """(goal, value, bound, reached)"""
    for configuration in dict.fromkeys(run["configuration"] for run in runs):
        selected = [run for run in runs if run["configuration"] == configuration]
        accuracies = [run["accuracy"] for run in selected]
        mean, best, spikes = GOALS[configuration]
        yield f"{configuration}: mean accuracy", sum(accuracies) / len(accuracies), f">= {mean}", sum(accuracies) / len(accuracies) >= mean
        if best > 0:
            yield f"{configuration}: best accuracy", max(accuracies), f">= {best}", max(accuracies) >= best
        if spikes < 1:
            most = max(run["spikes_per_neuron"] for run in selected)
            yield f"{configuration}: most spikes of a neuron", most, f"<= {spikes}", most <= spikes
        longest = max(run["seconds"] for run in selected)
        yield f"{configuration}: longest training [s]", longest, f"<= {MOST_SECONDS}", longest <= MOST_SECONDS


def main():
    parser = argparse.ArgumentParser(prog="bench/records", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at once, one thread each")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/records")
    parser.add_argument("--configurations", default=",".join(GOALS))
    asked = parser.parse_args()
    configurations = asked.configurations.split(",")
    if unknown := set(configurations) - set(GOALS):
        parser.error(f"--configurations: {', '.join(sorted(unknown))}, allowed: {', '.join(GOALS)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    work = [(configuration, int(seed)) for configuration in configurations for seed in asked.seeds.split(",")]
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        runs = list(pool.map(lambda w: train(w[0], w[1], asked.out, 1), work))
    (asked.out / "runs.json").write_text(json.dumps(runs, indent=1))
    print(table(runs), end="\n\n")
    for what, figure, bound, reached in goals(runs):
        print(f"{'reached    ' if reached else 'NOT REACHED'}  {what}: {figure:.4g} ({bound})")


if __name__ == "__main__":
    main()
