"""A PennyLane QNode as a paradigm."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.adapters.adapted import UNKNOWN_COST, Adapted, decay_nothing, in_a_sentence
from paradigms.interface import Cost, Paradigm, Variables, require


def from_qnode(
    build: Callable[..., Any],
    *,
    parameters: Callable[..., PyTree] | PyTree[jax.ShapeDtypeStruct],
    scale: float | None = None,
    name: str = "qnode",
    weight_decay: Callable[[PyTree], PyTree[bool]] = decay_nothing,
    cost: Cost = UNKNOWN_COST,
) -> Paradigm:
    """Train a PennyLane QNode. It is called on one example, ``qnode(parameters, example)``, under ``vmap``.

    What it returns, expectation values and probabilities in lists, dicts and any nesting of them, is laid side by side
    to ``[batch, outputs]``, in the order in which it stands there. Give it ``interface="jax"``.

    The QNode is built anew in every call, since one that is seeded outside returns the same shots at every call of a
    compiled function: give ``key`` to the device (``seed=key``) when there are shots. Each example then has shots of
    its own. With shots, ``diff_method="parameter-shift"`` is what PennyLane can do; its gradient draws fresh shots.

    Args:
        build: Key to QNode; makes the device.
        parameters: A function from key to initial parameters, or their shapes and dtypes, in which case they are drawn
            as angles, uniform in [0, 2π) radians.
        scale: Initial value of a trained factor on the outputs, since expectation values in [-1, 1] make timid logits;
            by default there is none.
        name: Shown in tables and figures.
        weight_decay: Parameters (``{"circuit": ..., "scale": ...}``) to a tree of bools; by default nothing decays.
        cost: What one example costs; by default unknown. N angles by parameter shift:
            ``Cost(Work(circuit_executions=1), Work(circuit_executions=1 + 2 * N))``.

    Raises:
        Unsupported: ``build`` builds nothing, or ``parameters`` are neither shapes nor a function. When applied, if the
            QNode returns what is no real number (a state, samples, counts).

    Example::

        import jax, pennylane as qml
        from paradigms.adapters import from_qnode

        def build(key):
            @qml.qnode(qml.device("default.qubit", wires=6, seed=key), interface="jax")
            def circuit(angles, image):
                qml.AmplitudeEmbedding(image.ravel(), wires=range(6), normalize=True)
                qml.StronglyEntanglingLayers(angles, wires=range(6))
                return [qml.expval(qml.Z(i)) for i in range(6)] + [qml.expval(qml.X(i)) for i in range(4)]

            return circuit

        paradigm = from_qnode(build, parameters=jax.ShapeDtypeStruct((3, 6, 3), "float32"), scale=5.0)
    """
    from paradigms.vqc import removed_jax_names

    removed_jax_names.restore()  # PennyLane calls two names that newer JAX has removed
    _require_builder(build, parameters)

    def evaluate(params: PyTree, example: PyTree, key: PRNGKeyArray) -> Float[Array, " outputs"]:
        # PennyLane's results with shots have JAX's default precision, and so must what they are differentiated in.
        return _side_by_side(build(key)(*map(_in_default_precision, (params, example))), name)

    with in_a_sentence(
        f"{name} cannot be built from a key", "give what builds a QNode, as in from_qnode(lambda key: circuit, ...)"
    ):
        first = build(jax.random.key(0))
    run = _with_shots(evaluate) if getattr(first, "shots", None) else evaluate

    def draw(key: PRNGKeyArray) -> Variables:
        circuit = parameters(key) if callable(parameters) else _angles(parameters, key)
        return Variables({"circuit": circuit} | ({} if scale is None else {"scale": jnp.float32(scale)}), {})

    def predict(params: PyTree, state: PyTree, inputs: PyTree, key: PRNGKeyArray, train: bool) -> tuple[Array, PyTree]:
        keys = jax.random.split(key, jax.tree.leaves(inputs)[0].shape[0])
        values = jax.vmap(run, in_axes=(None, 0, 0))(params["circuit"], inputs, keys)
        return values * params.get("scale", 1.0), state

    return Adapted(name, False, draw, predict, weight_decay, cost)


def _require_builder(build: Any, parameters: Any) -> None:
    """Refuse a QNode in the place of its builder, and initial values in that of shapes: they would be passed over."""
    import pennylane as qml

    require(
        callable(build) and not isinstance(build, qml.QNode),
        f"from_qnode was given a {type(build).__name__}, and makes it anew in every call: give the function that "
        "builds it, as in from_qnode(lambda key: circuit, parameters=...)",
    )
    if callable(parameters):
        return
    leaves = jax.tree.leaves(parameters)
    other = next((leaf for leaf in leaves if not isinstance(leaf, jax.ShapeDtypeStruct)), None)
    require(
        bool(leaves) and other is None,
        f"parameters holds {'nothing' if other is None else f'a {type(other).__name__}'}, and are shapes of which "
        "angles are drawn, jax.ShapeDtypeStruct((3, 6, 3), 'float32'), or a function of a key that returns initial "
        "values, parameters=lambda key: values",
    )


def _in_default_precision(tree: PyTree) -> PyTree:
    def cast(leaf: Array) -> Array:
        return leaf.astype(jnp.result_type(float)) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

    return jax.tree.map(cast, tree)


def _side_by_side(values: PyTree, name: str) -> Float[Array, " outputs"]:
    from pennylane import pytrees

    # JAX would take the entries of a dict in the order of their keys.
    leaves = [jnp.asarray(leaf) for leaf in pytrees.flatten(values)[0]]
    for leaf in leaves:
        require(
            jnp.issubdtype(leaf.dtype, jnp.floating),
            f"{name} returns {leaf.dtype} numbers (a state, a density matrix, samples or counts), and outputs of a "
            "model are real: return expectation values or probabilities",
        )
    return jnp.concatenate([leaf.ravel() for leaf in leaves]).astype(jnp.result_type(float))


def _angles(shapes: PyTree[jax.ShapeDtypeStruct], key: PRNGKeyArray) -> PyTree[Array]:
    leaves, structure = jax.tree.flatten(shapes)
    keys = jax.random.split(key, len(leaves))
    drawn = [
        jax.random.uniform(key, leaf.shape, leaf.dtype, maxval=2 * math.pi)
        for key, leaf in zip(keys, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, drawn)


def _with_shots(evaluate: Callable[..., Array]) -> Callable[..., Array]:
    """Differentiate inside the backward pass.

    PennyLane's backward pass runs circuits with the key that the device got in the forward pass. Under ``vmap`` that
    key is a tracer which no longer exists by then, so both passes are traced together here.
    """

    @jax.custom_vjp
    def run(params: PyTree, example: PyTree, key: PRNGKeyArray) -> Array:
        return evaluate(params, example, key)

    def forward(params: PyTree, example: PyTree, key: PRNGKeyArray) -> tuple[Array, tuple]:
        return evaluate(params, example, key), (params, example, key)

    def backward(saved: tuple, cotangent: Array) -> tuple:
        params, example, key = saved
        # Shots independent of the forward pass's.
        _, pullback = jax.vjp(lambda *arguments: evaluate(*arguments, jax.random.fold_in(key, 1)), params, example)
        return (*pullback(cotangent), None)

    run.defvjp(forward, backward)
    return run
