"""GANs: a spiking generator and a spiking discriminator."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import as_count, as_flag, as_images, as_labels, as_time, as_word, optional
from ._files import PathLike, as_path, model_file, reading, written
from ._option_types import GanOptions
from ._options import OptionTable, value_of
from ._progress import Bar
from .classifier import Trained, joined, warn_of_faults
from .network import Network, simulate
from .record import SpikeRecord

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["GAN", "GanStep"]

OPTIONS = OptionTable(_core.gan_options(), _core.resolve_gan_options)


@dataclass(frozen=True)
class GanStep:
    """State of a run after a training step.

    Attributes
    ----------
    step, steps : int
        Training steps taken so far, and of the whole run.
    generator, discriminator : float
        Losses of this training step.
    real_correct, fake_correct : float
        Fractions of real and of generated images that the discriminator names so; ties count half.
    """

    step: int
    steps: int
    generator: float
    discriminator: float
    real_correct: float
    fake_correct: float


class GAN(Trained):
    """A spiking generator and a spiking discriminator, trained against each other.

    The generator turns noise spikes into at most one spike for each pixel. Options are keyword arguments; their names,
    defaults and messages are those of ``firstspike train gan``, with ``_`` in place of ``-``. ``None`` is the default
    value. `layers` and `d_layers` describe convolutional networks as text: of the generator from a first dense grid to
    the image, of the discriminator its hidden layers.

    Attributes
    ----------
    gradient_hash_ : str
        Hash of the gradients of the last training step of the last call of `fit`.

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
    >>> gan = fs.GAN(kernel="step", conditional=True).fit(x, y, steps=100)
    >>> gan.generate(5, labels=7).shape
    (5, 28, 28)
    >>> layers = "dense 7x7x8 / conv_transpose 1x8 stride 4 padding 2"
    >>> gan = fs.GAN(layers=layers, d_layers="conv 8x5 stride 2 padding 1 / dense 32").fit(x, steps=20)
    >>> gan.network.populations["image"].size
    784
    """

    _table = OPTIONS

    def __init__(self, **options: Unpack[GanOptions]) -> None:
        self._set_options(dict(options))
        self._generator: _core.Model | None = None
        self._discriminator: _core.Model | None = None
        self._online: _core.OnlineGan | None = None
        self.gradient_hash_: str = ""

    @classmethod
    def _of(cls, generator: _core.Model, discriminator: _core.Model | None) -> GAN:
        _core.check_generator(generator)
        made = cls()
        made._set_recorded(generator)
        made._generator, made._discriminator = generator, discriminator
        return made

    def _set_recorded(self, generator: _core.Model) -> None:
        recorded = OPTIONS.keywords_of(_core.recorded_gan_options(generator))
        self._options = {keyword: value_of(text) for keyword, text in recorded.items()}

    def set_params(self, **params: Unpack[GanOptions]) -> Self:
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
        """The trained generator of the extension module."""
        if self._generator is None:
            raise ValueError("this GAN is not trained; call fit(), or load() one")
        return self._generator

    @property
    def network(self) -> Network:
        """A copy of the generator's network."""
        return Network._of(self.model.network(), self.model.t_max)

    @property
    def discriminator(self) -> Network:
        """A copy of the discriminator's network."""
        self.model
        if self._discriminator is None:
            raise ValueError("this GAN was loaded without its discriminator")
        return Network._of(self._discriminator.network(), self._discriminator.t_max)

    @property
    def metadata(self) -> dict[str, Any]:
        """What the model file says of its training: options, version, seed."""
        return self.model.metadata

    @property
    def classes_(self) -> npt.NDArray[np.uint8]:
        """The classes that the generator can draw, uint8 array; empty if it is not conditional."""
        if self._generator is None:
            raise AttributeError("classes_: this GAN is not trained; call fit(), or load() one")
        return np.array(_core.generator_classes(self._generator), dtype=np.uint8)

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        on_step: Callable[[GanStep], Any] | None = None,
        callbacks: Iterable[Any] = (),
        progress: bool = False,
        run: PathLike | None = None,
        overwrite: bool = False,
        **options: Unpack[GanOptions],
    ) -> Self:
        """Train on images, as ``firstspike train gan`` does, with the same result bit for bit.

        Parameters
        ----------
        x : uint8 array [n, rows, columns]
            Grey levels.
        y : integer array [n], needed with ``conditional=True``
            Labels from 0 to 255.
        on_step : function of a GanStep, optional
            Called after each training step. If it returns False, training stops.
        callbacks : iterable of objects
            Their method ``on_step``, if they have it, is called too.
        progress : bool
            Show a bar by tqdm.
        run : path, optional
            Run directory for models, checkpoint, metrics and samples, as the command leaves it. Default: none.
        overwrite : bool
            Replace the files of an old run in `run`.
        **options
            Options for this call only, such as ``steps``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For arrays of a wrong type or shape, options that are not allowed, and if training diverges. Then the GAN is
            as before the call.
        OSError
            If files of the run cannot be written.
        KeyboardInterrupt
            After Ctrl-C. The GAN then has the weights of the last training step.
        """
        images = as_images(x)
        labels = None if y is None else as_labels(y, len(images))
        directory = None if run is None else (as_path(run, "run"), as_flag(overwrite, "overwrite"))
        trainer = _core.GanTrainer(self._texts(dict(options)), images, labels, directory)
        self._train(trainer, on_step, callbacks, progress)
        return self

    def _train(
        self,
        trainer: _core.GanTrainer,
        on_step: Callable[[GanStep], Any] | None,
        callbacks: Iterable[Any],
        progress: bool,
    ) -> None:
        objects = list(callbacks)
        each_step = joined([on_step, *(getattr(c, "on_step", None) for c in objects)])
        steps_are_seen = progress or on_step is not None or any(hasattr(c, "on_step") for c in objects)

        with Bar(progress, "train", "step") as bar:

            def step(*state: Any) -> bool:
                now = GanStep(*state)
                text = f"generator {now.generator:.3f}, discriminator {now.discriminator:.3f}"
                bar.update(now.step, now.steps, text)
                return each_step(now)

            try:
                trainer.run(step if steps_are_seen else None, warn_of_faults)
            finally:
                if trainer.has_model:
                    self._generator, self._discriminator = trainer.generator(), trainer.discriminator()
                    self._online = None
                self.gradient_hash_ = trainer.gradient_hash

    def partial_fit(self, x: Any, y: Any = None, classes: Any = None, *, progress: bool = False) -> Self:
        """Train once on each image, in the order given, from the present weights.

        The learning rates are constant and the state of the optimizers is kept from call to call.

        Parameters
        ----------
        x : uint8 array [n, rows, columns]
        y : integer array [n], needed with ``conditional=True``
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
            For arrays of a wrong type or shape, and if training diverges. Then the GAN has the weights of before the
            call.
        KeyboardInterrupt
            After Ctrl-C. The GAN keeps what it has learnt.
        """
        images = as_images(x)
        labels = None if y is None else as_labels(y, len(images))
        if self._online is None:
            known: Any = None
            if labels is not None:
                known = np.unique(labels if classes is None else classes)
                if self._generator is not None and len(self.classes_) > 0:
                    known = self.classes_
                known = as_labels(known, len(known), "classes").tolist()
            self._online = _core.OnlineGan(
                self._texts({}), images.shape[1], images.shape[2], known, self._generator, self._discriminator
            )
        try:
            with Bar(progress, "train", "image") as bar:
                self._online.train(images, labels, bar.report)
        finally:
            if self._online.has_model:
                self._generator, self._discriminator = self._online.generator(), self._online.discriminator()
            else:
                self._online = None
        return self

    def _asked(
        self,
        count: int,
        labels: int | None,
        seed: int,
        until: float | None,
        film: int | None,
        between: int | tuple[int, ...] | None,
        scheduler: str,
        threads: int | None,
    ) -> _core.Generation:
        frames, classes = between, None
        if isinstance(between, (tuple, list)):
            if len(between) not in (2, 3):
                raise ValueError(f"between = {between}, allowed: N, or two classes (A, B), or (A, B, N)")
            frames = between[2] if len(between) == 3 else 24
            classes = (as_count(between[0], "between", 0, 255), as_count(between[1], "between", 0, 255))
        for given, other in (("until", "film"), ("film", "between")):
            if locals()[given] is not None and locals()[other] is not None:
                raise ValueError(f"{given} and {other} exclude each other")
        return _core.Generation(
            as_count(count, "count", 1, 10_000_000),
            as_count(seed, "seed", 0, 2**64 - 1),
            None if labels is None else as_count(labels, "labels", 0, 255),
            optional(as_time, until, "until"),
            None if film is None else as_count(film, "film", 1, 1_000_000),
            None if frames is None else as_count(frames, "between", 2, 1_000_000),
            classes,
            as_word(scheduler, "scheduler"),
            self._threads(threads),
        )

    def generate(
        self,
        count: int = 100,
        labels: int | None = None,
        *,
        seed: int = 1,
        until: float | None = None,
        film: int | None = None,
        between: int | tuple[int, ...] | None = None,
        out: PathLike | None = None,
        columns: int | None = None,
        scale: int | None = None,
        overwrite: bool = False,
        scheduler: str = "auto",
        threads: int | None = None,
        progress: bool = False,
    ) -> Any:
        """Draw images, as ``firstspike generate`` does.

        Parameters
        ----------
        count : int
            Number of samples.
        labels : int, optional
            Draw this class, with a conditional generator. Default: one class after the other.
        seed : int
            Of the noise.
        until : float, optional
            Stop the generator at this time [steps]: pixels that have not fired are black.
        film : int, optional
            Each sample as so many images, at even times of its window.
        between : int or (A, B) or (A, B, N), optional
            N images from each sample's noise to that of the next, or from class A to class B.
        out : path, optional
            Write a picture (.png), a film (.gif), images (.idx) or all spikes (.h5) instead.
        columns, scale : int, optional
            Of a picture: samples in a row, and the side of a pixel.
        overwrite : bool
            Replace the file `out`.
        scheduler : {"auto", "heap", "sweep", "naive"}
            Affects only the run time.
        threads : int, optional
            Affects only the run time.
        progress : bool
            Show a bar by tqdm.

        Returns
        -------
        images : uint8 array [n, rows, columns]
            n = count, times `film` or `between`. None with `out`.

        Raises
        ------
        ValueError
            If the generator is not conditional, does not know the class, or options exclude each other.
        OSError
            If `out` exists or cannot be written.
        """
        asked = self._asked(count, labels, seed, until, film, between, scheduler, threads)
        with Bar(progress, "generate", "image") as bar:
            if out is None:
                if columns is not None or scale is not None or overwrite:
                    raise ValueError("columns, scale and overwrite need out, the file to write")
                return _core.generate(self.model, asked, bar.report)[0]
            _core.generate_file(
                self.model,
                asked,
                as_path(out, "out"),
                None if columns is None else as_count(columns, "columns", 1, 1_000_000),
                None if scale is None else as_count(scale, "scale", 1, 1_000_000),
                as_flag(overwrite, "overwrite"),
                bar.report,
            )
            return None

    def simulate(
        self,
        count: int = 1,
        labels: int | None = None,
        *,
        seed: int = 1,
        scheduler: str = "auto",
        threads: int | None = None,
        potentials: bool = False,
    ) -> SpikeRecord:
        """The spikes of all neurons of the generator, for the samples that `generate` draws.

        Parameters
        ----------
        count, labels, seed
            As in `generate`.
        scheduler, threads, potentials
            As in `firstspike.simulate`.

        Returns
        -------
        record : SpikeRecord
        """
        asked = self._asked(count, labels, seed, None, None, None, scheduler, threads)
        sources = _core.generator_sources(self.model, asked)
        return simulate(
            self.network, sources, scheduler=scheduler, threads=self._threads(threads), potentials=potentials
        )

    def save(self, path: PathLike, overwrite: bool = False) -> None:
        """Write the generator to a file, and the discriminator to ``discriminator.h5`` beside it.

        Parameters
        ----------
        path : path
        overwrite : bool
            Replace files that exist.

        Raises
        ------
        OSError
            If a file exists or cannot be written.
        """
        file = as_path(path)
        beside = os.path.join(os.path.dirname(file), "discriminator.h5")
        self.model.write(file, as_flag(overwrite, "overwrite"))
        if self._discriminator is not None:
            self._discriminator.write(beside, overwrite)

    @classmethod
    def load(cls, path: PathLike) -> GAN:
        """Read a generator, and the discriminator beside it if there is one.

        Parameters
        ----------
        path : path, or "digits-generator"

        Returns
        -------
        gan : GAN

        Raises
        ------
        OSError
            If the file is missing, damaged, or no generator.
        """
        file = model_file(path)
        generator = _core.Model.read(file, {})
        beside = os.path.join(os.path.dirname(file), "discriminator.h5")
        try:
            return cls._of(generator, _core.Model.read(beside, {}) if os.path.exists(beside) else None)
        except RuntimeError as error:
            raise OSError(f"{file}: {error}") from None

    def to_nir(self) -> Any:
        """The generator as a graph of the nir package.

        Returns
        -------
        graph : nir.NIRGraph
        """
        from .nir import to_nir

        return to_nir(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in self.__dict__.items() if k not in ("_generator", "_discriminator", "_online")}
        for name, model in (("generator", self._generator), ("discriminator", self._discriminator)):
            state[name] = None if model is None else written(model.write)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        contents = [state.pop(name) for name in ("generator", "discriminator")]
        self.__dict__.update(state)
        self._online = None
        self._generator, self._discriminator = (
            None if c is None else reading(c, lambda path: _core.Model.read(path, {})) for c in contents
        )

    def __repr__(self) -> str:
        return f"GAN({self._given()})"

    def _repr_html_(self) -> str:
        if self._generator is None:
            return f"<p>{self!r}, not trained</p>"
        with TemporaryDirectory(prefix="firstspike-") as folder:
            picture = os.path.join(folder, "samples.png")
            self.generate(20, out=picture, scale=2)
            content = base64.b64encode(Path(picture).read_bytes()).decode()
        return f'<p>{self!r}</p><img alt="20 samples" src="data:image/png;base64,{content}">'


OPTIONS.describe(GAN)
