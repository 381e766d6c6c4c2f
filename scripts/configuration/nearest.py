"""What a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Ask for the known name that is nearest, ``did you mean trainer.steps? ``; say nothing where none is near.

    Names with dots are near where their last parts are, since the beginning may be missing: ``steps`` may have meant
    ``trainer.steps``. Among several, the one that is nearest as a whole is asked for.
    """
    candidates: dict[str, list[str]] = {}
    for one in known:
        candidates.setdefault(_last(one), []).append(one)
    near = [one for last in get_close_matches(_last(name), candidates) for one in candidates[last]]
    if not near:
        return ""
    return f"did you mean {max(near, key=lambda one: SequenceMatcher(None, name, one).ratio())}? "


def _last(name: str) -> str:
    return name.rpartition(".")[2]
