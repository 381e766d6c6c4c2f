"""The settings of a run, as frozen dataclasses. ``scripts`` fills them from YAML and the command line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from training.errors import BadInput
from training.gradients import GradientName


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)


@dataclass(frozen=True)
class TrainerConfig:
    """The loop.

    Attributes:
        steps: Updates in all.
        batch_size: Examples an update.
        microbatches: Pieces a batch is cut into; their gradients are accumulated before the one update.
        log_every: Updates between rows of ``metrics.jsonl``.
        eval_every: Updates between evaluations on the validation split; 0 for the first and last only.
        checkpoint_every: Updates between checkpoints; 0 for the last only.
        keep_checkpoints: Checkpoints kept.
        prefetch: Batches that a thread fetches ahead; 0 to fetch them in line, which dispatched steps hide.
        profile: The numbers of completed updates at which a trace begins and ends; ``None`` for no trace.
    """

    steps: int = 1500
    batch_size: int = 64
    microbatches: int = 1
    log_every: int = 50
    eval_every: int = 250
    checkpoint_every: int = 500
    keep_checkpoints: int = 3
    prefetch: int = 0
    profile: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "microbatches", "log_every", "keep_checkpoints"):
            value = getattr(self, name)
            _require(value >= 1, f"trainer.{name}={value} must be at least 1")
        for name in ("eval_every", "checkpoint_every"):
            value = getattr(self, name)
            _require(value >= 0, f"trainer.{name}={value} must be 0 (only at the end) or more")
        _require(self.prefetch >= 0, f"trainer.prefetch={self.prefetch} must be 0 (in line) or more")
        _require(
            self.batch_size % self.microbatches == 0,
            f"trainer.microbatches={self.microbatches} must divide trainer.batch_size={self.batch_size}",
        )
        if self.profile is not None:
            _require(
                len(self.profile) == 2 and 0 <= self.profile[0] < self.profile[1] <= self.steps,
                f"trainer.profile=[{','.join(map(str, self.profile))}] must be two numbers of updates, the "
                f"first below the second and both between 0 and trainer.steps={self.steps}",
            )


@dataclass(frozen=True)
class OptimizerConfig:
    """Optax optimiser with linear warm-up, cosine decay, global-norm clipping and decoupled weight decay.

    Attributes:
        name: ``adamw`` (Loshchilov & Hutter 2019) or ``sgd`` (with Nesterov momentum ``b1``).
        learning_rate: Peak rate, reached after the warm-up.
        warmup_steps: Updates of linear warm-up from zero; at most half of the run is used.
        final_fraction: The rate at the end of the cosine, as a fraction of the peak.
        weight_decay: Decoupled decay on the leaves of the paradigm's mask.
        clip_norm: Largest L2 norm of a gradient; ``None`` does not clip.
    """

    name: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    warmup_steps: int = 50
    final_fraction: float = 0.01
    weight_decay: float = 1e-4
    b1: float = 0.9
    b2: float = 0.999
    clip_norm: float | None = 1.0

    def __post_init__(self) -> None:
        _require(self.learning_rate > 0, f"optimizer.learning_rate={self.learning_rate} must be positive")
        _require(self.warmup_steps >= 0, f"optimizer.warmup_steps={self.warmup_steps} must be 0 or more")
        _require(0 <= self.final_fraction <= 1, f"optimizer.final_fraction={self.final_fraction} must be in [0, 1]")
        _require(self.weight_decay >= 0, f"optimizer.weight_decay={self.weight_decay} must be 0 or more")
        for name in ("b1", "b2"):
            value = getattr(self, name)
            _require(0 <= value < 1, f"optimizer.{name}={value} must be in [0, 1)")
        _require(
            self.clip_norm is None or self.clip_norm > 0,
            f"optimizer.clip_norm={self.clip_norm} must be positive, or null not to clip",
        )


def plain_adam(learning_rate: float) -> OptimizerConfig:
    """Adam (Kingma & Ba 2015) with its rate falling to 1% along a cosine and nothing else, to compare models under."""
    return OptimizerConfig("adamw", learning_rate, warmup_steps=0, weight_decay=0.0, clip_norm=None)


def constant_adam(learning_rate: float) -> OptimizerConfig:
    """Adam at a constant rate, its gradients clipped to a norm of 1, to see where training ends by itself."""
    return OptimizerConfig("adamw", learning_rate, warmup_steps=0, final_fraction=1.0, weight_decay=0.0, clip_norm=1.0)


def plain_descent(learning_rate: float) -> OptimizerConfig:
    """Gradient descent at a constant rate and nothing else."""
    return OptimizerConfig(
        "sgd", learning_rate, warmup_steps=0, final_fraction=1.0, weight_decay=0.0, b1=0.0, clip_norm=None
    )


@dataclass(frozen=True)
class ProbesConfig:
    """What is measured beside training, and how often.

    Attributes:
        every: Updates between probes; 0 switches them off.
        chunk: Per-example gradients held at once; their mean and variance are streamed over chunks of this size.
        estimates: Keys under which the same batch's gradient is repeated for ``gradient/variance_over_estimates``.
        timing_repeats: Runs of the forward and of the gradient program whose median is reported; 0 skips the timing.
        compiled: Whether the gradient is compiled beside the step, to weigh its temporaries and to time it. Without,
            its operations are counted all the same, and a short run compiles half as long.
    """

    every: int = 100
    chunk: int = 64
    estimates: int = 2
    timing_repeats: int = 10
    compiled: bool = True

    def __post_init__(self) -> None:
        for name in ("every", "timing_repeats"):
            value = getattr(self, name)
            _require(value >= 0, f"probes.{name}={value} must be 0 (off) or more")
        _require(self.chunk >= 1, f"probes.chunk={self.chunk} must be at least 1")
        _require(
            self.compiled or self.timing_repeats == 0,
            f"probes.compiled=false leaves nothing to run probes.timing_repeats={self.timing_repeats} times: set 0",
        )
        _require(self.estimates >= 2, f"probes.estimates={self.estimates} must be at least 2 for a variance")


@dataclass(frozen=True)
class MeshConfig:
    """How devices are used, those of all processes of the run.

    Attributes:
        data: Devices over which a batch is split; ``None`` takes all that the others leave.
        model: Devices over which parameters may be split, and what is computed by them.
        fsdp: Devices over which a batch is split, and parameters and the optimiser's state where they are kept.
    """

    data: int | None = None
    model: int = 1
    fsdp: int = 1

    def __post_init__(self) -> None:
        _require(self.data is None or self.data >= 1, f"mesh.data={self.data} must be at least 1, or null for all")
        _require(self.model >= 1, f"mesh.model={self.model} must be at least 1")
        _require(self.fsdp >= 1, f"mesh.fsdp={self.fsdp} must be at least 1")


@dataclass(frozen=True)
class DistributedConfig:
    """How several processes that are one run find each other; a process that is alone needs none of it.

    Attributes:
        coordinator: ``HOST:PORT`` at which process 0 is reached; ``None`` for what the environment says.
        processes: How many there are.
        process: Which of them this one is, from 0 on.
        heartbeat_seconds: A process that gives no sign of life for so long is lost, which ends the others.
        start_seconds: How long the processes wait for each other at the start.
    """

    coordinator: str | None = None
    processes: int | None = None
    process: int | None = None
    heartbeat_seconds: int = 30
    start_seconds: int = 300

    def __post_init__(self) -> None:
        for name in ("heartbeat_seconds", "start_seconds"):
            value = getattr(self, name)
            _require(value >= 1, f"distributed.{name}={value} must be at least 1")

    def complete(self) -> DistributedConfig:
        """The same, if it says all that is needed or nothing.

        Raises:
            BadInput: A part is missing, or it contradicts itself.
        """
        given = {name: getattr(self, name) for name in ("coordinator", "processes", "process")}
        missing = [name for name, value in given.items() if value is None]
        _require(
            len(missing) in (0, len(given)),
            f"distributed.{'=null, distributed.'.join(missing)}=null: processes find each other by all of "
            f"distributed.coordinator=HOST:PORT, distributed.processes and distributed.process, or by none of them",
        )
        if not missing:
            host, _, port = str(self.coordinator).rpartition(":")
            _require(bool(host) and port.isdecimal(), f"distributed.coordinator={self.coordinator} must be HOST:PORT")
            processes, process = int(self.processes or 0), int(self.process or 0)
            _require(processes >= 1, f"distributed.processes={processes} must be at least 1")
            _require(
                0 <= process < processes,
                f"distributed.process={process} must be in 0 … {processes - 1}, one of distributed.processes="
                f"{processes}",
            )
        return self


@dataclass(frozen=True)
class Settings:
    """Everything about a run but the model and the data.

    Attributes:
        trainer, optimizer, probes, mesh: See the classes above.
        seed: The seed of the initial variables, the order of the data and every random number.
        gradient: The estimator at the level of the loss, see ``training.gradients``.
        tracking: Where rows go beside ``metrics.jsonl``, as names or as names with their options.
    """

    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    probes: ProbesConfig = field(default_factory=ProbesConfig)
    mesh: MeshConfig = field(default_factory=MeshConfig)
    seed: int = 0
    gradient: GradientName = "reverse"
    tracking: Collection[str] | Mapping[str, Mapping[str, Any]] = ("jsonl",)

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise BadInput(f"seed={self.seed} must be in 0 … 2³² − 1: JAX would silently cut off the rest")
