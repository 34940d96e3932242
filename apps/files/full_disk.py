"""A device without space, whatever a library makes of it, becomes one error that says so."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What the system says when nothing more can be written, and how it is shown.
_REASONS = {
    getattr(errno, "EDQUOT", 0): "the disk quota is exceeded",  # not on every system
    errno.EFBIG: "it would exceed the limit on the size of a file",
    errno.ENOSPC: "no space left on the device",
}
# More than the system may have left in its last block.
_PROBE = bytes(2**16)


@contextmanager
def explain_full_disk(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Turn errors that are due to a full disk into an `OSError` that names `path`.

    Libraries report a full disk in many ways, some without the system's error. Then bytes are added
    to `temporary`, a file or folder in which the block writes and which is of no use any more.
    """
    try:
        yield
    except Exception as error:
        number = _find_number(error)
        if number is None and temporary is not None:
            number = _try_to_grow(temporary)
        if number is None:
            raise
        full = OSError(f"cannot write {path}: {_REASONS[number]}")
        full.errno = number
        raise full from error


def _find_number(error: BaseException | None) -> int | None:
    """Return the first error number of the chain of errors that says why nothing can be written."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _REASONS:
            return error.errno
        error = error.__cause__ or error.__context__
    return None


def _try_to_grow(temporary: Path) -> int | None:
    """Return the error number of adding bytes to a file, or to a new one in a folder."""
    probed = temporary / ".probe" if temporary.is_dir() else temporary
    try:
        with probed.open("ab", buffering=0) as file:
            remaining = len(_PROBE)
            while remaining:
                remaining -= file.write(_PROBE[:remaining])
    except OSError as error:
        return error.errno if error.errno in _REASONS else None
    finally:
        with suppress(OSError):
            os.unlink(probed)
    return None
