"""Runs a large sparse network: time and memory of `firstspike simulate`, and the same network in Brian2.

usage: bench/sparse.py [--neurons N] [--fan-out K] [--continuous] [--rounds R] [--brian2] [--out DIR]

One neuron in ten is a source, which fires once, within 100 steps. Each neuron has K synapses to random neurons, with weights
N(0.5, 0.5) and delays of 1 to 20 whole steps (--continuous: any real number of steps between). v_th is 3. Sums are in f32.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRSTSPIKE = ROOT / "build/apps/firstspike"
T_MAX = 256
V_TH = 3.0


def draw(options):
    """Times of sources, and for each presynaptic population (pre, post, weight, delay) of its synapses, sorted by pre."""
    random = np.random.default_rng(1)
    sources, hearers = options.neurons // 10, options.neurons - options.neurons // 10

    def projection(size):
        count = size * options.fan_out
        pre = np.repeat(np.arange(size, dtype=np.uint32), options.fan_out)
        post = random.integers(0, hearers, count, dtype=np.uint32)
        weight = random.normal(0.5, 0.5, count).astype(np.float32)
        delay = random.uniform(1, 20, count) if options.continuous else random.integers(1, 21, count).astype(np.float64)
        return pre, post, weight, delay

    times = random.uniform(0, 100, sources)
    return times if options.continuous else np.floor(times), [projection(sources), projection(hearers)]


def write_column(group, name, values):
    group.create_dataset(name, data=values)


def write_population(nodes, name, kind, size, index):
    group = nodes.create_group(name)
    group.attrs.update(kind=kind, n_nodes=np.uint64(size), index=np.uint64(index))
    group.create_dataset("node_type_id", data=np.full(size, -1, np.int64))
    if kind == "neurons":
        write_column(group, "0/v_th", np.full(size, V_TH))


def write_projection(edges, index, pre_name, columns):
    pre, post, weight, delay = columns
    group = edges.create_group(f"{index}_{pre_name}_to_net")
    group.attrs.update(kernel="step", layout="sparse", index=np.uint64(index))
    for name, ids, population in (("source_node_id", pre, pre_name), ("target_node_id", post, "net")):
        group.create_dataset(name, data=ids.astype(np.uint64)).attrs["node_population"] = population
    write_column(group, "edge_type_id", np.full(len(pre), -1, np.int64))
    write_column(group, "edge_group_id", np.zeros(len(pre), np.uint64))
    write_column(group, "edge_group_index", np.arange(len(pre), dtype=np.uint64))
    write_column(group, "0/syn_weight", weight)
    write_column(group, "0/delay", delay)


def write_files(options, times, projections):
    """The network and its input, in SONATA's format, with all columns that it requires."""
    network, spikes = options.out / "network.h5", options.out / "spikes.h5"
    with h5py.File(network, "w") as file:
        file.attrs.update(magic=np.uint32(0x0A7A), version=np.array([0, 1], np.uint32))
        nodes, edges = file.create_group("nodes"), file.create_group("edges")
        write_population(nodes, "in", "source", len(times), 0)
        write_population(nodes, "net", "neurons", options.neurons - len(times), 1)
        for index, (name, columns) in enumerate(zip(("in", "net"), projections)):
            write_projection(edges, index, name, columns)
    order = np.argsort(times, kind="stable")
    with h5py.File(spikes, "w") as file:
        file.attrs.update(magic=np.uint32(0x0A7A), version=np.array([0, 1], np.uint32))
        group = file.create_group("spikes/in")
        group.create_dataset("timestamps", data=times[order]).attrs["units"] = "ms"
        group.create_dataset("node_ids", data=order.astype(np.uint64))
    return network, spikes


def run_firstspike(network, spikes):
    """Seconds in the engine and of processor time in all, peak memory [bytes], and the counts of the command."""
    arguments = [str(FIRSTSPIKE), "simulate", "--network", str(network), "--spikes", str(spikes), "--t-max", str(T_MAX), "--engine", "heap",
                 "--precision", "f32", "--threads", "1", "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    timed = subprocess.run(["/usr/bin/time", "-f", "%M", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if timed.returncode != 0:
        sys.exit(timed.stderr)
    result = json.loads(timed.stdout)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result["seconds"], used, 1024 * int(timed.stderr.split()[-1]), result


def run_brian2(options, times, projections):
    """Seconds in the main loop of Brian2's generated C++, by its own clock, and the number of spikes of `net`."""
    import brian2 as b2

    directory = str(options.out / "brian2")
    b2.set_device("cpp_standalone", build_on_run=False)
    b2.prefs.core.default_float_dtype = np.float32
    b2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffast-math"]
    b2.defaultclock.dt = 1 * b2.ms
    inputs = b2.SpikeGeneratorGroup(len(times), np.arange(len(times)), times * b2.ms)
    # A neuron that has fired never does so again.
    net = b2.NeuronGroup(options.neurons - len(times), "v : 1", threshold=f"v > {V_TH}", reset="v = -1e9")
    parts = [inputs, net, b2.SpikeMonitor(net)]
    for group, (pre, post, weight, delay) in zip((inputs, net), projections):
        synapses = b2.Synapses(group, net, "w : 1", on_pre="v_post += w")
        synapses.connect(i=pre.astype(np.int32), j=post.astype(np.int32))
        synapses.w = weight
        synapses.delay = (delay - 1) * b2.ms  # what arrives in one time step is tested in the next
        parts.append(synapses)
    b2.Network(*parts).run(T_MAX * b2.ms)
    b2.device.build(directory=directory, compile=True, run=False)
    seconds = []
    for _ in range(options.rounds):
        subprocess.run(["./main"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        seconds.append(float(pathlib.Path(directory, "results/last_run_info.txt").read_text().split()[0]))
    b2.device.run(directory, with_output=False)
    return statistics.median(seconds), parts[2].num_spikes


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--neurons", type=int, default=1_000_000)
    parser.add_argument("--fan-out", type=int, default=10)
    parser.add_argument("--continuous", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--brian2", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/sparse")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    times, projections = draw(options)
    synapses = options.neurons * options.fan_out
    network, spikes = write_files(options, times, projections)
    runs = [run_firstspike(network, spikes) for _ in range(options.rounds)]
    seconds, used, peak = (statistics.median(run[i] for run in runs) for i in range(3))
    result = runs[0][3]
    print(f"{options.neurons} neurons, {synapses} synapses, {'any' if options.continuous else 'whole'} delays: "
          f"{result['synaptic_events']} synaptic events, {result['spikes']['net']} spikes")
    print(f"in the engine {1e3 * seconds:.0f} ms by the command's clock (build/bench/sparse_bench tells processor time); "
          f"the whole command {used:.2f} s of processor time")
    if options.brian2:
        of_brian2, spikes_of_brian2 = run_brian2(options, times, projections)
        print(f"Brian2 (cpp_standalone, f32): {1e3 * of_brian2:.0f} ms by its own clock, {spikes_of_brian2} spikes; "
              f"{of_brian2 / seconds:.1f} times firstspike's")
    print(f"peak memory {peak / 2**20:.0f} MiB: {peak / synapses:.1f} bytes a synapse with everything")


if __name__ == "__main__":
    main()
