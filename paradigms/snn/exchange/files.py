"""NIR graphs in files."""

from __future__ import annotations

from pathlib import Path

import nir

from paradigms.interface import Unsupported, require


def read_graph(setting: str, path: Path) -> nir.NIRGraph:
    """Read a graph that this project or another library wrote with ``nir.write``.

    Args:
        setting: What the path was given as, in messages: ``model``.
        path: The file.

    Raises:
        Unsupported: There is no such file, or it holds no graph.
    """
    require(path.is_file(), f"{setting}={path} does not exist: give a file that was written with nir.write")
    try:
        return nir.read(path)
    except Exception as error:  # whatever h5py and NIR's own constructors meet in a file that is none
        raise Unsupported(f"{setting}={path} is no NIR file ({type(error).__name__}): write it anew") from error
