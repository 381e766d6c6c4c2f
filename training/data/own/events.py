"""Lists of events, each a time and a channel, as recordings of spikes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from paradigms.capacity import capacity_bytes
from training.data.own.examples import Examples, plain_array
from training.errors import BadInput

STEPS = 100
NAMES = ("times", "channels", "recordings", "targets")
"""Arrays of a list of events: a time, a channel and a recording's number for each event; a target per recording."""
SHARE = 0.5
"""Of the machine's memory, what recordings may take."""


def binned(source: str, arrays: Mapping[str, Any], steps: int | None) -> Examples:
    """Sort events into time steps of equal length.

    The first step begins at time 0 and the last ends at the latest event of all; a channel that has several events in a
    step spikes once.

    Args:
        source: Where they were found.
        arrays: :data:`NAMES`, and ``split`` where the parts are given.
        steps: Time steps of every recording; ``None`` for :data:`STEPS`.

    Raises:
        BadInput: An array is missing, of another length or type; a time is negative; a recording has no target; the
            recordings would not fit into memory.
    """
    missing = [name for name in NAMES if name not in arrays]
    unknown = sorted(set(arrays) - {*NAMES, "split"})
    if missing or unknown:
        raise BadInput(
            f"{source} holds {', '.join(sorted(arrays))}: events are times, channels and recordings (whole numbers "
            f"from 0, one for each event), with targets (one for each recording); "
            f"{'there is no ' + missing[0] if missing else unknown[0] + ' has no meaning here'}"
        )
    found = {name: plain_array(source, name, arrays[name]) for name in arrays}
    times, targets = found["times"], found["targets"]
    for name in NAMES[:3]:
        if found[name].ndim != 1 or len(found[name]) != len(times):
            raise BadInput(f"{source}: {name} has the shape {list(found[name].shape)}: give one for each event")
    if len(times) == 0:
        raise BadInput(f"{source} holds no events")
    if times.dtype.kind not in "iuf":
        raise BadInput(f"{source}: times is {times.dtype}: times are numbers")
    wrong = ~np.isfinite(times) | (times < 0)
    if wrong.any():
        raise BadInput(
            f"{source}: times holds {times[wrong][0]} at event {int(wrong.argmax())}: times are finite, and 0 or "
            "later; subtract the earliest"
        )
    recordings = _numbers(source, "recordings", found["recordings"])
    channels = _numbers(source, "channels", found["channels"])
    count, width = len(targets) if targets.ndim else 0, int(channels.max()) + 1
    if recordings.max() >= count:
        raise BadInput(
            f"{source}: recordings goes to {recordings.max()} and targets holds {count}: recordings are numbered from "
            "0, and each has a target"
        )
    steps = STEPS if steps is None else steps
    needed, there = count * steps * width, int(SHARE * capacity_bytes(jax.devices("cpu")))
    if needed > there:
        raise BadInput(
            f"{source}: {count} recordings of {steps} steps × {width} channels take {needed:,} bytes, and {there:,} "
            "may be used here: choose fewer steps, or merge channels"
        )
    end = float(times.max())
    if end == 0:
        raise BadInput(f"{source}: every event is at time 0, which leaves nothing to be sorted into {steps} steps")
    # In whole steps rather than by edges: an event at the very end belongs to the last.
    place = np.minimum((times.astype(np.float64) / end * steps).astype(np.int64), steps - 1)
    spikes = np.zeros((count, steps, width), np.bool_)
    spikes[recordings, place, channels] = True
    merged, silent = 1 - spikes.sum() / len(times), int((~spikes.any(axis=(1, 2))).sum())
    notes = [
        f"{len(times):,} events were sorted into steps of {end / steps:.4g} (in the unit of times), and {merged:.2%} "
        "of them fell together with another"
    ]
    if silent:
        notes.append(f"recordings without any event: {silent}")
    return Examples(source, spikes, targets, found.get("split"), tuple(notes))


def _numbers(source: str, name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iu":
        raise BadInput(f"{source}: {name} is {array.dtype}: give whole numbers from 0")
    if array.min() < 0:
        raise BadInput(f"{source}: {name} holds {array.min()}: give whole numbers from 0")
    return array.astype(np.int64)
