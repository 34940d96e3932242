"""One slice of a scan as a job takes it: an image to sample, or what was measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array
from ..acquisition import Acquisition, sample_kspace
from ..coils.measured import sample_coils
from ..measurements.inspection import drop_empty_lines
from .dicom import is_dicom
from .formats import check_images, find_suffix, list_suffixes, open_scan
from .images import FORMATS as IMAGE_FORMATS, ImageFile, check_output
from .scan import KSPACE, Scan

_IMAGE_AXES = 3  # of an NPY file: channel, y, x


def is_scan(source: str | Path) -> bool:
    """Return whether a path is read by `open_scan`: it is more than an image in PNG, TIFF or NPY.

    A complex NPY file of more than three axes holds coils or slices as well.

    >>> is_scan("brain.nii.gz"), is_scan("photo.png")
    (True, False)
    """
    path = Path(source)
    suffix = find_suffix(path)
    if suffix == ".npy":
        return path.is_file() and _holds_coils(path)
    if suffix in IMAGE_FORMATS:
        return False
    return suffix in list_suffixes() or (path.exists() and is_dicom(path))


def _holds_coils(path: Path) -> bool:
    """Return whether an NPY file is complex, with more axes than images have; not if damaged."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False  # its reader explains the damage
    return bool(array.ndim > _IMAGE_AXES and array.dtype.kind == "c")


def open_slice(source: str | Path, number: int | None, axes: str | None = None) -> Scan:
    """Return a scan of one slice, by default the one in the middle."""
    scan = open_scan(source, axes=axes)
    chosen = scan.n_slices // 2 if number is None else number
    if not 0 <= chosen < scan.n_slices:
        raise ValueError(
            f"slice must be from 0 to {scan.n_slices - 1}, the last of {source}, got {chosen}"
        )
    notes = scan.notes
    if number is None and scan.n_slices > 1:
        notes = (*notes, f"slice {chosen} of 0 to {scan.n_slices - 1} is taken")
    return scan.select_slice(chosen, notes)


def check_result(out: Path, n_images: int, scan: Scan | None, *, overwrite: bool) -> None:
    """Raise, before any work, if images cannot be written: as a scan, or in PNG, TIFF or NPY."""
    if scan is None or find_suffix(out) in IMAGE_FORMATS:
        check_output(out, n_images, overwrite=overwrite)
    else:
        check_images(out, n_images, scan, overwrite=overwrite)


def read_images(scan: Scan) -> ImageFile:
    """Return the images of a scan of one slice."""
    images = scan.read_slice(0).values
    peak = float(np.abs(images).max()) or 1.0
    return ImageFile(images, 0 if len(images) > 1 else None, peak)


def sample_scan(scan: Scan, mask: Array | None) -> tuple[Acquisition, list[str]]:
    """Return the acquisition of a scan of one slice, and notes.

    Its mask is that of the file, or the part of it that is in `mask`. Several coils see one image
    by sensitivities, in the file or estimated. The noise is that of the noise scan, or estimated.
    """
    if scan.domain != KSPACE:
        raise ValueError(f"{scan.path} holds images, not k-space")
    found, notes = scan.read_slice(0), list(scan.notes)
    n_axes = len(scan.space)
    sampled = found.mask if mask is None or found.mask is None else found.mask & mask
    sampled = mask if sampled is None else sampled
    if sampled is None or sampled.ndim == n_axes:
        sampled, more = drop_empty_lines(found.values, sampled, n_axes)
        notes += more
    if scan.n_coils > 1:
        maps, noise = found.maps, scan.noise_scan
        return sample_coils(found.values, sampled, noise_scan=noise, maps=maps), notes
    data = sample_kspace(found.values[:, 0], sampled, None)
    if scan.noise_scan is not None:
        power = np.mean(np.abs(scan.noise_scan) ** 2)
        data = data.with_deviations(float(np.sqrt(power / 2)))
    return data, notes
