"""Paths and rules for losses other than the squared one: formulas written out, what is found."""

import numpy as np
import pytest
from scipy.special import comb

from groupsparse.toolkit.convergence import without_warnings
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.operators import Matrix, WithIntercept
from groupsparse.toolkit.penalties import L21, GroupL0, GroupMCP
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import (
    AIC,
    BIC,
    EBIC,
    AlongPath,
    Balance,
    Discrepancy,
    GroupCount,
    MallowsCp,
    alpha_max,
    degrees_of_freedom,
    solution_path,
)
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    OrthonormalGroups,
    PrimalDualActiveSet,
    Reweighted,
)

N_ROWS, N_COLUMNS = 150, 30
LABELS = np.concatenate([[-1], np.repeat(np.arange(10), 3)])
TRUTH = [1, 4]


def draw(kind, seed=0):
    """Return a matrix with an intercept, and data that depend on two groups of three columns."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((N_ROWS, N_COLUMNS))
    coef = np.zeros((N_COLUMNS, 3))
    coef[3:6], coef[12:15] = rng.choice([-0.8, 0.8], (2, 3, 3))
    image = 0.3 + matrix @ coef
    if kind == "multinomial":
        labels = np.argmax(1.5 * image + rng.gumbel(size=image.shape), axis=1)
        return matrix, labels.astype(float), Multinomial()
    image = image[:, 0]
    if kind == "logistic":
        return matrix, (rng.random(N_ROWS) < 1 / (1 + np.exp(-image))).astype(float), Logistic()
    if kind == "poisson":
        return matrix, rng.poisson(np.exp(image / 2)).astype(float), Poisson()
    if kind == "huber":
        return matrix, image + 0.5 * rng.standard_t(2, N_ROWS), Huber(scale=0.5)
    times = rng.exponential(np.exp(-image))
    return matrix, np.where(rng.random(N_ROWS) < 0.7, times, -times), Cox()


KINDS = ("logistic", "multinomial", "poisson", "huber", "cox")


def make(kind, **settings):
    matrix, data, loss = draw(kind)
    return Problem(np.column_stack([np.ones(N_ROWS), matrix]), data, LABELS, loss=loss, **settings)


SHRINKING = {
    "fista": FISTA(L21(1.0), max_iter=5000),
    "descent": BlockCoordinateDescent(L21(1.0)),
    "orthonormal": OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0))),
}
UNBIASED = {
    "reweighted": Reweighted(BlockCoordinateDescent(L21(1.0)), rounds=3),
    "l0": PrimalDualActiveSet(),
}


@pytest.mark.covering(1)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", SHRINKING)
def test_rules_keep_the_groups_where_the_penalty_shrinks(kind, method):
    solver = AlongPath(SHRINKING[method], EBIC(), n_alphas=10, ratio=0.05)
    with without_warnings():
        solution = solver.solve(make(kind))
    assert {*TRUTH} <= {*solution.active_groups.tolist()}
    assert solution.active_groups.size <= 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", UNBIASED)
def test_rules_find_the_groups_where_it_does_not(kind, method):
    solver = AlongPath(UNBIASED[method], EBIC(), n_alphas=10, ratio=0.05)
    with without_warnings():
        solution = solver.solve(make(kind))
    assert solution.active_groups.tolist() == TRUTH


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", [FISTA, BlockCoordinateDescent])
def test_a_warm_path_gives_what_each_strength_gives_alone(kind, solver):
    problem = make(kind)
    configured = solver(L21(1.0), tol=1e-9, max_iter=10_000)
    path = solution_path(configured, problem, n_alphas=5, ratio=0.1)
    assert path.alphas[0] == pytest.approx(alpha_max(problem))
    assert path.n_active[0] <= 1  # at the very edge
    assert (np.diff(path.residual_norms) < 0).all()
    for warm in path:
        alone = configured.with_penalty(L21(warm.alpha)).solve(problem)
        assert warm.objective == pytest.approx(alone.objective, rel=1e-9, abs=1e-9)
        assert warm.residual_norm == pytest.approx(alone.residual_norm, rel=1e-5)


def test_formulas_of_logistic_regression():
    rng = np.random.default_rng(0)
    matrix, labels, loss = draw("logistic")
    counts = rng.integers(1, 4, N_ROWS)
    problem = Problem(matrix, labels, 3, loss=loss, weights=np.sqrt(counts))
    penalty = L21(0.3 * alpha_max(problem))
    solution = FISTA(penalty, tol=1e-10, max_iter=10_000).solve(problem)
    p = 1 / (1 + np.exp(-matrix @ solution.coef))
    deviance = -2 * np.sum(counts * np.log(np.where(labels == 1, p, 1 - p)))
    assert solution.residual_norm**2 == pytest.approx(deviance)
    df = 0.0
    for g in solution.active_groups:
        members = np.arange(3 * g, 3 * g + 3)
        energy = np.mean((counts * p * (1 - p)) @ matrix[:, members] ** 2)
        norm = np.linalg.norm(solution.coef[members])
        df += 1 + 2 * norm / (norm + penalty.alpha / energy)
    assert degrees_of_freedom(problem, penalty, solution) == pytest.approx(df)
    scaled, k = deviance / counts.mean(), solution.active_groups.size
    expected = {
        AIC(): scaled + 2 * df,
        BIC(): scaled + df * np.log(N_ROWS),
        EBIC(0.5): scaled + df * np.log(N_ROWS) + np.log(comb(10, k)),
        MallowsCp(3.0): deviance + 2 * 9 / N_ROWS * df,
        Balance(): np.log(deviance / 2 / (0.3 * penalty.value(solution.coef, problem.groups))),
        Discrepancy(3.0): np.sqrt(deviance) - 3,
    }
    for rule, score in expected.items():
        assert rule.score(problem, penalty, solution) == pytest.approx(score)


@pytest.mark.parametrize("kind", ["logistic", "poisson", "multinomial", "cox"])
def test_criteria_do_not_depend_on_the_size_of_the_weights(kind):
    scores = []
    for size in (1.0, 0.01):
        problem = make(kind, weights=np.full(1, np.sqrt(size)))
        penalty = L21(0.3 * alpha_max(problem))
        solution = FISTA(penalty, tol=1e-10, max_iter=10_000).solve(problem)
        scores.append([rule.score(problem, penalty, solution) for rule in (AIC(), BIC(), EBIC())])
    np.testing.assert_allclose(*scores, rtol=1e-6)


def test_criteria_see_the_columns_beside_an_intercept():
    matrix, data, loss = draw("poisson")
    groups = Groups(np.arange(0, 31, 3), np.arange(30), 31)
    operators = (np.column_stack([matrix, np.ones(N_ROWS)]), WithIntercept(Matrix(matrix)))
    scores = []
    for operator in operators:
        problem = Problem(operator, data, groups, loss=loss)
        solution = FISTA(L21(20.0), tol=1e-9, max_iter=5000).solve(problem)
        scores.append(EBIC().score(problem, L21(20.0), solution))
    assert scores[0] == pytest.approx(scores[1])


def test_cox_counts_events_and_classes_count_one_less():
    problem = make("cox")
    solution = PrimalDualActiveSet(n_groups=2).solve(problem)
    penalty = GroupL0(1.0)
    df = degrees_of_freedom(problem, penalty, solution)
    n_events = np.count_nonzero(problem.data > 0)
    bic = solution.deviance + df * np.log(n_events)
    assert BIC().score(problem, penalty, solution) == pytest.approx(bic)
    classes = make("multinomial")
    solution = PrimalDualActiveSet(n_groups=2).solve(classes)
    assert degrees_of_freedom(classes, penalty, solution) == pytest.approx(7 * 3 * 2 / 3)


def test_the_noise_level_bounds_the_deviance():
    problem = make("poisson")
    level = np.sqrt(1.2 * N_ROWS)
    solver = AlongPath(BlockCoordinateDescent(L21(1.0)), Discrepancy(level), ratio=1e-2)
    solution = solver.solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.deviance <= level**2
    assert solution.history["residual_norm"][-2] > level
    unreached = AlongPath(BlockCoordinateDescent(L21(1.0)), Discrepancy(1.0), 5, 0.1)
    with without_warnings():
        assert unreached.solve(problem).status is Status.NOISE_LEVEL_NOT_REACHED


def test_a_number_of_groups_is_reached_along_the_path():
    solution = AlongPath(BlockCoordinateDescent(L21(1.0)), GroupCount(2)).solve(make("logistic"))
    assert solution.active_groups.size == 2
