"""The gradient of a short training run is bit-identical in all builds, for each scheduler and number of threads.

usage: bit_identity_test.py FIRSTSPIKE OTHER_FIRSTSPIKE...
"""
import itertools
import json
import os
import subprocess
import sys
import tempfile
import unittest

from training_images import write_images

BUILDS = [os.path.abspath(path) for path in sys.argv[1:]]
RUNS = {
    "gan, ramp": ["train", "gan", "--kernel", "ramp", "--steps", "2", "--batch", "16"],
    "gan, step": ["train", "gan", "--kernel", "step", "--steps", "2", "--batch", "16"],
    "gan, step, free": ["train", "gan", "--kernel", "step", "--regime", "free", "--steps", "2", "--batch", "16"],
    "classifier, relu": ["train", "classifier", "--regime", "relu", "--epochs", "1", "--validation", "0"],
    "classifier, convolutional": ["train", "classifier", "--regime", "relu", "--kernel", "ramp", "--layers",
                                  "conv 16x5 / pool 2 / conv 20x3 / dense 32", "--epochs", "1", "--validation", "0"],
    "classifier, binary": ["train", "classifier", "--regime", "binary", "--epochs", "1", "--validation", "0"],
    "classifier, ramp": ["train", "classifier", "--kernel", "ramp", "--loss", "xent", "--epochs", "1", "--validation", "0"],
    "classifier, step, soft_step": ["train", "classifier", "--kernel", "step", "--loss", "aggressive", "--epochs", "1", "--validation", "0"],
    "classifier, step": ["train", "classifier", "--kernel", "step", "--loss", "s4nn", "--epochs", "1", "--validation", "0"],
}


# (scheduler, threads)
WAYS = [("sweep", 1), ("heap", 2), ("sweep", 3), ("heap", 4)]


def gradient_hash(build, arguments, images, way):
    with tempfile.TemporaryDirectory() as folder:
        data = write_images(folder, images)
        scheduler, threads = way
        done = subprocess.run([build, *arguments, *data, "--engine", scheduler, "--threads", str(threads), "--json",
                               "--out", folder + "/run"], capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)["gradient_hash"]


class BitIdentityTest(unittest.TestCase):
    def test_all_builds_compute_the_same_gradients(self):
        for name, arguments in RUNS.items():
            expected = gradient_hash(BUILDS[0], arguments, 96, WAYS[0])
            for build, way in zip(BUILDS[1:], itertools.cycle(WAYS[1:4])):
                self.assertEqual(gradient_hash(build, arguments, 96, way), expected, (name, build, way))
            print(f"{name}: {expected} in {len(BUILDS)} builds")

    def test_gradients_do_not_depend_on_scheduler_and_threads(self):
        for name, arguments in RUNS.items():
            hashes = {gradient_hash(BUILDS[0], arguments, 24, way) for way in WAYS}
            self.assertEqual(len(hashes), 1, name)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
