"""The study on data of the user's own: classes and values, and what is refused before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from statement_tables.gradient_worth import CONFIG, DEARER, table

from eval.recorder import Recorder
from eval.rows import of
from eval.studies.gradient_worth import STUDY, data, measure
from eval.studies.gradient_worth.choice import goal
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import derived
from eval.studies.gradient_worth.models import LINEAR, MODELS, model
from eval.studies.gradient_worth.rows import Compared, End, Goal, Look, Ranking, Seen, Target, Trial
from training.errors import BadInput
from training.tasks import TaskConfig

DRAWN = np.random.default_rng(0)
INPUTS = DRAWN.normal(size=(200, 5))
SLOPES = np.array([2.0, -1.0, 0.5, 0.0, 1.0])
TINY = Config(
    task=TaskConfig("arrays", path="mine.npz"), side=4, qubits=4, circuit_layers=(4,), transformer_widths=(8,),
    transformer_heads=2, hidden=(8,), time_steps=(3,), steps=120, records=3, batch_size=16, learning_rates=(0.1, 0.3),
    seeds=8, signal_losses=(0.9, 0.3), signal_examples=12, shot_examples=2, timing_rounds=2, timing_repeats=1,
)  # fmt: skip
(CASE,) = data.cases(TINY)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as the user names them, from the working directory; each test has others."""
    monkeypatch.chdir(tmp_path)
    data._own.cache_clear()
    data.split.cache_clear()
    model.cache_clear()


def written(**arrays: Any) -> None:
    np.savez("mine.npz", **{"inputs": INPUTS, "targets": INPUTS @ SLOPES + 7, **arrays})


def test_values_have_deviation_one_in_training_whatever_their_unit() -> None:
    written(targets=np.stack([1e4 * INPUTS @ SLOPES + 7, np.full(200, 3.0)], axis=1))
    task = data.split(CASE, 0)
    _, targets = task.train.take(np.arange(len(task.train)))
    np.testing.assert_allclose(targets.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(targets.std(axis=0), [1, 0], atol=1e-6)
    # What the mean of training explains is the unit of the loss: half of it here, since one value never changes.
    loss = task.loss(jnp.zeros((len(targets), 2)), jnp.asarray(targets))
    np.testing.assert_allclose(np.mean(loss), 0.5, rtol=1e-5)


def test_every_seed_has_the_split_that_the_user_chose() -> None:
    written()
    assert data.split(CASE, 0) is data.split(CASE, 1)


def test_a_linear_law_needs_no_network(tmp_path: Path) -> None:
    """Values are tried by their loss; what a linear model learns is not used to judge, and no rival is trained."""
    written()
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", announce=lambda _: None, kinds=STUDY.kinds))
    (seen,) = of(rows, Seen)
    assert (seen.task, seen.kind, seen.features, seen.training_examples) == ("mine.npz", "regression", 5, 140)
    (found,) = of(rows, Goal)
    assert (found.measure, found.wide) == ("loss", False)
    assert found.linear < 0.3, "a linear law is within reach"
    assert all(row.accuracies is None for row in of(rows, Trial))
    starts = [row.losses[0] for row in of(rows, Trial) if row.model == LINEAR]
    assert min(one for one in starts if one is not None) > 0.5  # of the variance, whatever the unit of the targets
    (verdict,) = STUDY.judge(rows, TINY)
    assert {one.outcome for one in verdict.judgements} == {"not measured"}
    assert any("mine.npz is not used to judge" in sentence for sentence in verdict.conditions)


def of_values() -> list[Any]:
    """The table of classes as one of values: the loss 3 (1 - accuracy) in place of the accuracy."""
    config = replace(CONFIG, task=TINY.task)
    rows = [
        replace(row, eval_accuracy=None) if isinstance(row, Look)
        else replace(row, test_accuracy=None) if isinstance(row, End)
        else replace(row, accuracies=None) if isinstance(row, Trial)
        else row
        for row in table(flops=DEARER, tasks=("mine.npz",))
        if not isinstance(row, (Compared, Goal, Ranking, Seen, Target))
    ]  # fmt: skip
    seen = Seen(
        task="mine.npz", kind="regression", timed=False, features=5, training_examples=140, note="mine, of values"
    )
    return [config, [*rows, seen]]


def test_verdicts_and_figure_speak_of_the_error(tmp_path: Path) -> None:
    config, rows = of_values()
    (verdict,) = STUDY.judge(rows, config)
    found = {one.statement: one for one in verdict.judgements}
    dearer = found["circuit_flops_static"]
    assert dearer.outcome == "holds"
    # Halfway from 3 (1 - 0.5) to 3 (1 - 0.9).
    assert dearer.found.startswith("To an error of 0.9 on mine.npz the circuit takes")
    assert found["entanglement"].outcome == "not measured"
    assert found["circuit_flops_timed"].found == "The data hold no examples in time."
    assert "every model sees the same 5 features of mine.npz, and trains on 140 examples" in verdict.conditions
    assert not any("digits" in sentence for sentence in verdict.conditions)
    assert STUDY.draw([*rows, *derived(rows, config)], [verdict], tmp_path).stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arrays", "changes", "sentence"),
    [
        ({"inputs": DRAWN.random((200, 9, 3)) < 0.3}, {}, "circuits too, which take images or features, and examples"),
        (
            {"inputs": DRAWN.normal(size=(200, 30))},
            {"circuit_layers": (2,)},
            "make 24 gate angles for the 30 features of mine.npz",
        ),
        ({}, {"qubits": 1, "circuit_layers": (1,)}, "raise one of them"),
        ({}, {"batch_size": 141}, "settings.batch_size=141 must be at most the 140 training examples of mine.npz"),
        ({"inputs": np.uint8(255 * DRAWN.random((200, 6, 3, 1)))}, {"side": 4}, "settings.side=4 must be at most 3"),
    ],
)
def test_what_the_models_cannot_serve_is_refused_at_once(
    arrays: dict[str, Any], changes: dict[str, Any], sentence: str
) -> None:
    written(**arrays)
    assert STUDY.ready is not None
    with pytest.raises(BadInput, match=sentence):
        STUDY.ready(replace(TINY, **changes))


def test_images_are_pooled_to_the_cells_that_every_model_sees() -> None:
    images = np.uint8(255 * DRAWN.random((200, 6, 4, 1)))
    written(inputs=images, targets=np.arange(200) % 3)
    task = data.split(data.Case(replace(TINY, side=2), CASE.task), 0)
    assert task.spec.inputs.shape == (2, 2, 1)
    given = {tuple(cells) for cells in (images[..., 0].reshape(200, 2, 3, 2, 2).mean(axis=(2, 4)) / 255).reshape(-1, 4)}
    shown = task.train.take(np.arange(len(task.train)))[0].reshape(-1, 4)
    nearest = [min(np.abs(np.array(one) - cells).max() for one in given) for cells in shown]
    assert max(nearest) < 1e-6


@pytest.mark.slow
def test_the_study_runs_from_end_to_end_on_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written()
    monkeypatch.setattr(measure, "goal", lambda rows, task, config: replace(goal(rows, task, config), wide=True))
    rows = STUDY.run(TINY, Recorder(tmp_path / "rows.jsonl", kinds=STUDY.kinds))
    assert {row.model for row in of(rows, End)} == set(MODELS)
    assert all(row.test_accuracy is None for row in of(rows, End))
    found = STUDY.judge(rows, TINY)
    assert STUDY.draw(rows, found, tmp_path).stat().st_size > 10_000
