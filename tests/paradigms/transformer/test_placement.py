"""Every parameter of a transformer has a place, written down here by hand."""

import jax
import jax.numpy as jnp
import pytest

from paradigms.interface import Spec
from paradigms.transformer import Config, build

PLACES = {
    "blocks.attention.query_key_value.kernel": ("fsdp", "model"),
    "blocks.attention.query_key_value.bias": ("model",),
    "blocks.attention.output.kernel": ("model", "fsdp"),
    "blocks.attention.output.bias": (),
    "blocks.feed_forward.up.kernel": ("fsdp", "model"),
    "blocks.feed_forward.up.bias": ("model",),
    "blocks.feed_forward.gate.kernel": ("fsdp", "model"),
    "blocks.feed_forward.gate.bias": ("model",),
    "blocks.feed_forward.down.kernel": ("model", "fsdp"),
    "blocks.feed_forward.down.bias": (),
    "blocks.attention_norm.scale": (),
    "blocks.attention_norm.bias": (),
    "blocks.feed_forward_norm.scale": (),
    "blocks.feed_forward_norm.bias": (),
    "norm.scale": (),
    "norm.bias": (),
    "patch_embedding.kernel": (None, "fsdp"),
    "patch_embedding.bias": (),
    "token_embedding": ("model", "fsdp"),
    "positions": (None, "fsdp"),
    "readout.kernel": ("fsdp", "model"),
    "readout.bias": ("model",),
}
IMAGES = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)
TEXT = Spec(jax.ShapeDtypeStruct((8,), jnp.int32), "language", 12)


@pytest.mark.parametrize("spec", [IMAGES, TEXT], ids=["images", "text"])
@pytest.mark.parametrize("layers", [1, 9])
@pytest.mark.parametrize("feed_forward", ["gelu", "swiglu"])
def test_every_parameter_is_placed_by_its_name(spec, layers, feed_forward):
    paradigm = build(Config(layers=layers, feed_forward=feed_forward), spec)
    params = jax.eval_shape(lambda: paradigm.init(jax.random.key(0))).params
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        names = [str(getattr(key, "key", getattr(key, "idx", None))) for key in path]
        found = paradigm.placement(names)
        assert found == PLACES[".".join(name for name in names if not name.isdecimal())]
        assert len(found) <= len(leaf.shape)
