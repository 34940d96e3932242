"""BART's pairs of files: NAME.hdr lists the dimensions, NAME.cfl holds complex numbers.

Dimensions 0 to 2 are space (x, y, z), 3 coils, 4 sets of maps, 13 slices; all others above 4 are
contrasts here. Numbers are stored with dimension 0 fastest. Source: M. Uecker et al., "BART Toolbox
for Computational Magnetic Resonance Imaging", doi:10.5281/zenodo.592960.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.damage import explain_errors
from ...files.memory import check_array
from .scan import KSPACE, Scan, ScanSlice

NAME = "BART"
_N_DIMENSIONS = 16
_COILS, _MAPS, _SLICES = 3, 4, 13
_CONTRASTS = tuple(axis for axis in range(5, _N_DIMENSIONS) if axis != _SLICES)
_LONGEST_HEADER = 2**16
_DTYPE = np.dtype("<c8")


def open_cfl(path: Path, axes: str | None = None) -> Scan:
    """Return the k-space of a pair of files, whose slices are read when they are asked for."""
    with explain_errors(path, NAME):
        shape = _read_dimensions(path)
    if shape[_MAPS] != 1:
        raise ValueError(f"{path} has {shape[_MAPS]} sets of maps; k-space has one")
    n_channels = prod(shape[axis] for axis in _CONTRASTS)
    return Scan(
        path,
        NAME,
        KSPACE,
        shape[_SLICES],
        (n_channels, shape[_COILS], *_find_space(shape)),
        partial(_read_slice, path, shape),
        header={"dimensions": shape},
    )


def read_maps(path: Path) -> Array:
    """Return the maps (set, coil, *space) of a pair of files, one for each coil and set."""
    with explain_errors(path, NAME):
        shape = _read_dimensions(path)
        if prod(shape[5:]) != 1:
            raise ValueError(f"maps have no dimensions above {_MAPS}, got {shape}")
        check_array(path, shape, _DTYPE.itemsize)
        maps = np.array(_map_values(path, shape))
    return maps.reshape(shape[_MAPS], shape[_COILS], *_find_space(shape))


def write_cfl(path: Path, images: Array, like: Scan, header: Path) -> None:
    """Write images (slice, channel, *space) and, to `header`, their dimensions."""
    stored = like.header.get("dimensions")
    shape = _arrange_dimensions(images.shape, stored if isinstance(stored, tuple) else None)
    contrasts = [shape[axis] for axis in _CONTRASTS[::-1]]
    ordered = images.reshape(len(images), *contrasts, 1, 1, *shape[2::-1])
    values = np.moveaxis(ordered, 0, _N_DIMENSIONS - 1 - _SLICES)
    text = " ".join(str(length) for length in shape)
    header.write_text(f"# Dimensions\n{text}\n", encoding="ascii")
    path.write_bytes(np.ascontiguousarray(values, dtype=_DTYPE).tobytes())


def _arrange_dimensions(images: Shape, stored: Shape | None) -> Shape:
    """Return the dimensions of images, contrasts and space where those of the file were."""
    shape = [1] * _N_DIMENSIONS
    n_slices, n_channels, *space = images
    flat = 2 if stored is None else _find_flat_axis(stored)
    if len(space) == 2:
        space.insert(2 - (2 if flat is None else flat), 1)
    shape[:3] = space[::-1]
    if stored is not None and prod(stored[axis] for axis in _CONTRASTS) == n_channels:
        for axis in _CONTRASTS:
            shape[axis] = stored[axis]
    else:
        shape[_CONTRASTS[0]] = n_channels
    shape[_SLICES] = n_slices
    return tuple(shape)


def _find_flat_axis(shape: Shape) -> int | None:
    """Return the dimension of space, the last one first, that has one pixel; None in a volume."""
    return next((axis for axis in (2, 1, 0) if shape[axis] == 1), None)


def _find_space(shape: Shape) -> Shape:
    """Return (z, y, x), or two of them for a slice."""
    flat = _find_flat_axis(shape)
    return tuple(shape[axis] for axis in (2, 1, 0) if axis != flat)


def _read_dimensions(path: Path) -> Shape:
    """Return the 16 dimensions in the header, with which the size of the data must agree."""
    header = path.with_suffix(".hdr")
    if not header.is_file():
        raise ValueError(f"there is no {header.name} beside it")
    with header.open("rb") as file:
        lines = file.read(_LONGEST_HEADER).decode("ascii", "replace").splitlines()
    rows = (second for first, second in pairwise(lines) if "Dim" in first)
    numbers = [int(word) for word in next(rows, "").split()]
    if not 0 < len(numbers) <= _N_DIMENSIONS or min(numbers) < 1:
        raise ValueError(f"{header.name} must list up to 16 dimensions, got {numbers}")
    shape = (*numbers, *(1,) * (_N_DIMENSIONS - len(numbers)))
    expected, found = prod(shape) * _DTYPE.itemsize, path.stat().st_size
    if found != expected:
        raise ValueError(
            f"{expected} bytes are expected for dimensions {numbers}, there are {found}"
        )
    return shape


def _map_values(path: Path, shape: Shape) -> Array:
    """Return the values by dimension, the last one first, without reading them."""
    values: Array = np.memmap(path, _DTYPE, "r", shape=shape[::-1])
    return values


def _read_slice(path: Path, shape: Shape, number: int) -> ScanSlice:
    with explain_errors(path, NAME):
        values = _map_values(path, shape)
        chosen = np.array(np.take(values, number, axis=_N_DIMENSIONS - 1 - _SLICES))
    return ScanSlice(chosen.reshape(-1, shape[_COILS], *_find_space(shape)))
