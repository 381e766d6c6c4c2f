"""Operations of answers, held to sums over their tokens and to the numbers of a pilot."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.inference.budget import answer_flops, answers_within, judged_flops, prompt_flops, training_factor
from paradigms.interface import Spec
from paradigms.transformer import Config
from paradigms.transformer.cost import advance_macs, start_macs
from training.errors import BadInput

SPEC = Spec(jax.ShapeDtypeStruct((20,), np.int32), "language", 109)
CONFIGS = [
    Config(width=8, heads=4, layers=3),
    Config(width=8, heads=4, layers=2, key_value_heads=2, feed_forward="swiglu", tied=True),
]
SMALL, LARGE = (Config(width=width, layers=layers, heads=4) for width, layers in ((32, 2), (64, 7)))


@given(st.sampled_from(CONFIGS), st.integers(1, 12), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_an_answer_is_the_sum_of_its_steps(config, prompt, counts):
    found = answer_flops(config, SPEC, prompt, np.array(counts))
    judged = judged_flops(config, SPEC, prompt, np.array(counts))
    for place, count in enumerate(counts):
        steps = [2 * advance_macs(config, SPEC, prompt + step) for step in range(1, count + 1)]
        assert found[place] == sum(steps[:-1])
        readout = 2 * config.width * SPEC.outputs
        assert judged[place] == sum(step - readout for step in steps) + readout
    assert prompt_flops(config, SPEC, prompt) == 2 * start_macs(config, SPEC, prompt)


@pytest.mark.parametrize(("count", "small", "large", "answers"), [(9, 8.9e5, 1.14e7, 23), (13, 1.13e6, 1.44e7, 19)])
def test_the_pilot_s_answers_fit_the_larger_model_s_budget(count, small, large, answers):
    costs = [
        (prompt_flops(config, SPEC, 8), answer_flops(config, SPEC, 8, np.array([count])).item())
        for config in (SMALL, LARGE)
    ]
    assert [once + each for once, each in costs] == pytest.approx([small, large], rel=0.01)
    assert answers_within(sum(costs[1]), *costs[0]) == answers


@given(st.floats(0, 1e6), st.floats(0, 1e3), st.floats(1, 1e3))
def test_no_further_answer_fits(budget, once, each):
    answers = answers_within(budget, once, each)
    assert answers == 0 or once + answers * each <= budget * (1 + 1e-9)
    assert once + (answers + 1) * each > budget * (1 - 1e-9)
    assert answers_within(once + 7 * each, once, each) == 7


def test_what_the_larger_model_s_training_would_pay_for():
    factors = [training_factor(14.0, ratio) for ratio in (0.16, 0.79, 22.0)]
    assert factors == pytest.approx([257.75, 63.37, 15.77], abs=0.005)
    # By operations: what both spend in all is the same. N parameters and D tokens of training are 1, and R = 0.5.
    small = 6 + 2 * 0.5 * training_factor(14.0, 0.5)
    assert small == pytest.approx(14 * (6 + 2 * 0.5))
    with pytest.raises(BadInput, match=r"inference_ratio=0.0 must be above 0"):
        training_factor(14.0, 0.0)
    with pytest.raises(BadInput, match=r"sizes=0.5 must be at least 1"):
        training_factor(0.5, 1.0)
    with pytest.raises(BadInput, match="costs nothing"):
        answers_within(1.0, 0.0, 0.0)
