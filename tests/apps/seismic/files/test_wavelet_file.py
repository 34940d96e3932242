"""Wavelets from text and NumPy files, and the errors of files without wavelets."""

import re

import numpy as np
import pytest

from groupsparse.apps.seismic.files.wavelet_description import parse_wavelets
from groupsparse.apps.seismic.files.wavelet_file import FORMATS, read_wavelets

THREE = np.array([[0.0, 1.5, -0.5], [0.25, 2.0, 1e-3]])  # (shot, lag)


def file_of(tmp_path, text, name="w.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["w.csv", "w.TXT"])
@pytest.mark.parametrize(
    "text",
    [
        "0,0.25\n1.5,2\n-0.5,1e-3\n",
        "shot 1,shot 2\n0,0.25\n1.5,2\n-0.5,1e-3",
        "0;0.25\n1.5;2\n-0.5;0.001\n",
        "a;b\r\n0 ; .25\r\n1.5 ;2.0\r\n-5E-1; 1E-3\r\n",
        "0 0.25\n1.5\t2\n  -0.5   0.001  \n",
        "# a comment\n\nfirst,second # names\n0,0.25 # time -1\n\n1.5,2\n#9,9\n-0.5,0.001\n\n",
        "\ufefffirst,second\n0,0.25\n1.5,2\n-0.5,0.001\n",
    ],
)
def test_columns_of_text_files_are_wavelets(tmp_path, name, text):
    found = read_wavelets(file_of(tmp_path, text, name), 2)
    np.testing.assert_array_equal(found, THREE)


def test_text_files_written_by_numpy(tmp_path):
    values = np.random.default_rng(0).standard_normal((41, 3))
    np.savetxt(tmp_path / "w.txt", values, header="three shots")
    np.testing.assert_array_equal(read_wavelets(tmp_path / "w.txt"), values.T)


@pytest.mark.parametrize("text", ["1\n2\n1\n", "wavelet\n1\n2\n1\n"])
def test_one_column_is_used_for_all_shots(tmp_path, text):
    path = file_of(tmp_path, text)
    assert len(read_wavelets(path)) == 1
    np.testing.assert_array_equal(read_wavelets(path, 4), np.tile([1.0, 2.0, 1.0], (4, 1)))
    np.testing.assert_array_equal(parse_wavelets(str(path), 2, 0.002), [[1, 2, 1]] * 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no numbers"),
        ("# nothing\n\n", "has no numbers"),
        ("a,b\n", "has no numbers"),
        ("a,b\nc,d\n1,2\n", "line 2: 'c' is not a number"),
        ("1,b\n1,2\n", "line 1: 'b' is not a number"),
        ("1,2\n3,four\n", "line 2: 'four' is not a number"),
        ("1,2,\n", "line 1: '' is not a number"),
        ("1,5;2,5\n1;2\n3;4\n1;2\n", "line 1: '1,5' is not a number"),
        ("1;2\n1,5;2,5\n", "line 2: '1,5' is not a number"),
        ("1,2\n\n3\n", "line 3 has 1 columns, the lines before have 2"),
        ("1,2\n3,4,5\n", "line 2 has 3 columns, the lines before have 2"),
        ("1,1\n2,nan\n1,1\n", "wavelet 2 has the value nan at sample 1 (counted from 0)"),
        ("1,1\n2,1\n-inf,1\n", "wavelet 1 has the value -inf at sample 2 (counted from 0)"),
        ("0,1\n0,2\n0,1\n", "wavelet 1 is zero at all 3 samples"),
    ],
)
def test_text_files_without_wavelets(tmp_path, text, message):
    path = file_of(tmp_path, text)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_wavelets(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("content", [b"\xff\xfe1\x00\n\x00", b"1\n\x80\n", bytes(range(256))])
def test_bytes_that_are_not_text(tmp_path, content):
    (tmp_path / "w.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"w\.csv cannot be read as text"):
        read_wavelets(tmp_path / "w.csv")


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "f2", "i2", "u1"])
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_arrays_keep_their_precision(tmp_path, suffix, dtype):
    values = np.array([[1, 2, 1], [0, 3, 1]], dtype)
    path = tmp_path / f"w{suffix}"
    if suffix == ".npy":
        np.save(path, values)
    else:
        np.savez(path, wavelets=values)
    found = read_wavelets(path, 2)
    np.testing.assert_array_equal(found, values)
    single = np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize < 8
    assert {w.dtype for w in found} == {np.dtype("f4" if single else "f8")}


def test_a_single_row_is_used_for_all_shots(tmp_path):
    for values in ([1.0, 2.0, 1.0], [[1.0, 2.0, 1.0]]):
        np.save(tmp_path / "w.npy", values)
        np.testing.assert_array_equal(read_wavelets(tmp_path / "w.npy", 3), [[1, 2, 1]] * 3)


def test_an_array_for_every_shot_may_have_its_own_length(tmp_path):
    rng = np.random.default_rng(0)
    several = {f"shot {n}": rng.standard_normal(n) for n in (9, 3, 5)}
    np.savez(tmp_path / "w.npz", **several, sample_interval=0.002)
    found = read_wavelets(tmp_path / "w.npz", 3, sample_interval=0.002)
    for wavelet, expected in zip(found, several.values(), strict=True):
        np.testing.assert_array_equal(wavelet, expected)


@pytest.mark.parametrize("interval", [0.004, 0.0020001, 0.0, -0.002, np.nan, np.inf])
def test_a_different_sample_interval_is_an_error(tmp_path, interval):
    np.savez(tmp_path / "w.npz", wavelets=np.ones((1, 3)), sample_interval=interval)
    with pytest.raises(ValueError, match=r"w\.npz.*sample"):
        read_wavelets(tmp_path / "w.npz", sample_interval=0.002)


@pytest.mark.parametrize("interval", [0.002, np.float32(0.002), 0.002 * (1 + 5e-7)])
def test_the_same_sample_interval_may_be_rounded(tmp_path, interval):
    np.savez(tmp_path / "w.npz", wavelets=np.ones((1, 3)), sample_interval=interval)
    assert len(read_wavelets(tmp_path / "w.npz", sample_interval=0.002)) == 1


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "has no wavelets"),
        ({"sample_interval": 0.002}, "has no wavelets"),
        ({"sample_interval": [0.002], "w": np.ones(3)}, "sample_interval must be a number of sec"),
        ({"sample_interval": "2 ms", "w": np.ones(3)}, "sample_interval must be a number of sec"),
        ({"w": np.ones((2, 3))}, "one array (lag,) per shot is expected, got 'w' of shape (2, 3)"),
        ({"wavelets": np.ones((2, 3, 4))}, "must have shape (shot, lag) or (lag,), got (2, 3, 4)"),
        ({"wavelets": np.ones((2, 0))}, "must have shape (shot, lag) or (lag,), got (2, 0)"),
        ({"w": np.ones(0)}, "wavelet 1 is zero at all 0 samples"),
        ({"w": np.ones(3, complex)}, "wavelet 1 must hold real numbers, got dtype complex128"),
        ({"w": np.array(["a", "b", "c"])}, "wavelet 1 must hold real numbers, got dtype <U1"),
        ({"a": np.ones(3), "b": [1.0, np.nan, 1.0]}, "wavelet 2 has the value nan at sample 1"),
        ({"a": np.ones(3), "b": np.zeros(3)}, "wavelet 2 is zero at all 3 samples"),
    ],
)
def test_archives_without_wavelets(tmp_path, arrays, message):
    path = tmp_path / "w.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_wavelets(path, sample_interval=0.002)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_errors_name_files_with_damaged_arrays(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    with path.open("wb") as file:
        np.save(file, np.ones(99)) if suffix == ".npy" else np.savez(file, wavelets=np.ones(99))
    content = path.read_bytes()
    for damaged in (b"", content[:60], content[:-30], bytes(100)):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=re.escape(f"{path} cannot be read as")):
            read_wavelets(path)


@pytest.mark.parametrize("n_shots", [1, 3])
def test_the_number_of_wavelets_must_fit(tmp_path, n_shots):
    path = file_of(tmp_path, "1,2\n2,3\n1,2\n")
    message = f"{path} has 2 wavelets, expected 1 or one for each of {n_shots} shots"
    with pytest.raises(ValueError, match=re.escape(message)):
        read_wavelets(path, n_shots)


def test_even_lengths_cause_a_warning(tmp_path):
    path = file_of(tmp_path, "1\n2\n3\n4\n")
    message = f"{path}: wavelet 1 has an even number of samples, 4: time zero is taken at sample 2"
    with pytest.warns(UserWarning, match=re.escape(message)):
        (wavelet,) = read_wavelets(path)
    assert wavelet.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["w.dat", "w", "w.csv.gz"])
def test_unknown_formats_are_an_error(tmp_path, name):
    with pytest.raises(ValueError, match=re.escape(f"must be one of {', '.join(FORMATS)}")):
        read_wavelets(file_of(tmp_path, "1\n2\n1\n", name))


@pytest.mark.parametrize("suffix", FORMATS)
def test_missing_files(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_wavelets(tmp_path / f"w{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_wavelets(tmp_path / f"folder{suffix}")
