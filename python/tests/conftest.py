"""What the tests share: the command, small sets of images, and their files."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import firstspike as fs


class Command:
    """The command firstspike, which the package must equal."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, **how):
        done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True, timeout=600, **how)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments, **how):
        return json.loads(self(*arguments, "--json", **how))


@pytest.fixture(scope="session")
def command():
    """$FIRSTSPIKE_COMMAND, else the command that was installed with the package."""
    beside = Path(sys.executable).parent / "firstspike"
    path = os.environ.get("FIRSTSPIKE_COMMAND") or (str(beside) if beside.exists() else shutil.which("firstspike"))
    assert path, "the command is not installed"
    return Command(path)


@pytest.fixture(scope="session")
def digits():
    """300 training and 100 test images with labels."""
    x, y = fs.datasets.strokes("train")
    xt, yt = fs.datasets.strokes("test")
    return x[:300], y[:300], xt[:100], yt[:100]


@pytest.fixture(scope="session")
def files(digits, tmp_path_factory):
    """The same as idx files: images, labels, test images, test labels."""
    folder = tmp_path_factory.mktemp("digits")
    names = [str(folder / name) for name in ("x.idx", "y.idx", "xt.idx", "yt.idx")]
    x, y, xt, yt = digits
    fs.datasets.write_idx(names[0], x, names[1], y)
    fs.datasets.write_idx(names[2], xt, names[3], yt)
    return names


@pytest.fixture(scope="session")
def trained(digits):
    """A classifier of the regime relu."""
    return fs.Classifier(regime="relu", hidden=[40], validation=50, threads=1).fit(*digits[:2], epochs=2)


@pytest.fixture(scope="session")
def gan(digits):
    """A class-conditional GAN of 20 training steps."""
    options = dict(conditional=True, hidden=[30], d_hidden=[30], noise=20, batch=16, threads=1)
    return fs.GAN(**options).fit(*digits[:2], steps=20)


@pytest.fixture
def interrupts_are_heard():
    """Shells start programs in the background with SIGINT ignored; Python then has no KeyboardInterrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def weights_of(path):
    """The weights, biases and thresholds of a model file, as another library reads them."""
    found = {}
    with h5py.File(path) as file:

        def take(name, item):
            last = name.split("/")[-1]
            if isinstance(item, h5py.Dataset) and last in ("weight", "bias", "v_threshold"):
                found[name] = item[()]

        file.visititems(take)
    assert found
    return found


def assert_same_weights(a, b):
    first, second = weights_of(a), weights_of(b)
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
