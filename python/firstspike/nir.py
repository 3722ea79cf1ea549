"""Models as graphs of the nir package (https://neuroir.org)."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory
from typing import Any

from . import _core
from ._options import answers
from .classifier import Classifier
from .gan import GAN
from .models import as_trained
from .network import Network

__all__ = ["from_nir", "to_nir"]


def from_nir(
    graph: Any,
    *,
    one_spike: bool = True,
    kernel: str | None = None,
    delay: float | None = None,
    t_in: float | None = None,
    t_max: float | None = None,
    label_map: Any = None,
) -> Classifier | GAN | Network:
    """A model from a graph of the nir package: Input, IF and Output nodes and linear maps in a chain.

    Parameters
    ----------
    graph : nir.NIRGraph
    one_spike : bool
        Neurons fire at most once, whatever the graph means.
    kernel : {"step", "ramp"}, optional
    delay, t_in, t_max : float, optional
        Delay of the synapses, length of the input code and end of a run [steps]. What the graph's metadata do not say
        must be given, t_in only where images are encoded.
    label_map : sequence of int, optional
        The label of each output.

    Returns
    -------
    model : Classifier, GAN or Network
        As `load` returns it. A Network has `t_max`.

    Raises
    ------
    ValueError
        If an answer is missing or contradicts the graph, or the graph has other nodes or is no chain.
    """
    import nir

    if not isinstance(graph, nir.NIRGraph):
        raise ValueError(f"graph: {type(graph).__name__}, allowed: a nir.NIRGraph")
    stated = "max_spikes" in (graph.metadata or {})
    given = answers(
        one_spike=one_spike and not stated, kernel=kernel, delay=delay, t_in=t_in, t_max=t_max, label_map=label_map
    )
    if label_map is None and t_in is None:
        given["encodes_images"] = "off"
    with TemporaryDirectory(prefix="firstspike-") as folder:
        path = os.path.join(folder, "graph.nir")
        nir.write(path, graph)
        try:
            return as_trained(_core.Model.read(path, given))
        except (ValueError, OSError) as error:
            raise ValueError(str(error).replace(path, "graph")) from None


def to_nir(model: Classifier | GAN | Network, *, t_in: float | None = None, t_max: float | None = None) -> Any:
    """A model as a graph of the nir package.

    Parameters
    ----------
    model : Classifier, GAN or Network
        A network must be a chain of dense layers and convolutions, each with at most one projection from bias
        neurons. The nir package has no transposed convolution and no dense layer that leads to a grid.
    t_in, t_max : float, optional
        Of a Network: length of the input code and end of a run [steps].

    Returns
    -------
    graph : nir.NIRGraph
        Its metadata have what NIR has no place for.

    Raises
    ------
    ValueError
        If the network is no chain, or the nir package has no node for one of its layers.
    """
    import nir

    if isinstance(model, Network):
        end = model.t_max if t_max is None else t_max
        if end is None:
            raise ValueError("t_max is needed: the end of a run of the network [steps]")
        stored = _core.Model.of_network(model._core, float(end if t_in is None else t_in), float(end), [])
    elif isinstance(model, (Classifier, GAN)):
        stored = model.model
    else:
        raise ValueError(f"model: {type(model).__name__}, allowed: a Classifier, GAN or Network")
    with TemporaryDirectory(prefix="firstspike-") as folder:
        path = os.path.join(folder, "graph.nir")
        stored.write(path, False)
        try:
            return nir.read(path)
        except (AssertionError, ValueError) as error:
            why = str(error) or "the package does not know one of its nodes"
            raise ValueError(f"the nir package cannot represent this model: {why}") from None
