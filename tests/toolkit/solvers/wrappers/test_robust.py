"""Robust fits: Huber's optimum by CVXPY, gross outliers, and what is passed through."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.operators import Channelwise, Convolution
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    BlockOMP,
    FastMarginalLikelihood,
    InTurn,
    PrimalDualActiveSet,
    Robust,
)
from groupsparse.toolkit.solvers.wrappers.robust import shrink_magnitudes
from groupsparse.toolkit.testing import random_array

GROUPS = np.repeat(np.arange(5), 3)


def make(dtype="float64", n_channels=1, n_spikes=4, seed=0):
    """Return a matrix, data with spikes, and where the spikes are."""
    rng = np.random.default_rng(seed)
    matrix = random_array((40, 15), dtype, rng)
    coef = random_array((15, n_channels)[: 1 + (n_channels > 1)], dtype, rng)
    coef[3:12] = 0
    data = matrix @ coef
    data += random_array(data.shape, dtype, rng) / 10
    places = rng.permutation(data.size)[:n_spikes]
    data.ravel()[places] += 50 * np.abs(data).max()
    return matrix, data, np.sort(places)


def compute_huber(matrix, data, threshold, alpha, coef):
    """Return Huber's loss with the l2,1 norm."""
    size = np.abs(matrix @ coef - data)
    loss = np.where(size <= threshold, size**2 / 2, threshold * (size - threshold / 2)).sum()
    norms = [np.linalg.norm(coef[g == GROUPS]) for g in range(5)]
    return loss + alpha * np.sum(norms)


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_the_optimum_of_huber_s_loss_is_cvxpy_s(dtype, n_channels):
    cp = pytest.importorskip("cvxpy")
    matrix, data, _ = make(dtype, n_channels)
    threshold, alpha = 0.2, 2.0
    solver = BlockCoordinateDescent(L21(alpha), tol=1e-12)
    robust = Robust(solver, threshold=2.0, scale=0.1, tol=1e-7, max_iter=1000)
    solution = robust.solve(Problem(matrix, data, GROUPS))
    x = cp.Variable(solution.coef.shape, complex=dtype == "complex128")
    size = cp.abs(matrix @ x - data)
    loss = cp.sum(cp.huber(size, threshold)) / 2
    norms = [cp.norm(cp.vec(x[np.flatnonzero(g == GROUPS)], "F")) for g in range(5)]
    best = cp.Problem(cp.Minimize(loss + alpha * cp.sum(cp.hstack(norms)))).solve("CLARABEL")
    assert solution.status is Status.CONVERGED
    assert solution.objective == pytest.approx(best, rel=1e-6)
    assert compute_huber(matrix, data, threshold, alpha, solution.coef) == pytest.approx(best, 1e-6)


@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array, aslinearoperator])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_spikes_are_found_and_change_little(dtype, wrap):
    matrix, data, places = make(dtype)
    clean = make(dtype, n_spikes=0)[1]
    solver = FISTA(L21(1.0), tol=1e-5)
    robust = Robust(solver)
    problem = Problem(wrap(matrix), data, GROUPS)
    solution = robust.solve(problem)
    assert solution.coef.dtype == data.dtype
    assert set(places) <= set(np.flatnonzero(robust.find_outliers(problem, solution.coef)))
    wanted = solver.solve(Problem(matrix, clean, GROUPS)).coef
    assert np.linalg.norm(solution.coef - wanted) < 0.1 * np.linalg.norm(wanted)
    spoilt = solver.solve(problem).coef
    assert np.linalg.norm(spoilt - wanted) > np.linalg.norm(wanted)


@pytest.mark.parametrize(
    "solver",
    [
        BlockOMP(n_groups=2),
        PrimalDualActiveSet(n_groups=2),
        InTurn(BlockOMP(n_groups=3), PrimalDualActiveSet(n_groups=2)),
    ],
)
def test_any_solver_finds_the_groups_beside_spikes(solver):
    matrix, data, _ = make(seed=3)
    solution = Robust(solver).solve(Problem(matrix, data, GROUPS))
    assert solution.active_groups.tolist() == [0, 4]
    assert solution.status is Status.CONVERGED
    wanted = solver.solve(Problem(matrix, make(n_spikes=0, seed=3)[1], GROUPS)).coef
    assert np.linalg.norm(solution.coef - wanted) < 0.1 * np.linalg.norm(wanted)


def test_an_operator_per_channel_stays_banded():
    rng = np.random.default_rng(1)
    truth = np.zeros((2, 80))
    truth[:, [20, 50]] = [[1.0, -0.8], [0.9, 1.0]]
    shots = Channelwise([Convolution([0.5, 1.0, 0.5], 80), Convolution([0.2, 1.0, 0.2], 80)])
    data = shots.apply(truth) + 0.02 * rng.standard_normal((2, 80))
    data[0, 33] += 10.0
    problem = Problem(shots, data)
    solution = Robust(FastMarginalLikelihood(0.02 * np.sqrt(160))).solve(problem)
    assert solution.active_groups.tolist() == [20, 50]


def test_without_outliers_nothing_changes():
    matrix, _, _ = make()
    data = matrix[:, :3] @ np.ones(3) + 0.1 * (-1.0) ** np.arange(40)
    solver = BlockCoordinateDescent(L21(0.5))
    problem = Problem(matrix, data, GROUPS)
    robust = Robust(solver, scale=1.0)
    solution, plain = robust.solve(problem, np.repeat([1.0, 0.0], [3, 12])), solver.solve(problem)
    assert not robust.find_outliers(problem, solution.coef).any()
    np.testing.assert_allclose(solution.coef, plain.coef, atol=1e-6)
    assert solution.objective == pytest.approx(plain.objective, rel=1e-6)
    assert solution.history["n_outliers"].tolist() == [0.0]


def test_weights_are_those_of_whitened_residuals():
    matrix, data, places = make(seed=2)
    deviations = np.geomspace(0.05, 0.2, 40)
    solver = Robust(BlockCoordinateDescent(L21(2.0), tol=1e-10), scale=1.0, tol=1e-6)
    weighted = Problem(matrix, data, GROUPS, weights=1 / deviations)
    by_hand = Problem(matrix / deviations[:, None], data / deviations, GROUPS)
    one, other = solver.solve(weighted), solver.solve(by_hand)
    np.testing.assert_allclose(one.coef, other.coef, atol=1e-6)
    assert set(places) <= set(np.flatnonzero(solver.find_outliers(weighted, one.coef)))


def test_data_of_zeros_and_exact_data_are_no_outliers():
    matrix = make()[0]
    zero = Robust(BlockCoordinateDescent(L21(1.0))).solve(Problem(matrix, np.zeros(40), GROUPS))
    assert zero.status is Status.CONVERGED
    assert not zero.coef.any()
    problem = Problem(matrix, matrix[:, :3] @ np.ones(3), GROUPS)
    exact = Robust(BlockOMP(n_groups=1)).solve(problem)
    assert exact.status is Status.CONVERGED
    np.testing.assert_allclose(exact.coef, np.repeat([1.0, 0.0], [3, 12]), atol=1e-8)


def test_too_few_rounds_and_a_callback_end_the_rounds():
    matrix, data, _ = make()
    problem = Problem(matrix, data, GROUPS)
    solver = BlockCoordinateDescent(L21(1.0))
    with pytest.warns(UserWarning, match="stopped at the largest number of iterations"):
        short = Robust(solver, threshold=1.0, max_iter=1).solve(problem)
    assert short.status is Status.MAX_ITER
    assert len(short.history["change"]) == 1
    stopped = Robust(FISTA(L21(1.0), callback=lambda _: True)).solve(problem)
    assert stopped.status is Status.STOPPED
    assert len(stopped.history["change"]) == 1


@pytest.mark.filterwarnings("ignore:the objective was no longer finite")
def test_a_solver_that_diverges_ends_the_rounds():
    matrix, data, _ = make()
    solver = FISTA(L21(0.01), step=10.0)
    problem = Problem(matrix, data, GROUPS)
    assert Robust(solver).solve(problem).status is solver.solve(problem).status is Status.DIVERGED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": 3}, "solver must be"),
        ({"threshold": 0}, "threshold must be positive and finite, got 0"),
        ({"scale": -1.0}, "scale must be positive and finite, got -1"),
        ({"scale": "big"}, "scale must be positive"),
        ({"tol": None}, "tol must be positive"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
    ],
)
def test_arguments_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        Robust(**{"solver": BlockOMP(n_groups=1)} | options)


def test_a_problem_that_the_solver_cannot_take_is_refused_at_once():
    problem = Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]])
    with pytest.raises(ValueError, match="groups overlap; BlockOMP needs disjoint groups"):
        Robust(BlockOMP(n_groups=1)).solve(problem)


def test_magnitudes_are_shrunk():
    values = np.array([3 + 4j, 0.0, -1j])
    np.testing.assert_allclose(shrink_magnitudes(values, 2.5), [1.5 + 2j, 0, 0])
    np.testing.assert_allclose(shrink_magnitudes(np.float32([-3, 1]), 2.0), [-1, 0])
    assert shrink_magnitudes(np.float32([-3, 1]), 2.0).dtype == np.float32
