"""Models from files and in memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Unpack

from . import _core
from ._arrays import as_images, as_labels, as_threads, as_word
from ._files import PathLike, as_path, model_file
from ._option_types import ResumeOptions
from ._options import answers
from ._progress import Bar
from .classifier import Classifier, Epoch, Step
from .gan import GAN, GanStep
from .network import Network

__all__ = ["load", "resume", "sample_quality"]


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


def resume(
    run: PathLike,
    x: Any = None,
    y: Any = None,
    *,
    on_epoch: Callable[[Epoch], Any] | None = None,
    on_step: Callable[[Step], Any] | Callable[[GanStep], Any] | None = None,
    callbacks: Iterable[Any] = (),
    progress: bool = False,
    **options: Unpack[ResumeOptions],
) -> Classifier | GAN:
    """Go on with a training run, as ``firstspike train --resume`` does.

    The result is identical to that of an uninterrupted run, bit for bit.

    Parameters
    ----------
    run : path
        Run directory of ``fit(..., run=...)`` or of the command.
    x : uint8 array [n, rows, columns], or [n, pixels] for a classifier
        The training images of a run of `fit`, given again. A run of the command reads its own.
    y : integer array [n]
        Their labels, if `fit` was given labels.
    on_epoch : function of an Epoch, optional
        Called after each epoch of a classifier. If it returns False, training stops.
    on_step : function of a Step, or of a GanStep, optional
        Called after each training step. If it returns False, training stops.
    callbacks : iterable of objects
        Their methods ``on_epoch`` and ``on_step``, if they have them, are called too.
    progress : bool
        Show a bar by tqdm.
    **options
        Options that may differ: more ``epochs`` or ``steps``, to which the learning-rate schedule is adapted, the
        directory ``data``, and those that do not affect the result, such as ``threads``, ``engine`` and ``record``.

    Returns
    -------
    model : Classifier or GAN
        As `fit` leaves it.

    Raises
    ------
    TypeError
        For an unknown option.
    ValueError
        For other changes of options, a run that has reached its end, images that are missing or have no use, and if
        training diverges.
    OSError
        If there is no complete checkpoint, or the images are not those of the run.
    KeyboardInterrupt
        After Ctrl-C. The run directory then has the state, and `resume` goes on with it.
    """
    directory = as_path(run, "run")
    trained_by, in_memory = _core.kind_of_run(directory)
    made: Classifier | GAN = GAN() if trained_by == "train gan" else Classifier()
    unknown = made._table.unknown({k: v for k, v in options.items() if k not in made._table.changeable})
    if unknown is not None:
        raise TypeError(unknown)
    if in_memory and x is None:
        raise ValueError(f"x is needed: {directory} was given its images in memory")
    if not in_memory and (x is not None or y is not None):
        raise ValueError(f"x and y: allowed: none, {directory} reads its images from files")
    images = None if x is None else as_images(x)
    labels = None
    if images is not None and (y is not None or isinstance(made, Classifier)):
        labels = as_labels(y, len(images))
    changes = made._table.changes(options)
    if isinstance(made, GAN):
        if on_epoch is not None:
            raise ValueError("on_epoch: allowed: none, the training of a GAN has no epochs")
        gan = _core.GanTrainer.resume(directory, changes, images, labels)
        _check_resumed(gan, directory, f"steps = {gan.all_steps}", "taken them")
        made._train(gan, on_step, callbacks, progress)  # type: ignore[arg-type]
        made._set_recorded(gan.generator())
    else:
        trainer = _core.ClassifierTrainer.resume(directory, changes, images, labels)
        _check_resumed(trainer, directory, f"epochs = {trainer.epochs}", "learnt them")
        made._train(trainer, on_epoch, on_step, callbacks, progress)  # type: ignore[arg-type]
        made._set_recorded(trainer.model())
    return made


def _check_resumed(
    trainer: _core.ClassifierTrainer | _core.GanTrainer, directory: str, goal: str, reached: str
) -> None:
    if trainer.finished:
        raise ValueError(f"{goal}: {directory} has {reached} already; give more")
    for note in trainer.notes:
        warnings.warn(note, RuntimeWarning, stacklevel=3)


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
    if not isinstance(classifier, Classifier):
        raise ValueError(f"classifier: {type(classifier).__name__}, allowed: a Classifier")
    if not isinstance(samples, Mapping):
        raise ValueError(f"samples: {type(samples).__name__}, allowed: a mapping of names to images")
    sets = [(str(name), as_images(images, name)) for name, images in samples.items()]
    with Bar(progress, "evaluate", "image") as bar:
        return _core.sample_quality(
            classifier.model, as_images(train, "train"), sets, as_word(scheduler, "scheduler"), as_threads(threads), bar.report
        )
