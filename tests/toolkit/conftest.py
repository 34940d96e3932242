"""The tables of the conformance tests: one row for every operator, grouping, penalty and solver.

What is contributed gets a row here, and is then held to what all the others satisfy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from threadpoolctl import threadpool_limits

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import (
    Channelwise,
    Convolution,
    External,
    HalfPlaneFourier,
    Joint,
    Matrix,
    Operator,
    PartialFourier,
    TimeVaryingConvolution,
    Wavelet,
    as_operator,
)
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    OrthogonallyWeightedL21,
    Penalty,
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
from groupsparse.toolkit.testing import random_array


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Keep BLAS to one thread: on matrices this small, threads only wait for one another."""
    with threadpool_limits(1):
        yield


DTYPES = ("float32", "float64", "complex64", "complex128")


def matrix(n_rows: int, n_columns: int, dtype: Any = "float64", seed: int = 0) -> np.ndarray:
    """Gaussian matrix of about unit columns."""
    rng = np.random.default_rng((seed, n_rows, n_columns))
    return random_array((n_rows, n_columns), dtype, rng) / np.sqrt(n_rows).astype("float32")


def complex_of(precision: str) -> str:
    return {"float32": "complex64", "float64": "complex128"}[precision]


def mask(*shape: int, seed: int = 0) -> np.ndarray:
    """Random half of the frequencies, the zero frequency among them."""
    chosen = np.random.default_rng((seed, *shape)).random(shape) < 0.5
    chosen[tuple(n // 2 for n in shape)] = True
    return chosen


class Duck:
    """The least that a linear operator of another library has."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def matvec(self, x: np.ndarray) -> np.ndarray:
        return self.values @ x

    def rmatvec(self, y: np.ndarray) -> np.ndarray:
        return self.values.conj().T @ y


def of_vectors(values: np.ndarray) -> LinearOperator:
    """SciPy operator whose products are right for vectors of shape (n,) only."""

    def product(columns: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda x: (columns * x).sum(axis=1)

    return LinearOperator(
        values.shape,
        matvec=product(values),
        rmatvec=product(values.conj().T),
        dtype=values.dtype,
    )


def sparse(n_rows: int, n_columns: int, dtype: str) -> sp.csr_array:
    values = matrix(n_rows, n_columns, dtype)
    values[np.abs(values) < np.median(np.abs(values))] = 0
    return sp.csr_array(values)


class OperatorRow(NamedTuple):
    """`make` builds the operator in a precision, "float32" or "float64"."""

    make: Callable[[str], Operator]
    real_only: bool = False

    @property
    def dtypes(self) -> tuple[str, ...]:
        return DTYPES[:2] if self.real_only else DTYPES


def _wavelet(shape: tuple[int, ...], family: str, levels: int) -> OperatorRow:
    return OperatorRow(lambda _: Wavelet(shape, family, levels))


def _fourier(*shape: int) -> OperatorRow:
    return OperatorRow(lambda _: PartialFourier(mask(*shape)))


def _half_plane(*shape: int) -> OperatorRow:
    return OperatorRow(lambda _: HalfPlaneFourier(mask(*shape)), real_only=True)


def _matrices(p: str, *n_rows: int) -> list[Operator]:
    return [Matrix(matrix(n, 4, p, seed)) for seed, n in enumerate(n_rows)]


def _fouriers(*seeds: int) -> list[Operator]:
    return [PartialFourier(mask(4, 3, seed=seed)) for seed in seeds]


OPERATORS: dict[str, OperatorRow] = {
    "dense real": OperatorRow(lambda p: Matrix(matrix(5, 7, p))),
    "dense complex": OperatorRow(lambda p: Matrix(matrix(5, 7, complex_of(p)))),
    "dense Fortran order": OperatorRow(lambda p: Matrix(np.asfortranarray(matrix(7, 5, p)))),
    "sparse real": OperatorRow(lambda p: Matrix(sparse(5, 7, p))),
    "sparse complex": OperatorRow(lambda p: Matrix(sparse(5, 7, complex_of(p)))),
    "joint matrix": OperatorRow(lambda p: Joint(Matrix(matrix(5, 7, p)), 3)),
    "joint matrix, axis 0": OperatorRow(lambda p: Joint(Matrix(matrix(5, 7, p)), 3, axis=0)),
    "joint wavelet": OperatorRow(lambda p: Joint(Wavelet((5, 6), "haar", 1), 2)),
    "joint wavelet, axis -1": OperatorRow(lambda p: Joint(Wavelet((5, 6), "haar", 1), 2, axis=-1)),
    "joint of joint": OperatorRow(lambda p: Joint(Joint(Matrix(matrix(3, 4, p)), 2), 3, axis=0)),
    "channelwise": OperatorRow(lambda p: Channelwise(_matrices(p, 3, 3))),
    "channelwise, axis 0": OperatorRow(lambda p: Channelwise(_matrices(p, 3, 3), axis=0)),
    "ragged channelwise": OperatorRow(lambda p: Channelwise(_matrices(p, 3, 5))),
    "ragged channelwise, axis 0": OperatorRow(lambda p: Channelwise(_matrices(p, 3, 5), axis=0)),
    "channelwise images": OperatorRow(lambda p: Channelwise([Wavelet((4, 6), "haar", 1)] * 2)),
    "ragged channelwise Fourier": OperatorRow(lambda p: Channelwise(_fouriers(0, 1, 2))),
    "ragged channelwise Fourier, axis -1": OperatorRow(
        lambda p: Channelwise(_fouriers(0, 1, 2), axis=-1)
    ),
    "haar 16, 3 levels": _wavelet((16,), "haar", 3),
    "db4 17": _wavelet((17,), "db4", 2),
    "db4 5, shorter than its filter": _wavelet((5,), "db4", 2),
    "db8 2, one eighth of its filter": _wavelet((2,), "db8", 1),
    "sym4 16": _wavelet((16,), "sym4", 3),
    "haar 8 x 12": _wavelet((8, 12), "haar", 2),
    "db4 9 x 13": _wavelet((9, 13), "db4", 2),
    "sym4 12 x 7": _wavelet((12, 7), "sym4", 1),
    "db4 3 x 16": _wavelet((3, 16), "db4", 1),
    "haar 4 x 6 x 5": _wavelet((4, 6, 5), "haar", 2),
    "db4 8 x 4 x 4": _wavelet((8, 4, 4), "db4", 1),
    "sym4 5 x 3 x 6": _wavelet((5, 3, 6), "sym4", 1),
    "Fourier 8": _fourier(8),
    "Fourier 7": _fourier(7),
    "Fourier 8 x 6": _fourier(8, 6),
    "Fourier 7 x 6": _fourier(7, 6),
    "Fourier 6 x 7": _fourier(6, 7),
    "Fourier 5 x 1": _fourier(5, 1),
    "Fourier 4 x 3 x 5": _fourier(4, 3, 5),
    "half plane 8": _half_plane(8),
    "half plane 7": _half_plane(7),
    "half plane 8 x 6": _half_plane(8, 6),
    "half plane 7 x 6": _half_plane(7, 6),
    "half plane 6 x 7": _half_plane(6, 7),
    "half plane 5 x 1": _half_plane(5, 1),
    "half plane 4 x 3 x 6": _half_plane(4, 3, 6),
    "Fourier of wavelet": OperatorRow(
        lambda p: PartialFourier(mask(7, 10)) @ Wavelet((7, 10), "db4", 2)
    ),
    "half plane of wavelet": OperatorRow(
        lambda p: HalfPlaneFourier(mask(9, 6)) @ Wavelet((9, 6), "haar", 2), real_only=True
    ),
    "Fourier of matrix": OperatorRow(lambda p: PartialFourier(mask(7)) @ Matrix(matrix(7, 4, p))),
    "channelwise of two kinds": OperatorRow(
        lambda p: Channelwise([PartialFourier(mask(6)), Matrix(matrix(4, 6, p))])
    ),
    "convolution": OperatorRow(lambda p: Convolution(matrix(1, 5, p)[0], 9)),
    "convolution, even wavelet, traces": OperatorRow(
        lambda p: Convolution(matrix(1, 4, p)[0], (2, 11))
    ),
    "convolution, as long as the trace": OperatorRow(
        lambda p: Convolution(matrix(1, 6, complex_of(p))[0], 6)
    ),
    "convolution, one sample": OperatorRow(lambda p: Convolution(matrix(1, 1, p)[0], 3)),
    "convolution, long trace": OperatorRow(lambda p: Convolution(matrix(1, 2, p)[0], 15)),
    "time-varying convolution": OperatorRow(
        lambda p: TimeVaryingConvolution(matrix(8, 5, p), (3, 8))
    ),
    "time-varying convolution, complex, even": OperatorRow(
        lambda p: TimeVaryingConvolution(matrix(7, 4, complex_of(p)), 7)
    ),
    "channelwise convolution": OperatorRow(
        lambda p: Channelwise(
            [Convolution(matrix(1, n, p)[0], (2, 7)) for n in (3, 5)]
            + [TimeVaryingConvolution(matrix(7, 3, p), (2, 7))]
        )
    ),
    "product of matrices": OperatorRow(
        lambda p: Matrix(matrix(3, 5, p)) @ Matrix(matrix(5, 4, complex_of(p)))
    ),
    "joint Fourier of wavelet": OperatorRow(
        lambda p: Joint(PartialFourier(mask(4, 6)) @ Wavelet((4, 6), "haar", 1), 2)
    ),
    "SciPy real": OperatorRow(lambda p: External(aslinearoperator(matrix(5, 7, p)))),
    "SciPy complex": OperatorRow(
        lambda p: as_operator(aslinearoperator(matrix(5, 7, complex_of(p))))
    ),
    "SciPy, of vectors only": OperatorRow(lambda p: External(of_vectors(matrix(5, 7, p)))),
    "SciPy, of vectors only, complex": OperatorRow(
        lambda p: External(of_vectors(matrix(5, 7, complex_of(p))))
    ),
    "duck": OperatorRow(lambda p: as_operator(Duck(matrix(5, 7, p)))),
    "duck complex": OperatorRow(lambda p: as_operator(Duck(matrix(5, 7, complex_of(p))))),
}


class TypedOperator(NamedTuple):
    """An operator in some precision, and the dtype of what goes in."""

    operator: Operator
    dtype: np.dtype

    def input(self, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return random_array(self.operator.domain_shape, self.dtype, rng)

    def output(self, seed: int = 1) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return random_array(self.operator.range_shape, self.dtype, rng)


@pytest.fixture(params=OPERATORS)
def operator(request) -> Operator:
    """Every operator, in double precision."""
    return OPERATORS[request.param].make("float64")


@pytest.fixture
def operators() -> dict[str, Operator]:
    """All operators by name, in double precision."""
    return {name: row.make("float64") for name, row in OPERATORS.items()}


@pytest.fixture(params=OPERATORS)
def in_every_dtype(request) -> list[TypedOperator]:
    """Every operator, each with every dtype of its inputs."""
    row = OPERATORS[request.param]
    made = {precision: row.make(precision) for precision in ("float32", "float64")}
    return [
        TypedOperator(made["float32" if dtype in ("float32", "complex64") else "float64"], dtype)
        for dtype in map(np.dtype, row.dtypes)
    ]


def _dense(operator: Operator) -> np.ndarray:
    """The matrix of an operator, one unit vector at a time."""
    n_features = int(np.prod(operator.domain_shape))
    units = np.eye(n_features).reshape(n_features, *operator.domain_shape)
    return np.stack([operator.apply(unit).ravel() for unit in units], axis=1)


@pytest.fixture(scope="session")
def dense() -> Callable[[Operator], np.ndarray]:
    """The matrix of an operator over flattened arrays."""
    return _dense


GROUPINGS: dict[str, Groups] = {
    "blocks": Groups.blocks(3, 12),
    "unequal": Groups.from_labels([0, 1, 1, 2, 2, 2, 0, 3, 3, 3, 3, 2]),
    "some unpenalised": Groups.from_labels([0, -1, 1, 1, -1, 0, 0, 2, 2, 1, 1, 3]),
    "single": Groups.blocks(1, 12),
    "one": Groups.blocks(12, 12),
    "over channels": Groups.from_labels([0, -1, 1, 0]).over_channels((4, 3), axis=-1),
}

PENALTIES: dict[str, Callable[[Groups], Penalty]] = {
    "l21": lambda groups: L21(0.8),
    "l21 sqrt": lambda groups: L21(0.5, "sqrt"),
    "l21 weights": lambda groups: L21(0.7, np.linspace(0.5, 2, groups.n_groups)),
    "l21 weights 0 and inf": lambda groups: L21(
        0.7, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)
    ),
    "l0": lambda groups: GroupL0(1.2),
    "sparse group": lambda groups: SparseGroup(0.8, 0.3),
    "sparse group sqrt, mostly l1": lambda groups: SparseGroup(0.6, 0.9, "sqrt"),
    "sparse group, only l1": lambda groups: SparseGroup(0.6, 1.0),
    "sparse group weights 0 and inf": lambda groups: SparseGroup(
        0.7, 0.5, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)
    ),
    "MCP": lambda groups: GroupMCP(0.8),
    "MCP, concave beyond the square": lambda groups: GroupMCP(1.0, 1.01, "sqrt"),
    "MCP weights 0 and inf": lambda groups: GroupMCP(
        0.7, 2.5, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)
    ),
    "SCAD": lambda groups: GroupSCAD(0.6),
    "SCAD sqrt": lambda groups: GroupSCAD(0.4, 2.2, "sqrt"),
    "l21 with ridge": lambda groups: WithRidge(L21(0.7, "sqrt"), 0.3),
    "sparse group with ridge, weights 0 and inf": lambda groups: WithRidge(
        SparseGroup(0.7, 0.4, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)), 2.0
    ),
    "MCP with ridge": lambda groups: WithRidge(GroupMCP(0.8, 1.5), 0.2),
}


@pytest.fixture(params=GROUPINGS)
def groups(request) -> Groups:
    """Every kind of grouping of twelve coefficients."""
    return GROUPINGS[request.param]


@pytest.fixture(params=PENALTIES)
def penalty(request, groups) -> Penalty:
    """Every penalty, for these groups."""
    return PENALTIES[request.param](groups)


def _strength(problem: Problem) -> float:
    """A quarter of the strength that gives the zero solution, if all are penalised."""
    correlation = problem.operator.adjoint(problem.data)
    return L21(1.0).dual_norm(correlation, problem.groups) / 4


def _tolerance(problem: Problem) -> float:
    """About what the precision of the problem lets be reached."""
    return 50 * float(np.finfo(problem.dtype).eps)


def _settled(problem: Problem) -> float:
    """A relative decrease that is rounding: in double precision none at all."""
    return 0.0 if problem.dtype in (np.float64, np.complex128) else 1e-8


def _noise_level(problem: Problem) -> float:
    """A part of the data's norm."""
    return 0.3 * float(np.linalg.norm(problem.data))


SOLVERS: dict[str, Callable[[Problem], Any]] = {
    "FISTA": lambda problem: FISTA(L21(_strength(problem)), tol=_tolerance(problem), max_iter=5000),
    "FISTA monotone": lambda problem: FISTA(
        L21(_strength(problem) / 2, "sqrt"),
        tol=_tolerance(problem),
        max_iter=5000,
        acceleration="monotone",
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


# To these it matters which coefficients are channels of one operator.
CHANNEL_AWARE = ("SparseBayesianLearning", "VariableMetric", "GammaContinuation")


@pytest.fixture(params=[name for name in SOLVERS if name not in CHANNEL_AWARE])
def make_channel_blind_solver(request) -> Callable[[Problem], Any]:
    """Every solver to which channels are coefficients like others, configured for a problem."""
    return SOLVERS[request.param]


@pytest.fixture(params=SOLVERS)
def make_solver(request) -> Callable[[Problem], Any]:
    """Every solver, configured for a problem."""
    return SOLVERS[request.param]


# Ways to pass a matrix to `Problem`; all of them mean the same.
LINEAR_MAPS: dict[str, Callable[[np.ndarray], Any]] = {
    "Fortran order": np.asfortranarray,
    "strided": lambda values: np.repeat(values, 2, axis=1)[:, ::2],
    "list": np.ndarray.tolist,
    "sparse": sp.coo_array,
    "SciPy": aslinearoperator,
    "SciPy, of vectors only": of_vectors,
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
