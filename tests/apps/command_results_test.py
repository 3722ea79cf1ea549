"""What the command writes and prints. Usage: command_results_test.py PATH_OF_FIRSTSPIKE"""
import csv
import gzip
import io
import json
import signal
import subprocess
import time

from command_frame import CommandTest, WithModel, run_tests

import h5py
import numpy as np

import command_files as files

DECISION_KEYS = {"accuracy", "accuracy_ties_counted", "accuracy_silent_wrong", "no_spike", "decision_time",
                 "spikes_to_decision", "spikes_full", "decision_windows", "spikes_per_neuron", "synaptic_events_per_image",
                 "seconds_per_image"}


class Output(WithModel):
    def test_existing_files_are_kept_without_overwrite(self):
        path = self.trace("trace.h5")
        self.refuse(1, [str(path), "exists"], *self.run, "--trace", path)
        self.refuse(1, [str(path), "exists"], "trace", "export", path, "--out", path)
        self.succeed(*self.run, "--count", "3", "--trace", path, "--overwrite")
        self.assertEqual(self.as_json("trace", "info", path)["files"][0]["populations"][0]["samples"], 3)

    def test_places_that_cannot_be_written(self):
        path = self.trace("trace.h5")
        for place in (self.folder / "no" / "t.h5", self.folder, "/proc/t.h5"):
            self.refuse(1, str(place), *self.run, "--json", "--trace", place)
            self.refuse(1, str(place), "trace", "export", path, "--out", place, "--format", "csv")

    def test_json_has_the_keys_that_programs_rely_on(self):
        plain = self.as_json(*self.run)
        self.assertEqual(set(plain), {"data", "images", "scheduler", "seconds", "spikes", "synaptic_events"})
        self.assertEqual(list(plain["spikes"]), ["input", "hidden", "output"])
        self.assertEqual((plain["images"], plain["scheduler"]), (40, "sweep"))
        labelled = self.as_json(*self.run, "--labels", self.labels)
        self.assertEqual(set(labelled), set(plain) | DECISION_KEYS)
        evaluated = self.as_json("evaluate", *self.run[1:], "--labels", self.labels)
        self.assertEqual(set(evaluated), {"data", "images", "scheduler", "classes", "confusion", "misclassified"} | DECISION_KEYS)
        for key in DECISION_KEYS - {"seconds_per_image"}:
            self.assertEqual(evaluated[key], labelled[key], key)

    def test_mistakes_are_counted_listed_and_can_be_inspected(self):
        model = [*self.run[1:], "--labels", self.labels]
        found = self.as_json("evaluate", *model)
        right = sum(found["confusion"][k][k] for k in range(len(found["classes"])))
        self.assertEqual(right / found["images"], found["accuracy"])
        self.assertEqual(sum(map(sum, found["confusion"])), found["images"])
        wrong = found["misclassified"]
        self.assertEqual(len(wrong), found["images"] - right)
        self.assertGreater(len(wrong), 1)
        self.assertIn(f"misclassified: {len(wrong)} images: {wrong[0]}, {wrong[1]}", self.succeed("evaluate", *model))
        (self.folder / "empty").write_text("quit\n")
        shown = self.succeed("inspect", *model, "--index", "wrong:1", "--script", self.folder / "empty")
        self.assertIn(f"sample {wrong[1]}, label", shown)
        self.refuse(2, f"--index = 'wrong:{len(wrong)}', allowed: 0 to {len(wrong) - 1}",
                    "inspect", *model, "--index", f"wrong:{len(wrong)}")
        self.refuse(2, "--index = 'wrong:0' needs samples with labels", "inspect", *self.run[1:], "--index", "wrong:0")

    def test_simulate_says_the_decision_of_a_single_image(self):
        model = [*self.run[1:], "--labels", self.labels]
        wrong = self.as_json("evaluate", *model)["misclassified"][0]
        one = ["simulate", *model, "--samples", f"{wrong}:{wrong + 1}"]
        decision = self.as_json(*one)["decision"]
        self.assertEqual(set(decision), {"label", "time", "silent"})
        self.assertRegex(self.succeed(*one), f"the network decides {decision['label']} at step .*, wrong: the label is")

    def test_attributes_of_other_programs_are_kept_or_ignored(self):
        path = self.trace("trace.h5")
        with h5py.File(path, "r+") as file:
            file.attrs.update({"foreign": "kept", "large": np.uint64(2**63 + 1), "list": np.arange(3), "none": h5py.Empty("f8")})
        shown = self.succeed("trace", "info", path)
        self.assertIn("foreign", shown)
        self.assertNotIn("large", shown)

    def test_a_locked_file_is_not_called_damaged(self):
        path = self.trace("trace.h5")
        with h5py.File(path, "r+"):
            self.refuse(1, [f"{path}: is locked by another program", "HDF5_USE_FILE_LOCKING=FALSE"], "trace", "info", path)

    def test_trace_diff_finds_each_spike_that_moved_vanished_or_appeared(self):
        a, b = self.trace("a.h5"), self.trace("b.h5", "--engine", "naive")
        same = self.as_json("trace", "diff", a, b)
        self.assertTrue(same["same"])
        self.assertEqual(sum(p["equal"] for p in same["populations"]), len(self.rows(a)) - 1)
        with h5py.File(b, "r+") as file:
            spikes = file["spikes/input"]
            moved = (int(spikes["sample_ids"][0]), int(spikes["node_ids"][0]), float(spikes["timestamps"][0]))
            spikes["timestamps"][0] = moved[2] + 0.5
            new = int(spikes.attrs["n_nodes"])
            spikes.attrs.modify("n_nodes", new + 1)
            gone = (int(spikes["sample_ids"][3]), int(spikes["node_ids"][3]), float(spikes["timestamps"][3]))
            spikes["node_ids"][3] = new
        code, out, err = self.run_command("trace", "diff", a, b, "--json")
        self.assertEqual((code, err), (1, ""))
        found = {p["name"]: p for p in json.loads(out)["populations"]}
        changed = [(c["sample"], c["neuron"], c["a"], c["b"]) for c in found["input"]["first"]]
        self.assertEqual(sorted(changed), sorted([(*moved, moved[2] + 0.5), (*gone, None), (gone[0], new, None, gone[2])],
                                                 key=lambda c: c[:2]))
        self.assertEqual([found["input"][key] for key in ("moved", "vanished", "appeared")], [1, 1, 1])
        self.assertEqual([found["hidden"][key] for key in ("moved", "vanished", "appeared")], [0, 0, 0])
        code, out, err = self.run_command("trace", "diff", a, b, "--list", "0")
        self.assertIn("the spikes differ", out)
        self.assertNotIn("input:", out)
        with h5py.File(b, "r+") as file:
            file.move("spikes/hidden", "spikes/other")
        code, out, err = self.run_command("trace", "diff", a, b)
        self.assertIn("a only", out)
        self.assertIn("b only", out)
        self.refuse(1, "no.h5", "trace", "diff", a, "no.h5")
        self.refuse(2, "A B", "trace", "diff", a)

    def test_a_pipe_that_closes_early_is_no_crash(self):
        many = files.write_images(self.folder / "many.idx", 20000)
        self.run[-1] = many
        path = self.trace("many.h5")
        done = subprocess.run(["bash", "-c", '"$0" trace export "$1" | head -1; exit ${PIPESTATUS[0]}', self.binary,
                               path], capture_output=True, text=True, timeout=600)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "sample,population,neuron,time\n", ""))

    def test_ctrl_c_ends_with_130_and_leaves_no_trace(self):
        weights = files.small_weights(784, 400, 10)
        model = files.write_model(self.folder / "large.h5", weights, threshold=100.0)
        images = files.write_images(self.folder / "large.idx", 3000, 28, 28)
        before = self.content()
        for name in ("SIGINT", "SIGTERM"):
            running = subprocess.Popen([self.binary, "simulate", "--model", model, "--images", images, "--engine",
                                        "naive", "--trace", "t.h5"], cwd=self.folder, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            while not list(self.folder.glob(".t.h5.*.tmp")) and running.poll() is None:
                time.sleep(0.05)
            running.send_signal(getattr(signal, name))
            out, err = running.communicate(timeout=300)
            self.assertEqual((running.returncode, out), (130, ""), err)
            self.assertEqual(self.content(), before)


class Results(WithModel):
    def test_every_schedule_and_thread_count_leaves_the_same_spikes(self):
        ramp = files.write_model(self.folder / "ramp.h5", [w - 0.2 for w in files.small_weights()], kernel="ramp",
                                 threshold=50.0, t_max=768.0)
        for model in (self.model, ramp):
            for precision in ("f32", "f64"):
                self.run[2] = model
                seen = []
                for i, (engine, threads) in enumerate([("heap", 1), ("sweep", 1), ("naive", 1), ("heap", 2), ("sweep", 2)]):
                    name = f"{model.stem}.{precision}.{i}.h5"
                    seen.append(self.rows(self.trace(name, "--engine", engine, "--threads", threads, "--precision",
                                                     precision)))
                self.assertGreater(sum(row[1] == "output" for row in seen[0]), 20)
                for other in seen[1:]:
                    self.assertEqual(other, seen[0])

    def test_samples_and_count_choose_those_samples(self):
        every = self.rows(self.trace("all.h5"))[1:]
        some = self.rows(self.trace("some.h5", "--samples", "10:13"))[1:]
        self.assertEqual(some, [[str(int(r[0]) - 10), *r[1:]] for r in every if 10 <= int(r[0]) < 13])
        first = self.rows(self.trace("first.h5", "--count", "4"))[1:]
        self.assertEqual(first, [r for r in every if int(r[0]) < 4])
        hidden = self.rows(self.trace("hidden.h5", "--record", "output,hidden"))[1:]
        self.assertEqual(hidden, [r for r in every if r[1] != "input"])

    def test_a_trace_is_an_input(self):
        whole = self.trace("whole.h5")
        again = self.folder / "again.h5"
        self.succeed("simulate", "--model", self.model, "--spikes", whole, "--trace", again)
        self.assertEqual(self.rows(again), self.rows(whole))
        labelled = self.as_json("simulate", "--model", self.model, "--spikes", whole, "--labels", self.labels)
        self.assertEqual(labelled["accuracy"], self.as_json(*self.run, "--labels", self.labels)["accuracy"])
        self.assertEqual(self.as_json("simulate", "--model", self.model, "--spikes", whole, "--samples", "3:5")["images"], 2)

    def test_spikes_by_others_are_one_sample(self):
        spikes = files.write_spikes(self.folder / "others.h5", {"retina": ([0.25, 3.5], [4, 15])})
        result = self.as_json("simulate", "--model", self.model, "--spikes", spikes)
        self.assertEqual((result["images"], result["spikes"]["input"]), (1, 2))

    def test_potentials_of_one_sample(self):
        one = self.as_json(*self.run, "--samples", "7:8", "--potentials", "--record", "output")
        self.assertEqual(list(one["potentials"]), ["output"])
        fired = [t for t in one["potentials"]["output"]["time"] if t is not None]
        self.assertEqual(len(fired), one["spikes"]["output"])
        for t, v in zip(one["potentials"]["output"]["time"], one["potentials"]["output"]["v_m"]):
            self.assertEqual(v > 1, t is not None)
        self.assertIn("output:2", self.succeed(*self.run, "--samples", "7:8", "--potentials"))

    def test_gzip_and_plain_images_are_the_same(self):
        packed = self.folder / "images.idx.gz"
        packed.write_bytes(gzip.compress(self.images.read_bytes()))
        plain = self.as_json(*self.run)
        self.run[-1] = packed
        self.assertEqual(self.as_json(*self.run)["spikes"], plain["spikes"])


class Traces(WithModel):
    def test_export_as_sonata_is_bit_exact_the_second_time(self):
        others = files.write_spikes(self.folder / "others.h5", {"a": ([3.5, 0.1], [2, 0]), "b": ([], [])})
        for source in (self.trace("mine.h5"), others):
            once, twice = self.folder / f"1{source.name}", self.folder / f"2{source.name}"
            self.succeed("trace", "export", source, "--format", "sonata", "--out", once)
            self.succeed("trace", "export", once, "--format", "sonata", "--out", twice)
            self.assertEqual(once.read_bytes(), twice.read_bytes())
            self.assertEqual(sorted(self.rows(once)), sorted(self.rows(source)))

    def test_csv_holds_every_spike_as_the_file_does(self):
        path = self.trace("trace.h5")
        out = self.folder / "t.csv"
        self.succeed("trace", "export", path, "--out", out)
        rows = list(csv.DictReader(io.StringIO(out.read_text())))
        with h5py.File(path) as f:
            for name, group in f["spikes"].items():
                mine = [r for r in rows if r["population"] == name]
                self.assertEqual([float(r["time"]) for r in mine], group["timestamps"][()].tolist())
                self.assertEqual([int(r["neuron"]) for r in mine], group["node_ids"][()].tolist())
                self.assertEqual([int(r["sample"]) for r in mine], group["sample_ids"][()].tolist())

    def test_info_tells_what_is_inside(self):
        path = self.trace("trace.h5")
        [info] = self.as_json("trace", "info", path)["files"]
        self.assertEqual([p["name"] for p in info["populations"]], ["hidden", "input", "output"])
        self.assertEqual([p["neurons"] for p in info["populations"]], [8, 16, 3])
        self.assertNotIn("seed", info["facts"])
        self.assertEqual(info["facts"]["t_max"], 256)
        self.assertIn("firstspike simulate --model", info["facts"]["command"])
        self.assertIn("hidden", self.succeed("trace", "info", path))


class DataSets(CommandTest):
    def test_strokes_are_listed_and_written_once(self):
        """A wrong file in place of MNIST's is refused by name; with --data there is no download."""
        listed = self.as_json("data", "list", "strokes")["data_sets"]
        self.assertEqual([(s["name"], s["intact"]) for s in listed], [("strokes", True)])
        self.assertIn("strokes", self.succeed("data", "list"))
        target = self.folder / "damaged"
        target.mkdir()
        (target / "t10k-images-idx3-ubyte").write_bytes(b"not MNIST")
        self.refuse(1, "t", "simulate", "--model", files.write_model(self.folder / "m.h5", files.small_weights(784)),
                    "--data", target)


if __name__ == "__main__":
    run_tests()
