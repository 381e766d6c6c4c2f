"""Going on with what was begun: prompts with the beginnings of answers behind them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int, Int32

from eval.inference.sampling import Samples


def behind(
    prompts: Int[np.ndarray, "rows prompt"],
    lengths: Int[np.ndarray, " rows"],
    begun: Int[np.ndarray, "rows most"],
    counts: Int[np.ndarray, " rows"],
) -> tuple[Int32[np.ndarray, "rows longer"], Int32[np.ndarray, " rows"]]:
    """Write what was begun behind each prompt.

    Args:
        prompts: Token numbers, padded at the end.
        lengths: Tokens of each prompt.
        begun: Token numbers, padded at the end.
        counts: Tokens of each beginning.

    Returns:
        Rows of ``prompt + most`` tokens, padded at the end with 0, and their lengths.
    """
    rows, width = prompts.shape
    found = np.zeros((rows, width + begun.shape[1]), np.int32)
    inside = np.arange(width) < lengths[:, None]
    found[:, :width] = np.where(inside, prompts, 0)
    taken, columns = np.nonzero(np.arange(begun.shape[1]) < counts[:, None])
    found[taken, lengths[taken] + columns] = begun[taken, columns]
    return found, (lengths + counts).astype(np.int32)


def appended(
    begun: Int[np.ndarray, "rows most"],
    counts: Int[np.ndarray, " rows"],
    ended: Bool[np.ndarray, " rows"],
    more: Samples,
) -> tuple[Int32[np.ndarray, "rows samples most"], Int32[np.ndarray, "rows samples"], Bool[np.ndarray, "rows samples"]]:
    """Append continuations to each beginning; one that has ended stays as it is in all of them.

    Args:
        begun: Token numbers, padded at the end with 0; there is room for what comes.
        counts: Tokens of each.
        ended: Whether END is the last of them.
        more: Continuations of each.

    Returns:
        Tokens, their counts, and whether END has come.
    """
    _, samples, step = more.tokens.shape
    tokens = np.repeat(begun[:, None], samples, axis=1).astype(np.int32)
    added = np.where(ended[:, None], 0, more.counts)
    inside = np.arange(step) < added[:, :, None]
    row, sample, place = np.nonzero(inside)
    tokens[row, sample, counts[row] + place] = more.tokens[row, sample, place]
    return tokens, (counts[:, None] + added).astype(np.int32), ended[:, None] | more.ended
