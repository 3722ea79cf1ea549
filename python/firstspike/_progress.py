"""Progress bars by tqdm, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

Report = Callable[[int, int], None]


class Bar:
    """A progress bar for a ``with`` block; nothing unless `wanted`."""

    def __init__(self, wanted: bool, title: str, unit: str) -> None:
        self._shown: Any = None
        if not wanted:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            raise ImportError("progress = True needs tqdm: pip install tqdm") from None
        self._shown = tqdm(desc=title, unit=unit)

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.close()

    @property
    def report(self) -> Report | None:
        """update(), or None without a bar: then the extension module need not call it."""
        return None if self._shown is None else self.update

    def update(self, done: int, total: int, text: str = "") -> None:
        """Moves the bar to `done` of `total`, and shows a text beside it."""
        if self._shown is None:
            return
        self._shown.total = total
        if text:
            self._shown.set_postfix_str(text, refresh=False)
        self._shown.update(done - self._shown.n)
