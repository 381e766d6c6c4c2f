"""Short runs in one program, against a plain loop with optax."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from eval.short_training import train

TARGET = jnp.array([1.0, -2.0])


def loss(params, key, step):
    noise = 0.1 * jax.random.normal(key, (2,))
    return jnp.sum(jnp.square(params["a"] - TARGET + noise)) + jnp.square(params["b"] - step)


def start():
    return {"a": jnp.zeros(2), "b": jnp.zeros(())}


def test_it_is_adam_with_a_cosine() -> None:
    key = jax.random.key(0)
    last, curve = train(loss, start(), key, steps=12, learning_rate=0.1, record=lambda params: params["a"], records=3)
    optimizer = optax.adam(optax.cosine_decay_schedule(0.1, 12, alpha=0.01))
    params, state, kept = start(), optimizer.init(start()), [start()["a"]]
    for step in range(12):
        gradient = jax.grad(loss)(params, jax.random.fold_in(key, step), jnp.asarray(step))
        updates, state = optimizer.update(gradient, state)
        params = optax.apply_updates(params, updates)
        if step % 4 == 3:
            kept.append(params["a"])
    np.testing.assert_allclose(last["a"], params["a"], rtol=1e-5)
    np.testing.assert_allclose(curve, jnp.stack(kept), rtol=1e-5)


def test_what_is_not_trainable_stays() -> None:
    def trainable(step):
        return {"a": jnp.array([1.0, 0.0]), "b": (step >= 2).astype(jnp.float32)}

    last, curve = train(
        loss,
        start(),
        jax.random.key(0),
        steps=4,
        learning_rate=0.1,
        record=lambda params: params["b"],
        records=4,
        trainable=trainable,
    )
    assert last["a"][1] == 0
    assert last["a"][0] != 0
    np.testing.assert_array_equal(curve[:3], np.zeros(3))
    assert curve[3] != 0


def test_records_that_do_not_divide_the_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="3 records do not divide 10 steps"):
        train(loss, start(), jax.random.key(0), steps=10, learning_rate=0.1, record=lambda params: 0, records=3)
