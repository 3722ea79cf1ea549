"""Models from files and in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _core
from ._arrays import as_images, as_threads
from ._files import PathLike, model_file
from ._options import answers
from ._progress import Bar
from .classifier import Classifier
from .gan import GAN
from .network import Network

__all__ = ["load", "sample_quality"]


def as_trained(model: _core.Model) -> Classifier | GAN | Network:
    """A Classifier if the outputs are classes, a GAN for a generator of a training run, else a Network."""
    if len(model.classes) > 0:
        return Classifier._of(model)
    try:
        return GAN._of(model, None)
    except (RuntimeError, ValueError):
        return Network._of(model.network(), model.t_max)


def load(
    path: PathLike,
    *,
    one_spike: bool = False,
    kernel: str | None = None,
    delay: float | None = None,
    t_in: float | None = None,
    t_max: float | None = None,
    label_map: Any = None,
) -> Classifier | GAN | Network:
    """Read a model from a file, a NIR graph, or a pretrained one by its name.

    Parameters
    ----------
    path : path, "digits-classifier" or "digits-generator"
    one_spike : bool
        Neurons fire at most once; needed if the file does not say so.
    kernel : {"step", "ramp"}, optional
    delay, t_in, t_max : float, optional
        Delay of the synapses, length of the input code and end of a run [steps], if the file does not say so.
    label_map : sequence of int, optional
        The label of each output.

    Returns
    -------
    model : Classifier, GAN or Network
        A Classifier if the outputs are classes, a GAN if it is a generator, with the discriminator beside it, else a
        Network.

    Raises
    ------
    OSError
        If the file is missing or damaged.
    ValueError
        If an answer is missing, or contradicts the file.
    """
    file = model_file(path)
    given = answers(one_spike=one_spike, kernel=kernel, delay=delay, t_in=t_in, t_max=t_max, label_map=label_map)
    found = as_trained(_core.Model.read(file, given))
    return GAN.load(file) if isinstance(found, GAN) else found


def sample_quality(
    classifier: Classifier,
    train: Any,
    samples: Mapping[str, Any],
    *,
    scheduler: str = "auto",
    threads: int | None = None,
    progress: bool = False,
) -> list[dict[str, Any]]:
    """Measure images against training images, as a classifier sees them.

    Parameters
    ----------
    classifier : Classifier
        The reference classifier, with a hidden layer.
    train : uint8 array [n, rows, columns]
        Training images.
    samples : mapping of str to uint8 array [m, rows, columns]
        Sets of 10 images or more, by name.
    scheduler : {"auto", "heap", "sweep", "naive"}
        Affects only the run time.
    threads : int, optional
        Affects only the run time.
    progress : bool
        Show a bar by tqdm.

    Returns
    -------
    measures : list of dict
        For each set the keys of ``firstspike evaluate --samples --json``: name, images, class_shares, least_share,
        confidence, frechet, precision, recall, nearest_training_image, closest_two.
    """
    sets = [(str(name), as_images(images, name)) for name, images in samples.items()]
    with Bar(progress, "evaluate", "image") as bar:
        return _core.sample_quality(
            classifier.model, as_images(train, "train"), sets, scheduler, as_threads(threads), bar.report
        )
