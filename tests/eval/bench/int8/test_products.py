"""The suite with libraries that are none; and that every kernel multiplies whole numbers exactly."""

import importlib
import json

import numpy as np
import pytest
from fake_peer import write_product_peer

from eval.bench.int8 import Config, run
from eval.bench.int8.contenders import FLOAT, IMPLEMENTATIONS, Contender
from eval.bench.int8.rows import ProductTiming
from eval.peers.int8.case import make
from eval.rows import flat, parse
from training.errors import BadInput

ALL = [(name, contender) for name, contenders in IMPLEMENTATIONS.items() for contender in contenders]


def products(inputs, weights):
    """Sums of whole numbers, in Python's own where matrices are multiplied, and pixel by pixel of images."""
    if inputs.ndim == 2:
        pairs = [[zip(row.tolist(), column.tolist(), strict=True) for column in weights.T] for row in inputs]
        return np.array([[sum(one * other for one, other in pair) for pair in row] for row in pairs])
    batch, rows, columns, _ = inputs.shape
    sums = np.zeros((batch, rows, columns, weights.shape[-1]), int)
    for image, row, column, down, right in np.ndindex(batch, rows, columns, 3, 3):
        at = row + down - 1, column + right - 1
        if 0 <= at[0] < rows and 0 <= at[1] < columns:
            sums[image, row, column] += inputs[image, *at].astype(int) @ weights[down, right].astype(int)
    return sums


@pytest.mark.parametrize("product", ["matrix", "convolution"])
def test_a_case_holds_the_product_of_its_whole_numbers(product):
    case = make(product=product, size=8, batch=2, side=3, kernel="any", seed=5)
    inputs, weights = case["inputs"], case["weights"]
    assert inputs.dtype == weights.dtype == np.int8
    assert (inputs.min(), inputs.max(), weights.max()) == (inputs.min(), 127, 127)
    assert inputs.min() >= 0
    assert weights.min() >= -127
    np.testing.assert_array_equal(case["expected"], products(inputs, weights))


@pytest.mark.parametrize(("name", "contender"), ALL, ids=lambda value: getattr(value, "title", ""))
def test_a_kernel_multiplies_exactly_and_finds_out_what_is_wrong(name, contender):
    if contender.is_peer:
        pytest.importorskip(name, reason="it is installed in an environment of its own")
    package = "eval.peers.int8" if contender.is_peer else "eval.bench.int8"
    module = importlib.import_module(f"{package}.{contender.file.stem}")
    case = make(product=contender.product, size=8, batch=1, side=4, kernel=contender.kernel, seed=0)
    step, _ = module.compile(**case)
    assert step() == (0,)
    wrong = case["expected"].copy()
    # More than the step of a kernel that returns bytes.
    wrong.flat[3] += 10_000
    step, _ = module.compile(**(case | {"expected": wrong}))
    assert step() == (1,)


@pytest.fixture
def take_part(tmp_path, monkeypatch):
    """Adds a library that has a kernel of float32 and one of bytes.

    Each takes some time of the processor, and then sleeps; or does what a statement says instead.
    """

    def add(name, *steps):
        kernels = []
        for numbers, given in zip((FLOAT, "int8"), steps, strict=True):
            busy = f"end = time.process_time() + {given}\n        while time.process_time() < end: pass"
            step = given if isinstance(given, str) else f"{busy}\n        time.sleep(0.05)"
            file = write_product_peer(tmp_path / f"{name} {numbers}.py", step=step)
            kernels.append(Contender(name, file, None, f"{name} {numbers}", "matrix", numbers))
        monkeypatch.setitem(IMPLEMENTATIONS, name, tuple(kernels))

    return add


def measured(*names):
    """Rows of a small run, by kernel."""
    tables = list(run(Config(implementations=names, sizes=(8,), channels=(), rounds=2, round_seconds=0.01)))
    rows = [row for table in tables for row in table]
    assert parse(json.loads(json.dumps([flat(row) for row in rows])), (ProductTiming,)) == rows
    return {row.kernel: row for row in rows}


def test_ratios_are_to_the_library_s_own_float32_and_to_the_fastest(take_part):
    take_part("slow", 0.08, 0.04)
    take_part("fast", 0.02, 0.04)
    rows = measured("slow", "fast")
    assert all(row.outcome == "measured" and row.exact for row in rows.values())
    # 40 ms of the processor for 80, and for 20; those that the step sleeps besides are nobody's.
    assert rows["fast float32"].processor_seconds == pytest.approx(0.02, rel=0.3)
    assert rows["fast float32"].step_seconds > 0.05
    assert rows["slow int8"].ratio_to_float32 == pytest.approx(0.5, rel=0.3)
    assert rows["fast int8"].ratio_to_float32 == pytest.approx(2.0, rel=0.3)
    assert rows["slow int8"].ratio_to_fastest_float32 == pytest.approx(2.0, rel=0.3)
    assert rows["slow float32"].ratio_to_fastest_float32 == pytest.approx(4.0, rel=0.3)
    assert rows["fast float32"].ratio_to_fastest_float32 == 1.0
    assert rows["slow float32"].ratio_to_float32 is None


def test_sums_that_are_wrong_or_a_kernel_that_fails_are_no_measurement(take_part):
    take_part("sloppy", 0.001, "wrong = 3")
    take_part("broken", 0.001, "raise ValueError('no such instruction')")
    rows = measured("sloppy", "broken")
    assert rows["sloppy int8"].outcome == "error: 3 sums are not those of whole numbers"
    assert (rows["sloppy int8"].exact, rows["sloppy int8"].step_seconds) == (False, None)
    assert rows["broken int8"].outcome == "failed: ValueError: no such instruction"
    assert rows["broken int8"].exact is None
    assert rows["broken float32"].ratio_to_fastest_float32 is not None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"implementations": ("tvm",)}, r"implementations=\[tvm\] is not one of xla, torch, onnxruntime"),
        ({"implementations": ()}, r"implementations=\[\] must name at least one"),
        ({"sizes": (64, 64)}, r"sizes=\[64,64\] must name at least one, and each once"),
        ({"sizes": (100,)}, r"sizes=\[100\] must be a multiple of 8 from 8 to 8192"),
        ({"channels": (8200,)}, r"channels=\[8200\] must be a multiple of 8 from 8 to 8192"),
        ({"batch": 0}, "batch=0 must be at least 1"),
        ({"side": -1}, "side=-1 must be at least 1"),
        ({"rounds": 0}, "rounds=0 must be positive"),
    ],
)
def test_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**settings)


def test_the_first_kernel_of_each_product_is_that_of_float32():
    for contenders in IMPLEMENTATIONS.values():
        for product in ("matrix", "convolution"):
            numbers = [contender.numbers for contender in contenders if contender.product == product]
            assert numbers[0] == FLOAT
            assert "int8" in numbers[1:]
            assert numbers.count(FLOAT) == 1
