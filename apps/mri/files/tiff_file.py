"""TIFF files, checked before tifffile reads them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors
from ...files.memory import check_array
from ...files.packed import check_packed

if TYPE_CHECKING:
    import tifffile

# By byte order and version: formats of an offset and of the number of tags, bytes of a tag.
_ORDERS = {b"II": "<", b"MM": ">"}
_UNCOMPRESSED = 1
_CLASSIC, _BIG = ("I", "H", 12), ("Q", "Q", 20)


def read_tiff(path: Path) -> Array:
    """Return the first series of images of a TIFF file, the colours of one with a palette."""
    import tifffile

    kind = path.suffix[1:].upper()
    with explain_errors(path, kind):
        _check_pages(path)
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            shape, itemsize = series.shape, np.dtype(series.dtype).itemsize
            check_array(path, shape, itemsize)
            if series.keyframe.compression != _UNCOMPRESSED:
                for page in series.pages:
                    if page is not None:
                        _check_segments(path, page)
            palette = series.keyframe.colormap
    with explain_errors(path, kind):
        pixels: Array = np.asarray(tifffile.imread(path))
        return pixels if palette is None else np.moveaxis(palette[:, pixels], 0, -1)


def _check_segments(path: Path, page: tifffile.TiffPage | tifffile.TiffFrame) -> None:
    """Raise if a compressed part of a page unpacks to more than may be read."""
    with path.open("rb") as file:
        for offset, n_bytes in zip(page.dataoffsets, page.databytecounts, strict=False):
            file.seek(offset)
            check_packed(path, file, n_bytes)


def _check_pages(path: Path) -> None:
    """Raise if a page points back to an earlier one as the next, which tifffile follows forever."""
    seen: set[int] = set()
    with path.open("rb") as file:
        header = file.read(16).ljust(16, b"\0")
        order = _ORDERS.get(header[:2], "<")
        is_big = struct.unpack(f"{order}H", header[2:4]) == (43,)
        offset_format, count_format, tag_bytes = _BIG if is_big else _CLASSIC
        offset_format, count_format = order + offset_format, order + count_format
        (offset,) = struct.unpack_from(offset_format, header, 8 if is_big else 4)
        while offset:
            if offset in seen:
                raise ValueError("it is damaged: its pages follow each other in a circle")
            seen.add(offset)
            file.seek(offset)
            count = file.read(struct.calcsize(count_format))
            if len(count) < struct.calcsize(count_format):
                return  # tifffile says so
            file.seek(struct.unpack(count_format, count)[0] * tag_bytes, 1)
            following = file.read(struct.calcsize(offset_format))
            if len(following) < struct.calcsize(offset_format):
                return
            (offset,) = struct.unpack(offset_format, following)
