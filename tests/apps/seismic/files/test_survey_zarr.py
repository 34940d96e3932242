"""Surveys as Zarr stores: against Zarr itself, and replaced in one step or not at all."""

import re
import sys

import numpy as np
import pytest
import zarr

from groupsparse.apps.files.zarr_store import check_store
from groupsparse.apps.seismic.files.survey_file import check_survey_output
from groupsparse.apps.seismic.files.survey_zarr import read_zarr, write_zarr

PARTS = ("data", "sample_interval", "offsets", "shots", "traces", "start_time", "dead")


@pytest.fixture
def store(tmp_path, full_survey):
    return write_zarr(tmp_path / "s.zarr", full_survey())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("offsets", [(2,), (2, 3)])
def test_all_parts_come_back(tmp_path, dtype, offsets, full_survey):
    survey = full_survey(dtype=dtype, offsets=offsets)
    path = write_zarr(tmp_path / "s.zarr", survey)
    back = read_zarr(path)
    for name in PARTS:
        np.testing.assert_array_equal(getattr(back, name), getattr(survey, name))
    assert (back.data.dtype, back.source) == (np.dtype(dtype), str(path))
    assert read_zarr(path, sample_interval=0.001).sample_interval == 0.001


def test_zarr_itself_reads_the_same(tmp_path, full_survey):
    survey = full_survey()
    array = zarr.open_array(str(write_zarr(tmp_path / "s.zarr", survey)), mode="r")
    np.testing.assert_array_equal(array[...], survey.data)
    assert array.metadata.zarr_format == 2
    assert dict(array.attrs) == {
        "axes": ["shot", "trace", "time"],
        "sample_interval": 0.004,
        "start_time": -0.1,
        "shots": [7, 9],
        "traces": [10, 11, 12],
        "offsets": survey.offsets.tolist(),
        "dead": [[0, 1], [1, 1]],
        "units": {"sample_interval": "s", "start_time": "s", "offsets": "m"},
    }


@pytest.mark.parametrize(
    ("shape", "dtype", "width"),
    [
        ((2, 3, 20), "float64", 3),
        ((2, 150, 1000), "float64", 65),
        ((2, 150, 1000), "float32", 131),
        ((2, 2, 70000), "float64", 1),
    ],
)
def test_a_chunk_holds_a_megabyte_of_whole_gathers(tmp_path, shape, dtype, width, full_survey):
    path = write_zarr(tmp_path / "s.zarr", full_survey(shape, dtype))
    array = zarr.open_array(str(path), mode="r")
    assert array.chunks == (shape[0], width, shape[2])
    assert array.nchunks_initialized == array.nchunks == -(-shape[1] // width)
    np.testing.assert_array_equal(read_zarr(path).data, full_survey(shape, dtype).data)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("shape", [(2, 12), (2, 4, 3)])
def test_stores_of_other_programs_are_read(tmp_path, zarr_format, shape):
    path, data = tmp_path / "s.zarr", np.arange(24, dtype="i4").reshape(shape)
    zarr.create_array(str(path), data=data, zarr_format=zarr_format).attrs["sample_interval"] = 0.5
    survey = read_zarr(path)
    np.testing.assert_array_equal(survey.data, data.reshape(2, -1, shape[-1]))
    assert (survey.sample_interval, survey.offsets, survey.data.dtype) == (0.5, None, np.float64)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_chunks_that_other_programs_leave_out_hold_the_fill_value(tmp_path, zarr_format):
    path, data = tmp_path / "s.zarr", np.ones((2, 4, 3))
    data[:, 2:] = 0
    array = zarr.create_array(
        str(path), shape=data.shape, chunks=(2, 2, 3), dtype="f8", zarr_format=zarr_format
    )
    array[:, :2] = data[:, :2]
    survey = read_zarr(path, sample_interval=0.002)
    np.testing.assert_array_equal(survey.data, data)
    assert survey.n_dead == 4


@pytest.mark.parametrize("kind", ["file", "folder of files"])
def test_anything_but_a_store_is_never_replaced(tmp_path, contents, kind, full_survey):
    path = tmp_path / "s.zarr"
    if kind != "file":
        path.mkdir()
    (path / "notes.txt" if kind != "file" else path).write_text("mine")
    before = contents()
    for refused in (write_zarr, lambda place, _, **how: check_store(place, **how)):
        with pytest.raises(FileExistsError, match="exists already and is not a Zarr store"):
            refused(path, full_survey(), overwrite=True)
    assert contents() == before


def test_a_store_is_replaced_with_overwrite(store, contents, full_survey):
    before = contents()
    with pytest.raises(FileExistsError, match=r"exists already$"):
        write_zarr(store, full_survey((2, 4, 9)))
    assert contents() == before
    (store / "0.0.99").write_text("of the old store")
    write_zarr(store, full_survey((2, 4, 9)), overwrite=True)
    np.testing.assert_array_equal(read_zarr(store).data, full_survey((2, 4, 9)).data)
    assert not (store / "0.0.99").exists()
    assert [path for path in store.parent.iterdir() if path != store] == []


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failed_write_changes_nothing(store, contents, monkeypatch, error, full_survey):
    before = contents()

    def fails(*_):
        raise error

    monkeypatch.setattr("groupsparse.apps.seismic.files.survey_zarr._list_attributes", fails)
    expected = ValueError if isinstance(error, OSError) else KeyboardInterrupt
    for path in (store, store.parent / "a" / "b" / "new.zarr"):
        with pytest.raises(expected):
            write_zarr(path, full_survey((2, 4, 9)), overwrite=True)
    assert contents() == before


def test_the_old_store_is_restored_if_the_new_one_cannot_replace_it(
    store, contents, monkeypatch, full_survey
):
    import os

    before, replace = contents(), os.replace

    def fails(source, target):
        if target == store and "-new-" in source.name:
            raise PermissionError("not here")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(PermissionError):
        write_zarr(store, full_survey((2, 4, 9)), overwrite=True)
    assert contents() == before


def test_places_that_cannot_be_written_fail_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        check_survey_output(tmp_path / "file" / "s.zarr")


def test_the_error_names_zarr_if_it_is_missing(store, monkeypatch, full_survey):
    monkeypatch.setitem(sys.modules, "zarr", None)
    message = re.escape('zarr is needed for .zarr stores: pip install "groupsparse[dask]"')
    for refused in (lambda: read_zarr(store), lambda: write_zarr(store, full_survey())):
        with pytest.raises(ValueError, match=message):
            refused()


def test_a_broken_zarr_is_not_called_missing(tmp_path, store, monkeypatch):
    # As Zarr 2.18.0 beside numcodecs 0.16.
    package = tmp_path / "broken" / "zarr"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from numcodecs.blosc import no_such_name\n")
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.delitem(sys.modules, "zarr")
    message = "zarr is needed for .zarr stores; it is installed, but importing it failed with"
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_zarr(store)
    assert "numcodecs.blosc" in str(caught.value)


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such directory"):
        read_zarr(tmp_path / "s.zarr")
