"""How a task's examples are read: as intensities to encode, or as spikes that carry their own time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from paradigms.interface import Spec, Unsupported
from paradigms.snn.config import Config
from paradigms.snn.encodings import ENCODINGS, Encoding


@dataclass(frozen=True)
class Reading:
    """What the network sees of one example.

    Attributes:
        channels: Values a step.
        time_steps: Steps of simulated time.
        encoding: How they enter.
        flatten: The example's axes become one.
        notes: What was done, for the user.
    """

    channels: int
    time_steps: int
    encoding: Encoding
    flatten: bool
    notes: tuple[str, ...]


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


def _recording(config: Config, time_steps: int, channels: int) -> Reading:
    note = (
        f"The spike recording is used as it is, {time_steps} steps of {channels} channels: "
        f"paradigm.time_steps={config.time_steps} and paradigm.encoding={config.encoding} are not used."
    )
    return Reading(channels, time_steps, ENCODINGS["events"], flatten=False, notes=(note,))


def _intensities(config: Config, shape: tuple[int, ...]) -> Reading:
    channels = math.prod(shape)
    flattened = f"Inputs of shape {list(shape)} are flattened to {channels} channels." if len(shape) != 1 else None
    return Reading(
        channels,
        config.time_steps,
        ENCODINGS[config.encoding],
        flatten=True,
        notes=(flattened,) if flattened else (),
    )
