"""A limit on what is read from a file, so that a small file cannot fill the memory.

Compressed files and headers may promise more than there is memory. What they declare is compared
with the limit before anything is allocated: half of the memory that is free, or the number of bytes
in the environment variable ``GROUPSPARSE_MAX_BYTES``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Protocol

VARIABLE = "GROUPSPARSE_MAX_BYTES"
_SHARE = 0.5
# Where a system does not say how much is free.
_ASSUMED = 8 * 2**30
_PIECE = 2**20


class _Readable(Protocol):
    def read(self, n_bytes: int, /) -> bytes: ...


class TooLargeError(ValueError):
    """A file holds more than may be read into the memory."""


def find_byte_limit() -> int:
    """Return the largest number of bytes to read from a file into the memory."""
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return int(_SHARE * min(_list_free_bytes(), default=_ASSUMED))
    try:
        limit = int(float(text))
    except (ValueError, OverflowError):
        limit = 0
    if limit < 1:
        raise ValueError(f"{VARIABLE} must be a positive number of bytes, got {text!r}")
    return limit


def check_bytes(path: str | Path, n_bytes: int) -> None:
    """Raise a `TooLargeError` if a file holds more bytes, uncompressed, than may be read.

    >>> check_bytes("data.npz", 10**15)
    Traceback (most recent call last):
    groupsparse...TooLargeError: data.npz holds 1000000.0 GB, but at most ... GB...
    """
    limit = find_byte_limit()
    if n_bytes > limit:
        raise TooLargeError(
            f"{path} holds {_format(n_bytes)}, but at most {_format(limit)} may be read into the "
            f"memory (the environment variable {VARIABLE} changes that)"
        )


def check_array(path: str | Path, shape: tuple[int, ...], itemsize: int) -> None:
    """Raise a `TooLargeError` if an array in a file is larger than what may be read.

    >>> check_array("data.npz", (10**6, 10**9), 8)
    Traceback (most recent call last):
    groupsparse...TooLargeError: data.npz holds 8000000.0 GB, but at most ... GB...
    """
    check_bytes(path, prod(int(length) for length in shape) * itemsize)


def read_unpacked(path: Path, file: _Readable) -> bytes:
    """Return the content of a file that is decompressed while it is read, up to the limit."""
    limit = find_byte_limit()
    pieces: list[bytes] = []
    n_bytes = 0
    while piece := file.read(_PIECE):
        n_bytes += len(piece)
        if n_bytes > limit:
            check_bytes(path, n_bytes)
        pieces.append(piece)
    return b"".join(pieces)


def _format(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.1f} MB"


def _list_free_bytes() -> Iterator[int]:
    """Yield how many bytes are free by whatever the system says, all of which hold."""
    free = _read_free_memory()
    if free is not None:
        yield free
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            yield max(limit - pages * resource.getpagesize(), 0)
    with suppress(OSError, ValueError, KeyError):  # a container
        group = Path("/sys/fs/cgroup")
        most = int((group / "memory.max").read_text())
        lines = (group / "memory.stat").read_text().splitlines()
        used = dict(line.split() for line in lines)
        yield max(most - int(used["anon"]), 0)  # files that are cached give way


def _read_free_memory() -> int | None:
    """Return the bytes that are free, or all that the machine has where that is not known."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    with suppress(AttributeError, ValueError, OSError):  # not on Windows
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
