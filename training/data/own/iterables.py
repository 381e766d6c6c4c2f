"""Examples one by one, as data sets of other libraries give them: pairs, mappings, or events in structured arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from training.data.arrays import is_masked
from training.data.own.events import binned, whole_numbers
from training.data.own.examples import Examples, as_array, plain_array
from training.data.own.room import require_room
from training.data.own.tables import TARGETS
from training.errors import BadInput

SOURCE = "the examples"
EXAMPLE, LOOK = 200, 2**26
"""Bytes of an example beside its input's, and after how many more it is seen whether there is room."""
COORDINATES = ("y", "x", "p")
"""Fields of an event beside its time ``t`` that make its channel, in row-major order."""


def from_parts(given: Mapping[str, Any], inputs: str | None, targets: str | None, steps: int | None) -> Examples:
    """Gather examples of one part, or of several.

    Args:
        given: The examples of ``train`` alone, which are then divided; or of ``train``, ``test`` and perhaps
            ``validation``. Each example is a pair of input and target, or a mapping, as those of Hugging Face. An input
            is an array, an image of Pillow's, or a structured array of events as Tonic's, with a field ``t`` and some
            of ``x``, ``y`` and ``p``.
        inputs: The key of the input in each mapping; ``None`` where there is one beside the target.
        targets: The key of the target; ``None`` for one that is called so.
        steps: Time steps of recordings that are made of events.

    Raises:
        BadInput: An example is neither, examples differ in shape, or an array is none of numbers.
    """
    pairs, split = [], []
    for part, examples in given.items():
        if examples is not None:
            pairs.extend(_gathered(examples, len(pairs), inputs, targets))
            split.extend([part] * (len(pairs) - len(split)))
    if not pairs:
        raise BadInput(f"{SOURCE} are none")
    parts = {} if len({part for part, examples in given.items() if examples is not None}) == 1 else {"split": split}
    wanted = plain_array(SOURCE, "targets", [_item(target) for _, target in pairs])
    found, notes = _inputs([one for one, _ in pairs])
    if found[0].dtype.names and "t" in found[0].dtype.names:
        return binned(SOURCE, {**_events(found), "targets": wanted, **parts}, steps)
    if steps is not None:
        raise BadInput(f"{SOURCE} are no events, with a field t, and task.steps={steps} is for these: leave it out")
    arrays = [plain_array(SOURCE, "an input", one) for one in found]
    other = next((place for place, one in enumerate(arrays) if one.shape != arrays[0].shape), None)
    if other is not None:
        raise BadInput(
            f"{SOURCE} have inputs of the shapes {list(arrays[0].shape)} and {list(arrays[other].shape)} (the latter "
            f"in example {other}): give every example the same shape"
        )
    other = next((place for place, one in enumerate(arrays) if _type(one) != _type(arrays[0])), None)
    if other is not None:
        raise BadInput(
            f"{SOURCE} have inputs of the types {arrays[0].dtype} and {arrays[other].dtype} (the latter in example "
            f"{other}), whose values may mean different things: give every example the same type"
        )
    require_room(f"the inputs of {SOURCE}", len(arrays) * arrays[0].nbytes, "give fewer examples, or smaller ones")
    return Examples(SOURCE, np.stack(arrays), wanted, np.array(split, np.str_) if parts else None, tuple(notes))


def _item(target: Any) -> Any:
    """Return a target as Python's own, where it is one value of another library."""
    is_one = hasattr(target, "item") and getattr(target, "shape", None) == ()
    return target.item() if is_one and not is_masked(target) else target


def _type(array: np.ndarray) -> tuple[str, bool]:
    """Return what numbers of an array mean: bytes are pixels, others of one kind differ in precision only."""
    return array.dtype.kind, array.dtype == np.uint8


def _inputs(given: list[Any]) -> tuple[list[np.ndarray], list[str]]:
    """Return inputs as arrays, images of Pillow's upright and all grey or all in colour, and what was done to them."""
    images = {place: one for place, one in enumerate(given) if _is_image(one)}
    notes: list[str] = []
    if images:
        # Pillow is not imported where there are no images.
        from training.data.own import pictures

        heads = {place: _tried(place, lambda one=one: pictures.head(one)) for place, one in images.items()}
        known = [place for place, one in heads.items() if one.mode in (*pictures.GREY, *pictures.COLOUR)]
        mode = pictures.together([heads[place] for place in known])
        for place in known:
            images[place] = _tried(place, lambda place=place: pictures.pixels(given[place], mode, None))
        notes = pictures.notes([heads[place] for place in known])
    found = [
        as_array(SOURCE, f"the input of example {place}", images.get(place, one)) for place, one in enumerate(given)
    ]
    return found, notes


def _is_image(given: Any) -> bool:
    return hasattr(given, "getexif") and hasattr(given, "convert")


def _tried(place: int, read: Callable[[], Any]) -> Any:
    try:
        return read()
    # Whatever a reader may raise, where each byte of a file may be any.
    except Exception as error:
        raise BadInput(f"{SOURCE}: the image of example {place} cannot be read ({error})") from error


def _gathered(examples: Any, before: int, inputs: str | None, targets: str | None) -> list[tuple[Any, Any]]:
    """Return the pairs of one part, as long as there is room for them: what has no end is refused, too."""
    pairs, needed, looked = [], before * EXAMPLE, 0
    for place, one in enumerate(_each(examples)):
        pairs.append(_pair(one, place, inputs, targets))
        needed += EXAMPLE + _bytes(pairs[-1][0])
        if needed >= looked + LOOK:
            looked = needed
            require_room(f"the first {len(pairs):,} of {SOURCE}", needed, "give fewer, and of an iterable that ends")
    return pairs


def _bytes(given: Any) -> int:
    return 4 * given.width * given.height if _is_image(given) else int(getattr(given, "nbytes", 0))


def _each(examples: Any) -> Iterator[Any]:
    # Data sets of PyTorch have a length and places, and many never say that the last was reached; streams have none.
    if hasattr(examples, "__getitem__") and not isinstance(examples, Mapping) and not hasattr(examples, "columns"):
        try:
            count = len(examples)
        except (TypeError, NotImplementedError):
            pass
        else:
            return (examples[place] for place in range(count))
    if isinstance(examples, Mapping) or not isinstance(examples, Iterable):
        raise BadInput(f"{SOURCE} are a {type(examples).__name__}: give an iterable of pairs (input, target)")
    return iter(examples)


def _pair(example: Any, place: int, inputs: str | None, targets: str | None) -> tuple[Any, Any]:
    if isinstance(example, Mapping):
        found = {str(key): value for key, value in example.items()}
        known = [key for key in found if key.lower() in TARGETS] if targets is None else [targets]
        rest = [key for key in found if key not in known] if inputs is None else [inputs]
        if len(known) != 1 or len(rest) != 1 or not {*known, *rest} <= set(found):
            raise BadInput(
                f"example {place} has the keys {', '.join(found)}: say which is the input and which the target, "
                "inputs='image', targets='label'"
            )
        return found[rest[0]], found[known[0]]
    if not isinstance(example, tuple | list) or len(example) != 2:
        raise BadInput(f"example {place} is a {type(example).__name__}: give pairs (input, target), or mappings")
    return example[0], example[1]


def _events(recordings: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the events of all recordings in one list, their coordinates made into a channel."""
    names = recordings[0].dtype.names or ()
    different = next((place for place, one in enumerate(recordings) if one.dtype.names != names), None)
    if different is not None:
        raise BadInput(f"example {different} has events of other fields than the first, which has {', '.join(names)}")
    fields = [name for name in COORDINATES if name in names]
    if not fields:
        raise BadInput(
            f"events have the fields {', '.join(names)}: beside t, one of {', '.join(COORDINATES)} is needed"
        )
    flat = next((place for place, one in enumerate(recordings) if one.ndim != 1), None)
    if flat is not None:
        raise BadInput(f"example {flat} has events of the shape {list(recordings[flat].shape)}: give a list of events")
    together = np.concatenate(recordings)
    coordinates = [whole_numbers("events", name, together[name]) for name in fields]
    extents = [int(one.max(initial=0)) + 1 for one in coordinates]
    if math.prod(extents) > np.iinfo(np.int64).max:
        raise BadInput(f"events have up to {' × '.join(map(str, extents))} {', '.join(fields)}: number them from 0")
    numbers = np.repeat(np.arange(len(recordings)), [len(one) for one in recordings])
    channels = np.ravel_multi_index(tuple(coordinates), tuple(extents))
    return {"times": together["t"], "channels": np.asarray(channels), "recordings": numbers}
