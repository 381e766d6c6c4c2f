"""Pretrained language models from GGUF files, as the transformer that is trained here.

Models of the architecture ``llama`` are read (Touvron et al. 2023): rotary positions, RMS norm, SwiGLU, grouped
queries. Nothing in a file is executed, and nothing is unpickled. The packages gguf and tokenizers are needed, the extra
``pretrained``.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float32, Int32, PyTree

from paradigms.interface import Spec, Unsupported, require
from paradigms.transformer.blocks import joined_blocks
from paradigms.transformer.config import Config

if TYPE_CHECKING:
    from tokenizers import Tokenizer  # pyright: ignore[reportMissingImports]

ARCHITECTURE = "llama"
TENSOR_TYPES = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
"""Types of tensors that are read; those of whole numbers are converted to float32."""
_DIGITS_APART = {"smollm": True, "gpt-2": False}
"""How texts are cut before pairs are merged, by name: GPT-2's way, with or without every digit by itself."""
_CONTROL = 3
"""The type of a token that is never a piece of text."""
_FILE = {
    "attention_norm": "attn_norm",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}
"""Tensors of a block by what they are here."""


@dataclass(frozen=True)
class Tokeniser:
    """What the token numbers of a pretrained model stand for: pieces of text, merged byte pairs (Sennrich et al. 2016).

    Attributes:
        pieces: Cuts texts into pieces, and knows control tokens where a text names them.
        size: Token numbers that there are.
        end: The token that ends a text.
        prefix: What a text begins with, by token number.
    """

    pieces: Tokenizer
    size: int
    end: int
    prefix: tuple[int, ...]

    def encode(self, text: str) -> Int32[np.ndarray, " tokens"]:
        """Return the token numbers of a text."""
        found = self.pieces.encode(text, add_special_tokens=False).ids
        return np.array([*self.prefix, *found], np.int32)

    def decode(self, tokens: Int32[np.ndarray, " tokens"] | list[int]) -> str:
        """Return the text of token numbers, control tokens left out."""
        return self.pieces.decode([int(one) for one in tokens], skip_special_tokens=True)


def read(path: str | os.PathLike[str]) -> tuple[Config, PyTree[Array], Tokeniser]:
    """Read a pretrained model.

    Args:
        path: A GGUF file.

    Returns:
        The settings, the parameters in float32 and the tokeniser; ``build(config, spec(tokeniser.size, length))`` is
        the model for texts of any length.

    Raises:
        Unsupported: A package is missing, the path is no GGUF file, or the file holds another architecture, an option
            or a tensor that this transformer has not, another type of tensor, or another tokeniser; it is named.
    """
    for package in ("gguf", "tokenizers"):
        if importlib.util.find_spec(package) is None:
            raise Unsupported(f'{path} needs the package {package}: pip install "gradient-cost[pretrained]"')
    place = Path(path)
    require(place.is_file(), f"{place} is no file: name a GGUF file that is there")
    try:
        reader = _library().GGUFReader(place)
        fields = {name: field.contents() for name, field in reader.fields.items()}
    except (ValueError, IndexError, KeyError, OverflowError, TypeError, OSError) as error:
        raise Unsupported(f"{place} is no GGUF file, or is damaged ({error}): download it again") from error
    config = _config(place, fields, {tensor.name for tensor in reader.tensors})
    tokeniser = _tokeniser(place, fields)
    return config, _parameters(place, config, reader.tensors, tokeniser.size), tokeniser


def _library() -> Any:
    """Return the package, which has the name of this module."""
    return importlib.import_module("gguf")


def spec(tokens: int, length: int) -> Spec:
    """Return what a language model of so many tokens takes and gives.

    Args:
        tokens: Token numbers that there are.
        length: Tokens of a text.
    """
    return Spec(jax.ShapeDtypeStruct((length,), np.int32), "language", tokens)


def _config(path: Path, fields: Mapping[str, Any], names: set[str]) -> Config:
    architecture = fields.get("general.architecture")
    require(
        architecture == ARCHITECTURE,
        f"{path} holds the architecture {architecture}: only {ARCHITECTURE} is read; choose a file of one",
    )

    def setting(name: str, default: Any = None) -> Any:
        found = fields.get(f"{ARCHITECTURE}.{name}", default)
        require(
            found is not None, f"{path} does not say {ARCHITECTURE}.{name}: the file is not whole; download it again"
        )
        return found

    width, heads = setting("embedding_length"), setting("attention.head_count")
    groups = setting("attention.head_count_kv", heads)
    for name, value in (("attention.head_count", heads), ("attention.head_count_kv", groups)):
        require(
            isinstance(value, int),
            f"{path} has {ARCHITECTURE}.{name}={value}, of each block its own: all blocks are alike here",
        )
    head_width = width // heads
    for name in ("rope.dimension_count", "attention.key_length", "attention.value_length"):
        value = setting(name, head_width)
        require(
            value == head_width,
            f"{path} has {ARCHITECTURE}.{name}={value} where heads are {head_width} wide: only equal ones are read",
        )
    for name in ("rope.scaling.type", "expert_count"):
        value = setting(name, "none")
        require(
            value in ("none", 0), f"{path} has {ARCHITECTURE}.{name}={value}, which this transformer has not: choose "
            "another file"
        )  # fmt: skip
    return Config(
        width=width,
        layers=setting("block_count"),
        heads=heads,
        key_value_heads=groups,
        hidden=setting("feed_forward_length"),
        positions="rotary",
        rotary_base=float(setting("rope.freq_base", 10_000.0)),
        norm="rms",
        norm_epsilon=float(setting("attention.layer_norm_rms_epsilon")),
        feed_forward="swiglu",
        bias=False,
        tied="output.weight" not in names,
    )


def _parameters(path: Path, config: Config, tensors: Any, tokens: int) -> PyTree[Array]:
    library = _library()
    left = {tensor.name: tensor for tensor in tensors}

    def take(name: str, *shape: int) -> Float32[np.ndarray, "..."]:
        tensor = left.pop(name, None)
        if tensor is None:
            raise Unsupported(f"{path} lacks the tensor {name}: the file is not whole; download it again")
        own = tensor.tensor_type.name
        require(own in TENSOR_TYPES, f"{path} holds {name} as {own}: choose a file of {', '.join(TENSOR_TYPES)} alone")
        # GGUF tells shapes with the innermost axis first.
        told = tuple(int(one) for one in reversed(tensor.shape))
        if own == "F16":
            values = tensor.data.astype(np.float32)
        else:
            values = library.quants.dequantize(tensor.data, tensor.tensor_type)
        require(
            told == values.shape == shape,
            f"{path} holds {name} of shape {list(told)} where {list(shape)} is needed: the file is damaged",
        )
        return values

    def block(place: int) -> dict[str, Any]:
        width, hidden = config.width, config.hidden_width
        keys = config.groups * config.head_width
        shapes = {
            "attention_norm": (width,), "query": (width, width), "key": (keys, width), "value": (keys, width),
            "output": (width, width), "feed_forward_norm": (width,), "gate": (hidden, width), "up": (hidden, width),
            "down": (width, hidden),
        }  # fmt: skip
        own = {name: take(f"blk.{place}.{_FILE[name]}.weight", *shape) for name, shape in shapes.items()}
        fused = [halves_apart(own["query"], config.heads), halves_apart(own["key"], config.groups), own["value"]]
        return {
            "attention_norm": {"scale": own["attention_norm"]},
            "attention": {
                "query_key_value": {"kernel": np.concatenate(fused).T},
                "output": {"kernel": own["output"].T},
            },
            "feed_forward_norm": {"scale": own["feed_forward_norm"]},
            "feed_forward": {name: {"kernel": own[name].T} for name in ("gate", "up", "down")},
        }

    found: dict[str, Any] = {
        "token_embedding": take("token_embd.weight", tokens, config.width),
        "norm": {"scale": take("output_norm.weight", config.width)},
        "blocks": joined_blocks([block(place) for place in range(config.layers)]),
    }
    if not config.tied:
        found["readout"] = {"kernel": take("output.weight", tokens, config.width).T}
    if left:
        raise Unsupported(f"{path} holds the tensor {min(left)}, which this transformer has not: choose another file")
    return jax.tree.map(jnp.asarray, found)


def halves_apart(rows: Float32[np.ndarray, "rows width"], heads: int) -> Float32[np.ndarray, "rows width"]:
    """Reorder the rows of queries or keys from GGUF's pairs of features (2i, 2i + 1) to halves (i, i + half).

    Rotary positions turn features in pairs; which are paired is a convention, and ``rotate`` pairs halves.

    Args:
        rows: The matrix of all heads, one after another.
        heads: How many heads there are.
    """
    return rows.reshape(heads, -1, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def _tokeniser(path: Path, fields: Mapping[str, Any]) -> Tokeniser:
    library: Any = importlib.import_module("tokenizers")

    def setting(name: str, default: Any = None) -> Any:
        return fields.get(f"tokenizer.ggml.{name}", default)

    kind, cut = setting("model"), setting("pre")
    require(
        kind == "gpt2" and cut in _DIGITS_APART,
        f"{path} holds the tokeniser {kind}, cut as {cut}: only gpt2, cut as {' or '.join(_DIGITS_APART)}, is read",
    )
    words, merged, end = map(setting, ("tokens", "merges", "eos_token_id"))
    kinds = setting("token_type", [])
    require(
        bool(words) and bool(merged) and end is not None,
        f"{path} lacks the list of tokens, that of merges, or the token that ends a text: the file is not whole; "
        "download it again",
    )
    require(
        len(kinds) == len(words),
        f"{path} tells the types of {len(kinds)} tokens where it has {len(words)}: the file is not whole; "
        "download it again",
    )
    merges = [tuple(one.split(" ", 1)) for one in merged]
    pieces = library.Tokenizer(library.models.BPE({word: number for number, word in enumerate(words)}, merges))
    by_bytes = library.pre_tokenizers.ByteLevel(add_prefix_space=bool(setting("add_space_prefix", False)))
    cuts = [library.pre_tokenizers.Split(library.Regex(r"\p{N}"), "isolated")] if _DIGITS_APART[cut] else []
    pieces.pre_tokenizer = library.pre_tokenizers.Sequence([*cuts, by_bytes])
    pieces.decoder = library.decoders.ByteLevel()
    control = [word for word, own in zip(words, kinds, strict=True) if own == _CONTROL]
    pieces.add_special_tokens([library.AddedToken(word, normalized=False) for word in control])
    begins = setting("add_bos_token", False) and setting("bos_token_id") is not None
    return Tokeniser(pieces, len(words), int(cast(int, end)), (setting("bos_token_id"),) if begins else ())
