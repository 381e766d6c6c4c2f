"""CONTRIBUTING's recipes, followed to the letter: a toy in exactly the files that each lists, in a copy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from training.tracking.jsonl import read

PROJECT = Path(__file__).parents[1]
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text()
NAME, NUMBER = "toy", "13"
QUICK = ("trainer.steps=4", "trainer.eval_every=0", "trainer.log_every=2", "probes.every=0", "probes.timing_repeats=0")


def listed(heading: str) -> set[str]:
    """The files that a recipe lists, of the toy."""
    section = re.search(rf"^## {heading}$(.*?)^## ", CONTRIBUTING, re.S | re.M)
    assert section, heading
    heads = [line.split(": ")[0] for line in section[1].splitlines() if line.startswith("- `")]
    return {
        path.replace("<name>", NAME).replace("<number>", NUMBER)
        for head in heads
        for path in re.findall("`(.+?)`", head)
    }


@pytest.fixture
def copy(tmp_path) -> Path:
    """What is installed of the project, and what its tests share, in a folder of its own."""
    for folder in ("paradigms", "training", "eval", "scripts", "tests/support"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    return tmp_path


def follow(copy: Path, heading: str, new: dict[str, str], changed: dict[str, tuple[str, str]]) -> None:
    """Write the toy's files and change those that there are; the recipe must list them all and no other."""
    assert {*new, *changed} == listed(heading)
    for path, text in new.items():
        assert not (copy / path).exists()
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(text)
    for path, (before, after) in changed.items():
        text = (copy / path).read_text()
        assert text.count(before) == 1, path
        (copy / path).write_text(text.replace(before, after))


def run(copy: Path, *arguments: str) -> str:
    """Run a command of the copy; returns what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'tests' / 'support'}",
        "WANDB_MODE": "disabled",
    }
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def train(copy: Path, *overrides: str) -> list[dict]:
    """Train in the copy; returns the logged rows."""
    run(copy, "-m", "scripts.train", *QUICK, *overrides, f"run_dir={copy}/run")
    return read(copy / "run" / "metrics.jsonl")


def test_a_neuron(copy):
    follow(
        copy,
        "Add a neuron",
        {
            "paradigms/snn/neurons/toy.py": '''"""Neurons that halve their potential."""

from paradigms.snn.neurons.firing import Firing, Values
from paradigms.snn.neurons.neuron import Neuron


def halving_step(current: Values, potential: Values, *, firing: Firing) -> tuple[Values, Values]:
    """Integrate-and-fire that halves its potential: ``u = v / 2 + I``."""
    return firing(potential / 2 + current)


class Halving(Neuron):
    """Integrate-and-fire that halves its potential at every step."""

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        return self._potential(batch_shape)

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """Spikes and the next state; see :func:`halving_step`."""
        return halving_step(current, state, firing=self.firing)
'''
        },
        {
            "paradigms/snn/neurons/populations.py": (
                "NEURONS: dict[",
                """def _toy(config: Any, shape: Shape, shared: dict[str, Any]) -> Neuron:
    from paradigms.snn.neurons.toy import Halving

    return Halving(**shared)


NEURONS: dict[""",
            ),
        },
    )
    path = copy / "paradigms" / "snn" / "neurons" / "populations.py"
    path.write_text(path.read_text().replace('    "if": _if,\n', '    "if": _if,\n    "toy": _toy,\n'))
    settings = ("paradigm=snn", "paradigm.hidden=[8]", "paradigm.time_steps=4", "paradigm.neuron=toy")
    rows = train(copy, *settings, "paradigm.recurrent=true", "paradigm.differentiation=checkpointed")
    assert rows[-1]["train/loss"] > 0


def test_a_rule_of_differentiation(copy):
    follow(
        copy,
        "Add a rule of differentiation",
        {
            "paradigms/snn/rules/toy.py": '''"""Backpropagation through time, truncated where a block begins."""

import jax
from jaxtyping import PyTree

from paradigms.snn.rules.backpropagation import BPTT
from paradigms.snn.rules.rule import TimeSteps
from paradigms.snn.rules.unroll import Result, RunBlock


class Truncated(BPTT):
    """Lets no gradient from a block of steps to the one before."""

    name = "toy"
    exact = False

    def unroll(self, run_block: RunBlock, arguments: PyTree, states: PyTree, steps: TimeSteps) -> Result:
        def cut(arguments, states, start, count):
            return run_block(arguments, jax.lax.stop_gradient(states), start, count)

        return super().unroll(cut, arguments, states, steps)
'''
        },
        {
            "paradigms/snn/rules/__init__.py": (
                "RULES: Mapping[str, Rule] = MappingProxyType(\n    {rule.name: rule for rule in (",
                """from paradigms.snn.rules.toy import Truncated

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.name: rule for rule in (Truncated(), """,
            ),
        },
    )
    settings = ("paradigm=snn", "paradigm.hidden=[8]", "paradigm.time_steps=4", "paradigm.block_steps=2")
    cut = train(copy, *settings, f"paradigm.differentiation={NAME}")
    shutil.rmtree(copy / "run")
    whole = train(copy, *settings, "paradigm.differentiation=bptt")
    assert cut[-1]["train/loss"] != whole[-1]["train/loss"]


def test_a_paradigm(copy):
    follow(
        copy,
        "Add a paradigm",
        {
            "paradigms/toy/config.py": '''"""Settings of a perceptron."""

from dataclasses import dataclass

from paradigms.interface import require


@dataclass(frozen=True)
class Config:
    """A perceptron of one hidden layer."""

    hidden: int = 8

    def __post_init__(self) -> None:
        require(self.hidden >= 1, f"paradigm.hidden={self.hidden} must be at least 1")
''',
            "paradigms/toy/__init__.py": '''"""A perceptron, by the adapter for Flax."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import jax
from flax import nnx

from paradigms.adapters import from_flax
from paradigms.interface import Paradigm, Spec
from paradigms.toy.config import Config

SMALLEST = Config(hidden=2)


class Perceptron(nnx.Module):
    def __init__(self, inputs: int, hidden: int, outputs: int, *, rngs: nnx.Rngs):
        self.hidden = nnx.Linear(inputs, hidden, rngs=rngs)
        self.read = nnx.Linear(hidden, outputs, rngs=rngs)

    def __call__(self, x):
        return self.read(jax.nn.relu(self.hidden(x.reshape(x.shape[0], -1))))


def build(config: Config, spec: Spec) -> Paradigm:
    inputs = math.prod(spec.inputs.shape)
    return from_flax(lambda rngs: Perceptron(inputs, config.hidden, spec.outputs, rngs=rngs), name="toy")


def resized(config: Config, count: Callable[[Config], int], target: int) -> Iterator[Config]:
    for hidden in range(1, 64):
        yield replace(config, hidden=hidden)
''',
            "scripts/conf/paradigm/toy.yaml": (
                "# @package _global_\nparadigm:\n  name: toy\n  hidden: 8 # units\noptimizer:\n  learning_rate: 0.01\n"
            ),
        },
        {},
    )
    rows = train(copy, "paradigm=toy", "paradigm.hidden=4")
    assert rows[-1]["train/loss"] > 0
    assert re.search(r"paradigm=toy +a gradient of 4 arrays", run(copy, "-m", "scripts.doctor"))
    out = run(
        copy, "-m", "scripts.compare", "paradigms=[toy,transformer]", "learning_rates=[]", "default_size=false",
        "parameter_shift_steps=0", *QUICK, f"run_dir={copy}/compare",
        "+paradigm@toy=toy",
    )  # fmt: skip
    assert "toy" in out


def test_a_task(copy):
    follow(
        copy,
        "Add a task",
        {
            "training/data/sets/toy.py": '''"""``toy``: the sign of the first of two features."""

from pathlib import Path

import numpy as np

from training.data.draws import Draws
from training.data.generated import EXAMPLES, data_set
from training.data.split import DataSet

FILES = ()


def load(root: Path, seed: int = 0) -> DataSet:
    """Points of a square."""
    points = Draws(seed).uniform(EXAMPLES, 2, low=-1.0, high=1.0)
    return data_set(points, (points[:, 0] > 0).astype(np.int32), (2,), "points of a square")
''',
            "scripts/conf/task/toy.yaml": "name: toy # generated\nseed: 0 # which draw\n",
        },
        {"training/tasks.py": ('    "digits": (),\n', '    "digits": (),\n    "toy": ("seed",),\n')},
    )
    rows = train(copy, "task=toy", "task.seed=3", "paradigm=snn", "paradigm.hidden=[4]", "paradigm.time_steps=2")
    assert rows[-1]["train/loss"] > 0


def test_a_probe(copy):
    follow(
        copy,
        "Add a probe",
        {
            "training/probes/toy.py": '''"""How large the parameters are."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from training.state import TrainState


def largest_parameter(state: TrainState) -> dict[str, Float[Array, ""]]:
    """The largest absolute value of a parameter."""
    return {"gradient/toy": jnp.max(jnp.stack([jnp.max(jnp.abs(leaf)) for leaf in jax.tree.leaves(state.params)]))}
'''
        },
        {
            "training/probes/variance.py": (
                "        if over_examples:\n            metrics |= variance_over_examples(",
                "        from training.probes.toy import largest_parameter\n\n"
                "        metrics |= largest_parameter(state)\n"
                "        if over_examples:\n            metrics |= variance_over_examples(",
            )
        },
    )
    rows = train(copy, "paradigm=snn", "paradigm.hidden=[4]", "paradigm.time_steps=2", "probes.every=2")
    assert any(row.get("gradient/toy", 0) > 0 for row in rows)


VERDICT = '''"""What the sum of the squares says."""

from __future__ import annotations

from typing import Any

from eval.judgement import Verdict, judged, not_measured
from eval.studies.toy.rows import Square


def verdicts(rows: list[Square], config: Any) -> list[Verdict]:
    """Judge the one statement of claim C13."""
    if not rows:
        return [Verdict("C13", (not_measured("sum", "Nothing was measured.", "one point"),))]
    total = sum(row.square for row in rows)
    decision = None if len(rows) < 2 else total > 1
    found = judged("sum", decision, f"The sum is {total}.", needed="two points", quantity="sum", value=float(total))
    return [Verdict("C13", (found,))]
'''
CLAIM = '''"""A claim of a toy."""

from __future__ import annotations

from types import MappingProxyType

from eval.claims.bounds import Bounds
from eval.claims.claim import Claim, Statement

CLAIM = Claim(
    text="The squares of a toy add up to something",
    source="a toy",
    statistic="their sum",
    thresholds=MappingProxyType({"least_sum": 1.0}),
    title="A toy adds up",
    question="Do the squares of a toy add up?",
    literature="none",
    study="toy",
    statements={
        "sum": Statement(
            text="The sum of the squares is more than 1.",
            regime="for a toy",
            claim="for",
            argument="for",
            statistic="sum of the squares",
            holds=Bounds.above(1.0),
            thresholds=("least_sum",),
            least_data="two points",
            study="toy",
        )
    },
)
'''
TABLES = '''"""Tables of the toy."""

from eval.studies.toy.config import Config
from eval.studies.toy.rows import Square

ROWS = [Square(index=index, square=index**2) for index in range(3)]
TABLES = {
    "C13.sum": {
        "holds": (ROWS[1:], Config()),
        "fails": (ROWS[:2], Config()),
        "undecided": (ROWS[2:], Config()),
        "not measured": ([], Config()),
    }
}
'''


def test_a_study(copy):
    follow(
        copy,
        "Add a study",
        {
            "eval/studies/toy/__init__.py": '''"""Is a toy study run? (claim C13)"""

from eval.studies.toy.config import Config
from eval.studies.toy.figure import draw
from eval.studies.toy.measure import run
from eval.studies.toy.panels import PANELS
from eval.studies.toy.rows import Square
from eval.studies.toy.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="toy",
    question="Is it?",
    claims=("C13",),
    kinds=(Square,),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
)
''',
            "eval/studies/toy/config.py": '''"""Settings of the toy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """How many points."""

    points: int = 3
    seed: int = 0
''',
            "eval/studies/toy/rows.py": '''"""The one kind of row of the toy."""

from dataclasses import dataclass
from typing import ClassVar

from eval.rows import Row


@dataclass(frozen=True, kw_only=True)
class Square(Row):
    """A square.

    Attributes:
        index: Of what.
        square: Its square.
    """

    part: ClassVar[str] = "squares"

    index: int
    square: int
''',
            "eval/studies/toy/measure.py": '''"""Squares, point by point."""

from eval.recorder import Recorder
from eval.studies.toy.config import Config
from eval.studies.toy.rows import Square


def run(config: Config, recorder: Recorder) -> list[Square]:
    """Measure every point."""
    rows: list[Square] = []
    for index in range(config.points):
        rows += recorder.measure({"index": index}, lambda index=index: Square(index=index, square=index**2))
    return rows
''',
            "eval/studies/toy/verdict.py": VERDICT,
            "eval/studies/toy/figure.py": '''"""The squares."""

from pathlib import Path

from eval.judgement import Verdict
from eval.studies.toy.rows import Square
from eval.study import FIGURE


def draw(rows: list[Square], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the squares."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    canvas = FigureCanvasAgg(figure)
    figure.subplots().plot([row.index for row in rows], [row.square for row in rows])
    canvas.print_figure(directory / FIGURE)
    return directory / FIGURE
''',
            "eval/studies/toy/panels.py": '''"""The panels of the toy."""

from eval.panel import Panel
from eval.studies.toy.rows import Square

PANELS = (Panel("Squares", "index", "square", "index", "square", kind=Square),)
''',
            "scripts/conf/settings/toy/quick.yaml": "points: 3 # squares\n",
            "scripts/conf/settings/toy/full.yaml": "points: 5 # squares\n",
            f"eval/claims/c{NUMBER}.py": CLAIM,
            "tests/support/statement_tables/toy.py": TABLES,
        },
        {},
    )
    out = run(copy, "-m", "scripts.study", "study=toy", "preset=full", f"run_dir={copy}/runs/toy")
    assert "The claim holds for a toy." in out
    assert json.loads((copy / "runs" / "toy" / "squares.json").read_text())[2] == {"index": 2, "square": 4}
    assert "C13" in run(copy, "-m", "scripts.report", f"runs={copy}/runs", f"run_dir={copy}/report")
    assert '"plot-toy-0"' in (copy / "report" / "report.html").read_text()
    statements = PROJECT / "tests" / "eval" / "test_statements.py"
    shutil.copy(statements, copy)
    options = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(copy), "-k", "C13 or toy")
    chosen = run(copy, "-m", "pytest", *options, str(copy / statements.name))
    assert re.search(r"\b8 passed", chosen)
