"""One pool of threads where NumPy and SciPy bring a BLAS library each.

Their wheels carry two copies of OpenBLAS, each with a pool of its own. Threads
of the one that ran last go on spinning for a while, and take the cores from the
other: work that changes between the two, as an active-set solver's does, is
several times slower with two pools than with one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import scipy.linalg  # loads its library, so that the controller sees it
from threadpoolctl import ThreadpoolController

from .arrays import Array


@contextmanager
def one_blas_pool() -> Iterator[None]:
    """Let SciPy's own BLAS library, if it has one, run in the calling thread only.

    Meant for code whose large products go through NumPy and whose triangular
    solves and factorisations, through SciPy, are small beside them.

    Examples
    --------
    >>> with one_blas_pool():
    ...     factor = np.linalg.cholesky(4 * np.eye(2))
    >>> factor[0, 0]
    np.float64(2.0)
    """
    with _second_pool().limit(limits=1, user_api="blas"):
        yield


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let all linear algebra run in the calling thread.

    Meant for very many products of small matrices: to share one of these takes
    longer than to do it, and far longer where another program has the other core.

    Examples
    --------
    >>> with one_blas_thread():
    ...     product = np.eye(2) @ np.eye(2)
    >>> product[0, 0]
    np.float64(1.0)
    """
    with _all_pools().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _all_pools() -> ThreadpoolController:
    """Return the control of all BLAS libraries."""
    _touch(np.eye(1))
    return ThreadpoolController()


@lru_cache(maxsize=1)
def _second_pool() -> ThreadpoolController:
    """Return the control of the BLAS libraries that are SciPy's alone."""
    every = _all_pools()
    paths = [library["filepath"] for library in every.info() if library["user_api"] == "blas"]
    own = [path for path in paths if "scipy.libs" in path] if len(paths) > 1 else []
    return every.select(filepath=own)


def _touch(matrix: Array) -> None:
    """Make sure that both libraries are loaded."""
    scipy.linalg.cholesky(np.linalg.cholesky(matrix))
