"""Runs one candidate in this process: measure.py MODULE FORM FOLDER... Prints one JSON object a folder.

Each folder has a file work.npz and gets a file MODULE-FORM.npz with the spike times. Processor time is that of `run()` alone:
neither imports nor building the network count.
"""
import importlib
import json
import pathlib
import sys
import time

import numpy

import work


def measure(candidate, form, folder):
    weights, times = work.load(folder / "work.npz")
    run, note = candidate.prepare(weights, times, folder, form)
    start = time.process_time()
    layers = run()
    seconds = time.process_time() - start
    if hasattr(candidate, "seconds_of_run"):  # it simulates in another process
        seconds = candidate.seconds_of_run(folder)
    numpy.savez(folder / f"{candidate.__name__}-{form}.npz", *layers)
    print(json.dumps({"seconds": seconds, "note": note}), flush=True)


def main(module, form, *folders):
    candidate = importlib.import_module(module)
    for folder in folders:
        measure(candidate, form, pathlib.Path(folder).resolve())


main(*sys.argv[1:])
