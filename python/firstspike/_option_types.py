"""The keyword arguments that are options, with their types. Made by python/tests/option_types.py from the option tables."""

from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypedDict

import numpy as np
import numpy.typing as npt

from ._files import PathLike

WholeNumbers = Sequence[int] | npt.NDArray[np.integer[Any]] | int | str


class ClassifierOptions(TypedDict, total=False):
    """Options of Classifier."""

    kernel: Literal["step", "ramp"] | None
    regime: Literal["free", "relu", "binary"] | None
    hidden: WholeNumbers | None
    layers: str | None
    init_hidden: str | None
    init_output: str | None
    range: SupportsFloat | None
    output_range: SupportsFloat | None
    v_th: SupportsFloat | None
    delay: SupportsFloat | None
    t_in: SupportsFloat | None
    t_max: SupportsFloat | None
    rule: Literal["s4nn", "soft_step", "exact_ramp", "relu", "straight_through"] | None
    loss: Literal["s4nn", "aggressive", "xent", "hinge"] | None
    batch: SupportsIndex | None
    optimizer: Literal["sgd", "adam"] | None
    lr: SupportsFloat | None
    adam_beta1: SupportsFloat | None
    adam_beta2: SupportsFloat | None
    schedule: Literal["constant", "linear", "square"] | None
    weight_decay: SupportsFloat | None
    average: SupportsFloat | None
    gamma: SupportsFloat | None
    beta: SupportsFloat | None
    pull: SupportsFloat | None
    sparsity: SupportsFloat | None
    normalise: bool | Literal["on", "off"] | None
    jump_length: SupportsFloat | None
    jump_ahead: SupportsFloat | None
    min_slope: SupportsFloat | None
    surrogate_width: SupportsFloat | None
    train_biases: bool | Literal["on", "off"] | None
    renew_below: SupportsFloat | None
    seed: SupportsIndex | None
    shift: SupportsIndex | None
    shift_share: SupportsFloat | None
    rotate: SupportsFloat | None
    zoom: SupportsFloat | None
    shear: SupportsFloat | None
    elastic: SupportsFloat | None
    distort_share: SupportsFloat | None
    epochs: SupportsIndex | None
    validation: SupportsIndex | None
    train_count: SupportsIndex | None
    from_: PathLike | None
    precision: Literal["f32", "f64"] | None
    engine: Literal["auto", "heap", "sweep"] | None
    threads: SupportsIndex | None
    record: PathLike | None
    record_every: SupportsIndex | None
    checkpoint_every: SupportsIndex | None


class GanOptions(TypedDict, total=False):
    """Options of GAN."""

    kernel: Literal["step", "ramp"] | None
    regime: Literal["free", "relu", "binary"] | None
    conditional: bool | Literal["on", "off"] | None
    noise: SupportsIndex | None
    noise_rate: SupportsFloat | None
    delay: SupportsFloat | None
    t_in: SupportsFloat | None
    t_max: SupportsFloat | None
    window_open: SupportsFloat | None
    hidden: WholeNumbers | None
    layers: str | None
    range: SupportsFloat | None
    image_range: SupportsFloat | None
    init_std: SupportsFloat | None
    image_init_std: SupportsFloat | None
    initial_sum: SupportsFloat | None
    v_th: SupportsFloat | None
    lr: SupportsFloat | None
    adam_beta1: SupportsFloat | None
    adam_beta2: SupportsFloat | None
    d_hidden: WholeNumbers | None
    d_layers: str | None
    d_range: SupportsFloat | None
    output_range: SupportsFloat | None
    d_init_std: SupportsFloat | None
    output_init_std: SupportsFloat | None
    d_initial_sum: SupportsFloat | None
    d_v_th: SupportsFloat | None
    d_lr: SupportsFloat | None
    d_adam_beta1: SupportsFloat | None
    d_adam_beta2: SupportsFloat | None
    rule: Literal["s4nn", "soft_step", "exact_ramp", "relu", "straight_through"] | None
    loss: Literal["s4nn", "aggressive", "xent", "hinge"] | None
    constraint: Literal["none", "zero_sum"] | None
    batch: SupportsIndex | None
    schedule: Literal["constant", "linear", "square"] | None
    average: SupportsFloat | None
    real_label: SupportsFloat | None
    gamma: SupportsFloat | None
    beta: SupportsFloat | None
    pull: SupportsFloat | None
    dither: SupportsFloat | None
    sparsity: SupportsFloat | None
    normalise: bool | Literal["on", "off"] | None
    jump_length: SupportsFloat | None
    jump_ahead: SupportsFloat | None
    min_slope: SupportsFloat | None
    surrogate_width: SupportsFloat | None
    train_biases: bool | Literal["on", "off"] | None
    seed: SupportsIndex | None
    shift: SupportsIndex | None
    shift_share: SupportsFloat | None
    rotate: SupportsFloat | None
    zoom: SupportsFloat | None
    shear: SupportsFloat | None
    elastic: SupportsFloat | None
    distort_share: SupportsFloat | None
    steps: SupportsIndex | None
    train_count: SupportsIndex | None
    from_: PathLike | None
    precision: Literal["f32", "f64"] | None
    engine: Literal["auto", "heap", "sweep"] | None
    threads: SupportsIndex | None
    record: PathLike | None
    record_every: SupportsIndex | None
    checkpoint_every: SupportsIndex | None
    samples_every: SupportsIndex | None


class ResumeOptions(TypedDict, total=False):
    """Options that a resumed run may change."""

    epochs: SupportsIndex | None
    data: PathLike | None
    engine: Literal["auto", "heap", "sweep"] | None
    threads: SupportsIndex | None
    record: PathLike | None
    record_every: SupportsIndex | None
    checkpoint_every: SupportsIndex | None
    steps: SupportsIndex | None
    samples_every: SupportsIndex | None
