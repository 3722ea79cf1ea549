"""Exports with a model: causes of spikes, and membrane potentials. Usage: export_model_test.py FIRSTSPIKE"""
import io
import json

from command_frame import run_tests

import h5py
import numpy as np

import command_files as files
from export_frame import CHOICES, Exports
from export_oracle import Model, Trace


class Causes(Exports):
    def chrome(self, path, *more):
        self.summary = self.export(path, "spikes.json", *more)
        loaded = self.load("Chrome trace")
        self.check_form(loaded["events"])
        spikes = {self.key(a): a["time"] for a in loaded["spikes"].values()}
        self.assertEqual(len(spikes), len(loaded["spikes"]))
        causes = {(self.key(a), self.key(b)): (f["arrival"], f["weight"], f["share"]) for a, b, f in loaded["causes"]}
        self.assertEqual(len(causes), len(loaded["causes"]))
        self.assertEqual((self.summary["spikes"], self.summary["flows"]), (len(spikes), len(causes)))
        return spikes, causes

    @staticmethod
    def key(args):
        return args["sample"], args["layer"], args["neuron"]

    def check_form(self, events):
        """Checks the Trace Event Format, and that both ends of a flow lie in a slice, as Perfetto requires."""
        slices, starts, named = {}, {}, set()
        for e in events:
            self.assertTrue({"ph", "pid", "tid", "name"} <= set(e), e)
            place = e["pid"], e["tid"]
            if e["ph"] == "M":
                named |= {place} if e["name"] == "thread_name" else set()
                continue
            self.assertIn(place, named)
            if e["ph"] == "X":
                self.assertNotIn(place, slices, "one spike a track")
                self.assertEqual((e["ts"], e["dur"]), (e["args"]["time"] * 1000, 1000))
                self.assertEqual((e["name"], e["pid"]), ("{layer}:{neuron}".format(**e["args"]), e["args"]["sample"] + 1))
                slices[place] = e["ts"], e["ts"] + e["dur"]
                continue
            self.assertEqual((e["cat"], e["name"]), ("cause", "cause"))
            self.assertTrue(slices[place][0] <= e["ts"] < slices[place][1], e)
            if e["ph"] == "s":
                self.assertNotIn(e["id"], starts)
                starts[e["id"]] = e
            else:
                self.assertEqual((e["ph"], e["bp"]), ("f", "e"))
                start = starts[e["id"]]
                self.assertEqual(start["pid"], e["pid"])
                self.assertLessEqual(start["ts"], e["ts"])
        self.assertEqual(sum(e["ph"] == "f" for e in events), len(starts))
        self.assertEqual(len({tid for _, tid in slices}), len(slices), "a tid means one thread")

    def assert_same_causes(self, found, wanted):
        self.assertEqual(set(found), set(wanted))
        for pair, (arrival, weight, share) in wanted.items():
            self.assertEqual(found[pair][:2], (arrival, weight), pair)
            self.assertAlmostEqual(found[pair][2], share, delta=1e-12 * abs(share))

    def test_spikes_and_their_causal_sets(self):
        for kernel, path, trace in self.both():
            spikes, causes = self.chrome(path, "--model", self.models[kernel])
            self.assertEqual(spikes, trace.chosen())
            wanted = Model(self.models[kernel]).causes(trace)
            self.assertGreater(len(wanted), 100)
            self.assert_same_causes(causes, wanted)

    def test_a_trace_of_single_precision_is_run_in_it(self):
        for kernel in self.models:
            single = self.record(kernel, "single.h5", "--precision", "f32", "--overwrite")
            trace, model = Trace(single), Model(self.models[kernel])
            model.weights = {layer: w.astype(np.float32) for layer, w in model.weights.items()}
            spikes, causes = self.chrome(single, "--model", self.models[kernel])
            self.assertEqual(spikes, trace.chosen())
            wanted = model.causes(trace, rtol=1e-4)
            self.assertEqual({pair: c[:2] for pair, c in causes.items()}, {pair: c[:2] for pair, c in wanted.items()})
        self.refuse(1, "with this model", "trace", "export", single, "--model", self.models["ramp"], "--precision", "f64",
                    "--out", "x.json")

    def test_by_hand_three_inputs_two_causes(self):
        """1 + 1 > 1.5 when the second arrives, at 2 + 1; the third comes too late, the weight of 0 is no cause."""
        for kernel, fired in {"step": 3.0, "ramp": 3.25}.items():  # (t - 1) + (t - 3) = 2.5 at 3.25
            model = files.write_model(self.folder / "m.h5", [np.array([[1.0, 1.0, 1.0, 0.0]])], kernel=kernel,
                                      threshold=1.5 if kernel == "step" else 2.5)
            source = files.write_spikes(self.folder / "s.h5", {"input": ([0, 2, 5, 0], [0, 1, 2, 3])})
            self.succeed("simulate", "--model", model, "--spikes", source, "--trace", "t.h5", "--overwrite")
            spikes, causes = self.chrome(self.folder / "t.h5", "--model", model)
            self.assertEqual(spikes[0, "output", 0], fired)
            self.assertEqual({a[2] for a, b in causes}, {0, 1})

    def test_flows_join_spikes_that_are_shown(self):
        for kernel, path, trace in self.both():
            wanted = Model(self.models[kernel]).causes(trace)
            for choice, options in CHOICES:
                spikes, causes = self.chrome(path, "--model", self.models[kernel], *options)
                self.assertEqual(spikes, trace.chosen(**choice))
                self.assert_same_causes(causes, {k: v for k, v in wanted.items() if set(k) <= set(spikes)})

    def test_models_inside_the_trace_need_no_option(self):
        """As recorded training steps have them: populations may be called NAME_<layer>."""
        for kernel, path, trace in self.both():
            for prefix in ("", "net_"):
                inside = self.folder / "inside.h5"
                inside.write_bytes(path.read_bytes())
                with h5py.File(inside, "r+") as f, h5py.File(self.models[kernel]) as model:
                    f.create_group("models")
                    model.copy(model["/"], f["models"], "net")
                    for layer in list(f["spikes"]) if prefix else []:
                        f.move(f"spikes/{layer}", f"spikes/{prefix}{layer}")
                spikes, causes = self.chrome(inside)
                wanted = Model(self.models[kernel]).causes(trace)
                named = {tuple((s, prefix + layer, n) for s, layer, n in pair): v for pair, v in wanted.items()}
                self.assert_same_causes(causes, named)

    def test_caps_leave_out_the_last_and_say_so(self):
        model = Model(self.models["step"])
        trace = Trace(self.traces["step"])
        wanted = model.causes(trace)
        run = ["trace", "export", self.traces["step"], "--model", self.models["step"], "--out", "spikes.json",
               "--overwrite"]
        code, out, err = self.run_command(*run, "--most-flows", "40")
        self.assertEqual(code, 0)
        causes = [(self.key(a), self.key(b)) for a, b, _ in self.load("Chrome trace")["causes"]]
        self.assertTrue(0 < len(causes) <= 40)
        effects = {b for _, b in causes}
        self.assertEqual(set(causes), {pair for pair in wanted if pair[1] in effects}, "whole causal sets")
        fired = sum(len(s) for layer in ("hidden", "output") for s in trace.spikes[layer])
        self.assertIn(f"the causes of the last {fired - len(effects)} spikes are left out", err)
        code, out, err = self.run_command(*run, "--most-spikes", "30")
        events = self.load("Chrome trace")["spikes"]
        every = sorted((key[0], time) for key, time in trace.chosen().items())
        self.assertEqual(sorted((a["sample"], a["time"]) for a in events.values()), every[:30])
        self.assertIn(f"{len(every) - 30} later spikes are left out", err)

    def test_without_a_model_spikes_alone_and_a_word(self):
        code, out, err = self.run_command("trace", "export", self.traces["step"], "--format", "chrome")
        self.assertEqual((code, err.count("\n")), (0, 1))
        self.assertIn("--model gives one", err)
        events = json.loads(out)["traceEvents"]
        self.assertEqual(sum(e["ph"] == "X" for e in events), len(Trace(self.traces["step"]).chosen()))
        self.assertFalse([e for e in events if e["ph"] in "sf"])

    def test_a_trace_of_early_exit_has_causes(self):
        early = self.record("step", "early.h5", "--early-exit")
        spikes, causes = self.chrome(early, "--model", self.models["step"])
        trace = Trace(early)
        self.assertLess(len(spikes), len(Trace(self.traces["step"]).chosen()))
        self.assert_same_causes(causes, Model(self.models["step"]).causes(trace))

    def test_a_recurrent_network(self):
        ring = files.write_ring(self.folder / "ring.h5")
        source = files.write_spikes(self.folder / "s.h5", {"source": ([1.0], [0])})
        network = ["--network", ring, "--t-max", "20"]
        self.succeed("simulate", *network, "--spikes", source, "--trace", "t.h5")
        spikes, causes = self.chrome(self.folder / "t.h5", *network)
        self.assertEqual(spikes, {(0, "source", 0): 1, (0, "ring", 0): 3, (0, "ring", 1): 5, (0, "ring", 2): 7})
        self.assertEqual(set(causes), {((0, "source", 0), (0, "ring", 0)), ((0, "ring", 0), (0, "ring", 1)),
                                       ((0, "ring", 1), (0, "ring", 2))})


class Membranes(Exports):
    def report(self, kernel, sample, *more):
        return self.export(self.traces[kernel], "membranes.h5", "--format", "membrane", "--model", self.models[kernel],
                           "--samples", f"{sample}:{sample + 1}", *more)

    def test_potentials_are_the_sums_over_arrivals(self):
        seen = {"silent": 0, "fired": 0}
        for kernel, path, trace in self.both():
            t_max = {"step": 256, "ramp": 400}[kernel]
            model = Model(self.models[kernel])
            for sample, options, (start, stop, dt) in [(0, [], (0, t_max, 1)), (5, ["--dt", "0.25"], (0, t_max, 0.25)),
                                                       (11, ["--from", "20.5", "--until", "180", "--dt", "0.3"],
                                                        (20.5, 180, 0.3))]:
                summary = self.report(kernel, sample, *options)
                loaded = self.load("Membrane report")
                self.assertEqual((loaded["t_start"], loaded["t_stop"], loaded["dt"]), (start, stop, dt))
                self.assertEqual(summary["frames"], len(loaded["t"]))
                self.assertEqual(len(loaded["t"]), libsonata_frames(start, stop, dt))
                for layer in ("hidden", "output"):
                    wanted = model.potentials(trace, sample, layer, loaded["t"])
                    with h5py.File(self.folder / "membranes.h5") as f:
                        found = f[f"report/{layer}/data"][()]
                    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-5)
                    fired = np.isfinite(trace.times(layer, sample))
                    seen["fired"] += fired.sum()
                    seen["silent"] += (~fired).sum()
                np.testing.assert_array_equal(loaded["v_m"].shape, (len(loaded["t"]), 8))
        self.assertGreater(min(seen.values()), 3, seen)

    def test_the_layout_is_sonatas(self):
        self.assertEqual(self.report("step", 2)["layers"], {"hidden": 8, "output": 3})
        with h5py.File(self.folder / "membranes.h5") as f:
            self.assertEqual((f.attrs["magic"], f.attrs["version"].tolist(), f.attrs["sample"]), (0x0A7A, [0, 1], 2))
            self.assertEqual((list(f), list(f["report"])), (["report"], ["hidden", "output"]))
            for layer, size in {"hidden": 8, "output": 3}.items():
                group, mapping = f["report"][layer], f["report"][layer]["mapping"]
                self.assertEqual((group["data"].dtype, group["data"].shape), (np.float32, (256, size)))
                self.assertEqual((group["data"].attrs["units"], mapping["time"].attrs["units"]), ("mV", "ms"))
                self.assertEqual(mapping["node_ids"].attrs["sorted"], 1)
                for name, dtype, values in [("node_ids", np.uint64, range(size)), ("element_ids", np.uint32, [1] * size),
                                            ("index_pointers", np.uint64, range(size + 1)),
                                            ("time", np.float64, [0, 256, 1])]:
                    self.assertEqual((mapping[name].dtype, mapping[name][()].tolist()), (dtype, list(values)), name)

    def test_layers_are_chosen(self):
        self.assertEqual(self.report("ramp", 1, "--layers", "output")["layers"], {"output": 3})
        with h5py.File(self.folder / "membranes.h5") as f:
            self.assertEqual(list(f["report"]), ["output"])

    def test_by_hand_currents_stop_where_the_window_closes(self):
        """A ramp of 2 a step from 1 + 0.5 on, a second of -1 from 4 on; both end at t_close = 6, at 2 * 4.5 - 2 = 7."""
        with h5py.File(self.folder / "net.h5", "w") as f:
            for name, kind, size in [("source", "source", 2), ("cell", "neurons", 1)]:
                group = f.create_group(f"nodes/{name}")
                group.attrs["kind"], group.attrs["n_nodes"] = kind, np.uint64(size)
            f["nodes/cell"].attrs["t_close"] = 6.0
            f["nodes/cell/0/v_th"] = [100.0]
            edges = f.create_group("edges/in")
            edges.attrs["kernel"] = "ramp"
            edges["source_node_id"], edges["target_node_id"] = np.uint64([0, 1]), np.uint64([0, 0])
            edges["source_node_id"].attrs["node_population"] = "source"
            edges["target_node_id"].attrs["node_population"] = "cell"
            edges["0/syn_weight"], edges["0/delay"] = [2.0, -1.0], [0.5, 0.0]
        spikes = files.write_spikes(self.folder / "s.h5", {"source": ([1, 4], [0, 1])})
        network = ["--network", self.folder / "net.h5", "--t-max", "9"]
        self.succeed("simulate", *network, "--spikes", spikes, "--trace", "t.h5")
        self.export("t.h5", "membranes.h5", "--format", "membrane", *network)
        with h5py.File(self.folder / "membranes.h5") as f:
            self.assertEqual(f["report/cell/data"][:, 0].tolist(), [0, 0, 1, 3, 5, 6, 7, 7, 7])

    def test_input_spikes_are_all_that_is_needed(self):
        self.record("step", "input.h5", "--record", "input")
        whole = self.report("step", 4) and (self.folder / "membranes.h5").read_bytes()
        self.export(self.folder / "input.h5", "membranes.h5", "--format", "membrane", "--model", self.models["step"],
                    "--samples", "4:5")
        with h5py.File(self.folder / "membranes.h5") as f, h5py.File(io.BytesIO(whole)) as g:
            self.assertTrue((f["report/output/data"][()] == g["report/output/data"][()]).all())


def libsonata_frames(start, stop, dt):
    """How many frames libsonata 0.1.25 believes there are (report_reader.cpp)."""
    frames, t = 0, start
    while t < stop - 1e-6:
        frames, t = frames + 1, t + dt
    return frames


if __name__ == "__main__":
    run_tests()
