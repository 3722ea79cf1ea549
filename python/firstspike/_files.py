"""Paths, and models as bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import _core

PathLike = str | os.PathLike[str]


def as_path(path: Any, name: str = "path") -> str:
    """A path as text."""
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"{name} = {path!r}, allowed: a str or os.PathLike")
    text = os.fspath(path)
    if not isinstance(text, str) or not text:
        raise ValueError(f"{name} = {path!r}, allowed: a path that is not empty")
    return text


def model_file(path: Any) -> str:
    """The file of a model, by its path or by the name of a pretrained one."""
    text = as_path(path)
    packaged = Path(__file__).parent / "pretrained" / f"{text}.h5"
    if not os.path.exists(text) and os.sep not in text and packaged.exists():
        return str(packaged)
    return _core.model_file(text)


def written(write: Callable[[str], None]) -> bytes:
    """What write(path) writes into a file."""
    with tempfile.TemporaryDirectory(prefix="firstspike-") as folder:
        path = os.path.join(folder, "file.h5")
        write(path)
        return Path(path).read_bytes()


def reading(content: bytes, read: Callable[[str], Any]) -> Any:
    """read(path) of a file with this content."""
    with tempfile.TemporaryDirectory(prefix="firstspike-") as folder:
        path = os.path.join(folder, "file.h5")
        Path(path).write_bytes(content)
        return read(path)
