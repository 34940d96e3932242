"""A check of the structure of a MATLAB file before SciPy reads it.

A file of version 5 to 7 is a sequence of elements, each with its type and length; a matrix contains
further ones, and may be compressed. A file of version 4 is a sequence of matrices. SciPy takes
types and lengths for granted: an unknown type makes it read outside of its tables, which ends the
process without a message, and wrong lengths make it allocate gigabytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import BinaryIO, Protocol

from ...files.memory import check_array, check_bytes

# Version 5 to 7: byte orders, length of the header, types of elements, classes of matrices.
_ORDERS = {b"IM": "<", b"MI": ">"}
_HEADER = 128
_TEXT, _INTEGERS, _FLAGS, _MATRIX, _COMPRESSED = 1, 5, 6, 14, 15
_NUMBERS = frozenset((1, 2, 3, 4, 5, 6, 7, 9, 12, 13))
_CHARACTERS = frozenset((16, 17, 18))
_TYPES = _NUMBERS | _CHARACTERS | {_MATRIX, _COMPRESSED}
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 16, 17
_COMPLEX = 0x0800
_DIMENSIONS_AND_NAME = tuple([kind, name] for kind in (_INTEGERS, _FLAGS) for name in (_TEXT, 16))
_DEEPEST = 50
_MOST_DIMENSIONS = 32
_LARGEST_ENTRY = 8
_PIECE = 2**16
# Version 4: bytes of an entry by its type.
_BYTES_VERSION_4 = (8, 4, 4, 2, 2, 1)
_LARGEST_CODE = 5000


class _Source(Protocol):
    """Bytes that are read from the start to the end."""

    def read(self, n_bytes: int) -> bytes: ...
    def skip(self, n_bytes: int) -> None: ...


def check_mat_structure(path: Path) -> None:
    """Raise a `ValueError` if elements are unknown, or longer than what holds them.

    >>> header = struct.pack("<5i", 0, 10**6, 10**6, 0, 2)
    >>> _ = Path("short.mat").write_bytes(header + b"X" + bytes(1))
    >>> check_mat_structure(Path("short.mat"))
    Traceback (most recent call last):
    ValueError: it ends after 22 bytes, more are expected
    """
    size = path.stat().st_size
    check_bytes(path, size)
    with path.open("rb") as file:
        start = file.read(_HEADER)
        if b"\0" in start[:4]:
            _check_version_4(file, size)
        elif len(start) == _HEADER and start[126:128] in _ORDERS:
            tag = struct.Struct(f"{_ORDERS[start[126:128]]}II")
            _Elements(path, tag).check(_Stored(file), size - _HEADER)


class _Stored:
    """The bytes of a file from its position on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, n_bytes: int) -> bytes:
        found = self._file.read(n_bytes)
        if len(found) < n_bytes:
            raise ValueError("it is damaged or ends too early")
        return found

    def skip(self, n_bytes: int) -> None:
        self._file.seek(n_bytes, 1)


class _Unpacked:
    """The bytes that some compressed bytes of a source unpack to, a piece at a time."""

    def __init__(self, source: _Source, n_bytes: int) -> None:
        self._source = source
        self._remaining = n_bytes
        self._zlib = zlib.decompressobj()
        self._buffer = b""

    def read(self, n_bytes: int) -> bytes:
        while len(self._buffer) < n_bytes:
            self._buffer += self._unpack()
        found, self._buffer = self._buffer[:n_bytes], self._buffer[n_bytes:]
        return found

    def skip(self, n_bytes: int) -> None:
        while n_bytes > len(self._buffer):
            n_bytes -= len(self._buffer)
            self._buffer = self._unpack()
        self._buffer = self._buffer[n_bytes:]

    def leave(self) -> None:
        """Skip the rest of the compressed bytes."""
        self._source.skip(self._remaining)

    def _unpack(self) -> bytes:
        found = b""
        while not found:
            packed = self._zlib.unconsumed_tail
            if not packed and self._remaining and not self._zlib.eof:
                packed = self._source.read(min(_PIECE, self._remaining))
                self._remaining -= len(packed)
            if not packed:
                raise ValueError("its compressed data are damaged or end too early")
            found = self._zlib.decompress(packed, 16 * _PIECE)
        return found


class _Elements:
    """The check of the elements of a file, whose tags have the given layout."""

    def __init__(self, path: Path, tag: struct.Struct) -> None:
        self._path = path
        self._tag = tag
        self._order = tag.format[0]

    def check(self, source: _Source, n_bytes: int) -> None:
        """Raise unless matrices, which may be compressed, fill the next bytes."""
        for kind, length in self._list(source, n_bytes):
            if kind == _COMPRESSED:
                self._check_compressed(source, length)
            elif kind == _MATRIX:
                self._check_matrix(source, length, 1)
            else:
                source.skip(length)

    def _list(self, source: _Source, n_bytes: int) -> Iterator[tuple[int, int]]:
        """Yield type and length of the elements that fill the next bytes, in front of each.

        The caller reads or skips its content. An element inside of its tag has length 0.
        """
        remaining = n_bytes
        while remaining > 0:
            if remaining < 8:
                raise ValueError(f"it is damaged: {remaining} bytes are left for an element")
            kind, length = self._tag.unpack(source.read(8))
            remaining -= 8
            in_tag = kind >> 16  # its number of bytes
            kind &= 0xFFFF
            if kind not in _TYPES or in_tag > 4 or (not in_tag and length > remaining):
                raise ValueError(f"it is damaged at byte {n_bytes - remaining - 8} of its part")
            if in_tag:
                yield kind, 0
                continue
            yield kind, length
            padding = 0 if kind == _COMPRESSED else min(-length % 8, remaining - length)
            source.skip(padding)
            remaining -= length + padding

    def _check_compressed(self, source: _Source, length: int) -> None:
        unpacked = _Unpacked(source, length)
        inner, inner_length = self._tag.unpack(unpacked.read(8))
        if inner != _MATRIX:
            raise ValueError("it is damaged: a compressed element holds no matrix")
        check_bytes(self._path, inner_length)
        self._check_matrix(unpacked, inner_length, 1)
        unpacked.leave()

    def _check_matrix(self, source: _Source, n_bytes: int, depth: int) -> None:
        """Raise unless a matrix has the parts that its class prescribes."""
        if depth > _DEEPEST:
            raise ValueError(f"its elements lie deeper than {_DEEPEST} levels")
        kinds: list[int] = []
        heads: list[bytes] = []
        for kind, length in self._list(source, n_bytes):
            kinds.append(kind)
            if len(kinds) <= 2 and length <= 4 * _MOST_DIMENSIONS:
                heads.append(source.read(length))
            elif kind == _MATRIX:
                self._check_matrix(source, length, depth + 1)
            else:
                source.skip(length)
        if n_bytes:  # an empty cell has none
            self._check_parts(kinds, heads, n_bytes)

    def _check_parts(self, kinds: list[int], heads: list[bytes], n_bytes: int) -> None:
        flags = heads[0] if heads else b""
        if len(flags) != 8 or kinds[0] != _FLAGS:
            raise ValueError("it is damaged: a matrix has no class")
        (word,) = struct.unpack(f"{self._order}I", flags[:4])
        code = word & 0xFF
        if code == _OPAQUE:
            return
        if kinds[1:3] not in _DIMENSIONS_AND_NAME or len(heads) < 2 or len(heads[1]) < 8:
            raise ValueError("it is damaged: a matrix has no dimensions or no name")
        n_axes = len(heads[1]) // 4
        shape = struct.unpack_from(f"{self._order}{n_axes}i", heads[1])
        n_entries = prod(shape)
        if min(shape) < 0 or (code not in (_SPARSE, _FUNCTION) and n_entries > n_bytes):
            raise ValueError(f"it is damaged: a matrix of {n_bytes} bytes has the shape {shape}")
        if code != _SPARSE:
            check_array(self._path, shape, _LARGEST_ENTRY)
        if not _has_parts(code, kinds[3:], n_entries, is_complex=bool(word & _COMPLEX)):
            raise ValueError(f"it is damaged: a matrix of class {code} has other parts")


def _has_parts(code: int, kinds: list[int], n_entries: int, *, is_complex: bool) -> bool:
    """Return whether a matrix of a class can have parts of these types after its name."""
    if code == _CELL:
        return kinds == [_MATRIX] * n_entries
    if code in (_STRUCT, _OBJECT):
        first = [_TEXT] * (code == _OBJECT) + [_INTEGERS, _TEXT]
        fields = kinds[len(first) :]
        return kinds[: len(first)] == first and set(fields) <= {_MATRIX}
    if code == _FUNCTION:
        return kinds == [_MATRIX]
    n_parts = (3 if code == _SPARSE else 1) + is_complex
    allowed = _NUMBERS | _CHARACTERS if code == _CHAR else _NUMBERS
    return len(kinds) == n_parts and set(kinds) <= allowed


def _check_version_4(file: BinaryIO, size: int) -> None:
    """Raise unless matrices fill a file of version 4."""
    position = 0
    while position < size:
        file.seek(position)
        header = file.read(20)
        if len(header) < 20:
            raise ValueError(f"it is damaged or ends too early, at byte {position}")
        order = "<" if 0 <= struct.unpack("<i", header[:4])[0] <= _LARGEST_CODE else ">"
        code, n_rows, n_columns, imaginary, name = struct.unpack(f"{order}5i", header)
        kind = code // 10 % 10
        counts = (n_rows, n_columns, name)
        if not 0 <= code <= _LARGEST_CODE or kind >= len(_BYTES_VERSION_4) or min(counts) < 0:
            raise ValueError(f"it is damaged at byte {position}")
        n_parts = 2 if imaginary == 1 and code % 10 == 0 else 1
        position += 20 + name + n_parts * n_rows * n_columns * _BYTES_VERSION_4[kind]
    if position > size:
        raise ValueError(f"it ends after {size} bytes, more are expected")
