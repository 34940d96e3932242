"""ADMM against FISTA, its certificate, how it ends, what it refuses."""

import numpy as np
import pytest

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import HalfPlaneFourier, Joint, PartialFourier, Wavelet
from groupsparse.toolkit.penalties import L21, GroupL0, SparseGroup
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import ADMM, FISTA
from groupsparse.toolkit.testing import random_array


def make_problem(dtype: str) -> Problem:
    """Return two images of 16 x 16 by half of their frequencies, groups across them."""
    mask = np.random.default_rng(0).random((16, 16)) < 0.5
    sampling = (PartialFourier if dtype.startswith("complex") else HalfPlaneFourier)(mask)
    wavelet = Wavelet((16, 16), "haar")
    operator = Joint(sampling @ wavelet, 2)
    rng = np.random.default_rng(1)
    coef = random_array((2, 16, 16), dtype, rng) * (rng.random((16, 16)) < 0.1)
    data = operator.apply(coef.astype(dtype))
    data = data + random_array(data.shape, data.dtype, rng) / 50
    return Problem(operator, data.astype(dtype), Groups.across(0, wavelet.coarse))


@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32", "complex64"])
@pytest.mark.parametrize("rho", [0.05, 0.2, 1.0])
def test_minimum_is_that_of_fista(dtype, rho):
    problem = make_problem(dtype)
    tol = 1e-9 if problem.data.real.dtype == np.float64 else 1e-4
    for penalty in (L21(0.05), SparseGroup(0.05, 0.5)):
        found = ADMM(penalty, tol=tol, max_iter=20000, rho=rho).solve(problem)
        expected = FISTA(penalty, tol=tol / 10, max_iter=20000).solve(problem)
        assert found.status is Status.CONVERGED
        assert found.coef.dtype == problem.dtype
        assert found.objective == pytest.approx(expected.objective, rel=10 * tol)
        np.testing.assert_allclose(found.coef, expected.coef, atol=1e3 * tol)
        assert found.certificate.value < 1e3 * tol * found.objective


def test_a_start_at_the_solution_and_a_callback():
    problem = make_problem("float64")
    solution = ADMM(L21(0.05), tol=1e-8, max_iter=20000).solve(problem)
    again = ADMM(L21(0.05), tol=1e-3, max_iter=20000).solve(problem, solution.coef)
    assert again.objective == pytest.approx(solution.objective, rel=1e-3)
    stopped = ADMM(L21(0.05), callback=lambda progress: progress.iteration == 3).solve(problem)
    assert (stopped.status, stopped.iterations) == (Status.STOPPED, 3)
    assert len(stopped.history["criterion"]) == 3


def test_penalties_that_are_not_convex_settle():
    solution = ADMM(GroupL0(0.01), tol=1e-8, max_iter=5000, rho=2.0).solve(make_problem("float64"))
    assert solution.status is Status.CONVERGED


def test_rows_must_be_orthonormal():
    problem = Problem(np.eye(4), np.ones(4), 2)
    with pytest.raises(ValueError, match=r"orthonormal rows; ADMM needs A A\^H = I"):
        ADMM(L21(0.1)).solve(problem)
