"""The energy of a spin chain as something to train: a circuit is the paradigm, its energy the loss."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float, PRNGKeyArray, PyTree, Shaped

from eval.studies.executions.circuits import hardware_efficient, ising_chain
from eval.studies.executions.shots import on_device
from paradigms.adapters.adapted import UNKNOWN_COST, decay_nothing
from paradigms.interface import Cost, Output, Spec, Variables
from paradigms.vqc.device import ScanQubit
from training.data.arrays import ArraySplit
from training.tasks import Task

UPDATES = "updates"
"""What the state counts; coordinate descent goes by it."""


class LowestEnergy(Task):
    """The task of a prediction as low as possible: there is one example, and it says nothing."""

    def loss(
        self, prediction: Float[Array, "batch *rest outputs"], targets: Shaped[Array, " batch *_"]
    ) -> Float[Array, " batch"]:
        """Return the prediction itself, in units of the chain's coupling."""
        return prediction[:, 0]


def lowest_energy() -> LowestEnergy:
    """Make the task."""
    nothing = ArraySplit(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32))
    spec = Spec(jax.ShapeDtypeStruct((1,), jnp.float32), "regression", 1)
    return LowestEnergy("lowest energy", spec, nothing, nothing, nothing)


@dataclass(frozen=True)
class EnergyCircuit:
    """The hardware-efficient circuit, which predicts the energy of its own state on the Ising chain.

    In training the energy is estimated from shots, and its derivatives are those of the parameter-shift rule; in
    evaluation it is exact.

    Attributes:
        qubits, layers: The size of the circuit.
        shots: A measurement group.
    """

    qubits: int
    layers: int
    shots: int
    name: str = "hardware-efficient circuit"
    batch_coupled: bool = False
    notes: tuple[str, ...] = ()

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw angles uniformly in [-π, π)."""
        angles = jax.random.uniform(key, (self.layers, self.qubits, 3), minval=-jnp.pi, maxval=jnp.pi)
        return Variables(angles, {UPDATES: jnp.zeros((), jnp.int32)})

    def apply(self, params: Array, state: PyTree, inputs: Array, *, key: PRNGKeyArray, train: bool) -> Output:
        """Predict the energy for each example, which is the same for all."""
        circuit = hardware_efficient(self.qubits, ising_chain)
        if train:
            energy = on_device(circuit, self.qubits, shots=self.shots, chunk=64)(params, key=key)
        else:
            energy = qml.QNode(circuit, ScanQubit(wires=self.qubits), interface="jax")(params)
        prediction = jnp.broadcast_to(energy, (len(inputs), 1))
        return Output(prediction, {UPDATES: state[UPDATES] + jnp.int32(train)}, jnp.zeros(()), {})

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """Return no leaf: angles are periodic."""
        return decay_nothing(params)

    def cost(self) -> Cost:
        """Return that the cost is unknown: each method counts its own shots."""
        return UNKNOWN_COST
