"""The one interface between what is trained and how it is trained.

A *paradigm* is a way of computing: a deep network, a spiking network, a variational quantum circuit, or your own
model. The training loop knows a paradigm only through this page: it asks for initial variables, applies the model to a
batch, asks which parameters take weight decay, and what one example costs. Everything static (layer sizes, circuit
layout, the rule of differentiation) is fixed when the paradigm is built and never passes through ``jax.jit``.

A paradigm is built by a factory ``build(config, spec) -> Paradigm`` that raises :class:`Unsupported` before it
allocates anything if the configuration cannot serve the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias, get_args, runtime_checkable

import jax
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

Kind = Literal["classification", "language", "regression"]


class Unsupported(ValueError):
    """The request is well formed but this paradigm cannot serve it; the message says why and what would work."""


def require(holds: bool, sentence: str) -> None:
    """Raise :class:`Unsupported` with ``sentence`` unless it holds; it names the value, the rule and the way out."""
    if not holds:
        raise Unsupported(sentence)


@dataclass(frozen=True)
class Spec:
    """What a task asks of a model.

    Attributes:
        inputs: Shape and dtype of one example, without the batch axis. By convention images are ``float32[H, W, C]``
            in [0, 1], spike recordings ``bool[T, channels]``, text ``int32[T]`` of token numbers; a task of your own
            may use any pytree.
        kind: ``classification`` (one prediction an example), ``language`` (one a time step, causal) or ``regression``.
        outputs: Number of classes, size of the vocabulary, or number of regressed dimensions.

    Raises:
        Unsupported: If it is of an unknown kind, or has a number of outputs that is not whole and positive.
    """

    inputs: PyTree[jax.ShapeDtypeStruct]
    kind: Kind
    outputs: int

    def __post_init__(self) -> None:
        kinds = get_args(Kind)
        require(self.kind in kinds, f"kind={self.kind!r} of a Spec is unknown: choose one of {', '.join(kinds)}")
        whole = isinstance(self.outputs, (int, np.integer)) and not isinstance(self.outputs, bool)
        require(whole and self.outputs >= 1, f"outputs={self.outputs!r} of a Spec must be a whole number of at least 1")


class Variables(NamedTuple):
    """Every array of a model, in two parts.

    ``params`` are trained: float leaves only. ``state`` is carried from step to step and not differentiated: running
    means, counters, fixed arrays.
    """

    params: PyTree
    state: PyTree


class Output(NamedTuple):
    """What a model returns for a batch.

    Attributes:
        prediction: ``[batch, outputs]``, or ``[batch, time, outputs]`` for language. Class scores are logits.
        state: The state to carry to the next step, of the structure it came in with.
        penalty: A scalar added to the loss (a spike-rate penalty, a load balance); zero where there is none.
        telemetry: Scalar batch means that depend on the data (``spike_rate``, ...), logged as ``activity/<name>``.
    """

    prediction: Float[Array, "batch *rest"]
    state: PyTree
    penalty: Float[Array, ""]
    telemetry: dict[str, Array]


@dataclass(frozen=True)
class Work:
    """What one example takes in one pass. ``None`` means that the quantity does not exist for the paradigm.

    Attributes:
        macs: Multiply-accumulate operations of the dense computation.
        time_steps: Steps of simulated time.
        circuit_executions: Quantum circuits run, as hardware would count them.
        shots: Measurement repetitions; ``None`` where expectation values are exact.
    """

    macs: int | None = None
    time_steps: int | None = None
    circuit_executions: int | None = None
    shots: int | None = None


@dataclass(frozen=True)
class Cost:
    """What one example costs, forward and for one gradient (forward included), under the chosen differentiation."""

    forward: Work
    gradient: Work


@runtime_checkable
class Paradigm(Protocol):
    """A model family, ready to be trained. Frozen: all arrays live in :class:`Variables`.

    Attributes:
        name: Shown in tables and figures.
        batch_coupled: True where one example's prediction depends on the others in its batch (batch normalisation).
            Per-example gradients are then undefined, and reported as unavailable.
        notes: What was done to fit the task (pooled inputs, dropped channels), one sentence each. Printed at the start
            and kept in ``summary.json``: nothing is reshaped silently.
    """

    @property
    def name(self) -> str:
        """Return the name."""
        ...

    @property
    def batch_coupled(self) -> bool:
        """Return whether one example's prediction depends on the others in its batch."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was done to fit the task, one sentence each."""
        ...

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial variables. Pure, so ``jax.eval_shape`` works on it."""
        ...

    def apply(self, params: PyTree, state: PyTree, inputs: PyTree[Array], *, key: PRNGKeyArray, train: bool) -> Output:
        """Apply the model to a batch (leading axis). ``key`` is the only source of randomness."""
        ...

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """True for each leaf that weight decay applies to; the paradigm knows, a rule by rank does not."""
        ...

    def cost(self) -> Cost:
        """The cost of one example, from the configuration alone."""
        ...


InputCheck = Callable[[PyTree[np.ndarray]], None]
"""Raises :class:`Unsupported` for a batch of inputs with a value that the model cannot serve."""


@runtime_checkable
class ChecksInputs(Protocol):
    """What a paradigm may offer beside :class:`Paradigm`, for values are not part of a :class:`Spec`.

    The training loop asks once, when it is built, and shows the check every example in host memory.
    """

    def input_check(self) -> InputCheck | None:
        """The check of inputs, or ``None`` where any finite value will do."""
        ...


@runtime_checkable
class TrainsInStages(Protocol):
    """What a paradigm may offer beside :class:`Paradigm` whose parameters are not all trained all the time.

    The optimiser asks for it, so that what is kept stays exactly as it is, whatever momentum it had.
    """

    def trainable(self, update: Int[Array, ""]) -> PyTree[Array]:
        """Return the factors of an update's steps: 1 where a parameter is trained, 0 where it is kept.

        Args:
            update: The number of updates before, ``int32[]``.

        Returns:
            A tree of the parameters' structure, whose leaves broadcast against theirs.
        """
        ...


MODEL, FSDP = "model", "fsdp"
"""Axes of a mesh over which a parameter may be split: with what is computed from it, or only where it is kept."""
Placement: TypeAlias = tuple[str | None, ...]
"""Of the last axes of a parameter, the axis of the mesh that each is split over, or ``None``."""


@runtime_checkable
class PlacesParameters(Protocol):
    """What a paradigm may offer beside :class:`Paradigm` that knows how its parameters are best split over devices.

    Without it, the last axis of every matrix is split over ``model`` and the first over ``fsdp``.
    """

    def placement(self, names: Sequence[str]) -> Placement:
        """Return the devices that the last axes of a parameter are split over.

        Args:
            names: The names of the parameter, from the outside in. What the optimiser keeps of a parameter is asked
                for by the same last names.
        """
        ...


class Readout(NamedTuple):
    """The last layer of a model of language: logits are ``features @ kernel + bias``."""

    kernel: Float[Array, "width outputs"]
    bias: Float[Array, " outputs"] | None


@runtime_checkable
class ReadsOutInPieces(Protocol):
    """What a paradigm of language may offer beside :class:`Paradigm` whose logits are too many to exist all at once.

    The loss is then computed from what the last layer reads, a piece after the other; the logits of
    :meth:`Paradigm.apply` are those of the same layer.
    """

    def pieces(self, batch: int) -> int:
        """Return how many pieces the time of a batch of so many examples is cut into; 1 for none at all."""
        ...

    def features(
        self, params: PyTree, state: PyTree, inputs: PyTree[Array], *, key: PRNGKeyArray, train: bool
    ) -> Output:
        """Apply the model without its last layer; ``prediction`` is what that reads, ``[batch, time, width]``."""
        ...

    def readout(self, params: PyTree) -> Readout:
        """Return the last layer."""
        ...


@runtime_checkable
class Decodes(Protocol):
    """What a paradigm of language may offer beside :class:`Paradigm`: one token after another, without the whole anew.

    :func:`paradigms.recomputing.recomputing` gives it to any paradigm of language, at the cost of the whole anew.
    """

    def start(
        self, variables: Variables, prompts: Int[Array, "batch prompt"], lengths: Int[Array, " batch"], capacity: int
    ) -> tuple[Float[Array, "batch outputs"], PyTree[Array]]:
        """Read prompts.

        Args:
            variables: The model's.
            prompts: Token numbers, padded at the end with any number of the vocabulary.
            lengths: The tokens of each prompt that are none of the padding, at least 1.
            capacity: The tokens that prompt and answer may have together.

        Returns:
            The logits of the token after each prompt; and a memory, each leaf of which has a leading batch axis, so
            that rows are chosen and repeated by indexing it.

        Raises:
            Unsupported: The prompts or the capacity are longer than the model can serve.
        """
        ...

    def advance(
        self, variables: Variables, tokens: Int[Array, " batch"], memory: PyTree[Array]
    ) -> tuple[Float[Array, "batch outputs"], PyTree[Array]]:
        """Read one more token of each row.

        Args:
            variables: The model's.
            tokens: The token that follows what was read.
            memory: What :meth:`start` or the last call returned.

        Returns:
            The logits of the token after it, NaN of a row whose capacity is used up; and the memory.
        """
        ...
