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
        ({"block_steps": -1}, r"paradigm.block_steps=-1 must be at least 1"),
        ({"encoding": "phase"}, r"paradigm.encoding=phase must be one of direct, rate, latency"),
        ({"surrogate": "relu"}, r"paradigm.surrogate=relu must be one of arctan, fast_sigmoid, triangular"),
        ({"reset": "none"}, r"paradigm.reset=none must be one of subtract, zero"),
        ({"decay_per": "network"}, r"paradigm.decay_per=network must be one of neuron, layer"),
        ({"differentiation": "rtrl"}, r"paradigm.differentiation=rtrl must be one of bptt, packed, checkpointed"),
        ({"surrogate_width": 0.0}, r"paradigm.surrogate_width=0.0 must be positive"),
        ({"time_constant": 0.0}, r"paradigm.time_constant=0.0 must be between 0.1 and 1e6 steps"),
        ({"time_constant": float("nan")}, r"paradigm.time_constant=nan must be between"),
        ({"rate_penalty": -1.0}, r"paradigm.rate_penalty=-1.0 must be 0 \(none\) or more"),
        ({"differentiation": "checkpointed", "segment_steps": 0}, r"paradigm.segment_steps=0 must be at least 1"),
        ({"segment_steps": 4}, r"paradigm.segment_steps=4 is for paradigm.differentiation=checkpointed; leave it null"),
        ({"kernel": 0}, r"paradigm.kernel=0 must be at least 1$"),
        ({"pool": 0}, r"paradigm.pool=0 must be at least 1$"),
        ({"patch": 0}, r"paradigm.patch=0 must be at least 1$"),
        ({"heads": 0}, r"paradigm.heads=0 must be at least 1$"),
        ({"tuned": 0}, r"paradigm.tuned=0 must be at least 1$"),
        ({"architecture": "mlp"}, r"paradigm.architecture=mlp must be one of dense, convolutional, residual, transf"),
        ({"neuron": "izhikevich"}, r"paradigm.neuron=izhikevich must be one of lif, if, adaptive, synaptic$"),
        ({"input_product": "sparse"}, r"paradigm.input_product=sparse must be one of auto, dense$"),
        (
            {"learn_initial_state": True, "differentiation": "sltt"},
            r"paradigm.learn_initial_state=true needs a gradient through time, which paradigm.differentiation=sltt has",
        ),
        ({"time_loop": "cuda"}, r"paradigm.time_loop=cuda must be one of plain, pallas$"),
        (
            {"time_loop": "pallas"},
            r"paradigm.time_loop=pallas is for paradigm.differentiation=packed or compact; leave it plain with bptt$",
        ),
        ({"synaptic_time_constant": 0.0}, r"paradigm.synaptic_time_constant=0.0 must be between 0.1 and 1e6 steps$"),
        ({"adaptation_time_constant": 1e7}, r"paradigm.adaptation_time_constant=10000000.0 must be between 0.1 and"),
        ({"adaptation_strength": -0.1}, r"paradigm.adaptation_strength=-0.1 must be 0 \(none\) or more$"),
        ({"delta_threshold": 0.0}, r"paradigm.delta_threshold=0.0 must be positive$"),
        (
            {"memory_budget_bytes": 1 << 20, "differentiation": "sltt"},
            r"paradigm.memory_budget_bytes=1048576 is for paradigm.differentiation=checkpointed; leave it null with sl",
        ),
        (
            {"memory_budget_bytes": 0, "differentiation": "checkpointed"},
            r"paradigm.memory_budget_bytes=0 must be at least 1, or null for no budget$",
        ),
        ({"longest_delay": -1}, r"paradigm.longest_delay=-1 must be 0 \(none\) or more$"),
        ({"longest_delay": 3, "hidden": (4,)}, r"paradigm.longest_delay=3 needs paradigm.architecture=dense, two hid"),
        (
            {"longest_delay": 3, "hidden": (4, 4), "differentiation": "ottt"},
            r"paradigm.longest_delay=3 needs .* and paradigm.differentiation=bptt, packed, checkpointed or compact: a",
        ),
        (
            {"longest_delay": 3, "hidden": (4, 4), "architecture": "convolutional"},
            r"paradigm.longest_delay=3 needs paradigm.architecture=dense",
        ),
        (
            {"architecture": "residual", "hidden": (4, 8)},
            r"paradigm.hidden=\[4, 8\] must list equal sizes for paradigm.architecture=residual, whose blocks add",
        ),
        (
            {"architecture": "transformer", "hidden": (8, 4)},
            r"paradigm.hidden=\[8, 4\] must list equal sizes for paradigm.architecture=transformer, whose blocks add",
        ),
        (
            {"architecture": "transformer", "hidden": (6,), "heads": 4},
            r"paradigm.hidden=\[6\] must be a multiple of paradigm.heads=4$",
        ),
        (
            {"architecture": "convolutional", "recurrent": True},
            r"paradigm.recurrent=true is for paradigm.architecture=dense, not convolutional: leave it false there$",
        ),
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


EVENTS = jax.ShapeDtypeStruct((9, 4), jnp.bool_)


@pytest.mark.parametrize(
    ("settings", "example", "sentence"),
    [
        ({"architecture": "convolutional"}, EVENTS, "=convolutional reads images, not spike recordings; use dense$"),
        (
            {"architecture": "residual"},
            jax.ShapeDtypeStruct((8, 8), jnp.float32),
            r"=residual reads images \[height, width, channels\], not examples of shape \[8, 8\]; use paradigm.arch",
        ),
        (
            {"encoding": "rows"},
            jax.ShapeDtypeStruct((8,), jnp.float32),
            r"=rows reads the first axis as time, a row a step: it needs examples of at least two axes, not \[8\]",
        ),
        (
            {"encoding": "delta", "architecture": "convolutional"},
            IMAGE,
            "=delta reads the first axis as time, .* and paradigm.architecture=dense, not convolutional$",
        ),
        (
            {"architecture": "convolutional", "hidden": (2, 2, 2, 2), "pool": 2},
            IMAGE,
            r"hidden=\[2, 2, 2, 2\] with paradigm.pool=2 pools an image of \[8, 8, 1\] away; use fewer",
        ),
    ],
)
def test_architectures_and_encodings_that_do_not_fit_the_examples_are_refused(
    settings: dict, example: jax.ShapeDtypeStruct, sentence: str
):
    with pytest.raises(Unsupported, match=sentence):
        build(Config(**settings), Spec(example, "classification", 2))


@pytest.mark.parametrize("encoding", ["rows", "delta"])
def test_that_rows_are_read_as_time_is_said(encoding: str):
    image = jax.ShapeDtypeStruct((9, 8, 2), jnp.float32)
    paradigm = build(Config(encoding=encoding, time_steps=20), Spec(image, "classification", 2))
    assert paradigm.cost().forward.time_steps == 9
    read, flattened = paradigm.notes
    assert "[9, 8, 2] are read a row a step, 9 steps: paradigm.time_steps=20 is not used" in read
    assert "[8, 2] are flattened to 16 channels" in flattened


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
