"""Sets of images, as NumPy arrays, and their coding by spike times."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import as_count, as_flag, as_grey, as_images, as_labels, as_numbers, as_real
from ._files import PathLike, as_path

__all__ = ["mnist", "strokes", "idx", "write_idx"]

Images = npt.NDArray[np.uint8]


def _load(name: str, part: str, directory: PathLike | None, seed: int, fetch: bool) -> tuple[Images, Images]:
    if part not in ("train", "test"):
        raise ValueError(f"part = {part!r}, allowed: 'train', 'test'")
    where = None if directory is None else as_path(directory, "directory")
    return _core.load_digits(name, part, where, seed, fetch, None)


def mnist(part: str = "train", directory: PathLike | None = None, fetch: bool = True) -> tuple[Images, Images]:
    """Load MNIST, from disk or from a mirror.

    Parameters
    ----------
    part : {"train", "test"}
        60,000 training images or 10,000 test images.
    directory : path, optional
        The only directory that is searched. Default: ``$FIRSTSPIKE_DATA``, ``../shared/data/mnist`` and the user's
        cache, in this order.
    fetch : bool
        Download the files into the user's cache if they are not found.

    Returns
    -------
    images : uint8 array [n, 28, 28]
        Grey levels, 0 black to 255 white.
    labels : uint8 array [n]

    Raises
    ------
    OSError
        If files are missing, damaged or cannot be downloaded.
    """
    return _load("mnist", part, directory, 1, as_flag(fetch, "fetch"))


def strokes(part: str = "train", seed: int = 1) -> tuple[Images, Images]:
    """Draw the built-in digits, a replacement for MNIST that needs no files.

    Parameters
    ----------
    part : {"train", "test"}
        60,000 training images or 10,000 test images.
    seed : int
        The same seed draws the same digits on every machine.

    Returns
    -------
    images : uint8 array [n, 28, 28]
    labels : uint8 array [n]
    """
    return _load("strokes", part, None, as_count(seed, "seed", 0, 2**64 - 1), False)


def idx(images: PathLike, labels: PathLike | None = None) -> tuple[Images, Images | None]:
    """Read images and labels from idx files, plain or gzip, as MNIST, EMNIST and others have them.

    Parameters
    ----------
    images : path
    labels : path, optional

    Returns
    -------
    images : uint8 array [n, rows, columns]
    labels : uint8 array [n], or None

    Raises
    ------
    OSError
        If a file is missing or damaged, or the numbers of images and labels differ.
    """
    return _core.read_idx(as_path(images, "images"), None if labels is None else as_path(labels, "labels"))


def write_idx(
    images_path: PathLike, images: Any, labels_path: PathLike | None = None, labels: Any = None, overwrite: bool = False
) -> None:
    """Write images, and labels if there are any, to idx files.

    Parameters
    ----------
    images_path, labels_path : path
    images : uint8 array [n, rows, columns]
    labels : uint8 array [n], needed with `labels_path`
    overwrite : bool
        Replace files that exist.

    Raises
    ------
    ValueError
        For arrays of a wrong type or shape, and labels without a file.
    OSError
        If a file exists or cannot be written.
    """
    pixels = as_images(images, "images")
    if labels is not None and labels_path is None:
        raise ValueError("labels need labels_path, the file to write")
    classes = as_labels(labels, len(pixels), "labels") if labels_path is not None else None
    _core.write_idx(
        as_path(images_path, "images_path"),
        None if labels_path is None else as_path(labels_path, "labels_path"),
        pixels,
        classes,
        as_flag(overwrite, "overwrite"),
    )


def encode(images: Any, t_in: float = 256) -> npt.NDArray[np.float64]:
    """Encode grey levels as firing times: the brighter a pixel, the earlier its spike.

    Parameters
    ----------
    images : uint8 array of any shape
        Grey levels p.
    t_in : float
        Length of the code [steps], a whole number.

    Returns
    -------
    times : float64 array of the same shape
        floor((255 - p) t_in / 255) [steps]; infinity, which is silence, for p = 0.
    """
    return _core.encode(as_grey(images, "images"), as_real(t_in, "t_in"))


def decode(times: Any, t_in: float = 256) -> Images:
    """Decode firing times to grey levels.

    Parameters
    ----------
    times : array of any shape
        Firing times t [steps]; infinity is silence.
    t_in : float
        Length of the code [steps].

    Returns
    -------
    images : uint8 array of the same shape
        floor((t_in - t) 255 / t_in), clipped to 0 to 255.

    Raises
    ------
    ValueError
        If a time is NaN.
    """
    return _core.decode(as_numbers(times, "times"), as_real(t_in, "t_in"))
