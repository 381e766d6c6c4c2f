"""How a task's examples are read: as intensities to encode, or as recordings that carry their own time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from paradigms.interface import Spec, Unsupported, require
from paradigms.snn.config import Config
from paradigms.snn.encodings import Encoding, delta, direct, latency, population, rate, recorded

SPIKES = Encoding(recorded, timed=True)


@dataclass(frozen=True)
class Reading:
    """What the network sees of one example.

    Attributes:
        shape: The shape of the values of one step.
        time_steps: Steps of simulated time.
        encoding: How they enter.
        example_shape: The shape to which an example is reshaped before.
        notes: What was done, for the user.
    """

    shape: tuple[int, ...]
    time_steps: int
    encoding: Encoding
    example_shape: tuple[int, ...]
    notes: tuple[str, ...]


def encoding_of(config: Config) -> Encoding:
    """The encoding of intensities that the settings ask for."""
    return {
        "direct": Encoding(direct, constant=True, binary=False),
        "rate": Encoding(rate, bounded=True),
        "latency": Encoding(latency, bounded=True),
        "population": Encoding(partial(population, tuned=config.tuned), widening=config.tuned, bounded=True),
        "rows": Encoding(recorded, binary=False, timed=True),
        "delta": Encoding(partial(delta, threshold=config.delta_threshold), timed=True, widening=2),
    }[config.encoding]


def reading(config: Config, spec: Spec) -> Reading:
    """Choose how to read the examples of a task.

    Raises:
        Unsupported: For a language task, and for examples other than one float array or ``bool[time, channels]``.
    """
    if spec.kind == "language":
        raise Unsupported(
            "paradigm=snn gives one prediction an example and so cannot serve a language task; use paradigm=transformer"
        )
    example = spec.inputs
    if not isinstance(example, jax.ShapeDtypeStruct):
        raise Unsupported(f"paradigm=snn takes one array an example, not {jax.tree.structure(example)}")
    described = f"{example.dtype}[{', '.join(map(str, example.shape))}]"
    if example.size == 0:
        raise Unsupported(f"paradigm=snn cannot read examples of {described}: there is no value in them")
    if example.dtype == jnp.bool_ and len(example.shape) == 2:
        return _recording(config, *example.shape)
    if jnp.issubdtype(example.dtype, jnp.floating):
        return _intensities(config, example.shape)
    raise Unsupported(
        f"paradigm=snn cannot read examples of {described}; it takes float arrays with values in [0, 1], "
        "or spike recordings bool[time, channels]"
    )


def require_unit_interval(config: Config, inputs: Float[np.ndarray, "batch *shape"]) -> None:
    """Refuse intensities that an encoding would drop in silence.

    Raises:
        Unsupported: A value is below 0, above 1 or not a number.
    """
    # No comparison holds for a value that is not a number, of which some dtypes warn.
    with np.errstate(invalid="ignore"):
        outside = inputs[~((inputs >= 0) & (inputs <= 1))]
    if outside.size:
        raise Unsupported(
            f"paradigm.encoding={config.encoding} reads values in [0, 1] and the inputs hold {float(outside[0]):g}; "
            "rescale or clip them to [0, 1], or choose paradigm.encoding=direct, which takes any finite value"
        )


def _recording(config: Config, time_steps: int, channels: int) -> Reading:
    require(
        config.architecture == "dense",
        f"paradigm.architecture={config.architecture} reads images, not spike recordings; use dense",
    )
    note = (
        f"The spike recording is used as it is, {time_steps} steps of {channels} channels: "
        f"paradigm.time_steps={config.time_steps} and paradigm.encoding={config.encoding} are not used."
    )
    return Reading((channels,), time_steps, SPIKES, (time_steps, channels), notes=(note,))


def _intensities(config: Config, shape: tuple[int, ...]) -> Reading:
    encoding = encoding_of(config)
    notes = []
    time_steps, values = config.time_steps, list(shape)
    if encoding.timed:
        require(
            len(shape) >= 2 and config.architecture == "dense",
            f"paradigm.encoding={config.encoding} reads the first axis as time, a row a step: it needs examples of at "
            f"least two axes, not {list(shape)}, and paradigm.architecture=dense, not {config.architecture}",
        )
        time_steps, *values = list(shape)
        notes.append(
            f"Inputs of shape {list(shape)} are read a row a step, {time_steps} steps: "
            f"paradigm.time_steps={config.time_steps} is not used."
        )
    if config.architecture == "dense":
        if len(values) != 1:
            notes.append(f"Values of shape {list(values)} are flattened to {math.prod(values)} channels.")
        values = [math.prod(values)]
    else:
        require(
            len(values) == 3,
            f"paradigm.architecture={config.architecture} reads images [height, width, channels], not examples of "
            f"shape {list(shape)}; use paradigm.architecture=dense",
        )
    example_shape = (time_steps, *values) if encoding.timed else tuple(values)
    widened = (*values[:-1], values[-1] * encoding.widening)
    return Reading(widened, time_steps, encoding, example_shape, tuple(notes))
