"""Damaged and unsuitable Zarr stores: every error names the store."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import zarr

from groupsparse.apps.seismic.files.survey_zarr import read_zarr, write_zarr
from groupsparse.apps.seismic.survey import Survey


def made_survey(shape=(2, 3, 20)):
    """A survey whose second trace of the first shot is dead."""
    data = np.random.default_rng(0).standard_normal(shape)
    data[0, 1] = 0
    return Survey(data, 0.004, offsets=[100.0, 200.0])


def changed(path, name, **values):
    """Change a store's description in JSON."""
    known = json.loads((path / name).read_text())
    (path / name).write_text(json.dumps(known | values))


@pytest.fixture
def store(tmp_path):
    return write_zarr(tmp_path / "s.zarr", made_survey())


def test_a_missing_chunk_is_an_error(tmp_path):
    path = write_zarr(tmp_path / "s.zarr", made_survey((2, 150, 1000)))
    next(path.glob("0.1*")).unlink()
    with pytest.raises(ValueError, match=re.escape(f"{path} is damaged: 1 of 3 chunks are missi")):
        read_zarr(path)


@pytest.mark.parametrize("keep", [0, 7, 30])
def test_a_truncated_chunk_is_an_error(store, keep):
    chunk = next(store.glob("0*"))
    chunk.write_bytes(chunk.read_bytes()[:keep])
    with pytest.raises(ValueError, match=re.escape(f"{store} cannot be read as Zarr")):
        read_zarr(store)


@pytest.mark.parametrize("name", [".zarray", ".zattrs"])
def test_errors_name_truncated_metadata(store, name):
    content = (store / name).read_bytes()
    for length in range(0, len(content) - 2, 9):
        (store / name).write_bytes(content[:length])
        with pytest.raises(ValueError, match=re.escape(str(store))):
            read_zarr(store)


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "|O"},
        {"dtype": "<c16"},
        {"dtype": "<U3"},
        {"dtype": "any"},
        {"shape": [2, 3]},
        {"shape": [0, 3, 20]},
        {"shape": [2, -3, 20]},
        {"shape": [2, 300000, 20]},
        {"chunks": [2, 3]},
        {"compressor": {"id": "unknown"}},
        {"zarr_format": 9},
    ],
)
def test_errors_name_impossible_metadata(store, change):
    changed(store, ".zarray", **change)
    with pytest.raises(ValueError, match=re.escape(str(store))):
        read_zarr(store)


def test_metadata_that_claim_endless_chunks_fail_quickly(store):
    changed(store, ".zarray", shape=[10**9, 10**9, 10**9])
    code = "import sys; from groupsparse.apps.seismic.files.survey_zarr import read_zarr as read\n"
    command = [sys.executable, "-c", code + "read(sys.argv[1])", str(store)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert f"TooLargeError: {store}" in done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sample_interval": None}, "has no attribute sample_interval; give it in seconds"),
        ({"sample_interval": "2 ms"}, "sample_interval (seconds) must be positive"),
        ({"sample_interval": 10**400}, "sample_interval (seconds) must be positive"),
        ({"start_time": None}, "start_time (seconds) must be a finite number"),
        ({"start_time": [0, [1]]}, "start_time"),
        ({"shots": [1, 2, 3]}, "shots must be 2 integers"),
        ({"shots": [[1], 2]}, "shots"),
        ({"traces": [1, 2, 2]}, "traces must differ"),
        ({"offsets": [[1], [2, 3]]}, "offsets"),
        ({"offsets": "far"}, "offsets (metres) must have shape (2,) or (2, 3)"),
        ({"dead": [[2, 0]]}, "out of bounds"),
        ({"dead": [[-1, 0]]}, "dead"),
        ({"dead": [0, 1, 2]}, "cannot be read as Zarr"),
    ],
)
def test_errors_name_attributes_that_do_not_fit(store, change, message):
    changed(store, ".zattrs", **change)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_zarr(store)
    assert str(store) in str(caught.value)


def test_without_attributes_the_axes_are_numbered(store):
    (store / ".zattrs").unlink()
    survey = read_zarr(store, sample_interval=0.002)
    assert (survey.shots.tolist(), survey.traces.tolist()) == ([1, 2], [1, 2, 3])
    assert np.argwhere(survey.dead).tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="has no attribute sample_interval"):
        read_zarr(store)


def test_a_group_is_not_a_survey(tmp_path):
    zarr.create_group(str(tmp_path / "group.zarr"))
    with pytest.raises(ValueError, match=r"group\.zarr cannot be read as Zarr"):
        read_zarr(tmp_path / "group.zarr")
