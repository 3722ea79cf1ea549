"""Errors of the command and their messages. Usage: command_test.py PATH_OF_FIRSTSPIKE"""
import gzip
import json
import pathlib
import subprocess

from command_frame import CommandTest, WithModel, run_tests

import h5py
import numpy as np

import command_files as files


class Frame(CommandTest):
    def test_help_lists_every_command_and_each_has_its_own(self):
        out = self.succeed("--help")
        for command in ("data", "simulate", "evaluate", "trace"):
            self.assertIn(f"\n  {command} ", out)
            self.assertIn("usage: firstspike", self.succeed(command, "--help"))
        for option in ("--threads", "--json", "--help", "--model", "--engine auto|heap|sweep|naive"):
            self.assertIn(option, self.succeed("simulate", "--help"))

    def test_h_is_help_everywhere(self):
        for command in ([], ["data"], ["data", "get"], ["train"], ["train", "gan"], ["simulate"], ["trace", "diff"]):
            self.assertEqual(self.succeed(*command, "-h"), self.succeed(*command, "--help"))
        self.assertEqual(self.succeed("simulate", "--early-exit", "-h"), self.succeed("simulate", "--help"))
        self.refuse(2, "'-g'", "simulate", "-g")

    def test_help_groups_options_and_says_what_their_defaults_depend_on(self):
        shown = self.succeed("train", "gan", "--help")
        headings = [line[:-1] for line in shown.splitlines() if line.endswith(":") and line[0].isupper()]
        self.assertEqual(headings, ["Network", "Generator", "Discriminator", "Learning", "Data", "Recording", "Run", "General"])
        self.assertIn("\nDefaults depend on --kernel, --regime and --conditional: shown are those for the\nones given.\n", shown)
        for given in ([], ["--kernel", "ramp"], ["--loss", "xent"], ["--hidden", "50,50"]):
            shown = self.succeed("train", "classifier", *given, "--help")
            self.assertIn("\nDefaults depend on --kernel, --regime, --loss and --hidden: ", shown)
            for name, value in zip(given[::2], given[1::2]):
                self.assertRegex(shown, rf"--{name[2:]} [^(]*\(default {value}\)")
            self.assertRegex(shown, r"--batch [^(]*\(default %s\)" % ("64" if "ramp" in given else "32" if "xent" in given else "1"))

    def test_version_names_what_was_built(self):
        out = self.succeed("--version")
        for word in ("firstspike 0.", "commit", "compiler", "-ffp-contract=off", "HDF5"):
            self.assertIn(word, out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_an_unknown_command_names_the_nearest(self):
        self.refuse(2, ["'simulat'", "nearest: 'simulate'"], "simulat")
        self.refuse(2, ["'xyzzyq'", "allowed: data, "], "xyzzyq")
        self.refuse(2, ["allowed: data, ", "; see firstspike --help\n"])
        self.refuse(2, "'--threads'", "--threads", "2")
        self.refuse(2, "nearest: 'validate'", "trace", "valdate", "x.h5")
        self.refuse(2, "allowed: get, list; see firstspike data --help", "data")
        self.refuse(2, "unexpected argument", "--version", "please")

    def test_options_of_the_other_training_are_named_with_their_own(self):
        self.refuse(2, "--epochs: --steps counts the length of a GAN's run; --epochs is an option of train classifier\n",
                    "train", "gan", "--epochs", "1")
        self.refuse(2, "--steps: --epochs counts the length of a classifier's run; --steps is an option of train gan\n",
                    "train", "classifier", "--steps", "300")
        classifier, gan = (self.succeed("train", kind, "--help") for kind in ("classifier", "gan"))
        for words in ("\nconstraints:\n", "and samples in a run directory", "metrics and samples\n"):
            self.assertIn(words, gan)
            self.assertNotIn(words, classifier)

    def test_errors_begin_with_all_words_of_the_command(self):
        for words in (["train", "gan"], ["trace", "diff"], ["simulate"]):
            code, _, err = self.run_command(*words, "--qqqqqqqq")
            self.assertTrue(code == 2 and err.startswith(f"firstspike {' '.join(words)}: unknown option"), err)
        self.assertTrue(self.run_command("trace", "dif")[2].startswith("firstspike trace: unknown command 'dif'"))
        self.assertTrue(self.run_command("help", "trace", "dif")[2].startswith("firstspike trace: unknown command 'dif'"))
        self.assertTrue(self.run_command("trace", "trace")[2].startswith("firstspike trace: unknown command 'trace'"))

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
            "--count = 'abc'": ["--count", "abc"],
            "unknown option --seed, which is gone: this command draws no random numbers": ["--seed", "1"],
            "--engine = 'fast', allowed: auto|heap|sweep|naive": ["--engine", "fast"],
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
        self.refuse(2, "--out is needed", "trace", "export", "x.h5", "--format", "sonata")
        self.refuse(2, "firstspike trace validate: usage: firstspike trace validate FILE...; got 0 of 1 or more", "trace", "validate")
        self.refuse(2, "firstspike trace diff: usage: firstspike trace diff A B; got 1 of 2", "trace", "diff", "x.h5")
        self.refuse(2, "unknown data set 'cifar'", "data", "list", "cifar")

    def test_input_that_would_do_nothing(self):
        ring = files.write_ring(self.folder / "ring.h5")
        spikes = files.write_spikes(self.folder / "s.h5", {"anything": ([1500.0], [0])})
        self.refuse(1, [f"{spikes}: the earliest spike is at 1500, the run ends at t_max = 20 steps", "times in steps"],
                    "simulate", "--network", ring, "--spikes", spikes, "--t-max", "20")
        partly = files.write_spikes(self.folder / "partly.h5", {"anything": ([1.0, 1500.0], [0, 1])})
        code, _, notes = self.run_command("simulate", "--network", ring, "--spikes", partly, "--t-max", "20")
        self.assertEqual(code, 0, notes)
        self.assertIn(f"{partly}: 1 of 2 spikes are not before t_max = 20 steps and have no effect", notes)
        (self.folder / "empty.conf").write_text("")
        for config in (self.folder, self.folder / "empty.conf"):
            self.refuse(2, f"--config = '{config}', is empty or cannot be read", "train", "classifier", "--config", config)

    def test_options_without_effect_are_refused_by_name(self):
        spikes = self.folder / "for-options.h5"
        self.succeed(*self.run, "--trace", spikes)
        evaluate = ["evaluate", "--model", self.model, "--images", self.images, "--labels", self.labels]
        for words, arguments in {
            "--seed, which is gone: this command draws no": ["trace", "info", spikes, "--seed", "3"],
            "--threads, which is gone: this command uses one": ["trace", "validate", spikes, "--threads", "3"],
            "--seed needs --samples": [*evaluate, "--seed", "3"],
            "--threads needs --index wrong:N": ["inspect", *self.run[1:], "--threads", "2"],
            "--data has no effect on strokes": ["data", "list", "strokes", "--data", self.folder],
            "--seed needs strokes": ["data", "get", "mnist", "--seed", "3", "--data", self.folder],
            "--t-max needs --model or --network": ["trace", "export", spikes, "--format", "membrane", "--out",
                                                   self.folder / "m.h5", "--t-max", "9"],
            "--v-th has no effect on a model": [*self.run, "--v-th", "9"],
            "--overwrite needs --trace": [*self.run, "--overwrite"],
            "--record needs --trace": [*self.run, "--record", "output"],
            "--early-exit needs --engine heap": [*self.run, "--early-exit", "--engine", "sweep"],
            "--first-spikes needs --spikes": [*self.run, "--first-spikes"],
            "--images and --data": [*self.run, "--data", self.folder],
            "--images and --set": [*self.run, "--set", "train"],
            "--samples and --early-exit": [*evaluate[:3], "--samples", self.images, "--early-exit"],
            "--samples and --labels": [*evaluate[:3], "--samples", self.images, "--labels", self.labels],
            "--json needs --out FILE": ["trace", "export", spikes, "--json"],
        }.items():
            with self.subTest(arguments=arguments[0:2], words=words):
                self.refuse(2, words, *arguments)

    def test_help_is_a_command_too(self):
        self.assertEqual(self.succeed("help"), self.succeed("--help"))
        self.assertEqual(self.succeed("help", "trace", "diff"), self.succeed("trace", "diff", "--help"))

    def test_a_configuration_may_begin_with_a_byte_order_mark(self):
        (self.folder / "bom.conf").write_bytes(b"\xef\xbb\xbfkernel = cauchy\n")
        self.refuse(2, "--kernel = 'cauchy', allowed", "train", "classifier", "--config", self.folder / "bom.conf")

    def test_a_missing_source_is_said_with_the_populations_that_are_there(self):
        two = files.write_spikes(self.folder / "two.h5", {"a": ([1.0], [0])})
        with h5py.File(self.folder / "net.h5", "w") as f:
            for name, kind in {"a": "source", "b": "source", "n": "neurons"}.items():
                f.create_group(f"nodes/{name}").attrs.update({"kind": kind, "n_nodes": np.uint64(1)})
            f["nodes/n/0/v_th"] = np.ones(1)
            for name in ("a", "b"):
                edges = f.create_group(f"edges/{name}_n")
                edges.attrs["kernel"] = "step"
                for end, population in (("source", name), ("target", "n")):
                    edges[f"{end}_node_id"] = np.zeros(1, np.uint64)
                    edges[f"{end}_node_id"].attrs["node_population"] = population
                edges["0/syn_weight"], edges["0/delay"] = np.ones(1), np.ones(1)
        self.refuse(1, "no population 'b' to feed the network's source of that name, there are: a",
                    "simulate", "--network", self.folder / "net.h5", "--spikes", two, "--t-max", "9")

    def test_sweep_is_refused_for_a_recurrent_network(self):
        ring = files.write_ring(self.folder / "ring.h5")
        spikes = files.write_spikes(self.folder / "s.h5", {"anything": ([1.0], [0])})
        run = ["simulate", "--network", ring, "--spikes", spikes, "--t-max", "20"]
        self.refuse(2, "recurrent", *run, "--engine", "sweep")
        for engine in ("heap", "naive"):
            self.assertEqual(self.as_json(*run, "--engine", engine)["spikes"], {"ring": 3, "source": 1})
        self.assertEqual(self.as_json(*run)["scheduler"], "heap")
        self.refuse(2, "--t-max", *run[:-2])
        self.refuse(2, "2 labels, the last population", *run, "--label-map", "0,1")
        self.refuse(2, "--kernel has no effect", *run, "--kernel", "step")
        self.refuse(2, "--v-th has no effect", *run, "--v-th", "1")
        self.refuse(2, "--v-th has no effect", *self.run, "--v-th", "1")

    def test_a_network_of_several_files_is_read_by_its_configuration(self):
        script = pathlib.Path(__file__).parents[1] / "traces/public_files.py"
        subprocess.run(["/usr/bin/python3", script, self.folder], check=True)
        spikes = files.write_spikes(self.folder / "pre.h5", {"pre": ([0.0, 1.0, 2.0, 9.0], [0, 1, 2, 0])})
        run = ["simulate", "--network", self.folder / "ten_cells/circuit_config.json", "--spikes", spikes, "--t-max", "20"]
        answers = ["--one-spike", "--kernel", "step"]
        self.refuse(2, ["--kernel is needed, with --one-spike, --v-th: ", "post_node_types.csv: node_type_id 100"], *run)
        self.refuse(1, "node 0 occurs twice in sample 0; a neuron fires at most once in a sample (first_spikes keeps",
                    *run, *answers, "--v-th", "7")
        code, out, err = self.run_command(*run, *answers, "--v-th", "7", "--first-spikes", "--json")
        self.assertEqual((code, err), (0, f"{spikes}: each neuron's first spike is kept, 1 later ones are left out\n"))
        found = json.loads(out)
        self.assertEqual((found["spikes"], found["spikes_left_out"]), ({"pre": 3, "post": 1}, 1))  # 5 + 5 > 7 > 5
        self.refuse(2, "--first-spikes needs --spikes", *self.run, "--first-spikes")
        self.refuse(2, "--v-th = '0'", *run, *answers, "--v-th", "0")

    def test_the_first_spikes_of_others_are_described_compared_and_exported(self):
        a = files.write_spikes(self.folder / "a.h5", {"x": ([3.0, 1.0, 2.0], [0, 1, 0])})
        b = files.write_spikes(self.folder / "b.h5", {"x": ([2.25, 1.0], [0, 1])})
        for action in ("info", "diff", "export"):
            self.refuse(1, "node 0 occurs twice", "trace", action, a, *([b] if action == "diff" else []))
        info = self.as_json("trace", "info", "--first-spikes", a)["files"][0]
        self.assertEqual([(p["spikes"], p["left_out"]) for p in info["populations"]], [(2, 1)])
        self.assertIn("x: 1 later spikes are left out", self.succeed("trace", "info", "--first-spikes", a))
        diff = ["trace", "diff", "--first-spikes", a, b]
        self.assertIn("later spikes left out: 1 and 0", self.succeed(*diff, "--tolerance", "0.25"))
        code, out, _ = self.run_command(*diff, "--json")
        self.assertEqual(code, 1)
        found = json.loads(out)
        self.assertEqual((found["populations"][0]["moved"], found["populations"][0]["largest"], found["left_out"]),
                         (1, 0.25, {"a": 1, "b": 0}))
        self.refuse(2, "--tolerance = '-1'", *diff, "--tolerance", "-1")
        code, out, err = self.run_command("trace", "export", "--first-spikes", a)
        self.assertEqual((code, out), (0, "sample,population,neuron,time\n0,x,1,1\n0,x,0,2\n"))
        self.assertIn("a.h5: 1 later spikes are left out", err)

    def test_labels_go_into_the_trace_and_come_back(self):
        run = ["simulate", "--model", self.model, "--images", self.images, "--labels", self.labels]
        known = self.as_json(*run, "--trace", self.folder / "labelled.h5")
        info = self.as_json("trace", "info", self.folder / "labelled.h5")["files"][0]
        self.assertEqual(len(info["labels"]), known["images"])
        again = self.as_json("simulate", "--model", self.model, "--spikes", self.folder / "labelled.h5")
        self.assertEqual(again["accuracy"], known["accuracy"])

    def test_a_model_that_does_not_say_all_needs_answers(self):
        bare = files.write_model(self.folder / "bare.h5", files.small_weights(), metadata=False)
        run = ["simulate", "--model", bare, "--images", self.images]
        answers = ["--one-spike", "--kernel", "step", "--delay", "1", "--t-in", "256", "--t-max", "256"]
        self.refuse(2, ["--delay is needed, with --kernel, --one-spike, --t-in, --t-max: ", f"{bare}: "], *run)
        self.refuse(2, f"--kernel is needed: {bare}: ", *run, *answers[:1], *answers[3:])
        spikes = self.folder / "spikes-for-bare.h5"
        self.succeed(*self.run, "--trace", spikes)
        from_spikes = [*run[:3], "--spikes", spikes, *answers[:5], *answers[7:]]
        self.assertEqual(self.as_json(*from_spikes)["spikes"], self.as_json(*self.run)["spikes"])
        self.refuse(2, "--t-in has no effect, as no images are encoded", *from_spikes, "--t-in", "256")
        self.refuse(2, "--labels: the network's outputs are no classes", *run, *answers, "--labels", self.labels)
        self.refuse(1, "--label-map says which is which", "evaluate", "--model", bare, *answers)
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
        (self.folder / "no-run").mkdir()
        self.refuse(1, f"{trace}: is a spike trace, needed: a model", *self.run[:1], "--model", trace, "--images", self.images)
        self.refuse(1, f"{self.model}: is a model, needed: a spike trace", "trace", "info", self.model)
        self.succeed("simulate", "--model", self.folder, "--images", self.images)  # its model.h5
        for path in (text, trace, cut, self.folder / "no-run", self.folder / "nowhere.h5", self.broken("empty.h5", b"")):
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
        self.refuse(1, str(self.model), "simulate", "--network", self.model, "--images", self.images, "--t-max", "9", "--t-in", "9")

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


if __name__ == "__main__":
    run_tests()
