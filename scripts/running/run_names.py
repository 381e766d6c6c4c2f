"""Names for runs that were given none."""

from __future__ import annotations

import datetime
import secrets
from pathlib import Path


def unique_run_directory(*parts: str) -> Path:
    """``runs/<parts>-<local time>-<4 random hexadecimal digits>``: unique to a job, also in a parallel sweep."""
    moment = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path("runs") / "-".join((*parts, moment, secrets.token_hex(2)))
