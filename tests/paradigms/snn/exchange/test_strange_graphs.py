"""Graphs of which any part is strange: each is read as finite numbers, or refused in a sentence."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import jaxtyping
import nir
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from paradigms.interface import Spec, Unsupported
from paradigms.snn import Config, build
from paradigms.snn.exchange import from_nir, to_nir

NETWORKS = {
    "recurrent": (Config(hidden=(4, 3), recurrent=True), (5,)),
    "synaptic": (Config(hidden=(4,), neuron="synaptic"), (5,)),
    "convolution": (Config(architecture="convolutional", hidden=(3,), neuron="if"), (6, 6, 2)),
}


@cache
def network(kind: str) -> tuple:
    config, shape = NETWORKS[kind]
    model = build(config, Spec(jax.ShapeDtypeStruct(shape, jnp.float32), "classification", 3))
    return model, *model.init(jax.random.key(0))


def written(kind: str) -> nir.NIRGraph:
    return to_nir(*network(kind), dt=1e-3)


STRANGE: dict[str, Any] = {
    "nothing": lambda _: None,
    "text": lambda _: "many",
    "texts": lambda values: np.full(np.shape(values), "x"),
    "objects": lambda values: np.full(np.shape(values), None),
    "a list": lambda values: np.asarray(values).tolist(),
    "unequal lists": lambda _: [[1.0], [1.0, 2.0]],
    "a mapping": lambda _: {"value": 1},
    "not finite": lambda values: np.full(np.shape(values), np.nan),
    "beyond single precision": lambda values: np.full(np.shape(values), 1e300),
    "close to zero": lambda values: np.full(np.shape(values), 1e-300),
    "complex": lambda values: np.full(np.shape(values), 1j),
    "negative": lambda values: -np.asarray(values, float) - 1,
    "whole numbers": lambda values: np.ones(np.shape(values), int),
    "an axis more": lambda values: np.asarray(values)[None],
    "one more": lambda values: np.concatenate([np.atleast_1d(values)] * 2),
    "empty": lambda _: np.zeros(0),
}


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(NETWORKS)), st.sampled_from(sorted(STRANGE)), st.data())
def test_a_graph_that_is_strange_anywhere_is_read_or_refused_in_a_sentence(kind, strange, data):
    graph = written(kind)
    name = data.draw(st.sampled_from(sorted(graph.nodes)))
    node = graph.nodes[name]
    what = data.draw(st.sampled_from(sorted(set(vars(node)) - {"metadata", "name"}) or ["input_type"]))
    before = getattr(node, what)
    assume(not isinstance(before, dict) or strange in ("nothing", "text", "unequal lists", "a mapping", "empty"))
    setattr(node, what, STRANGE[strange](before))
    try:
        _, params, state = from_nir(graph, Config(time_steps=2), dt=1e-3)
    except Unsupported as refusal:
        sentence, params, state = str(refusal), {}, {}
    else:
        sentence = ""
    assert "\n" not in sentence
    assert all(bool(jnp.isfinite(values).all()) for values in (params | state).values())


@pytest.mark.parametrize("graph", ["network.nir", None, nir.Linear(np.ones((3, 5))), {"nodes": {}}])
def test_what_is_no_graph_is_refused(graph, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(Unsupported, match=f"a {type(graph).__name__} is no NIR graph; give what nir.read returns"):
        from_nir(graph, dt=1e-3)
