"""The kinds of row of the study: variances of circuits and of networks, and the checks of how they are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

from eval.models.plateau_formulas import ObservableName
from eval.rows import Row

Ansatz: TypeAlias = Literal["product", "ry_rz_cz", "mcclean", "strongly_entangling"]
"""A key of ``eval.models.plateau_circuits.ANSAETZE``."""
Family: TypeAlias = Literal["product", "deep", "mcclean", "entangling", "local", "noise"]
"""Circuits that are compared with one another."""
Method: TypeAlias = Literal["dense", "chain", "paths", "tableau"]
"""How second moments are propagated; see ``eval.second_moment.gradient_variances``."""
Paradigm: TypeAlias = Literal["transformer", "snn"]
PARADIGMS: tuple[Paradigm, ...] = get_args(Paradigm)
Parameter: TypeAlias = Literal["first layer, first qubit", "mean over all"]
FIRST: Parameter = "first layer, first qubit"
ALL: Parameter = "mean over all"
"""Which derivative a variance is of."""


@dataclass(frozen=True, kw_only=True)
class MeasuredVariance(Row):
    """A variance over random parameters, with what bounds it; every kind that has one derives from this.

    Attributes:
        variance_over_initialisations: Variance of a derivative over random parameters; ``None`` where it is refused.
        variance_low: The lower end of its 95% interval where it was sampled, or of the bounds on its numerical error.
        variance_high: The upper end.
        refused: Why there is no variance.
        parameters: Random parameters.
        seconds: Seconds that the point took, all depths together where one sweep gives several.
    """

    variance_over_initialisations: float | None = None
    variance_low: float | None = None
    variance_high: float | None = None
    refused: str | None = None
    parameters: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class CircuitVariance(MeasuredVariance):
    """The variance of a circuit's derivative over uniform angles, whatever it was measured by.

    Attributes:
        family: The circuits with which it is compared.
        ansatz: Its gates.
        observable: What is measured.
        qubits: Width.
        layers: Depth.
        layers_per_qubit: Depth over width.
        cost_formula: The variance of the cost itself over a 2-design; ``None`` for the product ansatz, which is none.
        shots_to_resolve: Shots in which a whole gradient by parameter shift has a signal-to-noise ratio of 1; derived.
        shot_seconds: How long these take at 1 MHz; derived.
    """

    family: Family
    ansatz: Ansatz
    observable: ObservableName
    qubits: int
    layers: int
    layers_per_qubit: float
    cost_formula: float | None
    shots_to_resolve: float | None = None
    shot_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class ComputedVariance(CircuitVariance):
    """A variance of the first angle's derivative by second moments, without a state vector.

    Attributes:
        method: How the moments were propagated; ``None`` where the circuit does not qualify.
        noise_rate: The rate of local depolarising noise, per qubit and layer.
        effective_samples: How many paths or circuits carry the variance; ``None`` where nothing was drawn.
        formula: The exact variance, at saturated depth where the ansatz has layers.
        cost_variance: Variance of the cost; ``None`` but for Z1Z2 in the deepest circuits of the family ``deep``.
        saturated: Whether half or double the depth has the same variance; ``None`` where neither was measured, and in
            families that are not looked at for it. Derived.
        plateau_layers: Depth from which on the variance is the formula's; ``None`` where the deepest circuit's is not,
            and in families that are not looked at for it. Derived.
    """

    part: ClassVar[str] = "computed_variances"

    method: Method | None = None
    noise_rate: float
    effective_samples: float | None = None
    formula: float
    cost_variance: float | None = None
    saturated: bool | None = None
    plateau_layers: float | None = None


@dataclass(frozen=True, kw_only=True)
class SampledVariance(CircuitVariance):
    """A variance from gradients of state vectors at random angles.

    Attributes:
        parameter: Which derivative it is of.
        formula: The exact variance, at saturated depth where the ansatz has layers; ``None`` for the mean over all
            angles of such an ansatz, for which none is stated.
        cost_variance: Variance of the cost itself.
        samples: Vectors of random angles.
        effective_samples: How many of them carry the variance.
    """

    part: ClassVar[str] = "sampled_variances"

    parameter: Parameter
    formula: float | None
    cost_variance: float
    samples: int
    effective_samples: float


@dataclass(frozen=True, kw_only=True)
class NetworkVariance(MeasuredVariance):
    """The variance of a network's derivative over initialisations, averaged over parameters; of a loss on ``digits``.

    Attributes:
        paradigm: Which network.
        width: Features of the transformer, or neurons per layer.
        layers: Blocks of the transformer, or layers.
        samples: Random initial parameters, taken in pairs.
        effective_samples: How many pairs carry the variance.
    """

    part: ClassVar[str] = "network_variances"

    paradigm: Paradigm
    width: int
    layers: int
    samples: int
    effective_samples: float


@dataclass(frozen=True, kw_only=True)
class Counterexample(Row):
    """A circuit for which averaging over four angles, word by word, gives a wrong variance, by second moments.

    Attributes:
        circuit: Its name.
        observable: Its Pauli words.
        qubits: Width.
        truth: The variance of the first angle's derivative over uniform angles, by hand.
        variance_over_initialisations: The same by second moments; ``None`` where ``refused`` says why.
        refused: Why there is no variance, as there should be none.
        right: Whether it was refused, or equals the truth.
    """

    part: ClassVar[str] = "counterexamples"

    circuit: str
    observable: str
    qubits: int
    truth: float
    variance_over_initialisations: float | None
    refused: str | None
    right: bool


@dataclass(frozen=True, kw_only=True)
class Calibration(Row):
    """Intervals of repeated estimates of one variance that is known.

    Attributes:
        ansatz: The gates of the circuit.
        observable: What is measured.
        qubits: Width.
        layers: Depth.
        method: What makes the estimates.
        samples: Vectors of random angles per estimate; ``None`` for paths, of which the method draws its own number.
        variance_over_initialisations: Variance of the first angle's derivative, in the mean over the estimates.
        truth: The same, computed exactly.
        coverage: Share of the nominal 95% intervals that hold the truth.
        repeats: Estimates whose intervals were counted; those of too few effective samples are not.
        seconds: Seconds that all estimates took.
    """

    part: ClassVar[str] = "calibrations"

    ansatz: Ansatz
    observable: ObservableName
    qubits: int
    layers: int
    method: Literal["state vector", "paths"]
    samples: int | None
    variance_over_initialisations: float
    truth: float
    coverage: float
    repeats: int
    seconds: float


KINDS: tuple[type[Row], ...] = (Counterexample, ComputedVariance, SampledVariance, Calibration, NetworkVariance)
"""All of them, in the table's order."""
