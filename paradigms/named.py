"""Objects that a user names on the command line, ``MODULE:NAME``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from paradigms.interface import Unsupported, require


def named(module: str, name: str, kind: str) -> Any:
    """Return the object ``name`` of a module, which is found from the working directory too.

    Args:
        module: The dotted name of the module.
        name: The name of the object.
        kind: What the object should be, in messages: ``a function``.

    Raises:
        Unsupported: There is no such module, or it has no such name.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise Unsupported(f"there is no module {module}; run from the folder that holds it") from error
    require(hasattr(found, name), f"module {module} has no {name}; name {kind} that it defines")
    return getattr(found, name)
