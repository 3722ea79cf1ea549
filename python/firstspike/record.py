"""The record of a run: one firing time for each sample and neuron."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._arrays import as_sample

if TYPE_CHECKING:
    import matplotlib.axes
    import pandas

__all__ = ["SpikeRecord"]


@dataclass(frozen=True, eq=False, repr=False)
class SpikeRecord:
    """The firing times of all neurons of a network in one or more samples.

    Attributes
    ----------
    times : float64 array [sample, neuron]
        Firing times [steps], infinity for silence; neurons in the order of the populations.
    populations : dict of str to slice
        The columns of each population.
    t_max : float
        The runs cover [0, t_max) [steps].
    potentials : float64 array [sample, neuron], or None
        Membrane potential at the threshold crossing or, without one, at the end; 0 for sources and bias neurons.
    labels : uint8 array [sample], or None
        The class of each sample, if known.

    Notes
    -----
    ``record["hidden"]`` is a view of the times of a population, [sample, neuron]; ``record[3:5]`` is the record of
    these samples. Arrays are views of the memory of the engine and are not copied.
    """

    times: npt.NDArray[np.float64]
    populations: dict[str, slice]
    t_max: float
    potentials: npt.NDArray[np.float64] | None = None
    labels: npt.NDArray[np.uint8] | None = None
    kinds: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of samples."""
        return int(self.times.shape[0])

    def __getitem__(self, which: Any) -> Any:
        """The times of a population by its name, or the record of some samples."""
        if isinstance(which, str):
            return self.times[:, self._columns(which)]
        if isinstance(which, (int, np.integer)):
            if not -len(self) <= which < len(self):
                raise IndexError(f"sample {which} of a record, allowed: below {len(self)}")
            which = slice(int(which), int(which) + 1 or None)
        return SpikeRecord(
            self.times[which],
            self.populations,
            self.t_max,
            None if self.potentials is None else self.potentials[which],
            None if self.labels is None else self.labels[which],
            self.kinds,
        )

    def __repr__(self) -> str:
        layers = ", ".join(f"{name} {columns.stop - columns.start}" for name, columns in self.populations.items())
        return f"SpikeRecord({len(self)} samples, {layers}; {int(self.counts().sum())} spikes in [0, {self.t_max:g}))"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td>{c.stop - c.start}</td><td>{int(np.isfinite(self.times[:, c]).sum())}</td></tr>"
            for name, c in self.populations.items()
        )
        return (
            f"<table><caption>{len(self)} samples, [0, {self.t_max:g}) steps</caption>"
            f"<tr><th>population</th><th>neurons</th><th>spikes</th></tr>{rows}</table>"
        )

    def _columns(self, population: str) -> slice:
        if population not in self.populations:
            raise ValueError(f"no population '{population}', allowed: {', '.join(self.populations)}")
        return self.populations[population]

    def potentials_of(self, population: str) -> npt.NDArray[np.float64]:
        """The membrane potentials of a population.

        Parameters
        ----------
        population : str

        Returns
        -------
        potentials : float64 array [sample, neuron], a view

        Raises
        ------
        ValueError
            If the run recorded no potentials.
        """
        if self.potentials is None:
            raise ValueError("the record has no potentials; run it with potentials = True")
        return self.potentials[:, self._columns(population)]

    def counts(self) -> npt.NDArray[np.int64]:
        """Number of spikes of each sample.

        Returns
        -------
        counts : int64 array [sample]
        """
        return np.asarray(np.isfinite(self.times).sum(axis=1), dtype=np.int64)

    def to_dataframe(self) -> pandas.DataFrame:
        """All spikes as a pandas DataFrame, by sample, population and time.

        Returns
        -------
        spikes : DataFrame
            Columns sample, population (categorical), neuron (within the population), time [steps]; label, if labels
            are known.
        """
        import pandas

        parts = []
        for name, columns in self.populations.items():
            sample, neuron = np.nonzero(np.isfinite(self.times[:, columns]))
            time = self.times[:, columns][sample, neuron]
            parts.append(pandas.DataFrame({"sample": sample, "population": name, "neuron": neuron, "time": time}))
        spikes = pandas.concat(parts, ignore_index=True)
        spikes["population"] = pandas.Categorical(spikes["population"], categories=list(self.populations))
        if self.labels is not None:
            spikes["label"] = self.labels[spikes["sample"].to_numpy()]
        return spikes.sort_values(["sample", "population", "time", "neuron"], ignore_index=True)

    def plot_raster(self, sample: int = 0, ax: matplotlib.axes.Axes | None = None) -> matplotlib.axes.Axes:
        """Plot the spikes of one sample: time across, neurons upwards, one colour for each population.

        Parameters
        ----------
        sample : int
        ax : matplotlib Axes, optional
            Default: the current axes.

        Returns
        -------
        ax : matplotlib Axes
        """
        import matplotlib.pyplot as plt

        sample = as_sample(sample, len(self))
        if ax is None:
            ax = plt.gca()
        for name, columns in self.populations.items():
            times = self.times[sample, columns]
            fired = np.flatnonzero(np.isfinite(times))
            ax.scatter(times[fired], fired + columns.start, s=4, label=name)
        ax.set_xlabel("time [steps]")
        ax.set_ylabel("neuron")
        ax.set_xlim(0, self.t_max)
        ax.set_ylim(-0.5, self.times.shape[1] - 0.5)
        label = "" if self.labels is None else f", label {self.labels[sample]}"
        ax.set_title(f"sample {sample}{label}")
        ax.legend(loc="upper right", fontsize="small")
        return ax
