"""The table of operators: the conformance tests hold every row to the same properties."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.operators import (
    CentredMatrix,
    Channelwise,
    Convolution,
    External,
    HalfPlaneFourier,
    Joint,
    Matrix,
    NonuniformFourier,
    Operator,
    PartialFourier,
    RealInput,
    Sensitivities,
    TimeVaryingConvolution,
    Wavelet,
    Weighting,
    Whitening,
    WithIntercept,
    as_operator,
)
from groupsparse.toolkit.testing import random_array

from ..conftest import DTYPES, Duck, make_vector_operator, matrix


def complex_of(precision: str) -> str:
    return {"float32": "complex64", "float64": "complex128"}[precision]


def mask(*shape: int, seed: int = 0) -> np.ndarray:
    """Return a random half of the frequencies, including the zero frequency."""
    chosen = np.random.default_rng((seed, *shape)).random(shape) < 0.5
    chosen[tuple(n // 2 for n in shape)] = True
    return chosen


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


def _weights(*shape: int) -> Weighting:
    """Return weights of which one is zero."""
    weights = np.random.default_rng((7, *shape)).uniform(0.5, 2, shape)
    weights.flat[1] = 0
    return Weighting(weights)


def _covariance(n_channels: int, dtype: str) -> np.ndarray:
    factor = matrix(n_channels, n_channels, dtype, seed=8)
    return factor @ factor.conj().T + 0.1 * np.eye(n_channels)


def _fouriers(*seeds: int) -> list[Operator]:
    return [PartialFourier(mask(4, 3, seed=seed)) for seed in seeds]


def _maps(precision: str, *shape: int) -> np.ndarray:
    return random_array(shape, complex_of(precision), np.random.default_rng(9))


def _nonuniform(*shape: int, weighted: bool = False) -> NonuniformFourier:
    rng = np.random.default_rng((3, *shape))
    trajectory = rng.uniform(-0.5, 0.5, (9, len(shape))) * shape
    return NonuniformFourier(trajectory, shape, rng.uniform(0.5, 2, 9) if weighted else None)


def _nonuniform_rows() -> dict[str, OperatorRow]:
    """Return rows of transforms off the grid, none where their library is not installed."""
    if find_spec("finufft") is None:
        return {}
    return {
        "nonuniform Fourier 7": OperatorRow(lambda _: _nonuniform(7)),
        "nonuniform Fourier 4 x 5, weighted": OperatorRow(
            lambda _: _nonuniform(4, 5, weighted=True)
        ),
        "nonuniform Fourier 3 x 4 x 2": OperatorRow(lambda _: _nonuniform(3, 4, 2)),
        "coils' nonuniform Fourier": OperatorRow(
            lambda p: Joint(_nonuniform(4, 5, weighted=True), 3) @ Sensitivities(_maps(p, 3, 4, 5))
        ),
    }


OPERATORS: dict[str, OperatorRow] = {
    "dense real": OperatorRow(lambda p: Matrix(matrix(5, 7, p))),
    "dense complex": OperatorRow(lambda p: Matrix(matrix(5, 7, complex_of(p)))),
    "dense Fortran order": OperatorRow(lambda p: Matrix(np.asfortranarray(matrix(7, 5, p)))),
    "sparse real": OperatorRow(lambda p: Matrix(sparse(5, 7, p))),
    "sparse complex": OperatorRow(lambda p: Matrix(sparse(5, 7, complex_of(p)))),
    "with intercept": OperatorRow(lambda p: WithIntercept(Matrix(matrix(5, 7, p)))),
    "sparse with intercept": OperatorRow(lambda p: WithIntercept(Matrix(sparse(5, 7, p)))),
    "centred with intercept": OperatorRow(
        lambda p: WithIntercept(CentredMatrix(Matrix(matrix(5, 7, p)), np.ones(5), centred=True))
    ),
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
    "weighted": OperatorRow(lambda p: _weights(5) @ Matrix(matrix(5, 7, p))),
    "weighted, complex, Fortran order": OperatorRow(
        lambda p: _weights(7) @ Matrix(np.asfortranarray(matrix(7, 5, complex_of(p))))
    ),
    "weighted sparse": OperatorRow(lambda p: _weights(5) @ Matrix(sparse(5, 7, complex_of(p)))),
    "weighted joint": OperatorRow(
        lambda p: (
            Weighting(np.tile(_weights(5).weights[:, None], 3)) @ Joint(Matrix(matrix(5, 7, p)), 3)
        )
    ),
    "joint, weights of each channel": OperatorRow(
        lambda p: Weighting(np.tile([0.5, 0.0, 3.0], (5, 1))) @ Joint(Matrix(matrix(5, 7, p)), 3)
    ),
    "joint, weights of each datum": OperatorRow(
        lambda p: _weights(5, 3) @ Joint(Matrix(matrix(5, 7, p)), 3)
    ),
    "weighted ragged channels": OperatorRow(
        lambda p: _weights(8) @ Channelwise(_matrices(p, 3, 5))
    ),
    "weighted convolution": OperatorRow(
        lambda p: (
            Weighting(np.tile(_weights(9).weights, (2, 1)))
            @ Convolution(matrix(1, 4, p)[0], (2, 9))
        )
    ),
    "weighted convolution, traces differ": OperatorRow(
        lambda p: _weights(2, 9) @ Convolution(matrix(1, 5, complex_of(p))[0], (2, 9))
    ),
    "weighted time-varying convolution": OperatorRow(
        lambda p: _weights(3, 8) @ TimeVaryingConvolution(matrix(8, 5, p), (3, 8))
    ),
    "scaled convolution": OperatorRow(
        lambda p: Weighting(np.full((2, 9), 3.0)) @ Convolution(matrix(1, 5, p)[0], (2, 9))
    ),
    "weighted Fourier": OperatorRow(
        lambda p: _weights(*PartialFourier(mask(5, 4)).range_shape) @ PartialFourier(mask(5, 4))
    ),
    "whitened joint": OperatorRow(
        lambda p: (
            Whitening(_covariance(3, "float64"), (5, 3), -1) @ Joint(Matrix(matrix(5, 7, p)), 3)
        )
    ),
    "whitened joint, complex, axis 0": OperatorRow(
        lambda p: (
            Whitening(_covariance(2, "complex128"), (2, 9))
            @ Joint(Convolution(matrix(1, 4, p)[0], 9), 2)
        )
    ),
    "whitening": OperatorRow(lambda p: Whitening(_covariance(3, "float64"), (3, 2, 4))),
    "whitening, complex, axis -1": OperatorRow(
        lambda p: Whitening(_covariance(3, "complex128"), (4, 3), -1)
    ),
    "product of matrices": OperatorRow(
        lambda p: Matrix(matrix(3, 5, p)) @ Matrix(matrix(5, 4, complex_of(p)))
    ),
    "joint Fourier of wavelet": OperatorRow(
        lambda p: Joint(PartialFourier(mask(4, 6)) @ Wavelet((4, 6), "haar", 1), 2)
    ),
    "sensitivities": OperatorRow(lambda p: Sensitivities(_maps(p, 3, 4, 5))),
    "sensitivities, one coil": OperatorRow(lambda p: Sensitivities(_maps(p, 1, 3, 2))),
    "sensitivities, two sets": OperatorRow(lambda p: Sensitivities(_maps(p, 2, 3, 4, 2))),
    "sensitivities of volumes": OperatorRow(lambda p: Sensitivities(_maps(p, 2, 3, 4, 2), 3)),
    "coils' Fourier": OperatorRow(
        lambda p: Joint(PartialFourier(mask(4, 5)), 3) @ Sensitivities(_maps(p, 3, 4, 5))
    ),
    "coils' Fourier of wavelets, two sets": OperatorRow(
        lambda p: (
            Joint(PartialFourier(mask(4, 6)), 3)
            @ Sensitivities(_maps(p, 2, 3, 4, 6))
            @ Joint(Wavelet((4, 6), "haar", 1), 2)
        )
    ),
    "real input": OperatorRow(
        lambda p: RealInput(Matrix(matrix(5, 7, complex_of(p)))), real_only=True
    ),
    "real input of coils' Fourier": OperatorRow(
        lambda p: RealInput(
            Joint(PartialFourier(mask(4, 5)), 3) @ Sensitivities(_maps(p, 3, 4, 5))
        ),
        real_only=True,
    ),
    "joint real input of Fourier": OperatorRow(
        lambda p: Joint(RealInput(PartialFourier(mask(4, 5))), 2), real_only=True
    ),
    **_nonuniform_rows(),
    "SciPy real": OperatorRow(lambda p: External(aslinearoperator(matrix(5, 7, p)))),
    "SciPy complex": OperatorRow(
        lambda p: as_operator(aslinearoperator(matrix(5, 7, complex_of(p))))
    ),
    "SciPy, of vectors only": OperatorRow(
        lambda p: External(make_vector_operator(matrix(5, 7, p)))
    ),
    "SciPy, of vectors only, complex": OperatorRow(
        lambda p: External(make_vector_operator(matrix(5, 7, complex_of(p))))
    ),
    "duck": OperatorRow(lambda p: as_operator(Duck(matrix(5, 7, p)))),
    "duck complex": OperatorRow(lambda p: as_operator(Duck(matrix(5, 7, complex_of(p))))),
}


class TypedOperator(NamedTuple):
    """An operator in some precision, and the dtype of its input."""

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
