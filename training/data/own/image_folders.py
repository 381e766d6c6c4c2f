"""Images of classes, each class in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
from PIL import Image

from paradigms.capacity import capacity_bytes
from training.data.own.examples import Examples
from training.data.own.splits import NAMES, part_of
from training.errors import BadInput

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
GREY, COLOUR = ("1", "L"), ("RGB", "RGBA", "P", "LA", "PA", "CMYK", "YCbCr")
SHARE = 0.5
"""Of the machine's memory, what images may take."""


def from_image_folder(folder: Path, side: int | None) -> Examples:
    """Read images below ``folder/CLASS/`` or ``folder/PART/CLASS/``, where parts are train, validation and test.

    All are grey if every one is; else all are in colour.

    Args:
        folder: Where the classes are.
        side: The largest square in the middle of each image is resampled to ``side`` by ``side`` pixels; ``None`` to
            take images as they are.

    Raises:
        BadInput: There are fewer than two classes; an image is damaged or of 16 bits; sizes differ and ``side`` is not
            given; the images would not fit into memory.
    """
    found, passed = _found(folder)
    classes = sorted({one for _, one, _ in found})
    if len(classes) < 2:
        raise BadInput(
            f"{folder} holds images of {len(classes)} classes: put those of each class into a folder of its own, as in "
            f"{folder / 'cat' / '1.png'} and {folder / 'dog' / '1.png'}"
        )
    heads = [(path, *_head(path)) for _, _, path in found]
    if side is None:
        first, size = heads[0][0], heads[0][1]
        other = next(((path, one) for path, one, _ in heads if one != size), None)
        if other is not None:
            raise BadInput(
                f"{first} is {_times(size)} pixels and {other[0]} {_times(other[1])}: images of one size are read; "
                "resample them with task.side=32, say"
            )
        width, height = size
    else:
        width = height = side
    mode = "L" if all(one in GREY for _, _, one in heads) else "RGB"
    needed = len(found) * width * height * len(mode)
    there = int(SHARE * capacity_bytes(jax.devices("cpu")))
    if needed > there:
        raise BadInput(
            f"{len(found)} images of {width} × {height} pixels below {folder} take {needed:,} bytes, and {there:,} may "
            "be used here: resample them with task.side=32, say"
        )
    images = np.empty((len(found), height, width, len(mode)), np.uint8)
    for place, (_, _, path) in enumerate(found):
        images[place] = _read(path, mode, side).reshape(height, width, len(mode))
    parts = [part for part, _, _ in found]
    notes = []
    if side is not None:
        notes.append(f"the middle square of each image is resampled to {side} × {side} pixels")
    if any(one in ("RGBA", "LA", "PA") for _, _, one in heads):
        notes.append("transparency is dropped")
    if passed:
        notes.append(f"files that are no images, passed over: {passed}")
    return Examples(
        str(folder),
        images,
        np.array([one for _, one, _ in found], np.str_),
        None if parts[0] is None else np.array(parts, np.str_),
        tuple(notes),
    )


def is_image_folder(folder: Path) -> bool:
    """Return whether there are folders in it, of which classes may be made."""
    return any(True for _ in _folders(folder))


def _found(folder: Path) -> tuple[list[tuple[str | None, str, Path]], int]:
    """Return the part, the class and the path of each image, and the number of files that are none."""
    tops = list(_folders(folder))
    if not tops:
        raise BadInput(f"{folder} holds neither arrays (inputs.npy, targets.npy) nor folders of images")
    divided = all(part_of(one.name) for one in tops) and any(True for top in tops for _ in _folders(top))
    roots: list[tuple[str | None, Path]] = [(None, top) for top in tops]
    if divided:
        roots = [(part_of(top.name), one) for top in tops for one in _folders(top)]
    if divided and len({part for part, _ in roots}) < len(tops):
        raise BadInput(f"{folder} names a part twice: its folders are {', '.join(one.name for one in tops)}")
    if divided and "train" not in {part for part, _ in roots}:
        raise BadInput(f"{folder} has parts and none to train on: name them {', '.join(NAMES)}")
    images, passed = [], 0
    for part, root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_dir() or path.name.startswith("."):
                continue
            if path.suffix.lower() in SUFFIXES:
                images.append((part, root.name, path))
            else:
                passed += 1
    if not images:
        raise BadInput(f"{folder} holds no images: files that end in {', '.join(sorted(SUFFIXES))} are read")
    return images, passed


def _folders(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.iterdir()) if one.is_dir() and not one.name.startswith("."))


def _head(path: Path) -> tuple[tuple[int, int], str]:
    """Return the size and the mode of an image, without reading all of it."""
    try:
        with Image.open(path) as image:
            size, mode = image.size, image.mode
    except (OSError, ValueError, Image.DecompressionBombError, SyntaxError) as error:
        raise BadInput(f"{path} cannot be read as an image ({error}): repair it, or take it out") from error
    if mode not in (*GREY, *COLOUR):
        raise BadInput(f"{path} is an image of mode {mode}, and those of 8 bits are read: convert it")
    return size, mode


def _read(path: Path, mode: str, side: int | None) -> np.ndarray:
    try:
        with Image.open(path) as image:
            if side is not None:
                smaller = min(image.size)
                left, top = ((one - smaller) // 2 for one in image.size)
                image = image.convert(mode).crop((left, top, left + smaller, top + smaller))
                image = image.resize((side, side), Image.Resampling.BILINEAR)
            return np.asarray(image.convert(mode), np.uint8)
    except (OSError, ValueError, Image.DecompressionBombError, SyntaxError) as error:
        raise BadInput(f"{path} cannot be read as an image ({error}): repair it, or take it out") from error


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
