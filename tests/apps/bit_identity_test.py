"""The gradient of a short training run is bit-identical in two builds: native and portable, optimised and not.

usage: bit_identity_test.py FIRSTSPIKE OTHER_FIRSTSPIKE
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

from training_images import write_images

BUILDS = [os.path.abspath(path) for path in sys.argv[1:3]]
RUNS = {
    "gan, ramp": ["train", "gan", "--kernel", "ramp", "--steps", "2", "--batch", "16"],
    "gan, step": ["train", "gan", "--kernel", "step", "--steps", "2", "--batch", "16"],
    "gan, step, free": ["train", "gan", "--kernel", "step", "--regime", "free", "--steps", "2", "--batch", "16"],
    "classifier, relu": ["train", "classifier", "--regime", "relu", "--epochs", "1", "--validation", "0"],
    "classifier, binary": ["train", "classifier", "--regime", "binary", "--epochs", "1", "--validation", "0"],
    "classifier, ramp": ["train", "classifier", "--kernel", "ramp", "--loss", "xent", "--epochs", "1", "--validation", "0"],
    "classifier, step, soft_step": ["train", "classifier", "--kernel", "step", "--loss", "aggressive", "--epochs", "1", "--validation", "0"],
    "classifier, step": ["train", "classifier", "--kernel", "step", "--loss", "s4nn", "--epochs", "1", "--validation", "0"],
}


class BitIdentityTest(unittest.TestCase):
    def test_two_builds_compute_the_same_gradients(self):
        for name, arguments in RUNS.items():
            hashes = []
            for build in BUILDS:
                with tempfile.TemporaryDirectory() as folder:
                    data = [*write_images(folder, 96), "--threads", "2"]
                    done = subprocess.run([build, *arguments, *data, "--json", "--out", folder + "/run"],
                                          capture_output=True, text=True, timeout=900)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    hashes.append(json.loads(done.stdout)["gradient_hash"])
            self.assertEqual(hashes[0], hashes[1], name)
            print(f"{name}: {hashes[0]} in both builds")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
