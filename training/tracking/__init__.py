"""Where rows of metrics go: ``metrics.jsonl``, a progress bar, wandb, TensorBoard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from training.errors import BadInput
from training.tracking.tracker import RunInfo, Tracker

OPTIONS: dict[str, tuple[str, ...]] = {
    "jsonl": (),
    "progress": (),
    "wandb": ("project", "entity", "group"),
    "tensorboard": (),
}
"""Every tracker by name, and its options: texts, or ``None`` for the tracker's own default."""
KNOWN = tuple(OPTIONS)

__all__ = ["KNOWN", "OPTIONS", "RunInfo", "Tracker", "build_trackers"]


def build_trackers(names: Collection[str] | Mapping[str, Any]) -> list[Tracker]:
    """The trackers of these names, each once.

    ``metrics.jsonl`` is the record that resuming, the summary and the curves are made from, so ``jsonl`` is always
    there, named or not, and comes first; the progress bar comes last, when the others have said what they have to say.

    Args:
        names: Some of ``KNOWN``; or a mapping from them to their options, such as ``{"wandb": {"project": "mine"}}``.

    Raises:
        BadInput: A name or an option is unknown, an option is no text, or a tracker's package is not installed.
    """
    chosen = {name: _options(name, names[name] if isinstance(names, Mapping) else {}) for name in names}
    order = ("jsonl", "tensorboard", "wandb", "progress")
    return [_build(name, chosen.get(name, {})) for name in order if name == "jsonl" or name in chosen]


def _options(name: str, given: Any) -> dict[str, str | None]:
    if name not in OPTIONS:
        raise BadInput(f"tracking={name} is unknown; choose among {', '.join(KNOWN)}")
    if not isinstance(given, Mapping):
        raise BadInput(f"tracking.{name}={given} must be a group of options")
    for option, value in given.items():
        if option not in OPTIONS[name]:
            known = f"those of {name} are {', '.join(OPTIONS[name])}" if OPTIONS[name] else f"{name} has none"
            raise BadInput(f"tracking.{name}.{option} is no option; {known}")
        if not (value is None or isinstance(value, str)):
            raise BadInput(f"tracking.{name}.{option}={value} must be a text, or null for the default")
    return dict(given)


def _build(name: str, options: dict[str, str | None]) -> Tracker:
    # Each brings a library of its own, which only those who ask for it should wait for.
    match name:
        case "progress":
            from training.tracking.progress import ProgressTracker

            return ProgressTracker()
        case "wandb":
            from training.tracking.weights_and_biases import WandbTracker

            return WandbTracker(**options)
        case "tensorboard":
            from training.tracking.tensorboard import TensorboardTracker

            return TensorboardTracker()
        case _:
            from training.tracking.jsonl import JsonlTracker

            return JsonlTracker()
