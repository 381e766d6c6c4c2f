"""A command goes on when nobody takes what it prints, and no file gets the number of a stream that was closed."""

import os
import subprocess
import sys

import pytest

PRINTS = """
import sys
from training.run.streams import outlive_readers
outlive_readers()
for number in range(100_000):
    print("a line", number)
print("one", "more", file=sys.stderr)
with open(sys.argv[1], "w") as file:
    file.write(f"done, {file.fileno()}")
"""
SHELL = {
    "a reader that leaves": "| head -n 1",
    "none from the start": "| true",
    "a full disk": "> /dev/full",
    "closed": ">&-",
    "both closed": ">&- 2>&-",
    "all closed": "<&- >&- 2>&-",
    "errors to a full disk": "2> /dev/full > /dev/null",
}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "-u"])
@pytest.mark.parametrize("where", SHELL)
def test_what_nobody_takes_is_dropped_and_the_process_goes_on(tmp_path, where, unbuffered):
    (tmp_path / "prints.py").write_text(PRINTS)
    line = f"{sys.executable} {unbuffered} prints.py done.txt {SHELL[where]}; exit ${{PIPESTATUS[0]}}"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    said, number = (tmp_path / "done.txt").read_text().split(", ")
    assert said == "done"
    assert int(number) > 2, "the file has the number of a stream"
    reason = {"| ": "Broken pipe", "> ": "No space left on device"}.get(SHELL[where][:2])
    lines = ended.stderr.splitlines()
    if reason is not None:
        assert lines.pop(0) == f"note: standard output takes no more ({reason}); this goes on without it"
    assert lines == ([] if "2>" in SHELL[where] else ["one more"])


def test_streams_of_the_callers_own_are_left_alone():
    program = (
        "import io, sys; sys.stdout = mine = io.StringIO(); "
        "from training.run.streams import outlive_readers; outlive_readers(); "
        "assert sys.stdout is mine; sys.stderr.write('ä')"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "latin-1"}
    ended = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True)
    assert (ended.returncode, ended.stderr) == (0, "ä".encode("latin-1"))
