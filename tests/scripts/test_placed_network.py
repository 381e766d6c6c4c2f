"""``study=energy network=PATH``: one's own network beside break-even, from the command line."""

from __future__ import annotations

import re
from pathlib import Path

import nir
import pytest

from paradigms.snn.exchange import to_nir
from scripts import study, train
from scripts.running.trained_run import read_run_config, read_trained_run

QUICK = ("trainer.steps=20", "trainer.eval_every=0", "probes.every=0", "probes.timing_repeats=0")
SPIKING = (
    "paradigm=snn",
    "paradigm.hidden=[8]",
    "paradigm.neuron=if",
    "paradigm.time_steps=4",
    "paradigm.weight_bits=4",
)
LEVELS = ("paradigm=quantised", "paradigm.hidden=[8]", "paradigm.weight_bits=4", "paradigm.activation_bits=2")


@pytest.fixture
def trained(command, tmp_path):
    def run(name, *settings):
        result = command(train.main, *QUICK, *settings, f"run_dir={tmp_path}/{name}")
        assert result.code == 0, result.err
        return Path(name)  # as one writes it, from the working directory

    return run


def asked(command, path, *settings):
    return command(study.main, "study=energy", f"network={path}", *settings)


def test_a_quantised_network_is_held_beside_its_twins(command, trained):
    result = asked(command, trained("levels", *LEVELS))
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert re.match(
        r"quantised network: [\d.e+]+ pJ per image in its hidden layers and [\d.e+]+ pJ in all, under yan2024", lines[0]
    )
    assert [line.split(":")[0] for line in lines if "twin of" in line] == [
        "synchronous twin of 3 time steps",
        "stepwise twin of 3 time steps",
    ]
    assert sum("Under yan2024 its hidden layers need" in line for line in lines) == 2
    assert sum("the winner" in line for line in lines) == 4


def test_a_spiking_network_is_held_beside_the_twin_that_it_would_have(command, trained, tmp_path):
    path = trained("spikes", *SPIKING)
    result = asked(command, path, "hops=2")
    assert result.code == 0, result.err
    assert "at 2 hops." in result.out
    assert "Beside the modelled quantised network of as many levels:" in result.out
    # The same network as a graph, at the same number of steps.
    run = read_trained_run(path, read_run_config(path))
    nir.write(tmp_path / "network.nir", to_nir(run.paradigm, run.state.params, run.state.model_state))
    graph = asked(command, tmp_path / "network.nir", "settings.time_steps=[4]")
    assert graph.code == 0
    # Its weights are on the grid, but a graph does not say of how many bits.
    assert "spiking network of 4 time steps" in graph.out


def test_a_leaky_network_has_a_bill_and_no_twin(command, trained):
    result = asked(command, trained("leaky", *SPIKING, "paradigm.neuron=lif"))
    assert result.code == 0, result.err
    first, second = result.out.splitlines()
    assert "pJ per image in its hidden layers" in first
    assert second.startswith("No quantised network is its twin: neuron=lif with reset=subtract is outside Theorem 1")


def test_what_cannot_be_placed_is_refused_in_a_sentence(command, trained, tmp_path):
    (tmp_path / "words.nir").write_text("no graph")
    for settings, sentence in (
        ((tmp_path / "none",), "does not exist; give a run directory, or a NIR file"),
        ((tmp_path,), "holds no run: there is no config.yaml in it"),
        ((tmp_path / "words.nir",), "is no NIR file"),
        ((tmp_path / "words.nir", "hops=-1"), "hops=-1 must be a finite number of at least 0"),
        ((tmp_path / "words.nir", "hops=many"), "hops=many must be a number of at least 0"),
    ):
        result = asked(command, *settings)
        assert result.code == 2
        assert sentence in result.error, result.error
        assert result.error.count("\n") == 0
    result = command(study.main, "study=executions", f"network={tmp_path}")
    assert (result.code, result.error) == (
        2,
        f"error: network={tmp_path} is for study=energy; study=executions takes no network",
    )
    floating = trained("floating", "paradigm=quantised", "paradigm.weight_bits=null", "paradigm.activation_bits=null")
    assert "is in floating point, which no spiking network stands for" in asked(command, floating).error
