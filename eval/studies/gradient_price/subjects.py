"""What is priced: models of the three paradigms, of any size, with a batch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from eval.studies.gradient_price.config import HEADS, Config
from paradigms.interface import Paradigm, Spec

TRANSFORMER, SNN, VQC = "transformer", "snn", "vqc"
SHIFT = "parameter_shift"
RULES: dict[str, tuple[str, ...]] = {
    TRANSFORMER: ("backprop", "checkpointed"),
    SNN: ("bptt", "packed", "checkpointed", "compact", "sltt", "ottt"),
    VQC: ("backprop", "adjoint", SHIFT),
}
"""Rules of differentiation; the first is JAX's own, whose forward pass all are held against."""
WIDTH, DEPTH, NEURONS, STEPS, LAYERS, QUBITS = "width", "depth", "neurons", "time_steps", "layers", "qubits"
AXES: dict[str, tuple[str, ...]] = {TRANSFORMER: (WIDTH, DEPTH), SNN: (NEURONS, STEPS), VQC: (LAYERS, QUBITS)}
"""What grows, of each paradigm."""
GROWING = {axes[0]: name for name, axes in AXES.items()}
"""The axis along which each paradigm's number of parameters grows, over which gradients are judged."""
CLASSES = 4
TRANSFORMER_BLOCKS = 2
SHIFT_CHUNK = 1
"""Angles whose shifted circuits are simulated at once, of all examples: the batch is what fills the vectors."""


@dataclass(frozen=True)
class Subject:
    """A model and a batch, as shapes.

    Attributes:
        paradigm: The model.
        inputs: A batch of inputs.
        batch: Examples in it.
        gate_angles: Gates that hold a trained angle, one occurrence each; ``None`` where there is no circuit.
    """

    paradigm: Paradigm
    inputs: PyTree[Any]
    batch: int
    gate_angles: int | None = None


def subject(name: str, rule: str, axis: str, size: int, config: Config) -> Subject:
    """The model of a paradigm with ``size`` along ``axis`` and the config's sizes elsewhere."""
    chosen = cast(Any, rule)
    if name == TRANSFORMER:
        from paradigms import transformer

        shape = (config.tokens, config.channels)
        width, blocks = (config.width, size) if axis == DEPTH else (size, TRANSFORMER_BLOCKS)
        built = transformer.build(
            transformer.Config(width=width, layers=blocks, heads=HEADS, event_patch=1, differentiation=chosen),
            Spec(jax.ShapeDtypeStruct(shape, jnp.bool_), "classification", CLASSES),
        )
        return Subject(built, jax.ShapeDtypeStruct((config.batch, *shape), jnp.bool_), config.batch)
    if name == SNN:
        from paradigms import snn

        steps, neurons = (size, min(config.neurons)) if axis == STEPS else (config.steps, size)
        shape = (steps, config.channels)
        built = snn.build(
            # Visiting events alone takes as many operations as there are spikes, which tracing does not know.
            snn.Config(hidden=(neurons, neurons), input_product="dense", differentiation=chosen),
            Spec(jax.ShapeDtypeStruct(shape, jnp.bool_), "classification", CLASSES),
        )
        return Subject(built, jax.ShapeDtypeStruct((config.batch, *shape), jnp.bool_), config.batch)
    from paradigms import vqc

    qubits, layers = (size, config.circuit_layers) if axis == QUBITS else (config.circuit_qubits, size)
    settings = vqc.Config(qubits=qubits, layers=layers, differentiation=chosen, shift_chunk=SHIFT_CHUNK)
    features = jax.ShapeDtypeStruct((qubits,), jnp.float32)
    built = vqc.build(settings, Spec(features, "classification", CLASSES))
    inputs = jax.ShapeDtypeStruct((config.circuit_batch, *features.shape), features.dtype)
    return Subject(built, inputs, config.circuit_batch, settings.gate_angles)
