"""HDF5 files in the layout of fastMRI.

`kspace` has the shape (slice, y, x), or (slice, coil, y, x), with the readout along y; `mask`, of
test sets, the shape (x,). `ismrmrd_header` is XML. The attributes `max`, `norm`, `acquisition` and
`patient_id` are kept. Source: J. Zbontar et al., "fastMRI: An open dataset and benchmarks for
accelerated MRI", arXiv:1811.08839, section 4.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.damage import explain_errors
from .ismrmrd.header import Encoding, parse_header
from .scan import KSPACE, Scan, ScanSlice, crop_middle

NAME = "fastMRI"
_TRUTHS = ("reconstruction_rss", "reconstruction_esc")
_AXES = (3, 4)


def has_kspace(keys: set[str]) -> bool:
    """Return whether an HDF5 file with these keys is of this layout."""
    return "kspace" in keys


def open_fastmri(path: Path, axes: str | None = None) -> Scan:
    """Return the scan in a file, whose slices are read when they are asked for."""
    import h5py

    with explain_errors(path, NAME), h5py.File(path) as file:
        dataset = file["kspace"]
        shape, dtype = dataset.shape, dataset.dtype
        attributes = {name: file.attrs[name] for name in file.attrs}
        text = file["ismrmrd_header"][()] if "ismrmrd_header" in file else None
        if len(shape) not in _AXES or dtype.kind != "c" or 0 in shape:
            raise ValueError(
                "kspace must be complex of shape (slice, y, x) or (slice, coil, y, x), "
                f"got {dtype} of shape {shape}"
            )
        if "mask" in file:
            _spread_mask(np.array(file["mask"]), shape[-2:])
        truth = next((file[name].shape for name in _TRUTHS if name in file), None)
        header = None if text is None else parse_header(text)[0]
        n_coils = shape[1] if len(shape) == max(_AXES) else 1
    crop = _find_crop(shape[-2:], header, truth)
    measured = None if header is None else header.find_measured_lines(shape[-1])
    return Scan(
        path,
        NAME,
        KSPACE,
        shape[0],
        (1, n_coils, *shape[-2:]),
        partial(_read_slice, path, measured, crop),
        crop=crop,
        header={"attributes": attributes, "ismrmrd_header": text},
    )


def write_fastmri(path: Path, images: Array, like: Scan) -> None:
    """Write magnitudes (slice, y, x) as `reconstruction`, with the header and attributes kept."""
    import h5py

    if images.ndim != 4:
        raise ValueError(f"{NAME} holds images (y, x), got volumes of shape {images.shape[2:]}")
    with h5py.File(path, "w") as file:
        file["reconstruction"] = np.abs(images[:, 0]).astype(np.float32)
        if like.header.get("ismrmrd_header") is not None:
            file["ismrmrd_header"] = like.header["ismrmrd_header"]
        attributes = like.header.get("attributes")
        if isinstance(attributes, dict):
            file.attrs.update(attributes)


def _read_slice(path: Path, measured: slice | None, crop: Shape | None, number: int) -> ScanSlice:
    import h5py

    with explain_errors(path, NAME), h5py.File(path) as file:
        stored: Array = file["kspace"][number]
        kspace = stored.reshape(1, -1, *stored.shape[-2:])
        given = np.array(file["mask"]) if "mask" in file else None
        found = next((name for name in _TRUTHS if name in file), None)
        truth = None if found is None else np.array(file[found][number])[None]
    if truth is not None and crop is not None and truth.shape[1:] != crop:
        truth = crop_middle(truth, crop)
    sampled = (kspace != 0).any(axis=(0, 1))
    if given is not None:
        sampled = _spread_mask(given, kspace.shape[-2:])
    if measured is not None:  # the columns beside are zero because of their padding
        sampled[:, : measured.start] = sampled[:, measured.stop :] = False
    return ScanSlice(kspace * sampled, sampled, truth=truth)


def _spread_mask(mask: Array, space: Shape) -> Array:
    """Return the mask (y, x) of one of the columns, or of all frequencies."""
    if mask.size not in (space[1], space[0] * space[1]):
        raise ValueError(f"mask of shape {mask.shape} does not fit kspace (y, x) = {space}")
    rows = mask.reshape(-1, space[1]) != 0
    spread: Array = np.broadcast_to(rows, space).copy()
    return spread


def _find_crop(space: Shape, header: Encoding | None, truth: Shape | None) -> Shape | None:
    """Return the shape of the images that are shown: that of the truth, or of the header."""
    asked = truth[1:] if truth is not None else None
    if asked is None and header is not None:
        asked = header.recon_matrix[:2]  # x, the readout, is the first axis here
    if asked is None:
        return None
    return min(asked[0], space[0]), min(asked[1], space[1])
