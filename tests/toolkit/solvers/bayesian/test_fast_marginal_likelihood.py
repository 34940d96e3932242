"""Single changes of the active set against the evidence written out, brute force, hard cases."""

import dataclasses
import itertools
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize

from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, Convolution, Matrix, TimeVaryingConvolution
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.channel_parts import ChannelParts
from groupsparse.toolkit.solution import CertificateKind, Progress, Status
from groupsparse.toolkit.solvers.bayesian.channel_grams import ChannelGrams
from groupsparse.toolkit.solvers.bayesian.fast_marginal_likelihood import (
    FastMarginalLikelihood,
    _Search,
)
from groupsparse.toolkit.solvers.bayesian.marginal_state import MarginalState, Newcomer
from groupsparse.toolkit.testing import random_array

N = 12
DOUBLE = pytest.mark.parametrize("dtype", ["float64", "complex128"])
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])


def operators(kind, dtype, rng):
    """Return the operator of a problem of three channels, or of one."""
    if kind == "shared matrix":
        return Matrix(random_array((9, N), dtype, rng))
    if kind == "shared convolution":
        return Convolution(random_array((4,), dtype, rng), N)
    if kind == "vector":
        return Convolution(random_array((5,), dtype, rng), N)
    if kind == "traces":
        wavelets = [random_array((size,), dtype, rng) for size in (3, 4, 5)]
        return Channelwise([Convolution(wavelet, (2, N // 2)) for wavelet in wavelets])
    if kind == "convolutions":
        several = [Convolution(random_array((size,), dtype, rng), N) for size in (3, 6)]
        return Channelwise([*several, TimeVaryingConvolution(random_array((N, 4), dtype, rng), N)])
    rows = (9, 10, 8) if kind == "ragged matrices" else (9, 9, 9)
    axis = 0 if kind == "matrices, axis 0" else -1
    return Channelwise([Matrix(random_array((m, N), dtype, rng)) for m in rows], axis)


KINDS = pytest.mark.parametrize(
    "kind",
    [
        "shared matrix",
        "shared convolution",
        "vector",
        "traces",
        "convolutions",
        "matrices",
        "matrices, axis 0",
        "ragged matrices",
    ],
)


class Case(NamedTuple):
    """A problem, and every channel's matrix and data."""

    problem: Problem
    matrices: list
    data: list
    truth: np.ndarray
    noise_level: float


def make(kind, dtype="float64", seed=0, noise=0.2, support=(2, 6, 7)):
    """Return a problem of noisy data of three active groups."""
    rng = np.random.default_rng((seed, len(kind)))
    operator = operators(kind, dtype, rng)
    shape = operator.domain_shape
    if kind.startswith("shared"):
        shape = (N, 3) if kind == "shared matrix" else (3, N)
    truth = random_array(shape, dtype, rng)
    truth *= (2 + np.abs(truth)) / np.abs(truth)
    whole = Problem(operator, np.zeros(shape, dtype)) if kind == "shared convolution" else None
    if kind == "shared matrix":
        whole = Problem(operator, np.zeros((9, 3), dtype))
    joint = operator if whole is None else whole.operator
    groups = Problem(operator, np.zeros(joint.range_shape, dtype)).groups
    keep = groups.spread(np.isin(np.arange(groups.n_groups), support)).reshape(shape)
    truth[~keep] = 0
    exact = joint.apply(truth)
    added = np.float32(noise) * random_array(exact.shape, dtype, rng)
    problem = Problem(operator, exact + added)
    parts = ChannelParts.of(problem)
    matrices = [dense_of(op) for op in parts.each]
    data = [np.asarray(y).ravel() for y in parts.data]
    return Case(problem, matrices, data, truth, float(np.linalg.norm(added)))


def dense_of(operator):
    """Return an operator's matrix, one unit vector at a time."""
    units = np.eye(int(np.prod(operator.domain_shape)))
    images = [operator.apply(unit.reshape(operator.domain_shape)).ravel() for unit in units]
    return np.stack(images, axis=1).astype(np.result_type(operator.dtype, np.float64))


def evidence(case, members, variances, noise):
    """Return the logarithm of the evidence but for constants: twice that of real data."""
    total = 0.0
    for matrix, y in zip(case.matrices, case.data, strict=True):
        part = matrix[:, list(members)]
        covariance = (part * np.asarray(variances)) @ part.conj().T + noise * np.eye(len(y))
        total -= np.linalg.slogdet(covariance)[1]
        total -= float((y.conj() @ np.linalg.solve(covariance, y)).real)
    return total


def dense_state(case, members, variances, noise):
    """Return sparsity and quality of every feature, covariance and mean of the members."""
    sparsity, quality, covariances, means = [], [], [], []
    for matrix, y in zip(case.matrices, case.data, strict=True):
        part = matrix[:, members]
        inverse = np.linalg.inv((part * variances) @ part.conj().T + noise * np.eye(len(y)))
        sparsity.append(np.einsum("ij,ik,kj->j", matrix.conj(), inverse, matrix).real)
        quality.append(matrix.conj().T @ inverse @ y)
        covariance = np.linalg.inv(np.diag(1 / variances) + part.conj().T @ part / noise)
        covariances.append(covariance)
        means.append(covariance @ part.conj().T @ y / noise)
    return sparsity, quality, covariances, means


def search_of(case, **settings):
    """Run a search; return it, its solution, members and variances, and the noise's variance."""
    settings = {"noise_level": case.noise_level, "tol": 1e-4} | settings
    search = _Search(FastMarginalLikelihood(**settings), case.problem, None)
    solution = search.run()
    return search, solution, search.state.members.tolist(), search.state.variances


def solve(problem, noise_level, start=None, **settings):
    return FastMarginalLikelihood(noise_level=noise_level, **settings).solve(problem, start)


@DOUBLE
@KINDS
def test_state_is_what_a_dense_computation_gives(kind, dtype, monkeypatch):
    case = make(kind, dtype)
    noise = 0.3
    state = MarginalState(ChannelGrams.of(ChannelParts.of(case.problem)), noise)
    state._rows, state._ranges = state._rows[:1], state._ranges[:1]  # so that there is no room
    rng = np.random.default_rng(1)
    for step in range(30):
        left = np.flatnonzero(~state.taken)
        if state.members.size < 2 or (left.size > 2 and rng.random() < 0.5):
            state.add(Newcomer(int(rng.choice(left)), 0.0, float(rng.uniform(0.1, 5))))
        elif rng.random() < 0.5:
            state.change(int(rng.integers(state.members.size)), float(rng.uniform(0.1, 5)))
        else:
            state.remove(int(rng.integers(state.members.size)))
        if step == 20:
            state.refresh()
        members, variances = state.members, state.variances
        assert state.taken[members].all()
        assert state.taken.sum() == members.size
        sparsity, quality, covariance, mean = dense_state(case, members, variances, noise)
        several = len(case.matrices) // state.grams.n_grams
        np.testing.assert_allclose(np.repeat(state.sparsity, several, 0), sparsity, atol=1e-9)
        np.testing.assert_allclose(state.quality, quality, atol=1e-9)
        np.testing.assert_allclose(np.repeat(state.covariance, several, 0), covariance, atol=1e-10)
        np.testing.assert_allclose(state.mean, mean, atol=1e-10)
    assert state.members.size > 1


@DOUBLE
@KINDS
def test_gains_are_differences_of_the_evidence(kind, dtype):
    case = make(kind, dtype)
    noise = 0.3
    state = MarginalState(ChannelGrams.of(ChannelParts.of(case.problem)), noise)
    members, variances = [1, 2, 5, 7], [0.3, 2.0, 0.02, 4.0]
    for member, variance in zip(members, variances, strict=True):
        state.add(Newcomer(member, 0.0, variance))
    whole = evidence(case, members, variances, noise)
    now, best, at = state.find_member_gains()
    for place in range(4):
        others = [m for m in members if m != members[place]]
        shares = [v for i, v in enumerate(variances) if i != place]
        rest = evidence(case, others, shares, noise)
        assert now[place] == pytest.approx(whole - rest, abs=1e-9)
        if at[place]:
            there = evidence(case, [*others, members[place]], [*shares, at[place]], noise)
            assert best[place] == pytest.approx(there - rest, abs=1e-9)
        other = state.find_replacement(place, 0.0)
        if other.feature >= 0:
            there = evidence(case, [*others, other.feature], [*shares, other.variance], noise)
            assert other.gain == pytest.approx(there - rest, abs=1e-9)
    newcomer = state.find_newcomer(0.0)
    if newcomer.feature >= 0:
        larger = evidence(
            case, [*members, newcomer.feature], [*variances, newcomer.variance], noise
        )
        assert newcomer.gain == pytest.approx(larger - whole, abs=1e-9)


def test_a_state_stays_exact_over_many_changes():
    """It is computed anew now and then; in between errors must not grow."""
    case = make("convolutions")
    state = MarginalState(ChannelGrams.of(ChannelParts.of(case.problem)), 1e-6)
    rng = np.random.default_rng(0)
    for feature in range(0, N, 3):
        state.add(Newcomer(feature, 0.0, 1.0))
    for _ in range(195):
        state.change(int(rng.integers(4)), float(10 ** rng.uniform(-3, 3)))
    sparsity, quality, _, mean = dense_state(case, state.members, state.variances, 1e-6)
    scale = 1e6
    np.testing.assert_allclose(state.sparsity, sparsity, atol=1e-7 * scale)
    np.testing.assert_allclose(state.quality, quality, atol=1e-7 * scale)
    np.testing.assert_allclose(state.mean, mean, atol=1e-7)


def best_alone(case, members, variances, candidate, noise):
    """Return the most that a further feature raises the evidence by, over a fine grid."""
    sparsity, quality, *_ = dense_state(case, members, variances, noise)
    s, q = np.array(sparsity)[:, candidate], np.abs(np.array(quality)[:, candidate]) ** 2
    grid = np.geomspace(1e-6, 1e4, 2000)[:, None]
    return float((q * grid / (1 + grid * s) - np.log1p(grid * s)).sum(axis=1).max())


@pytest.mark.covering(2)
@DOUBLE
@KINDS
@pytest.mark.parametrize("seed", range(4))
def test_no_single_change_raises_the_evidence(kind, dtype, seed):
    """Of all additions, removals, other variances and replacements."""
    case = make(kind, dtype, seed, noise=0.5)
    _, solution, members, variances = search_of(case)
    assert solution.status is Status.CONVERGED
    noise = case.noise_level**2 / sum(y.size for y in case.data)
    price = 2 * np.log(N) / (2 if "complex" in dtype else 1)
    tol = 1e-4 + 1e-3  # and what a grid may be finer than the search
    whole = evidence(case, members, variances, noise) - price * len(members)
    others = [j for j in range(N) if j not in members]
    for j in others:
        assert best_alone(case, members, variances, j, noise) - price <= tol
    for place in range(len(members)):
        rest = members[:place] + members[place + 1 :]
        shares = np.delete(variances, place)
        without = evidence(case, rest, shares, noise) - price * len(rest)
        assert without <= whole + tol
        for j in [members[place], *others]:
            assert without + best_alone(case, rest, shares, j, noise) - price <= whole + tol


def best_of_support(case, members, noise):
    """Return the largest evidence with these members, over their variances."""

    def negative(logs):
        variances = np.exp(logs)
        sparsity, quality, *_ = dense_state(case, list(members), variances, noise)
        slope = (np.abs(quality) ** 2 - np.array(sparsity))[:, list(members)].sum(axis=0)
        return -evidence(case, members, variances, noise), -slope * variances

    if not members:
        return evidence(case, [], [], noise)
    found = minimize(negative, np.ones(len(members)), jac=True, bounds=[(-20, 8)] * len(members))
    return -found.fun


@pytest.mark.parametrize(
    ("kind", "dtype"), [("shared matrix", "float64"), ("convolutions", "complex128")]
)
def test_is_the_best_of_all_supports_on_easy_problems(kind, dtype):
    case = make(kind, dtype, noise=0.1, support=(2, 7))
    _, _, members, variances = search_of(case)
    noise = case.noise_level**2 / sum(y.size for y in case.data)
    price = 2 * np.log(N) / (2 if "complex" in dtype else 1)
    reached = evidence(case, members, variances, noise) - price * len(members)
    values = {
        support: best_of_support(case, support, noise) - price * size
        for size in range(4)
        for support in itertools.combinations(range(N), size)
    }
    assert reached == pytest.approx(max(values.values()), abs=1e-2)
    assert max(values, key=values.get) == tuple(sorted(members)) == (2, 7)


@DTYPES
@KINDS
def test_solution_is_in_the_problem_s_shape_and_precision(kind, dtype):
    case = make(kind, dtype, noise=0.02)
    problem = case.problem
    solution = solve(problem, case.noise_level)
    assert solution.status is Status.CONVERGED
    assert solution.coef.dtype == dtype
    assert solution.coef.shape == problem.shape
    np.testing.assert_array_equal(solution.active_groups, [2, 6, 7])
    np.testing.assert_allclose(solution.coef, case.truth, atol=0.2)
    misfit = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
    rel = 1e-4 if dtype in ("float32", "complex64") else 1e-10
    assert solution.residual_norm == pytest.approx(misfit, rel=rel)
    assert solution.objective == pytest.approx(misfit**2 / 2, rel=rel)
    assert solution.alpha == 0
    assert solution.certificate.kind == CertificateKind.STATIONARITY
    assert 0 <= solution.certificate.value <= 0.01
    assert isinstance(solution.iterations, int)
    assert {len(values) for values in solution.history.values()} == {solution.iterations}
    assert solution.history["n_active"][-1] == 3
    assert (solution.history["gain"] > 0).all()


@DOUBLE
@KINDS
def test_refit_is_least_squares_and_without_it_the_posterior_mean(kind, dtype):
    case = make(kind, dtype)
    parts = ChannelParts.of(case.problem)
    for refit in (True, False):
        _, solution, members, variances = search_of(case, refit=refit)
        rows = parts.rows(solution.coef)
        noise = case.noise_level**2 / sum(y.size for y in case.data)
        means = dense_state(case, members, variances, noise)[3]
        for row, matrix, y, mean in zip(rows, case.matrices, case.data, means, strict=True):
            expected = np.linalg.lstsq(matrix[:, members], y)[0] if refit else mean
            np.testing.assert_allclose(row[members], expected, atol=1e-9)
            assert np.count_nonzero(row) == len(members)


@KINDS
def test_inputs_stay_and_runs_repeat_bit_by_bit(kind):
    case = make(kind)
    data = case.problem.data.copy()
    start = np.ones(case.problem.shape)
    data.setflags(write=False)
    start.setflags(write=False)
    problem = Problem(case.problem.operator, data)
    first, second = (solve(problem, case.noise_level, start) for _ in range(2))
    np.testing.assert_array_equal(first.coef, second.coef)
    np.testing.assert_array_equal(data, case.problem.data)
    np.testing.assert_array_equal(start, 1)
    first.coef[...] = 0  # belongs to the caller
    np.testing.assert_array_equal(problem.data, case.problem.data)


@DTYPES
@KINDS
def test_zero_and_silent_data_give_zero(kind, dtype):
    case = make(kind, dtype)
    nothing, start = np.zeros_like(case.problem.data), np.ones(case.problem.shape, dtype)
    above = 1.001 * float(np.linalg.norm(case.problem.data))
    for data, level in ((nothing, 0.0), (nothing, 1.0), (case.problem.data, above)):
        for begin in (None, start):
            solution = solve(Problem(case.problem.operator, data), level, begin)
            assert solution.status is Status.CONVERGED
            assert not solution.coef.any()
            assert solution.coef.dtype == dtype
            assert solution.active_groups.size == 0
            assert solution.iterations == 0
            assert solution.certificate.value == 0


def test_data_that_no_column_can_explain_give_zero():
    solution = solve(Problem(np.eye(4)[:, :2], [0.0, 0.0, 0.1, 0.1]), 0.01)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    assert solution.residual_norm == pytest.approx(0.02**0.5)


@DTYPES
@KINDS
def test_exact_data_are_explained_exactly(kind, dtype):
    case = make(kind, dtype, noise=0.0)
    solution = solve(case.problem, 0.0)
    assert solution.status is Status.CONVERGED
    single = dtype in ("float32", "complex64")
    if not single:
        np.testing.assert_array_equal(solution.active_groups, [2, 6, 7])
    np.testing.assert_allclose(solution.coef, case.truth, atol=2e-4 if single else 1e-9)


@KINDS
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_scale_of_data_makes_no_difference(kind, scale):
    case = make(kind, noise=0.5)
    expected = solve(case.problem, case.noise_level)
    scaled = Problem(case.problem.operator, scale * case.problem.data)
    solution = solve(scaled, scale * case.noise_level)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(solution.coef / scale, expected.coef, atol=1e-9)
    np.testing.assert_allclose(solution.history["gain"], expected.history["gain"], rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_scale_of_the_operator_makes_no_difference(scale):
    case = make("matrices", noise=0.5)
    expected = solve(case.problem, case.noise_level)
    scaled = Channelwise([Matrix(scale * matrix) for matrix in case.matrices], -1)
    solution = solve(Problem(scaled, case.problem.data), case.noise_level)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(solution.coef * scale, expected.coef, atol=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_zero_and_equal_columns(noise):
    case = make("shared matrix", noise=noise)
    matrix = case.matrices[0].copy()
    matrix[:, 0], matrix[:, 9] = 0, matrix[:, 2]
    solution = solve(Problem(matrix, case.problem.data), case.noise_level)
    assert solution.status is Status.CONVERGED
    assert not solution.coef[0].any()
    assert np.isfinite(solution.coef).all()
    assert len({2, 9} & set(solution.active_groups.tolist())) == 1
    pair = solution.coef[2] + solution.coef[9]
    np.testing.assert_allclose(pair, case.truth[2], atol=0.3 if noise else 1e-8)


@pytest.mark.parametrize("refit", [True, False])
def test_samples_that_a_channel_does_not_see(refit):
    """Transforms give their correlations to rounding, which must not count as data."""
    rng = np.random.default_rng(0)
    first, second = np.zeros(7), rng.standard_normal(5)
    first[0] = 300.0  # the first three samples come too early for the record
    shots = Channelwise([Convolution(first, 16), Convolution(second, 16)])
    truth = np.zeros((2, 16))
    truth[:, [1, 8]] = [[0.0, 1.5], [2.0, -2.0]]
    solution = solve(Problem(shots, shots.apply(truth)), 0.0, refit=refit)
    np.testing.assert_array_equal(solution.active_groups, [1, 8])
    np.testing.assert_allclose(solution.coef, truth, atol=1e-6)
    everything = np.ones((2, 16))
    solution = solve(Problem(shots, rng.standard_normal((2, 16))), 0.0, everything, refit=refit)
    assert np.abs(solution.coef).max() < 1e3
    assert not solution.coef[0, :3].any()


def test_a_start_with_equal_and_zero_columns_does_no_harm():
    case = make("shared matrix")
    matrix = case.matrices[0].copy()
    matrix[:, 0], matrix[:, 9] = 0, matrix[:, 2]
    for level in (0.0, case.noise_level):
        start = np.ones(case.problem.shape)
        with without_warnings():  # without noise it takes as many columns as rows to fit
            solution = solve(Problem(matrix, case.problem.data), level, start)
        assert np.isfinite(solution.coef).all()
        assert not solution.coef[0].any()


@KINDS
def test_start_from_a_solution_changes_nothing_of_it(kind):
    case = make(kind, noise=0.1)
    cold = solve(case.problem, case.noise_level)
    warm = solve(case.problem, case.noise_level, cold.coef)
    np.testing.assert_array_equal(warm.active_groups, cold.active_groups)
    np.testing.assert_allclose(warm.coef, cold.coef, atol=1e-9)
    everything = solve(case.problem, case.noise_level, np.ones(case.problem.shape))
    assert set(everything.active_groups) >= {2, 6, 7}
    assert everything.active_groups.size < 7


def test_the_channel_axis_makes_no_difference():
    rng = np.random.default_rng(0)
    convolutions = [Convolution(rng.standard_normal(size), 20) for size in (3, 5, 7)]
    truth = np.zeros((3, 20))
    truth[:, [4, 11, 12]] = rng.standard_normal((3, 3)) + 2
    first = Channelwise(convolutions, axis=0)
    data = first.apply(truth) + 0.1 * rng.standard_normal((3, 20))
    expected = solve(Problem(first, data), 0.1 * 60**0.5)
    for groups in (None, Groups.across(-1)):
        solution = solve(Problem(Channelwise(convolutions, -1), data.T, groups), 0.1 * 60**0.5)
        np.testing.assert_allclose(solution.coef.T, expected.coef, atol=1e-12)
    assert set(expected.active_groups) == {4, 11, 12}


@DOUBLE
@pytest.mark.parametrize("wrap", [sp.csr_array, TimeVaryingConvolution, "matrix"])
def test_however_the_operator_is_passed_the_answer_is_the_same(dtype, wrap):
    """A sparse or dense matrix, or wavelets of every sample, for a convolution."""
    rng = np.random.default_rng(0)
    wavelets = [random_array((size,), dtype, rng) for size in (5, 8)]
    convolutions = [Convolution(wavelet, N) for wavelet in wavelets]
    shots = Channelwise(convolutions)
    truth = np.zeros((2, N), dtype)
    truth[:, [2, 6, 9]] = random_array((2, 3), dtype, rng) + 2
    data = shots.apply(truth) + np.float32(0.1) * random_array((2, N), dtype, rng)
    expected = solve(Problem(shots, data), 0.5)
    if wrap is TimeVaryingConvolution:
        others = [wrap(np.tile(wavelet, (N, 1)), N) for wavelet in wavelets]
    else:
        make_values = np.asarray if wrap == "matrix" else wrap
        others = [Matrix(make_values(dense_of(op))) for op in convolutions]
    solution = solve(Problem(Channelwise(others, axis=0), data), 0.5)
    assert expected.active_groups.size >= 2
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-10)


def test_traces_at_once_are_what_they_are_one_by_one():
    """As long as the price and the noise's variance are the same."""
    rng = np.random.default_rng(0)
    wavelets = [rng.standard_normal(size) for size in (3, 5, 7)]
    truth = np.zeros((3, 4, 30))
    truth[:, np.arange(4), [5, 12, 20, 24]] = 3 + rng.random((3, 4))
    truth[:, np.arange(4), [7, 16, 11, 2]] = -2 - rng.random((3, 4))
    together = Channelwise([Convolution(wavelet, (4, 30)) for wavelet in wavelets])
    data = together.apply(truth) + 0.3 * rng.standard_normal(truth.shape)
    solution = solve(Problem(together, data), 0.3 * 360**0.5, price=8.0)
    alone = Channelwise([Convolution(wavelet, 30) for wavelet in wavelets])
    for trace in range(4):
        expected = solve(Problem(alone, data[:, trace]), 0.3 * 90**0.5, price=8.0)
        np.testing.assert_allclose(solution.coef[:, trace], expected.coef, atol=1e-9)
        assert expected.active_groups.size >= 2


def test_a_price_keeps_groups_out():
    rng = np.random.default_rng(0)
    matrix, noise = rng.standard_normal((60, 200)), rng.standard_normal((60, 2))
    problem = Problem(matrix, noise)
    level = float(np.linalg.norm(noise))
    counts = [
        solve(problem, 0.999 * level, price=price).active_groups.size for price in (0.0, 5.0, 50.0)
    ]
    assert counts[0] > counts[1] >= counts[2] == 0
    assert solve(problem, 0.999 * level).active_groups.size == 0


def test_neighbours_that_came_first_give_way():
    """Two spikes under one broad wavelet: the first to come stands between them."""
    times = np.arange(-10, 11)
    wavelets = [np.exp(-((times / width) ** 2)) for width in (3.0, 3.5, 4.0)]
    shots = Channelwise([Convolution(wavelet, 60) for wavelet in wavelets])
    truth = np.zeros((3, 60))
    truth[:, [28, 32]] = 1.0
    rng = np.random.default_rng(0)
    data = shots.apply(truth) + 0.01 * rng.standard_normal((3, 60))
    solution = solve(Problem(shots, data), 0.01 * 180**0.5)
    assert 30 not in solution.active_groups
    assert set(solution.active_groups) == {28, 32}
    assert solution.iterations > 2


def alike(dtype="float64", n=120):
    """Return shots under wavelets so wide that neighbours are the same to many digits."""
    times = 0.002 * np.arange(-50, 51)
    phases = [(np.pi * frequency * times) ** 2 for frequency in (8.0, 12.0)]
    wavelets = [((1 - 2 * phase) * np.exp(-phase)).astype(dtype) for phase in phases]
    shots = Channelwise([Convolution(wavelet, n) for wavelet in wavelets])
    rng = np.random.default_rng(0)
    truth = np.zeros((2, n), dtype)
    truth[:, [30, 61, 90]] = rng.standard_normal((2, 3)) + 2
    added = (0.01 * rng.standard_normal((2, n))).astype(dtype)
    return Problem(shots, shots.apply(truth) + added), float(np.linalg.norm(added))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_neighbours_that_are_the_same_to_many_digits(dtype):
    problem, level = alike(dtype)
    solution = solve(problem, level)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.active_groups, [30, 61, 90], atol=1)
    for share in (0.3, 0.1, 0.01, 0.0):  # of the noise there is
        with without_warnings():
            solution = solve(problem, share * level, max_iter=2000)
        assert solution.status in (Status.CONVERGED, Status.SATURATED)
        assert np.isfinite(solution.coef).all()
        assert np.isfinite(solution.history["gain"]).all()
        assert solution.residual_norm < 1.1 * level


def test_what_was_gained_is_what_the_evidence_rose_by():
    """Also where rounding would add up, were all not computed anew in time."""
    problem, level = alike()
    matrices = [dense_of(op) for op in problem.operator.operators]
    case = Case(problem, matrices, list(problem.data), np.empty(0), 0.2 * level)
    search, solution, members, variances = search_of(case, price=9.0)
    assert solution.status is Status.CONVERGED
    assert len(members) > 10
    noise = case.noise_level**2 / problem.data.size
    rise = evidence(case, members, variances, noise) - evidence(case, [], [], noise)
    claimed = solution.history["gain"].sum()
    assert claimed == pytest.approx(rise - 9.0 * len(members), rel=1e-6)
    again = MarginalState(search.grams, noise)
    for member, variance in zip(members, variances, strict=True):
        again.add(Newcomer(member, 0.0, variance))
    again.refresh()
    np.testing.assert_allclose(search.state.mean, again.mean, atol=1e-6)


def many(seed=0):
    """Return a problem that takes more than forty changes, and its noise level."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((400, 2))
    truth[::8] = rng.standard_normal((50, 2)) + 3
    matrix = rng.standard_normal((200, 400))
    noise = 0.1 * rng.standard_normal((200, 2))
    return Problem(matrix, matrix @ truth + noise), float(np.linalg.norm(noise))


def test_callback_sees_progress_and_stops():
    problem, level = many()
    seen = []
    solver = FastMarginalLikelihood(noise_level=level, callback=seen.append)
    full = solver.solve(problem)
    assert full.status is Status.CONVERGED
    assert len(seen) == full.iterations // 20 + 1
    for progress in seen:
        assert isinstance(progress, Progress)
        assert 0 <= progress.fraction <= 1
        assert progress.objective >= 0
    assert [progress.iteration for progress in seen[:2]] == [20, 40]
    assert seen[0].objective > seen[1].objective > seen[-1].objective
    assert seen[-1].fraction == 1
    assert seen[-1].iteration == full.iterations
    assert seen[-1].n_active == full.active_groups.size == 50
    np.testing.assert_array_equal(full.active_groups, np.arange(0, 400, 8))

    stopping = dataclasses.replace(solver, callback=lambda progress: True)
    solution = stopping.solve(problem)
    assert solution.status is Status.STOPPED
    assert solution.iterations == 20
    misfit = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
    assert solution.residual_norm == pytest.approx(misfit)


def test_largest_number_of_changes():
    problem, level = many()
    with pytest.warns(ConvergenceWarning, match="largest number of iterations"):
        solution = solve(problem, level, max_iter=7)
    assert solution.status is Status.MAX_ITER
    assert solution.iterations == 7
    assert solution.certificate.value == solution.history["gain"][-1] > 0.01
    assert np.isfinite(solution.coef).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise_level": -1.0}, "noise_level must not be negative|noise_level"),
        ({"noise_level": np.nan}, "noise_level"),
        ({"noise_level": np.inf}, "noise_level"),
        ({"noise_level": 1.0, "price": -0.1}, "price"),
        ({"noise_level": 1.0, "price": np.nan}, "price"),
        ({"noise_level": 1.0, "tol": 0.0}, "tol must be positive"),
        ({"noise_level": 1.0, "tol": np.nan}, "tol must be positive"),
        ({"noise_level": 1.0, "max_iter": 0}, "max_iter must be an integer of at least 1"),
        ({"noise_level": 1.0, "max_iter": 1.5}, "max_iter must be an integer"),
    ],
)
def test_bad_parameters(settings, message):
    with pytest.raises(ValueError, match=message):
        FastMarginalLikelihood(**settings)


@pytest.mark.parametrize(
    ("make_problem", "message"),
    [
        (lambda: Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]]), "groups overlap"),
        (
            lambda: Problem(np.eye(4), np.ones(4), 2),
            "groups hold 2 to 2 coefficients.*one feature in every channel",
        ),
        (lambda: Problem(np.eye(4), np.ones((4, 2)), 2), "one feature in every channel"),
        (
            lambda: Problem(np.eye(3), np.ones(3), [0, -1, 1]),
            "1 coefficients unpenalised.* needs every feature in a group",
        ),
        (
            lambda: Problem(
                Channelwise([Matrix(np.eye(3))] * 2, axis=0),
                np.ones((2, 3)),
                Groups.blocks(1, 6),
            ),
            "one feature in every channel",
        ),
    ],
)
def test_groups_it_cannot_have(make_problem, message):
    with pytest.raises(ValueError, match=message):
        solve(make_problem(), 0.1)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.ones(3), r"start must have shape \(4,\)"),
        ([np.nan, 0, 0, 0], "start has 1 NaN"),
        ([1j, 0, 0, 0], "start must be real"),
    ],
)
def test_bad_start(start, message):
    with pytest.raises(ValueError, match=message):
        solve(Problem(np.eye(4), np.ones(4)), 0.1, start)


def test_one_feature_alone():
    solution = solve(Problem([[2.0], [0.0]], [6.0, 0.1]), 0.1)
    assert solution.active_groups.tolist() == [0]
    np.testing.assert_allclose(solution.coef, [3.0])


def test_a_start_next_to_zero():
    problem = Problem(np.array([[-1.25], [1.7]]), np.array([0.0144, -0.0182]), [0])
    expected = FastMarginalLikelihood(0.007, refit=False).solve(problem)
    solution = FastMarginalLikelihood(0.007, refit=False).solve(problem, np.array([9.7e-21]))
    np.testing.assert_allclose(solution.coef, expected.coef, rtol=1e-4)
