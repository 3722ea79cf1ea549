"""A bridge to torch: tensors in, tensors out. Needs torch, which firstspike does not install."""

from __future__ import annotations

from typing import Any

import numpy as np

from .classifier import Classifier

__all__ = ["SpikingClassifier"]


def _array(x: Any) -> Any:
    return x.detach().cpu().numpy() if hasattr(x, "detach") else x


class SpikingClassifier:
    """A Classifier that takes and returns tensors.

    Parameters
    ----------
    classifier : Classifier, optional
        Default: a new one with `options`.
    **options
        As those of Classifier.
    """

    def __init__(self, classifier: Classifier | None = None, **options: Any) -> None:
        if classifier is not None and options:
            raise TypeError("classifier and options exclude each other")
        self.classifier = Classifier(**options) if classifier is None else classifier

    def fit(self, x: Any, y: Any, **options: Any) -> SpikingClassifier:
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
        self.classifier.fit(self._images(x), _array(y), **options)
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
        import torch

        record = self.classifier.simulate(self._images(x))
        last = list(record.populations)[-1]
        return torch.from_numpy(np.ascontiguousarray(record[last]))

    def predict(self, x: Any) -> Any:
        """The label that each image is given.

        Parameters
        ----------
        x : uint8 tensor [n, rows, columns] or [n, 1, rows, columns]

        Returns
        -------
        labels : int64 tensor [n]
        """
        import torch

        return torch.from_numpy(self.classifier.predict(self._images(x)).astype(np.int64))

    @staticmethod
    def _images(x: Any) -> Any:
        a = _array(x)
        if getattr(a, "ndim", 0) == 4 and a.shape[1] == 1:
            return a[:, 0]
        return a
