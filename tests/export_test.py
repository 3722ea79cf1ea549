"""Exports of traces, loaded by the very lines of docs/formats.md. Usage: export_test.py PATH_OF_FIRSTSPIKE"""
import contextlib
import io
import json
import pathlib
import re
import warnings

from command_frame import CommandTest, run_tests

import h5py
import numpy as np

import command_files as files
from export_oracle import Model, Trace

FORMATS = pathlib.Path(__file__).resolve().parent.parent / "docs" / "formats.md"
SAMPLES = 12


def documented_lines(heading):
    """The Python under a heading of docs/formats.md, down to the next heading."""
    text = FORMATS.read_text()
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#)", text, re.M | re.S).group(1)
    [block] = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
    return block


class Exports(CommandTest):
    def setUp(self):
        super().setUp()
        self.images = files.write_images(self.folder / "images.idx", SAMPLES)
        self.labels = files.write_labels(self.folder / "labels.idx", [(7 * i) % 10 for i in range(SAMPLES)])
        weights = files.small_weights()
        self.models = {
            "step": files.write_model(self.folder / "step.nir.h5", [w - 0.4 for w in weights], threshold=0.9),
            "ramp": files.write_model(self.folder / "ramp.nir.h5", [w - 0.4 for w in weights], kernel="ramp",
                                      threshold=90.0, delay=0.0, t_max=400.0)}
        self.traces = {kernel: self.record(kernel, f"{kernel}.h5") for kernel in self.models}

    def record(self, kernel, name, *more):
        self.succeed("simulate", "--model", self.models[kernel], "--images", self.images, "--trace", name, *more)
        return self.folder / name

    def export(self, trace, out, *more):
        """Everything that --json tells; replaces what is there."""
        return self.as_json("trace", "export", trace, "--out", out, "--overwrite", *more)

    def load(self, heading):
        """The variables that the documented lines leave behind."""
        lines = documented_lines(heading)
        self.assertEqual(lines.count("\n"), 3, heading)
        names = {}
        exec(documented_lines("Exports"), names)
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # three lines close no file
            exec(lines, names)
        return names

    def both(self):
        return [(kernel, path, Trace(path)) for kernel, path in self.traces.items()]


class Spikes(Exports):
    CHOICES = [({}, []),
               ({"layers": ["hidden", "output"]}, ["--layers", "hidden,output"]),
               ({"samples": range(2, 9)}, ["--samples", "2:9"]),
               ({"start": 60, "until": 140.5}, ["--from", "60", "--until", "140.5"]),
               ({"layers": ["hidden"], "samples": range(3, 8), "start": 70, "until": 200},
                ["--layers", "hidden", "--samples", "3:8", "--from", "70", "--until", "200"])]

    def choices(self):
        for kernel, path, trace in self.both():
            for choice, options in self.CHOICES:
                wanted = trace.chosen(**choice)
                self.assertGreater(len(wanted), 5)
                yield path, wanted, options, choice

    def test_csv_holds_every_spike_that_was_chosen(self):
        for path, wanted, options, _ in self.choices():
            self.assertEqual(self.export(path, "spikes.csv", *options)["spikes"], len(wanted))
            rows = self.load("CSV")["rows"].tolist()
            self.assertEqual({(s, layer, n): t for s, layer, n, t in rows}, wanted)
            self.assertEqual(len(rows), len(wanted))
            self.assertEqual(self.succeed("trace", "export", path, *options), (self.folder / "spikes.csv").read_text())

    def test_csv_lines_pick_one_layer(self):
        for _, path, trace in self.both():
            self.export(path, "spikes.csv")
            hidden = self.load("CSV")["hidden"]
            self.assertEqual(len(hidden), sum(map(len, trace.spikes["hidden"])))

    def test_sonata_holds_every_spike_that_was_chosen(self):
        for path, wanted, options, choice in self.choices():
            self.export(path, "spikes.h5", *options)
            first = choice.get("samples", range(1))[0]
            written = Trace(self.folder / "spikes.h5").chosen()
            self.assertEqual({(s + first, layer, n): t for (s, layer, n), t in written.items()}, wanted)
            loaded = self.load("SONATA")
            mine = {n: t for (s, layer, n), t in wanted.items() if (s, layer) == (first + 3, "hidden")}
            events = slice(loaded["first"], loaded["last"])
            self.assertEqual(dict(zip(loaded["f"]["node_ids"][events], loaded["f"]["timestamps"][events])), mine)
            self.assertEqual(loaded["f"].attrs["t_start"], choice.get("start", 0))
            self.assertEqual(loaded["f"].file.attrs.get("first_sample", 0), first)
            self.succeed("trace", "validate", self.folder / "spikes.h5")

    def test_nir_data_holds_every_spike_padded(self):
        for path, wanted, options, choice in self.choices():
            self.export(path, "spikes.nir", *options)
            loaded = self.load("NIRGraphData")
            with h5py.File(self.folder / "spikes.nir") as f:
                self.check_nir(f, wanted, choice.get("samples", range(SAMPLES)))
            hidden = [[(n, t) for n, t in zip(*row) if n >= 0] for row in zip(loaded["idx"], loaded["time"])]
            self.assertEqual(loaded["first"].tolist(), [row[0][0] if row else -1 for row in hidden])
            self.assertEqual(sum(map(len, hidden)), sum(layer == "hidden" for _, layer, _ in wanted))

    def check_nir(self, f, wanted, samples):
        """Layout as nir.read_data has it, every array as wanted."""
        self.assertEqual((f.attrs["__type__"], f.attrs["first_sample"]), ("NIRGraphData", samples[0]))
        found = {}
        for layer, node in f["nodes"].items():
            self.assertEqual((node.attrs["__type__"], list(node), list(node["observables"])),
                             ("NIRNodeData", ["observables"], ["spikes"]))
            spikes = node["observables/spikes"]
            self.assertEqual((spikes.attrs["__type__"], sorted(spikes)), ("EventData", ["idx", "time"]))
            self.assertEqual(int(spikes.attrs["n_neurons"]), {"input": 16, "hidden": 8, "output": 3}[layer])
            self.assertGreater(float(spikes.attrs["t_max"]), 0)
            idx, time = spikes["idx"][()], spikes["time"][()]
            self.assertEqual((idx.dtype, time.dtype, idx.shape), (np.int64, np.float64, time.shape))
            self.assertEqual(len(idx), len(samples))
            self.assertTrue(((idx == -1) == (time == np.inf)).all())
            self.assertTrue((time[:, 1:] >= time[:, :-1]).all())
            self.assertTrue(idx.shape[1] == 1 or (idx >= 0).any(axis=0).all(), "no column is padding alone")
            found |= {(samples[row], layer, n): t for row in range(len(idx))
                      for n, t in zip(idx[row].tolist(), time[row].tolist()) if n >= 0}
        self.assertEqual(found, wanted)

    def test_shd_holds_one_layer_in_float32_seconds(self):
        for path, _, options, choice in self.choices():
            options = [o for o in options if o not in ("--layers", "hidden", "hidden,output")]
            trace, samples = Trace(path), choice.get("samples", range(SAMPLES))
            for layer in ("input", "hidden"):
                self.export(path, "digits.h5", "--format", "shd", "--labels", self.labels, "--layer", layer, *options)
                wanted = trace.chosen(**(choice | {"layers": [layer]}))
                loaded = self.load("SHD")
                self.assertEqual(loaded["labels"].tolist(), [(7 * i) % 10 for i in samples])
                self.assertEqual(len(loaded["times"]), len(samples))
                found = {}
                for sample, times, units in zip(samples, loaded["times"], loaded["units"]):
                    self.assertEqual((times.dtype, units.dtype), (np.float32, np.uint16))
                    self.assertTrue((np.diff(times) >= 0).all())
                    found |= {(sample, layer, n): t for n, t in zip(units.tolist(), times)}
                self.assertEqual(found, {key: np.float32(t / 1000) for key, t in wanted.items()})
                self.assertEqual((loaded["f"].attrs["layer"], loaded["f"].attrs["n_units"]), (layer, trace.sizes[layer]))

    def test_shd_has_labels_only_where_they_are_known(self):
        self.assertFalse(self.export(self.traces["step"], "digits.h5", "--format", "shd")["labels"])
        self.assertIsNone(self.load("SHD")["labels"])
        with h5py.File(self.traces["step"], "r+") as f:
            f.attrs["labels"] = ",".join(str(i % 4) for i in range(SAMPLES))
        self.export(self.traces["step"], "digits.h5", "--format", "shd", "--samples", "3:9")
        self.assertEqual(self.load("SHD")["labels"].tolist(), [i % 4 for i in range(3, 9)])
        self.export(self.traces["step"], "spikes.h5", "--samples", "3:9")
        with h5py.File(self.folder / "spikes.h5") as f:
            self.assertEqual(f.attrs["labels"], "3,0,1,2,3,0")

    def test_files_by_others_that_say_less(self):
        path = files.write_spikes(self.folder / "others.h5", {"cells": ([3.5, 0.25, 3.5], [70000, 2, 1])})
        self.export(path, "digits.h5", "--format", "shd")
        loaded = self.load("SHD")
        self.assertEqual((loaded["units"][0].dtype, loaded["units"][0].tolist()), (np.uint32, [2, 1, 70000]))
        self.export(path, "spikes.nir")
        with h5py.File(self.folder / "spikes.nir") as f:
            spikes = f["nodes/cells/observables/spikes"]
            self.assertEqual((spikes.attrs["t_max"], spikes.attrs["n_neurons"]), (4.5, 70001))
            self.assertEqual(spikes["idx"][()].tolist(), [[2, 1, 70000]])
        empty = files.write_spikes(self.folder / "empty.h5", {"a": ([], [])})
        self.export(empty, "spikes.nir")
        with h5py.File(self.folder / "spikes.nir") as f:
            self.assertEqual(f["nodes/a/observables/spikes/idx"][()].tolist(), [[-1]])
            self.assertEqual(f["nodes/a/observables/spikes/time"][()].tolist(), [[np.inf]])

    def test_the_same_trace_gives_the_same_bytes(self):
        for form in ("csv", "sonata", "nir", "shd", "chrome", "membrane"):
            more = ["--model", self.models["ramp"]] if form in ("chrome", "membrane") else []
            more += ["--samples", "2:3"] if form == "membrane" else []
            for name in ("a", "b"):
                self.export(self.traces["ramp"], name, "--format", form, *more)
            self.assertEqual((self.folder / "a").read_bytes(), (self.folder / "b").read_bytes(), form)


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
        """The Trace Event Format, and what makes Perfetto bind a flow: both ends lie in a slice that it knows of."""
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
            for choice, options in Spikes.CHOICES:
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


class Refused(Exports):
    def test_options_that_mean_nothing_to_a_format(self):
        for form, options in {
            "csv": ["layer", "labels", "most-spikes", "most-flows", "dt", "model", "network", "kernel"],
            "sonata": ["layer", "most-flows", "dt", "model", "delay"],
            "nir": ["layer", "labels", "dt", "precision"],
            "shd": ["layers", "most-spikes", "dt", "model", "t-max"],
            "chrome": ["layer", "labels", "dt"],
            "membrane": ["layer", "labels", "most-spikes", "most-flows"],
        }.items():
            for option in options:
                value = {"kernel": "step", "precision": "f32"}.get(option, "1")
                self.refuse(2, [f"--{option} means nothing to --format {form}", "allowed for: "], "trace", "export",
                            self.traces["step"], "--format", form, "--out", "x", f"--{option}", value)

    def test_choices_that_hold_nothing(self):
        for words, options in {
            "--layers: no layer 'hiden', allowed: hidden, input, output": ["--layers", "hiden"],
            "--samples = '3:13', allowed: within 0:12": ["--samples", "3:13"],
            "--from = '256', allowed: below 256, where hidden ends": ["--from", "256"],
            "--until = '5', allowed: above --from = '5'": ["--from", "5", "--until", "5"],
            "--until = '0', allowed: numbers above 0": ["--until", "0"],
            "allowed: csv|sonata|nir|shd|chrome|membrane": ["--format", "vcd"],
        }.items():
            self.refuse(2, words, "trace", "export", self.traces["step"], "--out", "x", *options)
        shd = ["trace", "export", self.traces["step"], "--format", "shd", "--out", "x"]
        self.refuse(2, "--layer: no layer 'hiden', allowed: hidden, input, output", *shd, "--layer", "hiden")
        two = files.write_spikes(self.folder / "two.h5", {"a": ([1], [0]), "b": ([1], [0])})
        self.refuse(2, "--layer is needed, allowed: a, b", "trace", "export", two, "--format", "shd", "--out", "x")
        few = files.write_labels(self.folder / "few.idx", [1, 2])
        self.refuse(1, ["few.idx", "2 labels", "has 12 samples"], *shd, "--labels", few)
        for form in ("sonata", "nir", "shd", "membrane"):
            self.refuse(2, "needs --out FILE", "trace", "export", self.traces["step"], "--format", form)

    def test_membranes_of_what_has_none(self):
        run = ["trace", "export", self.traces["step"], "--format", "membrane", "--out", "x"]
        self.refuse(2, "--format membrane needs --model", *run)
        run += ["--model", self.models["step"]]
        self.refuse(2, "--format membrane of 12 samples, allowed: one", *run)
        run += ["--samples", "1:2"]
        self.refuse(2, "'input' is no layer with membranes, allowed: hidden, output", *run, "--layers", "input")
        self.refuse(2, "--until = '300', allowed: up to t_max = 256", *run, "--until", "300")
        self.refuse(2, "--dt = '0', allowed: ", *run, "--dt", "0")

    def test_a_model_that_did_not_make_the_trace(self):
        weights = files.small_weights(seed=3)
        other = files.write_model(self.folder / "other.h5", [w - 0.4 for w in weights], threshold=0.9)
        small = files.write_model(self.folder / "small.h5", files.small_weights(inputs=9))
        for form in (["chrome"], ["membrane", "--samples", "2:3"]):
            run = ["trace", "export", self.traces["step"], "--out", "x", "--format", *form, "--model"]
            self.refuse(1, ["fires", "in sample", "with this model", "give the model that made this trace"], *run, other)
            self.refuse(1, ["/spikes/input has 16 neurons", "'input' 9"], *run, small)
            self.refuse(1, "t_stop = 256, the model's t_max = 400", *run, self.models["ramp"])
            self.refuse(1, "no.h5", *run, "no.h5")
        deaf = self.record("step", "deaf.h5", "--record", "hidden")
        self.refuse(1, ["deaf.h5", "has no 'input'", "record that layer"], "trace", "export", deaf, "--out", "x.json",
                    "--model", self.models["step"])

    def test_traces_that_are_wrong_and_places_that_are_taken(self):
        bad = self.folder / "bad.h5"
        bad.write_bytes(self.traces["step"].read_bytes())
        with h5py.File(bad, "r+") as f:
            f["spikes/hidden/timestamps"][0] = np.nan
        more = {"chrome": ["--model", self.models["step"]],
                "membrane": ["--model", self.models["step"], "--samples", "0:1"]}
        for form in ("csv", "sonata", "nir", "shd", "chrome", "membrane"):
            run = ["--format", form, *more.get(form, [])]
            self.refuse(1, ["/spikes/hidden", "nan"], "trace", "export", bad, "--out", "x", *run)
            self.refuse(1, ["images.idx", "exists"], "trace", "export", self.traces["step"], "--out", self.images, *run)
            self.refuse(1, "no/x", "trace", "export", self.traces["step"], "--out", "no/x", *run)

    def test_the_ending_chooses_the_format(self):
        for name, form in {"a.csv": "csv", "a.json": "chrome", "a.h5": "sonata", "a.nir": "nir", "a": "csv"}.items():
            more = ["--most-flows", "1000000", "--model", self.models["step"]] if form == "chrome" else []
            self.assertEqual(self.export(self.traces["step"], name, *more)["format"], form)


if __name__ == "__main__":
    run_tests()
