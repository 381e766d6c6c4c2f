"""A recording agrees with the counts of an ordinary run, and with the reset."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.recording import record


@pytest.mark.parametrize("config", [{"hidden": (6, 5)}, {"architecture": "residual", "hidden": (3, 3)}])
def test_a_recording_has_the_spikes_that_were_counted(config: dict):
    spec = Spec(jax.ShapeDtypeStruct((6, 6, 1), jnp.float32), "classification", 3)
    paradigm = build(Config(time_steps=7, pool=1, **config), spec)
    params, state = jax.jit(paradigm.init)(jax.random.key(0))
    params = {name: 3 * value if name.endswith("weight") else value for name, value in params.items()}
    images = jnp.asarray(np.random.default_rng(0).random((4, 6, 6, 1)), jnp.float32)
    recording = jax.jit(lambda p, x: record(paradigm, p, state, x, key=jax.random.key(1)))(params, images)
    output = jax.jit(partial(paradigm.apply, key=jax.random.key(1), train=False))(params, state, images)
    assert {spikes.shape[:2] for spikes in recording.spikes} == {(7, 4)}
    assert len(recording.spikes) == (3 if "architecture" in config else 2)
    rate = output.telemetry["spike_rate_layer_0"]
    assert 0.02 < rate < 0.98
    np.testing.assert_allclose(recording.spikes[0].mean(), rate, rtol=1e-5)
    assert recording.potentials[0].shape == recording.spikes[0].shape
    if "architecture" not in config:
        np.testing.assert_allclose(recording.spikes[1].mean(), output.telemetry["spike_rate_layer_1"], rtol=1e-5)
