"""The commands, each a file; what they share lies in folders of its own."""

from scripts.installation.shadowing import require_ours

require_ours()
