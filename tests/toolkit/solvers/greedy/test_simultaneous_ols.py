"""Simultaneous OLS against forward selection that refits every candidate."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers.greedy.simultaneous_ols import SimultaneousOLS
from groupsparse.toolkit.solvers.greedy.simultaneous_omp import SimultaneousOMP
from groupsparse.toolkit.testing import random_array

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)
DTYPES = pytest.mark.parametrize("dtype", ["float64", "complex128"])
ROWS, GROUPS = np.arange(30), np.repeat(np.arange(15), [1, 2, 3] * 5)
LABELS = pytest.mark.parametrize("labels", [ROWS, GROUPS], ids=["rows", "groups"])


def misfit(matrix, data, features):
    """The norm of the residual of the fit on some features."""
    columns = matrix[:, features]
    return np.linalg.norm(data - columns @ np.linalg.lstsq(columns, data, rcond=None)[0])


def forward_selection(matrix, data, labels, n_groups, known=()):
    """Add the group with which the residual is smallest; return the order and the residuals."""
    active, errors = list(known), []
    while len(active) < n_groups:
        left = {
            group: misfit(matrix, data, np.isin(labels, [-1, *active, group]))
            for group in set(labels.tolist()) - {-1, *active}
        }
        active.append(min(left, key=left.__getitem__))
        errors.append(left[active[-1]])
    return active[len(known) :], errors


def correlated(dtype, n_channels, n_rows=20, n_features=30, seed=0):
    """Columns that have much in common and norms from 1 to 1000, where OMP and OLS differ."""
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, n_features), dtype, rng)
    matrix += 2 * random_array((n_rows, 1), dtype, rng)
    matrix *= 10.0 ** rng.uniform(0, 3, n_features)
    return matrix, random_array((n_rows, n_channels), dtype, rng)


def least_squares(matrix, data, labels, active):
    """The coefficients of the fit on some groups."""
    coef = np.zeros((matrix.shape[1], data.shape[1]), matrix.dtype)
    kept = np.isin(labels, active)
    coef[kept] = np.linalg.lstsq(matrix[:, kept], data, rcond=None)[0]
    return coef


@pytest.mark.covering(2)
@WRAPS
@DTYPES
@LABELS
@pytest.mark.parametrize("n_channels", [1, 4])
def test_is_forward_selection(wrap, dtype, labels, n_channels):
    matrix, data = correlated(dtype, n_channels)
    active, errors = forward_selection(matrix, data, labels, 6)
    solution = SimultaneousOLS(n_groups=6).solve(Problem(wrap(matrix), data, labels))
    assert solution.status is Status.CONVERGED
    assert solution.history["group"].tolist() == active
    assert solution.history["n_active"].tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(solution.history["residual_norm"], errors, rtol=1e-9)
    expected = least_squares(matrix, data, labels, active)
    np.testing.assert_allclose(matrix @ solution.coef, matrix @ expected, atol=1e-9)
    assert solution.certificate.value < 1e-12


def test_it_is_not_simultaneous_omp():
    matrix, data = correlated("float64", 4)
    problem = Problem(matrix, data)
    ols, omp = SimultaneousOLS(n_groups=6).solve(problem), SimultaneousOMP(n_groups=6)
    assert ols.residual_norm < omp.solve(problem).residual_norm


@DTYPES
@LABELS
def test_unpenalised_features_are_always_fitted(dtype, labels):
    matrix, data = correlated(dtype, 3)
    labels = np.where(labels < 2, -1, labels - 2)
    active, errors = forward_selection(matrix, data, labels, 4)
    solution = SimultaneousOLS(n_groups=4).solve(Problem(matrix, data, labels))
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.history["residual_norm"], errors, rtol=1e-9)
    assert solution.coef[labels == -1].all()


@DTYPES
@LABELS
def test_known_groups_come_first(dtype, labels):
    matrix, data = correlated(dtype, 3)
    start = np.zeros((30, 3))
    start[np.isin(labels, [4, 9]), 1] = 1e-3
    active, _ = forward_selection(matrix, data, labels, 5, known=[4, 9])
    solution = SimultaneousOLS(n_groups=5).solve(Problem(matrix, data, labels), start)
    assert solution.history["group"].tolist() == active
    assert solution.active_groups.tolist() == sorted([4, 9, *active])


@LABELS
def test_stops_at_the_noise_level(labels):
    matrix, data = correlated("float64", 3)
    _, errors = forward_selection(matrix, data, labels, 6)
    noise_level = (errors[3] + errors[4]) / 2
    solution = SimultaneousOLS(noise_level=noise_level).solve(Problem(matrix, data, labels))
    assert solution.status is Status.CONVERGED
    assert solution.iterations == 5
    assert solution.residual_norm == pytest.approx(errors[4])


@LABELS
def test_norms_of_columns_make_no_difference(labels):
    matrix, data = correlated("float64", 3)
    expected = SimultaneousOLS(n_groups=6).solve(Problem(matrix, data, labels))
    scale = 2.0 ** np.random.default_rng(1).integers(-10, 10, 30)
    solution = SimultaneousOLS(n_groups=6).solve(Problem(matrix * scale, data, labels))
    np.testing.assert_array_equal(solution.history["group"], expected.history["group"])
    np.testing.assert_allclose(solution.coef * scale[:, None], expected.coef, atol=1e-10)


def test_columns_that_depend_on_others_are_left_out():
    matrix, data = correlated("float64", 3)
    matrix[:, 10:20], matrix[:, 20:] = matrix[:, :10] * -3, 0
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        solution = SimultaneousOLS(n_groups=30).solve(Problem(matrix, data))
    assert solution.status is Status.SATURATED
    assert solution.active_groups.size == 10
    assert len(set(solution.active_groups % 10)) == 10
    assert solution.active_groups.max() < 20
    assert solution.residual_norm == pytest.approx(misfit(matrix, data, np.arange(10)))


def test_what_no_column_explains_is_not_chosen():
    matrix = np.eye(6)[:, :4]
    with pytest.warns(ConvergenceWarning):
        solution = SimultaneousOLS(noise_level=0.1).solve(Problem(matrix, np.ones((6, 2))))
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.active_groups.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
@LABELS
def test_single_precision(dtype, labels):
    matrix, data = correlated(dtype, 3)
    matrix /= np.linalg.norm(matrix, axis=0)
    wide = np.result_type(dtype, np.float64)
    active, _ = forward_selection(matrix.astype(wide), data.astype(wide), labels, 5)
    solution = SimultaneousOLS(n_groups=5).solve(Problem(matrix, data, labels))
    assert solution.coef.dtype == dtype
    assert solution.history["group"].tolist() == active


def test_a_group_is_worth_what_it_spans():
    """Of two groups with the same direction, and one that adds a second, the latter is taken."""
    matrix = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 1.001, 1.0, 2.0], [0.0, 0.0, 1.0, 2.0]])
    problem = Problem(matrix, [2.0, 2.5, 0.0], [0, 0, 1, 1])
    assert SimultaneousOLS(n_groups=1).solve(problem).active_groups.tolist() == [0]
    problem = Problem(matrix, [0.0, 2.0, 2.2], [0, 0, 1, 1])
    assert SimultaneousOLS(n_groups=1).solve(problem).active_groups.tolist() == [1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give noise_level or n_groups"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"n_groups": 2.0}, "n_groups must be an integer of at least 1, got 2.0"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        SimultaneousOLS(**settings)


def test_problems_are_checked():
    with pytest.raises(ValueError, match="groups overlap; SimultaneousOLS needs disjoint groups"):
        SimultaneousOLS(n_groups=1).solve(Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]]))
    with pytest.raises(ValueError, match="n_groups must be at most 3"):
        SimultaneousOLS(n_groups=4).solve(Problem(np.eye(3), np.ones((3, 2))))
