"""Arguments as the extension module takes them: checked, and arrays copied only where type or layout differ."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Bytes = npt.NDArray[np.uint8]
Times = npt.NDArray[np.float64]


def as_grey(x: Any, name: str) -> Bytes:
    """Grey levels of any shape as a C-contiguous uint8 array."""
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError(f"{name}: a masked array, allowed: all values, such as {name}.filled(0)")
    a = np.asarray(x)
    if a.dtype == np.uint8:
        return np.asarray(a, order="C")
    if a.dtype.kind not in "iu":
        raise ValueError(f"{name}: dtype {a.dtype}, allowed: uint8, or integers from 0 to 255")
    if a.size > 0 and (a.min() < 0 or a.max() > 255):
        bad = a.min() if a.min() < 0 else a.max()
        raise ValueError(f"{name}: value {bad}, allowed: 0 to 255")
    return np.asarray(a, dtype=np.uint8, order="C")


def as_images(x: Any, name: str = "x") -> Bytes:
    """Images [n, rows, columns]; of [n, pixels] each is one row."""
    a = as_grey(x, name)
    if a.ndim == 2:
        a = a.reshape(a.shape[0], 1, a.shape[1])
    if a.ndim != 3:
        raise ValueError(f"{name}: shape {a.shape}, allowed: [n, rows, columns] or [n, pixels]")
    if a.size == 0:
        raise ValueError(f"{name}: shape {a.shape}, allowed: 1 image or more, of 1 pixel or more")
    return a


def as_pixels(x: Any, name: str = "x") -> Bytes:
    """Images as [n, pixels]."""
    a = as_images(x, name)
    return a.reshape(a.shape[0], -1)


def as_labels(y: Any, count: int, name: str = "y") -> Bytes:
    """Labels [n], one for each of `count` samples."""
    if y is None:
        raise ValueError(f"{name} is needed: the label of each image")
    a = as_grey(y, name)
    if a.ndim != 1 or a.shape[0] != count:
        raise ValueError(f"{name}: shape {a.shape}, needed: ({count},), one label for each image")
    return a


def as_numbers(x: Any, name: str) -> Times:
    """Real numbers of any shape as a C-contiguous float64 array."""
    a = np.asarray(x)
    if a.dtype.kind not in "iuf":
        raise ValueError(f"{name}: dtype {a.dtype}, allowed: real numbers")
    return np.asarray(a, dtype=np.float64, order="C")


def as_times(times: Any, columns: int, name: str = "times") -> Times:
    """Firing times [sample, source]; [source] is one sample."""
    a = as_numbers(times, name)
    if a.ndim == 1:
        a = a.reshape(1, -1)
    if a.ndim != 2 or a.shape[1] != columns:
        raise ValueError(f"{name}: shape {np.shape(times)}, needed: [sample, source] with {columns} sources")
    return a


def as_weights(weights: Any, name: str = "weights") -> npt.NDArray[Any]:
    """A C-contiguous float32 or float64 array."""
    a = np.asarray(weights)
    if a.dtype == np.float32:
        return np.asarray(a, order="C")
    return as_numbers(a, name)


def as_indices(index: Any, name: str) -> npt.NDArray[np.uint32]:
    """Indices [synapse] of neurons."""
    a = np.asarray(index)
    if a.dtype.kind not in "iu" or a.ndim != 1:
        raise ValueError(f"{name}: dtype {a.dtype}, shape {a.shape}, allowed: whole numbers [synapse]")
    if a.size > 0 and (a.min() < 0 or a.max() > 0xFFFFFFFF):
        raise ValueError(f"{name}: value {a.min() if a.min() < 0 else a.max()}, allowed: 0 to 2^32 - 1")
    return np.asarray(a, dtype=np.uint32, order="C")


def as_count(value: Any, name: str, lowest: int, highest: int) -> int:
    """A whole number in [lowest, highest]."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} = {value!r}, allowed: whole numbers from {lowest} to {highest}")
    if not lowest <= value <= highest:
        raise ValueError(f"{name} = {value}, allowed: {lowest} to {highest}")
    return int(value)


def as_real(value: Any, name: str) -> float:
    """One real number, not yet checked for its range."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(f"{name} = {value!r}, allowed: a real number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} = {value}, allowed: up to 1.8e308") from None


def optional(check: Callable[[Any, str], T], value: Any, name: str) -> T | None:
    """check(value, name), or None for None."""
    return None if value is None else check(value, name)


def as_time(value: Any, name: str) -> float:
    """A time, or a length of time, from 0 to 2^32 [steps]."""
    time = as_real(value, name)
    if not 0 <= time <= 2**32:
        raise ValueError(f"{name} = {value}, allowed: 0 to 2^32 steps")
    return time


def as_word(value: Any, name: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"{name} = {value!r}, allowed: a str")
    return value


def as_words(values: Any, name: str) -> list[str]:
    """Several texts; a single one is a list of one."""
    if isinstance(values, str):
        return [values]
    if not isinstance(values, Iterable):
        raise ValueError(f"{name} = {values!r}, allowed: a list of str")
    return [as_word(value, name) for value in values]


def as_flag(value: Any, name: str) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} = {value!r}, allowed: True, False")
    return bool(value)


def as_sample(sample: Any, count: int) -> int:
    """The index of one of `count` samples; negative ones count from the end."""
    if isinstance(sample, (bool, np.bool_)) or not isinstance(sample, (int, np.integer)):
        raise ValueError(f"sample = {sample!r}, allowed: whole numbers below {count}")
    if not -count <= sample < count:
        raise ValueError(f"sample {sample} of a record, allowed: below {count}")
    return int(sample)


def as_threads(threads: Any) -> int:
    """A number of threads; None is one for each processor."""
    if threads is None:
        return len(os.sched_getaffinity(0))
    return as_count(threads, "threads", 1, 1024)
