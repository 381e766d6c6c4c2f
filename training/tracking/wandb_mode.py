"""Whether wandb can be online, decided before it is asked.

``wandb.init`` retries a server that does not answer for a minute and more, and asks a person without a key for one. So
the key is looked for where wandb itself looks, and the server is given two seconds to answer anything at all.
"""

from __future__ import annotations

import configparser
import http.client
import netrc
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from training.tracking.worker import Worker

PROBE_SECONDS = 2.0
HOST = "https://api.wandb.ai"


@dataclass(frozen=True)
class Mode:
    """What to pass to ``wandb.init``, and why, in words that complete "wandb is offline: "."""

    name: Literal["online", "shared", "offline", "disabled"]
    reason: str


def choose_mode(environ: Mapping[str, str]) -> Mode:
    """Decide from the environment, wandb's settings files, the key and the server; takes two seconds at most.

    ``WANDB_MODE`` (or ``wandb offline``, ``wandb disabled``) is obeyed when it asks for less than online. With
    ``online``, a run without a key or server still goes offline rather than fail.
    """
    wanted = _setting("mode", environ) or "online"
    if wanted == "disabled":
        return Mode("disabled", "its mode is set to disabled")
    if wanted in ("offline", "dryrun"):
        return Mode("offline", f"its mode is set to {wanted}")
    host = (_setting("base_url", environ) or HOST).rstrip("/")
    if not _has_credentials(host, environ):
        return Mode("offline", f"there is no key for {host} (WANDB_API_KEY, or wandb login)")
    if not answers(host, PROBE_SECONDS):
        return Mode("offline", f"{host} did not answer within {PROBE_SECONDS:g} s")
    return Mode("shared" if wanted == "shared" else "online", f"{host} answers")


def answers(url: str, seconds: float) -> bool:
    """Whether the wandb server at ``url`` answers a query, be it with a refusal, directly or by the configured proxy.

    An accepted connection is not enough: in front of a dead server it is accepted, and nothing follows. No key is sent.
    """
    # In a thread of its own, since no timeout bounds the look-up of a name.
    worker = Worker("wandb-probe")
    answered = worker.post(lambda: _ask(f"{url}/graphql", seconds))
    worker.close()
    try:
        return answered.result(seconds)
    except TimeoutError:
        return False


def _ask(url: str, seconds: float) -> bool:
    try:
        query = urllib.request.Request(
            url, data=b'{"query": "{ __typename }"}', headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(query, timeout=seconds).close()
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except urllib.error.URLError as error:
        # A certificate that only wandb's own store knows was still sent by somebody.
        return isinstance(error.reason, ssl.SSLCertVerificationError)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    return True


def _has_credentials(host: str, environ: Mapping[str, str]) -> bool:
    if environ.get("WANDB_API_KEY") or environ.get("WANDB_IDENTITY_TOKEN_FILE") or _setting("api_key", environ):
        return True
    named = environ.get("NETRC")
    for path in [named] if named else ["~/.netrc", "~/_netrc"]:
        try:
            entry = netrc.netrc(os.path.expanduser(path)).authenticators(urlsplit(host).netloc)
        except (OSError, netrc.NetrcParseError):
            continue
        if entry and entry[2]:
            return True
    return False


def _setting(name: str, environ: Mapping[str, str]) -> str | None:
    """A setting by wandb's own order: environment, then the directory's settings file, then the user's."""
    if value := environ.get(f"WANDB_{name.upper()}"):
        return value
    user = Path(os.path.expanduser(environ.get("WANDB_CONFIG_DIR") or "~/.config/wandb"))
    root = Path(environ.get("WANDB_DIR") or ".")
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read([user / "settings", root / "wandb" / "settings", root / ".wandb" / "settings"])
    except (configparser.Error, UnicodeDecodeError):
        return None
    return parser.get("default", name, fallback=None)
