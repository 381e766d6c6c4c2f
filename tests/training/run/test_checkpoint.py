"""Checkpoints: whole, exact, and with a way round a damaged one."""

import json
import logging
import signal
import subprocess
import sys
import threading
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import SingleDeviceSharding
from toys import Perceptron

from training.run.checkpoint import Checkpoints
from training.state import init_state

OPTIMIZER = optax.adam(1e-3)


def fresh(seed=0):
    return init_state(Perceptron(), OPTIMIZER, seed)


def shapes_and_shardings():
    like = jax.eval_shape(fresh)
    return like, jax.tree.map(lambda _: SingleDeviceSharding(jax.devices()[0]), like)


def assert_equal(left, right):
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        if jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
            a, b = jax.random.key_data(a), jax.random.key_data(b)
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_round_trip_is_exact_and_keeps_the_newest(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2)
    states = {step: fresh(step) for step in (1, 2, 3)}
    for step, state in states.items():
        checkpoints.save(step, state, {"position": step})
    checkpoints.close()
    assert sorted(int(p.name) for p in (tmp_path / "checkpoints").iterdir() if p.name.isdigit()) == [2, 3]

    restored, problems = Checkpoints(tmp_path / "checkpoints", keep=2).restore_latest(*shapes_and_shardings())
    assert restored is not None
    assert problems == {}
    assert restored[1] == {"position": 3}
    assert_equal(restored[0], states[3])
    # The restored key draws the same numbers.
    assert jax.random.normal(restored[0].key) == jax.random.normal(states[3].key)


def test_what_is_saved_is_the_state_at_the_call_although_it_is_donated_next(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1)
    state, reference = fresh(), fresh()
    overwrite = jax.jit(
        lambda s: jax.tree.map(lambda x: x * 0 - 7 if x.dtype == jnp.float32 else x, s), donate_argnums=0
    )
    checkpoints.save(5, state, {})
    overwrite(state)
    checkpoints.close()
    restored, _ = Checkpoints(tmp_path / "checkpoints", keep=1).restore_latest(*shapes_and_shardings())
    assert restored is not None
    assert_equal(restored[0], reference)


def test_nothing_to_restore(tmp_path):
    assert Checkpoints(tmp_path / "checkpoints", keep=1).restore_latest(*shapes_and_shardings()) == (None, {})


def largest_data_file(directory):
    return max((p for p in directory.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)


def truncate(path: Path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path: Path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def change_a_digest(path: Path):
    digests = next(p for p in (path.parents[k] for k in range(6)) if p.name.isdigit()) / "digests"
    file = largest_data_file(digests)
    values = json.loads(file.read_text())
    values[".params['read']['weight']"] += 1
    file.write_text(json.dumps(values))


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, change_a_digest])
def test_a_damaged_checkpoint_is_reported_and_the_one_before_used(tmp_path, damage):
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=3)
    checkpoints.save(10, fresh(10), {"step": 10})
    checkpoints.save(20, fresh(20), {"step": 20})
    checkpoints.close()
    damage(largest_data_file(tmp_path / "checkpoints" / "20" / "state"))

    again = Checkpoints(tmp_path / "checkpoints", keep=3)
    restored, problems = again.restore_latest(*shapes_and_shardings())
    assert restored is not None
    assert restored[1] == {"step": 10}
    assert_equal(restored[0], fresh(10))
    assert list(problems) == [20]
    (sentence,) = again.set_aside(problems)
    assert sentence.startswith("checkpoint 20 is damaged")
    # The way is free to save that step again.
    again.save(20, fresh(21), {"step": 20})
    again.close()
    restored, problems = Checkpoints(tmp_path / "checkpoints", keep=3).restore_latest(*shapes_and_shardings())
    assert restored is not None
    assert problems == {}
    assert_equal(restored[0], fresh(21))


RESTORE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_checkpoint import Checkpoints, shapes_and_shardings
print(Checkpoints(Path(sys.argv[1]), keep=1).restore_latest(*shapes_and_shardings())[1])
"""


def test_what_is_damaged_is_reported_and_nothing_else_is_said(tmp_path):
    """TensorStore, which goes on reading the other files, would report to an event loop that is closed."""
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1)
    checkpoints.save(5, fresh(), {})
    checkpoints.close()
    for path in (tmp_path / "checkpoints" / "5" / "state").glob("**/d/*"):
        truncate(path)
    here = Path(__file__).parent
    found = subprocess.run(
        [sys.executable, "-c", RESTORE, tmp_path / "checkpoints", here, here.parents[1] / "support"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.startswith("{5: ")
    assert found.stderr == ""


def test_arrays_that_fail_after_the_first_are_not_told_of(tmp_path, caplog):
    """As on a full disk; asyncio logs them, with a traceback each, as soon as they are collected."""
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1)
    checkpoints.save(5, fresh(), {})
    checkpoints.close()
    asyncio = logging.getLogger("asyncio")
    of_orbax = (
        "future: <Task finished coro=<async_serialize() done, defined at /lib/orbax/checkpoint/serialization.py:1>"
    )
    asyncio.error("Task exception was never retrieved\n%s", of_orbax)
    asyncio.error("Task exception was never retrieved\n%s", "future: <Task finished coro=<mine() done>")
    assert [record.getMessage().split("\n")[1] for record in caplog.records if record.name == "asyncio"] == [
        "future: <Task finished coro=<mine() done>"
    ]


def test_a_save_that_is_waited_for_in_vain_is_waited_for_again_and_whole(tmp_path, monkeypatch):
    """As where a second signal comes while a run waits for its last checkpoint."""
    go_on, state = threading.Event(), fresh()
    write = Checkpoints._write

    def slow(checkpoints, *given):
        assert go_on.wait(60)
        write(checkpoints, *given)

    monkeypatch.setattr(Checkpoints, "_write", slow)
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=1)
    checkpoints.save(5, state, {})
    # Workers of pytest-xdist ignore it.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    # To the main thread, so that it wakes one that waits.
    to_main = (threading.main_thread().ident, signal.SIGINT)
    interrupt = threading.Timer(0.2, signal.pthread_kill, to_main)
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        checkpoints.close()
    interrupt.join()
    signal.signal(signal.SIGINT, previous)
    assert not list(tmp_path.rglob("metadata"))
    go_on.set()
    checkpoints.close()
    restored, damaged = Checkpoints(tmp_path / "checkpoints", keep=1).restore_latest(*shapes_and_shardings())
    assert restored is not None
    assert damaged == {}
    assert_equal(restored[0], state)
