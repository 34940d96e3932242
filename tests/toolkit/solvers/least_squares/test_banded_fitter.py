"""Least squares by the bands of Gram matrices: against NumPy's, and within active set solvers."""

from typing import NamedTuple

import numpy as np
import pytest
import scipy.linalg

from groupsparse.toolkit.convergence import without_warnings
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import (
    Channelwise,
    Convolution,
    Joint,
    Matrix,
    TimeVaryingConvolution,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.feature_view import FeatureView
from groupsparse.toolkit.reformulations.group_basis import make_orthonormal_basis
from groupsparse.toolkit.selection import Discrepancy, solution_path
from groupsparse.toolkit.selection.along_path import AlongPath
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import BlockOMP, Exchange, PrimalDualActiveSet
from groupsparse.toolkit.solvers.least_squares.banded_fitter import BandedFitter, banded_parts
from groupsparse.toolkit.solvers.least_squares.fitting import make_fitter
from groupsparse.toolkit.testing import random_array

DOUBLE = pytest.mark.parametrize("dtype", ["float64", "complex128"])
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
N = 36


def waves(dtype, rng, *sizes):
    return [random_array((n,), dtype, rng) for n in sizes]


OPERATORS = {
    "shots": lambda d, rng: Channelwise([Convolution(w, N) for w in waves(d, rng, 5, 8, 3)]),
    "shots of traces": lambda d, rng: Channelwise(
        [Convolution(w, (3, N // 3)) for w in waves(d, rng, 4, 7)]
    ),
    "time-varying": lambda d, rng: Channelwise(
        [TimeVaryingConvolution(random_array((N, 4), d, rng), N)]
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
    """A problem, and the same with one dense matrix."""

    problem: Problem
    dense: Problem
    noise_level: float

    def flat(self, coef):
        """Return coefficients as the dense problem has them."""
        if isinstance(self.problem.operator, Joint):
            return coef.reshape(len(coef), N).T
        return coef.ravel()


def matrix_of(operator):
    units = np.eye(N)
    return np.stack([operator.apply(u.reshape(operator.domain_shape)).ravel() for u in units], 1)


def make(kind, dtype="float64", labels=None, seed=0, noise=0.1, n_active=5):
    rng = np.random.default_rng((seed, len(kind)))
    operator = OPERATORS[kind](dtype, rng)
    n_channels = operator.n_channels or 1
    truth = np.zeros((n_channels, N), dtype)
    active = rng.permutation(N)[:n_active]
    truth[:, active] = random_array((n_channels, n_active), dtype, rng) + 2
    exact = operator.apply(truth.reshape(operator.domain_shape))
    added = np.float32(noise) * random_array(exact.shape, dtype, rng)
    data = exact + added
    if isinstance(operator, Joint):
        matrix = matrix_of(operator.operator).astype(dtype)
        dense = Problem(matrix, data.reshape(n_channels, N).T, labels)
    else:
        parts = [operator] if operator.n_channels is None else operator.operators
        matrix = scipy.linalg.block_diag(*(matrix_of(part) for part in parts)).astype(dtype)
        own = np.arange(N) if labels is None else labels
        dense = Problem(matrix, data.ravel(), np.tile(own, n_channels))
    return Case(Problem(operator, data, labels), dense, float(np.linalg.norm(added)))


def fitter_of(problem, ridge=0.0):
    view = FeatureView.of(problem)
    basis = make_orthonormal_basis(view.operator, view.groups, ridge)
    fitter = make_fitter(view, basis, 500)
    assert isinstance(fitter, BandedFitter)
    return view, basis, fitter


@pytest.mark.covering(2)
@pytest.mark.parametrize("ridge", [0.0, 0.5])
@DTYPES
@KINDS
def test_fits_are_those_of_numpy(kind, dtype, ridge):
    """On sets of which some features stay, some leave, some come."""
    case = make(kind, dtype)
    view, basis, fitter = fitter_of(case.problem, ridge)
    operator = matrix_of_view(view)
    n = operator.shape[1]
    rng = np.random.default_rng(1)
    active = rng.random(n) < 0.2
    single = dtype in ("float32", "complex64")
    for step in range(12):
        if step % 4 == 3:
            active = rng.random(n) < 0.3
        elif step == 6:
            active = np.zeros(n, dtype=bool)
        else:
            active = active ^ (rng.random(n) < 0.1)
        coef, residual, dual, exact = fitter.fit(active, np.zeros_like(fitter.correlations), 1e-9)
        assert exact
        assert coef.dtype == residual.dtype == dual.dtype == dtype
        columns = np.flatnonzero(active)
        above = operator[:, columns]
        below = np.sqrt(ridge) * np.eye(columns.size)
        stacked = np.vstack([above, below]) if ridge else above
        right = view.data.T
        if ridge:
            right = np.vstack([right, np.zeros((columns.size, right.shape[1]))])
        expected = np.zeros((n, len(view.data)), operator.dtype)
        expected[columns] = np.linalg.lstsq(stacked, right)[0]
        atol = 2e-3 if single else 1e-8
        np.testing.assert_allclose(basis.coefficients(coef), expected.T, atol=atol)
        left = view.data.T - operator @ expected
        np.testing.assert_allclose(residual, left.T, atol=atol)
        slopes = (operator.conj().T @ left - ridge * expected) * basis.transform[:, None]
        np.testing.assert_allclose(dual, slopes.T, atol=atol)


def matrix_of_view(view):
    """Return the dense matrix of the operator of a view."""
    n = int(np.prod(view.operator.domain_shape))
    columns = [view.image(unit[None])[0] for unit in np.eye(n)]
    return np.stack(columns, axis=1)


FREE = np.where(np.arange(N) % 12 == 5, -1, np.cumsum(np.arange(N) % 12 != 5) - 1)

SETTINGS = {
    "noise level": lambda case: {"noise_level": case.noise_level},
    "alpha": lambda case: {"alpha": 0.1},
    "number": lambda case: {"n_groups": 4},
    "ridge": lambda case: {"noise_level": 1.5 * case.noise_level, "ridge": 0.2},
    "several changes": lambda case: {"alpha": 0.05, "max_inner": 5, "rho": 0.5},
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [None, FREE], ids=["all", "some unpenalised"])
@DOUBLE
@KINDS
@pytest.mark.parametrize("stop", SETTINGS)
def test_active_sets_are_those_with_a_dense_matrix(stop, kind, dtype, labels):
    case = make(kind, dtype, labels)
    solver = PrimalDualActiveSet(**SETTINGS[stop](case))
    with without_warnings():
        solution, expected = solver.solve(case.problem), solver.solve(case.dense)
    assert solution.status is expected.status
    assert solution.coef.dtype == dtype
    assert solution.coef.shape == case.problem.shape
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(case.flat(solution.coef), expected.coef, atol=1e-8)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-8)
    assert solution.residual_norm == pytest.approx(expected.residual_norm, rel=1e-8)
    assert solution.iterations == expected.iterations
    # That of the dense matrix also fits all other groups again, which lets more changes help.
    assert solution.certificate.kind is CertificateKind.COORDINATEWISE
    assert expected.certificate.kind is CertificateKind.SINGLE_CHANGE
    assert solution.certificate.value <= expected.certificate.value + 1e-8


@pytest.mark.covering(2)
@DOUBLE
@KINDS
@pytest.mark.parametrize("stop", ["noise level", "alpha", "number", "ridge"])
def test_exchanges_are_those_with_a_dense_matrix(stop, kind, dtype):
    case = make(kind, dtype, noise=0.5, n_active=8)
    solver = Exchange(PrimalDualActiveSet(**SETTINGS[stop](case)))
    with without_warnings():
        solution, expected = solver.solve(case.problem), solver.solve(case.dense)
    assert solution.status is expected.status
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(case.flat(solution.coef), expected.coef, atol=1e-8)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-8)


@pytest.mark.parametrize("kind", ["shots", "shots of traces", "single", "shared, traces"])
def test_exchange_after_a_greedy_method(kind):
    case = make(kind, noise=0.5, n_active=8)
    solver = Exchange(BlockOMP(n_groups=6))
    solution, expected = solver.solve(case.problem), solver.solve(case.dense)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(case.flat(solution.coef), expected.coef, atol=1e-8)


@KINDS
def test_the_support_of_few_spikes_is_found(kind):
    case = make(kind, noise=0.02, n_active=3)
    solution = PrimalDualActiveSet(noise_level=1.001 * case.noise_level).solve(case.problem)
    assert solution.status is Status.CONVERGED
    assert solution.active_groups.size >= 3
    assert solution.residual_norm <= 1.001 * case.noise_level


@DTYPES
@KINDS
def test_precision_and_inputs_that_stay(kind, dtype):
    case = make(kind, dtype)
    data = case.problem.data.copy()
    start = np.zeros(case.problem.shape, dtype)
    start.reshape(-1)[3] = 1
    data.setflags(write=False)
    start.setflags(write=False)
    problem = Problem(case.problem.operator, data)
    solver = PrimalDualActiveSet(n_groups=4)
    for begin in (None, start):
        first, second = solver.solve(problem, begin), solver.solve(problem, begin)
        assert first.coef.dtype == dtype
        assert first.active_groups.size == 4
        assert np.isfinite(first.coef).all()
        np.testing.assert_array_equal(first.coef, second.coef)
    np.testing.assert_array_equal(data, case.problem.data)
    wide = make(kind, {"float32": "float64", "complex64": "complex128"}.get(dtype, dtype))
    rounded = Problem(wide.problem.operator, data.astype(wide.problem.dtype))
    expected = solver.solve(rounded)
    if dtype in ("float32", "complex64"):
        np.testing.assert_array_equal(solver.solve(problem).active_groups, expected.active_groups)
        np.testing.assert_allclose(solver.solve(problem).coef, expected.coef, atol=1e-3)


@KINDS
def test_zero_data_give_zero(kind):
    case = make(kind)
    problem = Problem(case.problem.operator, np.zeros_like(case.problem.data))
    for settings in ({"noise_level": 0.0}, {"alpha": 1.0}):
        solution = PrimalDualActiveSet(**settings).solve(problem)
        assert solution.status is Status.CONVERGED
        assert not solution.coef.any()


def test_paths_and_rules_are_those_with_a_dense_matrix():
    case = make("shots")
    path = solution_path(PrimalDualActiveSet(alpha=0.05), case.problem)
    dense = solution_path(PrimalDualActiveSet(alpha=0.05), case.dense)
    np.testing.assert_allclose(path.alphas, dense.alphas)
    for one, other in zip(path, dense, strict=True):
        np.testing.assert_allclose(case.flat(one.coef), other.coef, atol=1e-8)
    solver = AlongPath(PrimalDualActiveSet(), Discrepancy(case.noise_level))
    solution, expected = solver.solve(case.problem), solver.solve(case.dense)
    np.testing.assert_allclose(case.flat(solution.coef), expected.coef, atol=1e-8)


def ricker(frequency, n_lags=101, interval=0.002):
    phase = (np.pi * frequency * (np.arange(n_lags) - n_lags // 2) * interval) ** 2
    return (1 - 2 * phase) * np.exp(-phase)


def alike(shape, dtype):
    rng = np.random.default_rng(0)
    shots = [Convolution(ricker(f).astype(dtype), shape) for f in (8.0, 12.0)]
    operator = Channelwise(shots)
    truth = np.zeros((2, *shape), dtype)
    truth[..., 40:160:20] = rng.standard_normal((2, *shape[:-1], 6))
    exact = operator.apply(truth)
    added = (0.01 * rng.standard_normal(exact.shape)).astype(dtype)
    return Problem(operator, exact + added), float(np.linalg.norm(added))


def test_single_precision_gets_as_far_as_double():
    for shape in ((250,), (2, 200)):
        problem, level = alike(shape, "float32")
        solution = PrimalDualActiveSet(noise_level=level).solve(problem)
        assert solution.status is Status.CONVERGED
        assert solution.residual_norm <= level


@pytest.mark.parametrize("ridge", [0.0, 1e-3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(250,), (2, 200)], ids=str)
def test_neighbours_that_depend_on_one_another(shape, dtype, ridge):
    """Under a wide wavelet columns next to one another are nearly the same."""
    problem, level = alike(shape, dtype)
    for solver in (
        PrimalDualActiveSet(noise_level=level, ridge=ridge),
        PrimalDualActiveSet(noise_level=0.3 * level, ridge=ridge, refinements=0),
        Exchange(PrimalDualActiveSet(n_groups=12, ridge=ridge)),
    ):
        with without_warnings():
            solution = solver.solve(problem)
        assert np.isfinite(solution.coef).all()
        assert np.isfinite(solution.objective)
        if dtype == "float32" and not ridge:
            continue  # too many groups are more than single precision can tell apart
        assert solution.residual_norm < np.linalg.norm(problem.data)
        misfit = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
        assert solution.residual_norm == pytest.approx(misfit, rel=1e-2)
    full = np.ones(problem.shape, dtype)
    with without_warnings():
        everything = PrimalDualActiveSet(alpha=1e-8, ridge=ridge).solve(problem, full)
    assert np.isfinite(everything.coef).all()


def test_columns_of_zeros_stay_out():
    rng = np.random.default_rng(0)
    wavelets = rng.standard_normal((2, N, 3))
    wavelets[0, [4, 9]] = 0
    wavelets[1, [9, 17, 18]] = 0
    operator = Channelwise([TimeVaryingConvolution(one, N) for one in wavelets])
    data = rng.standard_normal((2, N))
    matrix = scipy.linalg.block_diag(*(matrix_of(part) for part in operator.operators))
    dense = Problem(matrix, data.ravel(), np.tile(np.arange(N), 2))
    for settings in ({"alpha": 0.05}, {"noise_level": 4.0}, {"n_groups": 9}):
        solver = Exchange(PrimalDualActiveSet(**settings))
        solution = solver.solve(Problem(operator, data))
        expected = solver.solve(dense)
        np.testing.assert_allclose(solution.coef.ravel(), expected.coef, atol=1e-8)
        assert not solution.coef[:, 9].any()
        assert not solution.coef[0, 4]


def test_when_the_bands_serve():
    """One convolution, or channels that stand first, each group one sample of them."""
    convolution = Convolution([1.0, 2.0], 6)
    assert banded_parts(convolution) == [convolution]
    assert banded_parts(Channelwise([convolution] * 2)) == [convolution] * 2
    assert banded_parts(Channelwise([convolution] * 2, axis=-1)) is None
    assert banded_parts(Channelwise([convolution, Matrix(np.eye(6))], axis=0)) is None
    assert banded_parts(Matrix(np.eye(6))) is None


@pytest.mark.parametrize(
    "problem",
    [
        Problem(Channelwise([Convolution([1.0, 2.0], 8)] * 2), np.arange(16.0).reshape(2, 8), 2),
        Problem(Convolution([1.0, 2.0], 8), np.arange(8.0), 4),
        Problem(
            Channelwise([Convolution([1.0, 2.0], 8)] * 2, axis=-1), np.arange(16.0).reshape(8, 2)
        ),
        Problem(
            Channelwise([Convolution([1.0, 2.0], 8)] * 2),
            np.arange(16.0).reshape(2, 8),
            Groups.blocks(1, 16),
        ),
    ],
    ids=["two samples", "four samples", "channels last", "no channels"],
)
def test_other_groups_and_axes_give_the_same_as_matrices(problem):
    n = problem.data.size
    units = np.eye(n)
    columns = [problem.operator.apply(u.reshape(problem.shape)).ravel() for u in units]
    labels = np.empty(n, dtype=int)
    for g in range(problem.groups.n_groups):
        labels[problem.groups.members(g)] = g
    dense = Problem(np.stack(columns, 1), problem.data.ravel(), labels)
    for settings in ({"n_groups": 2}, {"alpha": 3.0}):
        solver = PrimalDualActiveSet(**settings)
        solution, expected = solver.solve(problem), solver.solve(dense)
        np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
        np.testing.assert_allclose(solution.coef.ravel(), expected.coef, atol=1e-6)
