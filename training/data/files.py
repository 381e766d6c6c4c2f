"""The files of the data sets: where they are, how they get there, and that they are what they should be."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.errors import BadInput
from training.run.paths import local_path

ENVIRONMENT_VARIABLE = "GRADIENT_COST_DATA"
_DOWNLOAD_TIMEOUT_SECONDS = 10.0  # to connect, and between two pieces; not for the whole file


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    Attributes:
        name: Its path below the data directory, with forward slashes.
        sha256: The SHA-256 of its content, in hexadecimal.
        size: In bytes.
        url: Where it is downloaded from; ``None`` where no host serves it in this form.
        member: Its name in the tar archive at ``url``; ``None`` where ``url`` is the file itself.
    """

    name: str
    sha256: str
    size: int
    url: str | None = None
    member: str | None = None


def data_directory(data_dir: str | os.PathLike[str] | None = None) -> Path:
    """``data_dir``, else the environment variable ``GRADIENT_COST_DATA``, else ``~/.cache/gradient-cost``; absolute."""
    if not data_dir and (found := os.environ.get(ENVIRONMENT_VARIABLE)):
        return local_path(ENVIRONMENT_VARIABLE, found).absolute()
    return local_path("data_dir", data_dir or "~/.cache/gradient-cost").absolute()


def missing_files(files: Sequence[DataFile], root: Path) -> tuple[DataFile, ...]:
    """Those of ``files`` that are not below ``root``; nothing is opened or downloaded."""
    return tuple(file for file in files if _size(root / file.name) is None)


def ensure(files: Sequence[DataFile], root: Path) -> None:
    """Download those of ``files`` that are missing below ``root``, and check the size of all, opening none.

    Raises:
        BadInput: If a file is missing and cannot be downloaded, or has another size than it should.
    """
    missing = missing_files(files, root)
    for url in dict.fromkeys(file.url for file in missing):
        _download(url, [file for file in missing if file.url == url], root)
    for file in files:
        size = _size(root / file.name)
        if size != file.size:
            raise _damaged(file, root, f"has {size} bytes where {file.size} are expected")


def verify(files: Sequence[DataFile], root: Path) -> None:
    """Compare the checksums of ``files``, which are there, without keeping their content.

    Raises:
        BadInput: If a file cannot be read, or its checksum is wrong.
    """
    for file in files:
        try:
            with (root / file.name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise BadInput(f"{root / file.name} cannot be read ({error.strerror}): {_ways_out(file)}") from error
        _require_checksum(found, file, root)


def read(file: DataFile, root: Path) -> bytes:
    """The content of ``file``, downloaded first where it is missing.

    Raises:
        BadInput: If :func:`ensure` raises it; if the file cannot be read, or its checksum is wrong.
    """
    ensure([file], root)
    try:
        content = (root / file.name).read_bytes()
    except OSError as error:
        raise BadInput(f"{root / file.name} cannot be read ({error.strerror}): {_ways_out(file)}") from error
    _require_checksum(hashlib.sha256(content).hexdigest(), file, root)
    return content


def _require_checksum(found: str, file: DataFile, root: Path) -> None:
    if found != file.sha256:
        raise _damaged(file, root, f"has SHA-256 {found} where {file.sha256} is expected")


def decompress(content: bytes, name: str) -> bytes:
    """The content of the gzip file ``name``, from memory.

    Raises:
        BadInput: If it is cut short, or no gzip file.
    """
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise BadInput(f"{name} is no complete gzip file ({error}): delete it, and get it anew") from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadInput(f"{path} cannot be reached ({error.strerror}): choose another data_dir") from error


def _ways_out(file: DataFile) -> str:
    return f"put the file there, or set data_dir or {ENVIRONMENT_VARIABLE} to a folder that holds {file.name}"


def _damaged(file: DataFile, root: Path, finding: str) -> BadInput:
    way_out = "put the original in its place" if file.url is None else "it is then downloaded anew"
    return BadInput(f"{root / file.name} is damaged, since it {finding}: delete it, and {way_out}")


def _download(url: str | None, files: Sequence[DataFile], root: Path) -> None:
    """Fetch ``files``, which are all at ``url``; each appears whole and verified, or not at all."""
    first = files[0]
    if url is None:
        raise BadInput(f"{root / first.name} is missing and no host serves it in this form: {_ways_out(first)}")
    try:
        folder = (root / first.name).parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as workspace:
            fetched = Path(workspace) / "fetched"
            _fetch(url, fetched)
            if first.member is None:
                _verify(fetched.read_bytes(), first)
                os.replace(fetched, root / first.name)
            else:
                _extract(fetched, files, root)
    except (OSError, EOFError, ValueError, tarfile.TarError, zlib.error) as error:
        # ValueError is a wrong checksum; the others carry long texts about sockets, kept in the chained traceback.
        reason = "what came is not the expected file" if isinstance(error, ValueError) else type(error).__name__
        raise BadInput(
            f"{root / first.name} is missing and could not be downloaded from {url} ({reason}): {_ways_out(first)}"
        ) from error


def _fetch(url: str, path: Path) -> None:
    import pooch  # only where something is downloaded

    pooch.get_logger().info("Downloading %s", url)
    pooch.HTTPDownloader(timeout=_DOWNLOAD_TIMEOUT_SECONDS, chunk_size=1 << 16)(url, str(path), None)


def _extract(archive: Path, files: Sequence[DataFile], root: Path) -> None:
    """Place the members named by ``files``, and no other; no name in the archive decides where anything is written."""
    wanted = {file.member: file for file in files}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = wanted.get(member.name)
            content = tar.extractfile(member) if file is not None and member.size == file.size else None
            if file is None or content is None:
                continue
            piece = archive.with_name("piece")
            piece.write_bytes(_verify(content.read(), file))
            (root / file.name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(piece, root / file.name)
            del wanted[member.name]
    if wanted:
        raise ValueError(f"the archive lacks {sorted(map(str, wanted))}, or holds them in another size")


def _verify(content: bytes, file: DataFile) -> bytes:
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"{file.name} has another checksum")
    return content
