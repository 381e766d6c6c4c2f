"""The settings of the study of unfolding."""

from __future__ import annotations

from dataclasses import dataclass

from training.errors import BadInput

TASKS = ("digits", "braille")
"""Tasks that the rules are trained on."""


EVALUATIONS = 4
"""Times at which a run's accuracy is read, after the start."""


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of every draw.
        time_steps: Lengths at which gradients are compiled and timed, and their bytes counted. Squares of multiples of
            4 are cut into equal segments and equal blocks; other lengths leave a shorter last one.
        traced_steps: Further lengths at which only what the reverse pass is handed is counted, by tracing.
        transformer_steps: Longest sequence for which the transformer is compiled: its attention keeps the square.
        channels: The channels of the spike recordings that enter.
        width: Neurons, units or features of a layer.
        depth: Layers, or blocks of the transformer.
        batch: Examples.
        block_steps: Steps that a recurrent network is run together, layer by layer.
        widths: Widths at which the bytes of one more step are counted, by tracing.
        depths: Depths at which they are.
        shape_steps: Length from which, to four times as many, they are counted.
        timing_repeats: Gradients timed, after one that is not.
        tasks: The tasks on which the rules are trained: ``digits`` (embedded), ``braille`` (left out where its file is
            missing).
        image_steps: Steps for which an image is shown.
        updates: The updates of each training run.
        learning_batch: Examples an update.
        learning_rate: The learning rate of Adam at the first update, the same for every rule.
        cosine_examples: Over which a gradient is taken whose direction is compared.
        seeds: Training runs of each rule, with other initial parameters and batches.
    """

    seed: int = 0
    time_steps: tuple[int, ...] = (16, 64, 144, 400, 2304)
    traced_steps: tuple[int, ...] = (32, 256, 512, 1024, 2048)
    transformer_steps: int = 400
    channels: int = 32
    width: int = 64
    depth: int = 2
    batch: int = 16
    block_steps: int = 8
    widths: tuple[int, ...] = (16, 64, 256)
    depths: tuple[int, ...] = (1, 2, 4)
    shape_steps: int = 256
    timing_repeats: int = 7
    tasks: tuple[str, ...] = ("digits", "braille")
    image_steps: int = 24
    updates: int = 200
    learning_batch: int = 32
    learning_rate: float = 5e-3
    cosine_examples: int = 128
    seeds: int = 4

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        for name in (
            "channels", "width", "depth", "batch", "block_steps", "shape_steps", "timing_repeats", "image_steps",
            "learning_batch", "cosine_examples",
        ):  # fmt: skip
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        # Three numbers are fitted, and one more point is needed to say how well they fit.
        _require_sizes(self.time_steps, "time_steps", least=4)
        _require_sizes(self.traced_steps, "traced_steps", least=0)
        _require_sizes(self.widths, "widths", least=2)
        _require_sizes(self.depths, "depths", least=2)
        short = sum(steps <= self.transformer_steps for steps in set(self.time_steps))
        _require(
            short >= 4,
            f"settings.transformer_steps={self.transformer_steps} leaves {short} of settings.time_steps; at least 4 "
            "are needed, to fit a growth",
        )
        _require(
            all(width % 4 == 0 for width in (self.width, *self.widths)),
            f"settings.width={self.width} and settings.widths={list(self.widths)} must be multiples of 4, "
            "the transformer's heads",
        )
        unknown = [task for task in self.tasks if task not in TASKS]
        _require(
            not unknown and len(self.tasks) >= 1,
            f"settings.tasks={list(self.tasks)} must name at least one of {', '.join(TASKS)}, and nothing else",
        )
        _require(
            self.updates >= EVALUATIONS and self.updates % EVALUATIONS == 0,
            f"settings.updates={self.updates} must be a multiple of {EVALUATIONS}: accuracy is read as often",
        )
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        _require(self.seeds >= 3, f"settings.seeds={self.seeds} must be at least 3, to give an interval")


def _require_sizes(sizes: tuple[int, ...], name: str, *, least: int) -> None:
    _require(
        len(set(sizes)) >= least and all(size >= 1 for size in sizes),
        f"settings.{name}={list(sizes)} must be at least {least} different numbers, each at least 1",
    )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
