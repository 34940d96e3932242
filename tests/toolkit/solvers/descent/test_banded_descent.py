"""Block coordinate descent on convolutions against dense matrices, FISTA, plain subgradients."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import (
    Channelwise,
    Convolution,
    Joint,
    Matrix,
    TimeVaryingConvolution,
)
from groupsparse.toolkit.penalties import L21, GroupMCP, GroupSCAD, SparseGroup, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import AlongPath, Discrepancy, alpha_max, solution_path
from groupsparse.toolkit.solution import CertificateKind, Progress, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.solvers.descent.banded.session import BandedSession
from groupsparse.toolkit.testing import random_array

DOUBLE = pytest.mark.parametrize("dtype", ["float64", "complex128"])
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
N = 30
WEIGHTS = np.resize([1, 0.4, 1.5, np.inf, 0.7, 1, 0, 1, 1], N)
FREE = np.where(np.arange(N) % 11 == 7, -1, np.cumsum(np.arange(N) % 11 != 7) - 1)

PENALTIES = {
    "l21": L21(1.0),
    "l21 sqrt": L21(1.0, "sqrt"),
    "l21 weights": L21(1.0, WEIGHTS),
    "MCP": GroupMCP(1.0),
    "MCP, concave beyond the square": GroupMCP(1.0, 1.01),
    "MCP weights": GroupMCP(1.0, 2.5, WEIGHTS),
    "SCAD": GroupSCAD(1.0),
    "SCAD weights": GroupSCAD(1.0, 2.2, WEIGHTS),
}
CONVEX = [name for name, penalty in PENALTIES.items() if penalty.convex]
CONCAVE = [name for name, penalty in PENALTIES.items() if not penalty.convex]


def waves(dtype, rng, *sizes):
    """Return random wavelets of about unit norm."""
    return [random_array((n,), dtype, rng) / np.float32(n**0.5) for n in sizes]


OPERATORS = {
    "shots": lambda d, rng: Channelwise([Convolution(w, N) for w in waves(d, rng, 5, 8, 3)]),
    "shots, axis -1": lambda d, rng: Channelwise(
        [Convolution(w, N) for w in waves(d, rng, 5, 1)], axis=-1
    ),
    "shots of traces": lambda d, rng: Channelwise(
        [Convolution(w, (3, N // 3)) for w in waves(d, rng, 4, 7)]
    ),
    "time-varying": lambda d, rng: Channelwise(
        [TimeVaryingConvolution(random_array((N, 4), d, rng) / np.float32(2), N)]
        + [Convolution(w, N) for w in waves(d, rng, 6)]
    ),
    "shared": lambda d, rng: Joint(Convolution(waves(d, rng, 6)[0], N), 3),
    "shared, traces": lambda d, rng: Joint(Convolution(waves(d, rng, 5)[0], (2, N // 2)), 2),
    "single": lambda d, rng: Convolution(waves(d, rng, 7)[0], N),
    "single, traces": lambda d, rng: Convolution(waves(d, rng, 3)[0], (2, N // 2)),
    "as long as the trace": lambda d, rng: Channelwise(
        [Convolution(w, N) for w in waves(d, rng, N, N - 1)]
    ),
    "one sample": lambda d, rng: Channelwise([Convolution(w, N) for w in waves(d, rng, 1, 1)]),
}
KINDS = pytest.mark.parametrize("kind", OPERATORS)


class Case(NamedTuple):
    """A problem, the same with explicit matrices, and how to bring its coefficients there."""

    problem: Problem
    dense: Problem
    axis: int

    def rows(self, coef):
        """Return coefficients as one row per channel, (K, N)."""
        if self.problem.operator.n_channels is None:
            return coef.reshape(1, N)
        return np.moveaxis(coef, self.axis, 0).reshape(-1, N)


def matrix_of(operator):
    units = np.eye(N)
    return np.stack([operator.apply(u.reshape(operator.domain_shape)).ravel() for u in units], 1)


def make(kind, dtype="float64", labels=None, seed=0, noise=0.1):
    rng = np.random.default_rng((seed, len(kind)))
    operator = OPERATORS[kind](dtype, rng)
    n_channels = operator.n_channels or 1
    axis = 0 if operator.n_channels is None else operator.channel_axis
    truth = np.zeros((n_channels, N), dtype)
    spikes = rng.permutation(N)[:5]
    truth[:, spikes] = random_array((n_channels, 5), dtype, rng) + 1
    inner = np.delete(operator.domain_shape, axis) if operator.n_channels else operator.domain_shape
    shaped = truth.reshape(-1, *inner) if operator.n_channels else truth.reshape(inner)
    coef = np.moveaxis(shaped, 0, axis) if operator.n_channels else shaped
    exact = operator.apply(coef)
    data = exact + np.float32(noise) * random_array(exact.shape, dtype, rng)
    if operator.n_channels is None:
        parts, rows = [operator], data.reshape(1, -1)
    else:
        parts = operator.operators if isinstance(operator, Channelwise) else [operator.operator]
        rows = np.moveaxis(data, axis, 0).reshape(n_channels, -1)
    matrices = [Matrix(matrix_of(part).astype(dtype)) for part in parts]
    several = matrices * (n_channels // len(matrices))
    dense = Problem(Channelwise(several, axis=0), rows.copy(), labels)
    return Case(Problem(operator, data, labels), dense, axis)


def slope(penalty, strength, norm):
    """Return the derivative of a penalty at a norm, as the papers have it."""
    if isinstance(penalty, GroupMCP):
        return max(0.0, strength - norm / penalty.gamma)
    if isinstance(penalty, GroupSCAD):
        falling = (penalty.gamma * strength - norm) / (penalty.gamma - 1)
        return min(strength, max(0.0, falling))
    return strength


def distance(case, penalty, rows):
    """Return the norm of the smallest subgradient, plainly."""
    operator, groups = case.dense.operator, case.dense.groups
    gradient = operator.adjoint(operator.apply(rows) - case.dense.data)
    strengths = np.zeros(N)
    labels = np.flatnonzero(~np.isin(np.arange(N), groups.features.unpenalised))
    weights = penalty.group_weights
    size = len(rows) ** 0.5
    known = np.full(labels.size, size if isinstance(weights, str) else 1.0)
    strengths[labels] = penalty.alpha * (
        known if weights is None or isinstance(weights, str) else np.asarray(weights)
    )
    total = 0.0
    for j in range(N):
        norm, pull = np.linalg.norm(rows[:, j]), gradient[:, j]
        if np.isinf(strengths[j]):
            assert norm == 0
        elif norm:
            whole = pull + slope(penalty, strengths[j], norm) / norm * rows[:, j]
            total += np.linalg.norm(whole) ** 2
        else:
            total += max(0.0, np.linalg.norm(pull) - strengths[j]) ** 2
    return total**0.5


def weights_of(name, labels):
    """Return the penalty; weights are for as many groups as there are."""
    penalty = PENALTIES[name]
    if labels is not None and isinstance(penalty.group_weights, np.ndarray):
        penalty = penalty.with_group_weights(WEIGHTS[: labels.max() + 1])
    return penalty


def solved(penalty, problem, start=None, tol=1e-10, **options):
    solver = BlockCoordinateDescent(penalty, tol=tol, **options)
    assert isinstance(solver.session(problem), BandedSession)
    solution = solver.solve(problem, start)
    assert solution.status is Status.CONVERGED
    return solution


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [None, FREE], ids=["all", "some unpenalised"])
@DOUBLE
@KINDS
@pytest.mark.parametrize("name", CONVEX)
def test_agrees_with_explicit_matrices(name, kind, dtype, labels):
    case = make(kind, dtype, labels)
    penalty = weights_of(name, labels)
    alpha = 0.15 * alpha_max(case.dense, penalty=penalty)
    penalty = penalty.with_alpha(alpha)
    solution = solved(penalty, case.problem)
    expected = BlockCoordinateDescent(penalty, tol=1e-10).solve(case.dense)
    assert solution.coef.dtype == dtype
    assert solution.coef.shape == case.problem.shape
    np.testing.assert_allclose(case.rows(solution.coef), expected.coef, atol=1e-7)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-9)
    assert solution.residual_norm == pytest.approx(expected.residual_norm, rel=1e-7)
    assert solution.certificate.kind == CertificateKind.DUALITY_GAP
    assert 0 <= solution.certificate.value <= 1e-8 * solution.objective
    assert solution.alpha == alpha
    assert 0 < expected.active_groups.size < N
    scale = np.linalg.norm(case.dense.operator.adjoint(case.dense.data))
    assert distance(case, penalty, case.rows(solution.coef)) <= 2e-10 * scale


@pytest.mark.parametrize("name", CONVEX)
@pytest.mark.parametrize("kind", ["shots", "time-varying", "shared, traces", "single"])
def test_agrees_with_fista(kind, name):
    case = make(kind)
    penalty = PENALTIES[name].with_alpha(0.2 * alpha_max(case.problem, penalty=PENALTIES[name]))
    expected = FISTA(penalty, tol=1e-12, max_iter=100_000).solve(case.problem)
    solution = solved(penalty, case.problem)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)
    assert solution.objective <= expected.objective * (1 + 1e-12)


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [None, FREE], ids=["all", "some unpenalised"])
@DOUBLE
@KINDS
@pytest.mark.parametrize("name", CONCAVE)
def test_concave_penalties_end_at_stationary_points(name, kind, dtype, labels):
    """At good ones: about as low as those found with explicit matrices."""
    case = make(kind, dtype, labels)
    penalty = weights_of(name, labels)
    for fraction in (0.5, 0.1):
        penalty = penalty.with_alpha(fraction * alpha_max(case.dense, penalty=penalty))
        solution = solved(penalty, case.problem)
        rows = case.rows(solution.coef)
        scale = np.linalg.norm(case.dense.operator.adjoint(case.dense.data))
        assert distance(case, penalty, rows) <= 2e-10 * scale
        assert solution.certificate.kind == CertificateKind.SUBDIFFERENTIAL_DISTANCE
        assert solution.certificate.value == pytest.approx(distance(case, penalty, rows), abs=1e-9)
        misfit = np.linalg.norm(case.dense.operator.apply(rows) - case.dense.data)
        total = misfit**2 / 2 + penalty.value(rows, case.dense.groups)
        assert solution.objective == pytest.approx(total, rel=1e-10)
        np.testing.assert_array_equal(
            solution.active_groups, np.flatnonzero(case.dense.groups.norms(rows))
        )
        assert solution.objective <= np.linalg.norm(case.dense.data) ** 2 / 2
        there = BlockCoordinateDescent(penalty, tol=1e-10).solve(case.dense)
        assert solution.objective <= 1.1 * there.objective
        again = solved(penalty, case.problem, solution.coef)
        np.testing.assert_allclose(again.coef, solution.coef, atol=1e-7)
        assert again.iterations <= 2


@pytest.mark.parametrize("name", CONCAVE)
@pytest.mark.parametrize("kind", ["shots", "single", "shared, traces"])
def test_concave_penalties_improve_on_the_convex_solution(kind, name):
    """From l2,1's solution a descent never goes up."""
    case = make(kind, noise=0.3)
    penalty = PENALTIES[name]
    alpha = 0.2 * alpha_max(case.problem, penalty=penalty)
    weights = penalty.group_weights
    convex = solved(L21(alpha, weights), case.problem)
    penalty = penalty.with_alpha(alpha)
    begin = convex.residual_norm**2 / 2 + penalty.value(convex.coef, case.problem.groups)
    for start in (None, convex.coef):
        solution = solved(penalty, case.problem, start)
        assert solution.objective <= begin * (1 + 1e-12)
        assert np.isfinite(solution.coef).all()


@pytest.mark.covering(2)
@DTYPES
@KINDS
@pytest.mark.parametrize("name", ["l21", "MCP", "SCAD"])
def test_precision_shape_and_inputs_that_stay(name, kind, dtype):
    case = make(kind, dtype)
    data = case.problem.data.copy()
    start = random_array(case.problem.shape, dtype, np.random.default_rng(0))
    before = start.copy()
    data.setflags(write=False)
    start.setflags(write=False)
    problem = Problem(case.problem.operator, data)
    alpha = 0.2 * alpha_max(problem)
    solver = BlockCoordinateDescent(PENALTIES[name].with_alpha(alpha))
    cold = solver.solve(problem)
    first, second = solver.solve(problem, start), solver.solve(problem, start)
    for solution in (cold, first):
        assert solution.status is Status.CONVERGED
        assert solution.coef.dtype == dtype
        assert solution.coef.shape == problem.shape
        assert np.isfinite(solution.coef).all()
    np.testing.assert_array_equal(first.coef, second.coef)
    np.testing.assert_array_equal(data, case.problem.data)
    np.testing.assert_array_equal(start, before)
    if name == "l21":
        np.testing.assert_allclose(first.coef, cold.coef, atol=2e-3)
    first.coef[...] = 0  # belongs to the caller
    np.testing.assert_array_equal(problem.data, case.problem.data)
    if dtype in ("float32", "complex64"):
        wide = make(kind, {"float32": "float64", "complex64": "complex128"}[dtype])
        expected = solver.solve(wide.problem)
        np.testing.assert_allclose(cold.coef, expected.coef, atol=3e-3)


def test_real_data_of_complex_wavelets_and_the_reverse():
    rng = np.random.default_rng(0)
    real, imaginary = rng.standard_normal((2, 2, N))
    for wavelet, data in (
        (np.array([1.0, 1j, 0.5]), real),
        (np.array([1.0, 0.3]), real + 1j * imaginary),
    ):
        operator = Convolution(wavelet, N)
        problem = Problem(Channelwise([operator, operator]), data)
        solution = solved(L21(1.0), problem)
        assert solution.coef.dtype == np.complex128
        dense = Problem(matrix_of(operator), data.T)
        expected = BlockCoordinateDescent(L21(1.0), tol=1e-10).solve(dense)
        np.testing.assert_allclose(solution.coef, expected.coef.T, atol=1e-7)


@pytest.mark.parametrize("name", ["l21", "l21 weights", "MCP", "SCAD weights"])
@KINDS
def test_zero_data_give_zero(name, kind):
    case = make(kind)
    problem = Problem(case.problem.operator, np.zeros_like(case.problem.data))
    for start in (None, np.ones(problem.shape)):
        solution = BlockCoordinateDescent(PENALTIES[name]).solve(problem, start)
        if start is None or name in ("l21", "MCP"):
            assert solution.status is Status.CONVERGED
            assert not solution.coef.any()
            assert solution.active_groups.size == 0
            assert solution.objective == 0
        np.testing.assert_allclose(solution.coef, 0, atol=1e-9)


def test_a_trace_of_zeros_beside_others():
    case = make("shots of traces")
    data = case.problem.data.copy()
    data[:, 1] = 0
    problem = Problem(case.problem.operator, data)
    solution = solved(L21(0.1 * alpha_max(problem)), problem)
    assert not solution.coef[:, 1].any()
    assert solution.coef[:, 0].any()
    assert solution.coef[:, 2].any()


@pytest.mark.parametrize("name", ["l21", "MCP", "SCAD"])
def test_traces_at_once_are_what_they_are_one_by_one(name):
    rng = np.random.default_rng(0)
    shots = waves("float64", rng, 5, 8)
    data = rng.standard_normal((2, 20, 25)) * np.geomspace(0.1, 3, 20)[:, None]
    together = Channelwise([Convolution(wavelet, (20, 25)) for wavelet in shots])
    alone = Channelwise([Convolution(wavelet, 25) for wavelet in shots])
    penalty = PENALTIES[name].with_alpha(0.3)
    solution = solved(penalty, Problem(together, data))
    for trace in range(20):
        expected = solved(penalty, Problem(alone, data[:, trace]))
        if name == "l21":
            np.testing.assert_allclose(solution.coef[:, trace], expected.coef, atol=1e-7)
        assert expected.coef.any() == solution.coef[:, trace].any()
    objectives = [solved(penalty, Problem(alone, data[:, trace])).objective for trace in range(20)]
    rel = 1e-9 if name == "l21" else 0.02
    assert solution.objective == pytest.approx(sum(objectives), rel=rel)


def test_a_channel_that_does_not_see_a_sample():
    """Columns of zeros, in one channel and in both; the last channel's are not the longest."""
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((2, N, 3))
    first[[4, 9]] = 0
    second[[9, 17, 18, 19]] = 0
    data = rng.standard_normal((2, N))
    for pair in ((first, second), (second, first)):
        operator = Channelwise([TimeVaryingConvolution(one, N) for one in pair])
        for name in ("l21", "MCP", "SCAD"):
            penalty = PENALTIES[name].with_alpha(0.3)
            solution = solved(penalty, Problem(operator, data))
            dense = Channelwise([Matrix(matrix_of(one)) for one in operator.operators], axis=0)
            case = Case(Problem(operator, data), Problem(dense, data), 0)
            assert distance(case, penalty, solution.coef) <= 1e-8
            assert not solution.coef[:, 9].any()
    labels = np.where(np.arange(N) % 3 == 1, -1, 0)
    labels[labels == 0] = np.arange(np.count_nonzero(labels == 0))
    solution = BlockCoordinateDescent(L21(0.3)).solve(Problem(operator, data, labels))
    assert np.isfinite(solution.coef).all()


def ricker(frequency, n_lags=81, interval=0.002):
    phase = (np.pi * frequency * (np.arange(n_lags) - n_lags // 2) * interval) ** 2
    return (1 - 2 * phase) * np.exp(-phase)


def gathers(n_traces=3, n=200, noise=0.02, seed=0):
    """Return a problem whose neighbouring columns are nearly alike."""
    rng = np.random.default_rng(seed)
    shots = [Convolution(ricker(f), (n_traces, n)) for f in (25.0, 30.0, 38.0)]
    operator = Channelwise(shots)
    truth = np.zeros((3, n_traces, n))
    for trace in range(n_traces):
        places = rng.permutation(n)[:12]
        truth[:, trace, places] = rng.standard_normal(12) * (1 + 0.2 * rng.random((3, 12)))
    data = operator.apply(truth) + noise * rng.standard_normal(truth.shape)
    return Problem(operator, data)


@pytest.mark.parametrize("fraction", [0.1, 0.01, 0.001])
@pytest.mark.parametrize("name", ["l21", "MCP", "SCAD"])
def test_neighbours_that_are_nearly_alike(name, fraction):
    problem = gathers()
    penalty = PENALTIES[name].with_alpha(fraction * alpha_max(problem))
    solution = BlockCoordinateDescent(penalty).solve(problem)
    assert solution.status is Status.CONVERGED
    correlation = np.linalg.norm(problem.operator.adjoint(problem.data))
    gradient = problem.operator.adjoint(problem.operator.apply(solution.coef) - problem.data)
    far = penalty.subdifferential_distance(solution.coef, gradient, problem.groups)
    assert far <= 1.1e-6 * correlation
    if name == "l21":
        assert solution.certificate.value <= 0.01 * solution.objective


@pytest.mark.parametrize("name", ["l21", "l21 weights", "MCP"])
def test_paths_are_what_each_strength_gives_alone(name):
    case = make("shots", labels=None)
    penalty = PENALTIES[name]
    solver = BlockCoordinateDescent(penalty, tol=1e-9)
    path = solution_path(solver, case.problem, n_alphas=12, ratio=0.02)
    assert path.converged.all()
    assert path.alphas[0] == pytest.approx(alpha_max(case.problem, penalty=penalty))
    assert path.n_active[-1] > path.n_active[1]
    dense = solution_path(solver, case.dense, n_alphas=12, ratio=0.02)
    for one, other in zip(path, dense, strict=True):
        if penalty.convex:
            np.testing.assert_allclose(one.coef, other.coef, atol=1e-6)
        assert distance(case, penalty.with_alpha(one.alpha), one.coef) <= 1e-7


@pytest.mark.parametrize("n_channels", [1, 3])
def test_earlier_solutions_of_a_path_stay_as_they_were(n_channels):
    rng = np.random.default_rng(0)
    operator = Convolution(np.array([0.3, 1.0, -0.5]), 30)
    problem = Problem(operator, rng.standard_normal((n_channels, 30)), Groups.across(0))
    seen = []
    path = solution_path(
        BlockCoordinateDescent(L21(1.0)),
        problem,
        n_alphas=5,
        stop=lambda solution: seen.append(solution.coef.copy()),
    )
    for solution, coef in zip(path, seen, strict=True):
        np.testing.assert_array_equal(solution.coef, coef)
    assert not path[0].coef.any()


def test_a_session_goes_up_and_down():
    case = make("shots of traces")
    session = BlockCoordinateDescent(L21(1.0), tol=1e-10).session(case.problem)
    assert session.critical == pytest.approx(alpha_max(case.problem))
    for share in (0.1, 0.1, 0.9, 0.5, 0.01, 2.0, 0.02, 0.3):
        alpha = share * session.critical
        solution = session.solve(alpha)
        expected = solved(L21(alpha), case.problem)
        np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-7)
        assert solution.alpha == alpha
        assert solution.status is Status.CONVERGED
        assert (solution.active_groups.size == 0) == (share >= 1)


@pytest.mark.parametrize("name", ["l21", "MCP"])
def test_rules_walk_the_path(name):
    case = make("shots", noise=0.05)
    level = 0.05 * case.problem.data.size**0.5
    solver = AlongPath(BlockCoordinateDescent(PENALTIES[name]), Discrepancy(level))
    solution = solver.solve(case.problem)
    expected = solver.solve(case.dense)
    assert 0.8 * level < solution.residual_norm <= 1.0001 * level
    assert solution.alpha == pytest.approx(expected.alpha)
    if name == "l21":
        np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-4)


@pytest.mark.parametrize("name", ["l21", "l21 weights", "MCP", "SCAD weights"])
def test_nothing_penalised_is_active_from_the_critical_strength_on(name):
    case = make("shots", labels=FREE)
    penalty = weights_of(name, FREE)
    largest = alpha_max(case.problem, penalty=penalty)
    weights = penalty.core.weights(case.problem.groups)
    for factor, count in ((1.0001, 0), (0.999, 1)):
        solution = solved(penalty.with_alpha(factor * largest), case.problem)
        assert np.count_nonzero(weights[solution.active_groups]) == count


@pytest.mark.parametrize("name", ["l21", "SCAD"])
def test_callback_sees_progress_and_stops(name):
    problem = gathers(n_traces=40, n=100)
    penalty = PENALTIES[name].with_alpha(0.3 * alpha_max(problem))
    seen = []
    solver = BlockCoordinateDescent(penalty, callback=seen.append)
    full = solver.solve(problem)
    assert full.status is Status.CONVERGED
    assert len(seen) >= 3  # some traces at a time
    for progress in seen:
        assert isinstance(progress, Progress)
        assert 0 <= progress.fraction <= 1
        assert np.isfinite(progress.objective)
        assert 0 <= progress.n_active <= problem.groups.n_groups
    assert seen[-1].fraction == 1
    assert seen[-1].objective == pytest.approx(full.objective, rel=1e-9)
    assert seen[-1].n_active == full.active_groups.size
    assert full.history["alpha"][-1] == penalty.alpha
    assert {len(values) for values in full.history.values()} == {len(full.history["alpha"])}

    solution = dataclasses.replace(solver, callback=lambda progress: True).solve(problem)
    assert solution.status is Status.STOPPED
    assert np.isfinite(solution.coef).all()
    misfit = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
    assert solution.residual_norm == pytest.approx(misfit)
    total = misfit**2 / 2 + penalty.value(solution.coef, problem.groups)
    assert solution.objective == pytest.approx(total)


@pytest.mark.parametrize("name", ["l21", "MCP", "SCAD"])
@pytest.mark.parametrize("max_iter", [1, 3])
def test_too_few_sweeps_are_told(name, max_iter):
    problem = gathers()
    penalty = PENALTIES[name].with_alpha(1e-3 * alpha_max(problem))
    with pytest.warns(ConvergenceWarning, match="largest number of iterations"):
        solution = BlockCoordinateDescent(penalty, max_iter=max_iter).solve(problem)
    assert solution.status is Status.MAX_ITER
    assert solution.iterations <= max_iter
    assert np.isfinite(solution.coef).all()
    assert solution.objective <= np.linalg.norm(problem.data) ** 2 / 2


@pytest.mark.parametrize(
    "penalty", [SparseGroup(0.3, 0.4), WithRidge(L21(0.3), 0.1), WithRidge(GroupMCP(0.3), 0.1)]
)
def test_other_penalties_take_the_general_way(penalty):
    case = make("shots")
    solver = BlockCoordinateDescent(penalty, tol=1e-9)
    assert not isinstance(solver.session(case.problem), BandedSession)
    solution, expected = solver.solve(case.problem), solver.solve(case.dense)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)


@pytest.mark.parametrize(
    "problem",
    [
        Problem(Channelwise([Convolution([1.0, 2.0], 6)] * 2), np.ones((2, 6)), 2),
        Problem(Convolution([1.0, 2.0], 6), np.ones(6), 3),
        Problem(
            Channelwise([Convolution([1.0, 2.0], 6)] * 2), np.ones((2, 6)), Groups.blocks(1, 12)
        ),
        Problem(
            Channelwise([Convolution([1.0, 2.0], 6), Matrix(np.eye(6))], axis=0), np.ones((2, 6))
        ),
    ],
    ids=["two samples", "three samples", "no channels", "a matrix"],
)
def test_other_problems_take_the_general_way(problem):
    solver = BlockCoordinateDescent(L21(0.5), tol=1e-9)
    assert not isinstance(solver.session(problem), BandedSession)
    solution = solver.solve(problem)
    expected = FISTA(L21(0.5), tol=1e-12, max_iter=50_000).solve(problem)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize("name", ["l21", "MCP"])
def test_units_of_the_data_make_no_difference(name, scale):
    case = make("shots")
    alpha = 0.2 * alpha_max(case.problem)
    expected = solved(PENALTIES[name].with_alpha(alpha), case.problem)
    scaled = Problem(case.problem.operator, scale * case.problem.data)
    solution = solved(PENALTIES[name].with_alpha(scale * alpha), scaled)
    np.testing.assert_allclose(solution.coef / scale, expected.coef, atol=1e-7)


def test_weights_and_starts_are_checked():
    problem = make("shots").problem
    with pytest.raises(ValueError, match=rf"group_weights must have shape \({N},\), got \(3,\)"):
        BlockCoordinateDescent(L21(1.0, [1, 2, 3])).solve(problem)
    with pytest.raises(ValueError, match="start must have shape"):
        BlockCoordinateDescent(L21(1.0)).solve(problem, np.ones(N))
    start = np.ones(problem.shape)
    start[0, 0] = np.nan
    with pytest.raises(ValueError, match="start has 1 NaN"):
        BlockCoordinateDescent(L21(1.0)).solve(problem, start)
