"""The suite with libraries that are none: rows, ratios with their intervals, agreement, faults; and our own update."""

import importlib
import json

import jax
import numpy as np
import pytest
from fake_peer import write_training_peer

from eval.bench.side_by_side.contender import OURS
from eval.bench.transformer import Config, run
from eval.bench.transformer.cases import Size, operations
from eval.bench.transformer.contenders import IMPLEMENTATIONS, Contender
from eval.bench.transformer.ours import nested
from eval.bench.transformer.rows import UpdateTiming
from eval.peers import environments, process
from eval.peers.transformer.case import make
from eval.rows import flat, parse
from paradigms.interface import Spec
from paradigms.transformer import Config as Shape
from paradigms.transformer import build
from training.errors import BadInput

SHAPE = {"layers": 1, "width": 4, "heads": 2, "tokens": 3, "batch": 2}
TINY = {**SHAPE, "vocabularies": (5,), "threads": (1,), "rounds": 3, "round_seconds": 0.01}
OPTIMIZER = {"learning_rate": 1e-2, "weight_decay": 0.1, "clip_norm": 1.0}


@pytest.fixture
def take_part(tmp_path, monkeypatch):
    """Lets a library take part that takes some time of the processor, or does what statements say instead."""

    def add(name, busy=0.0, **statements):
        spent = f"end = time.process_time() + {busy}\n        while time.process_time() < end: pass"
        file = write_training_peer(tmp_path / f"{name}.py", **{"step": spent, **statements})
        monkeypatch.setitem(IMPLEMENTATIONS, name, Contender(name, file, None))

    return add


def measured(*names, **settings):
    tables = list(run(Config(implementations=names, **(TINY | settings))))
    rows = [row for table in tables for row in table]
    assert parse(json.loads(json.dumps([flat(row) for row in rows])), (UpdateTiming,)) == rows
    return {(row.implementation, row.threads, row.vocabulary): row for row in rows}


def test_ours_is_held_against_each_with_an_interval(take_part):
    take_part("torch", 0.06)
    take_part(OURS, 0.03, compile="memory = SimpleNamespace(temp_size_in_bytes=4096)")
    rows = measured("torch", OURS, vocabularies=(5, 6), peak_tflops=1e-3)
    assert list(rows) == [("torch", 1, 5), (OURS, 1, 5), ("torch", 1, 6), (OURS, 1, 6)]
    eager, ours = rows["torch", 1, 5], rows[OURS, 1, 5]
    for low, middle, high in (
        (eager.ratio_low, eager.ratio, eager.ratio_high),
        (eager.cpu_ratio_low, eager.cpu_ratio, eager.cpu_ratio_high),
    ):
        assert low <= middle <= high
    assert eager.cpu_ratio == pytest.approx(0.5, rel=0.3)
    assert (ours.ratio, ours.cpu_ratio) == (None, None)
    assert (ours.temp_bytes, eager.temp_bytes) == (4096, None)
    for row in rows.values():
        assert row.outcome == "measured"
        assert row.tokens_per_second == round(6 / row.step_seconds)
        assert row.page_faults is None or row.page_faults < 100
        done = operations(Size(row.vocabulary), Config(**TINY))
        assert row.tera_operations_per_second == pytest.approx(done / row.step_seconds / 1e12)
        assert row.mfu == pytest.approx(done / row.step_seconds / 1e9)


def test_one_round_has_no_interval_and_a_failure_no_ratio(take_part):
    take_part("torch", compile="raise ValueError('no such layer')")
    take_part("torch-compile")
    take_part(OURS)
    rows = measured("torch", "torch-compile", OURS, rounds=1)
    assert rows["torch", 1, 5].outcome == "failed: ValueError: no such layer"
    assert rows["torch", 1, 5].page_faults is None
    assert rows["torch-compile", 1, 5].step_seconds is not None
    assert rows["torch-compile", 1, 5].ratio is None


@pytest.mark.parametrize("statement", ["loss *= 1.01", "norm *= 0.99", "loss = np.nan"])
def test_who_disagrees_is_an_error(take_part, statement):
    take_part("torch")
    take_part(OURS, step=statement)
    rows = measured("torch", OURS)
    assert rows[OURS, 1, 5].outcome.startswith("error: differs from torch by ")
    assert rows["torch", 1, 5].ratio is None
    assert rows["torch", 1, 5].step_seconds is not None


@pytest.mark.skipif(process.usable_cores() < 2, reason="there is one core")
def test_every_number_of_threads_has_workers_of_its_own(take_part, tmp_path):
    log = f"open({str(tmp_path / 'log')!r}, 'a').write(os.environ['OMP_NUM_THREADS'])"
    take_part(OURS, compile=log)
    assert [row.threads for row in measured(OURS, threads=(2, 1)).values()] == [1, 2]
    assert (tmp_path / "log").read_text() == "12"


def test_more_threads_than_cores_are_not_measured(take_part):
    take_part(OURS)
    row = measured(OURS, threads=(4096,))[OURS, 4096, 5]
    assert row.outcome.startswith("not measured here: 4096 threads need as many cores, and")
    assert row.step_seconds is None


def test_operations_are_counted_by_hand():
    # A token: projections 3 x 16 + 16, feed-forward 2 x 4 x 16, read-out 4 x 5; attention 2 x 3 x 4. Three passes.
    by_hand = 2 * 3 * 2 * 3 * (64 + 128 + 20 + 24)
    assert operations(Size(5), Config(**TINY)) == by_hand


def test_a_case_has_every_parameter_of_ours():
    for layers in (2, 5):
        case = make(seed=0, vocabulary=5, **(SHAPE | {"layers": layers}))
        spec = Spec(jax.ShapeDtypeStruct((3,), np.int32), "language", 5)
        wanted = jax.eval_shape(build(Shape(width=4, layers=layers, heads=2), spec).init, jax.random.key(0)).params
        found = nested(case["weights"], layers)
        assert jax.tree.structure(found) == jax.tree.structure(wanted)
        assert jax.tree.map(np.shape, found) == jax.tree.map(np.shape, wanted)


@pytest.fixture(scope="module")
def curve():
    """Loss and norm of ours over four updates."""
    module = importlib.import_module("eval.bench.transformer.ours")
    step, memory = module.compile(**make(seed=3, vocabulary=5, **SHAPE, **OPTIMIZER))
    assert memory.temp_size_in_bytes > 0
    return [tuple(map(float, step())) for _ in range(4)]


def test_ours_learns_the_batch(curve):
    assert curve[-1][0] < curve[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, True])
def test_torch_makes_the_same_updates(curve, compiled):
    """In its environment, where that is made already: nothing is installed for a test."""
    contender = IMPLEMENTATIONS["torch-compile" if compiled else "torch"]
    environment = contender.environment
    if not (environment.directory(environments.CACHE) / environments.COMPLETE).exists():
        pytest.skip("PyTorch is installed in an environment of its own, by the suite")
    worker = process.Worker(environment.python(print), contender.file)
    try:
        case = {"seed": 3, "vocabulary": 5, **SHAPE, **OPTIMIZER, **dict(contender.settings)}
        worker.request("compile", 600.0, case=case, maker=str(contender.maker))
        outputs = [worker.request("evaluate", 60.0)["outputs"] for _ in range(4)]
    finally:
        worker.close()
    np.testing.assert_allclose(np.squeeze(outputs), curve, rtol=2e-4)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"implementations": ("tinygrad",)}, r"implementations=\[tinygrad\] is not one of torch"),
        ({"threads": (0,)}, r"threads=\[0\] must be at least 1"),
        ({"vocabularies": (1,)}, r"vocabularies=\[1\] must be at least 2 words"),
        ({"vocabularies": ()}, r"vocabularies=\[\] must name at least one"),
        ({"batch": 0}, "batch=0 must be at least 1"),
        ({"heads": 3}, "width=256 must be divisible by twice heads=3"),
        ({"peak_tflops": 0.0}, "peak_tflops=0.0 must be positive"),
        ({"rounds": 0}, "rounds=0 must be positive"),
    ],
)
def test_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)
