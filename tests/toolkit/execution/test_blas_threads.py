"""How many threads linear algebra has: one where products are small, and as before afterwards."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits

from groupsparse.toolkit.execution import blas_threads
from groupsparse.toolkit.execution.blas_threads import (
    limit_blas_threads,
    one_blas_pool,
    one_blas_thread,
    spare_cores,
)
from groupsparse.toolkit.execution.parallel import run_parallel
from groupsparse.toolkit.problem import Problem


@pytest.fixture(autouse=True)
def _two_threads():
    """Whatever the suite runs with; a library may have been built for one."""
    with threadpool_limits(2, user_api="blas"):
        yield


def threads():
    """Return the number of threads of every BLAS library by its file."""
    np.linalg.cholesky(scipy.linalg.cholesky(np.eye(2)))
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {library["filepath"]: library["num_threads"] for library in libraries}


def scipy_held_to_one(before):
    own = {path for path in before if "scipy.libs" in path} if len(before) > 1 else set()
    return {path: 1 if path in own else n for path, n in before.items()}


def test_only_scipy_s_library_is_held_to_one_thread():
    before = threads()
    with one_blas_pool():
        inside = threads()
    assert threads() == before
    assert inside == scipy_held_to_one(before)


@pytest.mark.parametrize("context", [one_blas_pool, one_blas_thread])
def test_threads_come_back_after_an_error_and_from_inside(context):
    before = threads()
    with context(), context():
        inside = threads()
    assert threads() == before
    with contextlib.suppress(ZeroDivisionError), context():
        assert threads() == inside
        raise ZeroDivisionError
    assert threads() == before


def test_contexts_of_several_threads_that_overlap_leave_nothing_behind():
    """Whoever enters first leaves first: the second must not restore what the first had set."""
    before, both_inside, one_is_out = threads(), Barrier(2), Barrier(2)

    def first():
        with one_blas_thread():
            both_inside.wait(timeout=60)
        one_is_out.wait(timeout=60)

    def second():
        with one_blas_pool():
            both_inside.wait(timeout=60)
            one_is_out.wait(timeout=60)

    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(first), pool.submit(second)]:
            job.result(timeout=120)
    assert threads() == before


@pytest.mark.parametrize("n_vectors", [1, 20])
def test_only_large_products_get_several_threads(n_vectors, monkeypatch):
    before, problem = threads(), Problem(np.ones((30, 40)), np.ones((30, 2)))
    for limit, is_large in ((30 * 40 * 2 * n_vectors, True), (30 * 40 * 2 * n_vectors + 1, False)):
        monkeypatch.setattr(blas_threads, "_LARGE", limit)
        with limit_blas_threads(n_vectors * problem.n_multiplications):
            expected = scipy_held_to_one(before) if is_large else dict.fromkeys(before, 1)
            assert threads() == expected
            assert spare_cores() == (None if is_large else int(max(before.values()) > 1))
        assert threads() == before


def test_who_asks_for_one_thread_gets_one():
    """The user, or jobs side by side: no core is free for a helper then."""

    def helpers(_=None):
        with limit_blas_threads(9), limit_blas_threads(9):
            return spare_cores()

    with threadpool_limits(1, user_api="blas"):
        assert helpers() == 0
    with one_blas_thread():
        assert helpers() == 0
    assert run_parallel(helpers, [(1,), (2,)], n_jobs=2) == [0, 0]
    assert helpers() == int(max(threads().values()) > 1)
