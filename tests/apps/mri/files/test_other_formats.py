"""BART, NIfTI, DICOM and Zarr: what their libraries write is read and written back."""

import subprocess
from pathlib import Path
from shutil import which

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from groupsparse.apps.mri.files.bart import read_maps
from groupsparse.apps.mri.files.formats import open_scan, write_images

RNG = np.random.default_rng(0)


def make_complex(*shape: int) -> np.ndarray:
    return (RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape)).astype(np.complex64)


def save_cfl(path: Path, values: np.ndarray, n_dimensions: int = 16) -> Path:
    """Write values by dimension, in NumPy's Fortran order."""
    sizes = [*values.shape, *[1] * (n_dimensions - values.ndim)]
    path.with_suffix(".hdr").write_text(
        f"# Dimensions\n{' '.join(map(str, sizes))}\n# Command\nfft\n"
    )
    values.ravel("F").tofile(path)
    return path


def load_cfl(path: Path) -> np.ndarray:
    lines = path.with_suffix(".hdr").read_text().splitlines()
    sizes = [int(word) for word in lines[1].split()]
    return np.fromfile(path, np.complex64).reshape(sizes, order="F")


def test_bart_by_dimension(tmp_path):
    # x, y, one z, coils, one map; 2 echoes in dimension 5; 5 slices in dimension 13
    values = make_complex(8, 6, 1, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 5)
    scan = open_scan(save_cfl(tmp_path / "a.cfl", values))
    assert (scan.n_slices, scan.shape, scan.domain) == (5, (2, 3, 6, 8), "k-space")
    found = scan.read_slice(4).values
    np.testing.assert_array_equal(found[1, 2], values[..., 4].squeeze()[:, :, 2, 1].T)

    images = make_complex(5, 2, 6, 8)
    written = load_cfl(write_images(tmp_path / "b.cfl", images, scan))
    assert written.shape == (8, 6, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 5, 1, 1)
    np.testing.assert_array_equal(written.squeeze().transpose(3, 2, 1, 0), images)


def test_bart_plane_and_volume(tmp_path):
    plane = open_scan(save_cfl(tmp_path / "plane.cfl", make_complex(1, 8, 6, 2)))
    assert plane.shape == (1, 2, 6, 8)
    written = load_cfl(write_images(tmp_path / "p.cfl", make_complex(1, 1, 6, 8), plane))
    assert written.shape[:4] == (1, 8, 6, 1)
    volume = open_scan(save_cfl(tmp_path / "volume.cfl", make_complex(8, 6, 4, 2), 5))
    assert volume.shape == (1, 2, 4, 6, 8)
    images = make_complex(1, 1, 4, 6, 8)
    written = load_cfl(write_images(tmp_path / "v.cfl", images, volume))
    np.testing.assert_array_equal(written.squeeze(), images[0, 0].T)


@pytest.mark.skipif(which("bart") is None, reason="needs BART")
def test_bart_itself(tmp_path):
    def run(*arguments: str) -> None:
        subprocess.run(["bart", *arguments], cwd=tmp_path, check=True, capture_output=True)

    run("phantom", "-x", "16", "-s", "4", "-k", "k")
    run("fft", "-i", "-u", "3", "k", "image")
    scan = open_scan(tmp_path / "k.cfl")
    kspace = scan.read_slice(0).values
    shifted = np.fft.ifftshift(kspace, axes=(-2, -1))
    images = np.fft.fftshift(np.fft.ifft2(shifted, norm="ortho"), axes=(-2, -1))
    np.testing.assert_allclose(images[0], load_cfl(tmp_path / "image.cfl").squeeze().T, atol=1e-2)
    write_images(tmp_path / "copy.cfl", images[:, :1], scan)
    run("slice", "3", "0", "image", "first")
    run("nrmse", "-t", "0.00001", "first", "copy")


def test_bart_maps(tmp_path):
    values = make_complex(8, 6, 1, 3, 2)
    maps = read_maps(save_cfl(tmp_path / "maps.cfl", values))
    np.testing.assert_array_equal(maps[1, 2], values[:, :, 0, 2, 1].T)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# Dimensions\n8 6\n", "384 bytes are expected .* there are 192"),
        ("# Dimensions\n8 0\n", "must list up to 16 dimensions"),
        ("8 3\n", "must list up to 16 dimensions"),
        (None, "there is no a.hdr beside it"),
    ],
)
def test_bart_header_that_does_not_fit(tmp_path, header, message):
    path = save_cfl(tmp_path / "a.cfl", make_complex(8, 3))
    path.with_suffix(".hdr").unlink()
    if header is not None:
        path.with_suffix(".hdr").write_text(header)
    with pytest.raises(ValueError, match=rf"a\.cfl cannot be read as BART: .*{message}"):
        open_scan(path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("shape", [(8, 6, 4), (8, 6, 4, 3), (8, 6)])
@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.complex64])
def test_nifti(tmp_path, suffix, shape, dtype):
    values = (100 * make_complex(*shape)).astype(dtype) if dtype == np.complex64 else None
    values = RNG.integers(0, 99, shape).astype(dtype) if values is None else values
    affine = np.array([[0, 2.0, 0, -9], [1.5, 0, 0, 4], [0, 0, 3, 5], [0, 0, 0, 1]])
    source = nibabel.Nifti1Image(values, affine)
    source.header["descrip"] = b"a scan"
    source.header.set_xyzt_units("mm", "sec")
    path = tmp_path / f"a{suffix}"
    nibabel.save(source, path)
    scan = open_scan(path)
    n_slices, n_channels = (*shape[2:3], 1)[0], (*shape[3:], 1)[0]
    assert (scan.n_slices, scan.shape) == (n_slices, (n_channels, 6, 8))
    images = np.stack([scan.read_slice(number).values for number in range(n_slices)])
    np.testing.assert_array_equal(images[-1, -1].T, values.reshape(8, 6, n_slices, -1)[..., -1, -1])

    copy = nibabel.load(write_images(tmp_path / f"b{suffix}", images, scan))
    np.testing.assert_array_equal(copy.get_fdata(dtype=copy.get_data_dtype()), values)
    np.testing.assert_array_equal(copy.affine, affine)
    assert copy.header["descrip"] == b"a scan"
    assert copy.header.get_xyzt_units() == ("mm", "sec")


def save_dicom(path: Path, pixels: np.ndarray, position: float = 0.0, **tags: object) -> Path:
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "0a1b"
    dataset.SeriesInstanceUID = dataset.StudyInstanceUID = generate_uid()
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    dataset.ImageOrientationPatient, dataset.PixelSpacing = [1, 0, 0, 0, 1, 0], [0.5, 0.7]
    dataset.ImagePositionPatient = [-9, 4, position]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope, dataset.RescaleIntercept = "0.5", "-3"
    dataset.PixelData = pixels.astype("<u2").tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_dicom_series(tmp_path):
    folder, pixels = tmp_path / "series", RNG.integers(0, 4096, (3, 6, 8))
    folder.mkdir()
    (folder / "notes.txt").write_text("not an image")
    for number in (1, 2, 0):  # the names are not in the order of the positions
        save_dicom(folder / f"{2 - number}.dcm", pixels[number], 5.0 * number)
    scan = open_scan(folder)
    assert (scan.format, scan.n_slices, scan.shape) == ("DICOM", 3, (1, 6, 8))
    np.testing.assert_array_equal(scan.read_slice(2).values[0], pixels[2] * 0.5 - 3)

    images = RNG.standard_normal((3, 1, 6, 8))
    written = write_images(tmp_path / "derived", images, scan)
    found = [pydicom.dcmread(path) for path in sorted(written.iterdir())]
    for number, dataset in enumerate(found):
        values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
        np.testing.assert_allclose(values, images[number, 0], atol=1e-4)
        assert (dataset.PatientName, dataset.PatientID) == ("Doe^Jane", "0a1b")
        assert list(dataset.ImagePositionPatient) == [-9, 4, 5 * number]
        assert list(dataset.PixelSpacing) == [0.5, 0.7]
        assert list(dataset.ImageType) == ["DERIVED", "PRIMARY", "M"]
    originals = [pydicom.dcmread(path) for path in scan.header["files"]]
    assert len({dataset.SeriesInstanceUID for dataset in found}) == 1
    assert len({dataset.SOPInstanceUID for dataset in [*found, *originals]}) == 6
    assert found[0].SeriesInstanceUID != originals[0].SeriesInstanceUID
    assert found[0].StudyInstanceUID == originals[0].StudyInstanceUID
    with pytest.raises(FileExistsError, match="exists already"):
        write_images(tmp_path / "derived", images, scan)


def test_dicom_file(tmp_path):
    scan = open_scan(save_dicom(tmp_path / "image", RNG.integers(0, 9, (6, 8))))
    values = scan.read_slice(0).values
    copy = open_scan(write_images(tmp_path / "copy.dcm", values[None], scan))
    np.testing.assert_allclose(copy.read_slice(0).values, values, atol=1e-3)
    with pytest.raises(ValueError, match="of the 1 slices"):
        write_images(tmp_path / "copies.dcm", np.ones((2, 1, 6, 8)), scan)


def test_dicom_of_colours(tmp_path):
    path = save_dicom(tmp_path / "a.dcm", RNG.integers(0, 9, (6, 8)), NumberOfFrames=3)
    with pytest.raises(ValueError, match=r"a\.dcm cannot be read as DICOM: .*one grey image"):
        open_scan(path)


def test_zarr(tmp_path):
    zarr = pytest.importorskip("zarr")
    kspace = make_complex(4, 3, 6, 8)
    array = zarr.create_array(str(tmp_path / "a.zarr"), data=kspace, chunks=(1, 3, 6, 8))
    array.attrs.update({"axes": "skyx", "patient": "0a1b"})
    scan = open_scan(tmp_path / "a.zarr")
    assert (scan.n_slices, scan.shape) == (4, (1, 3, 6, 8))
    np.testing.assert_array_equal(scan.read_slice(2).values[0], kspace[2])
    images = make_complex(4, 1, 6, 8)
    written = zarr.open(str(write_images(tmp_path / "b.zarr", images, scan)), mode="r")
    np.testing.assert_array_equal(written[:], images[:, 0])
    assert dict(written.attrs) == {"axes": "syx", "patient": "0a1b"}
    assert written.chunks == (1, 6, 8)
