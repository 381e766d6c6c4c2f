"""The trace of a run: operations of the step by their own time, and a run that is as it would be without."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_runs import assert_same_bits, params_of, train

from training.config import TrainerConfig
from training.errors import BadInput
from training.run.profile import NOT_NAMED, Profile, Span, dearest, module_of, own_nanoseconds, read_profile

TEXT = """HloModule jit_step, is_scheduled=true

ENTRY %main (a: f32[2]) -> f32[2] {
  %dot.3 = f32[2]{0} dot(%a, %a), metadata={op_name="jit(step)/jvp/dot_general" stack_frame_id=4}
  ROOT %fusion.1 = f32[2]{0} fusion(%dot.3), kind=kLoop, metadata={op_name="jit(step)/tanh"}
  %while = f32[2]{0} while(%a)
}
"""


def test_an_operation_has_its_own_time_and_its_name_in_jax():
    thread = [Span("while", 0, 100), Span("dot.3", 10, 40), Span("dot.3", 50, 70), Span("fusion.1", 100, 160)]
    other = [Span("fusion.1", 20, 30)]
    assert module_of(TEXT) == "jit_step"
    assert dearest([thread, other], TEXT) == [
        {"operation": "fusion.1", "source": "jit(step)/tanh", "seconds": 70e-9, "share": 70 / 170},
        {"operation": "while", "source": None, "seconds": 50e-9, "share": 50 / 170},
        {"operation": "dot.3", "source": "jit(step)/jvp/dot_general", "seconds": 50e-9, "share": 50 / 170},
    ]
    assert dearest([[]], TEXT) == []
    assert module_of("") is None


@st.composite
def nested(draw, low=0, high=60, depth=0):
    """Spans within [low, high) that lie beside or within each other."""
    spans = []
    while low < high and draw(st.booleans()):
        start = draw(st.integers(low, high - 1))
        end = draw(st.integers(start + 1, high))
        spans.append(Span(draw(st.sampled_from("abc")), start, end))
        if depth < 2:
            spans += draw(nested(start, end, depth + 1))
        low = end
    return spans


@given(nested())
def test_at_every_nanosecond_the_innermost_operation_is_counted(spans):
    expected = Counter()
    for moment in range(60):
        around = [span for span in spans if span.start <= moment < span.end]
        if around:
            # Of spans of one extent the later listed is the inner one.
            expected[min(reversed(around), key=lambda span: span.end - span.start).name] += 1
    found = {name: spent for name, spent in own_nanoseconds(spans).items() if spent}
    assert found == dict(expected)


def test_a_traced_run_is_the_same_run_and_names_its_operations(tmp_path):
    plain = train(tmp_path / "plain")
    traced = train(tmp_path / "traced", trainer={"profile": (5, 8)})
    assert "profile" not in plain
    assert_same_bits(params_of(tmp_path / "traced"), params_of(tmp_path / "plain"))
    assert traced["profile"]["updates"] == [5, 8]
    operations = traced["profile"]["operations"]
    assert 1 <= len(operations) <= 5
    assert [one["share"] for one in operations] == sorted((one["share"] for one in operations), reverse=True)
    assert 0 < sum(one["share"] for one in operations) <= 1 + 1e-9
    assert any("jit(" in (one["source"] or "") for one in operations)
    assert list((tmp_path / "traced" / "profile").rglob("*.xplane.pb"))
    assert json.loads((tmp_path / "traced" / "summary.json").read_text())["profile"] == traced["profile"]
    # Another trace, or none, hinders no resume, and what was found is kept.
    assert train(tmp_path / "traced", resume=True)["profile"] == traced["profile"]


def test_a_trace_that_is_not_come_to_the_end_of_is_ended(tmp_path):
    for _ in range(2):  # JAX refuses a second trace while there is one
        with Profile((1, 3), tmp_path, lambda: TEXT) as profile:
            assert [step for step in range(4) if profile.turns_at(step)] == [1]
            profile.turn(1)
            assert profile.turns_at(3)
    assert read_profile(tmp_path) is None


def test_a_trace_without_operations_of_the_step_says_so(tmp_path):
    with Profile((0, 1), tmp_path, lambda: TEXT) as profile:
        profile.turn(0)
        profile.turn(1)
    assert read_profile(tmp_path) == {"updates": [0, 1], "operations": [], "unavailable": NOT_NAMED}
    (tmp_path / "profile" / "operations.json").write_text("{")
    with pytest.raises(BadInput, match="damaged"):
        read_profile(tmp_path)


def test_a_run_that_goes_on_beyond_the_trace_says_that_there_is_none(tmp_path):
    train(tmp_path / "run", steps=6)
    summary = train(tmp_path / "run", resume=True, trainer={"profile": (3, 5)})
    assert "profile" not in summary
    assert "trainer.profile=[3,5] was not traced: the run goes on from update 6" in summary["notes"]
    traced = train(tmp_path / "traced", trainer={"profile": (3, 5)})
    again = train(tmp_path / "traced", resume=True, trainer={"profile": (3, 5)})
    assert again["profile"] == traced["profile"]
    assert not any("not traced" in note for note in again["notes"])


@pytest.mark.parametrize("updates", [(3, 3), (5, 2), (-1, 2), (4, 13), (4,), (1, 2, 3)])
def test_updates_that_a_run_does_not_have_are_refused(updates):
    with pytest.raises(BadInput, match=r"trainer\.profile=\[.*trainer\.steps=12"):
        TrainerConfig(steps=12, profile=updates)
