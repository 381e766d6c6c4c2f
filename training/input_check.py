"""What a paradigm demands of the values of a task's inputs, looked at before a run rather than in its results."""

from __future__ import annotations

from paradigms.interface import ChecksInputs, Paradigm, Unsupported
from training.data.pipeline import eval_batches
from training.tasks import Task

EXAMPLES_AT_ONCE = 1024


def require_served(paradigm: Paradigm, task: Task) -> None:
    """Show every example of every split to the paradigm's check of inputs, if it has one.

    Raises:
        Unsupported: An example that the paradigm cannot serve; the message names the split.
    """
    check = paradigm.input_check() if isinstance(paradigm, ChecksInputs) else None
    if check is None:
        return
    for name, split in (("training", task.train), ("validation", task.validation), ("test", task.test)):
        for batch in eval_batches(split, EXAMPLES_AT_ONCE):
            try:
                check(batch.inputs)
            except Unsupported as error:
                raise Unsupported(f"{task.name}, {name} split: {error}") from error
