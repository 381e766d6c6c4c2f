"""Every metric that the design names is logged by every paradigm, or its absence explained."""

import json

import pytest

from scripts import train
from training.tracking.jsonl import read

LOGGED = {
    "train/loss", "train/accuracy", "eval/loss", "eval/accuracy", "test/loss", "test/accuracy", "gradient/norm",
    "gradient/variance_over_examples", "gradient/variance_over_estimates", "gradient/covariance_trace",
    "gradient/squared_norm_unbiased", "memory/residual_bytes", "memory/temp_bytes", "memory/argument_bytes",
    "time/step_seconds", "time/data_seconds", "time/save_seconds", "time/probe_seconds",
    "time/forward_seconds", "time/gradient_seconds", "time/gradient_to_forward", "cost/flops",
    "throughput/examples_per_second",
}  # fmt: skip
DEPENDS = {
    "gradient/noise_scale", "gradient/noise_scale_low", "gradient/noise_scale_high", "gradient/signal_to_noise",
    "gradient/signal_to_noise_low", "gradient/signal_to_noise_high", "memory/device_peak_bytes",
    "cost/integer_operations", "cost/circuit_executions", "cost/shots", "time/compile_seconds",
}  # fmt: skip
SMALL = {
    "snn": ["paradigm.hidden=[8]", "paradigm.time_steps=3"],
    "transformer": ["paradigm.width=8", "paradigm.layers=1", "paradigm.heads=2"],
    "vqc": ["paradigm.qubits=4", "paradigm.layers=2", "paradigm.differentiation=parameter_shift"],
}


@pytest.mark.parametrize("paradigm", SMALL)
def test_every_metric_is_logged_or_explained(command, tmp_path, paradigm):
    loop = ["trainer.steps=4", "trainer.log_every=1", "trainer.batch_size=8", "probes.every=2", "tracking=[jsonl]"]
    result = command(train.main, f"paradigm={paradigm}", *SMALL[paradigm], *loop, f"run_dir={tmp_path}/run")
    assert result.code == 0, result.err
    logged = {name for row in read(tmp_path / "run" / "metrics.jsonl") for name in row}
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert logged >= LOGGED
    assert logged | set(summary["unavailable"]) >= LOGGED | DEPENDS
    assert not logged & set(summary["unavailable"])
    if paradigm == "snn":
        assert logged >= {"activity/spike_rate", "activity/synaptic_operations"}
    if paradigm == "vqc":
        gate_angles = 4 * 2 * 3
        assert summary["metrics"]["cost/circuit_executions"] == 8 * (1 + 2 * gate_angles)
