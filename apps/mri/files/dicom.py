"""DICOM images: one file, or a folder that holds a series, sorted by position.

What is written is a derived series: the tags of the patient and of the geometry are kept, the
identifiers of series and instances are new, pixels have 16 bits with a slope. Source: DICOM PS3.3,
C.7.6 (image plane, image pixel) and C.11.1 (rescale slope and intercept).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.damage import explain_errors, import_optional
from ...files.memory import check_array
from .scan import IMAGES, Scan, ScanSlice

NAME = "DICOM"
_LARGEST = 2**16 - 1
_LARGEST_PIXEL = 16
_DEFLATED = "1.2.840.10008.1.2.1.99"


def open_dicom(path: Path, axes: str | None = None) -> Scan:
    """Return the images of a file or folder, whose pixels are read when they are asked for."""
    files = sorted(item for item in path.iterdir() if item.is_file()) if path.is_dir() else [path]
    heads: list[tuple[Path, Any]] = []
    for file in files:
        try:
            with explain_errors(file, NAME):
                head = _load(file, stop_before_pixels=True)
                _check_image(file, head)
        except ValueError:
            if path.is_dir() and not is_dicom(file):
                continue  # notes and indexes lie beside images
            raise
        heads.append((file, head))
    if not heads:
        raise ValueError(f"{path} holds no DICOM images")
    with explain_errors(path, NAME):
        heads.sort(key=lambda pair: _find_position(pair[1]))
        shape = _find_shape(head for _, head in heads)
    ordered = [file for file, _ in heads]
    return Scan(
        path,
        NAME,
        IMAGES,
        len(ordered),
        (1, *shape),
        partial(_read_slice, ordered),
        header={"files": ordered},
        by_slice=("files",),
    )


def write_dicom(path: Path, images: Array, like: Scan) -> None:
    """Write magnitudes (slice, 1, y, x): a file of one slice, or a folder of several."""
    pydicom = import_optional("pydicom", "to write DICOM")
    files = like.header["files"]
    if len(files) != len(images) or images.ndim != 4:
        raise ValueError(
            f"images must be (y, x) of the {len(files)} slices of {like.path}, got images of "
            f"shape {images.shape}"
        )
    if path.suffix and len(images) > 1:
        raise ValueError(f"a DICOM series of {len(images)} slices is a folder, got {path.name}")
    values = np.abs(images[:, 0]) if np.iscomplexobj(images) else images[:, 0]
    series = pydicom.uid.generate_uid()
    slope, intercept = _find_scale(values)
    is_folder = writes_folder(path, like)
    if is_folder:
        path.mkdir()
    for number, (file, pixels) in enumerate(zip(files, values, strict=True)):
        with explain_errors(file, NAME):
            dataset = _load(file)
        _replace_pixels(dataset, pixels, slope, intercept)
        dataset.SeriesInstanceUID = series
        dataset.SOPInstanceUID = pydicom.uid.generate_uid()
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        dataset.save_as(path / f"{number:05d}.dcm" if is_folder else path, enforce_file_format=True)


def writes_folder(path: Path, like: Scan) -> bool:
    """Return whether a folder is written: a series, to a path without a suffix."""
    return like.is_folder and not path.suffix


def _replace_pixels(dataset: Any, pixels: Array, slope: float, intercept: float) -> None:
    """Put pixels into a data set, with tags that say how they are stored."""
    levels = np.round((pixels - intercept) / slope).clip(0, _LARGEST).astype("<u2")
    before = (int(dataset.Rows), int(dataset.Columns))
    if pixels.shape != before:
        raise ValueError(f"images must have the shape {before} of the series, got {pixels.shape}")
    dataset.PixelData = levels.tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope:.10g}", f"{intercept:.10g}"
    dataset.RescaleType = "US"
    kind = list(dataset.get("ImageType", ["ORIGINAL", "PRIMARY"]))
    dataset.ImageType = ["DERIVED", *kind[1:]]
    for name in ("SmallestImagePixelValue", "LargestImagePixelValue", "NumberOfFrames"):
        if name in dataset:
            delattr(dataset, name)


def _find_scale(values: Array) -> tuple[float, float]:
    """Return slope and intercept that fit values into 16 bits, as the text of a tag holds them."""
    lowest = min(float(values.min()), 0.0)
    intercept = float(f"{lowest - abs(lowest) * 1e-9:.10g}")
    slope = float(f"{(float(values.max()) - intercept) / _LARGEST * (1 + 1e-9):.10g}")
    return (slope if slope > 0 else 1.0), intercept


def _load(file: Path, *, stop_before_pixels: bool = False) -> Any:
    """Return a data set; one that is deflated as a whole could fill the memory."""
    pydicom = import_optional("pydicom", "to read DICOM")
    if pydicom.filereader.read_file_meta_info(file).get("TransferSyntaxUID") == _DEFLATED:
        raise ValueError("it is deflated as a whole, which is not read")
    return pydicom.dcmread(file, stop_before_pixels=stop_before_pixels)


def _check_image(file: Path, head: Any) -> None:
    """Raise unless a data set holds one grey image of a size that may be read."""
    if "Rows" not in head or "Columns" not in head:
        raise ValueError("it has no image")
    frames = int(head.get("NumberOfFrames", 1) or 1)
    if frames != 1 or int(head.get("SamplesPerPixel", 1)) != 1:
        raise ValueError("it must hold one grey image; several frames or colours are not read")
    check_array(file, (int(head.Rows), int(head.Columns)), _LARGEST_PIXEL)


def _find_position(head: Any) -> tuple[float, int]:
    """Return the place along the normal of the slices, and the number in the series."""
    number = int(head.get("InstanceNumber", 0) or 0)
    if "ImagePositionPatient" not in head or "ImageOrientationPatient" not in head:
        return 0.0, number
    directions = np.array(head.ImageOrientationPatient, dtype=float).reshape(2, 3)
    position = np.array(head.ImagePositionPatient, dtype=float)
    return round(float(np.cross(*directions) @ position), 4), number


def _find_shape(heads: Iterable[Any]) -> Shape:
    """Return the shape of all images, which must be of one series."""
    found = {(int(head.Rows), int(head.Columns)) for head in heads}
    if len(found) > 1:
        raise ValueError(f"its images have several shapes, {sorted(found)}; keep one series")
    return found.pop()


def is_dicom(path: Path) -> bool:
    """Return whether a path is a folder, or a file that begins as DICOM does."""
    if path.is_dir():
        return True
    with path.open("rb") as content:
        return content.read(132)[128:] == b"DICM"


def _read_slice(files: list[Path], number: int) -> ScanSlice:
    file = files[number]
    with explain_errors(file, NAME):
        dataset = _load(file)
        _check_image(file, dataset)
        pixels = dataset.pixel_array.astype(np.float64)
        slope = float(dataset.get("RescaleSlope", 1) or 1)
        intercept = float(dataset.get("RescaleIntercept", 0) or 0)
    return ScanSlice((pixels * slope + intercept)[None])
