"""The table of solvers, and the problems and linear maps that each of them is tried with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.operators import Matrix
from groupsparse.toolkit.penalties import (
    L21,
    GroupMCP,
    GroupSCAD,
    OrthogonallyWeightedL21,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import (
    FISTA,
    MUSIC,
    BlockCoordinateDescent,
    BlockOMP,
    CompressiveMUSIC,
    GammaContinuation,
    LargestGroups,
    PrimalDualActiveSet,
    RankAwareORMP,
    RankAwareThresholding,
    SimultaneousNIHT,
    SimultaneousOLS,
    SimultaneousOMP,
    SparseBayesianLearning,
    SubspaceAugmentedMUSIC,
    VariableMetric,
)
from groupsparse.toolkit.solvers.solver import Solver
from groupsparse.toolkit.testing import random_array

from ..conftest import DTYPES, Duck, make_vector_operator, matrix


def _strength(problem: Problem) -> float:
    """Return a quarter of the critical strength, if all coefficients are penalised."""
    correlation = problem.operator.adjoint(problem.data)
    return L21(1.0).dual_norm(correlation, problem.groups) / 4


def _tolerance(problem: Problem) -> float:
    """Return a tolerance near the limit of the problem's precision."""
    return 50 * float(np.finfo(problem.dtype).eps)


def _settled(problem: Problem) -> float:
    """Return a relative decrease that is due to rounding, zero in double precision."""
    return 0.0 if problem.dtype in (np.float64, np.complex128) else 1e-8


def _noise_level(problem: Problem) -> float:
    """Return a part of the data's norm."""
    return 0.3 * float(np.linalg.norm(problem.data))


SOLVERS: dict[str, Callable[[Problem], Solver]] = {
    "FISTA": lambda problem: FISTA(L21(_strength(problem)), tol=_tolerance(problem), max_iter=5000),
    "FISTA monotone": lambda problem: FISTA(
        L21(_strength(problem) / 2, "sqrt"),
        tol=_tolerance(problem),
        max_iter=5000,
        acceleration="monotone",
    ),
    "FISTA optimised": lambda problem: FISTA(
        L21(_strength(problem)),
        tol=_tolerance(problem),
        max_iter=5000,
        acceleration="optimised",
    ),
    "FISTA sparse group": lambda problem: FISTA(
        SparseGroup(_strength(problem), 0.3), tol=_tolerance(problem), max_iter=5000
    ),
    "BlockCoordinateDescent": lambda problem: BlockCoordinateDescent(
        L21(_strength(problem)), tol=_tolerance(problem)
    ),
    "BlockCoordinateDescent sparse group": lambda problem: BlockCoordinateDescent(
        WithRidge(SparseGroup(_strength(problem) / 3, 0.3), 0.01), tol=_tolerance(problem)
    ),
    "BlockCoordinateDescent MCP": lambda problem: BlockCoordinateDescent(
        GroupMCP(_strength(problem)), tol=_tolerance(problem)
    ),
    "BlockCoordinateDescent SCAD": lambda problem: BlockCoordinateDescent(
        GroupSCAD(_strength(problem)), tol=_tolerance(problem)
    ),
    "PrimalDualActiveSet": lambda problem: PrimalDualActiveSet(alpha=_strength(problem) ** 2 / 2),
    "PrimalDualActiveSet, noise level": lambda problem: PrimalDualActiveSet(
        noise_level=_noise_level(problem)
    ),
    "BlockOMP": lambda problem: BlockOMP(noise_level=_noise_level(problem)),
    "SimultaneousOMP": lambda problem: SimultaneousOMP(noise_level=_noise_level(problem)),
    "SimultaneousOLS": lambda problem: SimultaneousOLS(noise_level=_noise_level(problem)),
    "RankAwareORMP": lambda problem: RankAwareORMP(noise_level=_noise_level(problem)),
    **{
        method.__name__: lambda problem, method=method: method(noise_level=_noise_level(problem))
        for method in (
            MUSIC,
            RankAwareThresholding,
            SubspaceAugmentedMUSIC,
            CompressiveMUSIC,
            SimultaneousNIHT,
            LargestGroups,
        )
    },
    "SparseBayesianLearning": lambda problem: SparseBayesianLearning(
        noise_level=_noise_level(problem) / 3, tol=1e-8, max_iter=20_000
    ),
    "VariableMetric": lambda problem: VariableMetric(
        OrthogonallyWeightedL21(_strength(problem), 0.8), tol=_settled(problem)
    ),
    "GammaContinuation": lambda problem: GammaContinuation(
        _noise_level(problem), tol=_settled(problem)
    ),
}


# For these solvers, channels of an operator differ from other coefficients.
CHANNEL_AWARE = ("SparseBayesianLearning", "VariableMetric", "GammaContinuation")


@pytest.fixture(params=[name for name in SOLVERS if name not in CHANNEL_AWARE])
def make_channel_blind_solver(request) -> Callable[[Problem], Solver]:
    """Every solver that treats channels as other coefficients, configured for a problem."""
    return SOLVERS[request.param]


@pytest.fixture(params=SOLVERS)
def make_solver(request) -> Callable[[Problem], Solver]:
    """Every solver, configured for a problem."""
    return SOLVERS[request.param]


# Ways to pass a matrix to `Problem`, all with the same meaning.
LINEAR_MAPS: dict[str, Callable[[np.ndarray], Any]] = {
    "Fortran order": np.asfortranarray,
    "strided": lambda values: np.repeat(values, 2, axis=1)[:, ::2],
    "list": np.ndarray.tolist,
    "sparse": sp.coo_array,
    "SciPy": aslinearoperator,
    "SciPy, of vectors only": make_vector_operator,
    "duck": Duck,
    "product": lambda values: Matrix(np.eye(len(values))) @ Matrix(values),
}


@pytest.fixture(params=LINEAR_MAPS)
def wrap(request) -> Callable[[np.ndarray], Any]:
    """Every way to pass a matrix."""
    return LINEAR_MAPS[request.param]


class ProblemRow(NamedTuple):
    """A problem of 30 rows and 20 columns in unequal groups, two of them active, with noise."""

    n_channels: int
    dtype: str
    labels = np.array([0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, 6, 6, 6, 7, 7])
    active = (2, 4)

    @property
    def matrix(self) -> np.ndarray:
        return matrix(30, self.labels.size, self.dtype)

    @property
    def data(self) -> np.ndarray:
        rng = np.random.default_rng(5)
        shape = (self.labels.size, self.n_channels)[: 1 + (self.n_channels > 1)]
        coef = random_array(shape, self.dtype, rng)
        coef *= 2 / np.abs(coef)
        coef[~np.isin(self.labels, self.active)] = 0
        exact = self.matrix @ coef
        return exact + random_array(exact.shape, self.dtype, rng) / np.float32(20)

    def problem(self, wrap: Callable[[np.ndarray], Any] = np.asarray) -> Problem:
        """Return the problem, its matrix passed through `wrap`."""
        return Problem(wrap(self.matrix), self.data, self.labels)


@pytest.fixture(params=DTYPES)
def dtype(request) -> str:
    """Every dtype."""
    return request.param


@pytest.fixture(params=[name for name in DTYPES if name in ("float64", "complex128")])
def double(request) -> str:
    """Every dtype in double precision."""
    return request.param


@pytest.fixture(params=[1, 3], ids=["K1", "K3"])
def n_channels(request) -> int:
    """One channel and several."""
    return request.param


@pytest.fixture
def small(dtype, n_channels) -> ProblemRow:
    """A small problem in every dtype, of one channel and of three."""
    return ProblemRow(n_channels, dtype)


@pytest.fixture
def small_double(double, n_channels) -> ProblemRow:
    """The same in double precision only."""
    return ProblemRow(n_channels, double)
