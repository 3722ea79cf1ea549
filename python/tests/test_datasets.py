"""Data sets and coding: hand-computed values, and the files of the command."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

import firstspike as fs

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist"


def test_pixels_are_encoded_as_the_formula_says():
    # floor((255 - p) 256 / 255): 255 -> 0, 254 -> 1, 128 -> floor(127.498) = 127, 1 -> 254 + 254/255 -> 254.
    times = fs.encode(np.array([[255, 254], [128, 1]], dtype=np.uint8))
    np.testing.assert_array_equal(times, [[0, 1], [127, 254]])
    assert times.dtype == np.float64
    assert fs.encode([0])[0] == np.inf


def test_times_are_decoded_as_the_formula_says():
    # floor((256 - t) 255 / 256): 0 -> 255, 1 -> 254, 128 -> 127, 256 -> 0, infinity -> 0.
    image = fs.decode([0, 1, 128, 256, np.inf])
    np.testing.assert_array_equal(image, [255, 254, 127, 0, 0])
    assert image.dtype == np.uint8


def test_all_grey_levels_survive_coding():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(fs.decode(fs.encode(levels)), levels)


def test_strokes_are_those_of_the_command(command, tmp_path):
    command("data", "get", "strokes", "--data", tmp_path)
    for part, name in (("train", "train"), ("test", "t10k")):
        images, labels = fs.datasets.strokes(part)
        found, classes = fs.datasets.idx(
            tmp_path / f"{name}-images-idx3-ubyte", tmp_path / f"{name}-labels-idx1-ubyte"
        )
        np.testing.assert_array_equal(images, found)
        np.testing.assert_array_equal(labels, classes)


def test_another_seed_draws_other_strokes():
    assert (fs.datasets.strokes("test", seed=2)[0] != fs.datasets.strokes("test", seed=1)[0]).any()


@pytest.mark.skipif(not SHARED.is_dir(), reason="no MNIST in ../shared")
def test_mnist_is_what_its_files_hold():
    images, labels = fs.datasets.mnist("test", directory=SHARED)
    raw = gzip.open(SHARED / "t10k-images-idx3-ubyte.gz").read()
    np.testing.assert_array_equal(images, np.frombuffer(raw, np.uint8, offset=16).reshape(10000, 28, 28))
    raw = gzip.open(SHARED / "t10k-labels-idx1-ubyte.gz").read()
    np.testing.assert_array_equal(labels, np.frombuffer(raw, np.uint8, offset=8))


def test_mnist_that_is_not_in_the_directory_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="mnist|MNIST|idx"):
        fs.datasets.mnist("test", directory=tmp_path, fetch=False)


def test_idx_files_hold_what_was_written(tmp_path):
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    fs.datasets.write_idx(tmp_path / "i.idx", images, tmp_path / "l.idx", [7, 9])
    assert (tmp_path / "i.idx").read_bytes() == bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, *range(24)])
    found, labels = fs.datasets.idx(tmp_path / "i.idx", tmp_path / "l.idx")
    np.testing.assert_array_equal(found, images)
    np.testing.assert_array_equal(labels, [7, 9])
    assert fs.datasets.idx(tmp_path / "i.idx")[1] is None
    with pytest.raises(OSError, match="exists"):
        fs.datasets.write_idx(tmp_path / "i.idx", images)
    fs.datasets.write_idx(os.fspath(tmp_path / "i.idx"), images, overwrite=True)
