"""SciPy's own BLAS library runs in one thread where it is asked to, and as before afterwards."""

import contextlib

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info

from groupsparse.toolkit.blas_threads import one_blas_pool


def threads():
    """Return the number of threads of every BLAS library by its file."""
    np.linalg.cholesky(scipy.linalg.cholesky(np.eye(2)))
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {library["filepath"]: library["num_threads"] for library in libraries}


def test_only_scipy_s_library_is_held_to_one_thread():
    before = threads()
    with one_blas_pool():
        inside = threads()
    assert threads() == before
    own = {path for path in before if "scipy.libs" in path} if len(before) > 1 else set()
    assert inside == {path: 1 if path in own else n for path, n in before.items()}


def test_threads_come_back_after_an_error_and_from_inside():
    before = threads()
    with one_blas_pool(), one_blas_pool():
        inside = threads()
    assert threads() == before
    assert _raise_inside() == inside
    assert threads() == before


def _raise_inside():
    with contextlib.suppress(ZeroDivisionError), one_blas_pool():
        seen = threads()
        raise ZeroDivisionError
    return seen
