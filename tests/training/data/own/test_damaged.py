"""Whatever bytes a file holds, it is read or refused, and memory is taken for what is there only."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from training.data.own import room
from training.data.sets.arrays import load
from training.errors import BadInput
from training.tasks import from_iterable

CLASSES = np.arange(40) % 4
FEATURES = np.random.default_rng(0).random((40, 3))


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _header(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    return file.getvalue()


def _zip(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def _archive(path: Path, compressed: bool = False) -> None:
    (np.savez_compressed if compressed else np.savez)(path, inputs=FEATURES, targets=CLASSES)


def _parquet(path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    texts = [f"class {one}" for one in CLASSES]
    pyarrow.parquet.write_table(pyarrow.table({"a": FEATURES[:, 0], "y": texts}), path)


def _image(path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 6), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


WRITERS: dict[str, Callable[[Path], None]] = {
    "stored.npz": _archive,
    "packed.npz": lambda path: _archive(path, compressed=True),
    "folder/inputs.npy": lambda path: np.save(path, FEATURES),
    "table.parquet": _parquet,
    "table.csv": lambda path: path.write_text("a,y\n" + "1.5,ant\n2.5,bee\n" * 20) and None,
    **{f"images/cat/{kind}.{kind}": _image for kind in ("png", "jpg", "gif", "bmp", "tif", "webp", "pgm")},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of each kind, and what stands beside it."""
    folder = tmp_path_factory.mktemp("files")
    for name in ("folder", "images/cat", "images/dog"):
        (folder / name).mkdir(parents=True)
    np.save(folder / "folder" / "targets.npy", CLASSES)
    for number in range(12):
        _image(folder / "images" / "dog" / f"{number}.png")
    for name, write in WRITERS.items():
        write(folder / name)
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(name: str, files: Path, data: st.DataObject) -> None:
    whole = (files / name).read_bytes()
    # Headers are at the beginning, and those of archives and tables at the end.
    place = st.integers(0, min(len(whole), 300) - 1) | st.integers(-min(len(whole), 300), -1)
    changed = bytearray(whole)
    for at, byte in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=6)):
        changed[at] = byte
    (files / name).write_bytes(changed[: data.draw(st.just(len(whole)) | st.integers(0, len(whole)))])
    try:
        load(files, str(files / name.split("/")[0]), side=4 if name.startswith("images") else None)
    except BadInput:
        pass
    finally:
        (files / name).write_bytes(whole)


@pytest.mark.parametrize("shape", [(10**12, 4), (10**30, 4), (2**62, 2**62), (-1, 4)])
@pytest.mark.parametrize("where", ["archive", "folder"])
def test_no_memory_is_taken_for_what_a_header_says_alone(where: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    content = _header(shape) + bytes(64)
    if where == "archive":
        path = tmp_path / "mine.npz"
        _zip(path, inputs=content, targets=_npy(CLASSES))
    else:
        path = tmp_path / "mine"
        path.mkdir()
        (path / "inputs.npy").write_bytes(content)
        np.save(path / "targets.npy", CLASSES)
    with pytest.raises(BadInput, match=r"cannot be read \(an array of the shape"):
        load(tmp_path, str(path))


def _table(folder: Path, suffix: str) -> Path:
    path = folder / f"mine{suffix}"
    if suffix == ".csv":
        path.write_text("a,y\n" + "1,2\n" * 4000)
    elif suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table({"a": np.zeros(4000, np.int8), "y": np.zeros(4000, np.int8)}), path)
    elif suffix == ".npz":
        np.savez_compressed(path, inputs=np.zeros((40, 4000)), targets=CLASSES)
    else:
        path.mkdir()
        np.save(path / "inputs.npy", np.zeros((40, 4000)))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz", ""])
def test_what_would_not_fit_is_refused_before_it_is_read(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _table(tmp_path, suffix)
    monkeypatch.setattr(room, "capacity_bytes", lambda devices: 20_000)
    with pytest.raises(BadInput, match=r"(the cells|the arrays) of .* bytes, and 10,000 may be used here"):
        load(tmp_path, str(path))


def test_examples_without_an_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "capacity_bytes", lambda devices: 2**29)

    def endless() -> Any:
        number = 0
        while True:
            yield np.zeros(2**20), number % 2
            number += 1

    with pytest.raises(
        BadInput, match=r"the first .* of the examples take .*: give fewer, and of an iterable that ends"
    ):
        from_iterable(endless())


def _strange(folder: Path, what: str) -> Path:
    path = folder / "mine.npz"
    if what == "array":
        path.write_bytes(_npy(FEATURES))
    elif what == "text member":
        _archive(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("README.txt", "mine")
    elif what == "twice":
        _archive(path)
        with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings(action="ignore"):
            archive.writestr("inputs.npy", _npy(FEATURES))
    elif what == "bytes":
        np.savez(path, inputs=FEATURES, targets=np.array([b"\xe9", b"b"] * 20))
    elif what == "folder as array":
        path = folder / "arrays"
        (path / "inputs.npy").mkdir(parents=True)
    elif what == "pipe":
        path = folder / "mine.csv"
        os.mkfifo(path)
    elif what == "device":
        path = folder / "zero.csv"
        path.symlink_to("/dev/zero")
    elif what == "pipe as image":
        path = folder / "images"
        for name in ("cat", "dog"):
            (path / name).mkdir(parents=True)
            _image(path / name / "0.png")
        os.mkfifo(path / "dog" / "1.png")
    return path


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("array", "mine.npz is one array, as numpy.save writes it: use numpy.savez"),
        ("text member", "holds README.txt, which is no array"),
        ("twice", "holds inputs.npy twice"),
        ("bytes", r"targets holds b'\\xe9', which is no UTF-8"),
        ("folder as array", "inputs.npy is no regular file"),
        ("pipe", "mine.csv is a device or a pipe"),
        ("device", "zero.csv is a device or a pipe"),
        ("pipe as image", "1.png is a device or a pipe: take it out"),
    ],
)
def test_what_is_no_file_of_its_kind_is_refused(what: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=sentence):
        load(tmp_path, str(_strange(tmp_path, what)))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "path= is empty"),
        ("~nobody-of-this-name/mine.npz", "~nobody-of-this-name has no home on this machine"),
        ("a" * 5000, "does not exist"),
        ("a\0b", "does not exist"),
    ],
)
def test_a_path_that_names_nothing_is_refused(path: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=sentence):
        load(tmp_path, path)


def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(folder: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", locked)
    with pytest.raises(BadInput, match=r"cannot be read .*Permission denied"):
        load(tmp_path, str(tmp_path))
