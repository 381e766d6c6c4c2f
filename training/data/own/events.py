"""Lists of events, each a time and a channel, as recordings of spikes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from training.data.own.examples import Examples, plain_array
from training.data.own.room import require_room
from training.errors import BadInput

STEPS = 100
NAMES = ("times", "channels", "recordings", "targets")
"""Arrays of a list of events: a time, a channel and a recording's number for each event; a target per recording."""
LARGEST = 2**62
"""Numbers of channels and recordings are less."""
MANY = 10
"""Recordings of which it is no chance that all of them leave most of the steps empty."""


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
            recordings would not fit into memory, or do not begin at 0.
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
    recordings = whole_numbers(source, "recordings", found["recordings"])
    channels = whole_numbers(source, "channels", found["channels"])
    count, width = len(targets) if targets.ndim else 0, int(channels.max()) + 1
    if recordings.max() >= count:
        raise BadInput(
            f"{source}: recordings goes to {recordings.max()} and targets holds {count}: recordings are numbered from "
            "0, and each has a target"
        )
    steps = STEPS if steps is None else steps
    require_room(
        f"{source}: {count} recordings of {steps} steps × {width} channels",
        count * steps * width,
        "choose fewer steps, or merge channels",
    )
    end = float(times.max())
    if end == 0:
        raise BadInput(f"{source}: every event is at time 0, which leaves nothing to be sorted into {steps} steps")
    shares = times.astype(np.float64) / end
    _require_one_clock(source, shares, recordings, times)
    # In whole steps rather than by edges: an event at the very end belongs to the last.
    place = np.minimum((shares * steps).astype(np.int64), steps - 1)
    spikes = np.zeros((count, steps, width), np.bool_)
    spikes[recordings, place, channels] = True
    merged, silent = 1 - spikes.sum() / len(times), count - len(np.unique(recordings))
    unused = width - len(np.unique(channels))
    notes = [
        f"{len(times):,} events were sorted into steps of {end / steps:.4g} (in the unit of times), and {merged:.2%} "
        "of them fell together with another"
    ]
    if silent:
        notes.append(f"recordings without any event: {silent}")
    if unused:
        notes.append(f"channels without any event: {unused}")
    return Examples(source, spikes, targets, found.get("split"), tuple(notes))


def whole_numbers(source: str, name: str, array: np.ndarray) -> np.ndarray:
    """Return numbers of channels or recordings.

    Args:
        source: Where they were found.
        name: What they are called there.
        array: The numbers; booleans are 0 and 1.

    Raises:
        BadInput: One is no whole number, or negative, or too large.
    """
    if array.dtype.kind not in "iub":
        raise BadInput(f"{source}: {name} is {array.dtype}: give whole numbers from 0")
    wrong = next((int(one) for one in (array.min(initial=0), array.max(initial=0)) if not 0 <= one < LARGEST), None)
    if wrong is not None:
        raise BadInput(f"{source}: {name} holds {wrong}: give whole numbers from 0, without gaps")
    return array.astype(np.int64)


def _require_one_clock(source: str, shares: np.ndarray, recordings: np.ndarray, times: np.ndarray) -> None:
    """Refuse times of a clock that does not begin with each recording: nearly all steps of each would be empty.

    Args:
        source: Where they were found.
        shares: The time of each event, as a share of the latest.
        recordings: The recording of each event.
        times: The times as they were given, to name them.

    Raises:
        BadInput: Each of :data:`MANY` recordings or more lies in the last half of the steps, or in fewer than half.
    """
    first, last = np.full(recordings.max() + 1, np.inf), np.full(recordings.max() + 1, -np.inf)
    np.minimum.at(first, recordings, shares)
    np.maximum.at(last, recordings, shares)
    heard = np.isfinite(first)
    longest = (last - first)[heard].max()
    if heard.sum() >= MANY and (first.min() > 0.5 or 0 < longest < 0.5):
        raise BadInput(
            f"{source}: times go from {times.min()} to {times.max()}, and no recording lasts longer than "
            f"{max(longest, 0):.2%} of the latest: times begin at 0 in each recording, so subtract from each the "
            "earliest of its recording"
        )
