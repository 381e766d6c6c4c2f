"""Finding a configuration of a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable


def neighbours(count: Callable[[int], int], target: int) -> tuple[int, ...]:
    """Find the two sizes whose counts enclose a target.

    Args:
        count: The number of parameters of a size, strictly increasing.
        target: The wanted number of parameters.

    Returns:
        The largest size that counts at most ``target`` and the smallest that counts more, of sizes from 1; only the
        second where every size counts more.
    """
    below, above, fewer, more = 0, 1, 0, count(1)
    # Counts are costly, and near to lines or parabolas: the line through the last two says where to look.
    while more <= target:
        ahead = min((target - more) * (above - below) // (more - fewer), 15 * above) if below else 0
        below, above, fewer = above, above + ahead + 1, more
        more = count(above)
    # The line between both sides, and their middle, since a parabola stays on one side of its lines.
    by_line = True
    while above - below > 1:
        step = (target - fewer) * (above - below) // (more - fewer) if by_line else (above - below) // 2
        middle = min(max(below + step, below + 1), above - 1)
        if (found := count(middle)) <= target:
            below, fewer = middle, found
        else:
            above, more = middle, found
        by_line = not by_line
    return (below, above) if below else (above,)
