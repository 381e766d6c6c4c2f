"""What is priced: models of the three paradigms, of any size, with a batch each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from eval.studies.gradient_price.config import HEADS, Config
from eval.studies.gradient_price.names import DEPTH, QUBITS, SNN, STEPS, TRANSFORMER, Axis
from paradigms.interface import Paradigm, Spec
from training.errors import BadInput
from training.tasks import TaskConfig, load_task

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
    """The model of a paradigm with ``size`` along ``axis`` and the config's sizes elsewhere.

    Raises:
        BadInput: The data of ``config.task`` are text.
        Unsupported: The model cannot serve these data.
    """
    chosen = cast(Any, rule)
    own = None if config.task is None else spec_of(config.task)
    if name == TRANSFORMER:
        from paradigms import transformer

        spec = own or _recordings(config.tokens, config)
        width, blocks = (config.width, size) if axis == DEPTH else (size, TRANSFORMER_BLOCKS)
        built = transformer.build(
            transformer.Config(width=width, layers=blocks, heads=HEADS, event_patch=1, differentiation=chosen), spec
        )
        return _with_batch(built, spec, config.batch)
    if name == SNN:
        from paradigms import snn

        steps, neurons = (size, min(config.neurons)) if axis == STEPS else (config.steps, size)
        spec = own or _recordings(steps, config)
        if own is not None and axis == STEPS and is_recording(own):
            # As if the recordings were shorter or longer than they are.
            example = jax.ShapeDtypeStruct((steps, *own.inputs.shape[1:]), own.inputs.dtype)
            spec = Spec(example, own.kind, own.outputs)
        settings = snn.Config(
            hidden=(neurons, neurons),
            # Visiting events alone takes as many operations as there are spikes, which tracing does not know.
            input_product="dense",
            differentiation=chosen,
            # Recordings have their own.
            time_steps=steps,
        )
        return _with_batch(snn.build(settings, spec), spec, config.batch)
    from paradigms import vqc

    qubits, layers = (size, config.circuit_layers) if axis == QUBITS else (config.circuit_qubits, size)
    settings = vqc.Config(qubits=qubits, layers=layers, differentiation=chosen, shift_chunk=SHIFT_CHUNK)
    spec = Spec(jax.ShapeDtypeStruct((qubits,), jnp.float32), "classification", CLASSES)
    if own is not None:
        spec = _for_circuit(own, settings.gate_angles)
    return _with_batch(vqc.build(settings, spec), spec, config.circuit_batch, settings.gate_angles)


@cache
def spec_of(task: TaskConfig) -> Spec:
    """Return what the user's data ask of a model.

    Raises:
        BadInput: They cannot be read, or are text.
    """
    spec = load_task(task).spec
    if spec.kind == "language":
        raise BadInput(f"task={task.name} is text, which only transformers read: study=gradient_price takes no text")
    return spec


def is_recording(spec: Spec) -> bool:
    """Whether an example is a recording, ``[time, channels]``."""
    return len(spec.inputs.shape) == 2


def _recordings(steps: int, config: Config) -> Spec:
    return Spec(jax.ShapeDtypeStruct((steps, config.channels), jnp.bool_), "classification", CLASSES)


def _for_circuit(own: Spec, capacity: int) -> Spec:
    """What a circuit reads of an example: of a recording a value per channel, and no more values than it has angles.

    What a circuit's gradient costs does not depend on how many of its angles a feature shifts. Images are pooled by the
    paradigm itself.
    """
    if len(own.inputs.shape) == 3:
        return own
    features = min(own.inputs.shape[-1], capacity)
    return Spec(jax.ShapeDtypeStruct((features,), jnp.float32), own.kind, own.outputs)


def _with_batch(paradigm: Paradigm, spec: Spec, batch: int, gate_angles: int | None = None) -> Subject:
    inputs = jax.ShapeDtypeStruct((batch, *spec.inputs.shape), spec.inputs.dtype)
    return Subject(paradigm, inputs, batch, gate_angles)
