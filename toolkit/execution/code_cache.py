"""A cache of compiled code that tolerates damaged files and folders that cannot be written.

If a crash or a full disk has truncated a file, the kernel is compiled again, and its code
replaces the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_listeners: list[Callable[[], object]] = []


@contextmanager
def watch_compiling(report: Callable[[], object]) -> Iterator[None]:
    """Call `report` whenever a kernel is compiled in the block, since no code of it was kept."""
    _listeners.append(report)
    try:
        yield
    finally:
        _listeners.remove(report)


class CodeCache:
    """The cache of one kernel, a `numba.core.caching._Cache`, without its errors of files."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        """Return what the cache inside has of this name."""
        return getattr(self._cache, name)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled code for a signature, or None if it must be compiled."""
        try:
            code = self._cache.load_overload(signature, target_context)
        except Exception:  # noqa: BLE001 (damaged pickles raise anything)
            self._forget()
            code = None
        if code is None:
            for report in _listeners:
                report()
        return code

    def save_overload(self, signature: Any, code: Any) -> None:
        """Keep the compiled code for a signature if it can be written."""
        try:
            self._cache.save_overload(signature, code)
        except OSError:
            # The index may already name a file that was not written, and an old one be there.
            self._forget()

    def _forget(self) -> None:
        """Delete all code of this kernel; stop using the files if that fails."""
        try:
            self._cache.flush()
        except OSError:
            self._cache.disable()
