"""Networks of populations and projections, and their simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import (
    as_count,
    as_flag,
    as_indices,
    as_numbers,
    as_real,
    as_threads,
    as_times,
    as_weights,
    as_word,
)
from ._files import PathLike, as_path, reading, written
from ._options import answers
from .record import SpikeRecord

__all__ = ["Network", "Population", "Projection", "read_network", "simulate"]

Never = float("inf")


@dataclass(frozen=True, eq=False)
class Population:
    """A population of a network.

    Attributes
    ----------
    name : str
    kind : {"source", "bias", "neurons"}
    size : int
    v_th : float64 array [size]
        Thresholds; empty for sources and bias neurons.
    t_fire : float
        Firing time of bias neurons, or start of the fire phase of neurons [steps]; infinity without one.
    threshold_slope : float
        By which the threshold falls in the fire phase [1 / step].
    t_close : float
        Neurons do not fire at this time or later [steps].
    """

    name: str
    kind: str
    size: int
    v_th: npt.NDArray[np.float64]
    t_fire: float
    threshold_slope: float
    t_close: float


@dataclass(frozen=True, eq=False)
class Projection:
    """All synapses from one population to another, of one call of `Network.connect`.

    Attributes
    ----------
    pre, post : str
        Names of the populations.
    kernel : {"step", "ramp"}
    sparse : bool
    delay : float
        Of all synapses of a dense projection [steps].
    synapses : int
    """

    pre: str
    post: str
    kernel: str
    sparse: bool
    delay: float
    synapses: int


class Network:
    """A network of integrate-and-fire neurons that fire at most once.

    Parameters
    ----------
    precision : {"f64", "f32"}
        Of weights and sums. Times are always float64.

    Examples
    --------
    >>> import firstspike as fs
    >>> net = fs.Network()
    >>> a = net.add_source("in", 2)
    >>> b = net.add_neurons("out", 1, v_th=1.5)
    >>> net.connect(a, b, weights=[[0.5], [0.25]], kernel="ramp")
    >>> fs.simulate(net, [[0, 2]], t_max=100)["out"]
    array([[2.66666667]])
    """

    def __init__(self, precision: str = "f64") -> None:
        self._core = _core.Network(as_word(precision, "precision"))
        self.t_max: float | None = None
        """End of the window of a run [steps], where the file of the network says so; else None."""

    @classmethod
    def _of(cls, core: _core.Network, t_max: float | None = None) -> Network:
        net = cls.__new__(cls)
        net._core = core
        net.t_max = t_max
        return net

    def _add(
        self, name: str, kind: str, size: int, v_th: Any, t_fire: float, threshold_slope: float, t_close: float
    ) -> Population:
        thresholds = as_numbers(v_th, "v_th")
        count = as_count(size, "size", 1, 2**32 - 1)
        if kind == "neurons" and thresholds.ndim == 0:
            thresholds = np.full(count, thresholds)
        if thresholds.ndim != 1:
            raise ValueError(f"v_th: shape {thresholds.shape}, allowed: a number, or [{count}]")
        self._core.add_population(
            as_word(name, "name"),
            kind,
            count,
            thresholds,
            as_real(t_fire, "t_fire"),
            as_real(threshold_slope, "threshold_slope"),
            as_real(t_close, "t_close"),
        )
        return self.populations[str(name)]

    def add_source(self, name: str, size: int) -> Population:
        """Add a population of sources, whose firing times are given with each sample.

        Parameters
        ----------
        name : str
            Not empty, unique in the network.
        size : int

        Returns
        -------
        population : Population
        """
        return self._add(name, "source", size, [], Never, 0.0, Never)

    def add_neurons(
        self,
        name: str,
        size: int,
        v_th: Any = 1.0,
        t_fire: float = Never,
        threshold_slope: float = 0.0,
        t_close: float = Never,
    ) -> Population:
        """Add a population of integrate-and-fire neurons.

        Parameters
        ----------
        name : str
            Not empty, unique in the network.
        size : int
        v_th : float or array [size]
            Thresholds, above 0.
        t_fire : float
            Start of the fire phase [steps]: until then the neurons integrate and are not tested. Default: none.
        threshold_slope : float
            In the fire phase the threshold is v_th - threshold_slope (t - t_fire) [1 / step].
        t_close : float
            Neurons do not fire at this time or later [steps].

        Returns
        -------
        population : Population

        Raises
        ------
        ValueError
            If a value is out of range or the name is used twice.
        """
        return self._add(name, "neurons", size, v_th, t_fire, threshold_slope, t_close)

    def add_bias(self, name: str, size: int = 1, t_fire: float = 0.0) -> Population:
        """Add bias neurons, which fire at `t_fire` in every sample.

        Parameters
        ----------
        name : str
            Not empty, unique in the network.
        size : int
        t_fire : float
            [steps]

        Returns
        -------
        population : Population
        """
        return self._add(name, "bias", size, [], t_fire, 0.0, Never)

    def _index(self, which: Population | str) -> int:
        name = which.name if isinstance(which, Population) else which
        names = list(self.populations)
        if name not in names:
            raise ValueError(f"no population '{name}', allowed: {', '.join(names)}")
        return names.index(name)

    def connect(
        self,
        pre: Population | str,
        post: Population | str,
        weights: Any,
        delay: Any = 0.0,
        kernel: str = "step",
        indices: tuple[Any, Any] | None = None,
    ) -> None:
        """Connect two populations by dense or sparse synapses.

        Parameters
        ----------
        pre, post : Population or str
        weights : array [pre, post], scipy.sparse matrix [pre, post], or array [synapse]
            float32 or float64. A matrix of scipy.sparse, or `indices`, makes the projection sparse.
        delay : float or array [synapse]
            [steps], 0 or at least 2^-20; an array for sparse projections only.
        kernel : {"step", "ramp"}
            A spike adds its weight to the membrane potential (step), or a constant current (ramp).
        indices : (array [synapse], array [synapse]), optional
            Presynaptic and postsynaptic neuron of each synapse.

        Raises
        ------
        ValueError
            If shapes do not fit. What concerns the network as a whole (weights that are not finite, cycles of zero
            delay, mixed kernels) is raised by the first call that needs the network.
        """
        source, target = self._index(pre), self._index(post)
        sizes = tuple(p.size for p in self.populations.values())
        shape = (sizes[source], sizes[target])
        if indices is None and hasattr(weights, "tocoo"):
            matrix = weights.tocoo()
            if matrix.shape != shape:
                raise ValueError(f"weights: shape {matrix.shape}, needed: {shape}, [pre, post]")
            rows, columns = matrix.coords if hasattr(matrix, "coords") else (matrix.row, matrix.col)
            indices, weights = (rows, columns), matrix.data
        if indices is None:
            values = as_weights(weights)
            if values.shape != shape:
                raise ValueError(f"weights: shape {values.shape}, needed: {shape}, [pre, post]")
            self._core.connect_dense(source, target, values, as_real(delay, "delay"), as_word(kernel, "kernel"))
            return
        rows, columns = (as_indices(i, "indices") for i in indices)
        values = as_numbers(weights, "weights")
        delays = np.ascontiguousarray(np.broadcast_to(as_numbers(delay, "delay"), rows.shape))
        if values.shape != rows.shape or columns.shape != rows.shape:
            raise ValueError(f"weights: shape {values.shape}, indices: {rows.shape} and {columns.shape}; needed: equal")
        self._core.connect_sparse(source, target, rows, columns, values, delays, as_word(kernel, "kernel"))

    @property
    def populations(self) -> dict[str, Population]:
        """The populations by name, in the order of their neurons."""
        return {p[0]: Population(*p) for p in self._core.populations()}

    @property
    def projections(self) -> list[Projection]:
        """The projections in the order in which they were connected."""
        names = list(self.populations)
        return [Projection(names[p[0]], names[p[1]], *p[2:]) for p in self._core.projections()]

    @property
    def precision(self) -> str:
        """Precision of weights and sums, "f32" or "f64"."""
        return self._core.precision

    def _projection(self, pre: Population | str, post: Population | str) -> int:
        pair = (self._index(pre), self._index(post))
        found = [i for i, p in enumerate(self._core.projections()) if (p[0], p[1]) == pair]
        if not found:
            names = list(self.populations)
            raise ValueError(f"no projection from '{names[pair[0]]}' to '{names[pair[1]]}'")
        return found[0]

    def weights(self, pre: Population | str, post: Population | str) -> npt.NDArray[Any]:
        """The weights of a dense projection.

        Parameters
        ----------
        pre, post : Population or str

        Returns
        -------
        weights : array [pre, post], float32 or float64 as the precision
            A read-only view of the network's memory; `set_weights` changes them.
        """
        return self._core.weights(self._projection(pre, post))

    def set_weights(self, pre: Population | str, post: Population | str, weights: Any) -> None:
        """Replace the weights of a dense projection.

        Parameters
        ----------
        pre, post : Population or str
        weights : array [pre, post]
            Finite. Views that `weights` returned before keep the old values.
        """
        values = as_numbers(weights, "weights")
        index = self._projection(pre, post)
        shape = self._core.weights(index).shape
        if values.shape != shape:
            raise ValueError(f"weights: shape {values.shape}, needed: {shape}, [pre, post]")
        self._core.set_weights(index, values)

    def synapses(
        self, pre: Population | str, post: Population | str
    ) -> tuple[
        npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.float64], npt.NDArray[np.float64]
    ]:
        """The synapses of a sparse projection, sorted by presynaptic neuron and delay.

        Parameters
        ----------
        pre, post : Population or str

        Returns
        -------
        pre, post, weight, delay : arrays [synapse]
            The delay in [steps].
        """
        return self._core.synapses(self._projection(pre, post))

    def save(self, path: PathLike, overwrite: bool = False) -> None:
        """Write the network to a SONATA file, which `read_network` reads.

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
        self._core.save(as_path(path), as_flag(overwrite, "overwrite"))

    def to_nir(self, t_max: float | None = None) -> Any:
        """The network as a graph of the nir package: a chain of dense layers only.

        Parameters
        ----------
        t_max : float, optional
            End of the window [steps]; default: `t_max` of the network.

        Returns
        -------
        graph : nir.NIRGraph
        """
        from .nir import to_nir

        return to_nir(self, t_max=t_max)

    def __getstate__(self) -> dict[str, Any]:
        content = written(lambda path: self._core.save(path, False))
        return {"network": content, "precision": self.precision, "t_max": self.t_max}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._core = reading(state["network"], lambda path: _core.Network.read(path, {}, state["precision"]))
        self.t_max = state["t_max"]

    def __repr__(self) -> str:
        layers = ", ".join(f"{p.name} {p.size}" for p in self.populations.values())
        return f"Network({layers}; {self.precision})"


def record_of(
    net: Network, times: Any, potentials: Any, t_max: float, labels: npt.NDArray[np.uint8] | None = None
) -> SpikeRecord:
    """A record with the columns of the network's populations."""
    columns, first = {}, 0
    populations = net.populations
    for p in populations.values():
        columns[p.name] = slice(first, first + p.size)
        first += p.size
    return SpikeRecord(times, columns, t_max, potentials, labels, {p.name: p.kind for p in populations.values()})


def simulate(
    network: Network,
    times: Any,
    t_max: float | None = None,
    scheduler: str = "auto",
    threads: int | None = None,
    potentials: bool = False,
    early_exit: bool = False,
) -> SpikeRecord:
    """Run a network on samples.

    Parameters
    ----------
    network : Network
    times : array [sample, source]
        Firing times of the sources in the order of their populations [steps]; infinity is silence. A C-contiguous
        float64 array is not copied.
    t_max : float
        The runs cover [0, t_max) [steps]. Default: `network.t_max`, if the network has one.
    scheduler : {"auto", "heap", "sweep", "naive"}
        Affects only the run time.
    threads : int, optional
        Affects only the run time. Default: one for each processor.
    potentials : bool
        Also record membrane potentials.
    early_exit : bool
        End each run after the instant of the last population's first spike.

    Returns
    -------
    record : SpikeRecord

    Raises
    ------
    ValueError
        For wrong shapes, NaN and values out of range, and for a network that is not valid.
    """
    if not isinstance(network, Network):
        raise ValueError(f"network: {type(network).__name__}, allowed: a Network")
    end = network.t_max if t_max is None else as_real(t_max, "t_max")
    if end is None:
        raise ValueError("t_max is needed: the end of the run [steps]")
    sources = sum(p.size for p in network.populations.values() if p.kind == "source")
    given = as_times(times, sources)
    flags = as_flag(potentials, "potentials"), as_flag(early_exit, "early_exit")
    spikes, v_m = network._core.simulate(given, end, as_word(scheduler, "scheduler"), as_threads(threads), *flags)
    return record_of(network, spikes, v_m, end)


def read_network(
    path: PathLike,
    *,
    one_spike: bool = False,
    kernel: str | None = None,
    delay: float | None = None,
    v_th: float | None = None,
    precision: str = "f64",
) -> Network:
    """Read a network from a SONATA file, or a circuit_config.json.

    Parameters
    ----------
    path : path
    one_spike : bool
        Neurons fire at most once; needed if the file does not say so.
    kernel : {"step", "ramp"}, optional
    delay, v_th : float, optional
        What the file does not contain: delay [steps] and threshold.
    precision : {"f64", "f32"}

    Returns
    -------
    network : Network

    Raises
    ------
    ValueError
        If an answer is missing or has no effect.
    OSError
        If the file is missing, damaged, or has parts that are not supported.
    """
    given = answers(one_spike=one_spike, kernel=kernel, delay=delay, v_th=v_th)
    return Network._of(_core.Network.read(as_path(path), given, as_word(precision, "precision")))
