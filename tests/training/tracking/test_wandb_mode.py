from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from training.tracking.wandb_mode import answers, choose_mode

KEY = "0123456789abcdef" * 3


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home and a working directory in which nobody has used wandb."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def server(request) -> Iterator[str]:
    """An HTTP server that answers every POST with the status ``request.param`` (401 by default)."""
    status = getattr(request, "param", 401)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            assert KEY not in str(self.headers), "the probe must not carry the key"
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def test_without_a_key_it_is_offline_and_no_server_is_asked(home, silent_server):
    begin = time.monotonic()
    mode = choose_mode({"WANDB_BASE_URL": silent_server})
    assert time.monotonic() - begin < 1
    assert mode.name == "offline"
    assert mode.reason == f"there is no key for {silent_server} (WANDB_API_KEY, or wandb login)"
    assert "https://api.wandb.ai" in choose_mode({}).reason


@pytest.mark.parametrize(("wanted", "given"), [("disabled", "disabled"), ("offline", "offline"), ("dryrun", "offline")])
def test_what_asks_for_less_than_online_is_obeyed(home, server, wanted, given):
    environ = {"WANDB_MODE": wanted, "WANDB_BASE_URL": server, "WANDB_API_KEY": KEY}
    assert choose_mode(environ).name == given


@pytest.mark.parametrize("wanted", ["online", "run", None])
def test_with_a_key_and_a_server_that_answers_it_is_online(home, server, wanted):
    environ = {"WANDB_BASE_URL": f"{server}/", "WANDB_API_KEY": KEY} | ({"WANDB_MODE": wanted} if wanted else {})
    assert choose_mode(environ).name == "online"


def test_shared_stays_shared(home, server):
    environ = {"WANDB_MODE": "shared", "WANDB_BASE_URL": server, "WANDB_API_KEY": KEY}
    assert choose_mode(environ).name == "shared"


def test_the_key_may_stand_in_netrc(home, server):
    host = server.removeprefix("http://")
    (home / ".netrc").write_text(f"machine {host}\n  login user\n  password {KEY}\n")
    (home / ".netrc").chmod(0o600)
    assert choose_mode({"WANDB_BASE_URL": server}).name == "online"
    (home / "elsewhere").write_text("machine other.example login user password x\n")
    assert choose_mode({"WANDB_BASE_URL": server, "NETRC": str(home / "elsewhere")}).name == "offline"
    (home / "elsewhere").write_text("neither netrc nor anything else")
    assert choose_mode({"WANDB_BASE_URL": server, "NETRC": str(home / "elsewhere")}).name == "offline"


def test_wandbs_settings_files_are_read_the_nearer_before_the_user_s(home, server):
    user = home / ".config" / "wandb" / "settings"
    user.parent.mkdir(parents=True)
    user.write_text(f"[default]\nbase_url = {server}\nmode = offline\n")
    assert choose_mode({"WANDB_API_KEY": KEY}).reason == "its mode is set to offline"
    near = home / "wandb" / "settings"
    near.parent.mkdir()
    near.write_text("[default]\nmode = online\n")
    assert choose_mode({"WANDB_API_KEY": KEY}).reason == f"{server} answers"
    assert choose_mode({"WANDB_API_KEY": KEY, "WANDB_MODE": "disabled"}).name == "disabled"
    near.write_text("no section\n")
    assert "api.wandb.ai" in choose_mode({}).reason


@pytest.mark.parametrize(
    ("server", "alive"), [(200, True), (401, True), (404, True), (502, False)], indirect=["server"]
)
def test_any_answer_but_a_failure_of_the_server_counts(home, server, alive):
    assert answers(server, 2.0) is alive


def test_a_closed_port_is_known_at_once(home, closed_port):
    begin = time.monotonic()
    mode = choose_mode({"WANDB_BASE_URL": closed_port, "WANDB_API_KEY": KEY})
    assert (mode.name, mode.reason) == ("offline", f"{closed_port} did not answer within 2 s")
    assert time.monotonic() - begin < 1.5


def test_a_server_that_accepts_and_stays_silent_is_given_two_seconds(home, silent_server):
    begin = time.monotonic()
    mode = choose_mode({"WANDB_BASE_URL": silent_server, "WANDB_API_KEY": KEY})
    assert mode.name == "offline"
    assert 1.5 < time.monotonic() - begin < 4


def test_an_address_that_is_none_does_not_answer(home):
    assert not answers("nonsense", 2.0)
    assert not answers("http://[", 2.0)
