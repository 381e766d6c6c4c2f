"""Bad settings and tasks are refused with a sentence; what was done to fit a task is said."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.snn import Config, build

IMAGE = jax.ShapeDtypeStruct((8, 8, 1), jnp.float32)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"hidden": ()}, r"paradigm.hidden=\[\] must list at least one layer"),
        ({"hidden": (8, 0)}, r"paradigm.hidden=\[8, 0\] must list at least one layer, each of at least 1 neuron"),
        ({"time_steps": 0}, r"paradigm.time_steps=0 must be at least 1"),
        ({"unroll": -1}, r"paradigm.unroll=-1 must be at least 1"),
        ({"encoding": "phase"}, r"paradigm.encoding=phase must be one of direct, rate, latency"),
        ({"surrogate": "relu"}, r"paradigm.surrogate=relu must be one of arctan, fast_sigmoid, triangular"),
        ({"reset": "none"}, r"paradigm.reset=none must be one of subtract, zero"),
        ({"decay_per": "network"}, r"paradigm.decay_per=network must be one of neuron, layer"),
        ({"differentiation": "rtrl"}, r"paradigm.differentiation=rtrl must be one of bptt, checkpointed"),
        ({"surrogate_width": 0.0}, r"paradigm.surrogate_width=0.0 must be positive"),
        ({"time_constant": 0.0}, r"paradigm.time_constant=0.0 must be between 0.1 and 1e6 steps"),
        ({"time_constant": float("nan")}, r"paradigm.time_constant=nan must be between"),
        ({"rate_penalty": -1.0}, r"paradigm.rate_penalty=-1.0 must be 0 \(none\) or more"),
        ({"differentiation": "checkpointed", "segment_steps": 0}, r"paradigm.segment_steps=0 must be at least 1"),
        ({"segment_steps": 4}, r"paradigm.segment_steps=4 is for paradigm.differentiation=checkpointed"),
    ],
)
def test_bad_settings_are_refused(settings: dict, sentence: str):
    """Past the constructor: the type checker that runs in tests would refuse some of these values before us."""
    config = object.__new__(Config)
    for name, value in {**dataclasses.asdict(Config()), **settings}.items():
        object.__setattr__(config, name, value)
    with pytest.raises(Unsupported, match=f"^{sentence}"):
        config.__post_init__()


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Spec(jax.ShapeDtypeStruct((128,), jnp.int32), "language", 90), "cannot serve a language task"),
        (Spec(jax.ShapeDtypeStruct((128,), jnp.int32), "classification", 9), r"cannot read examples of int32\[128\]"),
        (Spec(jax.ShapeDtypeStruct((8,), jnp.bool_), "classification", 2), r"cannot read examples of bool\[8\]"),
        (Spec(jax.ShapeDtypeStruct((0, 8), jnp.float32), "classification", 2), "there is no value in them"),
        (Spec({"a": IMAGE, "b": IMAGE}, "classification", 2), "takes one array an example"),
    ],
)
def test_tasks_it_cannot_serve_are_refused(spec: Spec, sentence: str):
    with pytest.raises(Unsupported, match=sentence):
        build(Config(), spec)


def test_a_recording_brings_its_own_time_and_this_is_said():
    spec = Spec(jax.ShapeDtypeStruct((256, 12), jnp.bool_), "classification", 7)
    paradigm = build(Config(time_steps=20), spec)
    assert paradigm.cost().forward.time_steps == 256
    (note,) = paradigm.notes
    assert "256 steps of 12 channels" in note
    assert "time_steps=20" in note


def test_flattening_is_said():
    (note,) = build(Config(), Spec(IMAGE, "classification", 10)).notes
    assert "[8, 8, 1] are flattened to 64" in note
    assert build(Config(), Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "regression", 1)).notes == ()
