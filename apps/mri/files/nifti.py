"""NIfTI volumes: slices (z) of images (y, x), volumes of a series as channels.

The header and the affine matrix go back with the images. Source: NIfTI-1 data format,
https://nifti.nimh.nih.gov/nifti-1.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors, import_optional
from ...files.memory import check_array
from .scan import IMAGES, Scan, ScanSlice

NAME = "NIfTI"
_AXES = (2, 3, 4)


def open_nifti(path: Path, axes: str | None = None) -> Scan:
    """Return the images in a file, whose slices are read when they are asked for."""
    with explain_errors(path, NAME):
        image = _load(path)
        shape = tuple(int(length) for length in image.shape)
        kind = image.get_data_dtype()
        if len(shape) not in _AXES or min(shape, default=0) < 1 or kind.kind not in "fiuc":
            raise ValueError(f"it must hold numbers (x, y, z, t), got {kind} of shape {shape}")
        header, affine = image.header.copy(), np.array(image.affine)
    x, y, z, *rest = (*shape, 1)[: max(len(shape), 3)]
    n_channels = int(np.prod(rest, dtype=int))
    check_array(path, (n_channels, y, x), np.dtype(complex).itemsize)
    return Scan(
        path,
        NAME,
        IMAGES,
        z,
        (n_channels, y, x),
        partial(_read_slice, path),
        header={"header": header, "affine": affine, "shape": shape},
    )


def write_nifti(path: Path, images: Array, like: Scan) -> None:
    """Write images (slice, channel, *space), with header and affine kept if they were NIfTI."""
    nibabel = import_optional("nibabel", "to write NIfTI")
    if images.ndim == 5 and len(images) != 1:
        raise ValueError(f"NIfTI holds one volume, got {len(images)}")
    volumes = np.moveaxis(images[0], 0, 1) if images.ndim == 5 else images
    values = volumes.transpose(3, 2, 0, 1)  # x, y, z, channel
    shape = values.shape if values.shape[3] > 1 else values.shape[:3]
    stored = like.header.get("shape", ())
    if like.format == NAME and stored[:2] == shape[:2] and np.prod(stored) == values.size:
        shape = stored  # with as many axes as before
    values = values.reshape(shape)
    kind = np.complex64 if np.iscomplexobj(values) else np.float32
    header, affine = like.header.get("header"), like.header.get("affine", np.eye(4)).copy()
    affine[:3, 3] += affine[:3, 2] * like.header.get("first", 0)
    image = nibabel.Nifti1Image(values.astype(kind), affine, header)
    image.header.set_data_dtype(kind)
    image.header.set_slope_inter(1, 0)
    nibabel.save(image, str(path))


def _load(path: Path) -> Any:
    nibabel = import_optional("nibabel", "to read NIfTI")
    with explain_errors(path, NAME):
        image = nibabel.load(str(path), mmap=False)
        if not isinstance(image, nibabel.Nifti1Image):
            raise ValueError(f"it is a {type(image).__name__}")
        return image


def _read_slice(path: Path, number: int) -> ScanSlice:
    with explain_errors(path, NAME):
        stored = _load(path).dataobj
        part = np.asarray(stored[:, :, number] if stored.ndim > 2 else stored)
        values = part.reshape(*part.shape[:2], -1).transpose(2, 1, 0)
    return ScanSlice(np.ascontiguousarray(values))
