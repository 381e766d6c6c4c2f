"""Prices against hand counts, a made-up clock and backends that tell nothing; and that nothing else prices."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import training.pricing
from paradigms.interface import Cost, Work
from training.errors import BadInput
from training.pricing import (
    METRICS,
    NO_CIRCUITS,
    NO_PEAK,
    NO_REVERSE_PASS,
    NOT_TIMED,
    Circuits,
    NoCounter,
    Price,
    Program,
    Timing,
    call_seconds,
    circuits_of,
    compile_whole,
    peak_bytes,
    price,
    prices,
    residual_bytes,
)

ROOT = Path(__file__).parents[2]


def gradient_of(loss: Callable[..., Any], *arguments: Any, **settings: Any) -> Program:
    kept = partial(residual_bytes, loss, *arguments)
    return Program(jax.value_and_grad(loss, has_aux=True), *arguments, kept=kept, **settings)


def dense(params, inputs):
    """Two layers, of which every operation is counted by hand below."""
    hidden = jnp.sin(inputs @ params["first"])
    outputs = hidden @ params["second"]
    return jnp.sum(outputs * outputs), None


@pytest.mark.parametrize("sizes", [(8, 10, 20, 5), (1, 2, 3, 4), (7, 7, 7, 1)])
def test_a_dense_network_by_hand(sizes):
    batch, a, b, c = sizes
    params = {"first": jnp.ones((a, b)), "second": jnp.ones((b, c))}
    inputs = jnp.ones((batch, a))
    first, second = 2 * batch * a * b, 2 * batch * b * c
    forward = first + batch * b + second + 2 * batch * c
    found = price(Program(dense, params, inputs))
    assert found.flops == forward
    # Backwards: both factors of the square and their sum; dV and dh; the cosine and its product; dW, and nothing for x.
    backward = 3 * batch * c + 2 * second + 2 * batch * b + first
    found = price(gradient_of(dense, params, inputs))
    assert found.flops == forward + backward
    # The outputs, once; the hidden layer, for dV; and the cosine.
    assert found.residual_bytes == 4 * (batch * c + 2 * batch * b)
    assert found.argument_bytes == 4 * (a * b + b * c + batch * a)
    # Something of the reverse pass is held in between.
    assert found.temp_bytes is not None
    assert found.temp_bytes > 0


@pytest.mark.parametrize("steps", [1, 5, 400])
def test_a_recurrence_keeps_its_state_once_per_step(steps):
    """The derivative of exp(h) is itself, so that each step keeps the state that it has made and nothing else."""
    batch, width = 3, 7

    def recurrence(weight, inputs):
        hidden, _ = jax.lax.scan(lambda h, _: (jnp.exp(h), None), inputs * weight, None, length=steps)
        return jnp.sum(hidden), None

    weight, inputs = jnp.ones((batch, width)), jnp.zeros((batch, width))
    found = price(gradient_of(recurrence, weight, inputs), compiled=False)
    state = batch * width
    assert found.residual_bytes == steps * 4 * state
    # Forwards a product, the steps and the sum; backwards one product per step, then that with the inputs.
    assert found.flops == (state + steps * state + state) + (steps * state + state)


def test_the_example_of_the_docstring():
    assert training.pricing.__doc__ is not None
    example = textwrap.dedent(training.pricing.__doc__.split("::\n", 1)[1])
    params = {"first": jnp.ones((3, 4)), "second": jnp.ones((4, 2))}
    names = {"loss": dense, "params": params, "batch": jnp.ones((5, 3)), "jax": jax, **vars(training.pricing)}
    exec("from functools import partial\n" + example, names)
    found = names["found"]
    assert found.gradient_seconds > 0
    assert found.residual_bytes == 4 * (5 * 2 + 2 * 5 * 4)
    assert "memory/residual_bytes" not in found.unavailable


class Clock:
    """A clock that moves only where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tick: float = 0.0) -> None:
        self.now, self.tick = 0.0, tick
        self.called: list[str] = []
        monkeypatch.setattr("time.perf_counter", self.read)

    def read(self) -> float:
        self.now += self.tick
        return self.now

    def program(self, name: str, seconds: list[float] | float, **settings: Any) -> Program:
        """A program whose calls take the given seconds, and whose backend tells nothing of its memory."""
        durations = iter(seconds) if isinstance(seconds, list) else iter(lambda: seconds, None)

        def run() -> None:
            self.called.append(name)
            self.now += next(durations)

        def compiler(function: Callable[..., Any], *arguments: Any) -> Any:
            self.now += 60.0
            return type("Compiled", (), {"__call__": lambda _: run(), "memory_analysis": lambda _: None})()

        return Program(lambda: jnp.zeros(()), compiler=compiler, **settings)


def test_seconds_are_medians_over_turns_after_one_that_is_not_counted(monkeypatch):
    clock = Clock(monkeypatch)
    forward = clock.program("forward", [50.0, 1.0, 2.0, 9.0])
    gradient = clock.program("gradient", [70.0, 5.0, 30.0, 7.0], forward=forward)
    found = price(gradient, timing=Timing(3))
    assert clock.called == ["forward", "gradient"] * 4
    assert (found.forward_seconds, found.gradient_seconds) == (2.0, 7.0)
    assert found.gradient_to_forward == 3.5
    assert found.turns == 3
    assert found.compile_seconds == 60.0
    assert found.metrics()["time/gradient_to_forward"] == 3.5


def test_several_are_run_in_turn_and_a_forward_pass_that_they_share_once(monkeypatch):
    clock = Clock(monkeypatch)
    forward = clock.program("forward", 1.0)
    rules = {name: clock.program(name, seconds, forward=forward) for name, seconds in (("a", 2.0), ("b", 6.0))}
    found = prices(rules, timing=Timing(2))
    assert clock.called == ["forward", "a", "b"] * 3
    assert {name: one.gradient_to_forward for name, one in found.items()} == {"a": 2.0, "b": 6.0}


def test_windows_are_filled_with_calls_of_about_the_same_length(monkeypatch):
    clock = Clock(monkeypatch)
    forward = clock.program("forward", 0.002)
    gradient = clock.program("gradient", 0.03, forward=forward)
    found = price(gradient, timing=Timing(3, seconds=0.01))
    assert found.forward_seconds == pytest.approx(0.002)
    assert found.gradient_seconds == pytest.approx(0.03)
    assert found.turns == 3
    # Two calls to learn their length, then four turns (one is not counted) of one gradient and as long of the other.
    assert clock.called.count("gradient") == 2 + 4
    assert clock.called.count("forward") == 2 + 4 * 15


@pytest.mark.parametrize(
    ("seconds", "each", "turns"),
    [
        # Turns of 0.2 s and 0.2 s: as many as there is time for, at least three, at most a hundred.
        (8.0, 0.2, 20),
        (0.1, 0.2, 3),
        (1e6, 0.2, 100),
        # What takes no time is run for 20 ms at a stretch.
        (0.4, 0.001, 10),
    ],
)
def test_there_are_as_many_turns_as_there_is_time_for(monkeypatch, seconds, each, turns):
    clock = Clock(monkeypatch)
    gradient = clock.program("gradient", each, forward=clock.program("forward", each))
    assert price(gradient, timing=Timing(3, seconds=seconds)).turns == turns


def test_turns_that_were_asked_for_are_all_made(monkeypatch):
    clock = Clock(monkeypatch)
    assert price(clock.program("gradient", 0.05), timing=Timing(150, seconds=0.1)).turns == 150


def test_what_is_long_is_not_run_twice_to_learn_how_long(monkeypatch):
    clock = Clock(monkeypatch)
    price(clock.program("gradient", 0.5), timing=Timing(1, seconds=0.1))
    assert len(clock.called) == 1 + 2


def test_a_call_that_was_held_up_is_not_how_long_calls_are(monkeypatch):
    clock = Clock(monkeypatch)
    found = price(clock.program("gradient", [0.02, 0.1] + 51 * [0.02]), timing=Timing(1, seconds=1.0))
    assert found.turns == 50


def test_a_call_that_computes_nothing_is_one_of_many(monkeypatch):
    # Every turn of 200 calls takes one tick.
    Clock(monkeypatch, tick=1.0)
    assert call_seconds(jnp.ones(3), {"other": jnp.zeros(())}) == 1 / 200


def test_a_call_that_computes_nothing_holds_what_it_is_given_and_is_waited_for(monkeypatch):
    weighed = []

    def compiler(function: Callable[..., Any], *arguments: Any) -> Any:
        compiled = compile_whole(function, *arguments)
        weighed.append((compiled.memory_analysis().argument_size_in_bytes, compiled(*arguments).shape))
        return compiled

    monkeypatch.setattr("training.pricing.turns.compile_whole", compiler)
    assert call_seconds(jnp.ones(3), {"other": jnp.zeros(())}) > 0
    assert weighed == [(16, ())]


def test_what_a_program_does_not_use_it_holds_only_where_that_is_asked_for():
    arguments = jnp.ones(3), jnp.ones(5)
    assert price(Program(lambda x, y: x, *arguments)).argument_bytes == 12
    assert price(Program(lambda x, y: x, *arguments, compiler=compile_whole)).argument_bytes == 12 + 20


def test_nothing_that_was_not_asked_for_is_zero():
    found = price(Program(jnp.sum, jnp.ones(3)), counted=False, compiled=False)
    assert found.metrics() == {}
    assert set(found.unavailable) == set(METRICS.values())
    assert all(len(reason.split()) > 3 for reason in found.unavailable.values())
    assert found.turns is None
    assert found.unavailable["memory/residual_bytes"] == NO_REVERSE_PASS
    # No circuits are known of, which is not that there are none.
    assert found.circuit_executions is found.shots is None
    assert found.unavailable["cost/circuit_executions"] == found.unavailable["cost/shots"] == NO_CIRCUITS


def test_several_are_priced_as_one_is():
    program = Program(jnp.sin, jnp.ones(3))
    assert prices({"sine": program}) == {"sine": price(program)}
    assert price(program).flops == 3
    assert price(program).argument_bytes == 12


def test_a_forward_pass_that_is_not_timed_has_no_seconds():
    forward = Program(jnp.sum, jnp.ones(3))
    found = price(Program(jax.grad(jnp.sum), jnp.ones(3), forward=forward), compiled=False)
    assert found.forward_seconds is None
    for name in ("time/forward_seconds", "time/gradient_seconds", "time/gradient_to_forward"):
        assert found.unavailable[name] == NOT_TIMED


def test_a_backend_that_tells_nothing_is_quoted(monkeypatch):
    def uncounted(program, seconds):
        raise NoCounter("its meter is broken")

    monkeypatch.setattr("training.pricing.measure.joules_a_call", uncounted)
    clock = Clock(monkeypatch)
    found = price(clock.program("gradient", 1.0), timing=Timing(1), energy=0.1)
    told = {"time/compile_seconds", "time/gradient_seconds", "cost/flops"}
    assert set(found.metrics()) == told
    assert found.unavailable["memory/temp_bytes"] == "this backend gives no memory analysis"
    assert found.unavailable["memory/argument_bytes"] == "this backend gives no memory analysis"
    assert found.unavailable["cost/joules"] == "no energy counter of this device can be read: its meter is broken"
    assert "no forward pass" in found.unavailable["time/forward_seconds"]
    assert found.unavailable["time/gradient_to_forward"] == found.unavailable["time/forward_seconds"]
    assert "whole numbers" in found.unavailable["cost/integer_operations"]


def test_what_cannot_be_counted_is_named_and_the_rest_is_there():
    def doubled(x):
        return jax.lax.while_loop(lambda y: jnp.sum(y) < 10, lambda y: y * 2, x)

    found = price(Program(doubled, jnp.ones(3)))
    for name in ("cost/flops", "cost/integer_operations"):
        assert "a while loop's trip count is not known" in found.unavailable[name]
    assert found.argument_bytes == 12


def test_products_of_whole_numbers_are_priced_apart():
    operands = jnp.ones((5, 7), jnp.int8), jnp.ones((7, 3), jnp.int8)
    found = price(Program(partial(jax.lax.dot, preferred_element_type=jnp.int32), *operands), compiled=False)
    assert (found.flops, found.integer_operations) == (0, 2 * 5 * 7 * 3)


def test_joules_are_those_of_the_device(monkeypatch):
    asked = []

    def counted(program, seconds):
        asked.append((program(), seconds))
        return 0.0

    monkeypatch.setattr("training.pricing.measure.joules_a_call", counted)
    found = price(Program(jnp.sum, jnp.ones(3)), energy=0.5)
    assert asked == [(3.0, 0.5)]
    # A counter that did not move is a measurement.
    assert found.metrics()["cost/joules"] == 0.0


SHIFTED = Cost(Work(circuit_executions=1, shots=10), Work(circuit_executions=25, shots=250))
SIMULATED = Cost(Work(circuit_executions=1), Work())


@pytest.mark.parametrize(
    ("cost", "gradient", "executions", "shots"),
    [
        (SHIFTED, "reverse", 8 * 25, 8 * 250),
        (SHIFTED, "spsa", 8 * 2, 8 * 20),
        (SHIFTED, "forward", "no counterpart on quantum hardware", "no counterpart on quantum hardware"),
        (SIMULATED, "reverse", "no counterpart on quantum hardware", "ansatz has no shots"),
        (SIMULATED, "spsa", 8 * 2, "ansatz has no shots"),
        (Cost(Work(), Work()), "reverse", "ansatz has no circuit executions", "ansatz has no shots"),
    ],
)
def test_circuits_are_those_of_the_paradigms_cost(cost, gradient, executions, shots):
    found = price(Program(jnp.sum, jnp.ones(3), circuits=circuits_of("ansatz", cost, gradient, 8)), compiled=False)
    for name, value, expected in (
        ("cost/circuit_executions", found.circuit_executions, executions),
        ("cost/shots", found.shots, shots),
    ):
        if isinstance(expected, str):
            assert value is None
            assert expected in found.unavailable[name]
        else:
            assert value == found.metrics()[name] == expected


def test_a_program_is_compiled_once_and_holds_what_it_is_called_on():
    compiled = []

    def compiler(function: Callable[..., Any], *arguments: Any) -> Any:
        compiled.append(arguments)
        return jax.jit(function).lower(*arguments).compile()

    program = Program(jnp.sum, np.arange(5.0, dtype=np.float32), compiler=compiler)
    assert compiled == []
    assert program() == program() == 10.0
    price(program, timing=Timing(2))
    assert len(compiled) == 1


def test_a_price_leaves_nothing_unexplained():
    found = price(Program(jnp.sum, jnp.ones(3)), compiled=False)
    with pytest.raises(ValueError, match="cost/flops is absent without a reason"):
        replace(found, flops=None)
    with pytest.raises(ValueError, match="cost/joules is absent without a reason, or explained without being absent"):
        replace(found, joules=1.0)
    assert isinstance(found, Price)


NOTHING_TO_RUN = "^compiled=False leaves nothing to run: ask for neither timing nor energy, or compile$"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (lambda: Timing(0), "repeats=0 must be at least 1"),
        (lambda: Timing(1, seconds=0.0), r"seconds=0\.0 must be positive"),
        (lambda: price(Program(jnp.sum), compiled=False, timing=Timing(1)), NOTHING_TO_RUN),
        (lambda: price(Program(jnp.sum), compiled=False, energy=1.0), NOTHING_TO_RUN),
    ],
)
def test_what_cannot_be_asked_for_is_refused(asked, sentence):
    with pytest.raises(BadInput, match=sentence):
        asked()


def test_the_devices_peak_is_a_count_or_a_reason():
    assert peak_bytes(SimpleNamespace(memory_stats=lambda: {"peak_bytes_in_use": 7})) == 7
    assert peak_bytes(SimpleNamespace(memory_stats=lambda: None)) == NO_PEAK


def test_every_quantity_has_the_name_that_the_documentation_explains():
    explained = (ROOT / "docs" / "metrics.md").read_text()
    named = {
        name for line in explained.splitlines() if line.startswith("|") for name in re.findall(r"`(\w+/\w+)`", line)
    }
    assert set(METRICS.values()) <= named


def test_circuits_may_be_known_where_shots_are_not():
    found = price(Program(jnp.sum, jnp.ones(3), circuits=Circuits(4, "exact expectation values")), compiled=False)
    assert found.circuit_executions == 4
    assert found.unavailable["cost/shots"] == "exact expectation values"


ALLOWED = {
    "training/probes": "the elementary counts",
    "training/pricing": "the one price",
    "eval/peers": "other libraries, in environments that lack this package",
    "training/run/clock.py": "where a run's time went",
    "eval/study.py": "how long a study took",
    "eval/recorder.py": "how long a point of a study took",
    "eval/energy/trained_networks/training.py": "how long networks took to train, compilation included",
    "eval/bench/int8/jax_products.py": "products of whole numbers, which have no gradient to price",
    "eval/bench/trainer_overhead.py": "the bare loop beside the Trainer's: updates in a row, each waiting for none",
    "eval/bench/transformer/ours.py": "the plan of the Trainer's own step, for the worker that times it",
    "eval/studies/barren_plateaus/measure.py": "how long an estimate of a variance took, by sampling or without",
    "eval/studies/surrogates_of_circuits/measure.py": "how long fitting a surrogate took",
    "scripts": "how long the doctor's checks and downloads took",
}
"""Who may read a clock or ask XLA what a program takes, and of what."""
PRICING = re.compile(r"perf_counter|process_time|time\.time\(|timeit|memory_analysis|cost_analysis|saved_residuals")


def test_nothing_else_counts_or_times():
    sources = [
        path for folder in ("training", "eval", "scripts", "paradigms") for path in (ROOT / folder).rglob("*.py")
    ]
    found = {path.relative_to(ROOT) for path in sources if PRICING.search(path.read_text())}
    strays = [str(path) for path in found if not any(path.is_relative_to(one) for one in ALLOWED)]
    assert not strays, "price a gradient by training.pricing"
    assert all(any(path.is_relative_to(one) for path in found) for one in ALLOWED), "an exception that nobody needs"
