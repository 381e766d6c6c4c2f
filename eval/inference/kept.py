"""Arrays that took long to make, on disk, so that a study that was stopped does not make them again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from eval.inference.sampling import Samples
from training.errors import BadInput
from training.tracking.durable import replace_durably, writing

Arrays = dict[str, Shaped[np.ndarray, "..."]]


def kept(path: Path, make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays in a file, made now and written there unless they were before.

    Args:
        path: An ``.npz`` file; its folder is made where it is missing.
        make: Makes them.

    Raises:
        BadInput: The file is damaged.
    """
    if path.exists():
        try:
            with np.load(path, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise BadInput(f"{path} is damaged: delete it, and what it holds is made again") from error
    made = make()
    buffer = io.BytesIO()
    named: dict[str, Any] = made
    np.savez_compressed(buffer, **named)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_durably(path, buffer.getvalue())
    return made


def kept_samples(path: Path, make: Callable[[], Samples]) -> Samples:
    """Return answers likewise; see :func:`kept`."""
    return Samples(**kept(path, lambda: dict(vars(make()))))
