"""Training with the command: resumed runs, replayed traces, and settings that do not affect results.

usage: training_test.py FIRSTSPIKE
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy as np

from inspect_terminal_test import CTRL_C, Terminal
from training_images import write_images

FIRSTSPIKE = os.path.abspath(sys.argv.pop(1))
DATA = tempfile.TemporaryDirectory()
SMALL = write_images(DATA.name)
GAN = ["train", "gan", *SMALL, "--schedule", "constant", "--hidden", "30", "--d-hidden", "30", "--noise", "20", "--batch", "16"]
CLASSIFIER = ["train", "classifier", *SMALL, "--hidden", "30", "--validation", "80"]


def run(*arguments, expect=0):
    done = subprocess.run([FIRSTSPIKE, *arguments], capture_output=True, text=True, timeout=600)
    assert done.returncode == expect, f"exit {done.returncode}, expected {expect}: {done.stderr}"
    return done


def data_sets(path):
    found = {}
    with h5py.File(path) as file:
        def take(name, item):
            if isinstance(item, h5py.Dataset):
                found[name] = (item.dtype, item.shape, item[()].tobytes() if item.dtype != object else np.ravel(item[()]).tolist())
        file.visititems(take)
    return found


class TrainingTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = lambda name: os.path.join(self.folder.name, name)

    def tearDown(self):
        self.folder.cleanup()

    def assert_same_run(self, a, b, names=("model.h5",)):
        for name in names:
            first, second = data_sets(os.path.join(a, name)), data_sets(os.path.join(b, name))
            is_trained = lambda k: "weight" in k or "bias" in k
            first = {k: v for k, v in first.items() if is_trained(k)}
            second = {k: v for k, v in second.items() if is_trained(k)}
            self.assertTrue(first, f"{name} has no weights")
            self.assertEqual(first, second)

    def test_on_80_columns_the_bar_stays_whole_and_gives_way_to_messages(self):
        environment = {"TERM": "xterm", "PATH": "/usr/bin:/bin", "NO_COLOR": "1"}
        frame = re.compile(rb"train \[[#.]{10,30}\] +\d+%  [\d,]+/[\d,]+( steps)?(  [^/]+ left)?  G \d\S+ D \d[0-9.]+")
        for steps, end in (("100000", b"interrupted at step"), ("20", b"discriminator.h5")):
            terminal = Terminal([FIRSTSPIKE, *GAN, "--steps", steps, "--out", self.at("run" + steps)], environment, self.folder.name)
            shown = terminal.read(b"]")
            if steps == "100000":
                shown += terminal.read(b" left  G ")
                terminal.press(CTRL_C)
            code, rest = terminal.exit_code()
            self.assertEqual(code, 130 if steps == "100000" else 0, rest)
            self.assertIn(end, rest)
            parts = (shown + rest).split(b"\r\x1b[K")
            bars = [part for part in parts if part.startswith(b"train ")]
            for bar in bars:
                self.assertLess(len(bar.split(b"\r\n")[0]), 80, bar)  # with the ^C that the terminal adds
            if steps == "100000":
                for bar in bars:
                    self.assertTrue(frame.fullmatch(bar.removesuffix(b"^C")), bar)
                self.assertTrue(any(part.startswith(end) for part in parts), rest)  # behind a line that was cleared
            else:
                last = bars[-1].split(b"\r\n")[0]
                self.assertRegex(last, rb"100%  20/20 steps  [\d,]+ steps/s  in [\d.]+ m?s  G \d\S+ D \d[0-9.]+$")

    def test_gan_n_then_m_more_is_n_plus_m_bit_for_bit(self):
        for regime in (["--kernel", "ramp"], ["--kernel", "step"], ["--kernel", "step", "--regime", "free"]):
            name = "-".join(regime[1::2])
            gan, whole, parts = [*GAN, *regime], self.at(name), self.at(name + "-parts")
            run(*gan, "--steps", "9", "--out", whole)
            run(*gan, "--steps", "4", "--out", parts)
            run("train", "gan", "--resume", parts, "--steps", "9")
            self.assert_same_run(whole, parts, ("model.h5", "discriminator.h5"))

    def test_classifier_n_then_m_more_is_n_plus_m_bit_for_bit_in_every_regime(self):
        for kernel, regime, loss in (("step", "free", "s4nn"), ("ramp", "free", "xent"), ("ramp", "relu", "xent"), ("step", "binary", "s4nn")):
            options = [*CLASSIFIER, "--kernel", kernel, "--regime", regime, "--loss", loss, "--schedule", "constant"]
            whole, parts = self.at(kernel + regime), self.at(kernel + regime + "-parts")
            run(*options, "--epochs", "3", "--out", whole)
            run(*options, "--epochs", "1", "--out", parts)
            run("train", "classifier", "--resume", parts, "--epochs", "3")
            self.assert_same_run(whole, parts)
            with open(whole + "/metrics.csv") as a, open(parts + "/metrics.csv") as b:
                self.assertEqual(a.read(), b.read())

    def test_classifier_killed_under_a_falling_rate_ends_with_the_same_weights_and_keeps_its_epochs(self):
        options = [*CLASSIFIER, "--kernel", "step", "--loss", "aggressive", "--batch", "8", "--epochs", "40"]
        code = self.start_and_signal(
            signal.SIGKILL, [*options, "--checkpoint-every", "3", "--out", self.at("cut")], self.at("cut"))
        self.assertEqual(code, -signal.SIGKILL)
        fewer = run("train", "classifier", "--resume", self.at("cut"), "--epochs", "30", expect=2)
        self.assertIn("--epochs = '30', allowed with a resumed run: more than 40", fewer.stderr)
        run("train", "classifier", "--resume", self.at("cut"))
        run(*options, "--out", self.at("whole"))
        self.assert_same_run(self.at("whole"), self.at("cut"))

    def test_options_that_a_loss_does_not_read_are_not_recorded(self):
        for loss, kernel, option in (("s4nn", "step", "--pull"), ("xent", "ramp", "--jump-length"), ("s4nn", "step", "--min-slope"),
                                     ("aggressive", "step", "--gamma"), ("s4nn", "step", "--shift-share")):
            refused = run(*CLASSIFIER, "--kernel", kernel, "--loss", loss, option, "1", "--out", self.at("no"), expect=2)
            self.assertIn(f"{option} has no effect with", refused.stderr)
            self.assertFalse(os.path.exists(self.at("no")))

    def test_initial_weights_are_drawn_as_asked_and_badly_written_ones_are_refused(self):
        run(*CLASSIFIER, "--kernel", "ramp", "--loss", "xent", "--init-hidden", "uniform:3:4", "--lr", "1e-9", "--epochs", "1",
            "--out", self.at("drawn"))
        with h5py.File(self.at("drawn") + "/model.h5") as file:
            found = {}
            file.visititems(lambda name, item: found.__setitem__(name, item))
            hidden = next(item[()] for name, item in found.items() if name.endswith("weight") and item.shape == (30, 784))
        self.assertGreaterEqual(hidden.min(), 3 - 1e-6)
        self.assertLessEqual(hidden.max(), 4 + 1e-6)
        self.assertGreater(np.std(hidden), 0.2)
        for bad in ("uniform:4:3", "normal:0:-1", "normal:0", "cauchy:0:1", "normal:x:1"):
            refused = run(*CLASSIFIER, "--kernel", "ramp", "--init-hidden", bad, "--out", self.at("no"), expect=2)
            self.assertIn("--init-hidden", refused.stderr)

    def test_generate_draws_with_the_pretrained_generator_into_samples_png(self):
        draw = [FIRSTSPIKE, "generate", "--label", "7", "--count", "5"]
        done = subprocess.run(draw, cwd=self.at("."), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.at("samples.png"), "rb") as file:
            self.assertTrue(file.read().startswith(b"\x89PNG"))
        again = subprocess.run(draw, cwd=self.at("."), capture_output=True, text=True, timeout=60)
        self.assertEqual((again.returncode, again.stderr.count("samples.png: exists")), (1, 1))
        unknown = run("evaluate", "--model", "digit-classifier", expect=1)
        self.assertIn("allowed: a file, digits-classifier, digits-generator", unknown.stderr)

    def test_early_exit_decides_as_the_full_run_does(self):
        run(*CLASSIFIER, "--kernel", "step", "--loss", "aggressive", "--v-th", "30", "--epochs", "3",
            "--out", self.at("early"))
        model = ["--model", self.at("early") + "/model.h5", "--images", SMALL[1], "--labels", SMALL[3]]
        both = json.loads(run("evaluate", *model, "--early-exit", "--json").stdout)
        early = both["early_exit"]
        self.assertEqual(early["different_decisions"], 0)
        for key in ("accuracy", "accuracy_ties_counted", "decision_time", "spikes_to_decision", "no_spike"):
            self.assertEqual(early[key], both[key])
        self.assertLess(early["spikes_full"], both["spikes_full"])
        spikes = json.loads(run("simulate", *model, "--early-exit", "--json").stdout)
        self.assertEqual(sum(spikes["spikes"].values()) / spikes["images"], early["spikes_full"])
        run("evaluate", *model, "--early-exit", "--engine", "sweep", expect=2)

    def start_and_signal(self, sent, arguments, directory):
        process = subprocess.Popen([FIRSTSPIKE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.time() + 120
        while not os.path.exists(os.path.join(directory, "checkpoint.h5")):
            self.assertLess(time.time(), deadline, "no checkpoint within two minutes")
            self.assertIsNone(process.poll(), "ended before its first checkpoint")
            time.sleep(0.02)
        process.send_signal(sent)
        process.communicate(timeout=120)
        return process.returncode

    def test_a_killed_and_resumed_gan_ends_with_the_same_weights(self):
        code = self.start_and_signal(
            signal.SIGKILL, [*GAN, "--steps", "100000", "--checkpoint-every", "3", "--out", self.at("cut")], self.at("cut"))
        self.assertEqual(code, -signal.SIGKILL)
        steps = str(self.step_of(self.at("cut")) + 7)
        run("train", "gan", "--resume", self.at("cut"), "--steps", steps)
        run(*GAN, "--steps", steps, "--out", self.at("whole"))
        self.assert_same_run(self.at("whole"), self.at("cut"), ("model.h5", "discriminator.h5"))

    @staticmethod
    def step_of(directory):
        with h5py.File(os.path.join(directory, "checkpoint.h5")) as file:
            found = []
            def look(name, item):
                if name.split("/")[-1] == "step":
                    found.append(int(np.asarray(item[()]).ravel()[0]))
            file.visititems(look)
            return found[0] if found else int(file.attrs["step"])

    def test_interrupted_run_exits_130_and_leaves_a_usable_directory(self):
        code = self.start_and_signal(
            signal.SIGINT, [*GAN, "--steps", "100000", "--checkpoint-every", "3", "--out", self.at("cut")], self.at("cut"))
        self.assertEqual(code, 130)
        left = os.listdir(self.at("cut"))
        self.assertFalse([name for name in left if name.endswith(".tmp")])
        run("generate", "--model", self.at("cut/model.h5"), "--count", "3", "--out", self.at("three.idx"))
        step = self.step_of(self.at("cut"))
        run("train", "gan", "--resume", self.at("cut"), "--steps", str(step + 2))

    def test_neither_engine_nor_threads_change_the_gradient(self):
        hashes = set()
        for engine, threads in (("heap", "1"), ("sweep", "1"), ("heap", "2"), ("sweep", "4")):
            out = self.at(engine + threads)
            done = run(*GAN, "--threads", threads, "--engine", engine, "--steps", "3", "--out", out, "--json")
            hashes.add(json.loads(done.stdout)["gradient_hash"])
        self.assertEqual(len(hashes), 1)

    def test_train_json_has_the_promised_keys(self):
        for options in ([*GAN, "--steps", "2"], [*CLASSIFIER, "--epochs", "1"]):
            result = json.loads(run(*options, "--json", "--out", self.at(options[1])).stdout)
            for key in ("steps", "seconds", "images_per_second", "model", "gradient_hash"):
                self.assertIn(key, result)
            self.assertTrue(os.path.exists(result["model"]))
            self.assertEqual(result["data"], SMALL[SMALL.index("--images") + 1])

    def test_run_directory_holds_what_is_promised(self):
        run(*GAN, "--steps", "4", "--samples-every", "2", "--out", self.at("gan"))
        left = set(os.listdir(self.at("gan")))
        self.assertLessEqual({"model.h5", "discriminator.h5", "checkpoint.h5", "metrics.csv", "samples.png",
                              "samples-000002.png", "samples-000004.png"}, left)
        table = np.genfromtxt(self.at("gan/metrics.csv"), delimiter=",", names=True)
        self.assertEqual(table["step"].tolist(), [2, 4])
        self.assertTrue(all(np.isfinite(table[name]).all() for name in table.dtype.names))

    def test_replay_gives_the_recorded_gradient_and_a_changed_time_another(self):
        for options, changed in (([*GAN, "--steps", "3"], "generator_hidden"),
                                 ([*GAN, "--steps", "3", "--kernel", "step"], "discriminator_output"),
                                 ([*GAN, "--steps", "3", "--kernel", "step", "--regime", "free"], "generator_hidden"),
                                 ([*CLASSIFIER, "--epochs", "1", "--regime", "relu"], "hidden"),
                                 ([*CLASSIFIER, "--epochs", "1", "--regime", "binary"], "output"),
                                 ([*CLASSIFIER, "--epochs", "1", "--kernel", "ramp", "--loss", "xent"], "hidden"),
                                 ([*CLASSIFIER, "--epochs", "1"], "hidden")):
            trace, out = self.at("trace.h5"), self.at("run")
            result = json.loads(run(*options, "--out", out, "--overwrite", "--record", trace, "--json").stdout)
            replayed = json.loads(run("trace", "replay", trace, "--json").stdout)
            self.assertTrue(replayed["same"])
            self.assertEqual(replayed["recomputed"], result["gradient_hash"])
            run("trace", "validate", trace)
            with h5py.File(trace, "r+") as file:
                times = file[f"spikes/{changed}/timestamps"]
                times[0] = times[0] / 2
            again = json.loads(run("trace", "replay", trace, "--json", expect=1).stdout)
            self.assertNotEqual(again["recomputed"], result["gradient_hash"])
            os.remove(trace)

    def test_recordings_have_the_labels_of_their_samples(self):
        run(*CLASSIFIER, "--epochs", "1", "--out", self.at("classifier"), "--record", self.at("classifier.h5"))
        with h5py.File(self.at("classifier.h5")) as file:
            self.assertEqual(file["labels"][()].tolist(), [int(label) for label in file.attrs["labels"].split(",")])
        for kernel in ("ramp", "step"):
            run(*GAN, "--steps", "1", "--conditional", "on", "--kernel", kernel, "--out", self.at(kernel),
                "--record", self.at(kernel + ".h5"))
            with h5py.File(self.at(kernel + ".h5")) as file:
                spikes = file["spikes/discriminator_input"]
                ids, times, samples = (spikes[name][()] for name in ("node_ids", "timestamps", "sample_ids"))
                of_class = (ids >= 784) & (times == 0)  # the sources of the class follow the pixels; one is early
                self.assertEqual(samples[of_class].tolist(), list(range(32)))
                self.assertEqual(file["labels"][()].tolist(), (ids[of_class] - 784).tolist())
        run(*GAN, "--steps", "1", "--out", self.at("plain"), "--record", self.at("plain.h5"))
        with h5py.File(self.at("plain.h5")) as file:
            self.assertNotIn("labels", file)

    def test_record_every_writes_a_trace_of_each_nth_step(self):
        run(*GAN, "--steps", "5", "--out", self.at("gan"), "--record", self.at("t.h5"), "--record-every", "2")
        for name in ("t-000002.h5", "t-000004.h5", "t.h5"):
            self.assertTrue(json.loads(run("trace", "replay", self.at(name), "--json").stdout)["same"])

    def test_a_trace_without_a_recorded_step_is_refused_in_one_line(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        run("generate", "--model", self.at("gan/model.h5"), "--count", "2", "--out", self.at("spikes.h5"))
        done = run("trace", "replay", self.at("spikes.h5"), expect=1)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("only the trace of a training step can be replayed", done.stderr)

    def test_pictures_follow_from_the_spikes(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        run("generate", "--model", self.at("gan/model.h5"), "--count", "6", "--seed", "5", "--out", self.at("s.h5"))
        run("generate", "--model", self.at("gan/model.h5"), "--count", "6", "--seed", "5", "--out", self.at("s.idx"))
        drawn = np.fromfile(self.at("s.idx"), np.uint8)[16:].reshape(6, 784)
        with h5py.File(self.at("s.h5")) as file:
            group = file["spikes/image"]
            times = np.full((6, 784), np.inf)
            times[group["sample_ids"][()], group["node_ids"][()]] = group["timestamps"][()]
            seen = np.clip(times - file.attrs["image_opens"], 0, file.attrs["t_in"])
            t_in = file.attrs["t_in"]
        self.assertTrue((drawn == np.floor((t_in - seen) * 255 / t_in).astype(np.uint8)).all())
        self.assertEqual(len(np.unique(drawn, axis=0)), 6)

    def test_a_film_shows_an_image_as_its_pixels_fire_and_until_stops_it(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        draw = ["generate", "--model", self.at("gan/model.h5"), "--count", "2", "--out"]
        run(*draw, self.at("whole.idx"))
        run(*draw, self.at("film.idx"), "--film", "4")
        run(*draw, self.at("s.h5"))
        with h5py.File(self.at("s.h5")) as file:
            half_drawn = file.attrs["image_opens"] + file.attrs["t_in"] / 2
        run(*draw, self.at("half.idx"), "--until", str(half_drawn))
        whole = np.fromfile(self.at("whole.idx"), np.uint8)[16:].reshape(2, 784)
        film = np.fromfile(self.at("film.idx"), np.uint8)[16:].reshape(2, 4, 784)
        half = np.fromfile(self.at("half.idx"), np.uint8)[16:].reshape(2, 784)
        self.assertTrue((film[:, 3] == whole).all())
        self.assertTrue((film[:, 1] == half).all())
        for frame in range(3):
            shown = film[:, frame] > 0
            self.assertTrue((film[:, frame][shown] == film[:, frame + 1][shown]).all(), "a pixel that fired changes")
            self.assertLessEqual(shown.sum(), (film[:, frame + 1] > 0).sum())
        self.assertLess((film[:, 0] > 0).sum(), (film[:, 3] > 0).sum())

    def test_between_goes_from_one_sample_to_the_next(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        draw = ["generate", "--model", self.at("gan/model.h5"), "--out"]
        run(*draw, self.at("ends.idx"), "--count", "3")
        run(*draw, self.at("strip.idx"), "--count", "2", "--between", "5")
        ends = np.fromfile(self.at("ends.idx"), np.uint8)[16:].reshape(3, 784)
        strip = np.fromfile(self.at("strip.idx"), np.uint8)[16:].reshape(10, 784).astype(int)
        self.assertTrue((strip[0] == ends[0]).all() and (strip[5] == ends[1]).all())
        step = np.abs(np.diff(strip, axis=0)).mean()
        self.assertLess(step, np.abs(ends[0].astype(int) - ends[1]).mean(), "neighbours differ more than the ends")

    def test_a_conditional_generator_draws_the_class_it_is_asked_for(self):
        run(*GAN, "--steps", "2", "--conditional", "on", "--out", self.at("gan"))
        draw = ["generate", "--model", self.at("gan/model.h5"), "--count", "8", "--out"]
        run(*draw, self.at("all.idx"))
        run(*draw, self.at("seven.idx"), "--label", "7")
        every = np.fromfile(self.at("all.idx"), np.uint8)[16:].reshape(8, 784)
        seven = np.fromfile(self.at("seven.idx"), np.uint8)[16:].reshape(8, 784)
        same = (every == seven).all(axis=1)
        self.assertEqual(same.tolist(), [False] * 7 + [True])  # sample 7 is of class 7 unasked
        run(*GAN, "--steps", "1", "--out", self.at("plain"))
        done = run("generate", "--model", self.at("plain/model.h5"), "--label", "7", "--out", self.at("s.idx"), expect=2)
        self.assertIn("--label = 7, allowed: none, as the generator was trained without classes", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_combinations_without_effect_are_refused(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        draw = ["generate", "--model", self.at("gan/model.h5"), "--count", "2", "--out"]
        for wrong in (["s.h5", "--until", "400"], ["s.h5", "--film", "3"], ["s.png", "--film", "3", "--columns", "2"],
                      ["s.png", "--film", "3", "--between", "2"], ["s.png", "--film", "3", "--until", "400"]):
            done = run(*draw, self.at(wrong[0]), *wrong[1:], expect=2)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertFalse(os.path.exists(self.at(wrong[0])))
        for kernel, regime, option, why in (("step", "binary", "--jump-length", "rule = 'straight_through'"),
                                            ("ramp", "relu", "--v-th", "kernel = 'ramp', regime = 'relu'"),
                                            ("ramp", "relu", "--surrogate-width", "rule = 'relu'"),
                                            ("step", "binary", "--d-range", "kernel = 'step', regime = 'binary'"),
                                            ("step", "free", "--image-range", "kernel = 'step', regime = 'free'"),
                                            ("step", "free", "--gamma", "loss = 'xent'")):
            done = run("train", "gan", *SMALL, "--kernel", kernel, "--regime", regime, option, "2", "--out", self.at("no"), expect=2)
            self.assertIn(f"{option} has no effect with --{why}", done.stderr)

    def test_parts_that_do_not_fit_each_other_are_refused(self):
        for parts, why in ((["--kernel", "step", "--regime", "relu"], "--regime = 'relu', allowed with --kernel ramp only"),
                           (["--kernel", "ramp", "--regime", "binary"], "--regime = 'binary', allowed with --kernel step only"),
                           (["--regime", "relu", "--rule", "s4nn"], "--rule = s4nn, allowed"),
                           (["--loss", "hinges"], "--loss = 'hinges', allowed: ")):
            for command in ("classifier", "gan"):
                done = run("train", command, *SMALL, *parts, "--out", self.at("no"), expect=2)
                self.assertIn(why, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_removed_options_name_their_replacement_and_old_spellings_are_read(self):
        for option, now in (("--gate", "--regime relu"), ("--gate-width", "--surrogate-width"), ("--contrast", "--image-range"),
                            ("--d-slope", "--d-initial-sum"), ("--spread", "--init-std"), ("--image-spread", "--image-init-std")):
            done = run("train", "gan", *SMALL, option, "2", "--out", self.at("no"), expect=2)
            self.assertIn(f"unknown option {option}", done.stderr)
            self.assertIn(now, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        ramp = [*CLASSIFIER, "--kernel", "ramp", "--epochs", "1"]
        found = [json.loads(run(*ramp, option, "0.3", "--out", self.at(option[2:]), "--json").stdout)["gradient_hash"]
                 for option in ("--least-slope", "--min-slope")]
        self.assertEqual(found[0], found[1])
        self.assertNotIn("least-slope", run("train", "classifier", "--help").stdout)

    def test_a_regime_alone_names_its_kernel_and_precision_follows(self):
        for command, regime, kernel, precision in (("classifier", "relu", "ramp", "f32"), ("classifier", "binary", "step", "f32"),
                                                   ("classifier", "free", "step", "f32"), ("gan", "binary", "step", "f32")):
            shown = run("train", command, "--regime", regime, "--help").stdout
            self.assertRegex(shown, rf"--kernel .*\(default {kernel}\)")
            self.assertRegex(shown, rf"--precision .*\(default {precision}\)")
        for command in ("classifier", "gan"):
            self.assertRegex(run("train", command, "--kernel", "ramp", "--regime", "free", "--help").stdout, r"--precision .*\(default f64\)")

    def test_layers_that_cannot_learn_are_named_with_what_to_change(self):
        done = run(*CLASSIFIER, "--v-th", "1e9", "--epochs", "2", "--out", self.at("silent"), "--json")
        warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
        for layer, option in (("hidden", "--init-hidden"), ("output", "--init-output")):
            of_layer = [line for line in warnings if f"layer {layer} is silent on every image, since the start" in line]
            self.assertEqual(len(of_layer), 3)  # at the start and after each epoch
            self.assertTrue(all("--v-th" in line and option in line and "--t-max" in line for line in of_layer))
        self.assertEqual([fault["layer"] for fault in json.loads(done.stdout)["layer_faults"]], ["hidden", "output"])
        done = run(*CLASSIFIER, "--regime", "relu", "--init-hidden", "normal:9:0", "--epochs", "1", "--out", self.at("full"))
        self.assertRegex(done.stderr, "layer hidden fires as one on every image, since the start; try a larger --range")
        done = run(*GAN, "--d-init-std", "0", "--steps", "1", "--out", self.at("gan"))
        self.assertRegex(done.stderr, "discriminator, layer hidden is silent on every image, since the start; .*--d-init-std")
        done = run(*CLASSIFIER, "--regime", "relu", "--epochs", "1", "--out", self.at("well"))
        self.assertNotIn("warning", done.stderr)

    def test_models_record_regime_image_window_and_trained_biases(self):
        run(*GAN, "--train-biases", "off", "--steps", "1", "--record", self.at("t.h5"), "--out", self.at("gan"))
        with h5py.File(self.at("gan/model.h5")) as file:
            metadata = file["node/metadata"]
            self.assertEqual(metadata["regime"][()], b"relu")
            self.assertEqual(float(metadata["fact.image_opens"][()]), 2 * float(metadata["fact.t_in"][()]))
            self.assertEqual(float(metadata["t_max"][()]), 3 * float(metadata["fact.t_in"][()]))
        with h5py.File(self.at("t.h5")) as file:
            self.assertEqual(file.attrs["image_opens"], 2 * file.attrs["t_in"])
        before = data_sets(self.at("gan/discriminator.h5"))
        run("train", "gan", "--resume", self.at("gan"), "--steps", "2")
        after = data_sets(self.at("gan/discriminator.h5"))
        same = {name: before[name] == after[name] for name in before if "bias" in name and "trainable" not in name}
        self.assertTrue(same and all(same.values()), same)

    def test_a_run_of_an_older_version_is_refused_in_one_line(self):
        run(*GAN, "--steps", "1", "--record", self.at("t.h5"), "--out", self.at("gan"))
        with h5py.File(self.at("t.h5"), "r+") as file:
            del file.attrs["option.regime"]
        with h5py.File(self.at("gan/model.h5"), "r+") as file:
            del file["node/metadata/fact.option.regime"]
        for refused in (["trace", "replay", self.at("t.h5")], ["generate", "--model", self.at("gan/model.h5"), "--out", self.at("s.idx")]):
            done = run(*refused, expect=1)
            self.assertIn("firstspike 0.1.0 reads it", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_run_with_a_falling_rate_cannot_be_shortened(self):
        falling = [word if word != "constant" else "linear" for word in GAN]
        code = self.start_and_signal(
            signal.SIGKILL, [*falling, "--steps", "100000", "--checkpoint-every", "3", "--out", self.at("cut")], self.at("cut"))
        self.assertEqual(code, -signal.SIGKILL)
        done = run("train", "gan", "--resume", self.at("cut"), "--steps", "20", expect=2)
        self.assertIn("--steps = '20', allowed with a resumed run: more than 100000", done.stderr)

    def test_a_resumed_gan_draws_from_the_same_running_mean(self):
        run(*GAN, "--steps", "6", "--average", "0.9", "--out", self.at("whole"))
        run(*GAN, "--steps", "2", "--average", "0.9", "--out", self.at("parts"))
        run("train", "gan", "--resume", self.at("parts"), "--steps", "6")
        self.assert_same_run(self.at("whole"), self.at("parts"), ("model.h5", "discriminator.h5"))
        run(*GAN, "--steps", "6", "--average", "0", "--out", self.at("last"))
        def weights(name):
            return {k: v for k, v in data_sets(self.at(name)).items() if "weight" in k}
        self.assertFalse(weights("whole/model.h5") == weights("last/model.h5"))
        self.assertTrue(weights("whole/discriminator.h5") == weights("last/discriminator.h5"))

    def test_samples_are_measured_together_with_test_images_and_noise(self):
        run("train", "classifier", "--set", "strokes", "--train-count", "400", "--hidden", "30", "--validation", "80", "--kernel", "ramp",
            "--loss", "xent", "--epochs", "1", "--out", self.at("classifier"))
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        run("generate", "--model", self.at("gan/model.h5"), "--count", "40", "--out", self.at("s.idx"))
        measure = ["evaluate", "--model", self.at("classifier/model.h5"), "--samples", self.at("s.idx")]
        result = json.loads(run(*measure, "--count", "40", "--json").stdout)
        self.assertEqual(result["classifier"], self.at("classifier/model.h5"))
        self.assertEqual(result["judge"], result["classifier"])
        self.assertEqual(result["data"], "strokes")
        seen = result["sets"]
        self.assertEqual([found["name"] for found in seen], [self.at("s.idx"), "test images", "noise"])
        for found in seen:
            self.assertEqual(found["images"], 40)
            self.assertAlmostEqual(sum(found["class_shares"]), 1)
            self.assertGreater(found["confidence"], 0.1)
        self.assertLess(seen[1]["frechet"], seen[2]["frechet"])
        self.assertEqual(seen[1]["nearest_to_test_ratio"], 1)
        done = run(*measure, "--early-exit", expect=2)
        self.assertEqual(done.stderr.count("\n"), 1)
        done = run(*measure, "--count", "41", expect=1)
        self.assertIn("41 images of 40", done.stderr)

    def test_a_model_of_own_images_is_not_measured_on_another_data_set_unless_it_is_named(self):
        run(*CLASSIFIER, "--kernel", "ramp", "--loss", "xent", "--epochs", "1", "--out", self.at("classifier"))
        for command in (["evaluate"], ["simulate"], ["inspect"], ["evaluate", "--samples", SMALL[1]]):
            refused = run(*command, "--model", self.at("classifier/model.h5"), expect=2)
            self.assertIn(f"--images or --data is needed: the model was trained on {SMALL[1]}, which is no data set", refused.stderr)

    def test_resume_with_another_setting_is_wrong_usage(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        done = run("train", "gan", "--resume", self.at("gan"), "--steps", "2", "--lr", "0.5", expect=2)
        self.assertIn("--lr", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_resume_is_read_however_it_is_written_and_settings_in_a_file_count(self):
        run(*GAN, "--steps", "1", "--lr", "0.00001", "--out", self.at("gan"))
        run("train", "gan", "--resume=" + self.at("gan"), "--steps=2")
        self.assertIn(b"1e-05", np.fromfile(self.at("gan/checkpoint.h5"), np.uint8).tobytes())
        with open(self.at("c.cfg"), "w") as file:
            file.write("lr = 0.5\n")
        done = run("train", "gan", "--resume", self.at("gan"), "--steps", "3", "--config", self.at("c.cfg"), expect=2)
        self.assertIn("--lr", done.stderr)
        done = run("train", "gan", "--resume", self.at("gan"), "--steps", "2", expect=2)
        self.assertIn("give more", done.stderr)

    def test_a_run_on_own_images_can_be_resumed_replayed_and_drawn_from(self):
        own = write_images(self.folder.name, 40)
        small = ["--hidden", "30", "--d-hidden", "30", "--noise", "20", "--batch", "16"]
        run("train", "gan", *own, *small, "--schedule", "constant", "--steps", "1", "--out", self.at("gan"))
        run("train", "gan", "--resume", self.at("gan"), "--steps", "2", "--record", self.at("t.h5"))
        self.assertTrue(json.loads(run("trace", "replay", self.at("t.h5"), "--json").stdout)["same"])
        run("generate", "--model", self.at("gan/model.h5"), "--count", "2", "--out", self.at("s.idx"))
        done = run("train", "gan", "--resume", self.at("gan"), "--steps", "3", "--images", self.at("other.idx"), expect=2)
        self.assertIn("--images", done.stderr)

    def test_an_existing_file_is_replaced_by_a_trace_only_with_overwrite(self):
        with open(self.at("precious.h5"), "w") as file:
            file.write("mine")
        done = run(*GAN, "--steps", "1", "--out", self.at("gan"), "--record", self.at("precious.h5"), expect=1)
        self.assertIn("precious.h5: exists", done.stderr)
        with open(self.at("precious.h5")) as file:
            self.assertEqual(file.read(), "mine")
        done = run(*GAN, "--steps", "1", "--out", self.at("gan2"), "--record", self.at("nowhere/t.h5"), expect=1)
        self.assertIn("there is no directory", done.stderr)
        run(*GAN, "--steps", "1", "--out", self.at("gan"), "--record", self.at("gan/t.h5"))
        run(*GAN, "--steps", "1", "--out", self.at("gan"), "--overwrite", "--record", self.at("nowhere/t.h5"), expect=1)
        self.assertTrue(os.path.exists(self.at("gan/checkpoint.h5")), "the old run is lost")

    def test_generate_refuses_a_network_that_draws_no_image(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        done = run("generate", "--model", self.at("gan/discriminator.h5"), "--count", "2", "--out", self.at("s.idx"), expect=1)
        self.assertIn("discriminator.h5: 784 -> 2 neurons, needed: a generator of 20 -> 784", done.stderr)
        run(*CLASSIFIER, "--epochs", "1", "--out", self.at("c"))
        done = run("generate", "--model", self.at("c/model.h5"), "--count", "2", "--out", self.at("s.idx"), expect=1)
        self.assertIn("model.h5: was written by train classifier, needed: by train gan", done.stderr)

    def test_recorded_options_that_were_tampered_with_are_refused_in_one_line(self):
        for name, value in (("option.help", "true"), ("option.lr", "abc"), ("option.lr", 3), ("option.t-in", "100.5"),
                            ("option.nonsense", "1"), ("option.config", "/etc/passwd")):
            run(*GAN, "--steps", "1", "--out", self.at("gan"), "--overwrite", "--record", self.at("t.h5"))
            with h5py.File(self.at("t.h5"), "r+") as file:
                file.attrs[name] = value
            done = run("trace", "replay", self.at("t.h5"), expect=1)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn("t.h5: ", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_second_pass_by_another_network_is_refused_in_one_line(self):
        other = [arg if before != "--d-hidden" else "17" for before, arg in zip(["", *GAN], GAN)]
        run(*GAN, "--steps", "1", "--out", self.at("gan"), "--record", self.at("t.h5"))
        run(*other, "--steps", "1", "--out", self.at("other"), "--record", self.at("other.h5"))
        with h5py.File(self.at("t.h5"), "r+") as file, h5py.File(self.at("other.h5")) as others:
            del file["models/discriminator_updated"]
            others.copy("models/discriminator_updated", file["models"])
        done = run("trace", "replay", self.at("t.h5"), expect=1)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn("second_pass_", done.stderr)

    def test_overwrite_removes_all_files_of_the_old_run(self):
        run(*GAN, "--steps", "3", "--samples-every", "1", "--out", self.at("gan"))
        done = run(*GAN, "--steps", "1", "--out", self.at("gan"), "--overwrite", "--t-in", "100.5", expect=2)
        self.assertIn("--t-in = 100.5", done.stderr)
        self.assertTrue(os.path.exists(self.at("gan/checkpoint.h5")))
        run(*GAN, "--steps", "1", "--out", self.at("gan"), "--overwrite")
        self.assertFalse(os.path.exists(self.at("gan/samples-000003.png")))

    def test_a_run_directory_in_use_is_replaced_only_with_overwrite(self):
        run(*GAN, "--steps", "1", "--out", self.at("gan"))
        before = data_sets(self.at("gan/model.h5"))
        done = run(*GAN, "--steps", "2", "--out", self.at("gan"), expect=1)
        self.assertIn("contains a run (discriminator.h5); resume it, choose another directory, or add --overwrite", done.stderr)
        self.assertEqual(before, data_sets(self.at("gan/model.h5")))

    def test_settings_may_come_from_a_file(self):
        with open(self.at("c.cfg"), "w") as file:
            file.write("steps = 2\nlr = 0.002 # faster\n")
        run(*GAN, "--config", self.at("c.cfg"), "--out", self.at("gan"))
        self.assertIn(b"0.002", np.fromfile(self.at("gan/model.h5"), np.uint8).tobytes())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
