"""The duality gap of every convex loss and penalty: a bound everywhere, and zero at the optimum."""

import numpy as np
import pytest

from groupsparse.toolkit.convergence import without_warnings
from groupsparse.toolkit.penalties import L21, GroupMCP
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import CertificateKind
from groupsparse.toolkit.solvers import FISTA
from groupsparse.toolkit.solvers.optimality.certificates import certify

from ..loss_cases import LOSSES, PENALTIES, make_arrays, make_groups, make_problem

GAP = CertificateKind.DUALITY_GAP


def certify_at(problem, penalty, coef):
    """Return objective and certificate of any coefficients."""
    image = problem.operator.apply(coef)
    residual = -problem.term.gradient(image)
    objective = problem.term.value(image) + penalty.value(coef, problem.groups)
    return objective, certify(problem, penalty, coef, residual)


@pytest.mark.covering(3)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES)
def test_it_bounds_the_suboptimality_of_every_iterate(loss, penalty, intercept, weighted, dtype):
    groups = make_groups(penalty, intercept)
    problem = make_problem(loss, groups, intercept=intercept, weighted=weighted, dtype=dtype)
    make = PENALTIES[penalty]
    chosen = make(0.15 * alpha_max(problem, penalty=make(1.0)))
    eps = float(np.finfo(dtype).eps)
    with without_warnings():
        best = FISTA(chosen, tol=30 * eps, max_iter=5000).solve(problem)
        early = [FISTA(chosen, tol=eps, max_iter=n).solve(problem) for n in (1, 3, 10, 30, 100)]
    size = max(abs(best.objective), abs(early[0].objective))
    assert best.certificate.kind is GAP
    assert best.certificate.value < 1e4 * eps * size
    for solution in early:
        assert solution.certificate.kind is GAP
        excess = solution.objective - best.objective
        assert solution.certificate.value >= excess - 100 * eps * size
        assert solution.certificate.value < np.inf


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_it_bounds_the_suboptimality_of_random_coefficients(loss, intercept):
    problem = make_problem(loss, make_groups("l21", intercept), intercept=intercept, weighted=True)
    penalty = L21(0.2 * alpha_max(problem))
    best = FISTA(penalty, tol=1e-11, max_iter=20_000).solve(problem)
    rng = np.random.default_rng(0)
    for scale in (0.0, 1e-4, 1e-2, 0.3, 1.0):
        coef = best.coef + scale * rng.standard_normal(problem.shape)
        objective, certificate = certify_at(problem, penalty, coef)
        assert certificate.kind is GAP
        size = 1 + abs(objective)
        assert certificate.value >= objective - best.objective - 1e-12 * size
        assert certificate.value < (1e-10 + 300 * scale) * size


@pytest.mark.parametrize("loss", LOSSES)
def test_from_the_critical_strength_on_the_free_fit_is_optimal(loss):
    groups = make_groups("l21", True)
    problem = make_problem(loss, groups, intercept=True, weighted=True)
    critical = alpha_max(problem)
    solver = FISTA(L21(critical), tol=1e-10, max_iter=5000)
    above = solver.with_penalty(L21(1.0001 * critical)).solve(problem)
    below = solver.with_penalty(L21(0.999 * critical)).solve(problem)
    assert above.active_groups.size == 0
    assert below.active_groups.size == 1
    gradient = problem.term.gradient(problem.operator.apply(above.coef))
    scale = np.linalg.norm(problem.term.gradient(np.zeros(problem.data.shape)))
    assert np.abs(problem.operator.adjoint(gradient)[0]).max() < 1e-7 * scale


@pytest.mark.parametrize("max_iter", [1, 10, 50, 1000])
def test_classes_that_a_free_column_separates_have_no_wrong_bound(max_iter):
    """The loss falls to zero along the free column: the only dual point is zero."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 4))
    labels = (matrix[:, 0] > 0).astype(float)
    problem = Problem(matrix, labels, [-1, 0, 0, 0], loss=LOSSES["logistic"][0])
    with without_warnings():
        solution = FISTA(L21(0.1), max_iter=max_iter).solve(problem)
    if solution.certificate.kind is GAP:
        assert solution.certificate.value >= solution.objective


@pytest.mark.parametrize("loss", LOSSES)
def test_a_penalty_that_is_not_convex_has_the_subdifferential_distance(loss):
    problem = make_problem(loss, make_groups("l21", True), intercept=True)
    penalty = GroupMCP(0.3 * alpha_max(problem))
    solution = FISTA(penalty, tol=1e-10, max_iter=20_000).solve(problem)
    gradient = problem.operator.adjoint(
        problem.term.gradient(problem.operator.apply(solution.coef))
    )
    distance = penalty.subdifferential_distance(solution.coef, gradient, problem.groups)
    assert solution.certificate.kind is CertificateKind.SUBDIFFERENTIAL_DISTANCE
    assert solution.certificate.value == pytest.approx(distance, abs=1e-10)
    assert distance < 1e-6


@pytest.mark.parametrize("loss", LOSSES)
def test_columns_that_repeat_a_free_one_have_no_critical_strength(loss):
    matrix, data, weights, offset = make_arrays(loss, intercept=True, weighted=True)
    free = matrix[:, :2]
    columns = np.column_stack([free, free @ [[1.0, 2.0], [0.0, -1.0]]])
    problem = Problem(
        columns, data, [-1, -1, 0, 0], loss=LOSSES[loss][0], weights=weights, offset=offset
    )
    assert alpha_max(problem) == 0
