"""Types and shapes of arguments and results are checked while tests run, with and without arrays among them."""

from __future__ import annotations

import jax.numpy as jnp
import jaxtyping
import pytest
from beartype.roar import BeartypeCallHintViolation

from eval.energy.mapping import Mapping
from eval.statistics.intervals import wilson
from paradigms.quantisers import quantised_weight
from training.errors import BadInput
from training.run.paths import local_path


@pytest.mark.parametrize(
    "call",
    [
        lambda: wilson("two", 3),  # a function without arrays
        lambda: local_path("run_dir", 3),
        lambda: Mapping(on_chip=3),  # a dataclass without arrays
    ],
)
def test_a_wrong_type_is_found(call):
    with pytest.raises(BeartypeCallHintViolation):
        call()


def test_a_wrong_shape_is_found():
    with pytest.raises(jaxtyping.TypeCheckError):
        quantised_weight(jnp.zeros((2, 2), jnp.int32), 4)


def test_what_a_dataclass_refuses_itself_it_refuses_first():
    with pytest.raises(BadInput, match="hops"):
        Mapping(hops=-1.0, on_chip=3)


def test_checks_can_be_switched_off(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    assert Mapping(on_chip=3).on_chip == 3
