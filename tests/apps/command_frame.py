"""Runs the command for its tests."""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import h5py  # what the files are written with
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import command_files as files


class CommandTest(unittest.TestCase):
    binary = ""  # set by the test programs from their argument

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_command(self, *arguments):
        """(exit code, stdout, stderr) of the command in the test's folder, away from any MNIST."""
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        environment |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, env=environment,
                              capture_output=True, text=True, timeout=600)
        return done.returncode, done.stdout, done.stderr

    def succeed(self, *arguments):
        code, out, err = self.run_command(*arguments)
        self.assertEqual((code, err), (0, ""), f"{arguments}: {err}")
        return out

    def as_json(self, *arguments):
        out = self.succeed(*arguments, "--json")
        self.assertEqual(out.count("\n"), 1)
        return json.loads(out)

    def content(self):
        return {p: p.read_bytes() for p in sorted(self.folder.rglob("*")) if p.is_file()}

    def refuse(self, code, words, *arguments):
        """Fails with that code and one line that contains the words; nothing on stdout, no file added or changed."""
        before = self.content()
        got, out, err = self.run_command(*arguments)
        self.assertEqual(got, code, f"{arguments}: {err}{out}")
        self.assertEqual(out, "", arguments)
        self.assertEqual(err.count("\n"), 1, f"{arguments}: {err}")
        self.assertTrue(err.startswith("firstspike"), err)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, err)
        self.assertEqual(self.content(), before, arguments)


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


def run_tests():
    """All tests of the program, on the command that its first argument is."""
    CommandTest.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main()
