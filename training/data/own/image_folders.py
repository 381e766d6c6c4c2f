"""Images of classes, each class in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image

from training.data.own import pictures
from training.data.own.examples import Examples
from training.data.own.pictures import COLOUR, GREY, Head
from training.data.own.room import require_room
from training.data.own.splits import NAMES, part_of
from training.errors import BadInput

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
_Found = TypeVar("_Found")


class _Member(NamedTuple):
    """An image that was found: its part (``None`` where none are named), its class and its path."""

    part: str | None
    label: str
    path: Path


def from_image_folder(folder: Path, side: int | None) -> Examples:
    """Read images below ``folder/CLASS/`` or ``folder/PART/CLASS/``, where parts are train, validation and test.

    All are grey if every one is; else all are in colour.

    Args:
        folder: Where the classes are.
        side: The largest square in the middle of each image is resampled to ``side`` by ``side`` pixels; ``None`` to
            take images as they are.

    Raises:
        BadInput: There are fewer than two classes, or folders of parts beside others; an image is damaged or of 16
            bits; sizes differ and ``side`` is not given; the images would not fit into memory.
    """
    found, passed = _found(folder)
    classes = sorted({one.label for one in found})
    if len(classes) < 2:
        raise BadInput(
            f"{folder} holds images of {len(classes)} classes: put those of each class into a folder of its own, as in "
            f"{folder / 'cat' / '1.png'} and {folder / 'dog' / '1.png'}"
        )
    heads = [_head(one.path) for one in found]
    if side is None:
        first, size = found[0].path, heads[0].size
        other = next((one for one in zip(found, heads, strict=True) if one[1].size != size), None)
        if other is not None:
            raise BadInput(
                f"{first} is {_times(size)} pixels and {other[0].path} {_times(other[1].size)}: images of one size are "
                "read; resample them with task.side=32, say"
            )
        width, height = size
    else:
        width = height = side
    mode = pictures.together(heads)
    require_room(
        f"{len(found)} images of {width} × {height} pixels below {folder}",
        len(found) * width * height * len(mode),
        "resample them with task.side=32, say",
    )
    images = np.empty((len(found), height, width, len(mode)), np.uint8)
    for place, one in enumerate(found):
        read = _opened(one.path, lambda image: pictures.pixels(image, mode, side))
        images[place] = read.reshape(height, width, len(mode))
    notes = [] if side is None else [f"the middle square of each image is resampled to {side} × {side} pixels"]
    parts = [one.part for one in found]
    return Examples(
        str(folder),
        images,
        np.array([one.label for one in found], np.str_),
        None if parts[0] is None else np.array(parts, np.str_),
        (*notes, *pictures.notes(heads), *passed),
    )


def _found(folder: Path) -> tuple[list[_Member], list[str]]:
    """Return the images, and what else there is, one sentence each."""
    tops = list(_folders(folder))
    if not tops:
        raise BadInput(f"{folder} holds neither arrays (inputs.npy, targets.npy) nor folders of images")
    below = {top: sorted(path for path in top.rglob("*") if not path.name.startswith(".")) for top in tops}
    images = {top: [path for path in paths if _is_image(path)] for top, paths in below.items()}
    filled = [top for top in tops if images[top]]
    if not filled:
        raise BadInput(f"{folder} holds no images: files that end in {', '.join(sorted(SUFFIXES))} are read")
    found = [_Member(None, top.name, path) for top in filled for path in images[top]]
    if any(part_of(top.name) for top in filled):
        _require_parts(folder, filled)
        found = [_Member(part_of(top.name), _class_of(top, path), path) for top in filled for path in images[top]]
    links = sum(path.is_symlink() and path.is_dir() for paths in below.values() for path in paths)
    others = sum(not path.is_dir() and not _is_image(path) for paths in below.values() for path in paths)
    beside = sum(_is_image(path) for path in folder.iterdir())
    counts = {
        "files that are no images, passed over": others,
        "images in the folder of no class, passed over": beside,
        "links to folders within those of the classes, not followed": links,
    }
    return found, [f"{what}: {count}" for what, count in counts.items() if count]


def _require_parts(folder: Path, filled: Sequence[Path]) -> None:
    """Refuse folders of parts beside others, of which classes might be made by mistake."""
    parts = [part_of(top.name) for top in filled]
    if None in parts:
        other, part = filled[parts.index(None)], next(top for top in filled if part_of(top.name))
        raise BadInput(
            f"{folder} holds {part.name}, the name of a part, beside {other.name}: keep folders of parts only "
            f"({', '.join(NAMES)}), or of classes only, and call a class otherwise"
        )
    if len(set(parts)) < len(parts):
        raise BadInput(f"{folder} names a part twice: its folders are {', '.join(one.name for one in filled)}")
    if "train" not in parts:
        raise BadInput(f"{folder} has parts and none to train on: name them {', '.join(NAMES)}")


def _class_of(top: Path, path: Path) -> str:
    inner = path.relative_to(top).parts
    if len(inner) == 1:
        raise BadInput(
            f"{path} is in a folder of a part and in none of a class: put it where {top / 'CLASS' / path.name} is, or "
            "take it out"
        )
    return inner[0]


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_dir()


def _folders(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.iterdir()) if one.is_dir() and not one.name.startswith("."))


def _head(path: Path) -> Head:
    # Opening a pipe would wait for ever.
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is a device or a pipe: take it out")
    found = _opened(path, pictures.head)
    if found.mode not in (*GREY, *COLOUR):
        raise BadInput(f"{path} is an image of mode {found.mode}, and those of 8 bits are read: convert it")
    return found


def _opened(path: Path, read: Callable[[Image.Image], _Found]) -> _Found:
    try:
        with Image.open(path) as image:
            return read(image)
    # Whatever a reader may raise, where each byte of a file may be any.
    except Exception as error:
        raise BadInput(f"{path} cannot be read as an image ({error}): repair it, or take it out") from error


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
