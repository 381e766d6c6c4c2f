"""Sequence models of two layers and a linear read-out, that differ in their dynamics and in their output.

=======================  ==============================  ===================================================
model                    dynamics                        output of a layer
=======================  ==============================  ===================================================
leaky, spikes            ``v' = a v + W x + b``, reset   1 where v reaches threshold (``paradigms.snn``)
leaky, continuous        the same without reset          GELU of v
state space, continuous  diagonal complex, linear        GELU of a mixture of its real parts
state space, spikes      the same                        1 where that mixture is positive
adaptive, spikes         leaky, and a threshold that     1 where v reaches it
                         rises with own spikes
recurrent, spikes        leaky, and own spikes fed back  1 where v reaches threshold
GRU                      gated                           its state
transformer              none: attends to all steps      residual stream
transformer, spikes      the same, without softmax       sum of spikes: what enters and two branches
=======================  ==============================  ===================================================

Every model maps ``[time, batch, channels]`` to an answer ``[batch, outputs]``, from its outputs averaged over the last
``window`` steps. :class:`SequenceModel` is a kind of model on a task, as a paradigm.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from eval.studies.long_range.config import Matching, Models
from eval.studies.long_range.tasks import LongTask
from paradigms.adapters.adapted import UNKNOWN_COST, decay_nothing
from paradigms.interface import Cost, Output, Variables
from paradigms.snn.neurons import Firing, adaptive_lif_step, leaky_integrator_step, lif_step
from paradigms.snn.neurons.surrogates import SURROGATES

ModelName: TypeAlias = Literal[
    "leaky, spikes", "leaky, continuous", "adaptive, spikes", "recurrent, spikes", "state space, spikes",
    "state space, continuous", "GRU", "transformer, spikes", "transformer",
]  # fmt: skip
TimeConstantsName: TypeAlias = Literal["default", "of the lag", "of its source"]
DEFAULT: TimeConstantsName = "default"
OF_THE_LAG: TimeConstantsName = "of the lag"
OF_ITS_SOURCE: TimeConstantsName = "of its source"
LAYERS = 2
FLOAT_BYTES = 4
FIRING = Firing()
ADAPTATION_STRENGTH = 0.2
"""Thresholds that a spike adds to the threshold, the default of ``paradigms.snn``."""

Sequence = Float[Array, "time batch _"]


@dataclass(frozen=True)
class TimeConstants:
    """Time constants at the start, in steps.

    Attributes:
        membrane: The time constant of leaky membranes.
        adaptation: The time constant of adaptive thresholds.
        fastest, slowest: The shortest and the longest time constant of the modes of a state-space layer.
    """

    membrane: float | Float[Array, ""]
    adaptation: float | Float[Array, ""]
    fastest: float | Float[Array, ""]
    slowest: float | Float[Array, ""]


@dataclass(frozen=True)
class Model:
    """A kind of model.

    Attributes:
        spikes: Whether its layers speak in spikes, 0 or 1, or in sums of them.
        init_layer: ``(key, inputs, width, time constants) -> parameters``.
        layer: ``(parameters, inputs) -> outputs [time, batch, width]``.
        state: Floats of state a neuron and layer; ``None`` where they grow with time.
    """

    spikes: bool
    init_layer: Callable[[PRNGKeyArray, int, int, TimeConstants], PyTree]
    layer: Callable[[PyTree, Sequence], Sequence]
    state: int | None

    def init(self, key: PRNGKeyArray, inputs: int, width: int, outputs: int, constants: TimeConstants) -> PyTree:
        """Initial parameters."""
        first, second, last = jax.random.split(key, 3)
        return {
            "layers": (
                self.init_layer(first, inputs, width, constants),
                self.init_layer(second, width, width, constants),
            ),
            "readout": _dense(last, width, outputs),
        }

    def parameters(self, inputs: int, width: int, outputs: int) -> int:
        """How many."""
        one = TimeConstants(*[jnp.ones(())] * 4)
        shapes = jax.eval_shape(lambda key: self.init(key, inputs, width, outputs, one), jax.random.key(0))
        return sum(leaf.size for leaf in jax.tree.leaves(shapes))

    def state_bytes(self, width: int, time_steps: int) -> int:
        """Kept from one step to the next, an example; for attention the keys and values of all steps."""
        floats = 2 * time_steps if self.state is None else self.state
        return LAYERS * width * floats * FLOAT_BYTES


def _dense(key: PRNGKeyArray, inputs: int, outputs: int) -> PyTree:
    """Uniform of variance 1 / inputs, and zero biases, as in ``paradigms.snn``."""
    limit = np.sqrt(3 / inputs)
    return {
        "weight": jax.random.uniform(key, (inputs, outputs), minval=-limit, maxval=limit),
        "bias": jnp.zeros(outputs),
    }


def _connect(params: PyTree, values: Array) -> Array:
    return values @ params["weight"] + params["bias"]


def _logit(time_constant: float | Float[Array, ""], width: int) -> Float[Array, " width"]:
    """Return the logit of the decay exp(-1 / time constant), one per neuron."""
    return jnp.full(width, -jnp.log(jnp.expm1(1 / time_constant)))


def _scan(step: Callable, state: PyTree, currents: PyTree) -> Any:
    def body(state: PyTree, current: PyTree) -> tuple[PyTree, PyTree]:
        outputs, state = step(current, state)
        return state, outputs

    return jax.lax.scan(body, state, currents)[1]


def _init_leaky(key: PRNGKeyArray, inputs: int, width: int, constants: TimeConstants) -> PyTree:
    return {"input": _dense(key, inputs, width), "logit": _logit(constants.membrane, width)}


def _leaky_spikes(params: PyTree, inputs: Sequence) -> Sequence:
    currents, decay = _connect(params["input"], inputs), jax.nn.sigmoid(params["logit"])
    return _scan(
        lambda current, v: lif_step(current, v, decay=decay, firing=FIRING), jnp.zeros_like(currents[0]), currents
    )


def _leaky_continuous(params: PyTree, inputs: Sequence) -> Sequence:
    currents, decay = _connect(params["input"], inputs), jax.nn.sigmoid(params["logit"])

    def step(current: Array, v: Array) -> tuple[Array, Array]:
        v = leaky_integrator_step(current, v, decay=decay)
        return v, v

    return jax.nn.gelu(_scan(step, jnp.zeros_like(currents[0]), currents))


def _init_adaptive(key: PRNGKeyArray, inputs: int, width: int, constants: TimeConstants) -> PyTree:
    return _init_leaky(key, inputs, width, constants) | {"adaptation": _logit(constants.adaptation, width)}


def _adaptive_spikes(params: PyTree, inputs: Sequence) -> Sequence:
    currents = _connect(params["input"], inputs)
    decay, adaptation_decay = (jax.nn.sigmoid(params[name]) for name in ("logit", "adaptation"))

    def step(current: Array, state: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
        return adaptive_lif_step(
            current, state, decay=decay, adaptation_decay=adaptation_decay, strength=ADAPTATION_STRENGTH, firing=FIRING
        )

    rest = jnp.zeros_like(currents[0])
    return _scan(step, (rest, rest), currents)


def _init_recurrent(key: PRNGKeyArray, inputs: int, width: int, constants: TimeConstants) -> PyTree:
    input_key, own_key = jax.random.split(key)
    return _init_leaky(input_key, inputs, width, constants) | {"recurrent": _dense(own_key, width, width)["weight"]}


def _recurrent_spikes(params: PyTree, inputs: Sequence) -> Sequence:
    currents, decay = _connect(params["input"], inputs), jax.nn.sigmoid(params["logit"])

    def step(current: Array, state: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
        v, spikes = state
        spikes, v = lif_step(current + spikes @ params["recurrent"], v, decay=decay, firing=FIRING)
        return spikes, (v, spikes)

    rest = jnp.zeros_like(currents[0])
    return _scan(step, (rest, rest), currents)


SOURCE_MODULI, LARGEST_PHASE = (0.9, 0.999), np.pi / 10
"""Moduli and phases of the eigenvalues at the start are uniform (in area) in this part of a ring in the source."""


def _init_state_space(key: PRNGKeyArray, inputs: int, width: int, constants: TimeConstants) -> PyTree:
    """The linear recurrent unit of Orvieto et al., ICML 2023 (arXiv 2303.06349), as many modes as outputs.

    ``h' = λ h + γ B x`` with ``λ = exp(-exp(ν) + i exp(θ))`` and ``γ = √(1 - |λ|²)`` at the start;
    ``y = Re(C h) + D x`` with D a matrix here, since widths differ. The time constant of a mode is ``-1 / ln |λ|``.
    """
    moduli_key, phase_key, b_key, c_key, d_key = jax.random.split(key, 5)
    least, most = (jnp.exp(-2 / constant) for constant in (constants.fastest, constants.slowest))
    squared = jax.random.uniform(moduli_key, (width,)) * (most - least) + least
    phases = LARGEST_PHASE * jax.random.uniform(phase_key, (width,), minval=1e-3)
    return {
        "nu": jnp.log(-0.5 * jnp.log(squared)),
        "theta": jnp.log(phases),
        "gamma": 0.5 * jnp.log(1 - squared),
        "b": jax.random.normal(b_key, (2, inputs, width)) / np.sqrt(2 * inputs),
        "c": jax.random.normal(c_key, (2, width, width)) / np.sqrt(width),
        "d": _dense(d_key, inputs, width),
    }


def state_space(params: PyTree, inputs: Sequence) -> Sequence:
    """``y`` at every step, real arithmetic: the complex state is two arrays."""
    modulus, phase = jnp.exp(-jnp.exp(params["nu"])), jnp.exp(params["theta"])
    real, imaginary = modulus * jnp.cos(phase), modulus * jnp.sin(phase)
    driven = jnp.exp(params["gamma"]) * jnp.einsum("tbi,cin->ctbn", inputs, params["b"])

    def step(current: tuple[Array, Array], state: tuple[Array, Array]) -> tuple[tuple[Array, Array], tuple]:
        x, y = state
        state = (real * x - imaginary * y + current[0], imaginary * x + real * y + current[1])
        return state, state

    rest = jnp.zeros_like(driven[0, 0])
    x, y = _scan(step, (rest, rest), (driven[0], driven[1]))
    return x @ params["c"][0] - y @ params["c"][1] + _connect(params["d"], inputs)


def _state_space_continuous(params: PyTree, inputs: Sequence) -> Sequence:
    return jax.nn.gelu(state_space(params, inputs))


def _state_space_spikes(params: PyTree, inputs: Sequence) -> Sequence:
    return SURROGATES[FIRING.surrogate](state_space(params, inputs), FIRING.width)


def _init_gru(key: PRNGKeyArray, inputs: int, width: int, constants: TimeConstants) -> PyTree:
    input_key, own_key = jax.random.split(key)
    return {"input": _dense(input_key, inputs, 3 * width), "own": _dense(own_key, width, 3 * width)}


def _gru(params: PyTree, inputs: Sequence) -> Sequence:
    """Cho et al. 2014, the reset gate acting after the product with the state (cuDNN's variant)."""
    currents = _connect(params["input"], inputs)

    def step(current: Array, h: Array) -> tuple[Array, Array]:
        (r, z, n), (own_r, own_z, own_n) = (jnp.split(x, 3, axis=-1) for x in (current, _connect(params["own"], h)))
        update = jax.nn.sigmoid(z + own_z)
        candidate = jnp.tanh(n + jax.nn.sigmoid(r + own_r) * own_n)
        h = (1 - update) * candidate + update * h
        return h, h

    return _scan(step, jnp.zeros((inputs.shape[1], currents.shape[-1] // 3)), currents)


def _init_attention(key: PRNGKeyArray, inputs: int, width: int, constants: TimeConstants) -> PyTree:
    embed, qkv, out, up, down = jax.random.split(key, 5)
    return {
        "embed": _dense(embed, inputs, width),
        "qkv": _dense(qkv, width, 3 * width),
        "out": _dense(out, width, width),
        "up": _dense(up, width, 2 * width),
        "down": _dense(down, 2 * width, width),
    }


def _attention(params: PyTree, inputs: Sequence) -> Sequence:
    """A pre-norm causal block of one head (Vaswani et al. 2017) after a linear embedding and sinusoidal places."""
    values = _connect(params["embed"], inputs)
    time, _, width = values.shape
    values = values + _places(time, width)[:, None]
    query, key, value = jnp.split(_connect(params["qkv"], _normalised(values)), 3, axis=-1)
    scores = jnp.einsum("tbd,sbd->bts", query, key) / np.sqrt(width)
    scores = jnp.where(np.tri(time, dtype=bool), scores, -jnp.inf)
    attended = jnp.einsum("bts,sbd->tbd", jax.nn.softmax(scores), value)
    values = values + _connect(params["out"], attended)
    return values + _connect(params["down"], jax.nn.gelu(_connect(params["up"], _normalised(values))))


def _spiking_attention(params: PyTree, inputs: Sequence) -> Sequence:
    """Spike-form attention (Zhou et al., ICLR 2023: Spikformer): queries, keys, values and branches are spikes.

    Causal, of one head, every place firing once; layer norm in place of the source's batch norm, which would mix steps
    and examples. Spikes of the branches are added (Fang et al., NeurIPS 2021: SEW).
    """
    embedded = _connect(params["embed"], inputs)
    time, _, width = embedded.shape
    values = _fired(embedded + _places(time, width)[:, None])
    query, key, value = jnp.split(_fired(_connect(params["qkv"], values)), 3, axis=-1)
    coincidences = jnp.einsum("tbd,sbd->bts", query, key) * np.tri(time, dtype=np.float32)
    attended = _fired(jnp.einsum("bts,sbd->tbd", coincidences, value))
    values = values + _fired(_connect(params["out"], attended))
    return values + _fired(_connect(params["down"], _fired(_connect(params["up"], values))))


def _fired(values: Array) -> Array:
    return SURROGATES[FIRING.surrogate](_normalised(values), FIRING.width)


def _normalised(values: Array) -> Array:
    centred = values - values.mean(axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(jnp.square(centred), axis=-1, keepdims=True) + 1e-6)


def _places(time: int, width: int) -> Float[Array, "time width"]:
    rates = 10_000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.arange(time)[:, None] * rates
    return jnp.asarray(np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :width], jnp.float32)


MODELS: dict[ModelName, Model] = {
    "leaky, spikes": Model(True, _init_leaky, _leaky_spikes, 1),
    "leaky, continuous": Model(False, _init_leaky, _leaky_continuous, 1),
    "adaptive, spikes": Model(True, _init_adaptive, _adaptive_spikes, 2),
    "recurrent, spikes": Model(True, _init_recurrent, _recurrent_spikes, 2),
    "state space, spikes": Model(True, _init_state_space, _state_space_spikes, 2),
    "state space, continuous": Model(False, _init_state_space, _state_space_continuous, 2),
    "GRU": Model(False, _init_gru, _gru, 1),
    "transformer, spikes": Model(True, _init_attention, _spiking_attention, None),
    "transformer": Model(False, _init_attention, _attention, None),
}
REFERENCE: ModelName = "leaky, spikes"
TIME_CONSTANTS: dict[ModelName, tuple[TimeConstantsName, ...]] = {
    "leaky, spikes": (DEFAULT, OF_THE_LAG),
    "leaky, continuous": (DEFAULT, OF_THE_LAG),
    "adaptive, spikes": (OF_THE_LAG,),
    "recurrent, spikes": (DEFAULT,),
    "state space, spikes": (DEFAULT, OF_THE_LAG, OF_ITS_SOURCE),
    "state space, continuous": (DEFAULT, OF_THE_LAG, OF_ITS_SOURCE),
}
"""Time constants tried: of leaky membranes (of ``adaptive``: of its thresholds) and of all modes of state-space layers;
models without have none to choose."""
Network: TypeAlias = tuple[ModelName, TimeConstantsName | None]
"""A model and its time constants at the start."""
DYNAMICS: Mapping[ModelName, Literal["leaky", "state space"]] = MappingProxyType(
    {
        "leaky, spikes": "leaky",
        "leaky, continuous": "leaky",
        "state space, spikes": "state space",
        "state space, continuous": "state space",
    }
)
"""The models of the factorial design, and their dynamics."""
CELLS: tuple[Network, ...] = tuple(product(DYNAMICS, (DEFAULT, OF_THE_LAG)))
"""The networks of the factorial design."""


def networks(models: Models) -> tuple[Network, ...]:
    """Return the networks that are trained."""
    if models == "design":
        return (*CELLS, ("GRU", None))
    return tuple((name, constants) for name in MODELS for constants in TIME_CONSTANTS.get(name, (None,)))


def can_match(name: ModelName, matching: Matching, time_steps: int, width: int) -> bool:
    """Whether some width has the reference's size at ``width``, 8 or more.

    Parameters can always be as few; a transformer's state grows with time.
    """
    return matching == "parameters" or (
        MODELS[name].state_bytes(1, time_steps) <= MODELS[REFERENCE].state_bytes(width, time_steps)
    )


def matched_width(
    name: ModelName, matching: Matching, inputs: int, outputs: int, time_steps: int, width: int
) -> int | None:
    """The width that comes closest to the reference's size at ``width``; ``None`` where none can match it."""
    if not can_match(name, matching, time_steps, width):
        return None

    def size(model: Model, own: int) -> int:
        if matching == "parameters":
            return model.parameters(inputs, own, outputs)
        return model.state_bytes(own, time_steps)

    wanted = size(MODELS[REFERENCE], width)
    widths = range(1, 8 * width)
    # The first that is not smaller, or the one before it.
    place = bisect_left(widths, wanted, key=lambda own: size(MODELS[name], own))
    return min(widths[max(place - 1, 0) : place + 1], key=lambda own: abs(size(MODELS[name], own) - wanted))


@dataclass(frozen=True)
class SequenceModel:
    """A kind of model on a task.

    Attributes:
        name: The kind of model.
        task: What it reads.
        width: Neurons in each layer.
        window: Steps at the end over which outputs are averaged.
        constants: The time constants of membranes and thresholds at the start.
    """

    name: ModelName
    task: LongTask
    width: int
    window: int
    constants: TimeConstants
    batch_coupled: bool = False
    notes: tuple[str, ...] = ()

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial parameters; there is no other state."""
        kind, task = MODELS[self.name], self.task
        return Variables(kind.init(key, task.channels, self.width, task.outputs, self.constants), {})

    def apply(self, params: PyTree, state: PyTree, inputs: PyTree[Array], *, key: PRNGKeyArray, train: bool) -> Output:
        """Answer a batch; telemetry ``spike_rate`` is the mean of what spiking layers put out, per neuron and step."""
        kind = MODELS[self.name]
        values, rate = self.task.sequences(inputs), jnp.zeros(())
        for layer in params["layers"]:
            values = kind.layer(layer, values)
            rate = rate + values.mean() / LAYERS
        answers = _connect(params["readout"], values[-self.window :].mean(axis=0))
        return Output(answers, state, jnp.zeros(()), {"spike_rate": rate} if kind.spikes else {})

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """Return no leaf: decay would be one more way to forget."""
        return decay_nothing(params)

    def cost(self) -> Cost:
        """Return that the cost is unknown; this study asks for none."""
        return UNKNOWN_COST
