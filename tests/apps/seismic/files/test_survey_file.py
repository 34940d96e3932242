"""Surveys in NumPy files: they are read back as written, and no existing file is lost."""

import re
import sys

import numpy as np
import pytest

from groupsparse.apps.seismic.files.survey_file import (
    FORMATS,
    check_survey_output,
    read_survey,
    write_survey,
)
from groupsparse.apps.seismic.survey import Survey

NUMPY = (".npz", ".npy")
PARTS = ("data", "sample_interval", "offsets", "shots", "traces", "start_time", "dead")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("offsets", [(2,), (2, 3)])
def test_npz_keeps_all_parts(tmp_path, dtype, offsets, full_survey):
    survey = full_survey(dtype=dtype, offsets=offsets)
    path = write_survey(tmp_path / "s.npz", survey)
    with np.load(path) as file:
        assert set(file) == set(PARTS)
        for name in PARTS:
            np.testing.assert_array_equal(file[name], getattr(survey, name))
    back = read_survey(path)
    for name in PARTS:
        np.testing.assert_array_equal(getattr(back, name), getattr(survey, name))
    assert (back.data.dtype, back.source) == (np.dtype(dtype), str(path))


def test_npz_omits_unknown_offsets(tmp_path):
    path = write_survey(tmp_path / "s.npz", Survey(np.eye(3), 0.002))
    with np.load(path) as file:
        assert "offsets" not in file
    assert read_survey(path).offsets is None


@pytest.mark.parametrize("suffix", NUMPY)
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8", "f2", "i2", "u1", "?"])
@pytest.mark.parametrize("shape", [(2, 30), (2, 3, 10)])
def test_arrays_saved_with_numpy_are_read(tmp_path, suffix, dtype, shape):
    values = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    path = tmp_path / f"s{suffix.upper()}"
    with path.open("wb") as file:
        if suffix == ".npy":
            np.save(file, np.asfortranarray(values))
        else:
            np.savez_compressed(file, data=np.asfortranarray(values), sample_interval=0.002)
    back = read_survey(path, sample_interval=0.002)
    np.testing.assert_array_equal(back.data, values.reshape(2, -1, shape[-1]))
    single = np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize < 8
    assert back.data.dtype == (np.float32 if single else np.float64)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_npy_holds_only_the_samples(tmp_path, dtype, full_survey):
    survey = full_survey(dtype=dtype)
    path = write_survey(tmp_path / "s.npy", survey)
    written = np.load(path)
    np.testing.assert_array_equal(written, survey.data)
    assert written.dtype == dtype
    with pytest.raises(ValueError, match=re.escape(f"{path} has no sample interval")):
        read_survey(path)
    assert read_survey(path, sample_interval=0.001).sample_interval == 0.001


def test_a_given_sample_interval_replaces_that_of_the_file(tmp_path, full_survey):
    path = write_survey(tmp_path / "s.npz", full_survey())
    assert read_survey(path).sample_interval == 0.004
    assert read_survey(path, sample_interval=0.001).sample_interval == 0.001


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".zarr"])
def test_nothing_is_replaced_without_overwrite(tmp_path, contents, suffix, full_survey):
    path, survey = tmp_path / "new" / f"s{suffix}", full_survey()
    write_survey(path, survey)
    before = contents()
    for refused in (write_survey, lambda place, one: check_survey_output(place, survey=one)):
        with pytest.raises(FileExistsError, match=re.escape(str(path))):
            refused(path, survey)
    assert contents() == before
    other = survey.with_data(survey.data + 1)
    check_survey_output(path, overwrite=True, survey=other)
    write_survey(path, other, overwrite=True)
    np.testing.assert_array_equal(read_survey(path, sample_interval=1).data, other.data)
    assert set(contents()) == set(before)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize(("suffix", "saves"), [(".npz", "savez"), (".npy", "save")])
def test_no_partly_written_file_remains(
    tmp_path, contents, monkeypatch, suffix, saves, error, full_survey
):
    old = tmp_path / f"old{suffix}"
    write_survey(old, full_survey())
    before = contents()

    def fails(file, *_, **__):
        file.write(b"half")
        raise error

    monkeypatch.setattr(np, saves, fails)
    for path, overwrite in ((old, True), (tmp_path / "a" / f"new{suffix}", False)):
        with pytest.raises(type(error)):
            write_survey(path, full_survey(dtype="float32"), overwrite=overwrite)
    assert contents() == before


@pytest.mark.parametrize("name", ["s.dat", "s", "s.npz.gz", ".npz"])
def test_unknown_formats_are_an_error(tmp_path, contents, name, full_survey):
    path = tmp_path / name
    message = re.escape(f"{path}: the format must be one of {', '.join(FORMATS)}")
    for refused in (read_survey, check_survey_output, lambda one: write_survey(one, full_survey())):
        with pytest.raises(ValueError, match=message):
            refused(path)
    assert not contents()


@pytest.mark.parametrize("suffix", FORMATS)
def test_missing_file(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match=re.escape(f"s{suffix}")):
        read_survey(tmp_path / f"s{suffix}", sample_interval=0.002)


@pytest.mark.parametrize("option", ["shot_header", "trace_header"])
def test_headers_are_for_segy_files(tmp_path, option, full_survey):
    path = write_survey(tmp_path / "s.npz", full_survey())
    with pytest.raises(ValueError, match=r"s\.npz: shot_header and trace_header are for SEG-Y"):
        read_survey(path, **{option: 9})


@pytest.mark.parametrize(("suffix", "library"), [(".zarr", "zarr"), (".sgy", "segyio")])
def test_a_missing_library_is_reported_before_the_work(tmp_path, monkeypatch, suffix, library):
    survey = Survey(np.eye(3), 0.002)
    monkeypatch.setitem(sys.modules, library, None)
    for refused in (write_survey, lambda path, one: check_survey_output(path, survey=one)):
        with pytest.raises(ValueError, match=f"{library} is needed"):
            refused(tmp_path / f"s{suffix}", survey)
