from __future__ import annotations

from pathlib import Path

from scripts import spikes, train


def test_a_trained_network_s_spikes_are_drawn(command, small, tmp_path):
    assert command(train.main, *small, f"run_dir={tmp_path}/run").code == 0
    result = command(spikes.main, str(tmp_path / "run"), "examples=5", "example=4")
    assert (result.code, result.out) == (0, "figure: run/spikes.png\n")
    assert Path(f"{tmp_path}/run/spikes.png").read_bytes().startswith(b"\x89PNG")
    result = command(spikes.main, str(tmp_path / "run"), "examples=5", "example=5")
    assert (result.code, result.error) == (2, "error: example=5 must be from 0 to 4")


def test_what_is_no_run_is_refused(command, tmp_path):
    result = command(spikes.main, str(tmp_path))
    assert (result.code, result.error) == (2, f"error: {tmp_path} holds no run: there is no config.yaml in it")
    result = command(spikes.main, "a", "b")
    assert (result.code, result.error) == (2, "error: a b names no run directory; write one, as in runs/mine")
    result = command(spikes.main, "a", "neurons=3")
    assert (result.code, result.error) == (
        2,
        "error: neurons is not a setting; the settings here are examples, example",
    )
    assert command(spikes.main, "--help").out.startswith("usage:")
