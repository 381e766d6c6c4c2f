"""A transformer's parameters and a batch of text, from a seed.

It stands alone, with NumPy only, for every implementation makes them where it runs.
"""

import math

import numpy as np

HIDDEN = 4
"""Features inside a feed-forward network, over those of a token."""


def make(seed, vocabulary, width, layers, tokens, batch, **others):
    """Arguments of an implementation's ``compile``.

    Returns:
        A dictionary of ``words`` (``int32[batch, tokens + 1]``: inputs are all but the last, targets all but the
        first), ``weights`` (``float32`` arrays by name; kernels are ``[inputs, outputs]``, and the features of queries,
        keys and values stand one after another), ``layers``, and ``others`` as they came.
    """
    rng = np.random.default_rng(seed)
    embedding = rng.normal(0, 1 / math.sqrt(width), (vocabulary, width))
    weights = {"token_embedding": embedding.astype(np.float32)}

    def norm(name):
        weights[f"{name}.scale"] = np.ones(width, np.float32)
        weights[f"{name}.bias"] = np.zeros(width, np.float32)

    def linear(name, inputs, outputs):
        weights[f"{name}.kernel"] = rng.normal(0, 1 / math.sqrt(inputs), (inputs, outputs)).astype(np.float32)
        weights[f"{name}.bias"] = np.zeros(outputs, np.float32)

    for layer in range(layers):
        block = f"blocks.{layer}"
        norm(f"{block}.attention_norm")
        linear(f"{block}.attention.query_key_value", width, 3 * width)
        linear(f"{block}.attention.output", width, width)
        norm(f"{block}.feed_forward_norm")
        linear(f"{block}.feed_forward.up", width, HIDDEN * width)
        linear(f"{block}.feed_forward.down", HIDDEN * width, width)
    norm("norm")
    linear("readout", width, vocabulary)
    words = rng.integers(0, vocabulary, (batch, tokens + 1), np.int32)
    return {"words": words, "weights": weights, "layers": layers, **others}
