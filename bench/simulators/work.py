"""What every candidate computes: the first spike times of a 784-H-10 network with the step kernel, for some images.

A work file (.npz) holds the weights, [post][pre] of each layer, and the input times, [image][pre]. A candidate is a module with

    prepare(weights, times, folder, form) -> run, note

`run()` simulates all images and returns the spike times of each layer, [image][post]. It alone is measured. `prepare` builds
the network; it may write into `folder`, an absolute path. `form` selects one of several ways to compute the same. `note` tells
the settings chosen.
"""
import time

import numpy

V_TH = 100.0  # a neuron fires when its potential exceeds it
T_MAX = 256  # [steps]; spikes at T_MAX or later do not count
DELAY = 1  # [steps], of every synapse: the potentials at step t cause spikes at t + 1
NEVER = numpy.inf


def save(path, weights, times):
    numpy.savez(path, times=times, **{f"layer{i}": w for i, w in enumerate(weights)})


def load(path):
    with numpy.load(path) as file:
        return [file[f"layer{i}"] for i in range(len(file.files) - 1)], file["times"]


def whole_steps(times):
    """Times as whole numbers; T_MAX stands for silence."""
    return numpy.minimum(times, T_MAX).astype(numpy.int64)


def with_silence(steps):
    """The reverse of `whole_steps`."""
    steps = numpy.asarray(steps, float)
    return numpy.where(steps < T_MAX, steps, NEVER)


def spikes(times):
    """Image, neuron and time of every spike, in order of images and ids."""
    images, neurons = numpy.nonzero(times < T_MAX)
    return images, neurons, times[images, neurons].astype(numpy.int64)


def fastest_batch(simulate, count, sizes):
    """The batch size with which `simulate(first, last)` takes least processor time an image, each tried once."""
    cost = {}
    for size in (size for size in sizes if size <= count):
        images = min(count, max(size, 16))
        simulate(0, size)  # the first call allocates
        start = time.process_time()
        for first in range(0, images, size):
            simulate(first, min(images, first + size))
        cost[size] = (time.process_time() - start) / images
    return min(cost, key=cost.get)
