"""What the command does, from outside. Usage: command_test.py PATH_OF_FIRSTSPIKE"""
import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import time
import unittest

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import command_files as files
from command_frame import CommandTest

DECISION_KEYS = {"accuracy", "accuracy_ties_counted", "accuracy_silent_wrong", "no_spike", "decision_time",
                 "spikes_to_decision", "spikes_full", "seconds_per_image"}


class WithModel(CommandTest):
    def setUp(self):
        super().setUp()
        self.images = files.write_images(self.folder / "images.idx", 40)
        self.labels = files.write_labels(self.folder / "labels.idx", [i % 3 for i in range(40)])
        self.model = files.write_model(self.folder / "model.h5", files.small_weights())
        self.run = ["simulate", "--model", self.model, "--images", self.images]

    def trace(self, name, *more):
        path = self.folder / name
        self.succeed(*self.run, "--trace", path, *more)
        return path

    def rows(self, path):
        return list(csv.reader(io.StringIO(self.succeed("trace", "export", path))))


class Frame(CommandTest):
    def test_help_lists_every_command_and_each_has_its_own(self):
        out = self.succeed("--help")
        for command in ("data", "simulate", "evaluate", "trace"):
            self.assertIn(f"\n  {command} ", out)
            self.assertIn("usage: firstspike", self.succeed(command, "--help"))
        for option in ("--seed", "--threads", "--json", "--help", "--model", "--engine heap|sweep|naive"):
            self.assertIn(option, self.succeed("simulate", "--help"))

    def test_version_names_what_was_built(self):
        out = self.succeed("--version")
        for word in ("firstspike 0.", "commit", "compiler", "-ffp-contract=off", "HDF5"):
            self.assertIn(word, out)

    def test_an_unknown_command_names_the_nearest(self):
        self.refuse(2, ["'simulat'", "nearest: 'simulate'"], "simulat")
        self.refuse(2, ["'xyzzyq'", "allowed: data, "], "xyzzyq")
        self.refuse(2, "allowed: data, ")
        self.refuse(2, "'--threads'", "--threads", "2")
        self.refuse(2, "nearest: 'validate'", "trace", "valdate", "x.h5")
        self.refuse(2, "allowed: get, list", "data")
        self.refuse(2, "unexpected argument", "--version", "please")

    def test_a_full_disk_behind_stdout_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([self.binary, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left", done.stderr)


class WrongUsage(WithModel):
    def test_options_that_are_wrong_in_themselves(self):
        for words, option in {
            "unknown option --engin, nearest: '--engine'": ["--engin", "heap"],
            "unknown option --qqqqqqqq": ["--qqqqqqqq"],
            "--count = '-5', allowed: whole numbers from 1": ["--count", "-5"],
            "--count = '0'": ["--count", "0"],
            "--count = '1e3'": ["--count", "1e3"],
            "--count = '99999999999999999999'": ["--count", "99999999999999999999"],
            "--count needs a value": ["--count"],
            "--trace needs a value": ["--trace", "--json"],
            "--threads = '0', allowed: whole numbers from 1 to": ["--threads", "0"],
            "--seed = 'abc'": ["--seed", "abc"],
            "--engine = 'fast', allowed: heap|sweep|naive": ["--engine", "fast"],
            "--precision = 'f16', allowed: f32|f64": ["--precision", "f16"],
            "--samples = '5:5', allowed: A:B": ["--samples", "5:5"],
            "--samples = '7', allowed: A:B": ["--samples", "7"],
            "--t-max = 'nan', allowed: numbers above 0": ["--t-max", "nan"],
            "--label-map = '0,300'": ["--label-map", "0,300"],
            "--json takes no value": ["--json=yes"],
            "--count is given twice": ["--count", "1", "--count", "2"],
            "unexpected argument 'stray'": ["stray"],
            "unexpected argument '-n'": ["-n"],
        }.items():
            with self.subTest(option):
                self.refuse(2, words, *self.run, *option)

    def test_options_that_do_not_go_together(self):
        spikes = files.write_spikes(self.folder / "s.h5", {"input": ([1.0], [0])})
        for words, option in {
            "--count and --samples": ["--count", "1", "--samples", "0:2"],
            "--images and --spikes": ["--spikes", spikes],
            "--images and --data": ["--data", self.folder],
            "--images and --set": ["--set", "train"],
            "--model and --network": ["--network", "x.h5"],
            "--record needs --trace": ["--record", "hidden"],
            "--overwrite needs --trace": ["--overwrite"],
            "--record = 'none' and --trace": ["--record", "none", "--trace", "t.h5"],
            "no layer 'hiden', allowed: input, hidden, output": ["--record", "hiden", "--trace", "t.h5"],
            "--potentials of 40 samples": ["--potentials"],
            "--count = '41', allowed: 1 to 40": ["--count", "41"],
            "--samples = '30:41', allowed: within 0:40": ["--samples", "30:41"],
        }.items():
            with self.subTest(option):
                self.refuse(2, words, *self.run, *option)
        self.refuse(2, "--model or --network is needed", "simulate")
        self.refuse(2, "--labels needs", "simulate", "--model", self.model, "--labels", self.labels)
        self.refuse(2, "--network needs", "simulate", "--network", "x.h5")
        self.refuse(2, "--images needs --labels", "evaluate", "--model", self.model, "--images", self.images)
        self.refuse(2, "--out FILE", "trace", "export", "x.h5", "--format", "sonata")
        self.refuse(2, "no FILE", "trace", "validate")
        self.refuse(2, "unknown data set 'cifar'", "data", "list", "cifar")

    def test_sweep_is_refused_for_a_recurrent_network(self):
        ring = files.write_ring(self.folder / "ring.h5")
        spikes = files.write_spikes(self.folder / "s.h5", {"anything": ([1.0], [0])})
        run = ["simulate", "--network", ring, "--spikes", spikes, "--t-max", "20"]
        self.refuse(2, "recurrent", *run, "--engine", "sweep")
        for engine in ("heap", "naive"):
            self.assertEqual(self.as_json(*run, "--engine", engine)["spikes"], {"ring": 3, "source": 1})
        self.refuse(2, "--t-max", *run[:-2])
        self.refuse(2, "2 labels, the last population", *run, "--label-map", "0,1")
        self.refuse(2, "--network and --kernel", *run, "--kernel", "step")

    def test_a_model_that_does_not_say_all_needs_answers(self):
        bare = files.write_model(self.folder / "bare.h5", files.small_weights(), metadata=False)
        run = ["simulate", "--model", bare, "--images", self.images]
        answers = ["--one-spike", "--kernel", "step", "--delay", "1", "--t-in", "256", "--t-max", "256"]
        self.refuse(2, "give --", *run)
        self.refuse(2, "--label-map", *run, *answers)
        full = self.as_json(*run, *answers, "--label-map", "0,1,2")
        self.assertEqual(full["spikes"], self.as_json(*self.run)["spikes"])
        self.refuse(2, "--kernel", *self.run, "--kernel", "ramp")
        self.refuse(2, "--t-max", *self.run, "--t-max", "100")
        unlabelled = ["--label-map", "none", "--labels", self.labels]
        self.refuse(2, "--labels", *run, *answers, *unlabelled)


class MalformedInput(WithModel):
    def broken(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_images_that_are_no_images(self):
        whole = self.images.read_bytes()
        huge = whole[:4] + (0xFFFFFFFF).to_bytes(4, "big") + whole[8:]
        for name, content in {
            "cut.idx": whole[:-1],
            "header.idx": whole[:7],
            "long.idx": whole + b"x",
            "magic.idx": b"\0\0\x0d" + whole[3:],
            "none.idx": whole[:4] + bytes(4) + whole[8:16],
            "huge.idx": huge,
            "empty.idx": b"",
            "cut.idx.gz": files.cut_gzip(whole),
            "damaged.idx.gz": gzip.compress(whole)[:-6] + b"abcdef",
        }.items():
            with self.subTest(name):
                path = self.broken(name, content)
                self.refuse(1, str(path), "simulate", "--model", self.model, "--images", path, "--json", "--trace",
                            self.folder / "t.h5")
        self.refuse(1, "nowhere.idx", "simulate", "--model", self.model, "--images", "nowhere.idx")
        self.refuse(1, "", "simulate", "--model", self.model, "--images", self.folder)
        self.refuse(1, "labels.idx", "simulate", "--model", self.model, "--images", self.labels)
        wide = files.write_images(self.folder / "wide.idx", 2, 5, 5)
        self.refuse(1, "25 pixels, the network has 16", "simulate", "--model", self.model, "--images", wide)

    def test_labels_that_do_not_fit(self):
        few = files.write_labels(self.folder / "few.idx", [0] * 39)
        odd = files.write_labels(self.folder / "odd.idx", [0] * 39 + [7])
        for command in ("simulate", "evaluate"):
            run = [command, "--model", self.model, "--images", self.images, "--json", "--labels"]
            self.refuse(1, ["39", "40"], *run, few)
            self.refuse(1, "label 7 of sample 39", *run, odd)
            self.refuse(1, "images.idx", *run, self.images)

    def test_models_that_are_none(self):
        text = self.broken("model.txt", b"784 400 10\n")
        trace = self.trace("trace.h5")
        whole = self.model.read_bytes()
        cut = self.broken("cut.h5", whole[: len(whole) // 2])
        for path in (text, trace, cut, self.folder, self.folder / "nowhere.h5", self.broken("empty.h5", b"")):
            for command in ("simulate", "evaluate"):
                with self.subTest((command, path.name)):
                    self.refuse(1, str(path), command, "--model", path, "--images", self.images, "--labels",
                                self.labels, "--json")
        weights = files.small_weights()
        weights[0][2, 3] = np.nan
        self.refuse(1, "nan", "simulate", "--model", files.write_model(self.folder / "nan.h5", weights), "--images",
                    self.images)
        classless = files.write_model(self.folder / "classless.h5", files.small_weights(), labels=[])
        self.refuse(1, "no classes", "evaluate", "--model", classless, "--images", self.images, "--labels",
                    self.labels)
        self.refuse(1, str(self.model), "simulate", "--network", self.model, "--images", self.images, "--t-max", "9")

    def test_spikes_that_are_wrong(self):
        for words, populations in {
            "nan": {"input": ([1.0, np.nan], [0, 1])},
            "-1": {"input": ([-1.0], [0])},
            "inf": {"input": ([np.inf], [0])},
            "has 16, the network's source 'input' has 16 neurons": {"input": ([1.0], [16])},
            "occurs twice": {"input": ([1.0, 2.0], [3, 3])},
            "no population 'input'": {"a": ([1.0], [0]), "b": ([1.0], [0])},
            "node_ids": {"input": ([1.0, 2.0], [0])},
        }.items():
            with self.subTest(words):
                path = files.write_spikes(self.folder / "bad.h5", populations)
                self.refuse(1, [str(path), words], "simulate", "--model", self.model, "--spikes", path, "--json")
        self.refuse(1, "model.h5", "simulate", "--model", self.model, "--spikes", self.model)

    def test_traces_that_are_wrong_are_not_valid(self):
        whole = self.trace("good.h5")
        self.assertEqual(self.succeed("trace", "validate", whole, whole), f"{whole}: valid\n" * 2)
        bad = self.folder / "bad.h5"
        bad.write_bytes(whole.read_bytes())
        with h5py.File(bad, "a") as f:
            f["spikes/hidden/timestamps"][0] = np.nan
        for action in ("validate", "info", "export"):
            self.refuse(1, ["/spikes/hidden", "nan"], "trace", action, bad)
            self.refuse(1, "labels.idx", "trace", action, self.labels)


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
            self.refuse(1, str(place), "trace", "export", path, "--out", place)

    def test_json_has_the_keys_that_programs_rely_on(self):
        plain = self.as_json(*self.run)
        self.assertEqual(set(plain), {"data", "images", "seconds", "spikes", "synaptic_events"})
        self.assertEqual(list(plain["spikes"]), ["input", "hidden", "output"])
        self.assertEqual(plain["images"], 40)
        labelled = self.as_json(*self.run, "--labels", self.labels)
        self.assertEqual(set(labelled), set(plain) | DECISION_KEYS)
        evaluated = self.as_json("evaluate", *self.run[1:], "--labels", self.labels)
        self.assertEqual(set(evaluated), {"data", "images"} | DECISION_KEYS)
        for key in DECISION_KEYS - {"seconds_per_image"}:
            self.assertEqual(evaluated[key], labelled[key], key)

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
            while not (self.folder / "t.h5.tmp").exists() and running.poll() is None:
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
        path = self.trace("trace.h5", "--seed", "18446744073709551615")
        [info] = self.as_json("trace", "info", path)["files"]
        self.assertEqual([p["name"] for p in info["populations"]], ["hidden", "input", "output"])
        self.assertEqual([p["neurons"] for p in info["populations"]], [8, 16, 3])
        self.assertEqual(info["facts"]["seed"], "18446744073709551615")
        self.assertEqual(info["facts"]["t_max"], 256)
        self.assertIn("firstspike simulate --model", info["facts"]["command"])
        self.assertIn("hidden", self.succeed("trace", "info", path))


class DataSets(CommandTest):
    def test_strokes_are_listed_and_written_once(self):
        """The file that lies where MNIST should is refused by name; nothing is fetched where --data says where."""
        listed = self.as_json("data", "list", "strokes")["data_sets"]
        self.assertEqual([(s["name"], s["intact"]) for s in listed], [("strokes", True)])
        self.assertIn("strokes", self.succeed("data", "list"))
        target = self.folder / "damaged"
        target.mkdir()
        (target / "t10k-images-idx3-ubyte").write_bytes(b"not MNIST")
        self.refuse(1, "t", "simulate", "--model", files.write_model(self.folder / "m.h5", files.small_weights(784)),
                    "--data", target)


if __name__ == "__main__":
    CommandTest.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main()
