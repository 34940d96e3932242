"""Damaged and unsuitable NumPy files: every error names the file."""

import io
import re
import zipfile
from contextlib import contextmanager, suppress

import numpy as np
import pytest

from groupsparse.apps.seismic.files.survey_file import read_survey, write_survey
from groupsparse.apps.seismic.survey import Survey

NUMPY = (".npz", ".npy")


def made_survey(shape=(2, 3, 20)):
    """A survey with offsets, so that an NPZ file has several arrays."""
    return Survey(np.random.default_rng(0).standard_normal(shape), 0.004, offsets=[1.0, 2.0])


def npy_with(**header):
    """An NPY file of 64 zero bytes with whatever header."""
    file = io.BytesIO()
    known = {"descr": "<f8", "fortran_order": False, "shape": (2, 4)}
    np.lib.format.write_array_header_1_0(file, known | header)
    return file.getvalue() + bytes(64)


def stored(path, content):
    """Put the bytes of an NPY file into a file of either format, as the data."""
    if path.suffix == ".npy":
        path.write_bytes(content)
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.npy", content)
    return path


@contextmanager
def naming(path):
    """Let a `ValueError` through only if it names the file."""
    try:
        yield
    except ValueError as error:
        if str(path) not in str(error):
            pytest.fail(f"the message does not name the file: {error}")
        raise


def check_named(path, content):
    """Reading must give a survey or a `ValueError` that names the file; return the data."""
    path.write_bytes(content)
    with suppress(ValueError), naming(path):
        return read_survey(path, sample_interval=0.002).data
    return None


@pytest.mark.parametrize("suffix", NUMPY)
def test_errors_name_truncated_files(tmp_path, suffix):
    content = write_survey(tmp_path / f"s{suffix}", made_survey()).read_bytes()
    for length in range(0, len(content), 13):
        assert check_named(tmp_path / f"cut{suffix}", content[:length]) is None


@pytest.mark.parametrize("suffix", NUMPY)
def test_errors_name_files_of_random_bytes(tmp_path, suffix):
    rng = np.random.default_rng(0)
    for n_bytes in range(0, 300, 7):
        assert check_named(tmp_path / f"any{suffix}", rng.bytes(n_bytes)) is None


@pytest.mark.parametrize("suffix", NUMPY)
@pytest.mark.parametrize("byte", [0, 10, 32, 34, 40, 255])
def test_errors_name_files_with_damaged_headers(tmp_path, suffix, byte):
    """Large enough that the header is read before the checksum of the samples is compared."""
    content = write_survey(tmp_path / f"s{suffix}", made_survey(shape=(2, 20, 100))).read_bytes()
    begin = content.index(b"NUMPY")
    for place in range(begin, content.index(b"}", begin) + 1):
        damaged = content[:place] + bytes([byte]) + content[place + 1 :]
        check_named(tmp_path / f"damaged{suffix}", damaged)


def test_samples_of_a_damaged_npz_are_never_wrong(tmp_path):
    survey = made_survey(shape=(2, 20, 100))
    content = write_survey(tmp_path / "s.npz", survey).read_bytes()
    begin = content.index(b"(2, 20")
    header = range(begin, content.index(b"}", begin))
    for place in (*header, *range(500, len(content), 499)):
        damaged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        data = check_named(tmp_path / "damaged.npz", damaged)
        assert data is None or np.array_equal(data, survey.data)


class Code:
    """Its pickle makes a folder when it is read."""

    def __reduce__(self):
        import os

        return os.mkdir, ("made-by-a-pickle",)


@pytest.mark.parametrize("suffix", NUMPY)
def test_pickled_objects_are_rejected_and_never_run(tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO()
    np.save(file, np.array([[Code(), 1.0]], dtype=object), allow_pickle=True)
    path = stored(tmp_path / f"s{suffix}", file.getvalue())
    message = f"{path} cannot be read as {suffix[1:].upper()}: "
    with pytest.raises(ValueError, match=re.escape(message)):
        read_survey(path, sample_interval=0.002)
    assert not (tmp_path / "made-by-a-pickle").exists()


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("suffix", NUMPY)
@pytest.mark.parametrize(
    "header",
    [
        {"shape": (10**6, 10**6, 10**6)},
        {"shape": (2**62, 4)},
        {"shape": (10**4, 10**4, 10**4)},
        {"shape": (2, 5)},
        {"shape": (-1, 8)},
        {"shape": ()},
        {"shape": (0, 8)},
        {"shape": (8,)},
        {"shape": (1, 1, 1, 8)},
        {"shape": "many"},
        {"descr": "<c16"},
        {"descr": "<U2"},
        {"descr": "<M8[s]"},
        {"descr": "|V8"},
        {"descr": [("a", "<f4"), ("b", "<f4")]},
        {"descr": "<f80"},
    ],
)
def test_errors_name_files_with_impossible_headers(tmp_path, suffix, header):
    path = stored(tmp_path / f"s{suffix}", npy_with(**header))
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_survey(path, sample_interval=0.002)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": None}, "has no array 'data'; it has sample_interval"),
        ({"sample_interval": None}, "has no sample interval: give sample_interval in seconds"),
        ({"sample_interval": "2 ms"}, "sample_interval (seconds) must be positive and finite"),
        ({"sample_interval": [0.002]}, "sample_interval (seconds) must be positive and finite"),
        ({"sample_interval": np.nan}, "sample_interval (seconds) must be positive and finite"),
        ({"start_time": [0.0, 1.0]}, "start_time (seconds) must be a finite number"),
        ({"start_time": 1j}, "start_time (seconds) must be a finite number"),
        ({"offsets": ["near", "far"]}, "offsets (metres) must have shape (2,) or (2, 3)"),
        ({"offsets": [1.0, np.inf]}, "offsets (metres) must be finite"),
        ({"shots": [1.0, 2.0]}, "shots must be 2 integers"),
        ({"traces": [1, 2, 1]}, "traces must differ from each other, got 1 (2 times)"),
        ({"dead": np.zeros((2, 3))}, "dead must hold True or False in shape (2, 3)"),
    ],
)
def test_errors_name_parts_that_do_not_fit(tmp_path, change, message):
    parts = {"data": np.ones((2, 3, 4)), "sample_interval": 0.002} | change
    path = tmp_path / "s.npz"
    np.savez(path, **{name: part for name, part in parts.items() if part is not None})
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_survey(path)
    assert str(path) in str(caught.value)
