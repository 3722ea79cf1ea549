"""How the command writes files: several writers of one path, full disks, links, modes, devices and FIFOs.

usage: files_test.py FIRSTSPIKE [ROUNDS [SIZES]]
"""
import hashlib
import os
import resource
import shutil
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import h5py

from training_images import write_images

FIRSTSPIKE = os.path.abspath(sys.argv.pop(1))
ROUNDS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 2
SIZES = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 3
WRITERS = 4
FOLDER = tempfile.TemporaryDirectory()
SMALL = write_images(FOLDER.name)
CLASSIFIER = ["train", "classifier", *SMALL, "--hidden", "10", "--validation", "40", "--kernel", "step", "--epochs", "1"]


def at(*names):
    return os.path.join(FOLDER.name, *names)


def start(*arguments, **more):
    return subprocess.Popen([FIRSTSPIKE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def run(*arguments, expect=0):
    done = subprocess.run([FIRSTSPIKE, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == expect, f"{arguments}: exit {done.returncode}, expected {expect}: {done.stderr}"
    return done


def content(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def files_in(folder):
    return {name: content(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}


def setUpModule():
    run(*CLASSIFIER, "--out", at("run"))
    run("simulate", "--model", at("run", "model.h5"), "--images", SMALL[1], "--count", "20", "--trace", at("trace.h5"))


def tearDownModule():
    FOLDER.cleanup()


def exports(out):
    """Commands that write `out` in each format, of as many traces as there are writers."""
    return {form: ["trace", "export", "{trace}", "--format", form, "--out", out, *more] for form, more in {
        "csv": [], "sonata": [], "nir": [], "shd": ["--layer", "hidden"], "chrome": ["--model", at("run", "model.h5")]}.items()}


class Writers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.traces = []
        for k in range(WRITERS):  # of different spikes
            self.traces.append(os.path.join(self.folder.name, f"t{k}.h5"))
            run("simulate", "--model", at("run", "model.h5"), "--images", SMALL[1], "--samples", f"{k}:{k + 15}", "--trace", self.traces[k])

    def write_at_once(self, command, out, *more):
        """Exit codes and messages of all writers."""
        writers = [start(*(self.traces[k] if word == "{trace}" else word for word in command), *more) for k in range(WRITERS)]
        said = [writer.communicate(timeout=120)[1] for writer in writers]
        return [writer.returncode for writer in writers], said

    def test_of_several_writers_of_one_path_one_wins_and_its_file_is_whole(self):
        out = os.path.join(self.folder.name, "out")
        for form, command in exports(out).items():
            expected = []
            for trace in self.traces:
                run(*(trace if word == "{trace}" else word for word in command))
                expected.append(content(out))
                os.remove(out)
            self.assertEqual(len(set(expected)), WRITERS, form)
            before = set(os.listdir(self.folder.name))
            for number in range(ROUNDS):
                codes, said = self.write_at_once(command, out)
                self.assertEqual(sorted(codes), [0] + [1] * (WRITERS - 1), f"{form}: {said}")
                self.assertEqual(content(out), expected[codes.index(0)], form)
                for code, words in zip(codes, said):
                    self.assertEqual(code == 1, f"{out}: exists; choose another name" in words, words)
                codes, said = self.write_at_once(command, out, "--overwrite")
                self.assertEqual(codes, [0] * WRITERS, said)
                self.assertIn(content(out), expected, form)
                os.remove(out)
                self.assertEqual(set(os.listdir(self.folder.name)), before, form)

    def test_a_run_directory_has_one_trainer_and_others_are_told_its_process(self):
        for number in range(ROUNDS):
            out = os.path.join(self.folder.name, f"run{number}")
            writers = [start(*CLASSIFIER, "--seed", "1", "--out", out) for k in range(WRITERS)]
            said = [writer.communicate(timeout=120)[1] for writer in writers]
            codes = [writer.returncode for writer in writers]
            self.assertEqual(sorted(codes), [0] + [1] * (WRITERS - 1), said)
            pids = [str(writer.pid) for writer in writers]
            for code, words in zip(codes, said):
                if code == 1:
                    self.assertTrue("contains a run (" in words or any(f"is in use by process {pid};" in words for pid in pids), words)
            self.assertEqual(set(os.listdir(out)), {"model.h5", "checkpoint.h5", "metrics.csv"})
            run("evaluate", "--model", os.path.join(out, "model.h5"), "--images", SMALL[1], "--labels", SMALL[3])

    def test_a_killed_trainer_leaves_no_lock_and_no_unfinished_file_after_the_resumption(self):
        long = [*CLASSIFIER[:-1], "400", "--checkpoint-every", "1", "--out", at("killed")]
        trainer = start(*long)
        while not os.path.exists(at("killed", "checkpoint.h5")) and trainer.poll() is None:
            time.sleep(0.01)
        refused = run("train", "classifier", "--resume", at("killed"), expect=1)
        self.assertIn(f"{at('killed')}: is in use by process {trainer.pid}; wait for it, or stop it", refused.stderr)
        trainer.kill()
        trainer.communicate()
        with open(at("killed", ".model.h5.123-4.tmp"), "w") as file:
            file.write("what a killed process leaves")
        with open(at("killed", "x.tmp"), "w") as file:
            file.write("the user's own")
        resumed = start("train", "classifier", "--resume", at("killed"))
        time.sleep(0.5)
        resumed.send_signal(signal.SIGINT)
        resumed.communicate()
        self.assertEqual(set(os.listdir(at("killed"))), {"model.h5", "checkpoint.h5", "metrics.csv", "x.tmp"})


class Targets(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "out.csv")
        run("trace", "export", at("trace.h5"), "--out", self.out)
        with open(self.out) as file:
            self.text = file.read()

    def at(self, name):
        return os.path.join(self.folder.name, name)

    def export(self, path, *more, expect=0):
        return run("trace", "export", at("trace.h5"), "--format", "csv", "--out", path, *more, expect=expect)

    def read(self, path):
        with open(path) as file:
            return file.read()

    def test_a_users_own_temporary_file_is_not_touched(self):
        for name in ("out.csv.tmp", ".out.csv.tmp"):
            with open(self.at(name), "w") as file:
                file.write("mine")
        self.export(self.out, "--overwrite")
        self.assertEqual([self.read(self.at(name)) for name in ("out.csv.tmp", ".out.csv.tmp")], ["mine", "mine"])

    def test_a_symbolic_link_stays_one_and_its_target_is_written(self):
        os.mkdir(self.at("there"))
        os.symlink(os.path.join("there", "new.csv"), self.at("link.csv"))
        self.export(self.at("link.csv"))
        self.assertTrue(os.path.islink(self.at("link.csv")))
        self.assertEqual(self.read(self.at("there/new.csv")), self.text)
        self.assertIn("exists; choose another name", self.export(self.at("link.csv"), expect=1).stderr)
        self.export(self.at("link.csv"), "--overwrite")
        self.assertTrue(os.path.islink(self.at("link.csv")))

    def test_hard_links_and_modes_are_kept(self):
        with open(self.at("old.csv"), "w") as file:
            file.write("old" * 10_000)
        os.link(self.at("old.csv"), self.at("also.csv"))
        self.export(self.at("old.csv"), "--overwrite")
        self.assertEqual([self.read(self.at(name)) for name in ("old.csv", "also.csv")], [self.text, self.text])
        self.assertEqual(os.stat(self.at("also.csv")).st_nlink, 2)
        os.chmod(self.out, 0o604)
        self.export(self.out, "--overwrite")
        self.assertEqual(stat.S_IMODE(os.stat(self.out).st_mode), 0o604)
        os.umask(0o027)
        self.export(self.at("fresh.csv"))
        os.umask(0o022)
        self.assertEqual(stat.S_IMODE(os.stat(self.at("fresh.csv")).st_mode), 0o640)

    def test_devices_and_fifos_are_written_into_and_never_replaced(self):
        self.export("/dev/null", "--overwrite")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        self.assertEqual(self.export("/dev/stdout").stdout.split("/dev/stdout: ")[0], self.text)
        self.assertEqual(self.export("-").stdout, self.text)
        page = ["report", at("run"), "--images", SMALL[1], "--labels", SMALL[3], "--out", "-"]
        printed = run(*page).stdout
        self.assertTrue(printed.lower().startswith("<!doctype html>"))
        run(*page[:-1], self.at("page.html"))
        self.assertEqual(printed, self.read(self.at("page.html")))
        self.assertIn("--json needs --out FILE", run(*page, "--json", expect=2).stderr)
        self.assertIn("--out is needed for format sonata", run("trace", "export", at("trace.h5"), "--format", "sonata", "--out", "-", expect=2).stderr)
        for form, same in {"csv": self.out, "sonata": None}.items():
            os.mkfifo(self.at("fifo"))
            got = []
            reader = threading.Thread(target=lambda: got.append(pathlib.Path(self.at("fifo")).read_bytes()))
            reader.start()
            run("trace", "export", at("trace.h5"), "--format", form, "--out", self.at("fifo"))
            reader.join()
            self.assertTrue(stat.S_ISFIFO(os.stat(self.at("fifo")).st_mode))
            if same:
                self.assertEqual(got[0].decode(), self.text)
            else:
                self.assertTrue(got[0].startswith(b"\x89HDF"))
            os.remove(self.at("fifo"))
        self.assertIn("cannot be written completely: No space left on device", self.export("/dev/full", expect=1).stderr)


class FullDisk(unittest.TestCase):
    """A file system of limited size, which only root can mount."""

    def setUp(self):
        self.disk = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, self.disk)

    def mounted(self, kilobytes):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", self.disk], capture_output=True, text=True)
        if done.returncode:
            self.skipTest(f"no file system of limited size: {done.stderr.strip()}")

    def commands(self):
        """Commands that write, with the size [KiB] of what they write."""
        out = os.path.join(self.disk, "out")
        model = ["--model", at("run", "model.h5"), "--images", SMALL[1]]
        for form, command in exports(out).items():
            yield form, [at("trace.h5") if word == "{trace}" else word for word in command]
        yield "trace", ["simulate", *model, "--trace", out]
        yield "classifier", [*CLASSIFIER, "--record", os.path.join(self.disk, "recorded.h5"), "--out", out]
        yield "picture", ["generate", "--model", "digits-generator", "--count", "40", "--out", out + ".png"]
        yield "images", ["generate", "--model", "digits-generator", "--count", "100", "--out", out + ".idx"]
        yield "generated", ["generate", "--model", "digits-generator", "--count", "40", "--out", out + ".h5"]
        yield "report", ["report", at("run"), "--images", SMALL[1], "--labels", SMALL[3], "--out", out]

    def size_of(self, command):
        self.mounted(1 << 16)
        try:
            run(*command)
            return sum(os.stat(os.path.join(folder, name)).st_blocks // 2 for folder, _, names in os.walk(self.disk) for name in names)
        finally:
            subprocess.run(["umount", self.disk], check=True)

    def test_a_full_disk_is_one_line_and_exit_1_and_older_files_stay(self):
        for name, command in self.commands():
            needed = self.size_of(command)
            failed = 0
            for k in range(SIZES):
                size = 8 + (needed - 8) * k // SIZES
                self.mounted(size)
                try:
                    with open(os.path.join(self.disk, "older"), "w") as file:
                        file.write("older")
                    done = subprocess.run([FIRSTSPIKE, *command], capture_output=True, text=True, timeout=300)
                    with self.subTest(command=name, kilobytes=size, of=needed):
                        if done.returncode == 0:
                            continue
                        failed += 1
                        lines = [line for line in done.stderr.splitlines() if not line.startswith(("data:", "note:", "warning:", "epoch "))]
                        self.assertEqual((done.returncode, len(lines)), (1, 1), done.stderr)
                        self.assertIn(self.disk, lines[0])
                        with open(os.path.join(self.disk, "older")) as file:
                            self.assertEqual(file.read(), "older")
                        left = [f for folder, _, names in os.walk(self.disk) for f in names]
                        self.assertFalse([f for f in left if f.endswith(".tmp")], left)
                        for folder, _, names in os.walk(self.disk):
                            for file in names:
                                if file.endswith(".h5"):
                                    h5py.File(os.path.join(folder, file)).close()
                finally:
                    subprocess.run(["umount", self.disk], check=True)
            self.assertGreater(failed, 0, name)

    def test_a_limit_of_the_file_size_is_one_line_and_exit_1_too(self):
        for name, command in self.commands():
            for kilobytes in (1, 65, 80):
                def limit(size=kilobytes * 1024):
                    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
                done = subprocess.run([FIRSTSPIKE, *command], capture_output=True, text=True, timeout=300, preexec_fn=limit)
                with self.subTest(command=name, kilobytes=kilobytes):
                    lines = [line for line in done.stderr.splitlines() if not line.startswith(("data:", "note:", "warning:", "epoch "))]
                    self.assertIn((done.returncode, len(lines)), {(0, 0), (1, 1)}, done.stderr)
                    self.assertTrue(done.returncode == 0 or "File too large" in lines[0], lines)
                    self.assertTrue(done.returncode == 1 or kilobytes > 1, name)
                left = [f for folder, _, names in os.walk(self.disk) for f in names if f.endswith(".tmp")]
                self.assertFalse(left, (name, kilobytes))
                for entry in os.listdir(self.disk):
                    path = os.path.join(self.disk, entry)
                    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


if __name__ == "__main__":
    unittest.main()
