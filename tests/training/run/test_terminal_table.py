"""What a run prints when it ends."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from training.run.summary import Summary
from training.run.terminal_table import _bytes, print_table


def printed(content: dict, width: int = 80) -> str:
    console = Console(record=True, width=width, file=io.StringIO())
    print_table(content, console)
    return console.export_text()


def test_the_table_shows_values_with_units_and_reasons(tmp_path):
    summary = Summary(tmp_path, {"run_dir": str(tmp_path)}, [])
    summary.update(
        {
            "test/accuracy": 0.96219,
            "eval/loss": 0.12345,
            "gradient/variance_over_examples": 3.21e-7,
            "time/step_seconds": 0.002346,
            "time/gradient_to_forward": 2.414,
            "memory/residual_bytes": 123456,
            "memory/temp_bytes": 900,
            "time/compile_seconds": 3.456,
            "cost/circuit_executions": 12352.0,
        }
    )
    summary.mark_unavailable("gradient/signal_to_noise", "nothing but [noise]")
    (tmp_path / "curves.png").touch()
    text = printed(summary.write("completed"))
    lines = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in map(str.strip, text.splitlines()) if line}
    assert lines["test accuracy"] == "96.22%"
    assert lines["validation loss"] == "0.1235 nats"
    assert lines["gradient variance over examples"] == "3.21e-07"
    assert lines["gradient signal-to-noise"] == "unavailable: nothing but [noise]"
    assert lines["time of one update"] == "2.35 ms"
    assert lines["gradient ÷ forward time"] == "2.41"
    assert lines["kept from forward to backward"] == "120.6 KiB"
    assert lines["temporary memory of the gradient"] == "900 B"
    assert lines["circuit executions per update"] == "12,352"
    assert lines["compilation"] == "3.46 s"
    assert f"curves: {tmp_path / 'curves.png'}" in text.splitlines(), "on one line however narrow the terminal"
    assert "test loss" not in text, "what was not measured and not explained has no row"


def test_the_table_of_a_failed_run_says_what_went_wrong(tmp_path):
    text = printed(Summary(tmp_path, {}, []).write("failed", "update 7 is not finite: params['w']"))
    assert "update 7 is not finite: params['w']" in text
    assert "curves" not in text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536.0, "1.5 KiB"),
        (3 * 2**20, "3 MiB"),
        (2**30, "1 GiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_bytes_are_told_in_binary_multiples(count, text):
    assert _bytes(count) == text
