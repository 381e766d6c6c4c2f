"""Whether Python finds our packages, or others of the same names that come before them on its path."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

OURS = ("paradigms", "training", "eval", "scripts")
"""Names at the top level that this project takes."""
BAD_INPUT = 2


def hidden_packages() -> dict[str, Path]:
    """Those of ours that Python would not find, and what it would import in their place; nothing is imported."""
    root = Path(__file__).resolve().parents[2]
    found = {name: _place(name) for name in OURS}
    return {name: place for name, place in found.items() if place is not None and place.parent != root}


def require_ours() -> None:
    """Stop in one sentence where a folder or module of the user's own hides one of our packages.

    Found out later, it would be an import error half-way through a command, about a name that nobody has heard of.

    Raises:
        SystemExit: In a command, with code 2 after the sentence on stderr (``python -m scripts.train``).
        ImportError: Elsewhere, with the sentence.
    """
    hidden = hidden_packages()
    if not hidden:
        return
    listed = " and ".join(f"{place} hides gradient-cost's {name}" for name, place in hidden.items())
    sentence = (
        f"{listed}: rename it, or run `gradient-cost train ...` in place of `python -m scripts.train ...`, which takes "
        "its own wherever it is called"
    )
    # What python -m calls a package's __init__ with, and the console script.
    if sys.argv[:1] == ["-m"] or Path(sys.argv[0]).stem == "gradient-cost":
        print(f"error: {sentence}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    raise ImportError(sentence)


def _place(name: str) -> Path | None:
    """The folder or file that ``import name`` would read; ``None`` where there is none, which explains itself."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    if spec.origin is not None and os.path.isfile(spec.origin):
        place = Path(spec.origin)
        return (place.parent if place.name == "__init__.py" else place).resolve()
    # A folder without __init__.py, be it in several places.
    return Path(next(iter(spec.submodule_search_locations or []), name)).resolve()
