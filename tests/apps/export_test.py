"""Spikes in other formats, loaded by the lines of docs/formats.md. Usage: export_test.py PATH_OF_FIRSTSPIKE"""
from command_frame import run_tests

import h5py
import numpy as np

import command_files as files
from export_frame import CHOICES, SAMPLES, Exports
from export_oracle import Trace


class Spikes(Exports):
    def choices(self):
        for kernel, path, trace in self.both():
            for choice, options in CHOICES:
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
                self.refuse(2, [f"--{option} has no effect on format {form}", "allowed for: "], "trace", "export",
                            self.traces["step"], "--format", form, "--out", "x", f"--{option}", value)

    def test_choices_that_hold_nothing(self):
        for words, options in {
            "--layers: no layer 'hiden', allowed: hidden, input, output": ["--layers", "hiden"],
            "--samples = 3:13, allowed: within 0:12": ["--samples", "3:13"],
            "--from = 256, allowed: below 256, where hidden ends": ["--from", "256"],
            "--until = 5, allowed: above from = 5": ["--from", "5", "--until", "5"],
            "--until = '0', allowed: numbers above 0": ["--until", "0"],
            "allowed: csv|sonata|nir|shd|chrome|membrane": ["--format", "vcd"],
        }.items():
            self.refuse(2, words, "trace", "export", self.traces["step"], "--out", "x.csv", *options)
        shd = ["trace", "export", self.traces["step"], "--format", "shd", "--out", "x"]
        self.refuse(2, "--layer: no layer 'hiden', allowed: hidden, input, output", *shd, "--layer", "hiden")
        two = files.write_spikes(self.folder / "two.h5", {"a": ([1], [0]), "b": ([1], [0])})
        self.refuse(2, "--layer is needed, allowed: a, b", "trace", "export", two, "--format", "shd", "--out", "x")
        few = files.write_labels(self.folder / "few.idx", [1, 2])
        self.refuse(1, ["few.idx", "2 labels", "has 12 samples"], *shd, "--labels", few)
        for form in ("sonata", "nir", "shd", "membrane"):
            self.refuse(2, f"--out is needed for format {form}", "trace", "export", self.traces["step"], "--format", form)

    def test_membranes_of_what_has_none(self):
        run = ["trace", "export", self.traces["step"], "--format", "membrane", "--out", "x"]
        self.refuse(2, "--model is needed for membrane potentials", *run)
        run += ["--model", self.models["step"]]
        self.refuse(2, "--samples: 12 are selected for membrane potentials, allowed: one", *run)
        run += ["--samples", "1:2"]
        self.refuse(2, "'input' is not a layer with membrane potentials, allowed: hidden, output", *run, "--layers", "input")
        self.refuse(2, "--until = 300, allowed: up to t_max = 256", *run, "--until", "300")
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
        for name, form in {"a.csv": "csv", "a.json": "chrome", "a.h5": "sonata", "a.nir": "nir"}.items():
            more = ["--most-flows", "1000000", "--model", self.models["step"]] if form == "chrome" else []
            self.assertEqual(self.export(self.traces["step"], name, *more)["format"], form)
        for name in ("a", "a.JSON", "a.csv.gz", "a.npz"):
            self.refuse(2, [f"--out = '{name}' names no format by its ending, allowed: .csv (csv)", "choose format"],
                        "trace", "export", self.traces["step"], "--out", name)


if __name__ == "__main__":
    run_tests()
