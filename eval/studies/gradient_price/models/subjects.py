"""What is priced: models of the three paradigms, of any size, with a batch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from eval.studies.gradient_price.config import HEADS, Config
from eval.studies.gradient_price.names import DEPTH, QUBITS, SNN, STEPS, TRANSFORMER, Axis
from paradigms.interface import Paradigm, Spec

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


def subject(name: str, rule: str, axis: Axis, size: int, config: Config) -> Subject:
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
