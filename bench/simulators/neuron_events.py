"""NEURON's event queue: IntFire1 cells without leak, NetCon synapses, input spikes by PatternStim, in f64.

All images run one after the other in one run, because `finitialize` for each image would visit all NetCons and take 4 times as
long. A cell that has fired is refractory for T_MAX, then its potential is 0. The other potentials are set to 0 between images.
Images are 2 T_MAX apart, so that all refractory times end before the next one. Time without events costs nothing.

IntFire1 tests its threshold after each event, so excitation may make it fire before inhibition of the same time step arrives.
Inhibition therefore arrives GAP before excitation. Each pixel is two sources, one with its negative and one with its other
weights: NEURON queues the spike of a source once if all its delays are equal, which is more than twice as fast.
"""
import numpy
from neuron import h

from work import DELAY, NEVER, T_MAX, V_TH, spikes

GAP = 1 / 1024  # [steps]
PERIOD = 2 * T_MAX


def cells(size):
    layer = [h.IntFire1() for _ in range(size)]
    for cell in layer:
        cell.tau = 1e30  # no leak
        cell.refrac = T_MAX
    return layer


def connect(synapse, weight, delay):
    synapse.weight[0] = weight / V_TH  # IntFire1 fires above 1
    synapse.delay = delay
    return synapse


def prepare(weights, times, folder, form):
    communicator, solver = h.ParallelContext(), h.CVode()
    solver.active(True)
    hidden, output = (cells(len(w)) for w in weights)
    pixels = times.shape[1]
    synapses = []
    for pre in range(pixels):
        for cell, w in zip(hidden, weights[0][:, pre]):
            synapses.append(connect(communicator.gid_connect(pre + (pixels if w < 0 else 0), cell), w, DELAY))
    for pre, row in zip(hidden, weights[1].T):
        for cell, w in zip(output, row):
            synapses.append(connect(h.NetCon(pre, cell), w, DELAY - (GAP if w < 0 else 0)))
    spike_times, spike_ids = h.Vector(), h.Vector()
    for id, cell in enumerate(hidden + output):
        synapses.append(h.NetCon(cell, None))
        synapses[-1].record(spike_times, spike_ids, id)
    image, pixel, t = spikes(times)
    t = t + PERIOD * image
    arrivals = numpy.concatenate([t + GAP, t])
    order = numpy.argsort(arrivals, kind="stable")
    pattern_times, pattern_ids = (h.Vector(v[order].astype(float)) for v in (arrivals, numpy.concatenate([pixel, pixel + pixels])))
    pattern = h.PatternStim()
    pattern.play(pattern_times, pattern_ids)

    def run():
        h.finitialize()
        for k in range(len(times)):
            for cell in hidden:
                cell.m = 0
            for cell in output:
                cell.m = 0
            solver.solve(PERIOD * (k + 1) - 0.5)
        t, id = numpy.rint(numpy.array(spike_times)).astype(int), numpy.array(spike_ids).astype(int)
        both = numpy.full((len(times), len(hidden) + len(output)), NEVER)
        in_time = t % PERIOD < T_MAX
        both[t[in_time] // PERIOD, id[in_time]] = t[in_time] % PERIOD
        return [both[:, :len(hidden)], both[:, len(hidden):]]

    run.network = synapses, pattern, pattern_times, pattern_ids  # NEURON removes what Python does not refer to
    return run, ""
