"""The commands."""

from scripts.shadowing import require_ours

require_ours()
