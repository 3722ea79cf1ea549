"""Compares a convolutional classifier with the same layers in torch, by the fraction of neurons that fire.

usage: bench/convolution [--python PYTHON] [--runs N] [--activities X,...] [--data DIR] [--write]

--python      a Python with torch (default: python3)
--runs        runs of each program (default 5)
--activities  fractions of pixels and hidden neurons that fire (default 0.5,0.3,0.2,0.1,0.05,0.02,0.01,0.005,0.002,0.001)
--data        MNIST's four files
--write       writes the table into bench/README.md

One thread each; runs are interleaved. Times are processor times. Figures are medians.
"""
import argparse
import json
import math
import os
import pathlib
import statistics

from tables import write_between
from training import MNIST, ROOT, machine, processor_seconds

BENCH = ROOT / "build/bench/convolution_bench"
BEGIN, END = "<!-- bench/convolution -->\n", "<!-- end of bench/convolution -->\n"
WHAT = (("run", "inference"), ("training", "training step"))


def lines_of(command):
    return [json.loads(line) for line in processor_seconds([str(part) for part in command])[1].splitlines()]


def crossing(points, torch):
    """The activity at which the rate of `points` [(activity, rate)] is torch's: between two points on straight lines of logarithms."""
    points = sorted(points)
    for (low, fast), (high, slow) in zip(points, points[1:]):
        if fast >= torch > slow:
            part = math.log(fast / torch) / math.log(fast / slow)
            return low * (high / low) ** part
    return None


def check_crossing():
    assert abs(crossing([(0.1, 100), (0.4, 25)], 50) - 0.2) < 1e-9
    assert crossing([(0.1, 100), (0.4, 25)], 200) is None


def median_and_range(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def sentence(what, points, torch):
    at = crossing(points, torch)
    if at is not None:
        return f"{what}: as fast as torch at an activity of {at:.3f}."
    slower = all(rate < torch for _, rate in points)
    return f"{what}: {'slower' if slower else 'faster'} than torch at all of these activities."


def table(rounds):
    """`rounds` [round](lines of firstspike, torch's line)."""
    torch = {key: [baseline[key] for _, baseline in rounds] for key, _ in WHAT}
    lines = ["| pixels and hidden neurons that fire | synaptic events an image | inference, images/s | of torch's | "
             "training step, images/s | of torch's |", "|---|--:|--:|---|--:|---|"]
    points = {key: [] for key, _ in WHAT}
    for lines_of_activity in zip(*(ours for ours, _ in rounds)):
        first = lines_of_activity[0]
        natural = first["asked"] < 0
        name = (f"{first['activity']:.2f}, as trained: pixels {first['input']:.2f}, layers " + ", ".join(f"{a:.2f}" for a in first["hidden"])
                if natural else f"{first['activity']:.3f}")
        cells = [name, f"{first['synaptic_events']:,}"]
        for key, _ in WHAT:
            rates = [line[key] for line in lines_of_activity]
            cells += [f"{statistics.median(rates):,.0f}", median_and_range([a / b for a, b in zip(rates, torch[key])])]
            if not natural:
                points[key].append((first["activity"], statistics.median(rates)))
        lines.append("| " + " | ".join(cells) + " |")
    lines.append(f"| torch | | {statistics.median(torch['run']):,.0f} | 1 | {statistics.median(torch['training']):,.0f} | 1 |")
    fastest = {key: max(rounds[0][1]["all"][key], key=rounds[0][1]["all"][key].get) for key, _ in WHAT}
    lines += ["", *(sentence(what.capitalize(), points[key], statistics.median(torch[key])) for key, what in WHAT),
              f"torch's fastest form of inference: {fastest['run']}; of training: {fastest['training']}."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--python", default="python3")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--activities", default="0.5,0.3,0.2,0.1,0.05,0.02,0.01,0.005,0.002,0.001")
    parser.add_argument("--data", type=pathlib.Path, default=MNIST)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    check_crossing()
    load = os.getloadavg()[0]
    rounds = [(lines_of([BENCH, options.data, *options.activities.split(",")]),
               lines_of([options.python, ROOT / "bench/ann_convolution.py", "--data", options.data])[0]) for _ in range(options.runs)]
    text = "\n".join([machine(options.python).replace(";", f" at the end and {load:.0f} at the start;"),
                      f"medians of {options.runs} interleaved runs (lowest to highest ratio):", "", table(rounds)]) + "\n"
    print(text)
    if options.write:
        write_between(BEGIN, END, text)


if __name__ == "__main__":
    main()
