"""A bridge to torch: tensors in, tensors out. Needs torch, which firstspike does not install."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Unpack

import numpy as np

from . import _core
from ._files import PathLike, reading, written
from ._option_types import ClassifierOptions
from .classifier import Classifier, Epoch, Step

__all__ = ["SpikingClassifier"]


class FitArguments(ClassifierOptions, total=False):
    """The keyword arguments of Classifier.fit."""

    on_epoch: Callable[[Epoch], Any] | None
    on_step: Callable[[Step], Any] | None
    callbacks: Iterable[Any]
    progress: bool
    run: PathLike | None
    overwrite: bool


def _array(x: Any, name: str) -> Any:
    if not hasattr(x, "detach"):
        return x
    try:
        return x.detach().cpu().numpy()
    except (TypeError, RuntimeError):  # no type of NumPy's, no dense memory, or no data
        kind = f"{x.dtype}, {x.layout}, device {x.device}"
        raise ValueError(f"{name}: {kind}, allowed: a dense tensor of integers from 0 to 255 that has data") from None


def _images(x: Any) -> Any:
    a = _array(x, "x")
    if getattr(a, "ndim", 0) != 4:
        return a
    if a.shape[1] != 1:
        raise ValueError(f"x: shape {a.shape}, allowed: [n, rows, columns], [n, 1, rows, columns] or [n, pixels]")
    return a[:, 0]


def _tensor(a: Any, like: Any) -> Any:
    """A tensor on the device of `like`, if that is one. It has no gradient."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(a)).to(getattr(like, "device", "cpu"))


class SpikingClassifier:
    """A Classifier that takes and returns tensors, on any device; it computes on the processor.

    It is no module of torch: its parameters are not torch's, and no gradient passes through it.

    Parameters
    ----------
    classifier : Classifier, optional
        Default: a new one with `options`.
    **options
        As those of Classifier.

    Raises
    ------
    ValueError
        From all methods, for tensors of a wrong type, layout or shape.
    """

    def __init__(self, classifier: Classifier | None = None, **options: Unpack[ClassifierOptions]) -> None:
        if classifier is not None and options:
            raise TypeError("classifier and options exclude each other")
        if classifier is not None and not isinstance(classifier, Classifier):
            raise TypeError(f"classifier: {type(classifier).__name__}, allowed: a Classifier")
        self.classifier = Classifier(**options) if classifier is None else classifier

    def fit(self, x: Any, y: Any, **options: Unpack[FitArguments]) -> SpikingClassifier:
        """Train on images.

        Parameters
        ----------
        x : uint8 tensor [n, rows, columns] or [n, 1, rows, columns]
        y : integer tensor [n]
        **options
            As those of `Classifier.fit`.

        Returns
        -------
        self
        """
        self.classifier.fit(_images(x), _array(y, "y"), **options)
        return self

    def partial_fit(self, x: Any, y: Any, classes: Any = None) -> SpikingClassifier:
        """Train once on each image of a batch, such as one of a DataLoader, in the order given.

        Parameters
        ----------
        x : uint8 tensor [n, rows, columns] or [n, 1, rows, columns]
        y : integer tensor [n]
        classes : integer tensor, optional
            All labels that will occur; of the first call only. Default: those of `y`.

        Returns
        -------
        self
        """
        self.classifier.partial_fit(_images(x), _array(y, "y"), _array(classes, "classes"))
        return self

    def __call__(self, x: Any) -> Any:
        """Firing times of the outputs.

        Parameters
        ----------
        x : uint8 tensor [n, rows, columns] or [n, 1, rows, columns]

        Returns
        -------
        times : float64 tensor [n, output]
            [steps]; infinity is silence. The earliest output is the decision: ``(-times).argmax(1)``, ties aside.
        """
        record = self.classifier.simulate(_images(x))
        return _tensor(record[list(record.populations)[-1]], x)

    def predict(self, x: Any) -> Any:
        """The label that each image is given.

        Parameters
        ----------
        x : uint8 tensor [n, rows, columns] or [n, 1, rows, columns]

        Returns
        -------
        labels : int64 tensor [n]
        """
        return _tensor(self.classifier.predict(_images(x)).astype(np.int64), x)

    def state_dict(self) -> dict[str, Any]:
        """The trained model as a tensor, for ``torch.save``.

        Returns
        -------
        state : dict
            ``model``: uint8 tensor, the content of the file that `Classifier.save` writes.
        """
        content = np.frombuffer(written(self.classifier.model.write), dtype=np.uint8)
        return {"model": _tensor(content.copy(), None)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the model, and the options of its training, from a state.

        Parameters
        ----------
        state : dict
            As `state_dict` returns it.
        """
        if set(state) != {"model"}:
            raise ValueError(f"state: keys {sorted(state)}, allowed: those of state_dict(), ['model']")
        content = np.asarray(_array(state["model"], "model"), dtype=np.uint8).tobytes()
        self.classifier = Classifier._of(reading(content, lambda path: _core.Model.read(path, {})))

    def __repr__(self) -> str:
        return f"SpikingClassifier({self.classifier!r})"
