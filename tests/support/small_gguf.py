"""Small models of the architecture llama, of random numbers, as GGUF files."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

gguf = cast(Any, pytest.importorskip("gguf", reason="the extra pretrained is not installed"))

WIDTH, HEADS, GROUPS, HIDDEN, BASE, EPSILON = 32, 4, 2, 64, 5000.0, 1e-5
PIECES = ["<|end|>", *"abcdefgh", "Ġ", *"0123456789", "ab", "abc", "Ġab"]
MERGES = ["a b", "ab c", "Ġ ab"]


def shapes(layers, pieces=PIECES):
    keys = GROUPS * WIDTH // HEADS
    block = {
        "attn_norm": (WIDTH,), "attn_q": (WIDTH, WIDTH), "attn_k": (keys, WIDTH), "attn_v": (keys, WIDTH),
        "attn_output": (WIDTH, WIDTH), "ffn_norm": (WIDTH,), "ffn_gate": (HIDDEN, WIDTH), "ffn_up": (HIDDEN, WIDTH),
        "ffn_down": (WIDTH, HIDDEN),
    }  # fmt: skip
    found = {f"blk.{place}.{name}.weight": shape for place in range(layers) for name, shape in block.items()}
    return {"token_embd.weight": (len(pieces), WIDTH), "output_norm.weight": (WIDTH,), **found}


def drawn(layers, tied=True, pieces=PIECES):
    random = np.random.default_rng(layers)
    found = {}
    for name, shape in (shapes(layers, pieces) | ({} if tied else {"output.weight": (len(pieces), WIDTH)})).items():
        values = random.normal(size=shape).astype(np.float32)
        found[name] = 1 + 0.1 * values if len(shape) == 1 else values / np.sqrt(shape[-1])
    return found


def write(
    path, tensors, layers, *, kind="F32", architecture="llama", settings=None, pre="smollm", types=None, merges=MERGES,
    pieces=PIECES,
):  # fmt: skip
    """Write a file, and return its tensors as they can be read from it."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(layers)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(GROUPS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_rope_freq_base(BASE)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(pieces)
    writer.add_token_types([3] + [1] * (len(pieces) - 1) if types is None else types)
    if merges:
        writer.add_token_merges(merges)
    writer.add_eos_token_id(0)
    for name, value in (settings or {}).items():
        (writer.add_string if isinstance(value, str) else writer.add_uint32)(name, value)
    stored = {}
    for name, values in tensors.items():
        own = gguf.GGMLQuantizationType["F32" if values.ndim == 1 else kind]
        packed = gguf.quants.quantize(values, own)
        writer.add_tensor(name, packed, raw_dtype=own)
        stored[name] = gguf.quants.dequantize(packed, own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return stored
