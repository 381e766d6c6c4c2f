"""A task: data, what a model must predict from them, and how well it did."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, Shaped

from paradigms.interface import Spec
from training.data.checks import UNSCORED, checked
from training.data.files import DataFile, data_directory
from training.data.own.data_set import Reading, data_set
from training.data.own.examples import examples_of
from training.data.own.inputs import Form, Scaling
from training.data.own.iterables import from_parts
from training.data.own.labels import TargetKind
from training.data.split import DataSet, Split
from training.data.vocabulary import Vocabulary
from training.errors import BadInput

OPTIONS: dict[str, tuple[str, ...]] = {
    "digits": (),
    "mnist": (),
    "fashion_mnist": (),
    "cifar10": ("mirrored",),
    "braille": (),
    "shakespeare": ("length",),
    "countdown": ("seed",),
    "chain": ("seed",),
    "hanoi": ("seed",),
    "linearly_separable": ("features", "seed"),
    "hidden_manifold": ("features", "manifold_dimension", "seed"),
    "two_curves": ("features", "degree", "seed"),
    "hyperplanes": ("features", "hyperplanes", "seed"),
    "bars_and_stripes": ("features", "seed"),
    "arrays": ("path", "kind", "form", "scaling", "target", "steps", "side", "seed"),
}
"""The tasks, each a module of ``training.data.sets``, and the options that its ``load`` takes."""

TASKS = tuple(OPTIONS)
LANGUAGES = ("shakespeare", "countdown", "chain", "hanoi")
"""Those of language, whose every token is predicted from the ones before it."""
_RANGES = {
    "length": (1, None),
    "features": (2, 20),
    "seed": (0, None),
    "manifold_dimension": (1, None),
    "degree": (1, None),
    "hyperplanes": (1, None),
    "mirrored": (False, True),
    "steps": (1, None),
    "side": (1, None),
}
_CHOICES = {"kind": get_args(TargetKind), "form": get_args(Form), "scaling": get_args(Scaling)}
_TEXTS = ("path", "target")


@dataclass(frozen=True)
class TaskConfig:
    """The choice of a task, and its options. ``None`` takes the default of the task; ``OPTIONS`` says which it has.

    Attributes:
        name: One of ``TASKS``.
        length: Characters a window (``shakespeare``).
        features: The number of features of an example of a generated data set, 2 to 20.
        seed: Which draw of a generated data set. The seed of a run draws no data.
        manifold_dimension: The dimension of the manifold that the features hide (``hidden_manifold``).
        degree: The degree of the curves, as Fourier series (``two_curves``).
        hyperplanes: The number of hyperplanes whose parity is the class (``hyperplanes``).
        mirrored: Whether the mirror images of the training examples train, too (``cifar10``).
        path: The file or the folder of data of your own (``arrays``, and so are the options below).
        kind: What its targets are; ``None`` to read it off their type.
        form: What its inputs are; ``None`` to read it off their shape and type.
        scaling: What is done to the values of its inputs; ``None`` to scale to [0, 1] what is not there already.
        target: The column of a table that is predicted.
        steps: Time steps that a list of events is sorted into.
        side: The side of the square that images are resampled to, in pixels.
        sha256: The fingerprint that the data must have, of any task whose data have one; a run records it.

    Raises:
        BadInput: An unknown name, an option that is not of this task, or a value that it cannot take.
    """

    name: str = "digits"
    length: int | None = None
    features: int | None = None
    seed: int | None = None
    manifold_dimension: int | None = None
    degree: int | None = None
    hyperplanes: int | None = None
    mirrored: bool | None = None
    path: str | None = None
    kind: TargetKind | None = None
    form: Form | None = None
    scaling: Scaling | None = None
    target: str | None = None
    steps: int | None = None
    side: int | None = None
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.name not in TASKS:
            raise BadInput(f"task.name={self.name} is unknown: choose one of {', '.join(TASKS)}")
        for option, value in self.options().items():
            if option not in OPTIONS[self.name]:
                takers = ", ".join(task for task, options in OPTIONS.items() if option in options)
                raise BadInput(f"task.{option}={value} has no meaning for {self.name}: it is an option of {takers}")
            if option in _CHOICES and value not in _CHOICES[option]:
                raise BadInput(f"task.{option}={value} must be one of {', '.join(_CHOICES[option])}")
            if option not in _RANGES:
                continue
            low, high = _RANGES[option]
            if value < low or (high is not None and value > high):
                allowed = f"at least {low}" if high is None else f"from {low} to {high}"
                raise BadInput(f"task.{option}={value} must be {allowed}")

    def options(self) -> dict[str, Any]:
        """Return the options that were given."""
        known = (*_RANGES, *_CHOICES, *_TEXTS)
        return {option: value for option in known if (value := getattr(self, option)) is not None}


@dataclass(frozen=True)
class Task:
    """Data in three splits, and the loss of one example.

    Attributes:
        name: Its name on the command line.
        spec: What the model must take and give.
        train: Examples to learn from.
        validation: Examples for choices made during development (``eval/...`` metrics).
        test: Examples read once, at the end, with the last parameters (``test/...`` metrics).
        note: How the splits were made, in one sentence.
        vocabulary: What the token numbers of a language stand for, where that is known.
        unscored: Whether targets of −1 mark tokens of a language that count for nothing, as those of a prompt.
        texts: Texts of an example, where it holds several: the scored tokens of each follow one another, others lie
            between those of two texts, and each text counts the same.
        fingerprint: A digest of all examples and parts, where they are the user's own: a run goes on with no others.

    Every example of every split is looked at once, when the task is made (of a split that is read later, then).

    Raises:
        BadInput: A split does not fit ``spec``, see :func:`training.data.checks.checked`.
    """

    name: str
    spec: Spec
    train: Split
    validation: Split
    test: Split
    note: str = ""
    vocabulary: Vocabulary | None = None
    unscored: bool = False
    texts: int = 1
    fingerprint: str | None = None

    def __post_init__(self) -> None:
        words = None if self.vocabulary is None else len(self.vocabulary.words)
        if words is not None and words != self.spec.outputs:
            raise BadInput(f"task {self.name} has {self.spec.outputs} outputs and a vocabulary of {words} words")
        if self.unscored and self.spec.kind != "language":
            raise BadInput(f"task {self.name} is no language: targets that count for nothing are of tokens alone")
        if self.texts < 1 or (self.texts > 1 and not self.unscored):
            raise BadInput(
                f"task {self.name} has texts={self.texts} an example: it must be at least 1, and several are told "
                "apart by tokens that count for nothing between them (unscored=True)"
            )
        for name in ("train", "validation", "test"):
            split = checked(
                f"task {self.name}, {name}", getattr(self, name), self.spec, unscored=self.unscored, texts=self.texts
            )
            object.__setattr__(self, name, split)

    def loss(
        self, prediction: Float[Array, "batch *rest outputs"], targets: Shaped[Array, " batch *_"]
    ) -> Float[Array, " batch"]:
        """Loss of each example: cross-entropy in nats (its mean over tokens for language), or mean squared error."""
        if self.unscored:
            scored = targets != UNSCORED
            values = jnp.where(scored, cross_entropy(prediction, jnp.where(scored, targets, 0)), 0)
            if self.texts > 1:
                return jnp.sum(values * self.token_weights(targets), axis=1)
            return values.sum(axis=1) / scored.sum(axis=1)
        if self.spec.kind == "regression":
            # Without the reshape, targets [batch] against predictions [batch, 1] would broadcast to [batch, batch].
            values = jnp.mean(jnp.square(prediction - targets.reshape(prediction.shape)), axis=-1)
        else:
            values = cross_entropy(prediction, targets)
        return values.reshape(values.shape[0], -1).mean(axis=1)

    def scores(
        self, prediction: Float[Array, "batch *rest outputs"], targets: Shaped[Array, " batch *_"]
    ) -> dict[str, Float[Array, " batch"]]:
        """Further scores of each example: ``accuracy`` (of tokens, for language); none for regression.

        Where not all tokens are scored, ``solved`` says whether all that are were predicted: an answer token by token.
        If an example holds several texts, its score is the mean of their scores.
        """
        if self.spec.kind == "regression":
            return {}
        return self.scores_of(jnp.argmax(prediction, axis=-1) == targets, targets)

    def scores_of(
        self, right: Bool[Array, " batch *time"], targets: Int[Array, " batch *time"]
    ) -> dict[str, Float[Array, " batch"]]:
        """:meth:`scores` of a classification or a language, from which predictions are right."""
        if self.unscored:
            scored = targets != UNSCORED
            right = right & scored
            if self.texts > 1:
                own = self._of_texts(targets)
                return {
                    "accuracy": jnp.sum(right * self.token_weights(targets), axis=1),
                    "solved": (right[..., None] | ~own).all(axis=1).mean(axis=1),
                }
            return {
                "accuracy": right.sum(axis=1) / scored.sum(axis=1),
                "solved": (right == scored).all(axis=1).astype(jnp.float32),
            }
        correct = right.astype(jnp.float32)
        return {"accuracy": correct.reshape(correct.shape[0], -1).mean(axis=1)}

    def token_weights(self, targets: Int[Array, "batch time"]) -> Float[Array, "batch time"]:
        """What the loss of each token of a language counts in :meth:`loss`; those of an example sum to 1."""
        if self.texts > 1:
            own = self._of_texts(targets)
            return jnp.sum(own / own.sum(axis=1, keepdims=True), axis=-1) / self.texts
        scored = targets != UNSCORED if self.unscored else jnp.ones_like(targets, bool)
        return scored / scored.sum(axis=1, keepdims=True)

    def _of_texts(self, targets: Int[Array, "batch time"]) -> Bool[Array, "batch time texts"]:
        """Which tokens are scored for each text of an example."""
        scored = targets != UNSCORED
        begins = scored & ~jnp.pad(scored, ((0, 0), (1, 0)))[:, :-1]
        number = jnp.cumsum(begins, axis=1)[..., None]
        return scored[..., None] & (number == jnp.arange(1, self.texts + 1))


def cross_entropy(
    logits: Float[Array, "*batch classes"], classes: Int[Array, " *batch"]
) -> Float[Array, " *batch"]:  # fmt: skip
    """Return -log softmax(logits)[class] for each example, in nats."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, classes)


def load_task(config: TaskConfig, data_dir: str | os.PathLike[str] | None = None) -> Task:
    """Load, or generate, the training and validation data of ``config.name`` (``data_dir``: see ``data_directory``).

    Missing files are downloaded. Test data in files of their own are verified now, and read when ``test``
    is first used.

    Raises:
        BadInput: If a file is missing and cannot be downloaded, or is damaged; if an option does not fit the data.
    """
    task = _task(config.name, _module(config.name).load(data_directory(data_dir), **config.options()))
    if config.sha256 is not None and config.sha256 != task.fingerprint:
        raise BadInput(
            f"task.sha256={config.sha256} is of other data than {config.path or config.name} holds now, "
            f"{task.fingerprint}: put the data back as they were, or leave sha256 out to begin with these"
        )
    return task


def recorded(config: TaskConfig, task: Task) -> TaskConfig:
    """Return the choice of a task as a run records it: with the fingerprint of its data, and from any folder.

    Args:
        config: The choice, as it was made.
        task: What :func:`load_task` made of it.
    """
    path = None if config.path is None else str(Path(config.path).expanduser().absolute())
    return replace(config, path=path, sha256=task.fingerprint)


def from_arrays(
    inputs: Any,
    targets: Any,
    split: Any = None,
    *,
    name: str = "arrays",
    kind: TargetKind | None = None,
    form: Form | None = None,
    scaling: Scaling | None = None,
    seed: int = 0,
) -> Task:
    """Make a task of arrays in memory, as ``task=arrays`` makes one of a file.

    Args:
        inputs: ``[examples, ...]``: bytes or real numbers of images (channels last), booleans ``[examples, time,
            channels]`` of spikes, or features.
        targets: ``[examples]`` classes from 0, or texts; or real values, ``[examples]`` or ``[examples, values]``.
        split: ``[examples]`` of ``train``, ``validation`` and ``test``; ``None`` to draw 70, 10 and 20%, stratified.
        name: What the task is called in tables and figures.
        kind: ``classification`` or ``regression``; ``None`` to read it off the type of targets.
        form: ``features``, ``image`` or ``recording``; ``None`` to read it off the shape and type of inputs.
        scaling: ``none``, ``unit`` or ``standard``; ``None`` to scale to [0, 1] what is not there already.
        seed: The seed of the parts that are drawn.

    Returns:
        The task. What was understood is its ``note``.

    Raises:
        BadInput: An array is refused, named with the way out: one-hot codes, classes from 1, numbers that are not
            finite, lists of unequal lengths, what may be understood in two ways.
    """
    given = {"inputs": inputs, "targets": targets} | ({} if split is None else {"split": split})
    return _task(name, data_set(examples_of(name, given), Reading(kind, form, scaling, seed)))


def from_iterable(
    train: Any,
    *,
    test: Any = None,
    validation: Any = None,
    inputs: str | None = None,
    targets: str | None = None,
    steps: int | None = None,
    name: str = "examples",
    kind: TargetKind | None = None,
    form: Form | None = None,
    scaling: Scaling | None = None,
    seed: int = 0,
) -> Task:
    """Make a task of a data set of Hugging Face, Tonic or PyTorch, or of any iterable of examples.

    Args:
        train: An iterable of examples, or what has a length and places, each a pair of input and target or a mapping;
            all examples, if ``test`` is not given.
        test: The examples that test; ``None`` to draw them from ``train``.
        validation: The examples that validate; ``None`` to take an eighth of ``train``.
        inputs: The key of the input in each mapping; ``None`` where there is one beside the target.
        targets: The key of the target; ``None`` for one that is called so (``label``, ``target``, ...).
        steps: Time steps that events (structured arrays with a field ``t``) are sorted into; by default 100.
        name: What the task is called in tables and figures.
        kind: What targets are, see :func:`from_arrays`.
        form: What inputs are.
        scaling: What is done to the values of inputs.
        seed: The seed of the parts that are drawn.

    Raises:
        BadInput: What :func:`from_arrays` refuses; examples of different shapes, or without such keys.
    """
    if validation is not None and test is None:
        raise BadInput(
            "validation examples are given and no test: give test=..., or all examples as the first argument"
        )
    given = {"train": train, "validation": validation, "test": test}
    return _task(name, data_set(from_parts(given, inputs, targets, steps), Reading(kind, form, scaling, seed)))


def _task(name: str, data: DataSet) -> Task:
    return Task(name, **{field.name: getattr(data, field.name) for field in fields(data)})


def task_files(config: TaskConfig) -> tuple[DataFile, ...]:
    """The files that a task reads below the data directory; none where they come with a library or are generated."""
    return _module(config.name).FILES


def _module(name: str) -> Any:
    """The module of a task: it has ``FILES`` and ``load(root, **options) -> DataSet``, and the task's name."""
    return importlib.import_module(f"training.data.sets.{name}")
