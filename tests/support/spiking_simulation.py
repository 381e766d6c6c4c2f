"""Spiking networks of every architecture, a step after the other, on the tape of ``tape.py``.

Written from the equations in the docstrings of ``paradigms/snn``; nothing is shared with the code under test but the
settings and the parameters' names.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from spiking_reference import SECOND_LEAK, SURROGATES
from tape import Value, clipped, constant, einsum, gathered, largest, lift, padded, reshape, sigmoid, step, total


class Simulation:
    """A network at its initial state; call it once with the encoded input.

    Attributes:
        margin: Least distance of a potential from its threshold so far: how sure the spikes are.
        spikes: Emitted so far, over the batch.
        neurons: Of all populations.
    """

    def __init__(self, config: Any, params: dict[str, Value]):
        self.config, self.params = config, params
        self.margin, self.spikes, self.neurons = np.inf, lift(0.0), 0
        self._states: dict[str, dict[str, Any]] = {}

    def __call__(self, train: np.ndarray) -> Value:
        """The prediction ``[batch, outputs]`` for inputs ``[time, batch, *shape]``."""
        decay, potential, summed = sigmoid(self.params["readout.leak.logit"]), lift(0.0), lift(0.0)
        for values in train:
            x = getattr(self, f"_{self.config.architecture}")(Value(values))
            if x.data.ndim == 3:  # tokens
                x = einsum("bnd,n->bd", x, Value(np.full(x.data.shape[1], 1 / x.data.shape[1])))
            x = reshape(x, len(x.data), -1)
            potential = decay * potential + self._affine("readout_connection", x)
            summed = summed + potential
        self.neurons = sum(state["neurons"] for state in self._states.values())
        return summed * (1 / len(train))

    def _affine(self, name: str, x: Value) -> Value:
        weight = self.params[f"{name}.weight"]
        return einsum("bi,ij->bj" if x.data.ndim == 2 else "bni,ij->bnj", x, weight) + self.params[f"{name}.bias"]

    def _convolved(self, name: str, x: Value, stride: int = 1) -> Value:
        weight, bias = self.params[f"{name}.weight"], self.params[f"{name}.bias"]
        kernel, sizes = weight.data.shape[0], x.data.shape[1:3]
        outputs = [-(-size // stride) for size in sizes]
        widths = [max((count - 1) * stride + kernel - size, 0) for count, size in zip(outputs, sizes, strict=True)]
        around = padded(x, [(0, 0), *((width // 2, width - width // 2) for width in widths), (0, 0)])
        places = [np.arange(count)[:, None] * stride + np.arange(kernel) for count in outputs]
        patches = gathered(around, (slice(None), places[0][:, None, :, None], places[1][None, :, None, :]))
        return einsum("bhwklc,klcd->bhwd", patches, weight) + bias

    def _fire(self, name: str, current: Value) -> Value:
        """One step of a population."""
        config, params = self.config, self.params
        inner = f"{name}.neuron" if config.recurrent else name
        state = self._states.setdefault(
            name, {"v": params.get(f"{inner}.start", lift(0.0)), "x": lift(0.0), "s": None, "neurons": 0}
        )
        if config.recurrent and state["s"] is not None:
            current = current + einsum("bi,ij->bj", state["s"], params[f"{name}.weight"])
        decay = lift(1.0) if config.neuron == "if" else sigmoid(params[f"{inner}.leak.logit"])
        threshold = lift(1.0)
        if config.neuron in SECOND_LEAK:
            second = sigmoid(params[f"{inner}.{SECOND_LEAK[config.neuron]}.logit"])
        if config.neuron == "synaptic":
            current = state["x"] = second * state["x"] + current
        if config.neuron == "adaptive":
            threshold = 1.0 + config.adaptation_strength * state["x"]
        u = decay * state["v"] + current
        distance = u - threshold
        s = step(distance, partial(SURROGATES[config.surrogate], width=config.surrogate_width))
        if config.neuron == "adaptive":
            state["x"] = second * state["x"] + s
        resetting = constant(s) if config.detach_reset else s
        state["v"] = u - resetting if config.reset == "subtract" else u * (1.0 - resetting)
        state["s"], state["neurons"] = s, s.data[0].size
        self.margin = min(self.margin, float(np.abs(distance.data).min()))
        self.spikes = self.spikes + total(s)
        return s

    def _delayed(self, name: str, x: Value) -> Value:
        """What left ``delay`` steps ago, between two steps in proportion."""
        history = self._states.setdefault(name, {"neurons": 0, "past": []})["past"]
        history.append(x)
        longest = self.config.longest_delay
        delay = clipped(self.params[f"{name}.delay"], 0, longest)
        whole = np.minimum(np.floor(delay.data), longest - 1)
        share = delay - whole
        arriving = lift(np.zeros_like(x.data))
        for ago, values in enumerate(reversed(history)):
            arriving = arriving + values * ((whole == ago) * (1.0 - share) + (whole + 1 == ago) * share)
        return arriving

    def _dense_layer(self, name: str, x: Value) -> Value:
        return self._fire(f"{name}.neuron", self._affine(f"{name}.connection", x))

    def _convolutional_layer(self, name: str, x: Value, pool: int) -> Value:
        s = self._fire(f"{name}.neuron", self._convolved(f"{name}.connection", x))
        if pool == 1:
            return s
        batch, height, width, channels = s.data.shape
        rows, columns = height // pool, width // pool
        cut = gathered(s, (slice(None), slice(rows * pool), slice(columns * pool)))
        return largest(reshape(cut, batch, rows, pool, columns, pool, channels), (2, 4))

    def _dense(self, x: Value) -> Value:
        for index in range(len(self.config.hidden)):
            name = f"hidden[{index}]"
            if index and self.config.longest_delay:
                x, name = self._delayed(name, x), f"{name}.layer"
            x = self._dense_layer(name, x)
        return x

    def _convolutional(self, x: Value) -> Value:
        for index in range(len(self.config.hidden)):
            x = self._convolutional_layer(f"hidden[{index}]", x, self.config.pool)
        return x

    def _residual(self, x: Value) -> Value:
        x = self._convolutional_layer("hidden[0]", x, self.config.pool)
        for index in range(1, len(self.config.hidden) + 1):
            y = self._convolutional_layer(f"hidden[{index}].layers[0]", x, 1)
            x = x + self._convolutional_layer(f"hidden[{index}].layers[1]", y, 1)
        return x

    def _transformer(self, x: Value) -> Value:
        config = self.config
        x = self._fire("hidden[0].neuron", self._convolved("hidden[0].connection", x, config.patch))
        x = reshape(x, len(x.data), -1, x.data.shape[-1])
        batch, tokens, width = x.data.shape
        split = (batch, tokens, config.heads, width // config.heads)
        for block in range(len(config.hidden)):
            name = f"hidden[{1 + 2 * block}].layers[0]"
            query, key, value = (
                reshape(self._dense_layer(f"{name}.{part}", x), *split) for part in ("query", "key", "value")
            )
            read = einsum("bnhd,bhde->bnhe", query, einsum("bnhd,bnhe->bhde", key, value)) * split[-1] ** -0.5
            attended = self._fire(f"{name}.neuron", reshape(read, batch, tokens, width))
            x = x + self._dense_layer(f"{name}.output", attended)
            name = f"hidden[{2 + 2 * block}]"
            x = x + self._dense_layer(f"{name}.layers[1]", self._dense_layer(f"{name}.layers[0]", x))
        return x
