"""The structure of MATLAB files is checked before SciPy allocates what they claim."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import savemat
from scipy.sparse import csc_array

from groupsparse.apps.features.reading.mat_structure import check_mat_structure

VALUES = {
    "X": np.arange(6.0).reshape(2, 3),
    "small": np.arange(4, dtype=np.int8),
    "names": np.array(["one", "two", ""], dtype=object),
    "text": "some text",
    "S": csc_array(np.eye(4)),
    "Z": np.array([[1 + 2j, 3]]),
    "empty": np.zeros((0, 5)),
    "structure": {"field": np.eye(2), "other": "text"},
    "flag": np.array([True, False]),
}


@pytest.mark.parametrize("options", [{}, {"do_compression": True}])
def test_valid_files_pass(tmp_path, options):
    savemat(tmp_path / "a.mat", VALUES, **options)
    check_mat_structure(tmp_path / "a.mat")


@pytest.mark.parametrize("name", ["X", "text", "S", "Z"])
def test_valid_files_of_version_4_pass(tmp_path, name):
    savemat(tmp_path / "a.mat", {name: VALUES[name], "more": np.eye(3)}, format="4")
    check_mat_structure(tmp_path / "a.mat")


def find_dimensions(content: bytes) -> int:
    """Return where the dimensions (2, 3) stand."""
    return content.index(struct.pack("<4I", 5, 8, 2, 3)) + 8


@pytest.mark.parametrize("shape", [(2**31 - 1, 2**31 - 1), (-2, 3), (2000, 3)])
@pytest.mark.parametrize("compressed", [False, True])
def test_dimensions_that_the_bytes_do_not_fill(tmp_path, shape, compressed):
    path = tmp_path / "a.mat"
    savemat(path, {"X": VALUES["X"]})
    content = path.read_bytes()
    at = find_dimensions(content)
    content = content[:at] + struct.pack("<2i", *shape) + content[at + 8 :]
    if compressed:
        packed = zlib.compress(content[128:])
        content = content[:128] + struct.pack("<2I", 15, len(packed)) + packed
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"it is damaged: a matrix of .* bytes has the shape"):
        check_mat_structure(path)


def test_a_compressed_matrix_that_is_shorter_than_it_says(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"X": VALUES["X"]})
    content = path.read_bytes()
    matrix = struct.pack("<2I", 14, 10**6) + content[136:]
    packed = zlib.compress(matrix)
    path.write_bytes(content[:128] + struct.pack("<2I", 15, len(packed)) + packed)
    with pytest.raises(ValueError, match="damaged"):
        check_mat_structure(path)


@pytest.mark.parametrize("shape", [(10**5, 10**5), (-1, 3), (3, 2**31 - 1)])
def test_version_4_that_claims_more_than_it_has(tmp_path, shape):
    path = tmp_path / "a.mat"
    path.write_bytes(struct.pack("<5i", 0, *shape, 0, 2) + b"X\0" + bytes(900))
    with pytest.raises(ValueError, match=r"it ends after 922 bytes|it is damaged"):
        check_mat_structure(path)
