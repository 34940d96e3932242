"""A problem with weights or a covariance is the problem whitened by hand, for every solver.

By hand, the noise is made white in an explicit matrix of all channels together and in the data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.diagnostics import oracle_solution
from groupsparse.toolkit.operators import Channelwise, Convolution, Joint, Matrix
from groupsparse.toolkit.penalties import L21, GroupMCP
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import (
    EBIC,
    AlongPath,
    Discrepancy,
    MallowsCp,
    alpha_max,
    degrees_of_freedom,
    solution_path,
)
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    BlockOMP,
    FastMarginalLikelihood,
    OrthonormalGroups,
    PrimalDualActiveSet,
    Robust,
    SpectralProjectedGradient,
)
from groupsparse.toolkit.testing import random_array

from .conftest import CHANNEL_AWARE, SOLVERS, ProblemRow


class Noise(NamedTuple):
    """What is known of the noise, and the matrix that makes it white in flattened data."""

    given: dict[str, np.ndarray]
    whitening: np.ndarray


def _weights(shape: tuple[int, ...], data_shape: tuple[int, ...]) -> Noise:
    weights = np.random.default_rng(2).uniform(0.5, 2, shape)
    return Noise({"weights": weights}, np.diag(np.broadcast_to(weights, data_shape).ravel()))


def _covariance(data_shape: tuple[int, ...], dtype: str) -> Noise:
    """Return channels (last) whose noise is correlated."""
    factor = random_array((data_shape[-1], data_shape[-1]), dtype, np.random.default_rng(3))
    covariance = factor @ factor.conj().T + np.eye(data_shape[-1])
    inverse = np.linalg.inv(scipy.linalg.sqrtm(covariance))
    return Noise({"covariance": covariance}, np.kron(np.eye(data_shape[0]), inverse))


NOISES: dict[str, Callable[[tuple[int, ...], str], Noise]] = {
    "each datum": lambda shape, dtype: _weights(shape, shape),
    "each row": lambda shape, dtype: _weights((*shape[:1], *(1 for _ in shape[1:])), shape),
    "each channel": lambda shape, dtype: _weights(shape[1:], shape),
    "covariance": _covariance,
}


# Every kind of noise and of channels in few cases; real and complex take turns.
CASES: dict[str, tuple[str, int, str]] = {
    "each datum of one channel": ("each datum", 1, "complex128"),
    "each datum": ("each datum", 3, "float64"),
    "each row": ("each row", 3, "complex128"),
    "each channel": ("each channel", 3, "float64"),
    "covariance": ("covariance", 3, "complex128"),
}


@pytest.fixture(params=CASES)
def noisy(request) -> tuple[ProblemRow, Noise]:
    """A small problem with noise of each kind."""
    kind, n_channels, dtype = CASES[request.param]
    row = ProblemRow(n_channels, dtype)
    return row, NOISES[kind](row.data.shape, dtype)


def whiten_by_hand(plain: Problem, noise: Noise, dense: Callable[[Any], np.ndarray]) -> Problem:
    """Return the problem with an explicit matrix of all channels, and its flattened data."""
    matrix, data = noise.whitening @ dense(plain.operator), noise.whitening @ plain.data.ravel()
    return Problem(matrix, data, plain.groups)


def assert_same(solution, expected, atol: float = 1e-6) -> None:
    """Compare the solutions of a problem in two forms."""
    assert solution.active_groups.tolist() == expected.active_groups.tolist()
    assert solution.status == expected.status
    assert solution.objective == pytest.approx(expected.objective, rel=1e-6)
    assert solution.residual_norm == pytest.approx(expected.residual_norm, rel=1e-6)
    assert solution.certificate.value == pytest.approx(expected.certificate.value, abs=atol)
    np.testing.assert_allclose(solution.coef.ravel(), expected.coef.ravel(), atol=atol)


# The others see channels: their table is below.
@pytest.mark.parametrize("name", [name for name in SOLVERS if name not in CHANNEL_AWARE])
def test_weights_and_covariances_are_whitening_by_hand(name, noisy, dense):
    (row, noise), make = noisy, SOLVERS[name]
    problem = Problem(row.matrix, row.data, row.labels, **noise.given)
    by_hand = whiten_by_hand(row.problem(), noise, dense)
    assert_same(make(problem).solve(problem), make(by_hand).solve(by_hand))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("SparseBayesianLearning", "float64"),
        ("SparseBayesianLearning", "complex128"),
        ("VariableMetric", "float64"),
        ("GammaContinuation", "complex128"),
    ],
)
def test_solvers_that_see_channels_take_weighted_rows(name, dtype):
    row, make = ProblemRow(3, dtype), SOLVERS[name]
    weights = np.random.default_rng(2).uniform(0.5, 2, len(row.data))
    columns = weights.reshape(-1, *(1,) * (row.data.ndim - 1))
    problem = Problem(row.matrix, row.data, row.labels, weights=columns)
    by_hand = Problem(weights[:, None] * row.matrix, columns * row.data, row.labels)
    assert_same(make(problem).solve(problem), make(by_hand).solve(by_hand))


@pytest.mark.parametrize(
    ("wrap", "n_channels", "dtype"),
    [
        (np.asarray, 1, "float32"),
        (np.asarray, 3, "complex128"),
        (scipy.sparse.csc_array, 3, "float64"),
    ],
    ids=["dense", "complex", "sparse"],
)
def test_weights_of_one_change_no_bit(wrap, n_channels, dtype):
    small = ProblemRow(n_channels, dtype)
    problem, ones = small.problem(wrap), np.ones(small.data.shape)
    weighted = Problem(wrap(small.matrix), small.data, small.labels, weights=ones)
    assert repr(weighted.operator) == repr(problem.operator)
    for name in ("FISTA", "BlockCoordinateDescent", "PrimalDualActiveSet", "BlockOMP"):
        solver = SOLVERS[name](problem)
        expected, solution = solver.solve(problem), solver.solve(weighted)
        np.testing.assert_array_equal(solution.coef, expected.coef)
        assert solution.objective == expected.objective


# Bayesian learning counts data to find the noise in each of them; the other is slow.
_NOT_TRIED = ("SparseBayesianLearning", "VariableMetric")


@pytest.mark.parametrize("name", [name for name in SOLVERS if name not in _NOT_TRIED])
def test_data_of_weight_zero_are_left_out(name):
    row, kept = ProblemRow(3, "complex128"), np.arange(30) % 6 > 0
    data = np.where(kept.reshape(-1, *(1,) * (row.data.ndim - 1)), row.data, 1e6)
    weights = kept.reshape(-1, *(1,) * (row.data.ndim - 1)).astype(float)
    problem = Problem(row.matrix, data, row.labels, weights=weights)
    without = Problem(row.matrix[kept], row.data[kept], row.labels)
    assert_same(SOLVERS[name](problem).solve(problem), SOLVERS[name](without).solve(without))


# Matrices that are not dense, and wrappers

MATRICES: dict[str, Callable[[np.ndarray], Any]] = {
    "sparse": scipy.sparse.csc_array,
    "without a matrix": aslinearoperator,
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("FISTA", "sparse"),
        ("BlockCoordinateDescent", "sparse"),
        ("PrimalDualActiveSet", "sparse"),
        ("BlockOMP", "sparse"),
        ("FISTA", "without a matrix"),
        ("PrimalDualActiveSet", "without a matrix"),
        ("BlockOMP", "without a matrix"),
    ],
)
def test_weights_of_matrices_that_are_not_dense(name, kind, noisy, dense):
    row, noise = noisy
    problem = Problem(MATRICES[kind](row.matrix), row.data, row.labels, **noise.given)
    by_hand = whiten_by_hand(row.problem(), noise, dense)
    solver = SOLVERS[name](by_hand)
    found, expected = solver.solve(problem), solver.solve(by_hand)
    assert found.active_groups.tolist() == expected.active_groups.tolist()
    assert found.objective == pytest.approx(expected.objective, rel=1e-6)
    np.testing.assert_allclose(found.coef.ravel(), expected.coef.ravel(), atol=1e-6)


WRAPPERS: dict[str, Callable[[float], Any]] = {
    "Robust descent": lambda alpha: Robust(
        BlockCoordinateDescent(L21(alpha), tol=1e-12), scale=1.0, tol=1e-9, max_iter=500
    ),
    "Robust FISTA": lambda alpha: Robust(
        FISTA(L21(alpha), tol=1e-12, max_iter=5000), scale=1.0, tol=1e-9, max_iter=500
    ),
    "OrthonormalGroups descent": lambda alpha: OrthonormalGroups(
        BlockCoordinateDescent(GroupMCP(alpha), tol=1e-12)
    ),
    "OrthonormalGroups FISTA": lambda alpha: OrthonormalGroups(
        FISTA(L21(alpha), tol=1e-12, max_iter=5000)
    ),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrappers_see_white_noise(name, noisy, dense):
    row, noise = noisy
    data = row.data.copy()
    data[::7] += 3  # outliers
    problem = Problem(row.matrix, data, row.labels, **noise.given)
    plain = Problem(row.matrix, data, row.labels)
    by_hand = whiten_by_hand(plain, noise, dense)
    solver = WRAPPERS[name](alpha_max(by_hand) / 4)
    found, expected = solver.solve(problem), solver.solve(by_hand)
    assert found.status.is_success
    assert 0 < found.active_groups.size < 8
    assert found.active_groups.tolist() == expected.active_groups.tolist()
    assert found.objective == pytest.approx(expected.objective, rel=1e-6)
    np.testing.assert_allclose(found.coef.ravel(), expected.coef.ravel(), atol=1e-6)


# Convolutions, one for each channel or one for all


def _make_convolutions(dtype: str, n_channels: int, shape: tuple[int, ...]) -> list[Convolution]:
    wavelets = random_array((n_channels, 5), dtype, np.random.default_rng(6))
    return [Convolution(wavelet, shape) for wavelet in wavelets]


def _make_traces(dtype: str, *, joint: bool) -> tuple[Any, np.ndarray]:
    """Return convolutions of three channels of two traces, and data of sparse reflectors."""
    shape, rng = (2, 30), np.random.default_rng(8)
    parts = _make_convolutions(dtype, 3, shape)
    operator = Joint(parts[0], 3) if joint else Channelwise(parts)
    coef = np.zeros((3, *shape), dtype)
    coef[..., [4, 11, 23]] = random_array((3, 2, 3), dtype, rng)
    return operator, operator.apply(coef) + random_array((3, *shape), dtype, rng) / 20


TRACE_NOISES: dict[str, tuple[int, ...]] = {
    "each datum": (3, 2, 30),
    "each shot": (3, 1, 1),
    "each sample": (1, 1, 30),
    "each trace": (1, 2, 1),
}

TRACE_SOLVERS: dict[str, Callable[[float], Any]] = {
    "descent": lambda alpha: BlockCoordinateDescent(L21(alpha), tol=1e-12),
    "FISTA": lambda alpha: FISTA(L21(alpha), tol=1e-13, max_iter=20_000),
    "active set": lambda alpha: PrimalDualActiveSet(alpha=alpha**2),
    "BlockOMP": lambda alpha: BlockOMP(n_groups=6),
    "marginal likelihood": lambda alpha: FastMarginalLikelihood(1.0),
    "projected gradients": lambda alpha: SpectralProjectedGradient(noise_level=1.0, tol=1e-10),
}


@pytest.mark.parametrize(
    ("joint", "dtype"),
    [(False, "float64"), (True, "complex128")],
    ids=["channelwise", "joint, complex"],
)
@pytest.mark.parametrize("name", TRACE_SOLVERS)
def test_weighted_convolutions_are_whitened_by_hand(name, joint, dtype, dense):
    operator, data = _make_traces(dtype, joint=joint)
    for shape in TRACE_NOISES.values():
        noise = _weights(shape, data.shape)
        plain = Problem(operator, data)
        problem = Problem(operator, data, **noise.given)
        by_hand = _by_channel(problem, dense)
        solver = TRACE_SOLVERS[name](alpha_max(problem) / 4)
        found, expected = solver.solve(problem), solver.solve(by_hand)
        assert found.residual_norm == pytest.approx(
            float(
                np.linalg.norm(noise.whitening @ (plain.data - operator.apply(found.coef)).ravel())
            ),
            rel=1e-6,
        )
        assert found.active_groups.tolist() == expected.active_groups.tolist(), shape
        assert found.objective == pytest.approx(expected.objective, rel=1e-6), shape
        np.testing.assert_allclose(found.coef.ravel(), expected.coef.ravel(), atol=1e-5)


def _by_channel(problem: Problem, dense: Callable[[Any], np.ndarray]) -> Problem:
    """Return a problem of convolutions with an explicit matrix for each channel."""
    whole, n = dense(problem.operator), problem.data[0].size
    blocks = [whole[k * n : (k + 1) * n, k * n : (k + 1) * n] for k in range(len(problem.data))]
    channels = Channelwise([Matrix(block) for block in blocks], axis=0)
    return Problem(channels, problem.data.reshape(len(blocks), n))


def test_a_shot_of_weight_zero_is_left_out():
    operator, data = _make_traces("float64", joint=False)
    weights = np.array([1.0, 0.0, 2.0])[:, None, None]
    problem = Problem(operator, data, weights=weights)
    kept = Problem(
        Channelwise([operator.operators[0], operator.operators[2]]), data[::2], weights=weights[::2]
    )
    for make in (TRACE_SOLVERS["descent"], TRACE_SOLVERS["FISTA"], TRACE_SOLVERS["active set"]):
        solver = make(alpha_max(kept) / 4)
        found, expected = solver.solve(problem), solver.solve(kept)
        assert found.active_groups.tolist() == expected.active_groups.tolist()
        np.testing.assert_allclose(found.coef[::2], expected.coef, atol=1e-6)
        assert not found.coef[1].any()


# Rules, paths and diagnostics


def test_strengths_paths_rules_and_diagnostics_see_white_noise(noisy, dense):
    row, noise = noisy
    problem = Problem(row.matrix, row.data, row.labels, **noise.given)
    by_hand = whiten_by_hand(row.problem(), noise, dense)
    penalty = L21(1.0)
    top = alpha_max(problem)
    assert top == pytest.approx(alpha_max(by_hand), rel=1e-8)
    solver = BlockCoordinateDescent(penalty, tol=1e-10)
    alphas = top * np.array([0.5, 0.2, 0.1])
    paths = [solution_path(solver, one, alphas) for one in (problem, by_hand)]
    np.testing.assert_allclose(
        [one.objective for one in paths[0].solutions],
        [one.objective for one in paths[1].solutions],
        rtol=1e-7,
    )
    freedom = [
        degrees_of_freedom(one, penalty.with_alpha(alphas[-1]), path.solutions[-1])
        for one, path in zip((problem, by_hand), paths, strict=True)
    ]
    assert freedom[0] == pytest.approx(freedom[1], rel=1e-6)
    level = 0.2 * float(np.linalg.norm(by_hand.data))
    for rule in (Discrepancy(level), MallowsCp(level), EBIC()):
        found, expected = (
            AlongPath(solver, rule, n_alphas=10, ratio=0.05).solve(one)
            for one in (problem, by_hand)
        )
        assert found.active_groups.tolist() == expected.active_groups.tolist()
    oracle = [oracle_solution(one, [2, 4]).ravel() for one in (problem, by_hand)]
    np.testing.assert_allclose(oracle[0], oracle[1], atol=1e-8)


def test_the_noise_level_is_that_of_white_noise():
    rng = np.random.default_rng(4)
    deviations = np.array([0.1, 1.0, 5.0])
    data = rng.standard_normal((400, 3)) * deviations
    problem = Problem(np.eye(400), data, weights=1 / deviations)
    assert np.linalg.norm(problem.data) == pytest.approx(np.sqrt(data.size), rel=0.05)


# Bad input

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "negative": ({"weights": [-1.0, 1.0]}, "weights must not be negative"),
    "all zero": ({"weights": 0.0}, "weights must not be negative, and not all zero"),
    "NaN": ({"weights": np.full((6, 2), np.nan)}, "weights has 12 NaN"),
    "complex": ({"weights": [1j, 1.0]}, "weights must be real"),
    "shape": ({"weights": np.ones(6)}, "weights must be broadcastable to the data's shape"),
    "not square": ({"covariance": np.ones((2, 3))}, "covariance must have one row and column"),
    "wrong size": ({"covariance": np.eye(3)}, r"covariance must .* 2 channels, got shape \(3, 3\)"),
    "not Hermitian": ({"covariance": [[1.0, 0.5], [0.0, 1.0]]}, "covariance must be Hermitian"),
    "indefinite": (
        {"covariance": [[1.0, 2.0], [2.0, 1.0]]},
        "covariance must be positive definite, got eigenvalues from -1 to 3",
    ),
    "singular": ({"covariance": np.ones((2, 2))}, "covariance must be positive definite"),
    "NaN in it": ({"covariance": [[np.nan, 0], [0, 1]]}, "covariance has 1 NaN"),
    "complex for real data": (
        {"covariance": [[1, 0.1j], [-0.1j, 1]]},
        "covariance must be real, as operator and data are",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_noise_that_cannot_be_is_refused_by_name(name):
    given, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        Problem(np.ones((6, 4)), np.ones((6, 2)), **given)


def test_a_covariance_needs_channels():
    with pytest.raises(ValueError, match="covariance needs data with channels"):
        Problem(np.ones((6, 4)), np.ones(6), covariance=np.eye(6))
