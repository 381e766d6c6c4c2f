"""Examples, once they are understood, as a data set of three parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import get_args

import numpy as np

from paradigms.interface import Spec
from training.data.arrays import ArraySplit
from training.data.own import inputs as own_inputs
from training.data.own import labels as own_labels
from training.data.own.examples import Examples
from training.data.own.inputs import Form, Scaling
from training.data.own.labels import Labels, TargetKind
from training.data.own.splits import Parts, parts
from training.data.split import DataSet
from training.errors import BadInput


@dataclass(frozen=True)
class Reading:
    """How examples are to be read; ``None`` to read it off them.

    Attributes:
        kind: What targets are.
        form: What inputs are.
        scaling: What is done to the values of inputs.
        seed: The seed of the parts that are drawn.

    Raises:
        BadInput: One of them is none of those that there are; it would be passed over.
    """

    kind: TargetKind | None = None
    form: Form | None = None
    scaling: Scaling | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("kind", TargetKind), ("form", Form), ("scaling", Scaling)):
            value = getattr(self, name)
            if value is not None and value not in get_args(choices):
                raise BadInput(f"{name}={value!r} must be one of {', '.join(get_args(choices))}, or None")
        if not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise BadInput(f"seed={self.seed!r} must be a whole number of 0 or more")


def data_set(examples: Examples, reading: Reading) -> DataSet:
    """Understand examples and divide them.

    Returns:
        The data set. Its note says what was understood and done, and its ``fingerprint`` stands for all of it.

    Raises:
        BadInput: Inputs, targets or parts are refused, see the three modules beside this one; all training examples
            have the same target.
    """
    source = examples.source
    labels = own_labels.understood(source, examples.targets, reading.kind)
    values = labels.values if labels.values.ndim == 1 else labels.values[:, 0]
    divided = parts(source, values, examples.split, reading.seed)
    inputs = own_inputs.understood(source, examples.inputs, divided.train, reading.form, reading.scaling)
    told = (
        *examples.notes,
        *inputs.notes,
        labels.note,
        f"parts {divided.note}",
        *_unlearned(source, labels, divided),
        *_repeated(examples.inputs, divided),
    )
    train, validation, test = (
        ArraySplit(inputs.stored[part], labels.values[part], inputs.decode)
        for part in (divided.train, divided.validation, divided.test)
    )
    return DataSet(
        spec=Spec(inputs.example, labels.kind, labels.outputs),
        train=train,
        validation=validation,
        test=test,
        note=f"{source}: {'; '.join(told)}",
        fingerprint=_fingerprint(examples.inputs, inputs.stored, labels.values, divided),
    )


def _unlearned(source: str, labels: Labels, divided: Parts) -> tuple[str, ...]:
    """Say which classes no example trains.

    Raises:
        BadInput: All training examples have the same target.
    """
    trained = labels.values[divided.train]
    if (trained == trained[0]).all():
        what = labels.names[int(trained[0])] if labels.names else str(trained[0])
        raise BadInput(f"{source}: every training example has the target {what}: give others to the split train, too")
    missing = np.setdiff1d(np.arange(len(labels.names)), trained)
    if not len(missing):
        return ()
    named = ", ".join(labels.names[place] for place in missing[: own_labels.SHOWN])
    more = "" if len(missing) <= own_labels.SHOWN else f" and {len(missing) - own_labels.SHOWN} more"
    return (f"classes without an example in training: {named}{more}",)


def _repeated(inputs: np.ndarray, divided: Parts) -> tuple[str, ...]:
    """Say how many examples of the test are in training, too."""
    digests = [hashlib.sha256(np.ascontiguousarray(one).tobytes()).digest() for one in inputs]
    known = {digests[place] for place in divided.train}
    shared = sum(digests[place] in known for place in divided.test)
    return (f"{shared} of {len(divided.test)} test examples have inputs that train, too",) if shared else ()


def _fingerprint(given: np.ndarray, stored: np.ndarray, targets: np.ndarray, divided: Parts) -> str:
    """Return a digest of inputs as they were given and as they are read: scaling makes many the same."""
    digest = hashlib.sha256()
    native = given.astype(given.dtype.newbyteorder("="), copy=False)
    for array in (native, stored, targets, divided.train, divided.validation, divided.test):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
