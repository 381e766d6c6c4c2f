"""Files and folders of every kind, read through ``task=arrays``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from training.data.own.tables import from_table
from training.data.sets.arrays import load
from training.data.split import Split
from training.errors import BadInput

DRAWN = np.random.default_rng(0)
FEATURES, CLASSES = DRAWN.random((40, 3)), np.arange(40) % 4


def _whole(split: Split) -> tuple[Any, Any]:
    return split.take(np.arange(len(split)))


def _same_examples(data: Any, inputs: np.ndarray, targets: np.ndarray) -> None:
    """Assert that the three parts together hold each of the examples once."""
    parts = [_whole(part) for part in (data.train, data.validation, data.test)]
    found = {(one.tobytes(), int(target)) for part in parts for one, target in zip(*part, strict=True)}
    assert found == {(one.tobytes(), int(target)) for one, target in zip(inputs, targets, strict=True)}
    assert sum(len(part[1]) for part in parts) == len(targets)


def test_an_archive_and_a_folder_of_arrays_hold_the_same(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", inputs=FEATURES, targets=CLASSES)
    folder = tmp_path / "mine"
    folder.mkdir()
    np.save(folder / "inputs.npy", FEATURES)
    np.save(folder / "targets.npy", CLASSES)
    archive, arrays = (load(tmp_path, str(path)) for path in (tmp_path / "mine.npz", folder))
    for one in (archive, arrays):
        _same_examples(one, FEATURES.astype(np.float32), CLASSES)
        assert (one.spec.kind, one.spec.outputs, one.spec.inputs.shape) == ("classification", 4, (3,))
    assert archive.fingerprint == arrays.fingerprint
    assert load(tmp_path, str(folder), seed=1).fingerprint != arrays.fingerprint


def test_the_given_parts_are_kept(tmp_path: Path) -> None:
    split = np.array(["test", "train", "val", "train"] * 10)
    np.savez(tmp_path / "mine.npz", inputs=FEATURES, targets=CLASSES, split=split)
    data = load(tmp_path, str(tmp_path / "mine.npz"))
    np.testing.assert_array_equal(_whole(data.test)[0], FEATURES[split == "test"].astype(np.float32))
    np.testing.assert_array_equal(_whole(data.validation)[1], CLASSES[split == "val"])


def test_a_list_of_events_becomes_recordings(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "mine.npz",
        times=DRAWN.random(400),
        channels=DRAWN.integers(0, 5, 400),
        recordings=np.arange(400) % 40,
        targets=CLASSES,
    )
    data = load(tmp_path, str(tmp_path / "mine.npz"), steps=20)
    assert (data.spec.inputs.shape, data.spec.inputs.dtype) == ((20, 5), np.bool_)
    assert _whole(data.train)[0].sum() > 0


def test_examples_that_both_train_and_test_are_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", inputs=np.repeat(FEATURES[:20], 2, axis=0), targets=np.arange(40) % 2)
    assert "test examples have inputs that train, too" in load(tmp_path, str(tmp_path / "mine.npz")).note


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_is_predicted_from_its_other_columns(suffix: str, tmp_path: Path) -> None:
    names = np.array(["ant", "bee", "cat", "dog"])
    path = tmp_path / f"mine{suffix}"
    if suffix == ".csv":
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["a", "b", "c", "Class"])
            rows.writerows(
                [*map(repr, map(float, row)), names[one]] for row, one in zip(FEATURES, CLASSES, strict=True)
            )
            rows.writerow(["", "1", "2", "ant"])
            rows.writerow(["0", "nan", "2", "ant"])
    else:
        import pyarrow
        import pyarrow.parquet

        columns: dict[str, Any] = {
            name: [*map(float, column), extra]
            for name, column, extra in zip("abc", FEATURES.T, (None, 1.0, 2.0), strict=True)
        }
        columns["Class"] = [*(str(name) for name in names[CLASSES]), "ant"]
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    data = load(tmp_path, str(path))
    _same_examples(data, FEATURES.astype(np.float32), CLASSES)
    assert "Class is predicted from a, b, c" in data.note
    assert "rows have an empty cell and were dropped" in data.note


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(*(st.floats(allow_nan=False, allow_infinity=False),) * 2, st.integers(0, 3)), min_size=1))
def test_numbers_of_a_table_come_back_exactly(rows: list[tuple[float, float, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.csv"
        path.write_text("x;z;y\n" + "".join(f"{a!r};{b!r};{c}\n" for a, b, c in rows))
        found = from_table(path, None)
    np.testing.assert_array_equal(found.inputs, [[a, b] for a, b, _ in rows])
    np.testing.assert_array_equal(found.targets, [c for _, _, c in rows])


@pytest.mark.parametrize(
    ("text", "target", "sentence"),
    [
        ("a,b\n1,2\n", None, "has the columns a, b: say which is predicted, as in task.target=b"),
        ("a,y,label\n1,2,3\n", None, "say which is predicted"),
        ("a,b\n1,2\n", "c", "has no column c: its columns are a, b"),
        ("a,a,y\n1,2,3\n", None, "several columns a"),
        ("a,y\nred,1\n", None, "column a holds the text 'red'"),
        ("a,y\n1\n", None, "line 2 has 1 cells, and the first has 2"),
        ("a,y\n", None, "holds no rows below its names"),
        ("", None, "holds no rows below its names"),
        ("1,2\n3,4\n", None, "begins with numbers: its first line must name the columns"),
        ("y\n1\n", None, "no column beside y"),
        ("a,y\n,1\n", None, "no row without an empty cell: column a is empty in 1 of 1 rows"),
        ("a,b,y\n1,,1\n2,,1\n,,1\n", None, "column b is empty in 3 of 3 rows"),
        ("a,y\n\n1,2\n1,2,3\n", None, "line 4 has 3 cells"),
        ("a,y\n1_0,1\n", None, "holds the text '1_0'"),
        ("a,y\n1000000000000000001,1\n", None, "of more digits than double precision keeps"),
        ("a,y\n1,none\n2,minor\n", None, "column y holds 'none', which may be a class or an empty cell"),
        ('a,y\n1,"ant\n2,bee\n3,"cat\n', None, "cannot be read"),
        ("a,y\n1,\0002\n", None, "holds characters of no text"),
        ("a,split,Split,y\n1,train,train,2\n", None, "the columns split and Split"),
    ],
)
def test_a_table_that_does_not_do_is_refused(text: str, target: str | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=sentence):
        from_table(path, target)


def _images(folder: Path, parts: tuple[str, ...] = ("",), size: tuple[int, int] = (6, 5), mode: str = "L") -> None:
    for part in parts:
        for place, name in enumerate(("cat", "dog")):
            (folder / part / name).mkdir(parents=True)
            for number in range(20):
                shape = size[::-1] if mode == "L" else (*size[::-1], len(mode))
                pixels = DRAWN.integers(0, 100, shape, dtype=np.uint8) + np.uint8(100 * place)
                Image.fromarray(pixels, mode).save(folder / part / name / f"{number}.png")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_images_are_read_by_class(mode: str, tmp_path: Path) -> None:
    _images(tmp_path / "pets", mode=mode)
    (tmp_path / "pets" / "cat" / "notes.txt").write_text("one")
    data = load(tmp_path, str(tmp_path / "pets"))
    assert data.spec.inputs.shape == (5, 6, 1 if mode == "L" else 3)
    for part in (data.train, data.test):
        images, classes = _whole(part)
        np.testing.assert_array_equal(images.mean(axis=(1, 2, 3)) > 0.39, classes == 1)
    assert "files that are no images, passed over: 1" in data.note
    assert ("transparency is dropped" in data.note) == (mode == "RGBA")
    first = np.asarray(Image.open(tmp_path / "pets" / "cat" / "0.png").convert("L" if mode == "L" else "RGB"))
    images = np.concatenate([_whole(part)[0] for part in (data.train, data.validation, data.test)])
    assert (np.abs(images - first.reshape(5, 6, -1) / 255) < 1e-6).all(axis=(1, 2, 3)).any()


def test_folders_of_parts_are_the_parts(tmp_path: Path) -> None:
    _images(tmp_path / "pets", parts=("train", "val", "test"))
    data = load(tmp_path, str(tmp_path / "pets"))
    assert [len(part) for part in (data.train, data.validation, data.test)] == [40, 40, 40]
    assert "parts as given" in data.note


def test_images_are_resampled_where_a_side_is_given(tmp_path: Path) -> None:
    _images(tmp_path / "pets")
    Image.fromarray(np.full((9, 30), 50, np.uint8)).save(tmp_path / "pets" / "cat" / "wide.png")
    with pytest.raises(BadInput, match=r"images of one size are read; resample them with task.side=32, say"):
        load(tmp_path, str(tmp_path / "pets"))
    data = load(tmp_path, str(tmp_path / "pets"), side=4)
    assert data.spec.inputs.shape == (4, 4, 1)
    assert "the middle square of each image is resampled to 4 × 4 pixels" in data.note


def _spoil(folder: Path, what: str) -> None:
    if what == "damaged":
        (folder / "cat" / "0.png").write_bytes((folder / "cat" / "0.png").read_bytes()[:60])
    elif what == "16 bits":
        Image.fromarray(np.zeros((5, 6), np.uint16)).save(folder / "cat" / "0.png")
    elif what == "one class":
        for path in (folder / "dog").iterdir():
            path.unlink()
    else:
        for path in folder.rglob("*.png"):
            path.unlink()


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("damaged", r"0.png cannot be read as an image"),
        ("16 bits", "is an image of mode I;16, and those of 8 bits are read"),
        ("one class", "holds images of 1 classes: put those of each class into a folder of its own"),
        ("none", "holds no images: files that end in"),
    ],
)
def test_images_that_do_not_do_are_refused(what: str, sentence: str, tmp_path: Path) -> None:
    _images(tmp_path / "pets")
    _spoil(tmp_path / "pets", what)
    with pytest.raises(BadInput, match=sentence):
        load(tmp_path, str(tmp_path / "pets"))


def _write(folder: Path, what: str) -> Path:
    path = folder / "mine.npz"
    if what == "objects":
        np.savez(path, inputs=np.array([[1], [1, 2]], dtype=object), targets=CLASSES[:2])
    elif what == "damaged":
        np.savez(path, inputs=FEATURES, targets=CLASSES)
        path.write_bytes(path.read_bytes()[:200])
    elif what == "text":
        path.write_text("a text")
    elif what == "other names":
        np.savez(path, X=FEATURES, y=CLASSES)
    elif what == "too many names":
        np.savez(path, inputs=FEATURES, targets=CLASSES, groups=CLASSES)
    elif what == "lengths":
        np.savez(path, inputs=FEATURES, targets=CLASSES[:-1])
    elif what == "no examples":
        np.savez(path, inputs=FEATURES[:0], targets=CLASSES[:0])
    elif what == "complex":
        np.savez(path, inputs=FEATURES * 1j, targets=CLASSES)
    elif what == "suffix":
        path = folder / "mine.mat"
        path.write_bytes(b"")
    elif what == "empty folder":
        path = folder / "nothing"
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("objects", "holds Python objects, which are not read, since they may run programs"),
        ("damaged", "mine.npz (cannot be read|is damaged)"),
        ("text", "mine.npz (cannot be read|is damaged|holds Python objects)"),
        ("other names", "holds X, y, and must hold inputs and targets .*: there is no inputs"),
        ("too many names", "groups has no meaning here"),
        ("lengths", "targets holds 39 examples and inputs holds 40"),
        ("no examples", "holds no examples"),
        ("complex", "inputs holds complex128: give an array of numbers"),
        ("suffix", r"mine.mat is none of .npz, .csv, .parquet or a folder"),
        ("empty folder", "holds neither arrays .* nor folders of images"),
        ("missing", "mine.npz does not exist"),
    ],
)
def test_files_that_do_not_do_are_refused(what: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=sentence):
        load(tmp_path, str(_write(tmp_path, what)))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"side": 8}, "task.side=8 is for folders of images, and .* is none"),
        ({"target": "y"}, "task.target=y is for tables"),
        ({"steps": 8}, "task.steps=8 is for lists of events"),
    ],
)
def test_options_of_other_formats_are_refused(options: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", inputs=FEATURES, targets=CLASSES)
    with pytest.raises(BadInput, match=sentence):
        load(tmp_path, str(tmp_path / "mine.npz"), **options)


def test_a_path_is_needed(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"say where they are, as in task=arrays path=my.npz"):
        load(tmp_path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_a_table_is_the_same_whatever_ends_its_lines_and_stands_in_its_names(
    begin: str, end: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    lines = ['"length, in mm";Split;y', *(f"{one / 8};{('train', 'test')[one % 2]};{one % 3}" for one in range(40))]
    path.write_bytes((begin + end.join(lines) + end).encode())
    found = from_table(path, None)
    np.testing.assert_array_equal(found.inputs, np.arange(40)[:, None] / 8)
    np.testing.assert_array_equal(found.targets, np.arange(40) % 3)
    assert found.split is not None
    assert found.split[:2].tolist() == ["train", "test"]
    assert found.notes == ("y is predicted from length, in mm",)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__"])
def test_numbers_of_rows_are_not_learned_from(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{name},a,y\n" + "".join(f"{one},{one % 5},{one // 20}\n" for one in range(40)))
    found = from_table(path, None)
    np.testing.assert_array_equal(found.inputs, np.arange(40)[:, None] % 5)
    assert "columns without a name, not read: 1" in found.notes


def test_what_was_dropped_is_told_by_column(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,y\n1,2\nNA,2\n-nan,3\n4,\n")
    told = "3 of 4 rows have an empty cell and were dropped (a: '-nan', 'NA'; y: '')"
    assert told in from_table(path, None).notes


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["7", "007"], ["7", "007"]),
        (["0", "0_1"], ["0", "0_1"]),
        (["9223372036854775808", "-1"], [2.0**63, -1.0]),
        (["100000000000000000000", "1"], [1e20, 1.0]),
        (["0", "1"], [0, 1]),
    ],
)
def test_targets_that_are_written_otherwise_stay_apart(cells: list[str], wanted: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,y\n" + "".join(f"{place},{cell}\n" for place, cell in enumerate(cells)))
    found = from_table(path, None).targets
    assert found.tolist() == wanted
    assert found.dtype == np.array(wanted).dtype


def test_bytes_of_parquet_are_texts(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"a": [1.0, 2.0], "y": [b"cat", b"dog"]}), tmp_path / "mine.parquet")
    assert from_table(tmp_path / "mine.parquet", None).targets.tolist() == ["cat", "dog"]


@pytest.mark.parametrize(
    ("folders", "sentence"),
    [
        (("train/cat", "train/dog", "test/cat", "extras"), "holds test, the name of a part, beside extras"),
        (("cat", "dog", "test"), "holds test, the name of a part, beside cat"),
        (("train", "test"), "is in a folder of a part and in none of a class"),
        (("train/cat", "train/dog", "val/cat", "test"), "is in a folder of a part and in none of a class"),
        (("train/cat", "train", "train/dog", "test/cat"), "is in a folder of a part and in none of a class"),
        (("Train/cat", "training/dog", "test/cat"), "names a part twice"),
        (("val/cat", "test/dog"), "has parts and none to train on"),
        (("train/cat", "train/dog", "test/Cat", "test/dog"), "differ in case or spaces only"),
    ],
)
def test_parts_are_never_taken_for_classes(folders: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    for place, name in enumerate(folders):
        (tmp_path / "pets" / name).mkdir(parents=True, exist_ok=True)
        for number in range(12):
            pixels = np.full((5, 6), 10 * place + number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    with pytest.raises(BadInput, match=sentence):
        load(tmp_path, str(tmp_path / "pets"))


def test_a_folder_without_images_beside_the_parts_is_passed_over(tmp_path: Path) -> None:
    _images(tmp_path / "pets", parts=("train", "test"))
    (tmp_path / "pets" / "notes").mkdir()
    (tmp_path / "pets" / "notes" / "readme.md").write_text("mine")
    assert "parts as given" in load(tmp_path, str(tmp_path / "pets")).note


def test_what_is_lost_of_images_or_passed_over_is_told(tmp_path: Path) -> None:
    _images(tmp_path / "pets")
    cats = tmp_path / "pets" / "cat"
    frames = [Image.fromarray(np.full((5, 6), shade, np.uint8)) for shade in (10, 90)]
    frames[0].save(cats / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].convert("P").save(cats / "through.png", transparency=0)
    frames[0].save(tmp_path / "pets" / "overview.png")
    (tmp_path / "more").mkdir()
    (cats / "more").symlink_to(tmp_path / "more")
    note = load(tmp_path, str(tmp_path / "pets")).note
    for told in (
        "transparency is dropped",
        "images of several frames or pages, of which the first is read: 1",
        "images in the folder of no class, passed over: 1",
        "links to folders within those of the classes, not followed: 1",
    ):
        assert told in note


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright(orientation: int, tmp_path: Path) -> None:
    from PIL import ImageOps

    upright = Image.fromarray(DRAWN.integers(0, 256, (5, 6), dtype=np.uint8))
    tag = Image.Exif()
    tag[0x0112] = orientation
    # Undone by the same tag: 6 and 8 turn a quarter each way, the others are their own inverses.
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    undo = Image.Exif()
    undo[0x0112] = inverse
    written = upright.copy()
    written.info["exif"] = undo.tobytes()
    written = ImageOps.exif_transpose(written)
    _images(tmp_path / "pets")
    for name in ("cat", "dog"):
        written.save(tmp_path / "pets" / name / "held.png", exif=tag)
    data = load(tmp_path, str(tmp_path / "pets"))
    images = np.concatenate([_whole(part)[0] for part in (data.train, data.validation, data.test)])
    assert (np.abs(images[..., 0] - np.asarray(upright) / 255) < 1e-6).all(axis=(1, 2)).sum() == 2
    assert ("images turned upright, as their camera was held: 2" in data.note) == (orientation > 1)
