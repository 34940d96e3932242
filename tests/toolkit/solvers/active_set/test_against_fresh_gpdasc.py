"""The whole path of GPDASC against that of a plain one which factorises from scratch."""

import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import PrimalDualActiveSet

fresh_gpdasc = runpy.run_path(str(Path(__file__).with_name("fresh_gpdasc.py")))["fresh_gpdasc"]


def both(sizes, theta, seed, **settings):
    """Solve by the reference and by ours; the problem is (n, p, N, T, p / N, 10, theta, 1e-3)."""
    data = make_group_sparse(*sizes, theta=theta, random_state=seed)
    matrix, size = data.problem.operator.values, sizes[1] // sizes[2]
    settings = {"max_inner": 5, **settings}
    expected = fresh_gpdasc(
        matrix, data.problem.data, size, data.noise_level, rest=True, **settings
    )
    solver = PrimalDualActiveSet(noise_level=data.noise_level, refinements=0, **settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        solution = solver.solve(data.problem)
    assert [w.category for w in caught] == [ConvergenceWarning] * (not solution.status.is_success)
    return expected, solution, data


def check_same(expected, solution, atol=1e-8):
    """Ours leaves out strengths at which nothing changes, and nothing else."""
    reached = (Status.CONVERGED, Status.INTERPOLATED)  # the latter by as many columns as rows
    assert (solution.status in reached) == expected.reached
    np.testing.assert_array_equal(solution.active_groups, expected.active)
    assert solution.alpha == pytest.approx(expected.alpha, rel=1e-10)
    np.testing.assert_allclose(solution.coef, expected.coef, rtol=1e-8, atol=atol)
    path = expected.path if expected.reached else expected.path[:-1]
    changes = [step for step in path if step.n_changes]
    history = {key: values[: len(changes)] for key, values in solution.history.items()}
    assert len(solution.history["alpha"]) == len(changes) + (not expected.reached)
    np.testing.assert_allclose(history["alpha"], [s.alpha for s in changes], rtol=1e-10)
    np.testing.assert_array_equal(history["n_active"], [s.active.size for s in changes])
    np.testing.assert_array_equal(history["inner"], [s.n_changes for s in changes])
    norms = [s.residual_norm for s in changes]
    np.testing.assert_allclose(history["residual_norm"], norms, rtol=1e-6, atol=1e-9)


@pytest.mark.covering(2)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("theta", [0, 1, 3])
@pytest.mark.parametrize("n_active", [10, 20, 30])
def test_where_the_support_is_found(n_active, theta, seed):
    """Figure 1 with fewer rows and columns."""
    expected, solution, data = both((200, 500, 125, n_active), theta, seed)
    check_same(expected, solution)
    if n_active < 30:
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)


@pytest.mark.covering(2)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("theta", [0, 3])
@pytest.mark.parametrize("n_active", [34, 40, 46])
def test_where_it_is_not(n_active, theta, seed):
    """More groups than the rows can tell apart: up to where columns outnumber rows."""
    expected, solution, data = both((200, 500, 125, n_active), theta, seed)
    check_same(expected, solution, atol=1e-6)
    if n_active > 40:
        assert not np.array_equal(solution.active_groups, data.active_groups)


@pytest.mark.covering(2)
@pytest.mark.parametrize(
    "settings",
    [{"max_inner": 1}, {"max_inner": 2, "rho": 0.9}, {"rho": 0.3}, {"max_inner": 1, "rho": 0.5}],
)
@pytest.mark.parametrize("n_active", [20, 36])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_other_groups_and_steps(size, n_active, settings):
    sizes = (200, 500, 500 // size, n_active * 4 // size)
    expected, solution, _ = both(sizes, 1, 7, **settings)
    check_same(expected, solution, atol=1e-6)


@pytest.mark.parametrize(("n_active", "theta"), [(50, 3), (100, 0), (130, 0), (150, 3)])
def test_at_the_published_size(n_active, theta):
    """Figure 1: (800, 2e3, 500, T, 4, 10, theta, 1e-3)."""
    expected, solution, _ = both((800, 2000, 500, n_active), theta, 1)
    check_same(expected, solution, atol=1e-6)
