"""Where files are looked for, how they are fetched and what is said when they are not right."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from training.data import files
from training.data.files import DataFile
from training.errors import BadInput

CONTENT = b"some bytes"


def data_file(name: str = "set/file.bin", content: bytes = CONTENT, **where: str) -> DataFile:
    return DataFile(name, hashlib.sha256(content).hexdigest(), len(content), **where)


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which a server on this machine offers it."""
    folder = tmp_path / "host"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


def place(root: Path, file: DataFile, content: bytes) -> Path:
    path = root / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_directory_is_the_argument_else_the_variable_else_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GRADIENT_COST_DATA", str(tmp_path / "variable"))
    assert files.data_directory(tmp_path / "argument") == tmp_path / "argument"
    assert files.data_directory("~/own") == tmp_path / "own"
    assert files.data_directory() == files.data_directory("") == tmp_path / "variable"
    monkeypatch.setenv("GRADIENT_COST_DATA", "")
    assert files.data_directory() == tmp_path / ".cache" / "gradient-cost"
    monkeypatch.chdir(tmp_path)
    assert files.data_directory("relative") == tmp_path / "relative"


def test_a_file_in_place_is_read_without_a_host(root: Path) -> None:
    file = data_file(url="http://127.0.0.1:9/never-asked")
    assert files.missing_files([file], root) == (file,)
    place(root, file, CONTENT)
    assert files.missing_files([file], root) == ()
    assert files.read(file, root) == CONTENT


def test_a_missing_file_is_downloaded_once(host: tuple[Path, str], root: Path) -> None:
    folder, url = host
    (folder / "there.bin").write_bytes(CONTENT)
    file = data_file(url=f"{url}/there.bin")
    assert files.read(file, root) == CONTENT
    assert [path.name for path in root.rglob("*")] == ["set", "file.bin"]
    (folder / "there.bin").unlink()
    assert files.read(file, root) == CONTENT


def tar_of(folder: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(folder / "all.tar.gz", "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def test_only_the_named_members_of_an_archive_are_placed(host: tuple[Path, str], root: Path) -> None:
    folder, url = host
    tar_of(folder, {"../evil": b"e", "a.bin": b"first", "extra": b"x", "b.bin": b"second"})
    wanted = [
        data_file(f"set/{name}", content, url=f"{url}/all.tar.gz", member=name)
        for name, content in (("b.bin", b"second"), ("a.bin", b"first"))
    ]
    files.ensure(wanted, root)
    assert [files.read(file, root) for file in wanted] == [b"second", b"first"]
    written = {str(path.relative_to(root.parent)) for path in root.parent.rglob("*") if path.is_file()}
    assert written == {"host/all.tar.gz", "data/set/a.bin", "data/set/b.bin"}


@pytest.mark.parametrize(
    "members",
    [{"other": CONTENT}, {"m": b"less"}, {"m": b"SOME BYTES"}],
    ids=["member missing", "member of another size", "member with other bytes"],
)
def test_a_wrong_archive_leaves_nothing_behind(host: tuple[Path, str], root: Path, members: dict[str, bytes]) -> None:
    folder, url = host
    tar_of(folder, members)
    with pytest.raises(BadInput, match=r"could not be downloaded .*\(what came is not the expected file\)"):
        files.ensure([data_file(url=f"{url}/all.tar.gz", member="m")], root)
    assert [path.name for path in root.rglob("*")] == ["set"]


def test_an_archive_that_is_none_is_refused(host: tuple[Path, str], root: Path) -> None:
    folder, url = host
    (folder / "all.tar.gz").write_bytes(b"no archive")
    with pytest.raises(BadInput, match=r"could not be downloaded .*\(ReadError\)"):
        files.ensure([data_file(url=f"{url}/all.tar.gz", member="m")], root)


@pytest.mark.parametrize(
    ("served", "reason"), [(None, "HTTPError"), (b"SOME BYTES", "what came is not the expected file")]
)
def test_a_failed_download_names_the_file_the_place_and_both_ways_out(
    host: tuple[Path, str], root: Path, served: bytes | None, reason: str
) -> None:
    folder, url = host
    if served is not None:
        (folder / "there.bin").write_bytes(served)
    with pytest.raises(BadInput) as caught:
        files.read(data_file(url=f"{url}/there.bin"), root)
    assert str(caught.value) == (
        f"{root}/set/file.bin is missing and could not be downloaded from {url}/there.bin ({reason}): "
        "put the file there, or set data_dir or GRADIENT_COST_DATA to a folder that holds set/file.bin"
    )
    assert not (root / "set/file.bin").exists()


def test_no_connection_is_said_in_one_sentence(root: Path) -> None:
    with pytest.raises(BadInput, match=r"\(ConnectionError\): put the file there, or set data_dir") as caught:
        files.read(data_file(url="http://127.0.0.1:9/closed"), root)
    assert "\n" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_named(host: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = host
    (folder / "there.bin").write_bytes(CONTENT)
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file, not a folder")
    with pytest.raises(BadInput, match=r"blocked/set/file.bin is missing .*(NotADirectory|FileExists|Permission)Error"):
        files.read(data_file(url=f"{url}/there.bin"), blocked)


def test_a_file_that_nobody_serves_is_asked_for(root: Path) -> None:
    with pytest.raises(BadInput) as caught:
        files.read(data_file(), root)
    assert str(caught.value) == (
        f"{root}/set/file.bin is missing and no host serves it in this form: "
        "put the file there, or set data_dir or GRADIENT_COST_DATA to a folder that holds set/file.bin"
    )


def test_a_wrong_checksum_names_what_was_expected_and_found(root: Path) -> None:
    file = data_file(url="http://127.0.0.1:9/never-asked")
    path = place(root, file, b"SOME BYTES")
    with pytest.raises(BadInput) as caught:
        files.read(file, root)
    found = hashlib.sha256(b"SOME BYTES").hexdigest()
    assert str(caught.value) == (
        f"{path} is damaged, since it has SHA-256 {found} where {file.sha256} is expected: "
        "delete it, and it is then downloaded anew"
    )


def test_a_wrong_size_is_found_without_opening(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = data_file()
    place(root, file, CONTENT[:-1])
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was opened"))
    with pytest.raises(BadInput, match=r"has 9 bytes where 10 are expected: delete it, and put the original in its"):
        files.ensure([file], root)


def test_a_folder_in_the_files_place_is_refused(root: Path) -> None:
    (root / "set/file.bin").mkdir(parents=True)
    size = (root / "set/file.bin").stat().st_size
    file = DataFile("set/file.bin", "0" * 64, size)
    with pytest.raises(BadInput, match=r"cannot be read \(Is a directory\)"):
        files.read(file, root)


@pytest.mark.parametrize("cut", [0, 5, 15, -1])
def test_a_gzip_file_cut_short_is_refused(cut: int) -> None:
    whole = gzip.compress(b"text" * 100)
    assert files.decompress(whole, "x.gz") == b"text" * 100
    if cut == 0:
        whole, cut = b"no gzip at all", 14
    with pytest.raises(BadInput, match=re.escape("x.gz is no complete gzip file")):
        files.decompress(whole[:cut], "x.gz")
