"""Regression against an explicit column of ones, normal equations and scikit-learn."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import Lasso, LinearRegression, MultiTaskLasso, Ridge

from groupsparse.toolkit.operators import CentredMatrix, Matrix
from groupsparse.toolkit.penalties import L21, GroupMCP, SparseGroup, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.regression import Regression
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    OrthonormalGroups,
    PrimalDualActiveSet,
    SpectralProjectedGradient,
)
from groupsparse.toolkit.testing import dot_test, random_array

LABELS = np.array([0, 0, 1, 1, 1, 2, 3, 3, 4, 4])
WAYS = {
    "dense": np.asarray,
    "Fortran order": np.asfortranarray,
    "csr": sp.csr_array,
    "csc": sp.csc_array,
    "coo matrix": sp.coo_matrix,
    "list": np.ndarray.tolist,
}


def make(n_targets=0, dtype="float64", n_samples=40, offset=3.0, seed=0):
    """Return features far from zero, a third of them zero, responses, and weights."""
    rng = np.random.default_rng(seed)
    X = random_array((n_samples, 10), dtype, rng) + np.float32(offset)
    X[rng.random(X.shape) < 1 / 3] = 0
    shape = (10, n_targets)[: 1 + (n_targets > 0)]
    beta = random_array(shape, dtype, rng)
    beta[[2, 3, 4, 8, 9]] = 0
    y = X @ beta + np.float32(20)
    y += random_array(y.shape, dtype, rng) / np.float32(5)
    return X, y, rng.uniform(0.2, 3, n_samples)


def with_ones(X, y, labels, weights):
    """Return the same problem with a column of ones that is not penalised, rows scaled."""
    roots = np.sqrt(weights)
    columns = np.column_stack([X, np.ones(len(X))]) * roots[:, None]
    return Problem(columns, (y.T * roots).T, np.append(labels, -1))


def solve(penalty, problem, tol=1e-11):
    solution = BlockCoordinateDescent(penalty, tol=tol).solve(problem)
    assert solution.status is Status.CONVERGED
    return solution


PENALTIES = {
    "l21": lambda alpha: L21(alpha),
    "l21 sqrt": lambda alpha: L21(alpha, "sqrt"),
    "l21 0 and inf": lambda alpha: L21(alpha, [1, 0, np.inf, 2, 1]),
    "sparse group with ridge": lambda alpha: WithRidge(SparseGroup(alpha, 0.4), 0.3),
    "MCP": lambda alpha: GroupMCP(alpha),
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
@pytest.mark.parametrize("n_targets", [0, 1, 3])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PENALTIES)
def test_agrees_with_an_unpenalised_column_of_ones(name, way, n_targets, weighted):
    X, y, weights = make(n_targets)
    given = weights if weighted else None
    regression = Regression(WAYS[way](X), y, LABELS, sample_weight=given)
    explicit = with_ones(X, y, LABELS, weights if weighted else np.ones(40))
    penalty = PENALTIES[name](0.2 * alpha_max(explicit, [1, 1, 1, 1, 1]))
    solution, expected = solve(penalty, regression.problem), solve(penalty, explicit)
    assert solution.coef.shape == (10, n_targets)[: 1 + (n_targets > 0)]
    np.testing.assert_allclose(solution.coef, expected.coef[:-1], atol=1e-7)
    intercept = regression.intercept(solution.coef)
    np.testing.assert_allclose(intercept, expected.coef[-1], atol=1e-6)
    assert np.shape(intercept) == ((n_targets,) if n_targets else ())
    assert solution.objective == pytest.approx(expected.objective, rel=1e-9)
    assert solution.residual_norm == pytest.approx(expected.residual_norm, rel=1e-8)


@pytest.mark.parametrize("n_targets", [0, 2])
def test_without_an_intercept(n_targets):
    X, y, weights = make(n_targets)
    regression = Regression(X, y, LABELS, sample_weight=weights, fit_intercept=False)
    roots = np.sqrt(weights)
    explicit = Problem(X * roots[:, None], (y.T * roots).T, LABELS)
    solution, expected = solve(L21(5.0), regression.problem), solve(L21(5.0), explicit)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-9)
    assert not np.any(regression.intercept(solution.coef))
    assert np.shape(regression.intercept(solution.coef)) == y.shape[1:]


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("n_targets", [0, 3])
@pytest.mark.parametrize("way", ["dense", "csr"])
def test_least_squares_agree_with_scikit_learn(way, n_targets, intercept):
    X, y, weights = make(n_targets)
    regression = Regression(WAYS[way](X), y, None, sample_weight=weights, fit_intercept=intercept)
    coef = solve(L21(1e-9), regression.problem).coef
    theirs = LinearRegression(fit_intercept=intercept).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(coef.T, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(regression.intercept(coef), theirs.intercept_, atol=1e-5)


@pytest.mark.parametrize("n_targets", [0, 3])
@pytest.mark.parametrize("ridge", [0.1, 10.0])
def test_ridge_regression_agrees_with_scikit_learn(ridge, n_targets):
    X, y, weights = make(n_targets)
    regression = Regression(X, y, sample_weight=weights)
    coef = solve(WithRidge(L21(1e-9), ridge), regression.problem).coef
    theirs = Ridge(ridge, tol=1e-12).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(coef.T, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(regression.intercept(coef), theirs.intercept_, atol=1e-5)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_lasso_agrees_with_scikit_learn(share):
    X, y, weights = make()
    regression = Regression(X, y, sample_weight=weights)
    alpha = share * alpha_max(regression.problem)
    coef = solve(L21(alpha), regression.problem).coef
    lasso = Lasso(alpha / weights.sum(), tol=1e-14, max_iter=100_000)
    lasso.fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(coef, lasso.coef_, atol=1e-6)
    assert regression.intercept(coef) == pytest.approx(lasso.intercept_, rel=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_joint_rows_agree_with_scikit_learn(share):
    X, Y, _ = make(3)
    regression = Regression(X, Y)
    alpha = share * alpha_max(regression.problem)
    coef = solve(L21(alpha), regression.problem).coef
    lasso = MultiTaskLasso(alpha / len(X), tol=1e-14, max_iter=100_000).fit(X, Y)
    np.testing.assert_allclose(coef.T, lasso.coef_, atol=1e-6)
    np.testing.assert_allclose(regression.intercept(coef), lasso.intercept_, rtol=1e-6)


@pytest.mark.parametrize("way", ["dense", "csr"])
@pytest.mark.parametrize("n_targets", [0, 2])
def test_a_weight_of_zero_drops_the_sample(n_targets, way):
    X, y, weights = make(n_targets)
    weights[::3] = 0
    y[::3] = 1e6
    kept = weights > 0
    whole = Regression(WAYS[way](X), y, LABELS, sample_weight=weights)
    fewer = Regression(WAYS[way](X[kept]), y[kept], LABELS, sample_weight=weights[kept])
    coef, expected = (solve(L21(3.0), item.problem).coef for item in (whole, fewer))
    np.testing.assert_allclose(coef, expected, atol=1e-8)
    np.testing.assert_allclose(whole.intercept(coef), fewer.intercept(expected), atol=1e-7)


@pytest.mark.parametrize("way", ["dense", "csr"])
@pytest.mark.parametrize("n_targets", [0, 2])
def test_a_whole_weight_repeats_the_sample(n_targets, way):
    X, y, _ = make(n_targets)
    times = np.arange(40) % 4
    once = Regression(WAYS[way](X), y, LABELS, sample_weight=times)
    repeated = Regression(
        WAYS[way](np.repeat(X, times, axis=0)), np.repeat(y, times, axis=0), LABELS
    )
    coef, expected = (solve(L21(3.0), item.problem).coef for item in (once, repeated))
    np.testing.assert_allclose(coef, expected, atol=1e-8)
    np.testing.assert_allclose(once.intercept(coef), repeated.intercept(expected), atol=1e-7)


@pytest.mark.parametrize("factor", [1e-6, 7.0, 1e6])
def test_a_factor_of_all_weights_is_one_of_the_strength(factor):
    X, y, weights = make()
    plain = Regression(X, y, LABELS, sample_weight=weights)
    scaled = Regression(X, y, LABELS, sample_weight=factor * weights)
    coef = solve(L21(3.0), plain.problem).coef
    np.testing.assert_allclose(solve(L21(3.0 * factor), scaled.problem).coef, coef, atol=1e-7)


@pytest.mark.parametrize("way", ["dense", "csr"])
def test_shifts_of_features_and_responses_move_the_intercept_alone(way):
    X, y, weights = make(offset=0.0)
    shift = 100 * np.arange(10)
    coef = solve(L21(3.0), Regression(X, y, LABELS, sample_weight=weights).problem).coef
    moved = Regression(WAYS[way](X + shift), y - 7, LABELS, sample_weight=weights)
    found = solve(L21(3.0), moved.problem).coef
    np.testing.assert_allclose(found, coef, atol=1e-7)
    before = Regression(X, y, LABELS, sample_weight=weights).intercept(coef)
    assert moved.intercept(found) == pytest.approx(before - 7 - shift @ coef, rel=1e-6)


@pytest.mark.parametrize("way", ["dense", "csr"])
@pytest.mark.parametrize("n_targets", [0, 3])
def test_single_precision_stays(n_targets, way):
    X, y, weights = make(n_targets, "float32")
    regression = Regression(WAYS[way](X), y, LABELS, sample_weight=weights)
    assert regression.problem.dtype == np.float32
    assert regression.problem.data.dtype == np.float32
    solution = solve(L21(3.0), regression.problem)
    assert solution.coef.dtype == np.float32
    assert np.asarray(regression.intercept(solution.coef)).dtype == np.float32
    wide = with_ones(X.astype(float), y.astype(float), LABELS, weights)
    expected = solve(L21(3.0), wide).coef
    np.testing.assert_allclose(solution.coef, expected[:-1], atol=1e-3)
    np.testing.assert_allclose(regression.intercept(solution.coef), expected[-1], rtol=1e-3)


@pytest.mark.parametrize(("of_x", "of_y"), [("float32", "float64"), ("float64", "float32")])
def test_precisions_may_be_mixed(of_x, of_y):
    X, y, weights = make(dtype="float32")
    regression = Regression(X.astype(of_x), y.astype(of_y), LABELS, sample_weight=weights)
    assert regression.problem.dtype == np.float64
    expected = solve(L21(3.0), with_ones(X.astype(float), y.astype(float), LABELS, weights)).coef
    coef = solve(L21(3.0), regression.problem).coef
    np.testing.assert_allclose(coef, expected[:-1], atol=1e-5)


@pytest.mark.parametrize("way", ["dense", "csr"])
@pytest.mark.parametrize("n_targets", [0, 2])
@pytest.mark.parametrize("of_x", ["float64", "complex128"])
def test_complex_responses(of_x, n_targets, way):
    X, y, weights = make(n_targets, "complex128")
    X = X if of_x == "complex128" else X.real
    regression = Regression(WAYS[way](X), y, LABELS, sample_weight=weights)
    solution = solve(L21(3.0), regression.problem)
    expected = solve(L21(3.0), with_ones(X, y, LABELS, weights)).coef
    np.testing.assert_allclose(solution.coef, expected[:-1], atol=1e-7)
    np.testing.assert_allclose(regression.intercept(solution.coef), expected[-1], atol=1e-6)


@pytest.mark.covering(2)
@pytest.mark.parametrize("way", ["dense", "csr"])
@pytest.mark.parametrize("n_targets", [0, 2])
@pytest.mark.parametrize(
    "solver",
    [
        FISTA(L21(3.0), tol=1e-11, max_iter=50_000),
        BlockCoordinateDescent(L21(3.0), tol=1e-11),
        OrthonormalGroups(BlockCoordinateDescent(L21(3.0), tol=1e-11)),
        SpectralProjectedGradient(noise_level=3.0),
        PrimalDualActiveSet(alpha=2.0),
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_every_solver_serves_it(solver, n_targets, way):
    """As it does the same matrix made dense by hand."""
    X, y, weights = make(n_targets)
    regression = Regression(WAYS[way](X), y, LABELS, sample_weight=weights)
    roots = np.sqrt(weights)
    mean, level = weights @ X / weights.sum(), weights @ y / weights.sum()
    explicit = Problem((X - mean) * roots[:, None], ((y - level).T * roots).T, LABELS)
    solution, expected = solver.solve(regression.problem), solver.solve(explicit)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-5)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    intercept = level - mean @ solution.coef
    np.testing.assert_allclose(regression.intercept(solution.coef), intercept, atol=1e-8)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("way", ["dense", "csr"])
def test_centred_matrix_is_the_dense_one(way, dtype, centred):
    X, _, weights = make(dtype=dtype)
    operator = CentredMatrix(Matrix(WAYS[way](X)), weights, centred=centred)
    mean = weights @ X / weights.sum() if centred else 0
    expected = (X - mean) * np.sqrt(weights)[:, None]
    dot_test(operator, dtype)
    dot_test(operator, "complex128")
    np.testing.assert_allclose(operator.columns(np.arange(10)).T, expected, atol=1e-12)
    np.testing.assert_allclose(operator.columns(np.array([7, 2])).T, expected[:, [7, 2]])
    x = random_array((10,), dtype, np.random.default_rng(0))
    np.testing.assert_allclose(operator.apply(x), expected @ x)
    np.testing.assert_allclose(operator.column_norms(), np.linalg.norm(expected, axis=0))


def test_inputs_stay():
    X, y, weights = make(2)
    copies = X.copy(), y.copy(), weights.copy()
    for array in (X, y, weights):
        array.setflags(write=False)
    regression = Regression(X, y, LABELS, sample_weight=weights)
    regression.intercept(solve(L21(3.0), regression.problem).coef)
    for array, copy in zip((X, y, weights), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_whole_numbers_and_lists():
    X, y = [[1, 0], [0, 1], [2, 1], [5, 3]], [True, False, True, True]
    regression = Regression(X, y, sample_weight=[1, 2, 1, 1])
    explicit = with_ones(np.array(X), np.array(y, float), [0, 1], np.array([1, 2, 1, 1]))
    coef = solve(L21(0.1), regression.problem).coef
    np.testing.assert_allclose(coef, solve(L21(0.1), explicit).coef[:-1], atol=1e-9)


@pytest.mark.parametrize("way", ["dense", "csr"])
@pytest.mark.parametrize("value", [0.0, 5.0, 1e9])
def test_constant_columns_are_refused_beside_an_intercept(value, way):
    X, y, weights = make()
    X[:, [1, 6]] = value
    for given in (None, weights):
        with pytest.raises(ValueError, match=r"X: constant columns \(1, 6\) have no effect"):
            Regression(WAYS[way](X), y, sample_weight=given)
    regression = Regression(WAYS[way](X), y, sample_weight=weights, fit_intercept=False)
    assert solve(L21(3.0), regression.problem, tol=1e-6).coef.shape == (10,)


@pytest.mark.parametrize("way", ["dense", "csr"])
def test_columns_that_only_dropped_samples_change_are_constant(way):
    X, y, weights = make()
    X[1:, 4] = 2
    weights[0] = 0
    Regression(WAYS[way](X), y)
    with pytest.raises(ValueError, match=r"constant columns \(4\)"):
        Regression(WAYS[way](X), y, sample_weight=weights)


def test_many_constant_columns_are_not_all_named():
    with pytest.raises(ValueError, match=r"constant columns \(0, 1, 2, 3, 4, \.\.\.\)"):
        Regression(np.ones((4, 600)), np.arange(4.0))


@pytest.mark.parametrize("n_columns", [255, 256, 257, 600])
def test_constant_columns_are_found_wherever_they_are(n_columns):
    X = np.random.default_rng(0).standard_normal((5, n_columns))
    X[:, -1] = 3
    with pytest.raises(ValueError, match=rf"constant columns \({n_columns - 1}\)"):
        Regression(X, np.arange(5.0))


def test_small_changes_of_a_large_column_are_no_constant():
    X, y, _ = make()
    X[:, 0] = 1e6 + 1e-3 * np.arange(40)
    assert Regression(X, y).problem.shape == (10,)


SAMPLES = np.random.default_rng(0).standard_normal((4, 2))


@pytest.mark.parametrize(
    ("y", "weights", "message"),
    [
        (np.ones(3), None, r"y must have shape \(4,\) or \(4, n_targets\) to fit X, got \(3,\)"),
        (np.ones((2, 4)), None, r"y must have shape \(4,\).*got \(2, 4\)"),
        (np.ones((4, 1, 1)), None, r"y must have shape \(4,\).*got \(4, 1, 1\)"),
        (1.0, None, r"y must have shape \(4,\).*got \(\)"),
        ([1, 2, np.nan, 3], None, "y has 1 NaN or infinite"),
        (["a", "b", "c", "d"], None, "y must hold numbers"),
        (np.ones((4, 0)), None, "y is empty"),
        (np.ones(4), [1, 1, 1], r"sample_weight must be real and of shape \(4,\), got .* \(3,\)"),
        (np.ones(4), np.ones((4, 1)), r"sample_weight must be real and of shape \(4,\)"),
        (np.ones(4), 1.0, r"sample_weight must be real and of shape \(4,\)"),
        (np.ones(4), [1, 1, 1, 1j], r"sample_weight must be real and of shape \(4,\), got complex"),
        (np.ones(4), [1, -1, 1, 1], "sample_weight must not be negative.*from -1 to 1"),
        (np.ones(4), np.zeros(4), "not all weights zero, got values from 0 to 0"),
        (np.ones(4), [1, np.nan, 1, 1], "sample_weight has 1 NaN or infinite"),
        (np.ones(4), [1, np.inf, 1, 1], "sample_weight has 1 NaN or infinite"),
    ],
)
def test_arguments_are_checked(y, weights, message):
    for X in (SAMPLES, sp.csr_array(SAMPLES)):
        with pytest.raises(ValueError, match=message):
            Regression(X, y, sample_weight=weights)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones(4), "X must have rows and columns"),
        (np.array([[1.0, np.nan]] * 4), "X has 4 NaN"),
        (np.ones((4, 0)), "X is empty"),
    ],
)
def test_features_are_checked(X, message):
    with pytest.raises(ValueError, match=message):
        Regression(X, np.ones(4))


def test_groups_must_fit_the_features():
    with pytest.raises(ValueError, match="groups"):
        Regression(SAMPLES, np.ones(4), [0, 1, 2])


def test_constant_responses_give_the_intercept_alone():
    regression = Regression(SAMPLES, np.full(4, 5.0))
    solution = solve(L21(1e-3), regression.problem)
    assert not solution.coef.any()
    assert regression.intercept(solution.coef) == 5
