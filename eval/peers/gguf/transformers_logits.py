"""Logits and token numbers of a GGUF file by transformers; stand-alone, for it runs in an environment of its own.

    python transformers_logits.py FILE.gguf TEXT OUTPUT.npz

``OUTPUT.npz`` gets ``tokens``, int64 ``[time]``, and ``logits``, float32 ``[time, tokens]``, of the text.
"""

import sys
from pathlib import Path

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from transformers import AutoModelForCausalLM, AutoTokenizer  # pyright: ignore[reportMissingImports]


def main(path: str, text: str, output: str) -> None:
    file = Path(path)
    given = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    tokens = AutoTokenizer.from_pretrained(**given)(text, return_tensors="pt").input_ids
    model = AutoModelForCausalLM.from_pretrained(**given, dtype=torch.float32).eval()
    with torch.no_grad():
        logits = model(tokens).logits
    np.savez(output, tokens=tokens[0].numpy(), logits=logits[0].numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
