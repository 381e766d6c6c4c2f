"""What a layer connects, against convolutions of ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.quantised import Config, build
from paradigms.quantised.layers import Layer
from paradigms.quantised.network import connected


def spec(*shape, kind="classification", outputs=10):
    return Spec(jax.ShapeDtypeStruct(shape, jnp.float32), kind, outputs)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("height", [1, 2, 5, 8])
@pytest.mark.parametrize("width", [3, 4])
def test_fan_out_is_what_each_pixel_reaches(stride, height, width):
    outputs = (-(-height // stride), -(-width // stride), 7)
    layer = Layer("c", (height, width, 2), outputs, stride, hidden=True)
    found = np.zeros(layer.inputs)
    for place in np.ndindex(layer.inputs):
        image = jnp.zeros((1, *layer.inputs)).at[(0, *place)].set(1)
        reached = connected(layer, image, jnp.ones(layer.kernel))
        assert reached.shape == (1, *outputs)
        found[place] = int((np.asarray(reached) != 0).sum())
    np.testing.assert_array_equal(layer.fan_out, found)
    assert layer.synapses == found.sum()


def test_a_dense_layer_connects_all_with_all():
    layer = Layer("d", (6,), (4,), None, hidden=True)
    assert (layer.synapses, layer.fan_in, layer.neurons, layer.positions) == (24, 6, 4, 1)
    np.testing.assert_array_equal(layer.fan_out, [4] * 6)


@pytest.mark.parametrize(
    ("config", "shape", "outputs"),
    [
        (Config(hidden=(5, 4)), (8, 8, 1), [(5,), (4,), (10,)]),
        (
            Config(architecture="small_conv", hidden=(6,)),
            (32, 32, 3),
            [(32, 32, 32), (16, 16, 64), (8, 8, 96), (6,), (10,)],
        ),
        (
            Config(architecture="vgg", hidden=()),
            (28, 28, 1),
            [(28, 28, 64), (14, 14, 64), (14, 14, 128), (7, 7, 128), (7, 7, 256), (4, 4, 256), (10,)],
        ),
    ],
)
def test_architectures(config, shape, outputs):
    paradigm = build(config, spec(*shape))
    assert [layer.outputs for layer in paradigm.layers] == outputs
    assert [layer.hidden for layer in paradigm.layers] == [True] * (len(outputs) - 1) + [False]
    params, _ = jax.eval_shape(paradigm.init, jax.random.key(0))
    assert [params[layer.name]["weight"].shape for layer in paradigm.layers] == [one.kernel for one in paradigm.layers]
    assert paradigm.cost().forward.macs == sum(layer.synapses for layer in paradigm.layers)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Config(weight_bits=0), "paradigm.weight_bits=0 must be between 1 and 8, or null"),
        (lambda: Config(weight_bits=17), "paradigm.weight_bits=17 must be between 1 and 8"),
        (lambda: Config(activation_bits=9), "paradigm.activation_bits=9 must be between 1 and 8"),
        (lambda: Config(input_bits=0), r"paradigm.input_bits=0 must be between 1 and 8$"),
        (lambda: Config(weight_bits=None), "must both be numbers of bits, or both null"),
        (lambda: Config(hidden=()), r"paradigm.hidden=\[\] must list at least one layer"),
        (lambda: Config(channels=(3,)), r"paradigm.channels=\[3\] must list at least one convolution"),
        (lambda: Config(activity_penalty=-1.0), "paradigm.activity_penalty=-1.0 must be a finite number"),
        (lambda: Config(activity_penalty=float("nan")), "paradigm.activity_penalty=nan must be"),
        (lambda: build(Config(architecture="vgg"), spec(8)), r"needs images \[height, width, channels\].*use mlp"),
        (lambda: build(Config(), spec(8, kind="language")), "text needs another paradigm"),
        (lambda: build(Config(), spec()), "one array per example, of at least one axis"),
    ],
)
def test_what_cannot_be_built_is_refused(make, sentence):
    with pytest.raises(Unsupported, match=sentence):
        make()
