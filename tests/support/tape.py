"""A tape of float64 NumPy operations that is played backwards: as much reverse mode as spiking networks need."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

_order = itertools.count()


class Value:
    """An array, and how a cotangent of it reaches those that it was computed from."""

    __array_ufunc__ = None  # so that an array on the left leaves the operation to us

    def __init__(self, data: Any, *parents: tuple[Value, Callable[[np.ndarray], np.ndarray]]):
        self.data = np.asarray(data, float)
        self.parents = parents
        self.order = next(_order)

    def __add__(self, other: Any) -> Value:
        other = lift(other)
        return Value(self.data + other.data, (self, _summed_to(self)), (other, _summed_to(other)))

    def __mul__(self, other: Any) -> Value:
        other = lift(other)
        to_self, to_other = _summed_to(self), _summed_to(other)
        return Value(
            self.data * other.data,
            (self, lambda g: to_self(g * other.data)),
            (other, lambda g: to_other(g * self.data)),
        )

    def __sub__(self, other: Any) -> Value:
        return self + lift(other) * -1.0

    def __rsub__(self, other: Any) -> Value:
        return lift(other) - self

    __radd__, __rmul__ = __add__, __mul__


def lift(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)


def _summed_to(x: Value) -> Callable[[np.ndarray], np.ndarray]:
    """Undoes broadcasting."""

    def sum_to(g: np.ndarray) -> np.ndarray:
        g = g.sum(tuple(range(g.ndim - x.data.ndim)))
        return g.sum(tuple(i for i, size in enumerate(x.data.shape) if size == 1), keepdims=True)

    return sum_to


def einsum(subscripts: str, a: Value, b: Value) -> Value:
    """A product in which every index of an operand is also one of the other or of the result."""
    operands, result = subscripts.split("->")
    left, right = operands.split(",")
    return Value(
        np.einsum(subscripts, a.data, b.data),
        (a, lambda g: np.einsum(f"{result},{right}->{left}", g, b.data)),
        (b, lambda g: np.einsum(f"{result},{left}->{right}", g, a.data)),
    )


def reshape(x: Value, *shape: int) -> Value:
    return Value(x.data.reshape(shape), (x, lambda g: g.reshape(x.data.shape)))


def gathered(x: Value, index: Any) -> Value:
    """``x[index]``."""

    def scatter(g: np.ndarray) -> np.ndarray:
        to_x = np.zeros_like(x.data)
        np.add.at(to_x, index, g)
        return to_x

    return Value(x.data[index], (x, scatter))


def padded(x: Value, widths: list[tuple[int, int]]) -> Value:
    inner = tuple(slice(before, before + size) for (before, _), size in zip(widths, x.data.shape, strict=True))
    return Value(np.pad(x.data, widths), (x, lambda g: g[inner]))


def largest(x: Value, axes: tuple[int, ...]) -> Value:
    """The maximum; those that share it share its cotangent, in equal parts."""
    top = x.data.max(axes, keepdims=True)
    share = (x.data == top) / (x.data == top).sum(axes, keepdims=True)
    return Value(top.squeeze(axes), (x, lambda g: share * np.expand_dims(g, axes)))


def total(x: Value) -> Value:
    return Value(x.data.sum(), (x, lambda g: np.broadcast_to(g, x.data.shape)))


def sigmoid(x: Value) -> Value:
    y = 1 / (1 + np.exp(-x.data))
    return Value(y, (x, lambda g: g * y * (1 - y)))


def clipped(x: Value, low: float, high: float) -> Value:
    """Without a gradient beyond the bounds."""
    return Value(np.clip(x.data, low, high), (x, lambda g: g * ((x.data > low) & (x.data < high))))


def step(x: Value, derivative: Callable[[np.ndarray], np.ndarray]) -> Value:
    """1 at zero and above, with ``derivative`` in the place of its own."""
    return Value(x.data >= 0, (x, lambda g: g * derivative(x.data)))


def constant(x: Value) -> Value:
    return Value(x.data)


def gradient(of: Value, wanted: dict[str, Value]) -> dict[str, np.ndarray]:
    """Of a scalar; zeros where it does not depend on what is wanted."""
    found, waiting = {}, [of]
    while waiting:
        value = waiting.pop()
        if value.order not in found:
            found[value.order] = value
            waiting += [parent for parent, _ in value.parents]
    cotangents: dict[int, Any] = {of.order: np.ones(())}
    for order in sorted(found, reverse=True):
        for parent, pull in found[order].parents:
            cotangents[parent.order] = cotangents.get(parent.order, 0.0) + pull(cotangents[order])
    return {name: cotangents.get(value.order, 0.0) + np.zeros_like(value.data) for name, value in wanted.items()}
