"""Arrays with hardly any metadata: NPY, NPZ and Zarr.

K-space is complex, images are real. The axes are ``yx``, ``cyx`` (channels), ``ckyx`` (channels
and coils) or ``sckyx`` (slices), unless letters are given or stored beside the array as `axes`;
``z`` is one more axis of space. An NPZ holds `kspace` or `images`, with `mask`, `maps` and
`noise_scan`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.damage import explain_errors, import_optional
from ...files.memory import check_array
from ...files.numpy_file import read_npy, read_npz
from .scan import IMAGES, KSPACE, Scan, ScanSlice

_AXES = {2: "yx", 3: "cyx", 4: "ckyx", 5: "sckyx", 6: "sckzyx"}
_ORDER = "sckzyx"
_EXTRAS = ("mask", "maps", "noise_scan")


class _Stored(Protocol):
    """An array in a file, of which parts are read."""

    @property
    def shape(self) -> Shape: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, index: Any, /) -> Any: ...


@dataclass(frozen=True)
class _Source:
    """An array in a file: how it is opened, and what is known about it."""

    path: Path
    format: str
    load: Callable[[], _Stored]
    axes: str | None
    domain: str | None = None
    extras: Mapping[str, Array] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)

    def make_scan(self) -> Scan:
        array = self.load()
        domain = self.domain or (KSPACE if array.dtype.kind == "c" else IMAGES)
        if array.dtype.kind not in "fiuc" or 0 in array.shape:
            raise ValueError(
                f"{self.path} must hold numbers, got {array.dtype} of shape {array.shape}"
            )
        axes = self._check_axes(array.shape)
        lengths = dict(zip(axes, array.shape, strict=True))
        kept = [letter for letter in "ckzyx" if letter in lengths or letter in "ck"]
        if domain == IMAGES:
            kept.remove("k")
        return Scan(
            self.path,
            self.format,
            domain,
            lengths.get("s", 1),
            tuple(lengths.get(letter, 1) for letter in kept),
            partial(_read_slice, self, axes, kept),
            self.extras.get("noise_scan"),
            header={"axes": axes, "attributes": self.attributes, "dtype": array.dtype},
        )

    def _check_axes(self, shape: Shape) -> str:
        axes = self.axes or _AXES.get(len(shape))
        if axes is None:
            raise ValueError(f"{self.path} must have 2 to 6 axes, got shape {shape}")
        known = set(axes) <= set(_ORDER) and len(set(axes)) == len(axes)
        if not known or len(axes) != len(shape) or not {"x", "y"} <= set(axes):
            raise ValueError(
                f"axes must name each of the {len(shape)} axes of {self.path} by one letter of "
                f"{_ORDER}, with y and x, got {axes!r}"
            )
        return axes


def open_npy(path: Path, axes: str | None) -> Scan:
    """Return the scan of an NPY file, whose slices are read when they are asked for."""
    return _Source(path, "NPY", partial(_map_npy, path), axes).make_scan()


def open_npz(path: Path, axes: str | None) -> Scan:
    """Return the scan of an NPZ file, which is read as a whole."""
    arrays = read_npz(path)
    name = next((name for name in ("kspace", "images") if name in arrays), None)
    if name is None:
        raise ValueError(f"{path} must hold kspace or images, found {', '.join(arrays)}")
    stored = str(arrays["axes"]) if "axes" in arrays else None
    domain = KSPACE if name == "kspace" else IMAGES
    extras = {key: arrays[key] for key in _EXTRAS if key in arrays}
    load = partial(_take, arrays[name])
    return _Source(path, "NPZ", load, axes or stored, domain, extras).make_scan()


def open_zarr(path: Path, axes: str | None) -> Scan:
    """Return the scan of a Zarr array, whose slices are read when they are asked for."""
    array = _open_zarr_array(path)
    check_array(path, array.chunks, array.dtype.itemsize)
    attributes = dict(array.attrs)
    stored = str(attributes["axes"]) if "axes" in attributes else None
    load = partial(_open_zarr_array, path)
    return _Source(path, "Zarr", load, axes or stored, attributes=attributes).make_scan()


def write_npy_images(path: Path, images: Array, like: Scan) -> None:
    """Write images (slice, channel, *space), without the axes that `like` has not."""
    with path.open("wb") as file:
        np.save(file, _arrange(images, like)[0])


def write_npz_images(path: Path, images: Array, like: Scan) -> None:
    """Write `images` and `axes`."""
    values, axes = _arrange(images, like)
    with path.open("wb") as file:
        np.savez(file, images=values, axes=np.array(axes))


def write_zarr_images(path: Path, images: Array, like: Scan) -> None:
    """Write a Zarr array, a chunk for each slice, with the attributes kept."""
    zarr = import_optional("zarr", "to write Zarr", extra="dask")
    values, axes = _arrange(images, like)
    chunks = tuple(1 if letter == "s" else n for letter, n in zip(axes, values.shape, strict=True))
    array = zarr.create_array(str(path), data=values, chunks=chunks)
    attributes = like.header.get("attributes")
    kept = attributes if isinstance(attributes, dict) and like.format == "Zarr" else {}
    array.attrs.update({**kept, "axes": axes})


def _arrange(images: Array, like: Scan) -> tuple[Array, str]:
    """Return images in the order of the axes of a file, and the letters of these."""
    letters = "sc" + "zyx"[5 - images.ndim :]
    stored = str(like.header.get("axes", letters))
    axes = "".join(letter for letter in stored if letter in letters)
    dropped = tuple(i for i, letter in enumerate(letters) if letter not in axes)
    if any(images.shape[i] != 1 for i in dropped):  # the file had one slice or channel only
        axes, dropped = letters, ()
    rest = "".join(letter for i, letter in enumerate(letters) if i not in dropped)
    order = [rest.index(letter) for letter in axes]
    return np.ascontiguousarray(np.squeeze(images, dropped).transpose(order)), axes


def _read_slice(source: _Source, axes: str, kept: list[str], number: int) -> ScanSlice:
    with explain_errors(source.path, source.format):
        index = tuple(number if letter == "s" else slice(None) for letter in axes)
        values = np.asarray(source.load()[index])
    rest = axes.replace("s", "")
    values = values.transpose([rest.index(letter) for letter in kept if letter in rest])
    lengths = dict(zip([letter for letter in kept if letter in rest], values.shape, strict=True))
    values = values.reshape([lengths.get(letter, 1) for letter in kept])
    mask = source.extras.get("mask")
    if mask is not None and values.shape[-mask.ndim :] != mask.shape:
        shapes = f"{mask.shape} does not fit values of shape {values.shape}"
        raise ValueError(f"{source.path}: the mask of shape {shapes}")
    sampled = None if mask is None else mask != 0
    return ScanSlice(values, sampled, source.extras.get("maps"))


def _map_npy(path: Path) -> Array:
    """Return an array in a file without reading it; small ones and old versions are read."""
    if path.stat().st_size < 2**20:
        return read_npy(path)
    with explain_errors(path, "NPY"):
        mapped: Array = np.lib.format.open_memmap(path, mode="r")
        return mapped


def _take(array: Array) -> Array:
    return array


def _open_zarr_array(path: Path) -> Any:
    zarr = import_optional("zarr", "to read Zarr", extra="dask")
    with explain_errors(path, "Zarr"):
        found = zarr.open(str(path), mode="r")
        if not hasattr(found, "dtype"):
            raise ValueError(f"it must be one array, found the keys {', '.join(found.keys())}")
        return found
