"""Classifiers: networks that decide by their first output spike."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import as_flag, as_images, as_labels, as_pixels, as_threads, as_word
from ._files import PathLike, as_path, model_file, reading, written
from ._option_types import ClassifierOptions
from ._options import OptionTable, answers, value_of
from ._progress import Bar
from .datasets import encode
from .network import Network, simulate
from .record import SpikeRecord

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Classifier", "Epoch", "Step", "LayerWarning"]

OPTIONS = OptionTable(_core.classifier_options(), _core.resolve_classifier_options)


class LayerWarning(RuntimeWarning):
    """A layer that cannot learn: it is silent, or its neurons all fire at the same time, on every image."""


@dataclass(frozen=True)
class Step:
    """State of a run after a training step.

    Attributes
    ----------
    step, steps : int
        Training steps taken so far, and of the whole run.
    epoch : int
        From 0 on.
    loss : float
        Mean over the training steps of this epoch so far.
    images, all_images : int
        Training images used so far, and in the whole run.
    """

    step: int
    steps: int
    epoch: int
    loss: float
    images: int
    all_images: int


@dataclass(frozen=True)
class Epoch:
    """Result of an epoch.

    Attributes
    ----------
    epoch : int
        From 0 on.
    step : int
        Training steps taken so far.
    loss : float
        Mean over its training steps.
    train_accuracy : float
        Fraction of its images, with the weights before each training step.
    validation : dict, or None
        Accuracies, decision time and spikes on the validation images.
    kept : bool
        The model of this epoch is the best so far.
    renewed : int
        Reinitialised dead hidden neurons.
    """

    epoch: int
    step: int
    loss: float
    train_accuracy: float
    validation: dict[str, Any] | None
    kept: bool
    renewed: int


def warn_of_faults(faults: list[Any], step: int) -> None:
    """Warns of each layer that cannot learn, with changes of options that may help."""
    for network, layer, silent, since, remedies in faults:
        what = "is silent" if silent else "fires as one"
        start = "the start" if since == 0 else f"step {since}"
        advice = ", or ".join(f"{change} {option.replace('-', '_')}" for change, option in remedies)
        owner = f"{network}, " if network else ""
        warnings.warn(
            f"{owner}layer {layer} {what} on every image, since {start}; try {advice}", LayerWarning, stacklevel=4
        )


def joined(functions: Iterable[Callable[[Any], Any] | None]) -> Callable[[Any], bool]:
    """One function that calls all, and returns False if one of them does."""
    called = [f for f in functions if f is not None]

    def call(state: Any) -> bool:
        return all([f(state) is not False for f in called])

    return call


class Trained:
    """Options of a training run, with scikit-learn's conventions; the part that classifiers and GANs share."""

    _options: dict[str, Any]
    _table: OptionTable = OPTIONS

    def _set_options(self, options: dict[str, Any]) -> None:
        unknown = self._table.unknown(options)
        if unknown is not None:
            raise TypeError(unknown)
        self._table.texts(options)
        self._options = options

    def _texts(self, more: dict[str, Any]) -> dict[str, str]:
        unknown = self._table.unknown(more)
        if unknown is not None:
            raise TypeError(unknown)
        return self._table.texts({**self._options, **more})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The options, as scikit-learn has them.

        Parameters
        ----------
        deep : bool
            No effect.

        Returns
        -------
        params : dict
            Every option by keyword; None is the default value.
        """
        return {keyword: self._options.get(keyword) for keyword in self._table.keywords}

    def _change_options(self, params: dict[str, Any]) -> None:
        unknown = self._table.unknown(params)
        if unknown is not None:
            raise ValueError(unknown)
        changed = {**self._options, **params}
        self._table.texts(changed)
        self._options = changed

    def options(self) -> dict[str, str]:
        """Every option with its value, given or by default.

        Returns
        -------
        options : dict of str to str
            By keyword, as the text that the command takes.
        """
        return self._table.resolved(self._options)

    def _threads(self, threads: int | None) -> int:
        chosen = self._options.get("threads") if threads is None else threads
        return as_threads(None if chosen is None else int(chosen))

    def _given(self) -> str:
        return ", ".join(f"{k}={v!r}" for k, v in self._options.items() if v is not None)


class Classifier(Trained):
    """A spiking network that names images by its first output spike.

    The network has the layers input, hidden and output. Options are keyword arguments; their names, defaults and
    messages are those of ``firstspike train classifier``, with ``_`` in place of ``-``. ``None`` is the default value.

    Attributes
    ----------
    classes_ : uint8 array [output]
        The label of each output.
    history_ : list of Epoch
        Of the last call of `fit`.
    gradient_hash_ : str
        Hash of the gradient of the last training step of the last call of `fit`.

    Raises
    ------
    TypeError
        For an unknown option.
    ValueError
        For a value that is not allowed, or options that exclude each other.

    Examples
    --------
    >>> import firstspike as fs
    >>> x, y = fs.datasets.strokes("train")
    >>> clf = fs.Classifier(regime="relu", validation=500).fit(x[:4000], y[:4000], epochs=2)
    >>> clf.score(x[4000:5000], y[4000:5000]) > 0.9
    True
    """

    _estimator_type = "classifier"
    _table = OPTIONS

    def __init__(self, **options: Unpack[ClassifierOptions]) -> None:
        self._set_options(dict(options))
        self._model: _core.Model | None = None
        self._online: _core.OnlineClassifier | None = None
        self.history_: list[Epoch] = []
        self.gradient_hash_: str = ""

    @classmethod
    def _of(cls, model: _core.Model) -> Classifier:
        made = cls()
        try:
            made._set_recorded(model)
        except (RuntimeError, ValueError):  # by another tool
            pass
        made._model = model
        return made

    def _set_recorded(self, model: _core.Model) -> None:
        recorded = OPTIONS.keywords_of(_core.recorded_classifier_options(model))
        self._options = {keyword: value_of(text) for keyword, text in recorded.items()}

    def set_params(self, **params: Unpack[ClassifierOptions]) -> Self:
        """Change options for the next call of `fit`.

        Parameters
        ----------
        **params
            Options by keyword; None is the default value.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For an unknown option and a value that is not allowed; then no option is changed.
        """
        self._change_options(dict(params))
        return self

    @property
    def model(self) -> _core.Model:
        """The trained model of the extension module."""
        if self._model is None:
            raise ValueError("this Classifier is not trained; call fit(), or load() one")
        return self._model

    @property
    def classes_(self) -> npt.NDArray[np.uint8]:
        """The label of each output, uint8 array [output]."""
        if self._model is None:
            raise AttributeError("classes_: this Classifier is not trained; call fit(), or load() one")
        return self._model.classes

    @property
    def network(self) -> Network:
        """A copy of the trained network."""
        return Network._of(self.model.network(), self.model.t_max)

    @property
    def metadata(self) -> dict[str, Any]:
        """What the model file says of its training: options, version, seed."""
        return self.model.metadata

    @property
    def t_in(self) -> float:
        """Length of the input code [steps]."""
        return self.model.t_in

    @property
    def t_max(self) -> float:
        """End of a run [steps]."""
        return self.model.t_max

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        on_epoch: Callable[[Epoch], Any] | None = None,
        on_step: Callable[[Step], Any] | None = None,
        callbacks: Iterable[Any] = (),
        progress: bool = False,
        run: PathLike | None = None,
        overwrite: bool = False,
        **options: Unpack[ClassifierOptions],
    ) -> Self:
        """Train on images, as ``firstspike train classifier`` does, with the same result bit for bit.

        Parameters
        ----------
        x : uint8 array [n, rows, columns] or [n, pixels]
            Grey levels.
        y : integer array [n]
            Labels from 0 to 255; their distinct values are the classes.
        on_epoch : function of an Epoch, optional
            Called after each epoch. If it returns False, training stops.
        on_step : function of a Step, optional
            Called after each training step. If it returns False, training stops.
        callbacks : iterable of objects
            Their methods ``on_epoch`` and ``on_step``, if they have them, are called too.
        progress : bool
            Show a bar by tqdm.
        run : path, optional
            Run directory for model, checkpoint and metrics, as the command leaves it. Default: none.
        overwrite : bool
            Replace the files of an old run in `run`.
        **options
            Options for this call only, such as ``epochs``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For arrays of a wrong type or shape, options that are not allowed, and if training diverges. Then the
            classifier has the best model of earlier epochs; without one it is as before the call.
        OSError
            If files of the run cannot be written.
        KeyboardInterrupt
            After Ctrl-C. The classifier then has the best model so far.
        """
        images = as_images(x)
        labels = as_labels(y, len(images))
        texts = self._texts(dict(options))
        directory = None if run is None else (as_path(run, "run"), as_flag(overwrite, "overwrite"))
        trainer = _core.ClassifierTrainer(texts, images, labels, directory)
        self._train(trainer, on_epoch, on_step, callbacks, progress)
        return self

    def _train(
        self,
        trainer: _core.ClassifierTrainer,
        on_epoch: Callable[[Epoch], Any] | None,
        on_step: Callable[[Step], Any] | None,
        callbacks: Iterable[Any],
        progress: bool,
    ) -> None:
        objects = list(callbacks)
        history: list[Epoch] = []
        each_step = joined([on_step, *(getattr(c, "on_step", None) for c in objects)])
        each_epoch = joined([on_epoch, *(getattr(c, "on_epoch", None) for c in objects)])
        steps_are_seen = progress or on_step is not None or any(hasattr(c, "on_step") for c in objects)

        with Bar(progress, "train", "image") as bar:

            def step(*state: Any) -> bool:
                now = Step(*state)
                bar.update(now.images, now.all_images, f"epoch {now.epoch + 1}, loss {now.loss:.4f}")
                return each_step(now)

            def epoch(*state: Any) -> bool:
                history.append(Epoch(*state))
                return each_epoch(history[-1])

            try:
                trainer.run(step if steps_are_seen else None, epoch, warn_of_faults)
            finally:
                if trainer.has_model:
                    self._model = trainer.model()
                    self._online = None
                self.history_ = history
                self.gradient_hash_ = trainer.gradient_hash

    def partial_fit(self, x: Any, y: Any, classes: Any = None, *, progress: bool = False) -> Self:
        """Train once on each image, in the order given, from the present weights.

        The learning rate is constant and the state of the optimizer is kept from call to call.

        Parameters
        ----------
        x : uint8 array [n, rows, columns] or [n, pixels]
        y : integer array [n]
        classes : integer array, optional
            All labels that will occur; of the first call only. Default: those of `y`.
        progress : bool
            Show a bar by tqdm.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For arrays of a wrong type or shape, and if training diverges. Then the classifier has the model of before
            the call.
        KeyboardInterrupt
            After Ctrl-C. The classifier keeps what it has learnt.
        """
        images = as_images(x)
        labels = as_labels(y, len(images))
        if self._online is None:
            known = self._model.classes if self._model is not None else np.unique(labels if classes is None else classes)
            known = as_labels(known, len(known), "classes")
            rows, columns = images.shape[1:]
            if self._model is not None:
                size = next(p.size for p in self.network.populations.values() if p.kind == "source")
                if size != rows * columns:  # train() refuses the images
                    rows, columns = 1, size
            self._online = _core.OnlineClassifier(self._texts({}), rows, columns, known.tolist(), self._model)
        try:
            with Bar(progress, "train", "image") as bar:
                self._online.train(images, labels, bar.report)
        finally:
            if self._online.has_model:
                self._model = self._online.model()
            else:
                self._online = None
        return self

    def _pixels(self, x: Any) -> npt.NDArray[np.uint8]:
        """Images as [n, pixels], as many as the network has sources."""
        sources = sum(p.size for p in self.network.populations.values() if p.kind == "source")
        pixels = as_pixels(x)
        if pixels.shape[1] != sources:
            hint = "; one image is x[None]" if np.ndim(x) == 2 and pixels.size == sources else ""
            raise ValueError(f"x: images of {pixels.shape[1]} pixels, the network has {sources} sources{hint}")
        return pixels

    def predict(self, x: Any, *, scheduler: str = "auto", threads: int | None = None, progress: bool = False) -> Any:
        """The label that each image is given.

        Parameters
        ----------
        x : uint8 array [n, rows, columns] or [n, pixels]
        scheduler : {"auto", "heap", "sweep", "naive"}
            Affects only the run time.
        threads : int, optional
            Affects only the run time.
        progress : bool
            Show a bar by tqdm.

        Returns
        -------
        labels : uint8 array [n]
            Of the first output to fire; ties go to the larger membrane potential.
        """
        with Bar(progress, "predict", "image") as bar:
            return self.model.predict(self._pixels(x), as_word(scheduler, "scheduler"), self._threads(threads), bar.report)

    def evaluate(
        self,
        x: Any,
        y: Any,
        *,
        scheduler: str = "auto",
        threads: int | None = None,
        early_exit: bool = False,
        progress: bool = False,
    ) -> dict[str, Any]:
        """Accuracy, decision time and spikes, with the keys of ``firstspike evaluate --json``.

        Parameters
        ----------
        x : uint8 array [n, rows, columns] or [n, pixels]
        y : integer array [n]
        scheduler : {"auto", "heap", "sweep", "naive"}
            Affects only the run time.
        threads : int, optional
            Affects only the run time.
        early_exit : bool
            Also stop each run at its first output spike, and compare: the key ``early_exit``.
        progress : bool
            Show a bar by tqdm.

        Returns
        -------
        result : dict
            ``accuracy`` (ties broken), ``accuracy_ties_counted``, ``accuracy_silent_wrong`` are fractions;
            ``decision_time`` is in steps; ``confusion`` is [label, decided label]; ``misclassified`` has the indices.
        """
        pixels = self._pixels(x)
        labels = as_labels(y, len(pixels))
        with Bar(progress, "evaluate", "image") as bar:
            how = as_word(scheduler, "scheduler"), self._threads(threads), as_flag(early_exit, "early_exit")
            found = self.model.evaluate(pixels, labels, *how, bar.report)
        return {"data": "arrays", **found}

    def score(self, x: Any, y: Any) -> float:
        """The accuracy, with ties broken.

        Parameters
        ----------
        x : uint8 array [n, rows, columns] or [n, pixels]
        y : integer array [n]

        Returns
        -------
        accuracy : float
            A fraction.
        """
        return float(self.evaluate(x, y)["accuracy"])

    def simulate(
        self,
        x: Any,
        y: Any = None,
        *,
        scheduler: str = "auto",
        threads: int | None = None,
        potentials: bool = False,
        early_exit: bool = False,
    ) -> SpikeRecord:
        """The spikes of all neurons on images.

        Parameters
        ----------
        x : uint8 array [n, rows, columns] or [n, pixels]
        y : integer array [n], optional
            Labels, which the record then has.
        scheduler, threads, potentials, early_exit
            As in `firstspike.simulate`.

        Returns
        -------
        record : SpikeRecord
        """
        pixels = self._pixels(x)
        labels = None if y is None else as_labels(y, len(pixels))
        record = simulate(
            self.network,
            encode(pixels, self.t_in),
            scheduler=scheduler,
            threads=self._threads(threads),
            potentials=potentials,
            early_exit=early_exit,
        )
        return SpikeRecord(
            record.times, record.populations, record.t_max, record.potentials, labels, record.kinds
        )

    def save(self, path: PathLike, overwrite: bool = False) -> None:
        """Write the model to a file, a NIR graph, which `load` and the command read.

        Parameters
        ----------
        path : path
        overwrite : bool
            Replace a file that exists.

        Raises
        ------
        OSError
            If the file exists or cannot be written.
        """
        self.model.write(as_path(path), as_flag(overwrite, "overwrite"))

    @classmethod
    def load(
        cls,
        path: PathLike,
        *,
        one_spike: bool = False,
        kernel: str | None = None,
        delay: float | None = None,
        t_in: float | None = None,
        t_max: float | None = None,
        label_map: Any = None,
    ) -> Classifier:
        """Read a model from a file, or a pretrained one by its name.

        Parameters
        ----------
        path : path, or "digits-classifier"
        one_spike, kernel, delay, t_in, t_max, label_map
            What a file by another tool does not contain: that neurons fire at most once, kernel and delay [steps] of
            the synapses, length of the input code and end of a run [steps], the label of each output.

        Returns
        -------
        classifier : Classifier

        Raises
        ------
        OSError
            If the file is missing or damaged.
        ValueError
            If an answer is missing, or the outputs are no classes.
        """
        given = answers(
            one_spike=one_spike, kernel=kernel, delay=delay, t_in=t_in, t_max=t_max, label_map=label_map
        )
        model = _core.Model.read(model_file(path), given)
        if len(model.classes) == 0:
            raise ValueError(f"{path}: its outputs are no classes; label_map says which is which")
        return cls._of(model)

    def to_nir(self) -> Any:
        """The trained network as a graph of the nir package.

        Returns
        -------
        graph : nir.NIRGraph
        """
        from .nir import to_nir

        return to_nir(self)

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(two_d_array=True, three_d_array=True),
        )

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in self.__dict__.items() if k not in ("_model", "_online")}
        model = self._model
        state["model"] = None if model is None else written(model.write)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        content = state.pop("model")
        self.__dict__.update(state)
        self._online = None
        self._model = None if content is None else reading(content, lambda path: _core.Model.read(path, {}))

    def __repr__(self) -> str:
        return f"Classifier({self._given()})"

    def _repr_html_(self) -> str:
        shown = dict(self.options())
        rows = "".join(f"<tr><td>{k}</td><td>{v}</td></tr>" for k, v in shown.items())
        state = "not trained" if self._model is None else f"trained: {self.network!r}"
        return f"<details><summary>{self!r}, {state}</summary><table>{rows}</table></details>"


OPTIONS.describe(Classifier)
