"""One run explained: why a neuron fired, why it did not, and what a change would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core
from ._arrays import Times, as_numbers, as_real, as_sample
from .network import Network
from .record import SpikeRecord

__all__ = [
    "Cause",
    "ChangedSpike",
    "Comparison",
    "Decision",
    "Explanation",
    "LayerChanges",
    "Root",
    "Silence",
    "Spike",
    "explain",
    "what_if",
    "why_not",
]


@dataclass(frozen=True)
class Spike:
    """The spike of a neuron.

    Attributes
    ----------
    neuron : str
        As "hidden:3".
    time : float
        [steps]
    """

    neuron: str
    time: float


@dataclass(frozen=True)
class Cause:
    """A presynaptic spike that arrived before or at the threshold crossing.

    Attributes
    ----------
    pre : str
        The presynaptic neuron, as "hidden:3".
    spike_time, arrival : float
        [steps]
    weight : float
    share : float
        Its contribution to the membrane potential, in units of the threshold.
    """

    pre: str
    spike_time: float
    arrival: float
    weight: float
    share: float


@dataclass(frozen=True)
class Root:
    """A source or bias spike at the start of causal paths to a neuron.

    Attributes
    ----------
    neuron : str
    spike_time : float
        [steps]
    share : float
        Sum over all paths of the product of the contributions along the path.
    """

    neuron: str
    spike_time: float
    share: float


@dataclass(frozen=True)
class Explanation:
    """Why a neuron fired.

    Attributes
    ----------
    neuron : str
    spike_time : float
        [steps]
    t_fire : float
        Start of its fire phase [steps]; infinity without one.
    v_m, v_th : float
        Membrane potential at the spike, and threshold.
    critical : str, or None
        The latest spike without which the neuron would not have fired at this time.
    without_critical : float
        Its firing time without that spike [steps].
    causes : tuple of Cause
        In the order of summation.
    critical_chain : tuple of Spike
        The spike, its critical cause, the critical cause of that, and so on.
    given : tuple of Root
        Sources and bias neurons on causal paths, by decreasing magnitude of contribution.
    """

    neuron: str
    spike_time: float
    t_fire: float
    v_m: float
    v_th: float
    critical: str | None
    without_critical: float
    causes: tuple[Cause, ...]
    critical_chain: tuple[Spike, ...]
    given: tuple[Root, ...]


@dataclass(frozen=True)
class Silence:
    """Why a neuron has not fired.

    Attributes
    ----------
    neuron : str
    until : float
        End of the analysis [steps].
    peak_time, peak_v_m : float
        Time [steps] and value of the largest membrane potential.
    v_th : float
    t_fire, closes : float
        Start of its fire phase, and time from which on it cannot fire [steps].
    lowest_threshold : float
    lost : int
        Arrivals after t_fire.
    excitation, inhibition : float
        Contributions of positive and negative arrivals to the peak, in units of the threshold.
    stopped_by : str
        "nothing_arrived", "too_little", "inhibition", "window", "late_arrivals", "threshold", "fire_phase_ahead" or
        "nothing_so_far".
    predicted, would_fire : float
        Its firing time if nothing else arrives, and without the reason for its silence [steps].
    holder : str, or None
        The latest single inhibitory spike without which it would have fired.
    without_holder : float
        Its firing time then [steps].
    """

    neuron: str
    until: float
    peak_time: float
    peak_v_m: float
    v_th: float
    t_fire: float
    closes: float
    lowest_threshold: float
    lost: int
    excitation: float
    inhibition: float
    stopped_by: str
    predicted: float
    would_fire: float
    holder: str | None
    without_holder: float


@dataclass(frozen=True)
class Decision:
    """What the last population decides.

    Attributes
    ----------
    output : int
        Index within the last population.
    time : float
        [steps]; infinity if all outputs are silent and the largest potential decides.
    """

    output: int
    time: float


@dataclass(frozen=True)
class ChangedSpike:
    """A neuron whose spike changed.

    Attributes
    ----------
    neuron : str
    before, after : float
        [steps]; infinity is silence.
    """

    neuron: str
    before: float
    after: float


@dataclass(frozen=True)
class LayerChanges:
    """Number of spikes of a population that a change affects.

    Attributes
    ----------
    moved, vanished, appeared : int
    """

    moved: int
    vanished: int
    appeared: int


@dataclass(frozen=True)
class Comparison:
    """A whole run with one change, compared with the run without it.

    Attributes
    ----------
    changed : tuple of ChangedSpike
        By the earlier of both times.
    layers : dict of str to LayerChanges
    before, after : Decision, or None
        Of the last population; None if nothing is decided.
    replaced_weights : tuple of float
        The weights before a change of weights.
    """

    changed: tuple[ChangedSpike, ...]
    layers: dict[str, LayerChanges]
    before: Decision | None
    after: Decision | None
    replaced_weights: tuple[float, ...]


def _network_of(network: Any) -> Network:
    found = network if isinstance(network, Network) else getattr(network, "network", None)
    if not isinstance(found, Network):
        raise ValueError(f"network: {type(network).__name__}, allowed: a Network, Classifier or GAN")
    return found


def _name_of(neuron: Any) -> str:
    if isinstance(neuron, tuple) and len(neuron) == 2:
        return f"{neuron[0]}:{neuron[1]}"
    if not isinstance(neuron, str):
        raise ValueError(f"neuron = {neuron!r}, allowed: 'population:index', or (population, index)")
    return neuron


def _parts_of(change: Any, name: str, allowed: str) -> tuple[Any, ...]:
    if not isinstance(change, (tuple, list)) or len(change) != allowed.count(",") + 1:
        raise ValueError(f"{name} = {change!r}, allowed: {allowed}")
    return tuple(change)


def _sources(network: Network, record: SpikeRecord, sample: int) -> Times:
    """The firing times [source] of one sample, in the order of the network."""
    if not isinstance(record, SpikeRecord):
        raise ValueError(f"record: {type(record).__name__}, allowed: a SpikeRecord")
    sample = as_sample(sample, len(record))
    names = [p.name for p in network.populations.values() if p.kind == "source"]
    return as_numbers(np.concatenate([record[name][sample] for name in names]), "times")


def explain(network: Any, record: SpikeRecord, neuron: Any, sample: int = 0) -> Explanation:
    """Explain why a neuron fired.

    Parameters
    ----------
    network : Network, Classifier or GAN
        That made the record.
    record : SpikeRecord
    neuron : str or (str, int)
        "output:7" or ("output", 7).
    sample : int

    Returns
    -------
    explanation : Explanation

    Raises
    ------
    ValueError
        If the neuron is silent, a source or a bias neuron, or does not exist.
    """
    net = _network_of(network)
    found = _core.why(net._core, _sources(net, record, sample), record.t_max, _name_of(neuron))
    found["causes"] = tuple(Cause(*c) for c in found["causes"])
    found["critical_chain"] = tuple(Spike(*s) for s in found["critical_chain"])
    found["given"] = tuple(Root(*r) for r in found["given"])
    return Explanation(**found)


def why_not(network: Any, record: SpikeRecord, neuron: Any, sample: int = 0) -> Silence:
    """Explain why a neuron did not fire.

    Parameters
    ----------
    network : Network, Classifier or GAN
        That made the record.
    record : SpikeRecord
    neuron : str or (str, int)
        "output:7" or ("output", 7).
    sample : int

    Returns
    -------
    silence : Silence

    Raises
    ------
    ValueError
        If the neuron fired, is a source or a bias neuron, or does not exist.
    """
    net = _network_of(network)
    return Silence(**_core.why_not(net._core, _sources(net, record, sample), record.t_max, _name_of(neuron)))


def what_if(
    network: Any,
    record: SpikeRecord,
    sample: int = 0,
    *,
    without: Any = None,
    spike: tuple[Any, float] | None = None,
    weight: tuple[Any, Any, float] | None = None,
) -> Comparison:
    """Run a sample with one change, and compare.

    Parameters
    ----------
    network : Network, Classifier or GAN
        That made the record.
    record : SpikeRecord
    sample : int
    without : neuron, optional
        This neuron, as "hidden:3" or ("hidden", 3), is silent.
    spike : (neuron, float), optional
        This neuron fires at that time [steps], whatever it receives.
    weight : (neuron, neuron, float), optional
        All synapses from the first to the second have this weight.

    Returns
    -------
    comparison : Comparison

    Raises
    ------
    ValueError
        Unless exactly one change is given; if a neuron or synapse does not exist, or a value is out of range.
    """
    if sum(change is not None for change in (without, spike, weight)) != 1:
        raise ValueError("what_if takes one change, allowed: without, spike or weight")
    net = _network_of(network)
    times = _sources(net, record, sample)
    if weight is not None:
        pre, post, value = _parts_of(weight, "weight", "(neuron, neuron, weight)")
        found = _core.with_weight(
            net._core, times, record.t_max, _name_of(pre), _name_of(post), as_real(value, "weight")
        )
    else:
        neuron, time = (without, float("inf")) if spike is None else _parts_of(spike, "spike", "(neuron, time)")
        found = _core.with_spike(net._core, times, record.t_max, _name_of(neuron), as_real(time, "spike"))
    return Comparison(
        changed=tuple(ChangedSpike(*c) for c in found["changed"]),
        layers={name: LayerChanges(*counts) for name, counts in found["layers"].items()},
        before=None if found["before"] is None else Decision(*found["before"]),
        after=None if found["after"] is None else Decision(*found["after"]),
        replaced_weights=tuple(found["replaced_weights"]),
    )
