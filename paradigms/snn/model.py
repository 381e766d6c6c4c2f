"""The spiking network behind the project's interface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, PRNGKeyArray, Shaped

from paradigms.interface import Cost, Output, Spec, Variables
from paradigms.snn import activity
from paradigms.snn.config import Config
from paradigms.snn.cost import cost
from paradigms.snn.network import Carry, Network, NetworkStep
from paradigms.snn.reading import Reading, reading
from paradigms.snn.unroll import bptt, checkpointed


@dataclass(frozen=True)
class SNN:
    """A spiking network for one task; made by :func:`build`.

    Parameters and state are dictionaries from a readable name (``hidden[0].connection.weight``) to an array. ``names``
    and ``structure`` are the rest of the Equinox module: its leaves' names in order, and how to put them together.
    """

    config: Config
    spec: Spec
    reading: Reading
    names: tuple[str, ...] = field(repr=False)
    structure: Any = field(repr=False)
    name: str = "snn"
    batch_coupled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """How the examples are read."""
        return self.reading.notes

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial parameters; decays that are not learned are state."""
        network = Network(self.config, self.reading.channels, self.spec.outputs, key=key)
        arrays = dict(zip(self.names, jax.tree.leaves(network), strict=True))
        params = {name: array for name, array in arrays.items() if self.config.learn_decay or not _is_decay(name)}
        return Variables(params, {name: array for name, array in arrays.items() if name not in params})

    def apply(
        self,
        params: dict[str, Array],
        state: dict[str, Array],
        inputs: Shaped[Array, "batch ..."],
        *,
        key: PRNGKeyArray,
        train: bool,
    ) -> Output:
        """Run a batch through time; the prediction is ``[batch, outputs]``.

        ``key`` draws the spikes of the rate encoding, in evaluation as in training. ``train`` changes nothing.
        """
        arrays = params | state
        network = jax.tree.unflatten(self.structure, [arrays[name] for name in self.names])
        carry = self._run(network, inputs.reshape(inputs.shape[0], -1) if self.reading.flatten else inputs, key)
        measured = activity.telemetry(carry, network, self.reading.time_steps)
        return Output(
            prediction=carry.readout_sum / self.reading.time_steps,
            state=state,
            penalty=self.config.rate_penalty * measured["spike_rate"],
            telemetry=jax.lax.stop_gradient(measured),
        )

    def weight_decay_mask(self, params: dict[str, Any]) -> dict[str, bool]:
        """Weights decay; biases and membrane decays do not."""
        return {name: name.endswith(".weight") for name in params}

    def cost(self) -> Cost:
        """Multiply-accumulates and time steps of one example."""
        return cost(self.config, self.reading, self.spec.outputs)

    def _run(self, network: Network, inputs: Shaped[Array, "batch ..."], key: PRNGKeyArray) -> Carry:
        step = NetworkStep(self.reading.encoding, self.reading.time_steps, self.config.rate_penalty > 0)
        arguments = step.arguments(network, inputs, key)
        carry = step.initial_carry(network, inputs.shape[:1])
        if self.config.differentiation == "bptt":
            return bptt(step, arguments, carry, step.time_steps, unroll=self.config.unroll)
        return checkpointed(
            step,
            arguments,
            carry,
            step.time_steps,
            unroll=self.config.unroll,
            segment_steps=self.config.segment_steps,
        )


def build(config: Config, spec: Spec) -> SNN:
    """Fix the network's structure for a task, without allocating an array.

    Raises:
        Unsupported: For a task that the network cannot read or serve; see :func:`paradigms.snn.reading.reading`.
    """
    how = reading(config, spec)
    skeleton = eqx.filter_eval_shape(lambda: Network(config, how.channels, spec.outputs, key=jax.random.key(0)))
    leaves, structure = jax.tree_util.tree_flatten_with_path(skeleton)
    names = tuple(jax.tree_util.keystr(path).removeprefix(".") for path, _ in leaves)
    return SNN(config, spec, how, names, structure)


def _is_decay(name: str) -> bool:
    return name.endswith(".leak.logit")
