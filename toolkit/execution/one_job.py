"""A job among others: one thread for linear algebra, Fourier transforms and compiled loops."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import numba

from .blas_threads import one_blas_thread

# Dask starts its workers with this variable, so that every larger array is returned to the system
# when it is freed, and the next one costs page faults: jobs took two and a half times as long.
_TRIMMED = "MALLOC_TRIM_THRESHOLD_"
# Parameters of mallopt in glibc, by their numbers, and the bytes from which memory is returned.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = (-1, 2**28), (-3, 2**25)

_is_one_of_several: ContextVar[bool] = ContextVar("is_one_of_several", default=False)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let everything inside run in the calling thread, as one of several jobs should.

    >>> with one_thread():
    ...     count_threads()
    1
    """
    _keep_freed_memory()
    before, n_compiled = _is_one_of_several.set(True), numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with one_blas_thread():
            yield
    finally:
        numba.set_num_threads(n_compiled)
        _is_one_of_several.reset(before)


def count_threads() -> int:
    """Return how many threads Fourier transforms may use: one per core unless in `one_thread`."""
    return 1 if _is_one_of_several.get() else os.cpu_count() or 1


def _keep_freed_memory() -> None:
    """Let freed arrays be used again in a worker of Dask, where the C library is glibc."""
    if _TRIMMED not in os.environ:
        return
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            library.mallopt(*parameter)
