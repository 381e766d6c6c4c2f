"""A whole comparison, small: what is missing is explained, and what is finished is not run again."""

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from eval.compare import CompareConfig, Contender, compare
from eval.compare.rows import ComparedRun
from eval.compare.table import print_comparison
from eval.rows import flat, parse
from paradigms import snn, transformer, vqc
from training.config import ProbesConfig, TrainerConfig
from training.errors import BadInput
from training.tasks import TaskConfig, load_task

TINY = {
    "trainer": TrainerConfig(steps=4, batch_size=8, log_every=2, eval_every=2, checkpoint_every=0),
    "probes": ProbesConfig(every=2, timing_repeats=1),
}
SPIKING = Contender("snn", snn.Config(hidden=(4,), time_steps=3), 0.002)
SMALL = CompareConfig((SPIKING,), learning_rates=(0.001, 0.01), **TINY)


@pytest.fixture(scope="module")
def digits():
    return load_task(TaskConfig("digits"))


@pytest.fixture(scope="module")
def finished(digits, tmp_path_factory):
    directory = tmp_path_factory.mktemp("comparison")
    return directory, compare(SMALL, digits, directory, announce=lambda sentence: None)


def missing(row):
    """The columns without a value."""
    return {name for name, value in flat(row).items() if value is None}


def test_the_table_has_the_names_of_the_metrics_and_what_is_missing_is_explained(finished):
    directory, rows = finished
    table = json.loads((directory / "table.json").read_text())
    assert parse(table, (ComparedRun,)) == rows
    assert (directory / "compare.png").stat().st_size > 10_000
    (row,) = rows
    summary = json.loads((directory / "matched-snn" / "summary.json").read_text())["metrics"]
    shared = set(summary) & set(table[0])
    assert {"test/accuracy", "eval/loss", "memory/temp_bytes", "gradient/variance_over_examples"} <= shared
    # Seconds of updates are those of the whole run, not of its last window.
    assert {name: table[0][name] for name in shared - {"time/step_seconds"}} == {
        name: summary[name] for name in shared - {"time/step_seconds"}
    }
    assert missing(row) == set(row.unavailable)
    assert row.circuit_executions is None
    assert row.unavailable["cost/circuit_executions"] == "snn has no circuit executions"
    assert row.parameters == 64 * 4 + 4 + 4 + 4 * 10 + 10 + 10
    assert row.gradient_to_forward_flops == row.flops / row.forward_flops
    assert 1 < row.gradient_to_forward_flops < 4
    assert row.settings == "hidden=[4] time_steps=3"


def test_the_learning_rate_kept_is_the_one_that_validates_best(finished):
    directory, (row,) = finished

    def merit(rate):
        metrics = json.loads((directory / f"tuning-snn-{rate:g}" / "summary.json").read_text())["metrics"]
        return metrics["eval/accuracy"], -metrics["eval/loss"]

    assert row.learning_rates_tried == (0.001, 0.01)
    assert row.learning_rate == max((0.001, 0.01), key=merit)


def test_what_is_finished_is_kept_and_what_is_not_is_run(finished, digits):
    directory, rows = finished
    log = (directory / "matched-snn" / "metrics.jsonl").read_bytes()
    said = []
    assert compare(SMALL, digits, directory, announce=said.append) == rows
    assert len(said) == 3
    assert all("finished before" in sentence for sentence in said)
    assert (directory / "matched-snn" / "metrics.jsonl").read_bytes() == log

    shutil.rmtree(directory / "matched-snn")
    said.clear()
    (again,) = compare(SMALL, digits, directory, announce=said.append)
    assert said[-1] == "matched-snn: 4 updates"
    assert again.test_loss == rows[0].test_loss


def test_a_directory_of_another_comparison_is_refused(finished, digits):
    directory, _ = finished
    with pytest.raises(BadInput, match="seed was 0 and is now 1"):
        compare(CompareConfig((SPIKING,), learning_rates=(0.001, 0.01), seed=1, **TINY), digits, directory)
    with pytest.raises(BadInput, match="resume=true continues it"):
        compare(SMALL, digits, directory, resume=False)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"contenders": ()}, "must list at least one paradigm"),
        ({"contenders": (SPIKING, SPIKING)}, "each once"),
        ({"learning_rates": (0.1, -1.0)}, "must all be positive"),
        ({"parameter_shift_steps": -1}, r"parameter_shift_steps=-1 must be 0 \(left out\) or more"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        CompareConfig(**{"contenders": (SPIKING,), **settings})


def test_an_unknown_paradigm_is_refused():
    with pytest.raises(BadInput, match="paradigms=gnn is unknown: choose among quantised, snn, transformer, vqc"):
        Contender("gnn", None, 0.1)


@pytest.mark.slow
def test_all_three_with_the_gradient_of_hardware(digits, tmp_path):
    config = CompareConfig(
        (
            Contender("vqc", vqc.Config(qubits=4, layers=12), 0.05),
            Contender("snn", snn.Config(time_steps=3), 0.002),
            Contender("transformer", transformer.Config(), 0.002),
        ),
        learning_rates=(),
        parameter_shift_steps=1,
        **TINY,
    )
    rows = compare(config, digits, tmp_path, announce=lambda sentence: None)
    assert [row.run for row in rows] == [
        "matched-vqc", "hardware-vqc", "matched-snn", "matched-transformer", "default-snn", "default-transformer",
    ]  # fmt: skip
    by_run = {row.run: row for row in rows}
    # One forward and two for each of 4 × 12 × 3 angles, for each of 8 examples.
    assert by_run["hardware-vqc"].circuit_executions == (1 + 2 * 4 * 12 * 3) * 8
    assert by_run["hardware-vqc"].test_accuracy is None
    assert "cost alone" in by_run["hardware-vqc"].unavailable["test/accuracy"]
    assert by_run["matched-vqc"].circuit_executions is None
    assert by_run["default-transformer"].parameters > 50_000
    for row in rows:
        assert missing(row) == set(row.unavailable)

    printed = io.StringIO()
    print_comparison(rows, Console(file=printed, width=80))
    assert "every update would run 2,312 circuits" in " ".join(printed.getvalue().split())
    assert max(len(line) for line in printed.getvalue().splitlines()) <= 80


def test_the_published_comparison_is_of_the_present_kind():
    table = json.loads((Path(__file__).parents[3] / "docs" / "results" / "compare-digits.json").read_text())
    rows = parse(table, (ComparedRun,))
    assert [flat(row) for row in rows] == table
    assert {row.group for row in rows} == {"matched", "hardware", "default"}
    assert all(missing(row) == set(row.unavailable) for row in rows if row.group == "hardware")
