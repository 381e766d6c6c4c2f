"""The programs that are priced: the forward pass of a subject, and its gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from eval.studies.gradient_price.models.subjects import Subject
from eval.studies.gradient_price.names import REVERSE
from paradigms.interface import Paradigm
from training.array_bytes import tree_bytes
from training.errors import BadInput
from training.gradients import ESTIMATORS, GradientName, require_forward_mode
from training.pricing import NO_REVERSE_PASS, Program, circuits_of, compile_whole, residual_bytes

SPIKE_RATE, SCALE = 0.1, 0.1
"""Of spike recordings, and of normal numbers, where inputs or variables are drawn."""


class Model:
    """A subject's forward pass and its gradients, as programs of ``(params, state, inputs, key)``.

    The loss is the mean square of all predictions plus the model's penalty: it asks for every output, and takes next to
    no operations of its own.
    """

    def __init__(self, subject: Subject, compiler: Callable[..., Any] = compile_whole) -> None:
        """Make nothing but shapes.

        Args:
            subject: What is priced.
            compiler: Compiles every program, for this machine or another.
        """
        self.subject = subject
        self._compiler = compiler
        variables = jax.eval_shape(subject.paradigm.init, jax.random.key(0))
        key = jax.eval_shape(lambda: jax.random.key(0))
        inputs = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), subject.inputs)
        self.shapes = (variables.params, variables.state, inputs, key)
        self.parameters = sum(leaf.size for leaf in jax.tree.leaves(variables.params))
        self.gradient_bytes = tree_bytes(variables.params)
        self._loss = _loss(subject.paradigm)

    def forward(self, arguments: tuple[Any, ...] | None = None) -> Program:
        """Make the program of loss and next state.

        Args:
            arguments: What it is run on; by default shapes, of which it can be counted only.
        """
        return Program(self._loss, *(arguments or self.shapes), compiler=self._compiler)

    def gradient(self, estimator: GradientName, forward: Program, arguments: tuple[Any, ...] | None = None) -> Program:
        """Make the program of loss, next state and gradient by an estimator.

        Args:
            estimator: How the gradient is taken.
            forward: The forward pass beside which it is timed.
            arguments: What it is run on; by default shapes, of which it can be counted only.
        """

        def estimate(params: PyTree, state: PyTree, inputs: PyTree, key: Any) -> Any:
            return ESTIMATORS[estimator](lambda p, k: self._loss(p, state, inputs, k), params, key)

        subject = self.subject
        return Program(
            estimate,
            *(arguments or self.shapes),
            forward=forward,
            kept=partial(residual_bytes, self._loss, *self.shapes) if estimator == REVERSE else NO_REVERSE_PASS,
            circuits=circuits_of(subject.paradigm.name, subject.paradigm.cost(), estimator, subject.batch),
            compiler=self._compiler,
        )

    def has_forward_mode(self) -> bool:
        """Find out by lowering it whether the loss has a derivative along a direction; tracing it does not tell."""
        try:
            require_forward_mode(self._loss, *self.shapes)
        except BadInput:
            return False
        return True

    def arguments(self, seed: int, *, initialised: bool) -> tuple[PyTree, PyTree, PyTree, Any]:
        """Make variables and a batch; inputs given as shapes are drawn.

        Args:
            seed: Seed of every draw.
            initialised: Whether the model itself initialises them. Its initialisation takes longer to compile than its
                gradient, so where no cost depends on the values they are small normal numbers instead.
        """
        generator = np.random.default_rng(seed)
        if initialised:
            params, state = jax.jit(self.subject.paradigm.init)(jax.random.key(seed))
        else:
            params, state = jax.tree.map(lambda leaf: _drawn(leaf, generator), self.shapes[:2])
        inputs = jax.tree.map(lambda leaf: _drawn(leaf, generator), self.subject.inputs)
        return params, state, inputs, jax.random.key(seed)


def _loss(paradigm: Paradigm) -> Callable[..., tuple[Any, PyTree]]:
    def loss(params: PyTree, state: PyTree, inputs: PyTree, key: Any) -> tuple[Any, PyTree]:
        output = paradigm.apply(params, state, inputs, key=key, train=True)
        return jnp.mean(jnp.square(output.prediction)) + output.penalty, output.state

    return loss


def _drawn(leaf: Any, generator: np.random.Generator) -> Any:
    if not isinstance(leaf, jax.ShapeDtypeStruct):
        return jnp.asarray(leaf)
    if leaf.dtype == jnp.bool_:
        return jnp.asarray(generator.random(leaf.shape) < SPIKE_RATE)
    if jnp.issubdtype(leaf.dtype, jnp.floating):
        return jnp.asarray(SCALE * generator.standard_normal(leaf.shape, np.float32), leaf.dtype)
    return jnp.zeros(leaf.shape, leaf.dtype)
