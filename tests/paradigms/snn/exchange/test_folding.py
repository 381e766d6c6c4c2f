"""Pools of a convolution's currents: the one convolution that they are read as, against the two nodes in float64."""

from dataclasses import replace
from itertools import pairwise

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_reference import interpret

from paradigms.interface import Unsupported
from paradigms.snn.exchange import from_nir
from paradigms.snn.exchange.imported_layers import imported_layers
from paradigms.snn.exchange.traversal import Traversal

pairs = {high: st.tuples(st.integers(1, high), st.integers(1, high)) for high in (2, 3)}
convolutions = st.fixed_dictionaries(
    {
        "kernel": pairs[3],
        "stride": pairs[3],
        "padding": st.tuples(st.integers(0, 2), st.integers(0, 2)),
        "dilation": pairs[3],
        "groups": st.integers(1, 2),
    }
)
pools = st.tuples(st.sampled_from([nir.AvgPool2d, nir.SumPool2d]), pairs[3], pairs[3])


def _chain(*nodes: nir.NIRNode) -> nir.NIRGraph:
    named = {str(place): node for place, node in enumerate(nodes)}
    return nir.NIRGraph(named, list(pairwise(named)), type_check=False)


def _pool(kind: type, size: tuple[int, int], stride: tuple[int, int], padding: int = 0) -> nir.NIRNode:
    return kind(np.array(size), np.array(stride), np.full(2, padding))


def _convolution(rng: np.random.Generator, shape: tuple[int, ...], **given) -> nir.Conv2d:
    described = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "kernel": (2, 3), **given}
    weight = rng.normal(size=(4, shape[0] // described["groups"], *described.pop("kernel")))
    return nir.Conv2d(input_shape=shape[1:], weight=weight, bias=rng.normal(size=4), **described)


def _result(images: np.ndarray, *nodes: nir.NIRNode) -> np.ndarray:
    (out,) = interpret(_chain(nir.Input(np.array(images.shape[1:])), *nodes), images[None], 1.0, "zero")[
        str(len(nodes))
    ]
    return out


def _as_read(images: np.ndarray, *nodes: nir.NIRNode) -> np.ndarray:
    """Currents of neurons behind the nodes, by the convolution of the network that is read."""
    channels = _result(images, *nodes).shape[1]
    fires = nir.IF(r=np.ones(1), v_threshold=np.ones(1))
    graph = _chain(nir.Input(np.array(images.shape[1:])), *nodes, fires, nir.Output(np.array([channels])))
    ((hidden,), _) = imported_layers(Traversal(graph), 1.0)
    kernel = hidden.layer.kernel
    reach = [apart * (size - 1) for apart, size in zip(kernel.dilation, kernel.size, strict=True)]
    around = kernel.padding or [(far // 2, far - far // 2) for far in reach]
    padded = np.pad(images, ((0, 0), (0, 0), *around))
    weight = hidden.weight.transpose(3, 2, 0, 1)
    one = nir.Conv2d(padded.shape[2:], weight, kernel.stride, 0, kernel.dilation, kernel.groups, hidden.bias)
    return _result(padded, one)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(convolutions, pools, st.integers(0, 99), st.booleans())
def test_pooled_currents_are_those_of_one_convolution(described, pool, seed, same):
    if same:
        described = described | {"padding": "same", "stride": 1}
    rng = np.random.default_rng(seed)
    # The least of a side that leaves a window, and up to two pixels that are left over.
    windows = [(size - 1) * step for size, step in zip(pool[1], np.broadcast_to(described["stride"], 2), strict=True)]
    reach = [apart * (size - 1) for size, apart in zip(described["kernel"], described["dilation"], strict=True)]
    sides = [int(rng.integers(1, 4)) + far + more for far, more in zip(windows, reach, strict=True)]
    images = rng.normal(size=(1, 2, *sides))
    nodes = _convolution(rng, images.shape[1:], **described), _pool(*pool)
    expected = _result(images, *nodes)
    np.testing.assert_allclose(_as_read(images, *nodes), expected, rtol=1e-10, atol=1e-10)


def test_pools_of_pools_are_one_convolution_too():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 2, 9, 8))
    average, total = _pool(nir.AvgPool2d, (2, 2), (2, 1)), _pool(nir.SumPool2d, (2, 3), (1, 2))
    nodes = _convolution(rng, (2, 9, 8), padding=(1, 1)), average, total
    np.testing.assert_allclose(_as_read(images, *nodes), _result(images, *nodes), rtol=1e-10, atol=1e-10)


def test_what_is_read_as_one_convolution_is_said(caplog):
    rng, images = np.random.default_rng(0), np.ones((1, 2, 6, 6))
    _as_read(images, _convolution(rng, (2, 6, 6)), _pool(nir.AvgPool2d, (2, 2), (2, 2)))
    (note,) = (record.getMessage() for record in caplog.records)
    assert "The graph's 2 pools currents" in note
    assert "a kernel of [3, 4] every [2, 2] pixels" in note


def _spiking(*nodes: nir.NIRNode) -> nir.NIRGraph:
    neurons = nir.IF(r=np.ones(1), v_threshold=np.ones(1))
    return _chain(nir.Input(np.array([2, 6, 6])), *nodes, neurons, nir.Output(np.array([1])))


RNG = np.random.default_rng(0)
CONVOLUTION, POOL = _convolution(RNG, (2, 6, 6)), _pool(nir.AvgPool2d, (2, 2), (2, 2))


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ((CONVOLUTION, _pool(nir.AvgPool2d, (2, 2), (2, 2), 1)), r"2 has padding=\[1, 1\] and pools currents"),
        ((CONVOLUTION, _pool(nir.SumPool2d, (2, 2), (2, 2), 1)), "pool without padding, or pool the spikes"),
        ((CONVOLUTION, _pool(nir.SumPool2d, (9, 9), (2, 2))), r"2 leaves nothing of images of \[5, 4\] pixels"),
        ((POOL, CONVOLUTION), "1 pools what neither a convolution nor neurons gave; pool what enters in the data"),
        (
            (nir.Flatten({"input": np.array([2, 6, 6])}, start_dim=0), nir.Linear(np.ones((3, 72))), POOL),
            r"3 pools what is no image, \[3\]",
        ),
        ((replace(CONVOLUTION, input_shape=None, groups=3),), "1 has groups=3; it must be one whole number"),
        ((replace(CONVOLUTION, input_shape=None, groups=2),), "1 takes 4 channels and receives"),
    ],
)  # fmt: skip
def test_what_is_no_convolution_is_refused(nodes, sentence):
    with pytest.raises(Unsupported, match=sentence):
        from_nir(_spiking(*nodes), dt=1.0)
