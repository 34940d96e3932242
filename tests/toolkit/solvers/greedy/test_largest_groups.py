"""Keeping the largest groups: what is kept, how it is fitted, and what that is good for."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers.greedy.largest_groups import LargestGroups
from groupsparse.toolkit.solvers.greedy.rank_aware_ormp import RankAwareORMP
from groupsparse.toolkit.solvers.wrappers.in_turn import InTurn
from groupsparse.toolkit.testing import random_array

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)


def arrays(dtype="float64", n_channels=3):
    rng = np.random.default_rng(0)
    matrix = random_array((20, 12), dtype, rng)
    start = random_array((12, n_channels), dtype, rng)
    return matrix, random_array((20, n_channels), dtype, rng), start


@pytest.mark.covering(2)
@WRAPS
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 3, 40])
def test_the_largest_groups_are_fitted(dtype, wrap, n_channels):
    matrix, data, start = arrays(dtype, n_channels)
    norms = np.linalg.norm(start.reshape(6, -1), axis=1)
    kept = np.sort(np.argsort(-norms)[:3])
    rows = np.arange(12).reshape(6, 2)[kept].ravel()
    solution = LargestGroups(n_groups=3).solve(Problem(wrap(matrix), data, 2), start)
    np.testing.assert_array_equal(solution.active_groups, kept)
    expected = np.zeros_like(start)
    expected[rows] = np.linalg.lstsq(matrix[:, rows], data)[0]
    atol = 1e-4 if dtype in ("float32", "complex64") else 1e-11
    np.testing.assert_allclose(solution.coef, expected, atol=atol)
    assert solution.coef.dtype == dtype
    assert solution.status is Status.CONVERGED
    np.testing.assert_array_equal(solution.history["group"], np.argsort(-norms)[:3])


def test_groups_that_are_zero_stay_so():
    matrix, data, start = arrays()
    start[4:] = 0
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        solution = LargestGroups(n_groups=6).solve(Problem(matrix, data), start)
    assert solution.active_groups.tolist() == [0, 1, 2, 3]
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        assert not LargestGroups(n_groups=6).solve(Problem(matrix, data), 0 * start).coef.any()


def test_without_a_start_this_is_thresholding():
    matrix, data, _ = arrays()
    solution = LargestGroups(n_groups=4).solve(Problem(matrix, data))
    norms = np.linalg.norm(matrix.T @ data, axis=1)
    np.testing.assert_array_equal(solution.history["group"], np.argsort(-norms)[:4])


def test_as_few_as_the_noise_level_needs():
    matrix, data, start = arrays()
    order = np.argsort(-np.linalg.norm(start, axis=1))
    residuals = [
        np.linalg.norm(data - matrix[:, order[:k]] @ np.linalg.lstsq(matrix[:, order[:k]], data)[0])
        for k in range(1, 8)
    ]
    solver = LargestGroups(noise_level=(residuals[4] + residuals[3]) / 2)
    assert solver.solve(Problem(matrix, data), start).history["group"].tolist() == list(order[:5])
    with pytest.warns(ConvergenceWarning, match="noise level"):
        LargestGroups(noise_level=1e-3).solve(Problem(matrix, data), start)


def test_zero_data_give_zero():
    matrix, data, start = arrays()
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        solution = LargestGroups(n_groups=4).solve(Problem(matrix, 0 * data), start)
    assert solution.status is Status.SATURATED
    assert not solution.coef.any()


@pytest.mark.parametrize(("rank", "n_rows"), [(10, 38), (6, 51)])
def test_a_pursuit_may_take_a_few_too_many(rank, n_rows):
    """Of ten seeds, the pursuit alone misses some."""
    two = InTurn(RankAwareORMP(n_groups=36), LargestGroups(n_groups=30))
    alone = 0
    for seed in range(10):
        data = make_joint_sparse(n_rows, rank=rank, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            first = RankAwareORMP(n_groups=30).solve(data.problem).active_groups
        alone += np.array_equal(first, data.active_groups)
        np.testing.assert_array_equal(two.solve(data.problem).active_groups, data.active_groups)
    assert alone < 10


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give noise_level or n_groups"),
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"noise_level": -1}, "noise_level must be finite and not negative, got -1"),
    ],
)
def test_parameters_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        LargestGroups(**settings)


def test_what_the_problem_does_not_allow():
    with pytest.raises(ValueError, match=r"n_groups must be at most 4, .* got 5"):
        LargestGroups(n_groups=5).solve(Problem(np.eye(4), np.ones(4)))
    with pytest.raises(ValueError, match="groups overlap; LargestGroups needs"):
        LargestGroups(n_groups=1).solve(Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]]))
