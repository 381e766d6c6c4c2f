"""Run directories of studies as they would be on disk, from tables made by hand, and studies that read them."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import yaml
from statement_tables.barren_plateaus import point
from statement_tables.executions import table

from eval.claims import CLAIMS
from eval.judgement import Verdict, judged
from eval.report.gather import Presets
from eval.rows import Row, flat, of
from eval.studies import barren_plateaus, surrogates
from eval.studies.barren_plateaus.rows import ComputedVariance
from eval.studies.executions import STUDY as EXECUTIONS
from eval.studies.surrogates.rows import Noise, Training
from eval.study import Study
from training.run.run_directory import plain

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@dataclass(frozen=True)
class Config:
    """Of the studies here."""

    size: int = 4
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Words(Row):
    """Words that a verdict repeats."""

    part: ClassVar[str] = "words"

    words: str


def _no_run(config: Config, recorder: Any) -> list[Any]:
    raise AssertionError("a report measures nothing")


def _no_figure(rows: list[Any], found: list[Verdict], directory: Path) -> Path:
    raise AssertionError("a report draws no figure of a study")


def plateaus(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge every statement of C3 by the mean of the variances: small holds, else it fails; words are the table's."""
    variances = [row.variance_over_initialisations for row in of(rows, ComputedVariance)]
    mean = sum(variances) / len(variances)
    (words,) = [row.words for row in of(rows, Words)]
    judgements = tuple(
        judged(
            name, mean < 0.1, f"The mean is {mean:g}: {words}.", needed="a table", quantity=f"mean variance, {name}",
            value=mean, low=mean / 2, high=2 * mean,
        )
        for name in PLATEAU_STATEMENTS
    )  # fmt: skip
    return [Verdict("C3", judgements, (f"condition: {words}",), (f"context: {words}",))]


PLATEAU_STATEMENTS = tuple(name for name, one in CLAIMS["C3"].statements.items() if one.study == "barren_plateaus")
PLATEAUS = Study(
    "barren_plateaus", "Do gradients vanish?", ("C3",), (ComputedVariance, Words), Config, _no_run, plateaus,
    _no_figure, panels=barren_plateaus.STUDY.panels,
)  # fmt: skip
SURROGATES = Study(
    "surrogates", "Which surrogate?", (), (Noise, Training), Config, _no_run, lambda rows, config: [], _no_figure,
    findings=lambda rows: (f"{len(of(rows, Training))} networks were trained.",), panels=surrogates.STUDY.panels,
)  # fmt: skip
STUDIES = {study.name: study for study in (PLATEAUS, EXECUTIONS, SURROGATES)}
PRESETS: Presets = {
    name: {"full": replace(study.config(), seed=0, **changes), "quick": study.config()}
    for name, study, changes in (
        ("barren_plateaus", PLATEAUS, {"size": 9}),
        ("executions", EXECUTIONS, {"qubits": 8}),
        ("surrogates", SURROGATES, {"size": 9}),
    )
}


def convert(settings: Any, config: type) -> Any:
    """Settings as the command would read them."""
    from scripts.configuration.conversion import convert as strict

    return strict(settings, config, "settings")


def plateau_rows(variance: float = 0.01, words: str = "small") -> list[Row]:
    """Two depths at three widths."""
    circuits = [
        point("deep", "ry_rz_cz", "Z1Z2", qubits, depth * qubits, variance / qubits)
        for depth in (1, 2)
        for qubits in (4, 6, 8)
    ]
    return [*circuits, Words(words=words)]


def execution_rows(each: int = 2) -> list[Row]:
    """Counts of three depths, ``each`` executions per parameter in Pauli rotations."""
    return table(pauli=lambda number: each * number)


def surrogate_rows(shape: str = "arctan") -> list[Row]:
    """Two seeds at three widths."""
    found: list[Row] = []
    for width in (0.1, 1.0, 10.0):
        for seed in (0, 1):
            surrogate = {"shape": shape, "width": width, "training_seed": seed}
            found += [
                Noise(
                    **surrogate, place=place, covariance_trace=1.0, squared_norm_unbiased=1.0,
                    variance_over_examples=variance,
                )
                for place, variance in (("initial", 1.0), ("early", width))
            ]  # fmt: skip
            found.append(Training(**surrogate, spike_rate=0.1, test_accuracy=0.9 + 0.01 * seed, test_loss=0.3))
    return found


def write_run(directory: Path, study: Study, rows: list[Any], *, finished: str | None = None, **settings: Any) -> Path:
    """A finished run, as ``run_study`` leaves it."""
    directory.mkdir(parents=True)
    config = replace(study.config(), **settings)
    recorded = {"study": study.name, "run_dir": str(directory), "settings": plain(config)}
    (directory / "config.yaml").write_text(yaml.safe_dump(recorded))
    (directory / "table.json").write_text(json.dumps([flat(row) for row in rows]))
    verdicts = [asdict(verdict) for verdict in study.verdicts(rows, config)]
    (directory / "verdicts.json").write_text(json.dumps(verdicts))
    environment = {"python": "3.11", "git": {"commit": "0123456789abcdef", "dirty": False}, "seconds": 83.2}
    (directory / "environment.json").write_text(json.dumps(environment | ({"finished": finished} if finished else {})))
    (directory / "figure.png").write_bytes(PIXEL)
    return directory


def write_all(root: Path) -> Path:
    """A run of each study here, at its preset ``quick``."""
    write_run(root / "plateaus", PLATEAUS, plateau_rows())
    write_run(root / "executions", EXECUTIONS, execution_rows())
    write_run(root / "surrogates", SURROGATES, surrogate_rows())
    return root
