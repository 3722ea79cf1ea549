"""Prints python/firstspike/_option_types.py: the types of the options, of the installed package's option tables.

usage: python python/tests/option_types.py > python/firstspike/_option_types.py
"""

from firstspike import classifier, gan
from firstspike._options import Described, OptionTable, keyword_of

HEADER = '''"""The keyword arguments that are options, with their types. Made by python/tests/option_types.py from the option tables."""

from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypedDict

import numpy as np
import numpy.typing as npt

from ._files import PathLike

WholeNumbers = Sequence[int] | npt.NDArray[np.integer[Any]] | int | str
'''

# By the placeholder of the value in the help of the command.
TYPES = {
    "N": "SupportsIndex",
    "X": "SupportsFloat",
    "N,N,...": "WholeNumbers",
    "DIR": "PathLike",
    "M.h5": "PathLike",
    "TRACE": "PathLike",
    "TEXT": "str",
    "uniform:A:B[@N]|normal:M:S[@N]": "str",
}


def type_of(option: Described) -> str:
    """The type of the value of an option."""
    _, placeholder, _, _, words, _ = option
    if words == ["on", "off"]:
        return 'bool | Literal["on", "off"]'
    if words:
        return f"Literal[{', '.join(chr(34) + w + chr(34) for w in words)}]"
    return TYPES[placeholder]


def typed_dict(name: str, summary: str, options: dict[str, str]) -> str:
    """A TypedDict of options."""
    fields = "".join(f"    {keyword}: {kind} | None\n" for keyword, kind in options.items())
    return f'\n\nclass {name}(TypedDict, total=False):\n    """{summary}"""\n\n{fields}'


def types_of(table: OptionTable, keywords: tuple[str, ...]) -> dict[str, str]:
    """The types of some options of a table, by keyword."""
    known = {keyword_of(o[0]): type_of(o) for o in table.table()}
    return {keyword: known[keyword] for keyword in keywords}


def text() -> str:
    """The whole module."""
    tables = classifier.OPTIONS, gan.OPTIONS
    resumed = {k: v for t in tables for k, v in types_of(t, t.changeable).items()}
    return (
        HEADER
        + typed_dict("ClassifierOptions", "Options of Classifier.", types_of(tables[0], tables[0].keywords))
        + typed_dict("GanOptions", "Options of GAN.", types_of(tables[1], tables[1].keywords))
        + typed_dict("ResumeOptions", "Options that a resumed run may change.", resumed)
    )


if __name__ == "__main__":
    print(text(), end="")
