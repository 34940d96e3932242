"""Every format: a file of its reference library is read and written back, nothing is lost."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from groupsparse.apps.mri.files.formats import open_scan, write_images

RNG = np.random.default_rng(0)
HEADER = """<?xml version="1.0"?>
<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD"><encoding>
<encodedSpace><matrixSize><x>16</x><y>12</y><z>1</z></matrixSize>
<fieldOfView_mm><x>320</x><y>240</y><z>5</z></fieldOfView_mm></encodedSpace>
<reconSpace><matrixSize><x>8</x><y>8</y><z>1</z></matrixSize>
<fieldOfView_mm><x>160</x><y>160</y><z>5</z></fieldOfView_mm></reconSpace>
<trajectory>cartesian</trajectory><encodingLimits><kspace_encoding_step_1>
<minimum>0</minimum><maximum>9</maximum><center>5</center>
</kspace_encoding_step_1></encodingLimits></encoding></ismrmrdHeader>"""
ATTRIBUTES = {"max": 3e-4, "norm": 0.1, "acquisition": "AXT2", "patient_id": "0a1b"}


def make_complex(*shape: int) -> np.ndarray:
    return (RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape)).astype(np.complex64)


def save_fastmri(path: Path, kspace: np.ndarray, **parts: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        file["kspace"] = kspace
        file["ismrmrd_header"] = HEADER
        file.attrs.update(ATTRIBUTES)
        for name, values in parts.items():
            file[name] = values
    return path


@pytest.mark.parametrize("coils", [(), (4,)], ids=["single-coil", "multi-coil"])
def test_fastmri(tmp_path, coils):
    kspace, truth = make_complex(3, *coils, 16, 12), RNG.random((3, 8, 8), dtype=np.float32)
    path = save_fastmri(tmp_path / "a.h5", kspace, reconstruction_rss=truth)
    scan = open_scan(path)
    assert (scan.format, scan.n_slices, scan.space, scan.crop) == ("fastMRI", 3, (16, 12), (8, 8))
    found = scan.read_slice(1)
    measured = np.zeros((16, 12), dtype=bool)
    measured[:, 1:11] = True  # the limits in the header: 10 lines, the fifth in the middle
    np.testing.assert_array_equal(found.mask, measured)
    np.testing.assert_array_equal(found.values[0], kspace[1].reshape(-1, 16, 12) * measured)
    np.testing.assert_array_equal(found.truth[0], truth[1])

    images = RNG.random((3, 1, 8, 8), dtype=np.float32)
    with h5py.File(write_images(tmp_path / "b.h5", images, scan)) as file:
        np.testing.assert_array_equal(file["reconstruction"], images[:, 0])
        assert file["ismrmrd_header"][()].decode() == HEADER
        assert dict(file.attrs) == ATTRIBUTES


def test_mask_of_a_fastmri_test_set(tmp_path):
    mask = np.arange(12) % 2 == 0
    scan = open_scan(save_fastmri(tmp_path / "a.h5", make_complex(1, 2, 16, 12), mask=mask))
    expected = mask & (np.arange(12) >= 1) & (np.arange(12) < 11)
    np.testing.assert_array_equal(scan.read_slice(0).mask[3], expected)


def test_mask_that_does_not_fit(tmp_path):
    path = save_fastmri(tmp_path / "a.h5", make_complex(1, 16, 12), mask=np.ones(11))
    with pytest.raises(ValueError, match=r"a.h5 .*mask of shape \(11,\) does not fit"):
        open_scan(path)


def test_unknown_layout_lists_the_keys(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data/values"] = 1.0
    with pytest.raises(ValueError, match="found data, data/values"):
        open_scan(tmp_path / "a.h5")


def test_truncated_hdf5(tmp_path):
    path = save_fastmri(tmp_path / "a.h5", make_complex(3, 4, 16, 12))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match=r"a\.h5 cannot be read as HDF5"):
        open_scan(path)


@pytest.mark.parametrize("suffix", [".dat", ".raw", ".7"])
def test_files_of_vendors_name_the_converter(tmp_path, suffix):
    path = tmp_path / f"meas{suffix}"
    path.write_bytes(b"0")
    with pytest.raises(ValueError, match=r"convert it by .*_to_ismrmrd"):
        open_scan(path)


@pytest.mark.parametrize(
    ("shape", "axes", "n_slices", "expected"),
    [
        ((6, 5), None, 1, (1, 1, 6, 5)),
        ((2, 6, 5), None, 1, (2, 1, 6, 5)),
        ((2, 3, 6, 5), None, 1, (2, 3, 6, 5)),
        ((7, 3, 6, 5), "skyx", 7, (1, 3, 6, 5)),
        ((6, 5, 3), "yxk", 1, (1, 3, 6, 5)),
        ((3, 4, 6, 5), "kzyx", 1, (1, 3, 4, 6, 5)),
    ],
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_axes_of_arrays(tmp_path, kind, shape, axes, n_slices, expected):
    kspace = make_complex(*shape)
    path = tmp_path / f"a.{kind}"
    _ = np.save(path, kspace) if kind == "npy" else np.savez(path, kspace=kspace)
    scan = open_scan(path, axes=axes)
    assert (scan.n_slices, scan.shape, scan.domain) == (n_slices, expected, "k-space")
    found = scan.read_slice(n_slices - 1).values
    assert found.shape == expected
    assert np.linalg.norm(found) <= np.linalg.norm(kspace)

    images = RNG.random((n_slices, expected[0], *expected[2:]))
    copy = open_scan(write_images(tmp_path / f"b.{kind}", images, scan), axes=None)
    stored = np.load(copy.path) if kind == "npy" else np.load(copy.path)["images"]
    np.testing.assert_array_equal(np.sort(stored, axis=None), np.sort(images, axis=None))


def test_nothing_is_half_written(tmp_path):
    scan = open_scan(save_fastmri(tmp_path / "a.h5", make_complex(3, 16, 12)))
    with pytest.raises(ValueError, match="one image"):
        write_images(tmp_path / "b.h5", np.ones((3, 2, 8, 8)), scan)
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
