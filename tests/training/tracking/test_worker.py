from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from training.tracking.worker import Worker


def test_calls_are_made_in_order_elsewhere_and_answered():
    worker = Worker("test")
    made = []
    answers = [worker.post(lambda number=number: made.append(number) or threading.get_ident()) for number in range(50)]
    idents = {answer.result(5) for answer in answers}
    assert made == list(range(50))
    assert len(idents) == 1
    assert threading.get_ident() not in idents
    worker.close()


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_a_failed_call_is_reported_and_the_next_one_is_made(error):
    def fail() -> None:
        raise error

    worker = Worker("test")
    failed, after = worker.post(fail), worker.post(lambda: "after")
    assert failed.exception(5) is error
    assert after.result(5) == "after"
    worker.close()


def test_closing_ends_the_thread_after_the_calls_already_posted():
    worker = Worker("closing")
    last = worker.post(lambda: "made")
    worker.close()
    assert last.result(5) == "made"
    deadline = time.monotonic() + 5
    while any(thread.name == "closing" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the thread is still there"
        time.sleep(0.01)


def test_a_call_that_never_returns_does_not_keep_the_process():
    program = "import time\nfrom training.tracking.worker import Worker\nWorker('x').post(lambda: time.sleep(600))\n"
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert time.monotonic() - begin < 30
