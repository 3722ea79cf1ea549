"""NumPy, in the manner of the authors' S4NN.py: one image at a time, in f64.

Each layer's spikes are an array with one entry for each neuron and time step. One product with the weights gives the input of all
time steps, its cumulative sum the potentials, and argmax the first crossing. Silent neurons fire at T_MAX.
"""
import numpy

from work import T_MAX, V_TH, whole_steps, with_silence


def prepare(weights, times, folder, form):
    times = whole_steps(times)
    spike_arrays = [numpy.zeros((w.shape[1], T_MAX + 1)) for w in weights]
    ids = [numpy.arange(w.shape[1]) for w in weights]

    def one_image(steps):
        layers = []
        for w, fires, id in zip(weights, spike_arrays, ids):
            fires[:] = 0
            fires[id, steps] = 1
            potential = numpy.cumsum(numpy.tensordot(w, fires, 1), 1)
            potential[:, T_MAX] = V_TH + 1
            steps = numpy.minimum(numpy.argmax(potential > V_TH, axis=1) + 1, T_MAX)
            layers.append(steps)
        return layers

    def run():
        layers = zip(*(one_image(steps) for steps in times))
        return [with_silence(layer) for layer in layers]

    one_image(times[0])
    return run, ""
