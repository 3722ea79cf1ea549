"""Spike traces: SONATA files, their export, and reports of training runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import as_count, as_flag, as_labels, as_real, as_threads, as_time, as_word, as_words, optional
from ._files import PathLike, as_path
from ._progress import Bar
from .classifier import Classifier
from .gan import GAN
from .network import Network
from .record import SpikeRecord

if TYPE_CHECKING:
    import pandas

__all__ = [
    "Replay",
    "Spikes",
    "Trace",
    "describe_trace",
    "diff_traces",
    "export",
    "read_trace",
    "replay",
    "report",
    "validate_trace",
    "write_trace",
]


def _as_size(value: Any, name: str) -> int:
    return as_count(value, name, 0, 2**64 - 1)


def _as_range(samples: Any, name: str) -> tuple[int, int]:
    if not isinstance(samples, (tuple, list)) or len(samples) != 2:
        raise ValueError(f"{name} = {samples!r}, allowed: (first, end)")
    return _as_size(samples[0], name), _as_size(samples[1], name)


def _as_model(model: Any, name: str) -> _core.Model:
    if not isinstance(model, (Classifier, GAN)):
        raise ValueError(f"{name}: {type(model).__name__}, allowed: a Classifier or GAN")
    return model.model


def _as_metadata(metadata: Any) -> dict[str, int | float | str]:
    if metadata is not None and not isinstance(metadata, Mapping):
        raise ValueError(f"metadata: {type(metadata).__name__}, allowed: a mapping")
    found = {as_word(name, "metadata"): value for name, value in (metadata or {}).items()}
    for name, value in found.items():
        if not isinstance(value, (str, int, float, np.integer, np.floating, np.bool_)):
            raise ValueError(f"metadata: {name} = {value!r}, allowed: a number or a str")
    return found


@dataclass(frozen=True, eq=False)
class Spikes:
    """The spikes of one population of a trace, as a table of events.

    Attributes
    ----------
    name : str
    size : int
        Number of neurons.
    t_start, t_stop : float
        Each sample lasts over [t_start, t_stop) [steps].
    timestamps : float64 array [event]
        [steps] from the start of the sample.
    node_ids : uint64 array [event]
    sample_ids : uint32 array [event]
    sample_offsets : uint64 array [samples + 1]
        Sample s has the events [sample_offsets[s], sample_offsets[s + 1]).
    left_out : int
        Later spikes of neurons that fire more than once in a sample.
    """

    name: str
    size: int
    t_start: float
    t_stop: float
    timestamps: npt.NDArray[np.float64]
    node_ids: npt.NDArray[np.uint64]
    sample_ids: npt.NDArray[np.uint32]
    sample_offsets: npt.NDArray[np.uint64]
    left_out: int

    def times(self) -> npt.NDArray[np.float64]:
        """Firing times as a dense array.

        Returns
        -------
        times : float64 array [sample, neuron]
            [steps]; infinity is silence.
        """
        return _core.dense_times(
            self.name, self.size, self.timestamps, self.node_ids, self.sample_ids, self.sample_offsets
        )

    def __len__(self) -> int:
        """Number of samples."""
        return max(0, len(self.sample_offsets) - 1)

    def __repr__(self) -> str:
        return f"Spikes({self.name!r}, {self.size} neurons, {len(self)} samples, {len(self.timestamps)} spikes)"


@dataclass(frozen=True, eq=False)
class Trace:
    """A spike trace in memory.

    Attributes
    ----------
    populations : dict of str to Spikes
    metadata : dict of str to int, float or str
    labels : uint8 array [sample], or None
    models : tuple of str
        Names of the models in the file.
    path : str
    """

    populations: dict[str, Spikes]
    metadata: dict[str, Any]
    labels: npt.NDArray[np.uint8] | None
    models: tuple[str, ...]
    path: str

    def __getitem__(self, population: str) -> Spikes:
        """The spikes of a population."""
        if population not in self.populations:
            raise ValueError(f"no population '{population}', allowed: {', '.join(self.populations)}")
        return self.populations[population]

    def record(self, network: Network | None = None) -> SpikeRecord:
        """The trace as a record.

        Parameters
        ----------
        network : Network, optional
            Gives the order of the populations. Default: all, by name.

        Returns
        -------
        record : SpikeRecord

        Raises
        ------
        ValueError
            If a population is missing or has another number of samples.
        """
        names = list(self.populations if network is None else network.populations)
        parts = [self[name] for name in names]
        samples = {len(p) for p in parts}
        if len(samples) > 1:
            raise ValueError(f"populations of {sorted(samples)} samples, needed: the same number in all")
        columns, first = {}, 0
        for p in parts:
            columns[p.name] = slice(first, first + p.size)
            first += p.size
        kinds = {} if network is None else {p.name: p.kind for p in network.populations.values()}
        return SpikeRecord(
            np.concatenate([p.times() for p in parts], axis=1),
            columns,
            max(p.t_stop for p in parts),
            None,
            self.labels,
            kinds,
        )

    def to_dataframe(self) -> pandas.DataFrame:
        """All spikes as a pandas DataFrame.

        Returns
        -------
        spikes : DataFrame
            Columns sample, population (categorical), neuron, time [steps]; label, if labels are known.
        """
        import pandas

        parts = [
            pandas.DataFrame(
                {"sample": p.sample_ids, "population": p.name, "neuron": p.node_ids, "time": p.timestamps}
            )
            for p in self.populations.values()
        ]
        spikes = pandas.concat(parts, ignore_index=True)
        spikes["population"] = pandas.Categorical(spikes["population"], categories=list(self.populations))
        if self.labels is not None:
            spikes["label"] = self.labels[spikes["sample"].to_numpy()]
        return spikes

    def model(self, name: str | None = None) -> Classifier | GAN | Network:
        """A model that the file contains.

        Parameters
        ----------
        name : str, optional
            Default: the only one.

        Returns
        -------
        model : Classifier, GAN or Network
        """
        from .models import as_trained

        if name is None and len(self.models) == 1:
            name = self.models[0]
        if name not in self.models:
            raise ValueError(f"no model '{name}' in the trace, allowed: {', '.join(self.models) or 'none'}")
        return as_trained(_core.read_model_in_trace(self.path, str(name)))

    def __repr__(self) -> str:
        return f"Trace({', '.join(repr(p) for p in self.populations.values())})"


@dataclass(frozen=True)
class Replay:
    """The gradient of a recorded training step, computed again from the trace only.

    Attributes
    ----------
    recorded, recomputed : str
        Hashes of the training run's gradient, and of the one computed again.
    step : int
        Counted from 1.
    trained_by : str
        "train gan" or "train classifier".
    """

    recorded: str
    recomputed: str
    step: int
    trained_by: str


def read_trace(path: PathLike, first_spikes: bool = False) -> Trace:
    """Read a firstspike trace, or any SONATA spike file.

    Parameters
    ----------
    path : path
    first_spikes : bool
        Keep the first spike of a neuron that fires more than once in a sample; else such a file is refused.

    Returns
    -------
    trace : Trace

    Raises
    ------
    OSError
        If the file is missing, damaged or inconsistent.
    """
    file = as_path(path)
    populations, metadata, labels, models = _core.read_trace(file, as_flag(first_spikes, "first_spikes"))
    return Trace({p[0]: Spikes(*p) for p in populations}, metadata, labels, tuple(models), file)


def describe_trace(path: PathLike, first_spikes: bool = False) -> dict[str, Any]:
    """Say what is in a spike trace, as ``firstspike trace info`` does.

    Parameters
    ----------
    path : path
    first_spikes : bool
        As in `read_trace`.

    Returns
    -------
    description : dict
        The keys of one file of ``firstspike trace info --json``: ``file``, ``populations`` (each with name, neurons,
        samples, spikes, t_start and t_stop [steps], left_out, sorting), ``facts`` (the metadata), ``models``, ``labels``.

    Raises
    ------
    OSError
        If the file is missing, damaged or inconsistent.
    """
    return _core.describe_trace(as_path(path), as_flag(first_spikes, "first_spikes"))


def validate_trace(path: PathLike) -> None:
    """Read a spike trace whole, with the models inside, as ``firstspike trace validate`` does.

    Parameters
    ----------
    path : path

    Raises
    ------
    OSError
        If the file is not valid: missing, damaged or inconsistent, with file, data set and value.
    """
    _core.check_trace(as_path(path))


def diff_traces(
    a: PathLike, b: PathLike, *, tolerance: float = 0.0, list: int = 10, first_spikes: bool = False
) -> dict[str, Any]:
    """Find the spikes that differ between two traces, as ``firstspike trace diff`` does.

    Parameters
    ----------
    a, b : path
    tolerance : float
        Times that differ by so much [steps] or less are equal.
    list : int
        Up to so many spikes of each population that differ are listed.
    first_spikes : bool
        As in `read_trace`.

    Returns
    -------
    difference : dict
        The keys of ``firstspike trace diff --json``: ``same``, ``populations`` (each with name, in, the numbers equal,
        moved, vanished and appeared, largest [steps], and first, a list of sample, neuron, a, b), ``tolerance``,
        ``left_out``, ``a``, ``b``. A time is None where that trace has no such spike.

    Raises
    ------
    ValueError
        For a tolerance that is negative or not finite.
    OSError
        If a file is missing, damaged or inconsistent.
    """
    return _core.compare_traces(
        as_path(a, "a"),
        as_path(b, "b"),
        as_real(tolerance, "tolerance"),
        _as_size(list, "list"),
        as_flag(first_spikes, "first_spikes"),
    )


def write_trace(
    path: PathLike,
    record: SpikeRecord,
    labels: Any = None,
    model: Classifier | GAN | None = None,
    metadata: Mapping[str, int | float | str] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a record as a spike trace, a valid SONATA file.

    Parameters
    ----------
    path : path
    record : SpikeRecord
    labels : integer array [sample], optional
        Default: those of the record.
    model : Classifier or GAN, optional
        That made the record; written into the trace too.
    metadata : mapping of str to int, float or str, optional
    overwrite : bool
        Replace a file that exists.

    Raises
    ------
    ValueError
        For labels of a wrong shape, and times outside of [0, t_max).
    OSError
        If the file exists or cannot be written.
    """
    if not isinstance(record, SpikeRecord):
        raise ValueError(f"record: {type(record).__name__}, allowed: a SpikeRecord")
    classes = record.labels if labels is None else as_labels(labels, len(record), "labels")
    _core.write_trace(
        as_path(path),
        [(name, columns.stop - columns.start) for name, columns in record.populations.items()],
        np.ascontiguousarray(record.times),
        record.t_max,
        None if classes is None else np.ascontiguousarray(classes),
        optional(_as_model, model, "model"),
        _as_metadata(metadata),
        as_flag(overwrite, "overwrite"),
    )


def export(
    trace: PathLike,
    out: PathLike | None = None,
    format: str | None = None,
    *,
    layers: Iterable[str] | None = None,
    samples: tuple[int, int] | None = None,
    from_: float | None = None,
    until: float | None = None,
    layer: str | None = None,
    labels: PathLike | None = None,
    most_spikes: int | None = None,
    most_flows: int | None = None,
    dt: float | None = None,
    model: Classifier | GAN | None = None,
    lossy: bool = False,
    overwrite: bool = False,
    progress: bool = False,
) -> dict[str, Any]:
    """Write a trace in another format, as ``firstspike trace export`` does.

    Parameters
    ----------
    trace : path
    out : path, optional
        Default: the text is returned under the key ``text``, for formats that are text.
    format : {"csv", "sonata", "nir", "shd", "chrome", "membrane"}, optional
        Default: by the ending of `out`.
    layers : iterable of str, optional
        Only these populations.
    samples : (first, end), optional
        Only these samples.
    from_ : float, optional
        Only spikes at this time [steps] or later.
    until : float, optional
        Only spikes before this time [steps].
    layer : str, optional
        shd: the one layer.
    labels : path, optional
        shd: idx file of the labels.
    most_spikes, most_flows : int, optional
        chrome: upper bounds.
    dt : float, optional
        membrane: from frame to frame [steps].
    model : Classifier or GAN, optional
        chrome, membrane: that made the trace, if it is not in the file.
    lossy : bool
        chrome: leave out what exceeds the default bounds.
    overwrite : bool
        Replace a file that exists.
    progress : bool
        Show a bar by tqdm.

    Returns
    -------
    result : dict
        What was written: format, spikes, flows, frames, layer, labels, text.

    Raises
    ------
    ValueError
        For an unknown format, and options that have no effect on the format.
    OSError
        If a file is missing, damaged, exists or cannot be written.
    """
    with Bar(progress, "export", "step") as bar:
        return _core.export_trace(
            as_path(trace, "trace"),
            optional(as_path, out, "out"),
            optional(as_word, format, "format"),
            optional(as_words, layers, "layers"),
            optional(_as_range, samples, "samples"),
            optional(as_time, from_, "from_"),
            optional(as_time, until, "until"),
            optional(as_word, layer, "layer"),
            optional(as_path, labels, "labels"),
            optional(_as_size, most_spikes, "most_spikes"),
            optional(_as_size, most_flows, "most_flows"),
            optional(as_real, dt, "dt"),
            optional(_as_model, model, "model"),
            as_flag(overwrite, "overwrite"),
            as_flag(lossy, "lossy"),
            bar.report,
        )


def report(
    run: PathLike,
    out: PathLike | None = None,
    *,
    trace: PathLike | None = None,
    images: PathLike | None = None,
    labels: PathLike | None = None,
    data: PathLike | None = None,
    set: str | None = None,
    count: int | None = None,
    shown: int = 10,
    neurons: Iterable[str] = (),
    threads: int | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> str:
    """Make the HTML page of a training run, as ``firstspike report`` does.

    Parameters
    ----------
    run : path
        Run directory.
    out : path, optional
        File of the page. Default: the page is only returned.
    trace : path, optional
        Also show the spikes of this trace.
    images, labels : path, optional
        idx files for a classifier. Default: those of the training run.
    data : path, optional
        The only directory in which MNIST is searched.
    set : {"test", "train"}, optional
    count : int, optional
        Number of images or samples to run.
    shown : int
        Number of samples that the page can show.
    neurons : iterable of str
        Additional neurons with voltage traces, as "hidden:3".
    threads : int, optional
        Affects only the run time.
    overwrite : bool
        Replace a file that exists.
    progress : bool
        Show a bar by tqdm.

    Returns
    -------
    page : str
        Self-contained HTML.

    Raises
    ------
    ValueError
        For options that do not fit the run or each other.
    OSError
        If a file is missing, damaged, exists or cannot be written.
    """

    with Bar(progress, "report", "sample") as bar:
        page, _ = _core.report(
            as_path(run, "run"),
            optional(as_path, out, "out"),
            optional(as_path, trace, "trace"),
            optional(as_path, images, "images"),
            optional(as_path, labels, "labels"),
            optional(as_path, data, "data"),
            optional(as_word, set, "set"),
            optional(_as_size, count, "count"),
            _as_size(shown, "shown"),
            as_words(neurons, "neurons"),
            as_threads(threads),
            as_flag(overwrite, "overwrite"),
            bar.report,
        )
    return page


def replay(trace: PathLike, threads: int | None = None) -> Replay:
    """Compute the gradient of a recorded training step again, from the trace only.

    Parameters
    ----------
    trace : path
        Of ``fit(..., record=...)`` or ``firstspike train --record``.
    threads : int, optional
        Affects only the run time.

    Returns
    -------
    result : Replay
        The hashes are equal if the trace is whole.

    Raises
    ------
    OSError
        If the file is missing, damaged, or has no recorded training step.
    """
    return Replay(*_core.replay(as_path(trace, "trace"), as_threads(threads)))
