"""Prices of gradients against hand counts and other counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from eval.rows import of
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.counts import measure as count_circuits
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.measure import price_point
from eval.studies.gradient_price.models.pricing import NO_FORWARD_MODE, price_row, shots_a_circuit
from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.models.subjects import Subject, subject
from eval.studies.gradient_price.names import DEPTH, LAYERS, NEURONS, OWN, SNN, STEPS, TRANSFORMER, VQC, WIDTH
from eval.studies.gradient_price.rows import GradientPrice, Series, UnavailableGradient
from paradigms.interface import Cost, Output, Variables, Work
from training.errors import BadInput
from training.gradients import GradientName
from training.pricing import price


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seed": -1}, r"seed=-1 must be 0 or more"),
        ({"model": "my_module"}, r"model=my_module must be MODULE:NAME, as in my_module:build"),
        ({"model_sizes": ()}, r"settings\.model_sizes=\[\] must be at least 1 different numbers"),
        ({"widths": (8, 16, 16, 32)}, r"settings\.widths=\[8, 16, 16, 32\] must be at least 4 different numbers"),
        ({"timed_neurons": (16, 17)}, r"settings\.timed_neurons has \[17\], which settings\.neurons lacks"),
        ({"width": 6}, r"settings\.width=6 and settings\.widths=.* must be multiples of 4"),
        ({"batch": 0}, r"settings\.batch=0 must be at least 1"),
        ({"qubits": (2, 3, 4)}, r"settings\.qubits=\[2, 3, 4\] must be at least 3"),
        ({"timing_seconds": 0.0}, r"settings\.timing_seconds=0\.0 must be positive"),
        ({"knee_factor": 0.5}, r"settings\.knee_factor=0\.5 must be at least 1"),
        ({"error": 1.0}, r"settings\.error=1\.0 must be between 0 and 1"),
        ({"estimator_sizes": -1}, r"settings\.estimator_sizes=-1 must be 0 or more"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


@dataclass(frozen=True)
class Linear:
    """One product, whose operations are counted by hand."""

    features: int
    outputs: int
    name: str = "linear"
    batch_coupled: bool = False
    notes: tuple[str, ...] = ()

    def init(self, key: Any) -> Variables:
        return Variables({"weight": jax.random.normal(key, (self.features, self.outputs))}, {})

    def apply(self, params: Any, state: Any, inputs: Any, *, key: Any, train: bool) -> Output:
        return Output(inputs @ params["weight"], state, jnp.zeros(()), {})

    def weight_decay_mask(self, params: Any) -> Any:
        return {"weight": True}

    def cost(self) -> Cost:
        return Cost(Work(), Work())


def traced(model: Model, estimator: GradientName = "reverse", error: float = 0.1) -> GradientPrice:
    """The row of a gradient of which nothing is compiled."""
    forward = model.forward()
    found = price(model.gradient(estimator, forward), compiled=False)
    one = Series(model.subject.paradigm.name, "as built", estimator, OWN)
    return price_row(one, None, model, price(forward, compiled=False), found, 1.0, error)


def test_operations_and_bytes_of_one_product_by_hand():
    batch, features, outputs = 5, 7, 3
    model = Model(Subject(Linear(features, outputs), jax.ShapeDtypeStruct((batch, features), jnp.float32), batch))
    product, elements = 2 * batch * features * outputs, batch * outputs
    row = traced(model)
    # y = x W, y², its sum, the mean's division, and the penalty, zero, is added.
    forward = product + elements + elements + 1 + 1
    assert row.forward_flops == forward
    # Backwards: one division; 2 y and its product with the cotangent; then dW = xᵀ dy. Nothing is asked for dx.
    assert row.flops == forward + 1 + 2 * elements + product
    # y (or 2 y) is what the reverse pass needs beside x and W, which exist anyway.
    assert row.residual_bytes == 4 * elements
    assert model.gradient_bytes == 4 * features * outputs
    # Forwards along a direction: the tangents of y, of y² and of its sum, and the direction times the slope; then what
    # it takes to draw a normal number, for every parameter.
    least = forward + product + 3 * elements + features * outputs
    along = traced(model, "forward").flops
    assert along is not None
    assert least <= along <= least + 8 * features * outputs
    # Nothing was compiled or timed.
    assert row.call_seconds is row.gradient_seconds is row.turns is row.temp_bytes is row.total_bytes is None


def test_a_transformers_operations_are_those_of_its_products():
    config = Config(batch=2, tokens=4)
    model = Model(subject(TRANSFORMER, "backprop", WIDTH, 256, config))
    cost, row = model.subject.paradigm.cost(), traced(model)
    assert cost.forward.macs is not None
    assert cost.gradient.macs is not None
    # Norms, softmax and GELU are a per cent of a network this wide; the products are counted by hand in ``cost``.
    assert row.forward_flops == pytest.approx(2 * 2 * cost.forward.macs, rel=0.02)
    assert row.flops == pytest.approx(2 * 2 * cost.gradient.macs, rel=0.03)


def test_circuits_are_those_of_pennylanes_tracker():
    layers, config = 2, Config(circuit_qubits=3, circuit_batch=2)
    row = traced(Model(subject(VQC, "parameter_shift", LAYERS, layers, config)))
    counted = count_circuits(FAMILIES[0], 3, layers, tracked_occurrences=100, seed=0)
    assert row.gate_angles == counted.parameters == 18
    assert row.gradient_executions == 2 * 18 == counted.tracked_executions - counted.groups
    assert row.forward_executions == counted.groups == 1
    # ε = 0.1: 50 shots a circuit, N/ε² in all.
    assert shots_a_circuit(0.1) == pytest.approx(50)
    assert row.shots_to_error == pytest.approx(18 / 0.1**2)


def test_what_hardware_cannot_run_has_no_circuits():
    config = Config(circuit_qubits=3, circuit_batch=2)
    for rule in ("adjoint", "backprop"):
        model = Model(subject(VQC, rule, LAYERS, 1, config))
        assert traced(model).gradient_executions is None
        assert traced(model).shots_to_error is None
    assert traced(model, "spsa").gradient_executions == 2
    assert traced(model, "spsa").residual_bytes is None
    without = Model(subject(VQC, "parameter_shift", LAYERS, 1, config))
    assert model.has_forward_mode()
    assert not without.has_forward_mode()
    network = traced(Model(subject(SNN, "bptt", NEURONS, 4, Config(steps=4))))
    assert network.gradient_executions is network.forward_executions is network.gate_angles is None


def test_plain_backpropagation_keeps_bytes_in_proportion_to_time():
    config = Config(batch=2, neurons=(8, 9, 10), timed_neurons=(8, 9))
    kept = [traced(Model(subject(SNN, "bptt", STEPS, steps, config))).residual_bytes or 0 for steps in (40, 80, 160)]
    assert kept[2] - kept[1] == 2 * (kept[1] - kept[0])
    assert kept[1] > 1.9 * kept[0]


def test_axes_stretch_what_they_say():
    config = Config(width=8, batch=2, tokens=4)
    sizes = {blocks: Model(subject(TRANSFORMER, "backprop", DEPTH, blocks, config)).parameters for blocks in (1, 2, 3)}
    assert sizes[3] - sizes[2] == sizes[2] - sizes[1] > 12 * 8**2


def test_a_point_holds_every_rule_and_measures_what_it_should():
    config = Config(
        layers=(1, 2, 3, 4),
        timed_layers=(1, 2),
        shift_layers=(1, 3),
        circuit_qubits=3,
        circuit_batch=2,
        timing_seconds=0.01,
    )
    rows = price_point(VQC, LAYERS, 2, config)
    assert [(row.differentiation, row.gradient) for row in rows] == [
        (rule, estimator)
        for rule in ("backprop", "adjoint", "parameter_shift")
        for estimator in ("reverse", "spsa", "forward")
    ]
    assert {(row.paradigm, row.axis, row.size) for row in rows} == {(VQC, LAYERS, 2)}
    assert of(rows, UnavailableGradient) == [
        UnavailableGradient(
            paradigm=VQC, axis=LAYERS, differentiation="parameter_shift", gradient="forward", size=2,
            reason=NO_FORWARD_MODE,
        )
    ]  # fmt: skip
    reverse = {row.differentiation: row for row in of(rows, GradientPrice) if row.gradient == "reverse"}
    for rule in ("backprop", "adjoint"):
        row = reverse[rule]
        assert row.forward_seconds is not None
        assert row.gradient_seconds is not None
        assert min(row.gradient_seconds, row.forward_seconds) > 0
        assert row.call_seconds is not None
        assert row.call_seconds > 0
        assert row.turns is not None
        assert row.turns >= config.timing_repeats
        assert row.temp_bytes is not None
        assert row.argument_bytes is not None
        assert row.argument_bytes >= 4 * row.parameters
        assert row.total_bytes == row.argument_bytes + row.temp_bytes + 4 * row.parameters
        assert row.forward_temp_bytes is not None
        assert row.forward_total_bytes is not None
        assert row.forward_total_bytes >= row.forward_temp_bytes + 4 * row.parameters
    # None of ``shift_layers``: counted, not timed.
    shifted = reverse["parameter_shift"]
    assert shifted.gradient_seconds is shifted.call_seconds is None
    assert shifted.flops is not None
    assert shifted.forward_flops is not None
    assert shifted.flops > 30 * shifted.forward_flops
