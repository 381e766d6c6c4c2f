"""What the suite refuses, in one sentence and before anything is started."""

import pytest

from eval.bench.snn import Config
from eval.bench.snn.contenders import EXACT
from paradigms.interface import Unsupported
from training.errors import BadInput


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"implementations": ("nengo",)}, r"implementations=\[nengo\] is not one of slax, spyx, .*, gradient-cost"),
        ({"implementations": ()}, r"implementations=\[\] must name at least one"),
        ({"differentiations": ("adjoint",)}, r"differentiations=\[adjoint\] is not one of bptt, packed, checkpointed"),
        ({"differentiations": ("bptt", "bptt")}, r"differentiations=\[bptt,bptt\] must name at least one, and each"),
        ({"further": {"checkpointed": {"stride": 2}}}, r"further\.checkpointed\.stride is not a setting of ours"),
        (
            {"further": {"bptt": {"hidden": [4]}}},
            r"further\.bptt\.hidden is not a setting of ours that the case leaves",
        ),
        ({"further": {"bptt": {"block_steps": "many"}}}, r"further\.bptt\.block_steps=many must be of type int"),
        ({"further": {"bptt": {"detach_reset": 1}}}, r"further\.bptt\.detach_reset=1 must be of type bool"),
        (
            {"further": {"bptt": {"segment_steps": 2.5}}},
            r"further\.bptt\.segment_steps=2\.5 must be of type int \| None",
        ),
        ({"further": {"bptt": 2}}, r"further\.bptt=2 must be a group of settings"),
        ({"further": {"spsa": {}}}, r"further\.spsa is for no row"),
        ({"time_steps": (25, 25)}, r"time_steps=\[25,25\] must name at least one, and each once"),
        ({"time_steps": (0,)}, r"time_steps=\[0\] must be at least 1"),
        ({"input_rates": (0.0,)}, r"input_rates=\[0\.0\] must be above 0 and at most 1"),
        ({"input_rates": (1.5,)}, r"input_rates=\[1\.5\] must be above 0 and at most 1"),
        ({"hidden": ()}, r"hidden=\[\] must list at least one layer"),
        ({"hidden": (4, 0)}, r"hidden=\[0\] must be at least 1"),
        ({"batch": 0}, "batch=0 must be at least 1"),
        ({"outputs": 1}, "outputs=1 must be at least 2"),
        ({"rounds": 0}, "rounds=0 must be positive"),
        ({"seed": -1}, "seed=-1 must be 0 or more"),
    ],
)
def test_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)


def test_the_paradigm_refuses_what_is_its_own():
    with pytest.raises(Unsupported, match=r"paradigm\.surrogate_width=0\.0 must be positive"):
        Config(further={"bptt": {"surrogate_width": 0.0}})


def test_all_our_ways_to_the_exact_gradient_are_rows():
    assert Config().differentiations == EXACT
