"""A job among others: one thread for linear algebra, Fourier transforms and compiled loops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numba

from .blas_threads import one_blas_thread

_is_one_of_several: ContextVar[bool] = ContextVar("is_one_of_several", default=False)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let everything inside run in the calling thread, as one of several jobs should.

    >>> with one_thread():
    ...     count_threads()
    1
    """
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
