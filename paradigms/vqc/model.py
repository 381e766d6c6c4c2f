"""A variational quantum circuit as a model: features, embedding, circuit, scaled expectation values."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import Cost, Output, Spec, Unsupported, Variables, Work
from paradigms.vqc.circuit.embedding import amplitudes, reuploading_angles
from paradigms.vqc.circuit.initialisations import INITIALISATIONS, identity_blocks
from paradigms.vqc.circuit.preprocessing import Preprocessing, preprocessing_for
from paradigms.vqc.circuit.regularisers import depolarise, gate_dropout, squared_angles
from paradigms.vqc.config import Config
from paradigms.vqc.gradients.two_term_rule import ModelCircuit, two_term_shift
from paradigms.vqc.simulator.memory import gradient_bytes, require_memory


@dataclass(frozen=True)
class VQC:
    """The variational quantum circuit as a paradigm.

    Its parameters, all float32, are:

    - ``angles`` ``[layers, qubits, 3]``: θ, in radians;
    - ``input_weights`` ``[layers, qubits, 3]``: w of the re-uploading embedding, in radians per unit of input (absent
      with amplitude embedding);
    - ``scale`` ``[outputs]``: the factors from expectation values to predictions.

    Attributes:
        config: The settings.
        outputs: The number of observables measured, one for each class or regressed dimension.
        features: The fixed preprocessing from an example to what the circuit holds.
        circuit: The map from gate angles and initial amplitudes to expectation values, with its rule of
            differentiation.
        notes: What is done to an example, in one sentence each.
        name: The name of the paradigm.
        batch_coupled: Whether an example's prediction depends on the others of its batch, which it does not.
    """

    config: Config
    outputs: int
    features: Preprocessing
    circuit: ModelCircuit
    notes: tuple[str, ...]
    name: str = "vqc"
    batch_coupled: bool = False

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw the parameters.

        Angles are drawn as ``config.initialisation`` says, input weights from a normal distribution of unit variance;
        all scales are ``config.initial_scale``.
        """
        angles_key, weights_key = jax.random.split(key)
        angles = INITIALISATIONS[self.config.initialisation](angles_key, self.config.layers, self.config.qubits)
        params = {"angles": angles, "scale": jnp.full(self.outputs, self.config.initial_scale)}
        if self.config.embedding == "reuploading":
            params["input_weights"] = jax.random.normal(weights_key, angles.shape)
        return Variables(params, {})

    def apply(
        self, params: PyTree, state: PyTree, inputs: Float[Array, "batch *shape"], *, key: PRNGKeyArray, train: bool
    ) -> Output:
        """Predict ``[batch, outputs]``; dropout, noise and penalty are left out in evaluation.

        Args:
            params: The parameters.
            state: Returned as it is.
            inputs: A batch of examples.
            key: The source of gate dropout and of depolarising noise.
            train: Whether the prediction is for training.

        Returns:
            Predictions, and the penalty on angles.
        """
        kept, errors = jax.random.split(key)

        def values(example: Float[Array, "*shape"], place: Array) -> Float[Array, " outputs"]:
            angles, initial = self._circuit_inputs(params, example)
            if train and self.config.gate_dropout:
                # One circuit an update: the same rotations are left out for all examples.
                angles = gate_dropout(kept, angles, self.config.gate_dropout)
            if train and self.config.depolarising:
                angles = depolarise(jax.random.fold_in(errors, place), angles, self.config.depolarising)
            return self.circuit(angles, initial)

        predictions = jax.vmap(values)(inputs, jnp.arange(len(inputs))) * params["scale"]
        penalty = jnp.zeros(())
        if train and self.config.angle_penalty:
            penalty = self.config.angle_penalty * squared_angles(params["angles"])
        return Output(predictions, state, penalty, {})

    def _circuit_inputs(
        self, params: PyTree, example: Float[Array, "*shape"]
    ) -> tuple[Float[Array, "layers qubits 3"], Float[Array, " amplitudes"] | None]:
        features = self.features(example)
        if self.config.embedding == "amplitude":
            return params["angles"], amplitudes(features, self.config.qubits)
        return reuploading_angles(features, params["input_weights"], params["angles"]), None

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """Let nothing decay: angles are periodic, so that zero is no simpler than any other value."""
        return jax.tree.map(lambda _: False, params)

    def cost(self) -> Cost:
        """Count circuit executions as hardware would; all observables are measured together.

        Parameter shift takes one circuit for the values and two for every gate angle. Reverse mode (adjoint, backprop)
        is counted as no circuit at all, since no hardware can run it.
        """
        forward = Work(circuit_executions=1)
        if self.config.differentiation == "parameter_shift":
            return Cost(forward, Work(circuit_executions=1 + 2 * self.config.gate_angles))
        return Cost(forward, Work())


def build(config: Config, spec: Spec) -> VQC:
    """Build the paradigm for a task.

    Args:
        config: The settings.
        spec: What the task gives and wants.

    Raises:
        Unsupported: If the task is of another kind, has more outputs than the register has observables, or the
            simulation exceeds this machine's memory.
    """
    require_memory(config)
    if config.initialisation == "identity_blocks":
        # Drawn once without values, so that too few layers for a block are refused here.
        jax.eval_shape(lambda key: identity_blocks(key, config.layers, config.qubits), jax.random.key(0))
    if config.embedding == "amplitude":
        capacity, place = 2**config.qubits, "amplitudes"
    else:
        capacity, place = config.gate_angles, "gate angles"
    features = preprocessing_for(spec, capacity, place)
    if spec.outputs > 2**config.qubits - 1:
        raise Unsupported(
            f"{spec.outputs} outputs exceed the {2**config.qubits - 1} diagonal Pauli words of "
            f"paradigm.qubits={config.qubits}; raise paradigm.qubits"
        )
    # PennyLane takes seconds to import: a refusal above does not pay for it.
    from paradigms.vqc.qnode import expectation_values, qnode

    circuit = expectation_values(qnode(config, spec.outputs))
    if config.differentiation == "parameter_shift":
        circuit = two_term_shift(circuit, config.shift_chunk)
    memory = f"The gradient of one example is predicted to take {gradient_bytes(config) / 2**20:,.1f} MiB."
    return VQC(config, spec.outputs, features, circuit, (*features.notes, _embedding_note(config, features), memory))


def _embedding_note(config: Config, features: Preprocessing) -> str:
    if config.embedding == "amplitude":
        padding = 2**config.qubits - features.size
        return f"The {features.size} features are scaled to unit norm, with {padding} zeros after them, as amplitudes."
    return f"The {features.size} features are assigned cyclically, in order, to the {config.gate_angles} gate angles."
