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

__all__ = ["Convolution", "Network", "Population", "Projection", "read_network", "simulate"]

Never = float("inf")


def _to_core(transposed: bool) -> tuple[int, int, int, int]:
    """The axes of torch's weights in the order of the engine, [pre channel, row, column, post channel]."""
    return (0, 2, 3, 1) if transposed else (1, 2, 3, 0)



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
    shape : (int, int, int) or None
        Rows, columns and channels of neurons in a grid; neuron (r, c, k) has the index (r * columns + c) * channels + k.
    """

    name: str
    kind: str
    size: int
    v_th: npt.NDArray[np.float64]
    t_fire: float
    threshold_slope: float
    t_close: float
    shape: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Convolution:
    """The kernel of a projection with shared weights (`Network.connect_convolution`).

    Attributes
    ----------
    kernel_rows, kernel_columns, stride, padding : int
    transposed : bool
    pool : int
        Windows of pool x pool neurons are averaged before the convolution; 1: none.
    """

    kernel_rows: int
    kernel_columns: int
    stride: int = 1
    padding: int = 0
    transposed: bool = False
    pool: int = 1


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
        Of all synapses of a projection that is not sparse [steps].
    synapses : int
        Of a sparse projection or a convolution, else 0.
    convolution : Convolution or None
        Of a projection with shared weights.
    """

    pre: str
    post: str
    kernel: str
    sparse: bool
    delay: float
    synapses: int
    convolution: Convolution | None = None


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
        self, name: str, kind: str, size: Any, v_th: Any, t_fire: float, threshold_slope: float, t_close: float
    ) -> Population:
        thresholds = as_numbers(v_th, "v_th")
        shape = (0, 0, 0)
        if isinstance(size, (tuple, list)):
            if len(size) != 3:
                raise ValueError(f"size: {size}, allowed: a number, or (rows, columns, channels)")
            rows, columns, channels = (as_count(length, "size", 1, 2**32 - 1) for length in size)
            shape = (rows, columns, channels)
            size = rows * columns * channels
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
            shape,
        )
        return self.populations[str(name)]

    def add_source(self, name: str, size: int | tuple[int, int, int]) -> Population:
        """Add a population of sources, whose firing times are given with each sample.

        Parameters
        ----------
        name : str
            Not empty, unique in the network.
        size : int or (int, int, int)
            The number of neurons, or rows, columns and channels of a grid, for convolutions.

        Returns
        -------
        population : Population
        """
        return self._add(name, "source", size, [], Never, 0.0, Never)

    def add_neurons(
        self,
        name: str,
        size: int | tuple[int, int, int],
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
        size : int or (int, int, int)
            The number of neurons, or rows, columns and channels of a grid, for convolutions.
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

    def add_bias(self, name: str, size: int | tuple[int, int, int] = 1, t_fire: float = 0.0) -> Population:
        """Add bias neurons, which fire at `t_fire` in every sample.

        Parameters
        ----------
        name : str
            Not empty, unique in the network.
        size : int or (int, int, int)
            The number of neurons, or rows, columns and channels of a grid, for convolutions.
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

    def connect_convolution(
        self,
        pre: Population | str,
        post: Population | str,
        weights: Any,
        stride: int = 1,
        padding: int = 0,
        transposed: bool = False,
        pool: int = 1,
        delay: float = 0.0,
        kernel: str = "step",
    ) -> None:
        """Connect two grids of neurons by a convolution: a spike adds the weights of one kernel.

        The network keeps the kernel, not a weight for each synapse.

        Parameters
        ----------
        pre, post : Population or str
            Populations whose size is (rows, columns, channels).
        weights : array [post channel, pre channel, row, column]
            As of torch's Conv2d; transposed: [pre channel, post channel, row, column], as of ConvTranspose2d.
        stride, padding : int
        transposed : bool
        pool : int
            Average windows of pool x pool presynaptic neurons first (AvgPool2d); 1: none.
        delay : float
            [steps], 0 or at least 2^-20.
        kernel : {"step", "ramp"}
            As in `connect`.

        Raises
        ------
        ValueError
            If `weights` has not four dimensions. What concerns the network as a whole (also grids that do not fit the
            kernel) is raised by the first call that needs the network.

        Examples
        --------
        >>> net = fs.Network()
        >>> image = net.add_source("image", (3, 3, 1))
        >>> edges = net.add_neurons("edges", (2, 2, 1), v_th=1.5)
        >>> net.connect_convolution(image, edges, [[[[1, 1], [0, 0]]]])
        >>> never = float("inf")
        >>> fs.simulate(net, [[0, 2, never, 5, 1, 7, never, never, never]], t_max=100)["edges"]
        array([[ 2., inf,  5.,  7.]])
        """
        source, target = self._index(pre), self._index(post)
        values = as_numbers(weights, "weights")
        if values.ndim != 4:
            raise ValueError(f"weights: shape {values.shape}, needed: four dimensions, [post, pre, row, column]")
        how = (
            *values.shape[2:],
            as_count(stride, "stride", 1, 65536),
            as_count(padding, "padding", 0, 65536),
            as_flag(transposed, "transposed"),
            as_count(pool, "pool", 1, 65536),
        )
        self._core.connect_shared(
            source,
            target,
            np.ascontiguousarray(values.transpose(_to_core(transposed))),
            how,
            as_real(delay, "delay"),
            as_word(kernel, "kernel"),
        )

    @property
    def populations(self) -> dict[str, Population]:
        """The populations by name, in the order of their neurons."""
        return {p[0]: Population(*p) for p in self._core.populations()}

    @property
    def projections(self) -> list[Projection]:
        """The projections in the order in which they were connected."""
        names = list(self.populations)
        return [
            Projection(names[p[0]], names[p[1]], *p[2:6], Convolution(*p[6]) if p[6] else None)
            for p in self._core.projections()
        ]

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
        """The weights of a dense projection or a convolution.

        Parameters
        ----------
        pre, post : Population or str

        Returns
        -------
        weights : array [pre, post], float32 or float64 as the precision
            Of a convolution as `connect_convolution` takes them. A read-only view of the network's memory;
            `set_weights` changes them.
        """
        index = self._projection(pre, post)
        values, convolution = self._core.weights(index), self.projections[index].convolution
        return values if convolution is None else values.transpose(np.argsort(_to_core(convolution.transposed)))

    def set_weights(self, pre: Population | str, post: Population | str, weights: Any) -> None:
        """Replace the weights of a dense projection or a convolution.

        Parameters
        ----------
        pre, post : Population or str
        weights : array [pre, post]
            Finite; of a convolution as `connect_convolution` takes them. Views that `weights` returned before keep
            the old values.
        """
        values = as_numbers(weights, "weights")
        index = self._projection(pre, post)
        shape = self.weights(pre, post).shape
        if values.shape != shape:
            raise ValueError(f"weights: shape {values.shape}, needed: {shape}, [pre, post]")
        convolution = self.projections[index].convolution
        if convolution is not None:
            values = np.ascontiguousarray(values.transpose(_to_core(convolution.transposed)))
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

    def save(self, path: PathLike, overwrite: bool = False, expand: bool = False) -> None:
        """Write the network to a SONATA file, which `read_network` reads.

        Parameters
        ----------
        path : path
        overwrite : bool
            Replace a file that exists.
        expand : bool
            Write the synapses of convolutions in place of their kernels, for other tools that read SONATA.

        Raises
        ------
        OSError
            If the file exists or cannot be written.
        """
        self._core.save(as_path(path), as_flag(overwrite, "overwrite"), as_flag(expand, "expand"))

    def to_nir(self, t_max: float | None = None) -> Any:
        """The network as a graph of the nir package: a chain of dense layers and convolutions only.

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
        content = written(lambda path: self._core.save(path, False, False))
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
