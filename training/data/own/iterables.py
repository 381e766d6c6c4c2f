"""Examples one by one, as data sets of other libraries give them: pairs, mappings, or events in structured arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from training.data.own.events import binned
from training.data.own.examples import Examples, plain_array
from training.data.own.tables import TARGETS
from training.errors import BadInput

SOURCE = "the examples"
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
        if examples is None:
            continue
        before = len(pairs)
        pairs.extend(_pair(one, place, inputs, targets) for place, one in enumerate(_each(examples)))
        split.extend([part] * (len(pairs) - before))
    if not pairs:
        raise BadInput(f"{SOURCE} are none")
    parts = {} if len({part for part, examples in given.items() if examples is not None}) == 1 else {"split": split}
    first = np.asarray(pairs[0][0])
    wanted = plain_array(SOURCE, "targets", [target for _, target in pairs])
    if first.dtype.names and "t" in first.dtype.names:
        return binned(SOURCE, {**_events([np.asarray(one) for one, _ in pairs]), "targets": wanted, **parts}, steps)
    if steps is not None:
        raise BadInput(f"{SOURCE} are no events, with a field t, and task.steps={steps} is for these: leave it out")
    arrays = [plain_array(SOURCE, "an input", one) for one, _ in pairs]
    other = next((place for place, one in enumerate(arrays) if one.shape != arrays[0].shape), None)
    if other is not None:
        raise BadInput(
            f"{SOURCE} have inputs of the shapes {list(arrays[0].shape)} and {list(arrays[other].shape)} (the latter "
            f"in example {other}): give every example the same shape"
        )
    return Examples(SOURCE, np.stack(arrays), wanted, np.array(split, np.str_) if parts else None)


def _each(examples: Any) -> Iterator[Any]:
    # Data sets of PyTorch have a length and places, and many never say that the last was reached.
    if hasattr(examples, "__len__") and hasattr(examples, "__getitem__") and not isinstance(examples, Mapping):
        return (examples[place] for place in range(len(examples)))
    if isinstance(examples, Mapping) or not isinstance(examples, Iterable):
        raise BadInput(f"{SOURCE} are a {type(examples).__name__}: give an iterable of pairs (input, target)")
    return iter(examples)


def _pair(example: Any, place: int, inputs: str | None, targets: str | None) -> tuple[Any, Any]:
    if isinstance(example, Mapping):
        keys = [str(key) for key in example]
        target = targets if targets is not None else next((key for key in keys if key.lower() in TARGETS), None)
        rest = [key for key in keys if key != target]
        source = inputs if inputs is not None else rest[0] if len(rest) == 1 else None
        if source not in keys or target not in keys:
            raise BadInput(
                f"example {place} has the keys {', '.join(keys)}: say which is the input and which the target, "
                "inputs='image', targets='label'"
            )
        return example[source], example[target]
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
    together = np.concatenate(recordings)
    coordinates = [together[name].astype(np.int64) for name in fields]
    if len(together) and min(int(one.min()) for one in coordinates) < 0:
        raise BadInput(f"events have negative numbers in one of {', '.join(fields)}: number them from 0")
    extents = [int(one.max(initial=0)) + 1 for one in coordinates]
    numbers = np.repeat(np.arange(len(recordings)), [len(one) for one in recordings])
    channels = np.ravel_multi_index(tuple(coordinates), tuple(extents))
    return {"times": together["t"], "channels": np.asarray(channels), "recordings": numbers}
