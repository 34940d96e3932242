"""Exchanges of groups against exhaustive search, and solvers in turn."""

import itertools

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.penalties import GroupMCP
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import AlongPath, Discrepancy
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import (
    BlockCoordinateDescent,
    BlockOMP,
    Exchange,
    InTurn,
    OrthonormalGroups,
    PrimalDualActiveSet,
)
from groupsparse.toolkit.testing import random_array

IGNORE = pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")


def noise_problem(dtype, seed, n_channels=1):
    """Return matrix (12, 16) and data with nothing that stands out: many local minimisers."""
    rng = np.random.default_rng(seed)
    matrix = random_array((12, 16), dtype, rng) + 0.5
    data = random_array((12, n_channels), dtype, rng)
    return matrix, data if n_channels > 1 else data[:, 0]


def objective(matrix, data, support, alpha, ridge=0.0):
    columns = matrix.reshape(len(matrix), 8, 2)[:, list(support)].reshape(len(matrix), -1)
    longer = np.vstack([columns, np.sqrt(ridge) * np.eye(columns.shape[1])])
    right = np.concatenate([data, np.zeros((columns.shape[1], *data.shape[1:]))])
    fit = longer @ np.linalg.lstsq(longer, right)[0] if support else 0 * right
    return np.linalg.norm(right - fit) ** 2 / 2 + alpha * len(support)


@IGNORE
@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_no_exchange_of_two_groups_lowers_the_objective(dtype, wrap):
    best = better = 0
    for seed in range(12):
        matrix, data = noise_problem(dtype, seed, n_channels=1 + seed % 2)
        alpha = 0.3 + 0.1 * (seed % 3)
        problem = Problem(wrap(matrix), data, 2)
        inner = PrimalDualActiveSet(alpha=alpha)
        first, polished = inner.solve(problem), Exchange(inner, n_candidates=8).solve(problem)
        assert polished.alpha == first.alpha  # the path may have ended above the one asked for
        alpha = first.alpha
        assert polished.objective <= first.objective * (1 + 1e-12)
        support = tuple(polished.active_groups)
        assert polished.objective == pytest.approx(objective(matrix, data, support, alpha))
        outside = set(range(8)) - set(support)
        neighbours = [set(support) - {g} for g in support]
        neighbours += [({*support} - {g}) | {h} for g in support for h in outside]
        for other in neighbours:
            value = objective(matrix, data, sorted(other), alpha)
            assert value >= polished.objective * (1 - 1e-9)
        every = (s for k in range(7) for s in itertools.combinations(range(8), k))
        optimum = min(objective(matrix, data, s, alpha) for s in every)
        best += polished.objective <= optimum * (1 + 1e-9)
        better += polished.objective < first.objective * (1 - 1e-9)
        if polished.status is Status.CONVERGED:
            assert polished.certificate.value < 1e-9
    assert best >= 8
    assert better >= 2


def test_exchanges_at_a_fixed_number_of_groups_lower_the_residual():
    fell = 0
    for seed in range(6):
        matrix, data = noise_problem("float64", seed)
        problem = Problem(matrix, data, 2)
        inner = BlockOMP(n_groups=3)
        first, polished = inner.solve(problem), Exchange(inner, n_candidates=8).solve(problem)
        assert first.alpha == polished.alpha == 0
        assert polished.active_groups.size == 3
        assert polished.residual_norm <= first.residual_norm
        fell += polished.residual_norm < 0.999 * first.residual_norm
        optimum = min(objective(matrix, data, s, 0.0) for s in itertools.combinations(range(8), 3))
        assert polished.objective <= 1.2 * optimum
    assert fell >= 2


@IGNORE
def test_a_ridge_stays():
    matrix, data = noise_problem("float64", 1)
    inner = PrimalDualActiveSet(alpha=0.3, ridge=0.5)
    polished = Exchange(inner).solve(Problem(matrix, data, 2))
    expected = objective(matrix, data, tuple(polished.active_groups), 0.3, ridge=0.5)
    assert polished.objective == pytest.approx(expected)


def test_what_is_right_already_is_left_alone():
    data = make_group_sparse(100, 200, 50, 8, theta=1, random_state=0)
    inner = PrimalDualActiveSet(noise_level=data.noise_level)
    first, polished = inner.solve(data.problem), Exchange(inner).solve(data.problem)
    np.testing.assert_array_equal(polished.coef, first.coef)
    assert polished.iterations == first.iterations


@IGNORE
def test_history_callback_and_limit():
    matrix, data = noise_problem("float64", 0)
    for seed in range(12):
        matrix, data = noise_problem("float64", seed)
        inner, problem = PrimalDualActiveSet(alpha=0.3), Problem(matrix, data, 2)
        first, full = inner.solve(problem), Exchange(inner, n_candidates=8).solve(problem)
        n_exchanges = full.iterations - first.iterations
        if n_exchanges > 1:
            break
    values = full.history["objective"]
    assert n_exchanges == len(values) > 1
    assert (np.diff(values) < 0).all()
    assert values[0] < first.objective
    assert values[-1] == pytest.approx(full.objective)
    limited = Exchange(inner, n_candidates=8, max_iter=1).solve(problem)
    assert limited.status is Status.MAX_ITER
    assert limited.objective == pytest.approx(values[0])
    seen = []
    stopping = Exchange(inner, n_candidates=8, callback=lambda p: seen.append(p) or True)
    assert stopping.solve(problem).status is Status.STOPPED
    assert len(seen) == 1
    assert seen[0].objective == values[0]


def test_concave_start_recovers_more_groups_than_the_path():
    """Figure 1's kind of problem, past the point where the path alone fails."""
    for seed in range(2):
        data = make_group_sparse(400, 1000, 250, 70, random_state=seed)
        concave = OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0, 10.0), tol=1e-5))
        start = AlongPath(concave, Discrepancy(data.noise_level), ratio=1e-4)
        own = PrimalDualActiveSet(noise_level=data.noise_level)
        solution = InTurn(start, own).solve(data.problem)
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)
        assert solution.status is Status.CONVERGED
        assert solution.certificate.kind is CertificateKind.SINGLE_CHANGE
        gradient = data.problem.operator.adjoint(
            data.problem.data - data.problem.operator.apply(solution.coef)
        )
        np.testing.assert_allclose(gradient[data.coef != 0], 0, atol=1e-9)


def test_the_first_of_two_solvers_only_makes_a_start():
    data = make_group_sparse(100, 200, 50, 8, random_state=0)
    poor = BlockCoordinateDescent(GroupMCP(0.1), max_iter=1)
    with pytest.warns(ConvergenceWarning):
        begun = poor.solve(data.problem)
    then = PrimalDualActiveSet(noise_level=data.noise_level)
    solution = InTurn(poor, then).solve(data.problem)  # no warning
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    assert solution.iterations > begun.iterations
    assert InTurn(InTurn(poor, then), then).solve(data.problem).status is Status.CONVERGED


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exchange(None), "solver must be a solver, got None"),
        (lambda: Exchange(BlockOMP(n_groups=1), n_candidates=0), "n_candidates must be an integer"),
        (lambda: Exchange(BlockOMP(n_groups=1), max_iter=1.5), "max_iter must be an integer"),
        (lambda: InTurn(3, BlockOMP(n_groups=1)), "first must be a solver, got 3"),
        (lambda: InTurn(BlockOMP(n_groups=1), "x"), "then must be a solver, got 'x'"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()
