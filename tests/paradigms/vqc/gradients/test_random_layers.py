"""Random repeated layers against the same gates, written out layer by layer, on ``default.qubit``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.parameter_shift import differentiable

WEIGHTS = 3
RULES = ("adjoint", "backprop", "shift")
MODES = ("eager", "jit", "vmap over weights", "vmap over x")

Angle = Callable[[Any, Any, int], Any]
"""``(weights, x, index)`` to a scalar."""


def angle(rng: np.random.Generator, indexed: bool) -> Angle:
    """A weight as it stands, what looks like one, or an expression."""
    i, j = rng.integers(WEIGHTS, size=2)
    c = float(rng.uniform(-1, 1))
    chosen: list[Angle] = [
        *[lambda w, x, n: w[i]] * 4,
        lambda w, x, n: w[::-1].reshape(1, -1)[0, i],
        lambda w, x, n: jnp.take(w, np.array([j, i]))[1],
        lambda w, x, n: jnp.concatenate([w, jnp.ones(1)])[int(i)],
        lambda w, x, n: jnp.clip(w[i], -np.pi / 2, np.pi / 2),
        lambda w, x, n: jnp.abs(w[i]),
        lambda w, x, n: jax.nn.relu(w[i]),
        lambda w, x, n: jnp.where(w[i] > 1, 0.0, w[i]),
        lambda w, x, n: jax.lax.stop_gradient(w[i]),
        lambda w, x, n: 2 * w[i] + c,
        lambda w, x, n: w[i] * w[j],
        lambda w, x, n: jnp.sin(w[i]) * c,
        lambda w, x, n: c,
        lambda w, x, n: x[0],
        lambda w, x, n: x[1] * w[i] + w[j],
        lambda w, x, n: jnp.sum(x) - w[j],
    ]
    if indexed:
        chosen += [lambda w, x, n: w[n % WEIGHTS], lambda w, x, n: 0.3 * n, lambda w, x, n: (1 + n) * w[i]] * 3
    return chosen[rng.integers(len(chosen))]


@dataclass(frozen=True, eq=False)
class Random(CircuitLayer):
    """Gates that ``parts`` queue, with a period of ``every`` layers."""

    parts: Sequence[Callable]
    x: Any
    every: int

    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence:
        return qml.tape.make_qscript(self.queue)(weights, wires, index).operations

    def queue(self, weights: Any, wires: Sequence, index: int) -> None:
        for part in self.parts:
            part(weights, self.x, wires, index)

    def period(self, wires: Sequence) -> int:
        return self.every


ROTATIONS = (qml.RX, qml.RY, qml.RZ, qml.PhaseShift, qml.CRX, qml.CRZ, qml.IsingXX, qml.IsingZZ, qml.SingleExcitation)
FIXED = (qml.Hadamard, qml.S, qml.SX, qml.CNOT, qml.CZ, qml.SWAP, qml.ISWAP)


def part(rng: np.random.Generator, qubits: int, indexed: bool, nested: bool) -> Callable:
    """``(weights, x, wires, index)`` queues one gate, a template or layers of its own."""
    order = rng.permutation(qubits)
    first, second, third = (angle(rng, indexed) for _ in range(3))
    kind = rng.choice(
        ["rotation", "fixed", "rot", "template", "adjoint", "control", "word", "moves", "nested"],
        p=np.array([8, 4, 2, 1, 1, 1, 1, 3 * indexed, 4 * nested]) / (18 + 3 * indexed + 4 * nested),
    )
    gate = ROTATIONS[rng.integers(len(ROTATIONS))]
    fixed = FIXED[rng.integers(len(FIXED))]

    def queue(w: Any, x: Any, wires: Sequence, n: int) -> None:
        on = [wires[int(place)] for place in order]
        match kind:
            case "rotation":
                gate(first(w, x, n), wires=on[: gate.num_wires])
            case "fixed":
                fixed(wires=on[: fixed.num_wires])
            case "rot":
                qml.Rot(first(w, x, n), second(w, x, n), third(w, x, n), wires=on[0])
            case "template":
                qml.BasicEntanglerLayers(jnp.stack([first(w, x, n)] * qubits)[None], wires=wires)
            case "adjoint":
                qml.adjoint(gate)(first(w, x, n), wires=on[: gate.num_wires])
            case "control":
                qml.ctrl(qml.RY(first(w, x, n), wires=on[0]), control=on[1])
            case "word":
                qml.PauliRot(first(w, x, n), "XZ", wires=on[:2])
            case "moves":
                qml.CNOT(on[:2] if n % 2 else on[1::-1])
            case _:
                RepeatedLayers(jnp.stack([w, 2 * w]), wires=on[:2], layer=inner)

    def inner(w: Any, wires: Sequence) -> None:
        qml.RX(w[0], wires[0])
        qml.CRY(jnp.abs(w[1]), wires)

    return queue


@dataclass(frozen=True)
class Case:
    """A circuit of two arguments, with repeated layers and written out."""

    repeated: Callable
    written_out: Callable
    qubits: int
    arguments: tuple[np.ndarray, np.ndarray]
    rule: str
    mode: str
    argnums: tuple[int, ...]


def case(seed: int, small: bool = False) -> Case:
    """Drawn from the seed; a small one has at most two gates a layer and two layers."""
    rng = np.random.default_rng(seed)
    qubits, depth = int(rng.integers(2, 3 if small else 4)), int(rng.integers(1, 3 if small else 4))
    every = int(rng.choice([0, 0, 2, 3]))  # 0: a function
    parts = [part(rng, qubits, every > 0, seed % 4 == 0) for _ in range(rng.integers(1, 3 if small else 5))]
    wires = [int(wire) for wire in rng.permutation(qubits)]
    argnums = [(0,), (1,), (0, 1)][rng.integers(3)]
    scaled = bool(rng.integers(2))
    # Layers may share their weights.
    rows = rng.integers(depth, size=depth) if rng.integers(3) == 0 else np.arange(depth)

    def layers_of(weights: Any) -> Any:
        return (jnp.sin(weights) * 3 if scaled else weights)[rows]

    def measured() -> tuple:
        return qml.expval(qml.Z(0) @ qml.X(1) + 0.5 * qml.Y(qubits - 1)), qml.probs(wires=[1])

    def prepare(x: Any) -> None:
        for wire in range(qubits):
            qml.RY(0.4 + 0.3 * wire, wires=wire)
        qml.RX(x[1], wires=0)

    def repeated(weights: Any, x: Any) -> tuple:
        prepare(x)
        given = layers_of(weights)

        def function(weights: Any, wires: Sequence) -> None:
            Random(parts, x, 1).queue(weights, wires, 0)

        RepeatedLayers(given, wires=wires, layer=Random(parts, x, every) if every else function)
        return measured()

    def written_out(weights: Any, x: Any) -> tuple:
        prepare(x)
        given = layers_of(weights)
        for number in range(depth):
            Random(parts, x, 1).queue(given[number], wires, number % max(every, 1))
        return measured()

    arguments = rng.uniform(-4, 4, (depth, WEIGHTS)), rng.uniform(-2, 2, 2)
    rule, mode = RULES[seed % 3], MODES[seed // 3 % 4]
    return Case(repeated, written_out, qubits, arguments, rule, mode, argnums)


def loss_of(circuit: Callable) -> Callable:
    def loss(*arguments: Any) -> Any:
        value, probabilities = circuit(*arguments)
        return jnp.sin(3 * value) + jnp.vdot(jnp.array([0.3, -1.2]), probabilities)

    return loss


def check(drawn: Case) -> None:
    wires = range(drawn.qubits)
    theirs = qml.QNode(drawn.written_out, qml.device("default.qubit", wires=wires), interface="jax")
    device = qml.device("scan.qubit", wires=wires)
    method = "adjoint" if drawn.rule == "shift" else drawn.rule
    ours = qml.QNode(drawn.repeated, device, interface="jax", diff_method=method)
    if drawn.rule == "shift":
        ours = differentiable(ours)
    gradients = [jax.value_and_grad(loss_of(circuit), drawn.argnums) for circuit in (ours, theirs)]
    arguments = [jnp.asarray(argument) for argument in drawn.arguments]
    if drawn.mode.startswith("vmap"):
        batched = int(drawn.mode.endswith("x"))
        axes = tuple(0 if place == batched else None for place in range(2))
        gradients = [jax.vmap(gradient, axes) for gradient in gradients]
        arguments[batched] = jnp.stack([arguments[batched], 0.7 * arguments[batched]])
    got = gradients[0](*arguments) if drawn.mode == "eager" else jax.jit(gradients[0])(*arguments)
    expected = jax.jit(gradients[1])(*arguments)
    jax.tree.map(lambda one, two: np.testing.assert_allclose(one, two, atol=1e-9), got, expected)


@pytest.mark.parametrize("seed", range(40))
def test_random_layers(x64, seed):
    check(case(seed, small=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(320))
def test_many_random_layers(x64, seed):
    check(case(seed))
