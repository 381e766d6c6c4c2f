"""Spiking neurons and dense spiking networks in float64 NumPy, one step of time after the other, with adjoints by hand.

Written from the equations in the docstrings of ``paradigms/snn/neurons`` and of the papers named there; nothing is
shared with the code under test. Parameters are a dictionary from the paradigm's names to arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

SURROGATES = {
    "arctan": lambda x, width: 1 / (1 + (np.pi * x / width) ** 2),
    "fast_sigmoid": lambda x, width: 1 / (1 + np.abs(x) / width) ** 2,
    "triangular": lambda x, width: np.maximum(0, 1 - np.abs(x) / width),
}
SECOND_LEAK = {"adaptive": "adaptation", "synaptic": "synapse"}


def sigmoid(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))


class Step(NamedTuple):
    """What a step of a population leaves for its adjoint."""

    v: np.ndarray
    x: np.ndarray
    u: np.ndarray
    threshold: Any
    s: np.ndarray


@dataclass(frozen=True)
class Population:
    """Neurons ``if``, ``lif``, ``adaptive`` or ``synaptic``; the state is the potential, and adaptation or synapse."""

    kind: str
    decay: Any
    second_decay: Any
    strength: float
    reset: str
    detach: bool
    surrogate: str
    width: float

    @classmethod
    def read(cls, config: Any, params: dict, name: str) -> Population:
        """The population whose parameters are called ``name``."""
        second = SECOND_LEAK.get(config.neuron)
        return cls(
            config.neuron,
            1.0 if config.neuron == "if" else sigmoid(params[f"{name}.leak.logit"]),
            sigmoid(params[f"{name}.{second}.logit"]) if second else None,
            config.adaptation_strength,
            config.reset,
            config.detach_reset,
            config.surrogate,
            config.surrogate_width,
        )

    def step(self, current: np.ndarray, state: tuple) -> tuple[np.ndarray, tuple, Step]:
        """Spikes, the next state, and what the adjoint needs."""
        v, x = state
        drive, x_next, threshold = current, x, 1.0
        if self.kind == "synaptic":
            drive = x_next = self.second_decay * x + current
        if self.kind == "adaptive":
            threshold = 1 + self.strength * x
        u = self.decay * v + drive
        s = (u >= threshold).astype(float)
        if self.kind == "adaptive":
            x_next = self.second_decay * x + s
        v_next = u - s if self.reset == "subtract" else np.where(s == 1, 0.0, u)
        return s, (v_next, x_next), Step(v, x, u, threshold, s)

    def adjoint(self, step: Step, g_s: np.ndarray, g_state: tuple) -> tuple[np.ndarray, tuple, np.ndarray, np.ndarray]:
        """From cotangents of spikes and next state to those of current, state, decay and second decay."""
        g_v_next, g_x_next = g_state
        g_x, g_second = np.zeros_like(step.v), np.zeros_like(step.v)
        if self.kind == "adaptive":
            g_s = g_s + g_x_next
            g_x, g_second = self.second_decay * g_x_next, g_x_next * step.x
        if self.reset == "subtract":
            g_u, g_reset = g_v_next, -g_v_next
        else:
            g_u, g_reset = g_v_next * (1 - step.s), -g_v_next * step.u
        if not self.detach:
            g_s = g_s + g_reset
        g_margin = g_s * SURROGATES[self.surrogate](step.u - step.threshold, self.width)
        g_u = g_u + g_margin
        g_current = g_u
        if self.kind == "adaptive":
            g_x = g_x - self.strength * g_margin
        if self.kind == "synaptic":
            g_current = g_u + g_x_next
            g_x, g_second = self.second_decay * g_current, g_current * step.x
        return g_current, (self.decay * g_u, g_x), g_u * step.v, g_second


@dataclass
class Run:
    """A dense network through time: lists over time of lists over layers, and what came out.

    ``spikes`` are counted a layer, ``operations`` a layer and the read-out, both as means over the batch. An operation
    is a non-zero value that travels over a non-zero weight; those of a current are ``macs`` and not ``operations``.
    """

    inputs: list = field(default_factory=list)
    received: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    readout_before: list = field(default_factory=list)
    prediction: Any = 0.0
    spikes: Any = 0.0
    operations: Any = 0.0
    macs: float = 0.0


@dataclass(frozen=True)
class DenseNetwork:
    """The dense architecture with the paradigm's ``config`` and ``params``."""

    config: Any
    params: dict

    def _name(self, layer: int) -> str:
        return f"hidden[{layer}].neuron" + (".neuron" if self.config.recurrent else "")

    def _population(self, layer: int) -> Population:
        return Population.read(self.config, self.params, self._name(layer))

    def run(self, train: np.ndarray) -> Run:
        """``train`` is ``[time, batch, channels]``; ``direct`` multiplies its constant values by weights once."""
        config, params, run = self.config, self.params, Run()
        time_steps, batch, _ = train.shape
        layers = range(len(config.hidden))
        states, spikes = [], []
        for layer, size in enumerate(config.hidden):
            start = params.get(f"{self._name(layer)}.start", np.zeros(size))
            states.append((np.broadcast_to(start, (batch, size)), np.zeros((batch, size))))
            spikes.append(np.zeros((batch, size)))
        run.spikes, run.operations = np.zeros(len(config.hidden)), np.zeros(len(config.hidden) + 1)
        readout = 0.0
        for x in train:
            for part in (run.inputs, run.received, run.steps):
                part.append([])
            for layer in layers:
                weight = params[f"hidden[{layer}].connection.weight"]
                travelled = np.sum((x != 0)[:, :, None] & (weight != 0)) / batch
                if layer or config.encoding != "direct":
                    run.operations[layer] += travelled
                else:
                    run.macs = travelled
                current = x @ weight + params[f"hidden[{layer}].connection.bias"]
                before = spikes[layer]
                if config.recurrent:
                    back = params[f"hidden[{layer}].neuron.weight"]
                    run.operations[layer] += np.sum((before != 0)[:, :, None] & (back != 0)) / batch
                    current = current + before @ back
                spikes[layer], states[layer], step = self._population(layer).step(current, states[layer])
                run.inputs[-1].append(x)
                run.received[-1].append(before)
                run.steps[-1].append(step)
                run.spikes[layer] += spikes[layer].sum() / batch
                x = spikes[layer]
            weight = params["readout_connection.weight"]
            run.operations[-1] += np.sum((x != 0)[:, :, None] & (weight != 0)) / batch
            run.readout_before.append(readout)
            current = x @ weight + params["readout_connection.bias"]
            readout = sigmoid(params["readout.leak.logit"]) * readout + current
            run.prediction = run.prediction + readout / time_steps
        return run

    def gradient(self, run: Run, cotangent: np.ndarray, rule: str) -> dict[str, np.ndarray]:
        """Of ``sum(cotangent * prediction) + rate_penalty * mean spike rate``.

        ``rule`` is ``exact``; ``sltt``, where no cotangent passes from a state (or recurrent spikes) to the step
        before (Meng et al., ICCV 2023); or ``ottt``, which is ``sltt`` with weight gradients from decaying traces of
        the layer's inputs (Xiao et al., NeurIPS 2022, eqs. 8 and 9), the decay being the mean of the layer's. Where the
        input is constant, its whole drive, bias included, is traced. The read-out is exact under every rule.
        """
        config, params = self.config, self.params
        time_steps, layers = len(run.steps), range(len(config.hidden))
        batch = len(cotangent)
        gradient = {name: np.zeros_like(value) for name, value in params.items()}
        per_neuron = {name: np.zeros(1) for name in params if name.endswith(".logit")}
        per_spike = config.rate_penalty / (sum(config.hidden) * time_steps * batch)
        zeros = [np.zeros((batch, size)) for size in config.hidden]
        g_states, g_spikes = [(zero, zero) for zero in zeros], list(zeros)
        readout_decay = sigmoid(params["readout.leak.logit"])
        g_readout = np.zeros_like(cotangent)
        for t in reversed(range(time_steps)):
            g_readout = cotangent / time_steps + g_readout
            gradient["readout_connection.weight"] += run.steps[t][-1].s.T @ g_readout
            gradient["readout_connection.bias"] += g_readout.sum(0)
            per_neuron["readout.leak.logit"] = per_neuron["readout.leak.logit"] + (
                g_readout * run.readout_before[t]
            ).sum(0)
            g_s = g_readout @ params["readout_connection.weight"].T
            g_readout = g_readout * readout_decay
            for layer in reversed(layers):
                name, connection = self._name(layer), f"hidden[{layer}].connection"
                g_s = g_s + per_spike + g_spikes[layer]
                g_current, g_state, g_decay, g_second = self._population(layer).adjoint(
                    run.steps[t][layer], g_s, g_states[layer]
                )
                presynaptic, on_bias = self._presynaptic(run, t, layer, rule)
                gradient[f"{connection}.weight"] += presynaptic.T @ g_current
                gradient[f"{connection}.bias"] += on_bias * g_current.sum(0)
                for leak, g in (("leak", g_decay), (SECOND_LEAK.get(config.neuron), g_second)):
                    if f"{name}.{leak}.logit" in params:
                        per_neuron[f"{name}.{leak}.logit"] = per_neuron[f"{name}.{leak}.logit"] + g.sum(0)
                if config.recurrent:
                    back = f"hidden[{layer}].neuron.weight"
                    gradient[back] += run.received[t][layer].T @ g_current
                    g_spikes[layer] = g_current @ params[back].T
                g_states[layer] = g_state
                if rule != "exact":
                    g_states[layer], g_spikes[layer] = (zeros[layer], zeros[layer]), zeros[layer]
                g_s = g_current @ params[f"{connection}.weight"].T
        for layer in layers:
            if config.learn_initial_state:
                gradient[f"{self._name(layer)}.start"] = g_states[layer][0].sum(0)
        for name, value in per_neuron.items():
            decay = sigmoid(params[name])
            value = value * decay * (1 - decay)
            gradient[name] = value.sum(keepdims=True) if decay.size == 1 else value
        return gradient

    def _presynaptic(self, run: Run, t: int, layer: int, rule: str) -> tuple[np.ndarray, float]:
        """What a layer's weights learn from at step ``t``, and the factor of its bias."""
        if rule != "ottt":
            return run.inputs[t][layer], 1.0
        decay = np.mean(self._population(layer).decay)
        trace = sum(decay ** (t - earlier) * run.inputs[earlier][layer] for earlier in range(t + 1))
        constant = layer == 0 and self.config.encoding == "direct"
        return trace, sum(decay**k for k in range(t + 1)) if constant else 1.0
