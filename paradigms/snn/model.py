"""The spiking network behind the project's interface."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, PRNGKeyArray, Shaped

from paradigms.interface import Cost, InputCheck, Output, Spec, Variables
from paradigms.quantisers import quantised_weight
from paradigms.snn import activity
from paradigms.snn.architectures import build_network
from paradigms.snn.config import Config
from paradigms.snn.cost import cost
from paradigms.snn.network import Arguments, BlockRunner, Network
from paradigms.snn.reading import Reading, reading, require_unit_interval
from paradigms.snn.rules.rule import TimeSteps
from paradigms.snn.rules.unroll import Result


@dataclass(frozen=True)
class SNN:
    """A spiking network for one task; made by :func:`build`.

    Parameters and state are dictionaries from a readable name (``hidden[0].connection.weight``) to an array. ``names``
    and ``structure`` are the rest of the Equinox module: its leaves' names in order, and how to put them together.
    """

    config: Config
    spec: Spec
    reading: Reading
    skeleton: Network = field(repr=False, compare=False)
    names: tuple[str, ...] = field(repr=False)
    structure: Any = field(repr=False)
    name: str = "snn"
    batch_coupled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to read the examples, in sentences."""
        return self.reading.notes

    @property
    def runner(self) -> BlockRunner:
        """Runs a block of the network's steps, in the form that rules unroll."""
        return BlockRunner(
            self.reading.encoding,
            self.reading.time_steps,
            self.config.rule,
            self.config.rate_penalty > 0,
            self.config.input_product == "auto" and self.reading.encoding.binary,
        )

    def input_check(self) -> InputCheck | None:
        """Return the check of inputs, see :class:`paradigms.interface.ChecksInputs`."""
        return partial(require_unit_interval, self.config) if self.reading.encoding.bounded else None

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial parameters; decays that are not learned are state."""
        network = build_network(self.config, self.reading.shape, self.spec.outputs, key=key)
        arrays = dict(zip(self.names, jax.tree.leaves(network), strict=True))
        params = {name: array for name, array in arrays.items() if self.config.learn_decay or not _is_decay(name)}
        return Variables(params, {name: array for name, array in arrays.items() if name not in params})

    def network(self, params: dict[str, Array], state: dict[str, Array]) -> Network:
        """Put these arrays together to the Equinox module, its weights rounded where they have few bits."""
        arrays, bits = params | state, self.config.weight_bits
        if bits is not None:
            arrays = {
                name: quantised_weight(array, bits) if _is_weight(name) else array for name, array in arrays.items()
            }
        return jax.tree.unflatten(self.structure, [arrays[name] for name in self.names])

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

        ``key`` draws the spikes of random encodings, in evaluation as in training. ``train`` changes nothing.

        Raises:
            Unsupported: The memory budget does not suffice for this batch; raised while tracing.
        """
        arguments = self.arguments(self.network(params, state), inputs, key)
        _, sums = self.run(arguments)
        measured = activity.telemetry(sums, arguments, self.reading, self.config.weight_bits)
        return Output(
            prediction=sums.readout / self.reading.time_steps,
            state=state,
            penalty=self.config.rate_penalty * measured["spike_rate"],
            telemetry=jax.lax.stop_gradient(measured),
        )

    def arguments(self, network: Network, inputs: Shaped[Array, "batch ..."], key: PRNGKeyArray) -> Arguments:
        """Gather what the network reads of a batch."""
        return self.runner.arguments(network, inputs.reshape(inputs.shape[0], *self.reading.example_shape), key)

    def run(self, arguments: Arguments) -> Result:
        """Run the network through all steps under the configured rule of differentiation.

        Returns:
            The states after the last step, and the sums over all steps.

        Raises:
            Unsupported: The memory budget does not suffice for this batch.
        """
        config, total = self.config, self.reading.time_steps
        states = self.runner.initial_states(arguments.network, arguments.drive.shape[0])
        steps = TimeSteps.in_blocks(total, config.block_steps, config.segment_steps, config.memory_budget_bytes)
        return config.rule.unroll(self.runner, arguments, states, steps)

    def weight_decay_mask(self, params: dict[str, Any]) -> dict[str, bool]:
        """Say which parameters weight decay applies to: weights, not biases, potentials and decays of membranes."""
        return {name: _is_weight(name) for name in params}

    def cost(self) -> Cost:
        """Count the multiply-accumulates and time steps of one example."""
        return cost(self.config, self.reading, self.skeleton)


def build(config: Config, spec: Spec) -> SNN:
    """Fix the network's structure for a task, without allocating an array.

    Raises:
        Unsupported: For a task that the network cannot read or serve; see :func:`paradigms.snn.reading.reading`.
    """
    how = reading(config, spec)
    skeleton = eqx.filter_eval_shape(lambda: build_network(config, how.shape, spec.outputs, key=jax.random.key(0)))
    leaves, structure = jax.tree_util.tree_flatten_with_path(skeleton)
    names = tuple(jax.tree_util.keystr(path).removeprefix(".") for path, _ in leaves)
    return SNN(config, spec, how, skeleton, names, structure)


def _is_weight(name: str) -> bool:
    return name.endswith(".weight")


def _is_decay(name: str) -> bool:
    return name.endswith(".logit")
