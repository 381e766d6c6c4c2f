from __future__ import annotations

import os

import pytest

from training.tracking.durable import replace_durably


def test_content_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "file"
    for content in (b"old", b"", b"new"):
        replace_durably(path, content)
        assert path.read_bytes() == content
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


def test_a_failure_before_the_rename_leaves_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "file"
    replace_durably(path, b"old")

    def fail(*_: object) -> None:
        raise OSError("power lost")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="power lost"):
        replace_durably(path, b"new")
    assert path.read_bytes() == b"old"


def test_the_content_is_on_disk_before_the_rename_and_the_rename_after(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (events.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *names: (events.append("replace"), replace(*names)))
    replace_durably(tmp_path / "file", b"content")
    assert events == ["fsync", "replace", "fsync"]
