"""An address is no path of this machine, however pathlib reads it."""

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.files import data_directory
from training.errors import BadInput
from training.run.paths import local_path
from training.run.run_directory import open_run_directory

schemes = st.sampled_from(["gs", "s3", "hdfs", "file", "abfss", "s3a", "http", "HTTPS", "git+ssh"])
names = st.text(string.ascii_letters + string.digits + "-_. ~", min_size=1)


@settings(deadline=None)
@given(schemes, st.lists(names, min_size=1, max_size=3), st.booleans())
def test_every_address_is_refused_by_its_setting(scheme, parts, as_path):
    address = f"{scheme}://{'/'.join(parts)}"
    given_path = Path(address) if as_path else address
    with pytest.raises(BadInput, match=r"^run_dir=.* is an address, and only paths of this machine") as refusal:
        local_path("run_dir", given_path)
    assert f"run_dir={given_path} " in str(refusal.value)


@settings(deadline=None)
@given(st.lists(names, min_size=1, max_size=3), st.sampled_from(["", "/", "./", "../", "C:/", "a:b/", "1:/"]))
def test_every_other_path_is_taken_as_it_stands(parts, start):
    path = start + "/".join(part.replace("~", "_") for part in parts)
    assert local_path("run_dir", path) == Path(path)


@pytest.mark.parametrize("setting", ["run_dir", "data_dir"])
def test_an_empty_path_is_not_the_working_directory(setting):
    with pytest.raises(BadInput, match=f"^{setting}= is empty: give a path, or leave {setting} out$"):
        local_path(setting, "")


def test_home_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert local_path("run_dir", "~/runs") == tmp_path / "runs"


@pytest.mark.parametrize("address", ["gs://bucket/run", Path("gs://bucket/run")])
def test_nothing_is_made_of_an_address(address, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"run_dir=gs:/+bucket/run is an address"):
        open_run_directory(address, {}, False, ()).__enter__()
    with pytest.raises(BadInput, match=r"data_dir=gs:/+bucket/run is an address"):
        data_directory(address)
    monkeypatch.setenv("GRADIENT_COST_DATA", "gs://bucket/data")
    with pytest.raises(BadInput, match="GRADIENT_COST_DATA=gs://bucket/data is an address"):
        data_directory()
    assert list(tmp_path.iterdir()) == []
