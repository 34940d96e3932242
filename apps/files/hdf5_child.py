"""The process that tries to read parts of an HDF5 file: ``hdf5_child.py FILE LIMIT PARTS ROWS``.

On damaged files the HDF5 library may loop without end, use all memory, or end the process. This
script, which needs nothing but h5py, does so first. ROWS is 1 if one row of a data set at a time,
not the whole, must be within the limit. It prints a dot now and then while it proceeds, and at last
a line of JSON: an empty text, or why the file cannot be read.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from math import prod
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h5py

_PIECE = 2**24
_BESIDES = 2**28
_SECONDS_BETWEEN_SIGNS = 0.2
# Rows that refer to arrays of any length are read so many at a time.
_MOST_OBJECTS = 2**10
# A whole file is read once, its index perhaps a few times.
_MOST_READINGS = 20
_MOST_LINKS = 16
_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class LargePartError(Exception):
    """A part has more bytes, its argument, than may be read."""


class WatchedFile(io.FileIO):
    """A file that shows by signs that it is being read, and that ends reading without end."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "rb")
        self._last_sign = 0.0
        self._remaining = _MOST_READINGS * os.stat(path).st_size + _BESIDES

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, piece by piece."""
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view):
            n_bytes = super().readinto(view[done : done + _PIECE]) or 0
            self.show_sign()
            if not n_bytes:
                break
            done += n_bytes
        self._remaining -= done
        if self._remaining < 0:
            raise OSError("it is damaged: its parts refer to each other without end")
        return done

    def show_sign(self) -> None:
        """Print a dot if the last one is some time ago."""
        now = monotonic()
        if now - self._last_sign > _SECONDS_BETWEEN_SIGNS:
            self._last_sign = now
            os.write(sys.stdout.fileno(), b".")


class Trial:
    """The attempt to read parts of an open file, every object once."""

    def __init__(self, watched: WatchedFile, limit: int, *, by_rows: bool) -> None:
        self._watched = watched
        self._limit = limit
        self._by_rows = by_rows
        self._seen: set[object] = set()

    def read_parts(self, file: h5py.File, parts: list[str]) -> None:
        """Read what lies at these paths and below, or the whole file."""
        import h5py

        waiting: list[Any] = [file] if not parts else []
        waiting += [found for part in parts if (found := self._follow(file, part)) is not None]
        while waiting:
            item = waiting.pop()
            place = h5py.h5o.get_info(item.id).addr
            if place in self._seen:
                continue
            self._seen.add(place)
            self._watched.show_sign()
            for name in item.attrs:
                _ = item.attrs[name]
            if isinstance(item, h5py.Group):
                below = (self._follow(item, name) for name in item)
                waiting += [found for found in below if found is not None]
            elif isinstance(item, h5py.Dataset):
                self._read_dataset(item)

    def _follow(self, group: Any, path: str, depth: int = 0) -> Any:
        """Return what lies at a path below a group, None if there is nothing."""
        import h5py

        if depth > _MOST_LINKS:
            raise ValueError(f"{path!r} is a link to itself")
        for name in filter(None, path.split("/")):
            if not isinstance(group, h5py.Group) or group.get(name, getlink=True) is None:
                return None
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise ValueError(f"{path!r} is a link to another file")
            if isinstance(link, h5py.SoftLink):
                start = group.file if link.path.startswith("/") else group
                group = self._follow(start, link.path, depth + 1)
            else:
                group = group[name]
        return group

    def _read_dataset(self, item: Any) -> None:
        if item.is_virtual or item.id.get_create_plist().get_external_count():
            raise ValueError(f"{item.name!r} is stored in other files")
        read_at_once = item.shape[1:] if self._by_rows and item.shape else item.shape
        for shape in (read_at_once, item.chunks):
            n_bytes = prod(shape or ()) * item.dtype.itemsize
            if n_bytes > self._limit:
                raise LargePartError(n_bytes)
        for piece in _list_pieces(item):
            _ = item[piece]
            self._watched.show_sign()


def _list_pieces(item: Any) -> Iterator[Any]:
    """Yield slices of a data set along its first axis, whole chunks and some megabytes each."""
    if not item.shape:
        yield ()
        return
    length = item.shape[0]
    row = max(1, prod(item.shape[1:]) * item.dtype.itemsize)
    together = item.chunks[0] if item.chunks else 1
    step = max(_PIECE // row // together, 1) * together
    if item.dtype.hasobject:
        step = min(step, _MOST_OBJECTS)
    for first in range(0, length, step):
        yield slice(first, first + step)


def _limit_memory(n_bytes: int) -> None:
    """Let this process allocate no more than this, where the system can do so."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = pages * resource.getpagesize() + n_bytes
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def answer(path: str, limit: int, parts: list[str], *, by_rows: bool) -> None:
    """Try to read the parts, and print why they cannot be read."""
    import h5py

    _limit_memory(limit + _BESIDES)
    found: dict[str, object] = {}
    try:
        with WatchedFile(path) as watched, h5py.File(watched, "r") as file:
            Trial(watched, limit, by_rows=by_rows).read_parts(file, parts)
    except LargePartError as error:
        found = {"too_large": error.args[0]}
    except MemoryError:
        found = {"reason": "there is not enough memory"}
    except _ERRORS as error:
        found = {"reason": str(error).strip() or type(error).__name__}
    sys.stdout.write("\n" + json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # HDF5 may fail again while it closes a damaged file


if __name__ == "__main__":
    answer(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), by_rows=sys.argv[4] == "1")
