"""Runs the command for its tests."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest


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
        """Fails with that code and one line that holds the words; nothing on stdout, no file added or changed."""
        before = self.content()
        got, out, err = self.run_command(*arguments)
        self.assertEqual(got, code, f"{arguments}: {err}{out}")
        self.assertEqual(out, "", arguments)
        self.assertEqual(err.count("\n"), 1, f"{arguments}: {err}")
        self.assertTrue(err.startswith("firstspike"), err)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, err)
        self.assertEqual(self.content(), before, arguments)
