from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from scripts.configuration.run_config import RunConfig, read_config
from scripts.running.command import CONF
from training.run import signals

SMALL = (
    "paradigm=snn",
    "paradigm.hidden=[4]",
    "paradigm.time_steps=2",
    "trainer.steps=2",
    "trainer.batch_size=16",
    "probes.every=0",
    "probes.timing_repeats=0",
    "tracking=[jsonl]",
)
"""Settings of a run that takes seconds."""


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line on stderr."""
        (line,) = self.err.splitlines()
        return line


def _drain(stop: signals.Stop, told: socket.socket, code: int) -> None:
    """In the place of the thread that watches a command's signals: it would end the process of the tests."""
    while told.recv(1):
        pass


@pytest.fixture
def command(monkeypatch, capfd, tmp_path) -> Callable[..., Result]:
    """Calls a ``main()`` in this process, as if from an empty directory."""
    monkeypatch.chdir(tmp_path)
    # ``run`` sets it for good; here it is restored.
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setenv("GRADIENT_COST_DATA", os.environ.get("GRADIENT_COST_DATA", str(tmp_path / "no-data")))

    # A command takes the signals of its process for good.
    monkeypatch.setattr(signals, "_current", None)
    monkeypatch.setattr(signals.Stop, "_watch", _drain)
    monkeypatch.setattr(signals.Stop, "_at_exit", lambda stop: None)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    handlers = {number: signal.getsignal(number) for number in signals.SIGNALS}

    def call(main: Callable[[], int | None], *arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["command", *arguments])
        GlobalHydra.instance().clear()
        capfd.readouterr()
        try:
            code = main() or 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            if (watched := signal.set_wakeup_fd(-1)) >= 0:
                os.close(watched)
            for number, handler in handlers.items():
                signal.signal(number, handler)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def composed() -> Callable[..., RunConfig]:
    """Makes the configuration that these arguments of ``scripts.train`` stand for."""

    def compose_train(*overrides: str) -> RunConfig:
        GlobalHydra.instance().clear()
        with initialize_config_dir(CONF, version_base="1.3"):
            values = OmegaConf.to_container(compose("train", list(overrides)), resolve=True)
        own = {str(name): value for name, value in dict(values).items() if name != "allocator"}  # the process's
        return read_config(own)

    return compose_train


@pytest.fixture
def small() -> tuple[str, ...]:
    """Settings of a run that takes seconds."""
    return SMALL
