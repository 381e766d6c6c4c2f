"""``arrays``: data of the user's own, from a file or a folder.

``.npz`` archives and folders of ``.npy`` files (``inputs``, ``targets`` and optionally ``split``; or a list of events,
``times``, ``channels``, ``recordings``, ``targets``), tables (``.csv``, ``.parquet``) and folders of images by class.
"""

from __future__ import annotations

import os
from pathlib import Path

from training.data.own.archives import from_archive, from_arrays_in
from training.data.own.data_set import Reading, data_set
from training.data.own.examples import Examples
from training.data.own.inputs import Form, Scaling
from training.data.own.labels import TargetKind
from training.data.own.tables import from_table
from training.data.split import DataSet
from training.errors import BadInput
from training.run.paths import local_path

FILES = ()
_TABLES = (".csv", ".parquet")


def load(
    root: Path,
    path: str | None = None,
    kind: TargetKind | None = None,
    form: Form | None = None,
    scaling: Scaling | None = None,
    target: str | None = None,
    steps: int | None = None,
    side: int | None = None,
    seed: int = 0,
) -> DataSet:
    """Read examples of the user's own and say what they are. Nothing is read from ``root``.

    Args:
        root: Where the data sets are that come with the project.
        path: The file or the folder.
        kind: What targets are; read off their type where it is plain.
        form: What inputs are; read off their shape and type where it is plain.
        scaling: What is done to inputs; real numbers outside of [0, 1] are scaled to it by default.
        target: The column of a table that is predicted.
        steps: Time steps that events are sorted into.
        side: Side of the square that images are resampled to, in pixels.
        seed: The seed of the parts that are drawn.

    Raises:
        BadInput: There is no such file, or it is a device; it cannot be read; it may be understood in two ways, or in
            none.
    """
    if path is None:
        raise BadInput("task=arrays reads data of your own: say where they are, as in task=arrays path=my.npz")
    if not path:
        raise BadInput("path= is empty: give a file (.npz, .csv, .parquet) or a folder, and path=. for this one")
    found = local_path("path", path)
    # Where a name is too long for a file system, Path.exists raises an error.
    if not os.path.exists(found):
        raise BadInput(f"path={path} does not exist: give a file (.npz, .csv, .parquet) or a folder")
    if not (found.is_dir() or found.is_file()):
        raise BadInput(f"path={path} is a device or a pipe: give a file (.npz, .csv, .parquet) or a folder")
    try:
        examples = _read(found, target, steps, side)
    except OSError as error:
        raise BadInput(f"path={path} cannot be read ({error}): see that it may be") from error
    return data_set(examples, Reading(kind, form, scaling, seed))


def _read(path: Path, target: str | None, steps: int | None, side: int | None) -> Examples:
    """Read whichever of the formats it is, and refuse the options of the others."""
    suffix = path.suffix.lower()
    images = path.is_dir() and not any(path.glob("*.npy"))
    for name, value, fits in (("target", target, suffix in _TABLES and path.is_file()), ("side", side, images)):
        if value is not None and not fits:
            what = "tables (.csv, .parquet)" if name == "target" else "folders of images"
            raise BadInput(f"task.{name}={value} is for {what}, and {path} is none: leave it out")
    if steps is not None and (images or suffix in _TABLES):
        raise BadInput(f"task.steps={steps} is for lists of events, and {path} is none: leave it out")
    if images:
        from training.data.own.image_folders import from_image_folder

        return from_image_folder(path, side)
    if path.is_dir():
        return from_arrays_in(path, steps)
    if suffix == ".npz":
        return from_archive(path, steps)
    if suffix in _TABLES:
        return from_table(path, target)
    raise BadInput(
        f"{path} is none of .npz, .csv, .parquet or a folder: use numpy.savez(path, inputs=..., targets=...)"
    )
