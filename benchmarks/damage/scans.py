"""Small scans of every format, and how they are read."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from groupsparse.apps.mri.files.formats import open_scan

_HEADER = (
    "<ismrmrdHeader><encoding><encodedSpace><matrixSize><x>16</x><y>12</y><z>1</z></matrixSize>"
    "</encodedSpace><trajectory>cartesian</trajectory></encoding></ismrmrdHeader>"
)


def make_kspace(*shape: int) -> np.ndarray:
    """Return complex values in single precision."""
    rng = np.random.default_rng(5)
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


def read_scan(path: Path) -> object:
    """Read all slices of a scan."""
    scan = open_scan(path)
    return [scan.read_slice(number) for number in range(scan.n_slices)]


def make_fastmri(path: Path) -> None:
    """Write two slices of three coils."""
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("kspace", data=make_kspace(2, 3, 16, 12), chunks=(1, 3, 16, 12))
        file["ismrmrd_header"] = _HEADER
        file["mask"] = np.arange(12) % 2 == 0
        file.attrs["acquisition"] = "AXT2"


def make_ismrmrd(path: Path) -> None:
    """Write twelve lines of three coils."""
    import ismrmrd

    path.unlink(missing_ok=True)  # the library would add to it
    with closing(ismrmrd.Dataset(str(path), create_if_needed=True)) as file:
        file.write_xml_header(_HEADER.encode())
        for row in range(12):
            line = ismrmrd.Acquisition.from_array(make_kspace(3, 16))
            line.idx.kspace_encode_step_1, line.center_sample = row, 8
            file.append_acquisition(line)


def make_cfl(path: Path) -> None:
    """Write three coils."""
    path.with_suffix(".hdr").write_text("# Dimensions\n8 6 1 3\n", encoding="ascii")
    path.write_bytes(make_kspace(3, 6, 8).tobytes())


def make_nifti(path: Path) -> None:
    """Write a volume of 16-bit integers."""
    import nibabel

    values = np.random.default_rng(6).integers(0, 4096, (8, 6, 3), dtype=np.int16)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)


def make_dicom(path: Path) -> None:
    """Write one image of 16-bit integers."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = MRImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    image.ImageOrientationPatient, image.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 5]
    image.Rows, image.Columns, image.SamplesPerPixel = 6, 8, 1
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    image.PhotometricInterpretation = "MONOCHROME2"
    image.PixelData = np.arange(48, dtype="<u2").tobytes()
    image.save_as(path, enforce_file_format=True)


def make_zarr(path: Path) -> None:
    """Write an array of two slices."""
    import zarr

    values = make_kspace(2, 3, 6, 8)
    array = zarr.create_array(str(path), data=values, chunks=(1, 3, 6, 8))
    array.attrs["axes"] = "skyx"
