"""Brian2's generated C++ (cpp_standalone) with its default compiler options, precision (f64) and no OpenMP.

One group for each layer. All images run one after the other in one run, and potentials are set to 0 at the start of each. Copies
of the network that run several images at a time were slower, because their weights do not fit into the cache. Synapses act in the
time step of the spike and thresholds are tested before them, so the next layer fires one step later: a delay of 1 without a queue.
"""
import brian2
import numpy

from work import NEVER, T_MAX, V_TH, spikes

SECONDS = "seconds_of_run.txt"


def layer_of(size):
    # One spike for each neuron and image: after a spike the potential cannot reach the threshold again.
    layer = brian2.NeuronGroup(size, "v : 1", threshold=f"v > {V_TH}", reset="v = -1e30")
    layer.run_regularly("v = 0", dt=T_MAX * brian2.ms)
    return layer


def prepare(weights, times, folder, form):
    brian2.prefs.logging.console_log_level = "ERROR"
    brian2.set_device("cpp_standalone", build_on_run=False)
    brian2.defaultclock.dt = 1 * brian2.ms  # a time step
    image, pixel, t = spikes(times)
    pre = brian2.SpikeGeneratorGroup(times.shape[1], pixel, (t + T_MAX * image) * brian2.ms)
    parts, monitors = [pre], []
    for w in weights:
        post = layer_of(len(w))
        synapses = brian2.Synapses(pre, post, "weight : 1", on_pre="v_post += weight")
        synapses.connect()
        synapses.weight = w.T.flatten()
        monitors.append(brian2.SpikeMonitor(post))
        parts += [post, synapses, monitors[-1]]
        pre = post
    # The generated program loads its arrays and creates the synapses first. That is building, so it is not counted.
    brian2.device.insert_code("before_network_run", "const std::clock_t run_started = std::clock();")
    brian2.device.insert_code("after_network_run", f'std::ofstream("{folder / SECONDS}") '
                                                   "<< double(std::clock() - run_started) / CLOCKS_PER_SEC;")
    brian2.Network(parts).run(T_MAX * len(times) * brian2.ms)
    brian2.device.build(directory=str(folder / "brian2"), run=False)

    def run():
        brian2.device.run()
        layers = []
        for w, monitor in zip(weights, monitors):
            t = numpy.rint(numpy.asarray(monitor.t / brian2.ms)).astype(int)
            layer = numpy.full((len(times), len(w)), NEVER)
            layer[t // T_MAX, numpy.asarray(monitor.i)] = t % T_MAX
            layers.append(layer)
        return layers

    return run, ""


def seconds_of_run(folder):
    return float((folder / SECONDS).read_text())
