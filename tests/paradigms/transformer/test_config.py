"""Settings that cannot work are refused with a sentence."""

from __future__ import annotations

import jaxtyping
import pytest

from paradigms.interface import Unsupported
from paradigms.transformer import Config


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"layers": 0}, "paradigm.layers=0 must be at least 1"),
        ({"width": -4}, "paradigm.width=-4 must be at least 1"),
        ({"heads": 3}, "paradigm.heads=3 must divide paradigm.width=64"),
        ({"hidden": 0}, "paradigm.hidden=0 must be at least 1, or null"),
        ({"patch": 0}, "paradigm.patch=0 must be at least 1, or null"),
        ({"event_patch": 0}, "paradigm.event_patch=0 must be at least 1"),
        ({"text_start": -1}, "paradigm.text_start=-1 must be the number of a token, or null"),
        ({"text_start": True}, "paradigm.text_start=True must be the number of a token, or null"),
        ({"dropout": 1.0}, r"paradigm.dropout=1.0 must be in \[0, 1\)"),
        ({"key_value_heads": 3}, "paradigm.key_value_heads=3 must divide paradigm.heads=4, or be null"),
        ({"key_value_heads": 0}, "paradigm.key_value_heads=0 must divide"),
        ({"rotary_base": 1.0}, "paradigm.rotary_base=1.0 must be a finite number above 1"),
        ({"norm_epsilon": 0.0}, "paradigm.norm_epsilon=0.0 must be between 0 and 1"),
        ({"remat_policy": "linear"}, "paradigm.differentiation=backprop recomputes nothing: use differentiation=check"),
        ({"compute": "bfloat16", "quantisation": "w8a8"}, "paradigm.compute=bfloat16 and paradigm.quantisation=w8a8"),
        ({"readout_pieces": 0}, "paradigm.readout_pieces=0 must be at least 1, or null"),
        ({"readout_pieces": 2, "quantisation": "w8a8"}, "paradigm.readout_pieces=2 and paradigm.quantisation=w8a8"),
        ({"tied": True, "quantisation": "w8a8"}, "paradigm.tied=true and paradigm.quantisation=w8a8 exclude"),
    ],
)
def test_bad_values_are_refused(values: dict, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        Config(**values)


def test_positions_follow_the_kind_unless_chosen() -> None:
    assert Config().positions_for("language") == "rotary"
    assert Config().positions_for("classification") == "learned"
    assert Config(positions="rotary").positions_for("classification") == "rotary"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"positions": "sines"}, "paradigm.positions=sines must be one of rotary, learned"),
        ({"norm": "batch"}, "paradigm.norm=batch must be one of layer, rms"),
        ({"feed_forward": "relu"}, "paradigm.feed_forward=relu must be one of gelu, swiglu"),
        ({"remat_policy": "all"}, "paradigm.remat_policy=all must be one of linear, products, or null"),
        ({"compute": "float16"}, "paradigm.compute=float16 must be one of bfloat16, or null"),
        ({"differentiation": "spsa"}, "paradigm.differentiation=spsa must be one of backprop, checkpointed"),
    ],
)
def test_unknown_choices_are_refused(values: dict, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Outside the tests nothing checks the annotations.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(Unsupported, match=sentence):
        Config(**values)
