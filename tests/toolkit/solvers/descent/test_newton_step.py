"""Newton's step on active groups: quadratic convergence, and what it makes possible."""

import numpy as np
import pytest

from groupsparse.toolkit.penalties import L21, GroupMCP, SparseGroup, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import BlockCoordinateDescent
from groupsparse.toolkit.solvers.descent.newton_step import polish
from groupsparse.toolkit.testing import random_array


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("ridge", [0.0, 0.5])
@pytest.mark.parametrize("labels", [np.repeat(np.arange(10), 4), np.r_[-1, -1, np.arange(38) // 4]])
def test_the_error_is_squared_by_each_step(dtype, n_channels, ridge, labels):
    rng = np.random.default_rng(0)
    matrix = random_array((30, 40), dtype, rng)
    data = random_array((30, n_channels), dtype, rng)
    problem = Problem(matrix, data if n_channels > 1 else data[:, 0], labels)
    alpha = 0.1 * alpha_max(problem)
    penalty = WithRidge(L21(alpha), ridge) if ridge else L21(alpha)
    session = BlockCoordinateDescent(penalty, tol=1e-4).session(problem)
    session.solve(alpha)
    working = session.working
    scale, errors = np.linalg.norm(working.data_correlations), []
    for _ in range(3):
        working.correlate()
        errors.append(working.measure_optimality().total / scale)
        polish(working)
    working.correlate()
    assert errors[1] < 1e-2 * errors[0] + 1e-14
    assert errors[2] < 1e-3 * errors[1] + 1e-14
    assert working.measure_optimality().total / scale < 1e-13


@pytest.mark.parametrize("n_channels", [1, 3])
def test_entries_that_are_zero_stay_out_of_the_step(n_channels):
    """The sparse group penalty is smooth where no entry is zero, and the others keep still."""
    rng = np.random.default_rng(2)
    matrix, data = rng.standard_normal((30, 40)), rng.standard_normal((30, n_channels))
    problem = Problem(matrix, data if n_channels > 1 else data[:, 0], 4)
    penalty = SparseGroup(3.0, 0.4)
    session = BlockCoordinateDescent(penalty, tol=1e-5).session(problem)
    session.solve(penalty.alpha)
    working = session.working
    zero = working.x == 0
    scale = np.linalg.norm(working.data_correlations)
    for _ in range(3):
        working.correlate()
        polish(working)
    working.correlate()
    assert zero.any()
    np.testing.assert_array_equal(working.x == 0, zero)
    assert working.measure_optimality().total / scale < 1e-13


def test_nothing_happens_for_a_concave_penalty():
    rng = np.random.default_rng(1)
    problem = Problem(rng.standard_normal((20, 12)), rng.standard_normal(20), 3)
    session = BlockCoordinateDescent(GroupMCP(0.5), tol=1e-3).session(problem)
    before = session.solve(0.5).coef
    session.working.correlate()
    polish(session.working)
    np.testing.assert_array_equal(session.solve(0.5).coef, before)


@pytest.mark.parametrize("n_channels", [1, 4])
def test_nearly_equal_columns_in_many_groups_are_solved(n_channels):
    """Each second column is a copy up to 1e-6, and all share a direction: sweeps creep."""
    rng = np.random.default_rng(4)
    matrix = 0.3 * rng.standard_normal((120, 240)) + rng.standard_normal((120, 1))
    matrix[:, 1::2] = matrix[:, ::2] + 1e-6 * matrix[:, 1::2]
    labels = np.repeat(np.arange(80), 3)
    rng.shuffle(labels)
    problem = Problem(matrix, rng.standard_normal((120, n_channels)), labels)
    alpha = 0.05 * alpha_max(problem)
    solution = BlockCoordinateDescent(L21(alpha)).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.certificate.value <= 1e-3 * solution.objective


@pytest.mark.parametrize("penalty", [L21(1.0), SparseGroup(1.0, 1.0), SparseGroup(1.0, 0.5)])
@pytest.mark.parametrize("apart", [1e-2, 1e-4, 1e-6])
def test_of_two_nearly_equal_columns_the_worse_one_is_dropped(penalty, apart):
    """Sweeps exchange the two in tiny steps, and Newton's step turns one of them round."""
    rng = np.random.default_rng(7)
    matrix = rng.standard_normal((60, 24))
    data = matrix[:, :4] @ [1.0, -2.0, 3.0, 1.0] + 0.5 * rng.standard_normal(60)
    matrix = np.hstack([matrix, matrix + apart * rng.standard_normal(matrix.shape)])
    problem = Problem(matrix, data)
    solver = BlockCoordinateDescent(penalty.with_alpha(3.0), tol=1e-11, max_iter=5000)
    solution = solver.solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.certificate.value <= 1e-9 * solution.objective
