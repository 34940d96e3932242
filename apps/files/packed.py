"""Compressed blocks inside of files, tried before a library unpacks them at once."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from .memory import check_bytes, find_byte_limit

_PIECE = 2**20
_LONGEST_START = 5
# No block of zlib unpacks to more than so many times its length.
_ZLIB_RATIO = 1032


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


# By the first bytes. Those of zlib say that there is a checksum and how large the window is.
_FORMATS: dict[bytes, Callable[[], _Decompressor]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"\x78": lambda: zlib.decompressobj(),
    b"\xfd7zXZ": lzma.LZMADecompressor,
    b"BZh": bz2.BZ2Decompressor,
}


def check_packed(path: Path, file: BinaryIO, length: int) -> None:
    """Raise a `TooLargeError` if a block unpacks to more than may be read.

    It is the next `length` bytes of `file`, and `path` the name for the message. Other formats than
    zlib, gzip, xz and bzip2 pass, and so do damaged blocks.

    >>> from io import BytesIO
    >>> check_packed(Path("image.tif"), BytesIO(zlib.compress(bytes(1000))), 17)
    """
    limit = find_byte_limit()
    first = file.read(min(length, _LONGEST_START))
    make = next((make for start, make in _FORMATS.items() if first.startswith(start)), None)
    is_zlib = first[:1] in (b"\x1f", b"\x78")
    if make is None or (is_zlib and length * _ZLIB_RATIO <= limit):
        return
    unpacker, n_bytes = make(), 0
    rest = first + file.read(length - len(first))
    try:
        while not unpacker.eof and (piece := unpacker.decompress(rest, _PIECE)):
            rest = getattr(unpacker, "unconsumed_tail", b"")  # the others keep it themselves
            n_bytes += len(piece)
            if n_bytes > limit:
                check_bytes(path, n_bytes)
    except (OSError, zlib.error, lzma.LZMAError):
        return  # the library says so
