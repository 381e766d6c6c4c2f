"""Models of the user's own: the examples of the documentation, run, and what is refused."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest

from eval.recorder import Recorder
from eval.rows import of
from eval.studies.gradient_price import STUDY
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import exponents
from eval.studies.gradient_price.findings import findings
from eval.studies.gradient_price.models.own_model import find, measure
from eval.studies.gradient_price.models.pricing import NO_FORWARD_MODE
from eval.studies.gradient_price.names import AS_BUILT, OWN, SHIFT
from eval.studies.gradient_price.rows import GradientPrice, UnavailableGradient
from paradigms.interface import Unsupported
from scripts import study
from training.errors import BadInput

PAGE = Path(__file__).parents[4] / "docs" / "own_model.md"
HEADING = "## What does your own model's gradient cost?"


def examples() -> dict[str, str]:
    """The three blocks of the page, by library."""
    section = PAGE.read_text().split(HEADING, 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return dict(zip(("flax", "equinox", "pennylane"), blocks, strict=True))


def module(monkeypatch: pytest.MonkeyPatch, source: str, name: str = "my_module") -> None:
    """Let ``my_module`` be imported."""
    made = types.ModuleType(name)
    exec(source, made.__dict__)
    monkeypatch.setitem(sys.modules, name, made)


def measured(tmp_path: Path, *sizes: int) -> list[GradientPrice | UnavailableGradient]:
    config = Config(model="my_module:build", model_sizes=sizes, timing_seconds=0.01)
    return measure(config, Recorder(tmp_path / "rows.jsonl", announce=lambda _: None, kinds=STUDY.kinds))


def priced(tmp_path: Path, *sizes: int) -> list[GradientPrice]:
    return of(measured(tmp_path, *sizes), GradientPrice)


def reverse(rows: list[GradientPrice], rule: str = AS_BUILT) -> list[GradientPrice]:
    return [row for row in rows if row.gradient == "reverse" and row.differentiation == rule]


@pytest.mark.parametrize("library", ["flax", "equinox", "pennylane"])
def test_examples_are_short(library):
    assert len([line for line in examples()[library].splitlines() if line.strip()]) < 15


def test_the_example_in_flax(monkeypatch, tmp_path):
    module(monkeypatch, examples()["flax"])
    rows = priced(tmp_path, 128)
    (row,) = reverse(rows)
    assert {one.paradigm for one in rows} == {"my perceptron"}
    assert [one.gradient for one in rows] == ["reverse", "spsa", "forward"]
    assert row.parameters == 64 * 128 + 128 + 128 * 10 + 10
    # Of the products: forward x W and h V; backwards dW, dV and dh.
    macs = 32 * 64 * 128, 32 * 128 * 10
    assert row.forward_flops == pytest.approx(2 * sum(macs), rel=0.05)
    assert row.flops == pytest.approx(2 * (2 * macs[0] + 3 * macs[1]), rel=0.05)
    assert row.forward_seconds is not None
    assert row.forward_seconds > 0
    assert row.call_seconds is not None
    assert row.call_seconds > 0
    assert row.temp_bytes is not None
    assert row.gradient_executions is row.gate_angles is row.shots_to_error is row.uncountable is None


@pytest.mark.slow
def test_the_example_in_equinox_is_swept_over_sizes(monkeypatch, tmp_path):
    module(monkeypatch, examples()["equinox"])
    rows = priced(tmp_path, 16, 64, 256)
    assert [row.size for row in reverse(rows)] == [16, 64, 256]
    assert reverse(rows)[0].parameters == 64 * 16 + 16 + 16 * 16 + 16 + 16 * 10 + 10
    known = exponents(rows, 1.0)
    laws = [row for row in known if (row.quantity, row.gradient) == ("cost/gradient_to_forward_flops", "reverse")]
    assert len(laws) == 1
    assert abs(laws[0].exponent) < 0.1
    assert [(row.paradigm, row.gradient, row.hardware) for row in findings(rows, known)] == [
        ("my MLP", estimator, "no circuit") for estimator in ("reverse", "spsa", "forward")
    ]


def test_the_example_in_pennylane_has_circuits(monkeypatch, tmp_path):
    module(monkeypatch, examples()["pennylane"])
    rows = priced(tmp_path, 1)
    assert {row.paradigm for row in rows} == {"my_circuit"}
    (built,), (shifted,) = reverse(rows), reverse(rows, SHIFT)
    assert built.gradient_executions is None
    assert (shifted.gate_angles, shifted.gradient_executions, shifted.forward_executions) == (4, 8, 1)
    assert shifted.parameters == built.parameters == 4
    assert shifted.forward_flops == built.forward_flops
    (estimate,) = (row for row in rows if row.gradient == "spsa")
    assert estimate.gradient_executions == 2
    assert estimate.shots_to_error is None


ONCE = """
import jax, jax.numpy as jnp
from paradigms.adapters import from_flax
from flax import nnx
def build():
    return from_flax(lambda rngs: nnx.Linear(3, 2, rngs=rngs), name="once"), jax.ShapeDtypeStruct((4, 3), jnp.float32)
"""


def test_a_function_of_nothing_is_measured_once_and_shapes_will_do(monkeypatch, tmp_path):
    module(monkeypatch, ONCE)
    (row,) = reverse(priced(tmp_path, 5, 6, 7))
    assert (row.size, row.parameters) == (None, 8)


ODD = """
import jax, jax.numpy as jnp
from flax import nnx
from paradigms.adapters import from_flax

@jax.custom_vjp
def halved(x):
    return jax.lax.while_loop(lambda y: jnp.max(y) > 1, lambda y: y / 2, x)

halved.defvjp(lambda x: (halved(x), None), lambda kept, slope: (slope,))

class Halving(nnx.Module):
    def __init__(self, rngs):
        self.inner = nnx.Linear(3, 2, rngs=rngs)
    def __call__(self, x):
        return halved(self.inner(x))

def build(size):
    return from_flax(lambda rngs: Halving(rngs), name="halving"), jnp.ones((size, 3))
"""


def test_what_cannot_be_had_or_counted_of_it_is_said(monkeypatch, tmp_path):
    module(monkeypatch, ODD)
    rows = measured(tmp_path, 4)
    (row,) = reverse(of(rows, GradientPrice))
    assert row.flops is row.forward_flops is None
    assert "while" in str(row.uncountable)
    assert row.batch == 4
    assert of(rows, UnavailableGradient) == [
        UnavailableGradient(
            paradigm="halving", axis=OWN, differentiation=AS_BUILT, gradient="forward", size=4, reason=NO_FORWARD_MODE
        )
    ]


def returning(*values: Any) -> Any:
    return types.SimpleNamespace(build=lambda: values if len(values) > 1 else values[0])


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (types.SimpleNamespace(build=3), "model=my_module:build is no function"),
        (
            types.SimpleNamespace(build=lambda width, depth: None),
            "takes width, depth; let it take one size, or nothing",
        ),
        (returning(object()), "returned object; return a model and a batch of inputs"),
        (returning(object(), jnp.ones((2, 3))), "returned object and 1 more; return a model and a batch"),
        (returning(object(), jnp.float32(1)), "returned inputs of no batch"),
    ],
)
def test_what_is_no_model_is_refused(monkeypatch, tmp_path, made, sentence):
    monkeypatch.setitem(sys.modules, "my_module", made)
    with pytest.raises(BadInput, match=sentence):
        priced(tmp_path, 1)


def test_the_command_looks_for_the_model_first(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "mine_here.py").write_text("def build(size): ...\n")
    given = {"seed": 0, "run_dir": str(tmp_path / "run"), "resume": False, "settings": {}}
    for name, model, sentence in (
        ("gradient_price", "mine_here", "model=mine_here must be MODULE:NAME"),
        ("gradient_price", "missing_module:build", "there is no module missing_module; run from the folder"),
        ("gradient_price", "mine_here:other", "module mine_here has no other; name a function that it defines"),
        ("executions", "mine_here:build", "model=mine_here:build is for study=gradient_price; study=executions takes"),
    ):
        with pytest.raises((BadInput, Unsupported), match=sentence):
            study.study({**given, "study": name, "model": model})
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr("eval.study.run_study", lambda chosen, config, directory: (config, []))
    monkeypatch.setattr(study, "print", print, raising=False)
    directory = study.study({**given, "study": "gradient_price", "model": "mine_here:build"})
    assert "model: mine_here:build" in (directory / "config.yaml").read_text()
    assert find("mine_here:build").__name__ == "build"
