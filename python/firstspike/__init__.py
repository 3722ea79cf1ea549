"""Simulate and train spiking networks whose neurons fire at most once.

The time of a spike carries the information: an early spike stands for a large value. Times are in steps; infinity is
silence. The package calls the same libraries as the command ``firstspike``, with the same results bit for bit.
"""

try:
    from . import _core
except ImportError as error:
    from . import _built_on

    # Of a shared library, or of a version of the C or C++ library; whatever else may be wrong has its own words.
    if not any(words in str(error) for words in ("cannot open shared object file", "not found (required by")):
        raise
    packages = f"There, run as root: apt-get install -y {' '.join(_built_on.PACKAGES)}. " if _built_on.PACKAGES else ""
    raise ImportError(
        f"{error}; firstspike was built on {_built_on.SYSTEM}. {packages}"
        "On another system, build it again: pip install . in its checkout"
    ) from None

from . import datasets
from .classifier import Classifier, Epoch, LayerWarning, Step
from .datasets import decode, encode
from .gan import GAN, GanStep
from .inspection import (
    Cause,
    ChangedSpike,
    Comparison,
    Decision,
    Explanation,
    LayerChanges,
    Root,
    Silence,
    Spike,
    explain,
    what_if,
    why_not,
)
from .models import load, resume, sample_quality
from .network import Convolution, Network, Population, Projection, read_network, simulate
from .nir import from_nir, to_nir
from .record import SpikeRecord
from .traces import (
    Replay,
    Spikes,
    Trace,
    describe_trace,
    diff_traces,
    export,
    read_trace,
    replay,
    report,
    validate_trace,
    write_trace,
)

__version__: str = _core.version()

__all__ = [
    "Cause",
    "ChangedSpike",
    "Classifier",
    "Comparison",
    "Convolution",
    "Decision",
    "Epoch",
    "Explanation",
    "GAN",
    "GanStep",
    "LayerChanges",
    "LayerWarning",
    "Network",
    "Population",
    "Projection",
    "Replay",
    "Root",
    "Silence",
    "Spike",
    "SpikeRecord",
    "Spikes",
    "Step",
    "Trace",
    "datasets",
    "decode",
    "describe_trace",
    "diff_traces",
    "encode",
    "explain",
    "export",
    "from_nir",
    "load",
    "read_network",
    "read_trace",
    "replay",
    "report",
    "resume",
    "sample_quality",
    "simulate",
    "to_nir",
    "validate_trace",
    "what_if",
    "why_not",
    "write_trace",
]
