import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from groupsparse.toolkit.convergence import without_warnings
from groupsparse.toolkit.losses import Logistic, Poisson
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockOMP,
    InTurn,
    LargestGroups,
    OrthonormalGroups,
    SimultaneousOMP,
)
from groupsparse.toolkit.solvers.greedy.newton_pursuit import GradientChoice, NewtonGrowingFit
from groupsparse.toolkit.solvers.greedy.pursuit import Pursuit

LABELS = np.append(np.repeat(np.arange(20), 3), -1)
LOSSES = [Logistic(), Poisson()]


def draw(loss, seed: int = 0) -> Problem:
    """Return twenty groups of three columns and an intercept; groups 1 and 4 are active."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((150, 61))
    matrix[:, 60] = 1
    coef = np.zeros(61)
    coef[[3, 4, 5, 12, 13, 14, 60]] = 0.8, -0.5, 0.6, 0.7, 0.5, -0.4, 0.2
    image = matrix @ coef
    if isinstance(loss, Poisson):
        return Problem(matrix, rng.poisson(np.exp(image)), LABELS, loss=loss)
    return Problem(matrix, rng.random(150) < 1 / (1 + np.exp(-image)), LABELS, loss=loss)


def pursue_plainly(problem: Problem, n_groups: int) -> tuple[list[int], np.ndarray]:
    """Return the groups and coefficients of a pursuit with fits by scikit-learn."""
    matrix, found, coef = problem.operator.values, [], np.zeros(61)
    for step in range(n_groups + 1):
        features = np.flatnonzero(np.isin(LABELS, found))
        columns = matrix[:, features] if found else np.zeros((150, 1))
        if isinstance(problem.loss, Poisson):
            model = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(columns, problem.data)
            expected = model.predict(columns)
        else:
            model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
            expected = model.fit(columns, problem.data).predict_proba(columns)[:, 1]
        if found:
            coef[features], coef[60] = np.ravel(model.coef_), np.ravel(model.intercept_)[0]
        gradient = matrix.T @ (expected - problem.data)
        scores = [np.linalg.norm(gradient[g == LABELS]) for g in range(20)]
        if step < n_groups:
            found.append(int(np.argmax(scores)))
    return found, coef


@pytest.mark.parametrize("loss", LOSSES)
def test_groups_and_coefficients_are_those_of_a_plain_pursuit(loss):
    problem = draw(loss)
    found, coef = pursue_plainly(problem, 4)
    solution = BlockOMP(n_groups=4).solve(problem)
    assert solution.history["group"].tolist() == found
    np.testing.assert_allclose(solution.coef, coef, atol=1e-4)
    assert solution.status is Status.CONVERGED
    assert solution.certificate.kind is CertificateKind.NORMAL_EQUATIONS
    assert solution.certificate.value < 1e-10
    value = problem.term.value(problem.operator.apply(solution.coef))
    assert solution.objective == pytest.approx(value)


@pytest.mark.parametrize("loss", LOSSES)
def test_pursuit_stops_at_a_root_of_the_deviance(loss):
    problem = draw(loss)
    norms = BlockOMP(n_groups=5).solve(problem).history["residual_norm"]
    assert (np.diff(norms) < 0).all()
    solution = BlockOMP(noise_level=norms[2] * 1.0001).solve(problem)
    assert solution.active_groups.size == 3
    assert solution.residual_norm == pytest.approx(norms[2])
    deviance = problem.term.deviance(problem.operator.apply(solution.coef))
    assert solution.residual_norm == pytest.approx(np.sqrt(deviance))


def test_known_groups_are_fitted_first():
    problem, start = draw(Logistic()), np.zeros(61)
    start[LABELS == 9] = 1
    solution = BlockOMP(n_groups=3).solve(problem, start)
    assert solution.active_groups.tolist() == [1, 4, 9]
    assert solution.history["n_active"].tolist() == [2, 3]


def test_squared_loss_gives_the_same_by_newton_steps():
    rng = np.random.default_rng(1)
    problem = Problem(rng.standard_normal((50, 61)), rng.standard_normal(50), LABELS)
    solver, none = BlockOMP(n_groups=6), np.empty(0, np.intp)
    fit = NewtonGrowingFit(problem)
    by_newton = Pursuit(solver, fit, none, lambda: GradientChoice(fit, none)).run()
    expected = solver.solve(problem)
    assert by_newton.history["group"].tolist() == expected.history["group"].tolist()
    np.testing.assert_allclose(by_newton.coef, expected.coef, rtol=1e-8, atol=1e-12)
    assert by_newton.objective == pytest.approx(expected.objective)
    assert by_newton.residual_norm == pytest.approx(expected.residual_norm)


def test_operator_without_a_matrix_gives_the_same():
    problem = draw(Poisson())
    matrix = problem.operator.values
    implicit = Problem(aslinearoperator(matrix), problem.data, LABELS, loss=Poisson())
    solver = BlockOMP(n_groups=3)
    np.testing.assert_allclose(solver.solve(implicit).coef, solver.solve(problem).coef, rtol=1e-8)


def test_separable_classes_end_the_pursuit():
    matrix = draw(Logistic()).operator.values
    problem = Problem(matrix, matrix[:, 6] > 0.2, LABELS, loss=Logistic())
    with without_warnings():
        solution = BlockOMP(n_groups=20).solve(problem)
    assert solution.status is Status.SATURATED
    assert 2 in solution.active_groups
    assert np.isfinite(solution.coef).all()
    assert solution.residual_norm < 1e-3


def test_constant_and_repeated_groups_do_not_join():
    matrix = draw(Logistic()).operator.values.copy()
    data = draw(Logistic()).data
    matrix[:, 0:3], matrix[:, 30:33] = 1, matrix[:, 3:6]
    problem = Problem(
        matrix[:, np.r_[0:15, 30:33, 60]], data, np.r_[np.repeat(range(6), 3), -1], loss=Logistic()
    )
    with without_warnings():
        solution = BlockOMP(n_groups=6).solve(problem)
    assert solution.status is Status.SATURATED
    assert 0 not in solution.active_groups
    assert not {1, 5} <= set(solution.active_groups.tolist())
    assert solution.active_groups.size == 4


def test_largest_groups_of_another_solver_are_refitted():
    problem = draw(Logistic())
    strength = 0.5 * problem_strength(problem)
    solution = InTurn(FISTA(L21(strength)), LargestGroups(n_groups=2)).solve(problem)
    expected = BlockOMP(n_groups=2).solve(problem)
    assert solution.active_groups.tolist() == expected.active_groups.tolist()
    np.testing.assert_allclose(solution.coef, expected.coef, rtol=1e-7, atol=1e-9)


def problem_strength(problem: Problem) -> float:
    return float(problem.groups.norms(NewtonGrowingFit(problem).first_gradient).max())


def test_orthonormal_groups_do_not_depend_on_the_basis():
    problem, rng = draw(Logistic()), np.random.default_rng(5)
    matrix = problem.operator.values.copy()
    for group in range(20):
        matrix[:, group == LABELS] @= rng.standard_normal((3, 3))
    changed = Problem(matrix, problem.data, LABELS, loss=Logistic())
    solver = OrthonormalGroups(BlockOMP(n_groups=4))
    first, second = solver.solve(problem), solver.solve(changed)
    assert first.history["group"].tolist() == second.history["group"].tolist()
    assert first.objective == pytest.approx(second.objective)


def test_other_pursuits_say_that_they_need_the_squared_loss():
    with pytest.raises(ValueError, match="SimultaneousOMP needs Squared"):
        SimultaneousOMP(n_groups=1).solve(draw(Poisson()))
