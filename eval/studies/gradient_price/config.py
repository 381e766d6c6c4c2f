"""The settings of the study of the gradient's price."""

from __future__ import annotations

from dataclasses import dataclass

from training.errors import BadInput
from training.tasks import TaskConfig

SWEEPS = {"widths": 4, "depths": 3, "neurons": 3, "time_steps": 3, "layers": 4, "qubits": 3}
"""Sweeps, and how many sizes each needs at least: an exponent has an interval from three on."""
TIMED = {"timed_widths": "widths", "timed_neurons": "neurons", "timed_layers": "layers", "shift_layers": "layers"}
"""Sizes that are compiled and timed, each among those of the sweep named."""
HEADS = 4


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of every draw.
        model: A function of your own that makes a model, ``MODULE:NAME``, measured beside the paradigms.
        task: The data whose examples the paradigms read, and what is to be predicted from them; ``None`` for recordings
            of ``channels`` channels and vectors as long as the register, of four classes.
        model_sizes: The sizes with which it is called, where it takes a size.
        widths: The widths of the transformer, at which operations and kept bytes are counted by tracing.
        timed_widths: The widths among these at which gradients are compiled and timed; at the least, which shows the
            overhead, by the plain rule alone. The same for the other timed sizes.
        depths: Blocks of the transformer at which memory is read from the compiled program; none is run.
        width: The width of the transformer while its depth grows.
        tokens: The tokens of an example of the transformer.
        batch: Examples of a gradient of the transformer and of the spiking network.
        neurons: The neurons of each of the spiking network's two layers, counted.
        timed_neurons: The sizes among these that are timed.
        time_steps: Steps of simulated time over which what the spiking network keeps is counted.
        steps: Steps of simulated time while its neurons grow.
        channels: The channels of the spike recordings that enter.
        layers: The layers of the circuit, counted; the number of its gate angles grows with them.
        timed_layers: The depths among these that are timed by rules other than parameter shift. To be deeper than 32,
            from where on the device prepares the layers' matrices in portions, which the adjoint rule then does twice.
        shift_layers: The depths among these that are timed by parameter shift, whose seconds grow as the square of the
            depth.
        circuit_batch: Examples of a gradient of the circuit.
        circuit_qubits: The qubits of the circuit while its depth grows.
        qubits: The numbers of qubits at which the circuit is counted, at ``circuit_layers``.
        circuit_layers: The layers of the circuit while its qubits grow.
        estimator_sizes: Largest timed sizes at which SPSA and forward gradients are timed too.
        timing_seconds: Spent on timing one gradient and its forward pass in turn, if ``timing_repeats`` take no longer.
        timing_repeats: Timed at least.
        knee_factor: Seconds are judged from the least size on whose forward pass takes this many times a call of a
            program that does nothing. Both factors and the sizes that are timed were chosen after pilot runs had been
            seen.
        transformer_knee_factor: The same of the transformer, whose small sizes are slow for the operations between its
            products too, and of those its reverse pass has more.
        error: The error of every component of the gradient (standard deviation), for which shots on hardware are
            projected.
        targets: Machines that need not be here, as ``scripts.price`` names them, for which forward passes and gradients
            of the timed sizes are compiled too.
    """

    seed: int = 0
    model: str | None = None
    task: TaskConfig | None = None
    model_sizes: tuple[int, ...] = (16, 64, 256)
    widths: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 512, 640, 768, 896, 1024, 1280, 1536, 2048)
    timed_widths: tuple[int, ...] = (8, 128, 256, 512, 640, 768, 896, 1024, 1280, 1536, 2048)
    depths: tuple[int, ...] = (64, 128, 256, 512)
    width: int = 32
    tokens: int = 16
    batch: int = 16
    neurons: tuple[int, ...] = (16, 64, 384, 640, 1024, 1536, 4096)
    timed_neurons: tuple[int, ...] = (16, 384, 640, 1024, 1536)
    time_steps: tuple[int, ...] = (16, 64, 256, 1024, 4096)
    steps: int = 40
    channels: int = 32
    layers: tuple[int, ...] = (1, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 1024, 4096)
    timed_layers: tuple[int, ...] = (1, 48, 64, 96, 128, 192, 256)
    shift_layers: tuple[int, ...] = (8, 12, 16, 24, 32)
    circuit_batch: int = 32
    circuit_qubits: int = 8
    qubits: tuple[int, ...] = (4, 8, 12)
    circuit_layers: int = 8
    estimator_sizes: int = 1
    timing_seconds: float = 0.8
    timing_repeats: int = 3
    knee_factor: float = 30.0
    transformer_knee_factor: float = 500.0
    error: float = 0.01
    targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(
            self.model is None or (self.model.count(":") == 1 and all(self.model.split(":"))),
            f"model={self.model} must be MODULE:NAME, as in my_module:build",
        )
        _require_sizes(self.model_sizes, "model_sizes", 1)
        for name, least in SWEEPS.items():
            _require_sizes(getattr(self, name), name, least)
        for name, sweep in TIMED.items():
            _require_sizes(getattr(self, name), name, 2)
            stray = sorted(set(getattr(self, name)) - set(getattr(self, sweep)))
            _require(not stray, f"settings.{name} has {stray[:1]}, which settings.{sweep} lacks; add it there")
        for name in ("tokens", "batch", "steps", "channels", "circuit_batch", "circuit_layers", "timing_repeats"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        _require(self.estimator_sizes >= 0, f"settings.estimator_sizes={self.estimator_sizes} must be 0 or more")
        _require(
            all(width % HEADS == 0 for width in (self.width, *self.widths)),
            f"settings.width={self.width} and settings.widths={list(self.widths)} must be multiples of {HEADS}, "
            "the transformer's heads",
        )
        _require(
            min(self.circuit_qubits, *self.qubits) >= 3,
            f"settings.circuit_qubits={self.circuit_qubits} and settings.qubits={list(self.qubits)} must be at least 3",
        )
        _require(self.timing_seconds > 0, f"settings.timing_seconds={self.timing_seconds} must be positive")
        for name in ("knee_factor", "transformer_knee_factor"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        _require(0 < self.error < 1, f"settings.error={self.error} must be between 0 and 1")
        _require(
            len(set(self.targets)) == len(self.targets),
            f"settings.targets={list(self.targets)} must list machines, each once",
        )


def _require_sizes(sizes: tuple[int, ...], name: str, least: int) -> None:
    _require(
        len(set(sizes)) >= least and all(size >= 1 for size in sizes),
        f"settings.{name}={list(sizes)} must be at least {least} different numbers, each at least 1",
    )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
