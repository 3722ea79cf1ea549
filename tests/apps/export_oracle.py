"""The expected results of `trace export`, computed from the trace and the model with h5py and NumPy only."""
import h5py
import numpy as np


class Trace:
    """The spikes of a trace: spikes[layer][sample] is a list of (neuron, time), by time, then neuron."""

    def __init__(self, path):
        self.spikes, self.sizes = {}, {}
        with h5py.File(path) as f:
            for name, group in f["spikes"].items():
                offsets = group["sample_offsets"][()]
                events = list(zip(group["node_ids"][()].tolist(), group["timestamps"][()].tolist()))
                self.spikes[name] = [sorted(events[a:b], key=lambda e: e[::-1]) for a, b in zip(offsets, offsets[1:])]
                self.sizes[name] = int(group.attrs["n_nodes"])

    def chosen(self, layers=None, samples=None, start=0, until=np.inf):
        """{(sample, layer, neuron): time} of what such options choose."""
        return {(sample, layer, neuron): time for layer in layers or self.spikes
                for sample in (samples or range(len(self.spikes[layer])))
                for neuron, time in self.spikes[layer][sample] if start <= time < until}

    def times(self, layer, sample):
        times = np.full(self.sizes[layer], np.inf)
        for neuron, time in self.spikes[layer][sample]:
            times[neuron] = time
        return times


class Model:
    """A chain of layers as command_files.write_model writes it."""

    def __init__(self, path):
        with h5py.File(path) as f:
            node = f["node"]
            self.delay, self.kernel = float(node["metadata/delay"][()]), node["metadata/kernel"][()].decode()
            self.layers = ["input"] + [name[3:] for name, _ in node["edges"].asstr()[()] if name.startswith("to_")]
            self.weights = {b: node[f"nodes/to_{b}/weight"][()] for b in self.layers[1:]}
            self.v_th = {b: node[f"nodes/{b}/v_threshold"][()] for b in self.layers[1:]}

    def causes(self, trace, rtol=1e-9):
        """{((sample, layer, neuron), (sample, layer, neuron)): (arrival, weight, share)}, cause before effect."""
        found = {}
        for pre, post in zip(self.layers, self.layers[1:]):
            for sample in range(len(trace.spikes[post])):
                arrivals = trace.times(pre, sample) + self.delay
                for neuron, fired in trace.spikes[post][sample]:
                    heard = arrivals <= fired if self.kernel == "step" else arrivals < fired
                    self.check_crossing(post, neuron, arrivals, fired, heard, rtol)
                    for i in np.flatnonzero(heard):
                        w = self.weights[post][neuron, i]
                        reached = w if self.kernel == "step" else w * (fired - arrivals[i])
                        found[(sample, pre, int(i)), (sample, post, neuron)] = (
                            arrivals[i], w, reached / self.v_th[post][neuron])
        return found

    def check_crossing(self, post, neuron, arrivals, fired, heard, rtol):
        """The causal set reaches the threshold at that time, and for `step` not before."""
        w, v_th = self.weights[post][neuron], self.v_th[post][neuron]
        if self.kernel == "ramp":
            np.testing.assert_allclose((w * (fired - arrivals))[heard].sum(), v_th, rtol=rtol)
        else:
            assert w[heard].sum() > v_th * (1 - rtol) and w[arrivals < fired].sum() <= v_th * (1 + rtol)

    def potentials(self, trace, sample, layer, at):
        """v_m [time][neuron]: the sum over arrivals up to then, constant from the spike on."""
        arrivals = trace.times(self.layers[self.layers.index(layer) - 1], sample) + self.delay
        until = np.minimum(np.array(at)[:, None], trace.times(layer, sample)[None, :])
        waited = until[:, :, None] - arrivals[None, None, :]
        gain = np.where(waited >= 0, 1 if self.kernel == "step" else np.maximum(waited, 0), 0)
        gain = np.where(np.isfinite(arrivals), gain, 0)
        return (gain * self.weights[layer][None]).sum(axis=2)
