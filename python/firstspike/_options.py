"""Options as keyword arguments. Names, defaults and messages are those of the libraries' option tables."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

# What a call takes as arrays, and the tables as files.
_GIVEN_AS_ARRAYS = ("set", "data", "images", "labels")

Described = tuple[str, str, str, str, list[str], bool]


class OptionTable:
    """The options of one kind of training run, by their keywords."""

    def __init__(self, described: list[Described], resolve: Callable[[dict[str, str]], dict[str, str]]) -> None:
        self._described = {keyword_of(o[0]): o for o in described if o[0] not in _GIVEN_AS_ARRAYS}
        # A resumed run may find its data set, which the command named, in another directory.
        self._changeable = {keyword_of(o[0]): o for o in described if o[5]}
        self._resolve = resolve

    @property
    def keywords(self) -> tuple[str, ...]:
        """All keywords, in the order of the table."""
        return tuple(self._described)

    def unknown(self, given: Mapping[str, Any]) -> str | None:
        """The message about the first keyword that is none."""
        for keyword in given:
            if keyword in _GIVEN_AS_ARRAYS:
                return f"unknown option '{keyword}': images and labels are arrays, the arguments of fit()"
            if keyword not in self._described:
                try:
                    self._resolve({keyword.replace("_", "-"): "0"})
                except ValueError as error:
                    return str(error)
                return f"unknown option '{keyword}'"
        return None

    def texts(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The options that are not None, by name, as text. Raises ValueError with the libraries' message."""
        values = self.changes(given)
        self._resolve(values)
        return values

    @property
    def changeable(self) -> tuple[str, ...]:
        """The keywords that a resumed run may change."""
        return tuple(self._changeable)

    def changes(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The options that are not None, by name, as text, for a run that has all others already."""
        values = {}
        for keyword, value in given.items():
            if value is None:
                continue
            text = text_of(value)
            if not text.isprintable():
                raise ValueError(f"{keyword} = {text!r}, allowed: one line of printable characters")
            values[(self._described | self._changeable)[keyword][0]] = text
        values.setdefault("threads", str(len(os.sched_getaffinity(0))))
        return values

    def resolved(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The text of each option that has a value, given or by default, by keyword."""
        shown = self._resolve(self.texts(given))
        return {keyword_of(name): text for name, text in shown.items() if keyword_of(name) in self._described}

    def keywords_of(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Recorded options, by keyword."""
        return {keyword_of(n): text for n, text in texts.items() if keyword_of(n) in self._described}

    def signature(self) -> inspect.Signature:
        """The keywords as a signature, for help() and completion."""
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature([inspect.Parameter(k, kind, default=None) for k in self._described])

    def table(self) -> tuple[Described, ...]:
        """The options with a keyword, and those that a resumed run may change."""
        return tuple((self._described | self._changeable).values())

    def describe(self, made: type) -> None:
        """Puts the keywords into the signature and the documentation of a class."""
        # Python 3.13 takes the indentation from documentation, earlier ones leave it.
        text = inspect.cleandoc(made.__doc__ or "")
        heading = "Attributes\n----------\n"
        assert heading in text
        made.__doc__ = text.replace(heading, f"Parameters\n----------\n{self.documentation()}\n\n{heading}", 1)
        setattr(made, "__signature__", self.signature())

    def documentation(self) -> str:
        """One entry for each option, as NumPy's style has them."""
        defaults = {**self._resolve({}), "threads": "one for each processor"}
        lines = []
        for keyword, (name, placeholder, help_text, _, words, _) in self._described.items():
            kind = " | ".join(f'"{w}"' for w in words) if words else placeholder
            default = defaults.get(name, "")
            lines.append(f"{keyword} : {kind}" + (f", default {default}" if default else ""))
            lines.append(f"    {help_text}")
        return "\n".join(lines)


def keyword_of(name: str) -> str:
    """The keyword of an option."""
    return "from_" if name == "from" else name.replace("-", "_")


def text_of(value: Any) -> str:
    """The value of an option as the text that the libraries read."""
    if isinstance(value, (bool, np.bool_)):
        return "on" if value else "off"
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if isinstance(value, (list, tuple, range, np.ndarray)):
        return ",".join(text_of(v) for v in value)
    return str(value)


def answers(**given: Any) -> dict[str, str]:
    """What a file by other tools does not contain, as text; None is no answer."""
    values = {name: text_of(value) for name, value in given.items() if value is not None}
    if values.get("one_spike") == "off":
        del values["one_spike"]
    if "label_map" in values and values["label_map"] == "":
        values["label_map"] = "none"
    return values


def value_of(text: str) -> bool | int | float | str:
    """The Python value of an option's text: text_of() of it gives the same option."""
    if text in ("on", "off"):
        return text == "on"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
