"""Test data, operators of other libraries and groupings that several folders share.

The tables of the conformance tests are in the `conftest.py` of operators, penalties and solvers:
a contribution gets a row there, and is then held to what all the others satisfy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator
from threadpoolctl import threadpool_limits

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Operator
from groupsparse.toolkit.testing import random_array


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Keep BLAS to one thread: on matrices this small, threads only wait for one another."""
    with threadpool_limits(1):
        yield


DTYPES = ("float32", "float64", "complex64", "complex128")


def matrix(n_rows: int, n_columns: int, dtype: Any = "float64", seed: int = 0) -> np.ndarray:
    """Return a Gaussian matrix whose columns have a norm of about one."""
    rng = np.random.default_rng((seed, n_rows, n_columns))
    return random_array((n_rows, n_columns), dtype, rng) / np.sqrt(n_rows).astype("float32")


class Duck:
    """The minimal interface of another library's linear operator."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def matvec(self, x: np.ndarray) -> np.ndarray:
        return self.values @ x

    def rmatvec(self, y: np.ndarray) -> np.ndarray:
        return self.values.conj().T @ y


def make_vector_operator(values: np.ndarray) -> LinearOperator:
    """Return a SciPy operator whose products are correct for vectors of shape (n,) only."""

    def product(columns: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda x: (columns * x).sum(axis=1)

    return LinearOperator(
        values.shape,
        matvec=product(values),
        rmatvec=product(values.conj().T),
        dtype=values.dtype,
    )


def _dense(operator: Operator) -> np.ndarray:
    """Return the matrix of an operator, computed from unit vectors."""
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


@pytest.fixture(params=GROUPINGS)
def groups(request) -> Groups:
    """Every kind of grouping of twelve coefficients."""
    return GROUPINGS[request.param]


@pytest.fixture(scope="session")
def spgl1():
    """SPGL1, where it is installed and runs: version 0.0.3 fails with NumPy 2.5."""
    library = pytest.importorskip("spgl1")
    try:
        library.spg_lasso(np.eye(2), np.ones(2), 1.0, verbosity=0)
    except AttributeError as error:
        pytest.skip(f"spgl1 does not run with NumPy {np.__version__}: {error}")
    return library
