"""How many logits of a language exist at a time while the loss is computed."""

from __future__ import annotations

import math

from paradigms.interface import Spec
from paradigms.transformer.config import Config
from paradigms.transformer.tokens import Layout

MOST_LOGIT_BYTES = 64 * 2**20
"""Logits of a piece, in float32, unless the number of pieces is chosen."""


def readout_pieces(config: Config, spec: Spec, layout: Layout, batch: int) -> int:
    """Count the pieces that the time of a batch is cut into for read-out and loss.

    Args:
        config: The model's settings.
        spec: Its task; what is no language has one prediction per example, and one piece.
        layout: How an example becomes tokens.
        batch: Examples of the batch.
    """
    if spec.kind != "language" or config.quantisation is not None:
        return 1
    if config.readout_pieces is not None:
        return min(config.readout_pieces, layout.tokens)
    logits = 4 * batch * layout.tokens * spec.outputs
    return min(math.ceil(logits / MOST_LOGIT_BYTES), layout.tokens)
