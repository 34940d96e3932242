"""Proximal Newton against FISTA, scikit-learn and plain subgradients, for every loss."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator
from sklearn.linear_model import LogisticRegression

from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.penalties import (
    L21,
    GroupMCP,
    GroupSCAD,
    LatentOverlap,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.testing import random_array

LABELS = np.array([0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, -1, 1, 6, 6, 6, 7, 7])


def draw_logistic(matrix, coef, rng):
    image = 2 * matrix @ coef
    return Logistic(), (rng.random(len(image)) < 1 / (1 + np.exp(-image))).astype(float)


def draw_poisson(matrix, coef, rng):
    return Poisson(), rng.poisson(np.exp(np.clip(matrix @ coef, -3, 3))).astype(float)


def draw_multinomial(matrix, coef, rng):
    images = 2 * np.column_stack([matrix @ np.roll(coef, 3 * k) for k in range(3)])
    return Multinomial(), np.argmax(images + rng.gumbel(size=images.shape), axis=1)


def draw_huber(matrix, coef, rng):
    return Huber(), matrix @ coef + rng.standard_t(2, len(matrix))


def draw_cox(matrix, coef, rng):
    times = np.ceil(20 * rng.exponential(np.exp(-matrix @ coef)))  # some are equal
    return Cox(), np.column_stack([times, rng.random(len(times)) < 0.7])


LOSSES = {
    "logistic": draw_logistic,
    "poisson": draw_poisson,
    "multinomial": draw_multinomial,
    "huber": draw_huber,
    "cox": draw_cox,
}


def make(name, seed=0, n_rows=60, labels=LABELS):
    """Return matrix, data and loss; the columns are correlated."""
    rng = np.random.default_rng((seed, n_rows))
    matrix = rng.standard_normal((n_rows, labels.size)) + 0.5 * rng.standard_normal((n_rows, 1))
    coef = rng.standard_normal(labels.size) * (labels % 3 == 0)
    loss, data = LOSSES[name](matrix, coef, rng)
    return matrix, data, loss


def solve(penalty, problem, start=None, tol=1e-10, **options):
    solution = BlockCoordinateDescent(penalty, tol=tol, **options).solve(problem, start)
    assert solution.status is Status.CONVERGED
    return solution


def strength(problem, penalty, share):
    return penalty.with_alpha(share * alpha_max(problem, penalty=penalty))


PENALTIES = {
    "l21": L21(1.0),
    "plain weights": L21(1.0, group_weights=None),
    "special weights": L21(1.0, group_weights=np.array([1, 0, 1.5, np.inf, 0.7, 1, np.inf, 1])),
    "sparse group": SparseGroup(1.0, l1_ratio=0.5),
    "ridge": WithRidge(L21(1.0), 0.5),
    "MCP": GroupMCP(1.0, gamma=20.0),
    "SCAD": GroupSCAD(1.0, gamma=20.0),
}


@pytest.mark.parametrize("share", [0.5, 0.05])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("kind", PENALTIES)
def test_the_point_is_stationary_and_no_worse_than_fista(kind, name, share):
    matrix, data, loss = make(name)
    problem = Problem(matrix, data, LABELS, loss=loss)
    penalty = strength(problem, PENALTIES[kind], share)
    ours = solve(penalty, problem)
    gradient = matrix.T @ problem.term.gradient(matrix @ ours.coef)
    zero = matrix.T @ problem.term.gradient(np.zeros(problem.data.shape))
    distance = penalty.subdifferential_distance(ours.coef, gradient, problem.groups)
    assert distance <= 1e-9 * np.linalg.norm(zero)
    value = problem.term.value(matrix @ ours.coef) + penalty.value(ours.coef, problem.groups)
    assert ours.objective == pytest.approx(value, rel=1e-12)
    reference = FISTA(penalty, tol=1e-9, max_iter=20_000).solve(problem)
    assert ours.objective <= reference.objective + 1e-9 * abs(reference.objective)
    if penalty.convex:
        difference = ours.coef - reference.coef
        difference[LABELS < 0] -= difference[LABELS < 0].mean() * (name == "multinomial")
        assert np.abs(difference).max() <= 1e-5 * np.abs(ours.coef).max()


def test_groups_of_one_equal_the_l1_logistic_regression_of_scikit_learn():
    matrix, data, loss = make("logistic")
    problem = Problem(matrix, data, loss=loss)
    ours = solve(L21(2.0), problem)
    model = LogisticRegression(
        l1_ratio=1.0, C=0.5, solver="saga", fit_intercept=False, tol=1e-10, max_iter=100_000
    )
    reference = model.fit(matrix, data)
    assert np.allclose(ours.coef, reference.coef_[0], atol=1e-6)


def test_it_equals_cvxpy_on_groups_and_an_intercept():
    cp = pytest.importorskip("cvxpy")
    matrix, data, loss = make("logistic")
    x = cp.Variable(matrix.shape[1])
    norms = [cp.norm(x[np.flatnonzero(g == LABELS)]) for g in range(LABELS.max() + 1)]
    value = cp.sum(cp.logistic(matrix @ x)) - data @ (matrix @ x) + 3 * sum(norms)
    cp.Problem(cp.Minimize(value)).solve(solver="CLARABEL")
    ours = solve(L21(3.0), Problem(matrix, data, LABELS, loss=loss))
    assert ours.objective <= value.value + 1e-9
    assert np.allclose(ours.coef, x.value, atol=1e-4)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("convert", [sp.csr_array, np.asfortranarray, np.ascontiguousarray])
def test_every_kind_of_matrix_gives_the_same(name, convert):
    matrix, data, loss = make(name)
    matrix[np.abs(matrix) < 0.7] = 0
    problem = Problem(matrix, data, LABELS, loss=loss)
    penalty = strength(problem, L21(1.0), 0.1)
    other = solve(penalty, Problem(convert(matrix), data, LABELS, loss=loss))
    assert np.allclose(solve(penalty, problem).coef, other.coef, atol=1e-8)


@pytest.mark.parametrize("name", ["logistic", "poisson", "multinomial"])
def test_weights_count_samples_and_offsets_add_to_the_image(name):
    matrix, data, loss = make(name)
    counts = np.arange(len(data)) % 3
    offset = np.linspace(-1, 1, len(data)).reshape(-1, *[1] * (name == "multinomial"))
    weighted = Problem(
        matrix,
        data,
        LABELS,
        loss=loss,
        weights=np.sqrt(counts).reshape(offset.shape),
        offset=offset,
    )
    rows = np.repeat(np.arange(len(data)), counts)
    repeated = Problem(matrix[rows], data[rows], LABELS, loss=loss, offset=offset[rows])
    penalty = strength(weighted, L21(1.0), 0.1)
    assert np.allclose(solve(penalty, weighted).coef, solve(penalty, repeated).coef, atol=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_a_path_gives_what_single_solves_give(name):
    matrix, data, loss = make(name)
    problem = Problem(matrix, data, LABELS, loss=loss)
    penalty = L21(1.0)
    session = BlockCoordinateDescent(penalty, tol=1e-10).session(problem)
    for share in (1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.01):
        alpha = share * session.critical
        warm, cold = session.solve(alpha), solve(penalty.with_alpha(alpha), problem)
        assert np.allclose(warm.coef, cold.coef, atol=1e-6)
        if share == 1:
            assert not warm.active_groups.size


def test_a_matrix_free_operator_and_overlapping_groups_give_what_a_matrix_gives():
    matrix, data, loss = make("logistic")
    operator = aslinearoperator(matrix)
    groups = [np.arange(start, start + 4) for start in range(0, 18, 2)]
    penalty = strength(Problem(matrix, data, groups, loss=loss), LatentOverlap(1.0), 0.1)
    expected = solve(penalty, Problem(matrix, data, groups, loss=loss))
    ours = solve(penalty, Problem(operator, data, groups, loss=loss))
    assert np.allclose(ours.coef, expected.coef, atol=1e-7)
    copies = np.concatenate(groups)
    lifted = Problem(matrix[:, copies], data, 4, loss=loss)
    assert expected.objective == pytest.approx(solve(L21(penalty.alpha), lifted).objective)


def test_huber_takes_complex_data():
    rng = np.random.default_rng(0)
    matrix = random_array((40, 20), "complex128", rng)
    data = matrix[:, :4].sum(axis=1) + rng.standard_t(1.5, 40)
    problem = Problem(matrix, data, 4, loss=Huber())
    penalty = strength(problem, L21(1.0), 0.1)
    reference = FISTA(penalty, tol=1e-9, max_iter=20_000).solve(problem)
    assert np.allclose(solve(penalty, problem).coef, reference.coef, atol=1e-6)


def test_separable_classes_give_a_finite_result_at_a_tiny_strength():
    matrix, _, loss = make("logistic")
    data = (matrix[:, 0] > 0).astype(float)
    problem = Problem(matrix, data, LABELS, loss=loss)
    penalty = strength(problem, L21(1.0), 1e-6)
    solution = solve(penalty, problem, tol=1e-8)
    assert np.isfinite(solution.coef).all()
    assert solution.residual_norm < 0.1


def test_single_precision_stays_single():
    matrix, data, loss = make("logistic")
    problem = Problem(matrix.astype(np.float32), data.astype(np.float32), LABELS, loss=loss)
    penalty = strength(problem, L21(1.0), 0.1)
    solution = BlockCoordinateDescent(penalty, tol=1e-4).solve(problem)
    double = solve(penalty, Problem(matrix, data, LABELS, loss=loss))
    assert solution.status is Status.CONVERGED
    assert solution.coef.dtype == np.float32
    assert np.allclose(solution.coef, double.coef, atol=1e-3)


def test_it_goes_on_from_a_start_and_stops_by_callback_or_count():
    matrix, data, loss = make("logistic")
    problem = Problem(matrix, data, LABELS, loss=loss)
    penalty = strength(problem, L21(1.0), 0.05)
    solution = solve(penalty, problem)
    again = solve(penalty, problem, solution.coef)
    assert np.allclose(again.coef, solution.coef, atol=1e-8)
    assert again.iterations <= 2
    with pytest.warns(Warning, match="largest number"):
        short = BlockCoordinateDescent(penalty, max_iter=1).solve(problem)
    assert short.status is Status.MAX_ITER
    solver = BlockCoordinateDescent(penalty, callback=lambda progress: True)
    assert solver.solve(problem).status is Status.STOPPED
