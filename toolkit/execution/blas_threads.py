"""The number of threads of linear algebra: one, except for products large enough to gain from more.

Threads that share a product wait for the slowest of them. If every core is free, two threads
halve the time; if another program has one of the cores, each product takes until that
program's time slice ends, some 8 ms, however small the product is. On a machine of two cores,
one of them busy, a product of 2 million multiplications took 30 times as long with two threads
as with one, one of 19 million 1.4 to 4 times, and from 70 million on 1.0 to 1.4 times. Below
that all linear algebra therefore runs in the calling thread; `operators.shared_product` shares
products of a few vectors with a large matrix with a second core without ever waiting.

NumPy's and SciPy's wheels carry two copies of OpenBLAS, each with its own pool. Threads of
the one that ran last keep spinning for a while, and take the cores from the other: work that
alternates between the two, as an active-set solver's does, is several times slower with two
pools than with one. Large products go through NumPy here, so SciPy's library always has one
thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import numpy as np
import scipy.linalg  # loads its library, so that the controller sees it
from threadpoolctl import ThreadpoolController

_LARGE = 2**26  # multiplications in a product that gains from threads

_spare_cores: ContextVar[int | None] = ContextVar("spare_cores", default=None)


@contextmanager
def limit_blas_threads(n_multiplications: int) -> Iterator[None]:
    """Let linear algebra run in several threads only if products of this size gain from them.

    `n_multiplications` is the number in one product, such as `Problem.n_multiplications`.
    """
    is_large = n_multiplications >= _LARGE
    before = _spare_cores.set(None if is_large else _count_spare_cores())
    try:
        with one_blas_pool() if is_large else one_blas_thread():
            yield
    finally:
        _spare_cores.reset(before)


def spare_cores() -> int | None:
    """Return how many cores the calling thread may ask for help with a product.

    None if the BLAS library's own threads are at work; 0 or 1 if linear algebra runs in the calling
    thread only, as inside `limit_blas_threads` for most problems: 0 if the user, or parallel jobs,
    have asked for one thread.
    """
    return _spare_cores.get()


def _count_spare_cores() -> int:
    """Return 1 if the BLAS libraries have several threads, or had in an enclosing context."""
    several = any(library["num_threads"] > 1 for library in _all_libraries().info())
    return 1 if several or _spare_cores.get() else 0


@contextmanager
def one_blas_pool() -> Iterator[None]:
    """Let SciPy's own BLAS library, if it has one, run in the calling thread only.

    Meant for code whose large products go through NumPy and whose triangular solves and
    factorisations, through SciPy, are small in comparison.
    """
    with _scipy_s_own().limit(limits=1, user_api="blas"):
        yield


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let all linear algebra run in the calling thread.

    Meant for very many products of small matrices, and for jobs that share the cores.
    """
    with _all_libraries().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _all_libraries() -> ThreadpoolController:
    """Return the control of all BLAS libraries."""
    scipy.linalg.cholesky(np.linalg.cholesky(np.eye(1)))  # both are loaded at the latest now
    return ThreadpoolController().select(user_api="blas")


@lru_cache(maxsize=1)
def _scipy_s_own() -> ThreadpoolController:
    """Return the control of the BLAS libraries that are SciPy's alone."""
    every = _all_libraries()
    files = [library["filepath"] for library in every.info()]
    own = [file for file in files if "scipy.libs" in file] if len(files) > 1 else []
    return every.select(filepath=own)
