"""Arrays from an ``.npz`` archive, or from a folder of ``.npy`` files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from training.data.own.events import binned
from training.data.own.examples import Examples, examples_of
from training.errors import BadInput


def from_archive(path: Path, steps: int | None) -> Examples:
    """Read an archive of arrays; nothing in it is unpickled.

    Raises:
        BadInput: It is damaged, holds Python objects, or other arrays than :func:`of_arrays` reads.
    """
    return _read(path, lambda: _archived(path), steps)


def from_arrays_in(folder: Path, steps: int | None) -> Examples:
    """Read a folder of ``.npy`` files, named as the arrays are.

    Raises:
        BadInput: One is damaged or holds Python objects, or there are other arrays than :func:`of_arrays` reads.
    """
    files = sorted(folder.glob("*.npy"))
    return _read(folder, lambda: {file.stem: np.load(file, allow_pickle=False) for file in files}, steps)


def of_arrays(source: str, arrays: Mapping[str, np.ndarray], steps: int | None) -> Examples:
    """Tell a list of events (``times``, ...) from ``inputs`` and ``targets``.

    Raises:
        BadInput: The arrays are neither; ``steps`` are given for what is no list of events.
    """
    if "times" in arrays:
        return binned(source, arrays, steps)
    if steps is not None:
        raise BadInput(f"{source} holds no times, and task.steps={steps} is for lists of events: leave it out")
    return examples_of(source, arrays)


def _archived(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _read(path: Path, load: Callable[[], Mapping[str, np.ndarray]], steps: int | None) -> Examples:
    try:
        arrays = load()
    except ValueError as error:
        if "pickle" in str(error):
            raise BadInput(
                f"{path} holds Python objects, which are not read, since they may run programs: save arrays of "
                "numbers, every example of the same shape"
            ) from error
        raise BadInput(f"{path} is damaged ({error}): save it anew") from error
    except (OSError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise BadInput(f"{path} cannot be read ({error}): save it anew with numpy.savez or numpy.save") from error
    return of_arrays(str(path), arrays, steps)
