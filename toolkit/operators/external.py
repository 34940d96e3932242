"""Operators of other libraries: SciPy's `LinearOperator`, PyLops, anything with both products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from ..arrays import Array, Shape, as_number_array, inexact_dtype
from ..short_text import shorten
from .matrix import Matrix
from .operator import Operator


class MatVec(Protocol):
    """The least that a linear map of another library has."""

    shape: tuple[int, int]

    def matvec(self, x: Array, /) -> Array:
        """Return ``A x``."""

    def rmatvec(self, y: Array, /) -> Array:
        """Return ``A^H y``."""


OperatorLike: TypeAlias = Operator | ArrayLike | sp.sparray | sp.spmatrix | LinearOperator | MatVec


class External(Operator):
    """A SciPy `LinearOperator` (or one of PyLops) as an operator on vectors.

    Parameters
    ----------
    operator : scipy.sparse.linalg.LinearOperator
        With `matvec` and `rmatvec`.

    Raises
    ------
    ValueError
        If one of its dimensions is zero or its dtype is not numeric; later, if a product returns
        another shape, complex values where the dtype is real, or NaN.

    Notes
    -----
    In matrix form ``A`` is the matrix of `operator`; `matvec` and `rmatvec` are called for one
    vector at a time.

    Examples
    --------
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> External(aslinearoperator(np.eye(2))).apply(np.array([1.0, 2.0]))
    array([1., 2.])
    """

    channel_axis = -1

    def __init__(self, operator: LinearOperator) -> None:
        missing = [name for name in ("shape", "matvec", "rmatvec") if not hasattr(operator, name)]
        if missing:
            raise ValueError(
                f"operator must be a LinearOperator, got {shorten(operator)} without "
                f"{' and '.join(missing)}"
            )
        if len(operator.shape) != 2 or 0 in operator.shape:
            raise ValueError(f"operator must have rows and columns, got shape {operator.shape}")
        self.operator = operator
        self.range_shape = (int(operator.shape[0]),)
        self.domain_shape = (int(operator.shape[1]),)
        given = getattr(operator, "dtype", None)
        dtype = np.dtype(np.float64 if given is None else given)
        if dtype.kind not in "biufcO":
            raise ValueError(f"operator must have a numeric dtype, got {dtype}")
        self.dtype = inexact_dtype(dtype)

    def _apply(self, x: Array) -> Array:
        return self._each(x, self.operator.matvec, "matvec", self.range_shape)

    def _adjoint(self, y: Array) -> Array:
        return self._each(y, self.operator.rmatvec, "rmatvec", self.domain_shape)

    def _each(self, x: Array, product: Callable[[Array], Array], name: str, shape: Shape) -> Array:
        # One vector at a time: SciPy's `matmat` falls back on vectors of shape (n, 1), which
        # products written for shape (n,) get wrong.
        images = []
        for vector in x.reshape(-1, x.shape[-1]):
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # refused below
                    image = np.asarray(product(vector))
            except NotImplementedError as error:
                raise ValueError(
                    f"operator must have {name}; {self.operator!r} has none"
                ) from error
            except ValueError as error:
                raise ValueError(
                    f"operator: {name} fails for shape {vector.shape}: {error}"
                ) from error
            images.append(self._check_image(image, vector, name, shape))
        return np.stack(images).reshape(*x.shape[:-1], -1)

    def _check_image(self, image: Array, vector: Array, name: str, shape: Shape) -> Array:
        """Return what a product of another library returned; a `ValueError` if it is nonsense."""
        if image.shape != shape:
            raise ValueError(f"operator: {name} must return shape {shape}, got {image.shape}")
        image = as_number_array(image, f"operator: what {name} returns")
        expected = np.result_type(self.dtype, vector.dtype)
        if image.dtype.kind == "c" and expected.kind != "c":
            raise ValueError(f"operator: {name} returns {image.dtype}, but its dtype is {expected}")
        if not np.isfinite(image).all() and np.isfinite(vector).all():
            raise ValueError(f"operator: {name} returns NaN or infinite values for finite ones")
        return image.astype(np.result_type(image.dtype, expected), copy=False)


def _adopt(value: Any) -> LinearOperator:
    """Return anything with both products as a `LinearOperator`."""
    try:
        return sp.linalg.aslinearoperator(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"operator must have a shape of two integers, got {shorten(value.shape)}"
        ) from error


def as_operator(value: OperatorLike) -> Operator:
    """Return a linear map of any kind as an `Operator`.

    Parameters
    ----------
    value : Operator, array_like, scipy.sparse matrix or LinearOperator
        The linear map.

    Returns
    -------
    Operator
        The operator itself, a `Matrix` or an `External`.

    Raises
    ------
    ValueError
        If it is nothing of this kind.

    Examples
    --------
    >>> as_operator([[1.0, 2.0]])
    Matrix((2,) -> (1,))
    """
    if isinstance(value, Operator):
        return value
    if isinstance(value, LinearOperator):
        return External(value)
    if sp.issparse(value):
        return Matrix(value)
    if hasattr(value, "matvec") and hasattr(value, "rmatvec") and hasattr(value, "shape"):
        return External(_adopt(value))
    if isinstance(value, np.ndarray | list | tuple) or hasattr(value, "__array__"):
        return Matrix(value)
    raise ValueError(
        "operator must be an Operator, a matrix or a SciPy LinearOperator, "
        f"got {type(value).__name__}"
    )
