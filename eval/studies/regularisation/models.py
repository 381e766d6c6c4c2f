"""What is compared: a circuit with and without each regulariser or its entanglement, and classical models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import pennylane as qml
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.compare.parameter_counts import parameter_count
from eval.models.perceptron import perceptron
from eval.models.product_ansatz import ProductAnsatz
from eval.studies.regularisation.config import FEATURES, Config
from paradigms.adapters.adapted import UNKNOWN_COST, decay_nothing
from paradigms.interface import Cost, Output, Paradigm, Spec, Variables
from paradigms.vqc.circuit.ansatz import HardwareEfficient
from paradigms.vqc.circuit.embedding import reuploading_angles
from paradigms.vqc.circuit.regularisers import depolarise, gate_dropout, layerwise, squared_angles
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit

CLASSES = 2
INITIAL_SCALE = 4.0
"""Of expectation values as logits at the start."""

SPEC = Spec(jax.ShapeDtypeStruct((FEATURES,), jnp.float32), "classification", CLASSES)
"""What every data set asks of every model."""

Regulariser = Literal["none", "l2", "gate_dropout", "depolarising_noise", "layerwise"]
Strength = float | Float[Array, ""]
GateAngles = Float[Array, "layers qubits 3"]


def circuit(config: Config, entangling: bool) -> Callable[[GateAngles], Float[Array, " qubits"]]:
    """Map gate angles to ⟨Z⟩ of every qubit: layers of RY, RZ, RY, each followed by a ring of CZ if ``entangling``."""
    layer = HardwareEfficient() if entangling else ProductAnsatz()

    @qml.qnode(ScanQubit(wires=config.qubits), interface="jax", diff_method="adjoint")
    def qnode(angles):
        RepeatedLayers(angles, wires=range(config.qubits), layer=layer)
        return [qml.expval(qml.Z(wire)) for wire in range(config.qubits)]

    def values(angles: GateAngles) -> Float[Array, " qubits"]:
        results: Any = qnode(angles)
        return jnp.stack(results)

    return values


@dataclass(frozen=True)
class RegularisedCircuit:
    """A data re-uploading classifier whose logits are trainable sums of all ⟨Z⟩, so that no qubit goes unread.

    Regularisers act in training only. The state counts the updates, by which layerwise training knows its stage.

    Attributes:
        config: The circuit's size, and how long it is trained.
        regulariser: What acts on it.
        strength: The weight of the penalty, the share of gates left out, or the probability of an error; else it is not
            read.
        entangling: Whether every layer has its ring of CZ.
    """

    config: Config
    regulariser: Regulariser = "none"
    strength: Strength = 0.0
    entangling: bool = True
    name: str = "circuit"
    batch_coupled: bool = False
    notes: tuple[str, ...] = ()

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw angles uniformly in [-π, π) and input weights from a standard normal distribution."""
        angles_key, weights_key = jax.random.split(key)
        shape = (self.config.layers, self.config.qubits, 3)
        params = {
            "angles": jax.random.uniform(angles_key, shape, minval=-jnp.pi, maxval=jnp.pi),
            "input_weights": jax.random.normal(weights_key, shape),
            "readout": INITIAL_SCALE * jnp.eye(self.config.qubits, CLASSES),
        }
        return Variables(params, {"updates": jnp.zeros((), jnp.int32)})

    def apply(self, params: PyTree, state: PyTree, inputs: Array, *, key: PRNGKeyArray, train: bool) -> Output:
        """Return the logits of a batch, in training those of the regularised circuit."""
        regulariser = self.regulariser if train else "none"
        repeats = self.config.trajectories if regulariser == "depolarising_noise" else 1
        active, _ = layerwise(state["updates"], self.config.steps, self.config.layers)

        def changed(angles: GateAngles, number: Array) -> GateAngles:
            if regulariser == "gate_dropout":  # one circuit an update, as it would be run: the same for all examples
                return gate_dropout(key, angles, self.strength)
            if regulariser == "depolarising_noise":
                return depolarise(jax.random.fold_in(key, number), angles, self.strength)
            if regulariser == "layerwise":
                return jnp.where(active[:, None, None], angles, 0.0)
            return angles

        values = circuit(self.config, self.entangling)

        def logits(example: Array, number: Array) -> Array:
            angles = reuploading_angles(example, params["input_weights"], params["angles"])
            numbers = number * repeats + jnp.arange(repeats)
            return jax.vmap(lambda one: values(changed(angles, one)))(numbers).mean(axis=0) @ params["readout"]

        prediction = jax.vmap(logits)(inputs, jnp.arange(len(inputs)))
        penalty = self._penalty(params) if regulariser == "l2" else jnp.zeros(())
        return Output(prediction, {"updates": state["updates"] + jnp.int32(train)}, penalty, {})

    def _penalty(self, params: PyTree) -> Float[Array, ""]:
        return self.strength * (squared_angles(params["angles"]) + jnp.mean(jnp.square(params["input_weights"])))

    def trainable(self, update: Int[Array, ""]) -> PyTree[Array]:
        """Return 1 for the layers that an update trains and 0 for the others: all layers, unless layer by layer."""
        _, trained = layerwise(update, self.config.steps, self.config.layers)
        factors = trained[:, None, None].astype(jnp.float32) if self.regulariser == "layerwise" else jnp.ones(())
        return {"angles": factors, "input_weights": factors, "readout": jnp.ones(())}

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """Return no leaf: the penalty is the one decay that is studied."""
        return decay_nothing(params)

    def cost(self) -> Cost:
        """Return that the cost is unknown; this study asks for none."""
        return UNKNOWN_COST


def network(hidden: int) -> Paradigm:
    """Build a network with one layer of ``hidden`` tanh units, or none (logistic regression) for ``hidden=0``.

    Weights are normal with variance 1 / inputs.
    """
    name = "network" if hidden else "logistic regression"
    normal = nnx.initializers.variance_scaling(1.0, "fan_in", "normal")
    return perceptron((hidden,) if hidden else (), SPEC, name, normal, activation=nnx.tanh)


def matched_network(config: Config) -> Paradigm:
    """Build the network whose number of parameters is closest to the circuit's."""
    wanted = parameter_count(RegularisedCircuit(config))
    return network(max(1, round((wanted - CLASSES) / (FEATURES + 1 + CLASSES))))
