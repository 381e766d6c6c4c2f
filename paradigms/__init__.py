"""What is trained: each folder here with a ``config.py`` is a paradigm.

It offers ``Config``, a frozen dataclass; ``build(config, spec) -> Paradigm``; ``SMALLEST``, a configuration whose
gradient compiles in a few seconds; and, to be compared at equal size, ``resized(config, count, target)``, which yields
configurations about a wanted number of parameters.
"""

from pathlib import Path

CUSTOM = "custom"
"""The name by which a model of the user's own is chosen; it has no size and no smallest configuration of ours."""
NAMES = tuple(
    sorted({found.parent.name for found in Path(__file__).parent.glob("*/config.py")} - {CUSTOM}),
)
"""The name of every paradigm, imported only when it is chosen."""
