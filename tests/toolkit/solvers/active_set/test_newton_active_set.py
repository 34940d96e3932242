import itertools

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse.linalg import aslinearoperator
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from groupsparse.toolkit.convergence import without_warnings
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson, Squared
from groupsparse.toolkit.operators import Joint, PartialFourier
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import BlockOMP, Exchange, PrimalDualActiveSet
from groupsparse.toolkit.solvers.active_set import newton_active_set
from groupsparse.toolkit.solvers.active_set.newton_active_set import NewtonActiveSet
from groupsparse.toolkit.solvers.active_set.squares_active_set import SquaresActiveSet
from groupsparse.toolkit.testing import random_array

LABELS = np.append(np.repeat(np.arange(10), 2), -1)
PAIRS = [list(pair) for pair in itertools.combinations(range(10), 2)]


def draw(loss, seed: int, dtype=float) -> Problem:
    """Return ten groups of two correlated columns and an intercept; two groups are active."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((90, 21))
    matrix[:, 1::2] += 2 * matrix[:, :-1:2]
    matrix[:, 20] = 1
    coef = np.zeros(21)
    coef[[2, 3, 8, 9, 20]] = 0.6, -0.3, 0.5, 0.4, 0.3
    image = matrix @ coef
    if isinstance(loss, Poisson):
        data = rng.poisson(np.exp(image))
    else:
        data = rng.random(90) < 1 / (1 + np.exp(-image))
    return Problem(matrix.astype(dtype), data.astype(dtype), LABELS, loss=loss)


def fit_reference(problem: Problem, groups) -> np.ndarray:
    """Return the coefficients of a fit on some groups and the intercept, by scikit-learn."""
    features = np.flatnonzero(np.isin(LABELS, groups))
    columns, coef = problem.operator.values[:, features], np.zeros(21)
    if isinstance(problem.loss, Poisson):
        model = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000)
    else:
        model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(columns, problem.data)
    coef[features], coef[20] = np.ravel(model.coef_), np.ravel(model.intercept_)[0]
    return coef


def evaluate(problem: Problem, coef: np.ndarray) -> float:
    return problem.term.value(problem.operator.apply(coef))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loss", [Logistic(), Poisson()])
def test_exchanges_find_the_best_pair_of_all(loss, seed):
    problem = draw(loss, seed)
    values = [evaluate(problem, fit_reference(problem, pair)) for pair in PAIRS]
    best = int(np.argmin(values))
    solution = Exchange(PrimalDualActiveSet(n_groups=2)).solve(problem)
    assert solution.active_groups.tolist() == PAIRS[best]
    assert solution.objective - 2 * solution.alpha == pytest.approx(values[best], rel=1e-9)
    expected = fit_reference(problem, PAIRS[best])
    np.testing.assert_allclose(solution.coef, expected, atol=1e-4)
    assert solution.residual_norm**2 == pytest.approx(
        problem.term.deviance(problem.operator.apply(expected)), rel=1e-8
    )


@pytest.mark.parametrize("loss", [Logistic(), Poisson()])
def test_path_ends_at_the_noise_level_and_at_the_strength(loss):
    problem = draw(loss, 0)
    wanted = PrimalDualActiveSet(n_groups=2).solve(problem)
    level = wanted.residual_norm * 1.0001
    reached = PrimalDualActiveSet(noise_level=level).solve(problem)
    assert reached.status is Status.CONVERGED
    assert reached.residual_norm <= level
    settled = PrimalDualActiveSet(alpha=wanted.alpha).solve(problem)
    assert settled.certificate.kind is CertificateKind.COORDINATEWISE
    assert settled.certificate.value == 0
    n_active = settled.active_groups.size
    assert settled.objective == pytest.approx(
        evaluate(problem, settled.coef) + wanted.alpha * n_active
    )


def test_primal_variables_are_losses_and_dual_ones_score_statistics():
    problem = draw(Logistic(), 1)
    state = NewtonActiveSet(problem)
    state.activate(np.arange(10) < 2)
    coef = fit_reference(problem, [0, 1])
    matrix, image = problem.operator.values, problem.operator.values @ coef
    without = np.where(LABELS == 0, 0, coef)
    loss = evaluate(problem, without) - evaluate(problem, coef)
    assert state.evidence[0] ** 2 / 2 == pytest.approx(loss, rel=1e-5)
    expected = 1 / (1 + np.exp(-image))
    columns = matrix[:, LABELS == 7]
    score = columns.T @ (problem.data - expected)
    information = columns.T @ (columns * (expected * (1 - expected))[:, None])
    statistic = score @ np.linalg.solve(information, score)
    assert state.evidence[7] ** 2 == pytest.approx(statistic, rel=1e-5)


@pytest.mark.parametrize("complex_values", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_squared_loss_gives_what_least_squares_gives(ridge, complex_values):
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((60, 21))
    if complex_values:
        matrix = matrix + 1j * rng.standard_normal((60, 21))
    problem = Problem(matrix, matrix[:, :3].sum(axis=1) + rng.standard_normal(60), LABELS)
    squares, newton = SquaresActiveSet(problem, ridge), NewtonActiveSet(problem, ridge)
    for state in (squares, newton):
        state.activate(np.arange(10) % 4 == 0)
    np.testing.assert_allclose(newton.evidence, squares.evidence, rtol=1e-8)
    assert newton.evaluate_objective(3.0) == pytest.approx(squares.evaluate_objective(3.0))
    assert newton.residual_norm == pytest.approx(squares.residual_norm)


def test_squared_weights_count_data():
    problem = draw(Logistic(), 2)
    times = np.arange(90) % 3
    rows = np.repeat(np.arange(90), times)
    matrix = problem.operator.values
    weighted = Problem(matrix, problem.data, LABELS, loss=Logistic(), weights=np.sqrt(times))
    repeated = Problem(matrix[rows], problem.data[rows], LABELS, loss=Logistic())
    solver = PrimalDualActiveSet(n_groups=2)
    first, second = solver.solve(weighted), solver.solve(repeated)
    np.testing.assert_allclose(first.coef, second.coef, rtol=1e-6, atol=1e-9)
    assert first.objective == pytest.approx(second.objective)


def test_separable_classes_end_in_finite_coefficients():
    problem = draw(Logistic(), 0)
    matrix = problem.operator.values
    separable = Problem(matrix, matrix[:, 4] > 0.1, LABELS, loss=Logistic())
    for solver in (PrimalDualActiveSet(n_groups=3), PrimalDualActiveSet(noise_level=1e-3)):
        with without_warnings():
            solution = Exchange(solver).solve(separable)
        assert 2 in solution.active_groups
        assert np.isfinite(solution.coef).all()
        assert solution.residual_norm < 1e-3
        predicted = separable.term.predict(separable.operator.apply(solution.coef))
        assert ((predicted > 0.5) == separable.data).all()


def test_single_precision_finds_the_same_groups():
    single, double = (draw(Poisson(), 3, dtype) for dtype in (np.float32, float))
    solver = Exchange(PrimalDualActiveSet(n_groups=2))
    first, second = solver.solve(single), solver.solve(double)
    assert first.coef.dtype == np.float32
    assert first.active_groups.tolist() == second.active_groups.tolist()
    np.testing.assert_allclose(first.coef, second.coef, rtol=1e-3, atol=1e-5)


def test_groups_that_are_constant_or_repeated_do_not_enter():
    problem = draw(Logistic(), 1)
    matrix = problem.operator.values.copy()
    matrix[:, 0:2], matrix[:, 10:12] = 1, matrix[:, 2:4]
    copied = Problem(matrix, problem.data, LABELS, loss=Logistic())
    solution = PrimalDualActiveSet(n_groups=4).solve(copied)
    assert 0 not in solution.active_groups
    assert not {1, 5} <= set(solution.active_groups.tolist())


def evaluate_survival(columns: np.ndarray, data: np.ndarray, coef: np.ndarray) -> float:
    """Return Breslow's negative partial log likelihood, in plain NumPy."""
    image, (times, events) = columns @ coef, data.T
    left = times >= times[events > 0, None]
    return float(np.log(left @ np.exp(image)).sum() - image[events > 0].sum())


def evaluate_classes(columns: np.ndarray, data: np.ndarray, coef: np.ndarray) -> float:
    """Return the negative log likelihood of three classes, in plain NumPy."""
    image = columns @ coef.reshape(-1, 3)
    own = image[np.arange(len(image)), data.astype(int)]
    return float(np.log(np.exp(image).sum(axis=1)).sum() - own.sum())


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("loss", [Cox(ties="breslow"), Multinomial()])
def test_best_pair_of_all_for_survival_and_several_classes(loss, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((80, 16))
    matrix[:, 1::2] += matrix[:, ::2]
    image = matrix[:, [2, 3, 8, 9]] @ rng.standard_normal((4, 3))
    if isinstance(loss, Cox):
        times = rng.exponential(size=80) * np.exp(-image[:, 0])
        data = np.column_stack([times, rng.random(80) < 0.7])
        evaluate_plainly, n_unknowns = evaluate_survival, 4
    else:
        data = np.argmax(image + rng.gumbel(size=image.shape), axis=1).astype(float)
        evaluate_plainly, n_unknowns = evaluate_classes, 12
    values = {}
    for pair in itertools.combinations(range(8), 2):
        columns = matrix[:, np.isin(np.arange(16) // 2, pair)]
        begin = np.zeros(n_unknowns)
        values[pair] = minimize(lambda x, a=columns: evaluate_plainly(a, data, x), begin).fun
    best = min(values, key=values.__getitem__)
    problem = Problem(matrix, data, 2, loss=loss)
    solution = Exchange(PrimalDualActiveSet(n_groups=2)).solve(problem)
    assert tuple(solution.active_groups.tolist()) == best
    loss_value = solution.objective - 2 * solution.alpha
    assert loss_value == pytest.approx(values[best], rel=1e-5)
    greedy = Exchange(BlockOMP(n_groups=2)).solve(problem)
    assert greedy.objective == pytest.approx(loss_value, rel=1e-9)


def test_large_operators_without_a_matrix_form_no_columns(monkeypatch):
    problem = draw(Huber(scale=0.5), 4)
    data = problem.operator.values @ np.linspace(-1, 1, 21) + np.where(np.arange(90) < 5, 30, 0)
    operator = aslinearoperator(problem.operator.values)
    active = np.arange(10) % 4 == 0
    monkeypatch.setattr(newton_active_set, "_LARGE", 0)
    for loss in (Squared(), Huber(scale=0.5)):
        explicit = NewtonActiveSet(Problem(problem.operator.values, data, LABELS, loss=loss))
        implicit = NewtonActiveSet(Problem(operator, data, LABELS, loss=loss))
        for state in (explicit, implicit):
            state.activate(active)
        exact = np.ones(10, bool) if isinstance(loss, Squared) else active
        np.testing.assert_allclose(implicit.evidence[exact], explicit.evidence[exact], rtol=1e-8)
        assert (implicit.evidence > 0).all()


def test_spikes_do_not_mislead_a_robust_search_without_a_matrix():
    rng = np.random.default_rng(0)
    mask = rng.random((24, 24)) < 0.6
    operator = Joint(PartialFourier(mask), 3)
    truth = np.zeros((3, 576), complex)
    pixels = np.sort(rng.choice(576, 8, replace=False))
    truth[:, pixels] = 3 * random_array((3, 8), complex, rng)
    data = operator.apply(truth.reshape(3, 24, 24))
    data = data + 0.01 * random_array(data.shape, complex, rng)
    data[rng.random(data.shape) < 0.02] += 5
    problem = Problem(operator, data, Groups.across(0), loss=Huber(scale=0.014))
    solution = PrimalDualActiveSet(n_groups=8).solve(problem)
    assert solution.active_groups.tolist() == pixels.tolist()
    np.testing.assert_allclose(solution.coef.reshape(3, -1), truth, atol=0.05)


def test_path_begins_where_all_data_are_outliers_to_the_fit_without_groups():
    rng = np.random.default_rng(4)
    matrix = rng.standard_normal((29, 12))
    data = matrix[:, :2].sum(axis=1) + 0.001 * rng.standard_normal(29)
    problem = Problem(matrix, data, 2, loss=Huber(scale=0.01))
    solution = PrimalDualActiveSet(n_groups=1).solve(problem)
    assert solution.active_groups.tolist() == [0]
    unreachable = PrimalDualActiveSet(noise_level=1e-9)
    with without_warnings():
        assert unreachable.solve(problem).status is not Status.CONVERGED
