"""What is compared: a circuit with and without each regulariser or its entanglement, and classical models."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.models.product_ansatz import Product
from eval.studies.regularisation.config import Config
from paradigms.vqc.ansatz import HardwareEfficient
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.embedding import reuploading_angles
from paradigms.vqc.regularisers import depolarise, gate_dropout, layerwise, squared_angles
from paradigms.vqc.repeated import RepeatedLayers

CLASSES = 2
INITIAL_SCALE = 4.0
"""Of expectation values as logits at the start."""

Strength = Float[Array, ""]
GateAngles = Float[Array, "layers qubits 3"]


@dataclass(frozen=True)
class Model:
    """Something that can be trained, as pure functions of its parameters.

    Attributes:
        init: ``key -> params``.
        logits: ``(params, features [batch, features]) -> [batch, 2]``, as evaluated.
        training_logits: ``(params, features, key, step, strength) -> [batch, 2]``, as trained.
        penalty: ``(params, strength) -> scalar`` added to the loss.
        trainable: ``step -> factors`` of the updates; ``None`` trains everything always.
    """

    init: Callable[[PRNGKeyArray], PyTree]
    logits: Callable[[PyTree, Array], Array]
    training_logits: Callable[[PyTree, Array, PRNGKeyArray, Int[Array, ""], Strength], Array]
    penalty: Callable[[PyTree, Strength], Array]
    trainable: Callable[[Int[Array, ""]], PyTree] | None = None


def no_penalty(params: PyTree, strength: Strength) -> Array:
    """Zero."""
    return jnp.zeros(())


def circuit(config: Config, entangling: bool) -> Callable[[GateAngles], Float[Array, " qubits"]]:
    """From gate angles to ⟨Z⟩ of every qubit: layers of RY, RZ, RY, each followed by a ring of CZ if ``entangling``."""

    layer = HardwareEfficient() if entangling else Product()

    @qml.qnode(ScanQubit(wires=config.qubits), interface="jax", diff_method="adjoint")
    def qnode(angles):
        RepeatedLayers(angles, wires=range(config.qubits), layer=layer)
        return [qml.expval(qml.Z(wire)) for wire in range(config.qubits)]

    def values(angles: GateAngles) -> Float[Array, " qubits"]:
        results: Any = qnode(angles)
        return jnp.stack(results)

    return values


def circuit_model(config: Config, regulariser: str, entangling: bool = True) -> Model:
    """A data re-uploading classifier whose logits are trainable sums of all ⟨Z⟩, so that no qubit goes unread.

    Args:
        config: The circuit's size.
        regulariser: ``none``, ``l2``, ``gate_dropout``, ``depolarising_noise`` or ``layerwise``.
        entangling: With its ring of CZ in every layer.
    """
    values = circuit(config, entangling)
    shape = (config.layers, config.qubits, 3)

    def init(key: PRNGKeyArray) -> PyTree:
        angles_key, weights_key = jax.random.split(key)
        return {
            "angles": jax.random.uniform(angles_key, shape, minval=-jnp.pi, maxval=jnp.pi),
            "input_weights": jax.random.normal(weights_key, shape),
            "readout": INITIAL_SCALE * jnp.eye(config.qubits, CLASSES),
        }

    def with_angles(
        params: PyTree, features: Array, change: Callable[[GateAngles, Array], GateAngles], repeats: int = 1
    ) -> Array:
        """Logits, each circuit's gate angles passed through ``change(angles, number)``, averaged over ``repeats``."""

        def one(example: Array, number: Array) -> Array:
            angles = reuploading_angles(example, params["input_weights"], params["angles"])
            expected = jax.vmap(lambda repeat: values(change(angles, number * repeats + repeat)))(jnp.arange(repeats))
            return expected.mean(axis=0) @ params["readout"]

        return jax.vmap(one)(features, jnp.arange(len(features)))

    def logits(params: PyTree, features: Array) -> Array:
        return with_angles(params, features, lambda angles, _: angles)

    def training_logits(
        params: PyTree, features: Array, key: PRNGKeyArray, step: Int[Array, ""], strength: Strength
    ) -> Array:
        if regulariser == "gate_dropout":  # one circuit a step, as it would be run: the same gates for all examples
            return with_angles(params, features, lambda angles, _: gate_dropout(key, angles, strength))
        if regulariser == "depolarising_noise":
            return with_angles(
                params,
                features,
                lambda angles, number: depolarise(jax.random.fold_in(key, number), angles, strength),
                config.trajectories,
            )
        if regulariser == "layerwise":
            active, _ = layerwise(step, config.steps, config.layers)
            return with_angles(params, features, lambda angles, _: jnp.where(active[:, None, None], angles, 0.0))
        return logits(params, features)

    def squares(params: PyTree, strength: Strength) -> Array:
        return strength * (squared_angles(params["angles"]) + jnp.mean(jnp.square(params["input_weights"])))

    def one_layer_at_a_time(step: Int[Array, ""]) -> PyTree:
        _, trained = layerwise(step, config.steps, config.layers)
        factors = trained[:, None, None].astype(jnp.float32)
        return {"angles": factors, "input_weights": factors, "readout": jnp.ones(())}

    return Model(
        init=init,
        logits=logits,
        training_logits=training_logits,
        penalty=squares if regulariser == "l2" else no_penalty,
        trainable=one_layer_at_a_time if regulariser == "layerwise" else None,
    )


def perceptron(features: int, hidden: int) -> Model:
    """A network with one layer of ``hidden`` tanh units, or none (logistic regression) for ``hidden=0``."""
    sizes = (features, hidden, CLASSES) if hidden else (features, CLASSES)

    def init(key: PRNGKeyArray) -> PyTree:
        return [
            {
                "weight": jax.random.normal(jax.random.fold_in(key, place), pair) / jnp.sqrt(pair[0]),
                "bias": jnp.zeros(pair[1]),
            }
            for place, pair in enumerate(itertools.pairwise(sizes))
        ]

    def logits(params: PyTree, features: Array) -> Array:
        *hidden_layers, last = params
        for layer in hidden_layers:
            features = jnp.tanh(features @ layer["weight"] + layer["bias"])
        return features @ last["weight"] + last["bias"]

    def training_logits(
        params: PyTree, features: Array, key: PRNGKeyArray, step: Int[Array, ""], strength: Strength
    ) -> Array:
        return logits(params, features)

    return Model(init, logits, training_logits, no_penalty)


def parameters(model: Model) -> int:
    """How many numbers are trained."""
    return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(model.init, jax.random.key(0))))


def hidden_units(features: int, wanted: int) -> int:
    """Units of the network whose number of parameters is closest to ``wanted``."""
    return max(1, round((wanted - CLASSES) / (features + 1 + CLASSES)))
