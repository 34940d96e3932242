"""Rules that choose along a path: their formulas written out, and what they find."""

import numpy as np
import pytest
from scipy.special import comb

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.penalties import L21, GroupL0
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import (
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
from groupsparse.toolkit.solvers import BlockCoordinateDescent, PrimalDualActiveSet

SETTINGS = [
    {"n_active": 20, "theta": 0, "sigma": 1e-3},
    {"n_active": 30, "theta": 3, "sigma": 0.1},
    {"n_active": 30, "theta": 0, "sigma": 0.3},
]


@pytest.mark.parametrize("rule", [EBIC(), Balance(), GroupCount(1)], ids=str)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_groups_are_found_without_knowing_the_noise(rule, settings):
    if isinstance(rule, GroupCount):
        rule = GroupCount(settings["n_active"])
    exact = 0
    for seed in range(4):
        data = make_group_sparse(400, 1000, 250, **settings, random_state=seed)
        solution = AlongPath(PrimalDualActiveSet(), rule).solve(data.problem)
        assert solution.status is Status.CONVERGED
        exact += np.array_equal(solution.active_groups, data.active_groups)
        assert solution.iterations == solution.history["iterations"].sum()
    assert exact >= 3


def test_discrepancy_along_the_path_is_what_the_solver_does_itself():
    data = make_group_sparse(100, 200, 50, 8, theta=1, random_state=0)
    own = PrimalDualActiveSet(noise_level=data.noise_level).solve(data.problem)
    solution = AlongPath(PrimalDualActiveSet(), Discrepancy(data.noise_level)).solve(data.problem)
    np.testing.assert_array_equal(solution.coef, own.coef)
    np.testing.assert_allclose(solution.history["alpha"][1:], own.history["alpha"])
    assert solution.iterations == own.iterations


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_formulas(dtype):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((40, 60)).astype(dtype)
    if dtype == "complex128":
        matrix += 1j * rng.standard_normal((40, 60))
    coef = np.zeros(60)
    coef[:6] = 3
    data = matrix @ coef + rng.standard_normal(40)
    problem = Problem(matrix, data, 3)
    solver = PrimalDualActiveSet(alpha=15.0)
    solution = solver.solve(problem)
    k, parts = solution.active_groups.size, (2 if dtype == "complex128" else 1)
    assert 1 < k < 6
    n, df = 40 * parts, 3 * k * parts
    energy = np.linalg.norm(data - matrix @ solution.coef) ** 2
    bic = n * np.log(energy / n) + df * np.log(n)
    penalty = GroupL0(solution.alpha)
    assert BIC().score(problem, penalty, solution) == pytest.approx(bic)
    ebic = bic + 2 * 0.5 * np.log(comb(20, k))
    assert EBIC(0.5).score(problem, penalty, solution) == pytest.approx(ebic)
    assert EBIC(0).score(problem, penalty, solution) == pytest.approx(bic)
    balance = np.log(energy / 2 / (0.3 * 15.0 * k))
    assert Balance().score(problem, penalty, solution) == pytest.approx(balance)
    cp = energy + 2 * 2.0**2 / n * df
    assert MallowsCp(2.0).score(problem, penalty, solution) == pytest.approx(cp)
    assert GroupCount(7).score(problem, penalty, solution) == 7 - k


def test_criteria_do_not_trust_solutions_with_more_parameters_than_half_the_data():
    rng = np.random.default_rng(0)
    problem = Problem(rng.standard_normal((20, 60)), rng.standard_normal(20), 3)
    solver = AlongPath(PrimalDualActiveSet(), BIC())
    solution = solver.solve(problem)
    assert 2 * 3 * solution.active_groups.size <= 20
    assert np.isinf(solution.history["score"][-1])
    assert not np.isinf(solution.history["score"][:-1]).any()


def test_exact_data_end_with_an_exact_fit():
    data = make_group_sparse(60, 120, 30, 4, sigma=0.0, random_state=0)
    for rule in (BIC(), EBIC(), Balance(), GroupCount(4)):
        solution = AlongPath(PrimalDualActiveSet(), rule).solve(data.problem)
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)


@pytest.mark.parametrize("rule", [BIC(), EBIC(), Balance(), GroupCount(1), MallowsCp(1.0)], ids=str)
def test_data_of_zeros_give_zero(rule):
    problem = Problem(np.eye(6), np.zeros(6), 2)
    for solver in (PrimalDualActiveSet(), BlockCoordinateDescent(L21(1.0))):
        with without_warnings():
            solution = AlongPath(solver, rule).solve(problem)
        assert not solution.coef.any()
        expected = Status.SATURATED if isinstance(rule, GroupCount) else Status.CONVERGED
        assert solution.status is expected


def test_a_noise_level_that_is_not_reached_is_said():
    rng = np.random.default_rng(0)
    problem = Problem(rng.standard_normal((20, 6)), rng.standard_normal(20), 3)
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = AlongPath(PrimalDualActiveSet(), Discrepancy(0.1)).solve(problem)
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED


def test_criteria_work_along_convex_paths_too():
    data = make_group_sparse(200, 400, 100, 5, sigma=0.1, random_state=0)
    solver = AlongPath(BlockCoordinateDescent(L21(1.0)), EBIC(), ratio=1e-2)
    solution = solver.solve(data.problem)
    assert set(data.active_groups) <= set(solution.active_groups)
    path = solution_path(BlockCoordinateDescent(L21(1.0)), data.problem, ratio=1e-2)
    scores = [EBIC().score(data.problem, L21(s.alpha), s) for s in path]
    np.testing.assert_allclose(solution.history["score"], scores[: len(solution.history["score"])])
    assert solution.alpha == pytest.approx(path.alphas[int(np.argmin(scores))])


@pytest.mark.parametrize(
    ("scores", "chosen", "enough"),
    [
        ([np.inf, 2.0, -1.0, -0.5], 3, False),
        ([np.inf, 2.0, -1.0, -0.5, 0.1], 3, True),
        ([np.inf, -1.0, 0.2, -3.0], 1, False),
        ([3.0, 2.0, 1.0], 2, False),
        ([3.0, -np.inf], 1, False),
    ],
)
def test_balance_is_where_the_misfit_takes_over(scores, chosen, enough):
    assert Balance().choose(scores) == chosen
    assert Balance().is_decided(scores) is enough


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EBIC(1.5), "gamma must be from 0 to 1, got 1.5"),
        (lambda: EBIC(None), "gamma must be from 0 to 1, got None"),
        (lambda: Balance(0), "gamma must be positive and finite, got 0"),
        (lambda: GroupCount(0), "n_groups must be an integer of at least 1, got 0"),
        (lambda: GroupCount(10**400), "n_groups must be a possible size"),
        (lambda: GroupCount(1.5), "n_groups must be an integer of at least 1, got 1.5"),
        (lambda: Discrepancy(-1.0), "noise_level must be finite and not negative, got -1.0"),
        (lambda: MallowsCp(np.nan), "noise_level must be finite and not negative, got nan"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.covering(2)
@pytest.mark.parametrize("scale", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("share", [0.1, 0.6])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_degrees_of_freedom_are_the_divergence_of_the_fit(scale, share, n_channels):
    rng = np.random.default_rng(4)
    A = scale * np.linalg.qr(rng.standard_normal((30, 12)))[0]
    y = 2 * rng.standard_normal((30, n_channels))
    alpha = share * alpha_max(Problem(A, y, 4))
    penalty = L21(alpha)

    def fit(data):
        return BlockCoordinateDescent(penalty, tol=1e-13).solve(Problem(A, data, 4))

    step, divergence = 1e-5, 0.0
    for place in np.ndindex(y.shape):
        ahead, behind = y.copy(), y.copy()
        ahead[place] += step
        behind[place] -= step
        change = A @ (fit(ahead).coef - fit(behind).coef)
        divergence += change[place] / (2 * step)
    problem = Problem(A, y, 4)
    assert degrees_of_freedom(problem, penalty, fit(y)) == pytest.approx(divergence, rel=1e-5)
