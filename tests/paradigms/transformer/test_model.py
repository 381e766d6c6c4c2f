"""The whole network against NumPy in float64, causality, and its derivatives."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec
from paradigms.transformer import Config, build, each_block

_IMAGE = Spec(jax.ShapeDtypeStruct((5, 4, 2), jnp.float32), "classification", 3)
_TEXT = Spec(jax.ShapeDtypeStruct((6,), jnp.int32), "language", 7)
_KEY = jax.random.key(0)
_HEADS = 2


def _inputs(spec: Spec, batch: int = 2) -> jax.Array:
    shape = (batch, *spec.inputs.shape)
    if spec.kind == "language":
        return jax.random.randint(jax.random.key(5), shape, 0, spec.outputs, spec.inputs.dtype)
    return jax.random.uniform(jax.random.key(5), shape, spec.inputs.dtype)


def _params(paradigm, dtype=jnp.float32):
    """Random parameters, none of them at its initial zero or one, so that every one matters."""
    rng = np.random.default_rng(3)
    shapes = jax.eval_shape(paradigm.init, _KEY).params
    return jax.tree.map(lambda leaf: jnp.asarray(0.5 * rng.normal(size=leaf.shape), dtype), shapes)


def _predict(paradigm, params, inputs):
    return jax.jit(lambda params: paradigm.apply(params, {}, inputs, key=_KEY, train=False).prediction)(params)


def _norm(x, parameters, kind):
    if kind == "layer":
        x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * parameters["scale"]
    return x + parameters["bias"] if kind == "layer" else x


def _dense(x, parameters):
    return x @ parameters["kernel"] + parameters["bias"]


def _gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _turn(vector, coordinates):
    """Rotary embedding of one head's vector, pair by pair as complex numbers."""
    half, axes = len(vector) // 2, len(coordinates)
    an_axis = half // axes
    base = 10_000.0 if axes == 1 else 100.0
    turned = np.empty_like(vector)
    for pair in range(half):
        axis, frequency = divmod(pair, an_axis)
        angle = coordinates[axis] * base ** (-frequency / an_axis)
        number = complex(vector[pair], vector[pair + half]) * complex(math.cos(angle), math.sin(angle))
        turned[pair], turned[pair + half] = number.real, number.imag
    return turned


def _attention(x, parameters, coordinates, causal):
    """One example, with explicit loops over heads and tokens."""
    tokens, width = x.shape
    head = width // _HEADS
    query, key, value = np.split(_dense(x, parameters["query_key_value"]), 3, axis=-1)
    mixed = np.zeros_like(x)
    for h in range(_HEADS):
        part = slice(h * head, (h + 1) * head)
        q, k, v = query[:, part], key[:, part], value[:, part]
        if coordinates is not None:
            q = np.stack([_turn(row, where) for row, where in zip(q, coordinates, strict=True)])
            k = np.stack([_turn(row, where) for row, where in zip(k, coordinates, strict=True)])
        for t in range(tokens):
            seen = t + 1 if causal else tokens
            scores = np.exp(k[:seen] @ q[t] / math.sqrt(head))
            mixed[t, part] = (scores / scores.sum()) @ v[:seen]
    return _dense(mixed, parameters["output"])


def _reference(params, example, spec, config):
    """The prediction for one example."""
    language = spec.kind == "language"
    if language:
        x = params["token_embedding"][example]
        coordinates = [(t,) for t in range(len(x))]
    else:
        image = np.zeros((6, 4, 2))
        image[:5] = example
        cells = [(row, column) for row in range(3) for column in range(2)]
        patches = [image[2 * r : 2 * r + 2, 2 * c : 2 * c + 2].ravel() for r, c in cells]
        x = _dense(np.stack(patches), params["patch_embedding"])
        coordinates = cells
    if config.positions == "learned":
        x, coordinates = x + params["positions"], None
    for block in each_block(params["blocks"], config.layers):
        x = x + _attention(_norm(x, block["attention_norm"], config.norm), block["attention"], coordinates, language)
        inner = _gelu(_dense(_norm(x, block["feed_forward_norm"], config.norm), block["feed_forward"]["up"]))
        x = x + _dense(inner, block["feed_forward"]["down"])
    x = _norm(x, params["norm"], config.norm)
    return _dense(x if language else x.mean(0), params["readout"])


@pytest.mark.parametrize(
    ("spec", "positions", "norm", "layers"),
    [
        (_IMAGE, "rotary", "layer", 2),
        (_IMAGE, "learned", "rms", 5),
        (_TEXT, "rotary", "rms", 5),
        (_TEXT, "learned", "layer", 2),
    ],
    ids=["image-rotary-layer", "image-learned-rms-loop", "text-rotary-rms-loop", "text-learned-layer"],
)
def test_forward_equals_numpy_in_float64(spec: Spec, positions: str, norm: str, layers: int) -> None:
    config = Config(width=8, layers=layers, heads=_HEADS, hidden=12, positions=positions, norm=norm)
    paradigm = build(config, spec)
    with jax.enable_x64(True):
        params = _params(paradigm, jnp.float64)
        inputs = _inputs(spec)
        prediction = np.asarray(_predict(paradigm, params, inputs))
    params = jax.tree.map(np.asarray, params)
    expected = np.stack([_reference(params, example, spec, config) for example in np.asarray(inputs)])
    assert prediction.dtype == np.float64
    # jax.nn.dot_product_attention takes its softmax in float32 whatever it is given; all else here is float64.
    np.testing.assert_allclose(prediction, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("positions", ["rotary", "learned"])
def test_no_logit_sees_a_later_token(positions: str) -> None:
    paradigm = build(Config(width=8, heads=_HEADS, positions=positions), _TEXT)
    params = _params(paradigm)
    text = _inputs(_TEXT, batch=1)
    changed = jnp.concatenate([text.at[0, t].set((text[0, t] + 1) % 7) for t in range(6)])
    logits = _predict(paradigm, params, jnp.concatenate([text, changed]))
    for t in range(6):
        np.testing.assert_allclose(logits[1 + t, :t], logits[0, :t], atol=1e-6)
        assert not np.allclose(logits[1 + t, t:], logits[0, t:], atol=1e-4)


def test_predictions_do_not_depend_on_the_rest_of_the_batch() -> None:
    paradigm = build(Config(width=8, heads=_HEADS), _IMAGE)
    params = _params(paradigm)
    images = _inputs(_IMAGE, batch=3)
    predict = jax.jit(lambda images: paradigm.apply(params, {}, images, key=_KEY, train=False).prediction)
    np.testing.assert_array_equal(predict(images)[0], predict(images.at[1:].multiply(0.5))[0])


def _loss(spec: Spec, *, layers: int = 3, **values):
    paradigm = build(Config(width=8, layers=layers, heads=_HEADS, hidden=12, **values), spec)

    def loss(params, inputs, key):
        return jnp.sum(jnp.sin(paradigm.apply(params, {}, inputs, key=key, train=True).prediction))

    return paradigm, loss


@pytest.mark.parametrize(
    ("layers", "policy"), [(3, "linear"), (5, None), pytest.param(5, "products", marks=pytest.mark.slow)]
)
def test_checkpointing_changes_no_gradient(layers: int, policy: str | None) -> None:
    paradigm, plain = _loss(_TEXT, layers=layers, dropout=0.2)
    _, checkpointed = _loss(_TEXT, layers=layers, dropout=0.2, differentiation="checkpointed", remat_policy=policy)
    arguments = (_params(paradigm), _inputs(_TEXT), jax.random.key(9))
    one, two = jax.jit(jax.grad(plain))(*arguments), jax.jit(jax.grad(checkpointed))(*arguments)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), one, two)


@pytest.mark.parametrize("layers", [3, 5])
def test_checkpointing_keeps_less(layers: int) -> None:
    paradigm, plain = _loss(_IMAGE, layers=layers)
    policies = (None, "linear", "products")
    checkpointed = [
        _loss(_IMAGE, layers=layers, differentiation="checkpointed", remat_policy=policy)[1] for policy in policies
    ]
    params, inputs = _params(paradigm), _inputs(_IMAGE, batch=8)

    def kept(loss) -> int:
        pullback = jax.eval_shape(lambda params: jax.vjp(lambda params: loss(params, inputs, _KEY), params)[1], params)
        return sum(leaf.size for leaf in jax.tree.leaves(pullback))

    nothing, linear, products = map(kept, checkpointed)
    assert nothing < kept(plain) / 2
    assert nothing < linear < products < kept(plain)


@pytest.mark.parametrize("spec", [_IMAGE, _TEXT], ids=["image", "text"])
def test_gradient_equals_finite_differences(spec: Spec) -> None:
    paradigm, loss = _loss(spec)
    with jax.enable_x64(True):
        params, inputs = _params(paradigm, jnp.float64), _inputs(spec)
        value = jax.jit(lambda params: loss(params, inputs, _KEY))
        gradient = jax.jit(jax.grad(value))(params)
        rng, step = np.random.default_rng(4), 1e-3
        for name in params:  # one random direction in each part of the network
            direction = jax.tree.map(lambda leaf: rng.normal(size=leaf.shape), params[name])
            ahead = {**params, name: jax.tree.map(lambda p, d: p + step * d, params[name], direction)}
            behind = {**params, name: jax.tree.map(lambda p, d: p - step * d, params[name], direction)}
            slope = sum(jax.tree.leaves(jax.tree.map(np.vdot, gradient[name], direction)))
            # The softmax in float32 leaves noise of about 1e-7 / step.
            np.testing.assert_allclose((value(ahead) - value(behind)) / (2 * step), slope, rtol=1e-3, atol=1e-3)
