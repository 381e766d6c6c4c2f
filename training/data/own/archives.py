"""Arrays from an ``.npz`` archive, or from a folder of ``.npy`` files."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from training.data.own.events import binned
from training.data.own.examples import Examples, examples_of
from training.data.own.room import require_room
from training.errors import BadInput

SUFFIX = ".npy"


def from_archive(path: Path, steps: int | None) -> Examples:
    """Read an archive of arrays; nothing in it is unpickled.

    Raises:
        BadInput: It is damaged, holds Python objects, or other arrays than :func:`of_arrays` reads; its arrays would
            not fit into memory.
    """
    return _read(path, lambda: _archived(path), steps)


def from_arrays_in(folder: Path, steps: int | None) -> Examples:
    """Read a folder of ``.npy`` files, named as the arrays are.

    Raises:
        BadInput: One is damaged or holds Python objects, or there are other arrays than :func:`of_arrays` reads; they
            would not fit into memory.
    """
    return _read(folder, lambda: _filed(folder), steps)


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
    with path.open("rb") as file:
        if file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX:
            raise BadInput(f"{path} is one array, as numpy.save writes it: use numpy.savez(path, inputs=..., targets=)")
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        names = [member.filename for member in members]
        wrong = next((name for name in names if not name.endswith(SUFFIX) or names.count(name) > 1), None)
        if wrong is not None:
            rule = f"holds {wrong} twice" if wrong.endswith(SUFFIX) else f"holds {wrong}, which is no array (.npy)"
            raise BadInput(f"{path} {rule}: take it out")
        _require_room(path, sum(member.file_size for member in members))
        found = {}
        for member in members:
            with archive.open(member) as file:
                name = member.filename.removesuffix(SUFFIX)
                found[name] = _array(f"{path}: {name}", file, member.file_size)
        return found


def _filed(folder: Path) -> dict[str, np.ndarray]:
    files = sorted(folder.glob(f"*{SUFFIX}"))
    other = next((file for file in files if not file.is_file()), None)
    if other is not None:
        raise BadInput(f"{other} is no regular file: put an array in its place, as numpy.save writes it")
    _require_room(folder, sum(file.stat().st_size for file in files))
    found = {}
    for path in files:
        with path.open("rb") as file:
            found[path.stem] = _array(f"{folder}: {path.stem}", file, path.stat().st_size)
    return found


def _require_room(path: Path, needed: int) -> None:
    require_room(f"the arrays of {path}", needed, "give fewer examples, or a smaller type, as uint8 for images")


def _array(named: str, file: Any, size: int) -> np.ndarray:
    """Read an array, once it is seen that its header names no more numbers than there are.

    Args:
        named: What sentences call it.
        file: The array, in the format of ``numpy.save``.
        size: The bytes of the file.

    Raises:
        BadInput: They are Python objects.
        ValueError: There are fewer numbers.
    """
    read_header = npy.read_array_header_1_0 if npy.read_magic(file) == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read_header(file)
    if dtype.hasobject:
        raise BadInput(
            f"{named} holds Python objects, which are not read, since they may run programs: save arrays of numbers, "
            "every example of the same shape"
        )
    # Otherwise memory would be taken for whatever number a damaged header holds.
    if min(shape, default=0) < 0 or math.prod(shape) * max(1, dtype.itemsize) > size:
        raise ValueError(f"an array of the shape {list(shape)} and the type {dtype} is in a file of {size:,} bytes")
    file.seek(0)
    return npy.read_array(file, allow_pickle=False)


def _read(path: Path, load: Callable[[], Mapping[str, np.ndarray]], steps: int | None) -> Examples:
    try:
        arrays = load()
    except BadInput:
        raise
    # Whatever a reader may raise, where each byte of a file may be any.
    except Exception as error:
        raise BadInput(f"{path} cannot be read ({error}): save it anew with numpy.savez or numpy.save") from error
    return of_arrays(str(path), arrays, steps)
