"""Pretrained models from GGUF files: small ones written here, held to NumPy that turns pairs as GGUF has them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_gguf import BASE, EPSILON, GROUPS, HEADS, PIECES, WIDTH, drawn, gguf, write

from paradigms.interface import Unsupported, Variables
from paradigms.transformer import build
from paradigms.transformer.gguf import halves_apart, read, spec

pytest.importorskip("tokenizers", reason="the extra pretrained is not installed")


def logits(tensors, layers, tokens):
    """Logits of one text in float64, with queries and keys in GGUF's own order of features."""
    weights = {name: values.astype(float) for name, values in tensors.items()}
    head, time = WIDTH // HEADS, len(tokens)
    angles = np.arange(time)[:, None] * BASE ** (-np.arange(0, head, 2) / head)
    turn = np.exp(1j * angles)[:, None]

    def norm(x, name):
        return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + EPSILON) * weights[f"{name}.weight"]

    def turned(x, heads):
        pairs = x.reshape(time, heads, head // 2, 2)
        return (pairs[..., 0] + 1j * pairs[..., 1]) * turn

    x = weights["token_embd.weight"][tokens]
    for place in range(layers):
        own = {name: weights[f"blk.{place}.{name}.weight"] for name in ("attn_q", "attn_k", "attn_v", "attn_output",
               "ffn_gate", "ffn_up", "ffn_down")}  # fmt: skip
        y = norm(x, f"blk.{place}.attn_norm")
        query, key = turned(y @ own["attn_q"].T, HEADS), turned(y @ own["attn_k"].T, GROUPS)
        value = (y @ own["attn_v"].T).reshape(time, GROUPS, head)
        read_ = np.zeros((time, HEADS, head))
        for one in range(HEADS):
            group = one * GROUPS // HEADS
            scores = (query[:, one] @ key[:, group].conj().T).real / np.sqrt(head)
            scores[np.triu_indices(time, 1)] = -np.inf
            share = np.exp(scores - scores.max(axis=1, keepdims=True))
            read_[:, one] = share / share.sum(axis=1, keepdims=True) @ value[:, group]
        x = x + read_.reshape(time, WIDTH) @ own["attn_output"].T
        y = norm(x, f"blk.{place}.ffn_norm")
        gate = y @ own["ffn_gate"].T
        x = x + (gate / (1 + np.exp(-gate)) * (y @ own["ffn_up"].T)) @ own["ffn_down"].T
    return norm(x, "output_norm") @ weights.get("output.weight", weights["token_embd.weight"]).T


# Up to 4 blocks have arrays of their own, and those of more are stacked.
@pytest.mark.parametrize(
    ("layers", "kind", "tied"), [(1, "Q8_0", True), (2, "Q4_1", False), (5, "F32", True), (1, "F16", True)]
)
def test_a_file_that_is_read_gives_the_logits_of_its_tensors(tmp_path, layers, kind, tied):
    stored = write(tmp_path / "model.gguf", drawn(layers, tied), layers, kind=kind)
    config, params, tokeniser = read(tmp_path / "model.gguf")
    assert (config.layers, config.tied, config.groups) == (layers, tied, GROUPS)
    tokens = np.random.default_rng(0).integers(0, len(PIECES), 9)
    paradigm = build(config, spec(tokeniser.size, len(tokens)))
    drawn_anew = jax.eval_shape(paradigm.init, jax.random.key(0)).params
    assert jax.tree.map(lambda leaf: leaf.shape, drawn_anew) == jax.tree.map(lambda leaf: leaf.shape, params)
    given = jnp.asarray(tokens[None], jnp.int32)
    found = paradigm.apply(params, {}, given, key=jax.random.key(0), train=False).prediction[0]
    np.testing.assert_allclose(found, logits(stored, layers, tokens), atol=2e-5)
    first, _ = paradigm.start(Variables(params, {}), given, jnp.array([len(tokens)]), 12)
    np.testing.assert_allclose(first[0], found[-1], atol=2e-5)


def test_pairs_become_halves():
    rows = np.arange(2 * 6, dtype=np.float32)[:, None]
    assert halves_apart(rows, 2)[:, 0].tolist() == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]


@pytest.mark.parametrize(
    ("pre", "text", "pieces"),
    [
        ("smollm", "abc ab cab", ["abc", "Ġab", "Ġ", "c", "ab"]),
        ("smollm", "a12", ["a", "1", "2"]),
        ("smollm", "ab<|end|>c", ["ab", "<|end|>", "c"]),
        ("gpt-2", "a b", ["a", "Ġ", "b"]),
    ],
)
def test_texts_are_cut_and_put_together_again(tmp_path, pre, text, pieces):
    write(tmp_path / "model.gguf", drawn(1), 1, pre=pre)
    _, _, tokeniser = read(tmp_path / "model.gguf")
    tokens = tokeniser.encode(text)
    assert [PIECES[one] for one in tokens] == pieces
    assert tokeniser.decode(tokens) == text.replace("<|end|>", "")
    assert (tokeniser.size, tokeniser.end) == (len(PIECES), 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"architecture": "qwen2"}, "holds the architecture qwen2: only llama is read"),
        ({"kind": "Q4_K"}, "holds token_embd.weight as Q4_K: choose a file of F32, F16"),
        ({"settings": {"llama.rope.scaling.type": "yarn"}}, "llama.rope.scaling.type=yarn, which this transformer"),
        ({"settings": {"llama.expert_count": 8}}, "llama.expert_count=8, which this transformer has not"),
        ({"settings": {"llama.rope.dimension_count": 4}}, "dimension_count=4 where heads are 8 wide"),
        ({"pre": "llama-bpe"}, "holds the tokeniser gpt2, cut as llama-bpe: only gpt2, cut as smollm or gpt-2"),
        ({"missing": "blk.0.ffn_up.weight"}, "lacks the tensor blk.0.ffn_up.weight"),
        ({"further": "blk.0.attn_q.bias"}, "holds the tensor blk.0.attn_q.bias, which this transformer has not"),
        ({"merges": None}, "lacks the list of tokens, that of merges, or the token that ends a text"),
        ({"types": [3]}, f"tells the types of 1 tokens where it has {len(PIECES)}"),
        ({"bent": "token_embd.weight"}, rf"of shape \[16, 64\] where \[{len(PIECES)}, 32\] is needed"),
        ({"bent": "blk.0.attn_v.weight"}, r"holds blk.0.attn_v.weight of shape \[16, 64\] where \[16, 32\] is needed"),
    ],
)
def test_what_is_not_this_transformer_is_refused_by_name(tmp_path, changes, sentence, monkeypatch):
    tensors = drawn(1)
    tensors.pop(changes.pop("missing", ""), None)
    if further := changes.pop("further", None):
        tensors[further] = np.zeros(WIDTH, np.float32)
    if bent := changes.pop("bent", None):
        tensors[bent] = np.zeros((16, 64), np.float32)
    if changes.get("kind") == "Q4_K":
        # The library reads this type, and writes it not; 256 numbers of a row are one block.
        tensors = {"token_embd.weight": np.zeros((len(PIECES), 256), np.float32), **tensors}
        own = gguf.GGMLQuantizationType.Q4_K
        packed = np.zeros((len(PIECES), 144), np.uint8)
        monkeypatch.setattr(gguf.quants, "quantize", lambda values, kind: packed if kind == own else values)
        monkeypatch.setattr(gguf.quants, "dequantize", lambda values, kind: values)
        tensors = {name: values for name, values in tensors.items() if name == "token_embd.weight" or values.ndim == 1}
    write(tmp_path / "model.gguf", tensors, 1, **changes)
    with pytest.raises(Unsupported, match=sentence):
        read(tmp_path / "model.gguf")


def test_what_is_no_such_file_is_refused(tmp_path):
    with pytest.raises(Unsupported, match=r"none.gguf is no file: name a GGUF file"):
        read(tmp_path / "none.gguf")
    write(tmp_path / "model.gguf", drawn(1), 1)
    whole = (tmp_path / "model.gguf").read_bytes()
    for content in (b"", b"GGUF", b"no model at all, but text", whole[:200], whole[: len(whole) // 2]):
        (tmp_path / "cut.gguf").write_bytes(content)
        with pytest.raises(Unsupported, match="is no GGUF file, or is damaged"):
            read(tmp_path / "cut.gguf")
