"""The linear operator, a shape in and a shape out, and the composition of two."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ..arrays import Array, IntArray, Shape, as_number_array, squared_magnitude
from ..checks import check_instance
from ..magnitudes import ColumnNorms, check_magnitude

_PROBES = 64


class Operator(ABC):
    """A linear map ``A`` from arrays of `domain_shape` to arrays of `range_shape`.

    A subclass sets the attributes and implements `_apply` and `_adjoint`, as in SciPy's
    `LinearOperator`; callers use `apply` and `adjoint`, which check the shape first.

    Attributes
    ----------
    domain_shape, range_shape : tuple of int
        Shapes of one input and one output.
    dtype : numpy.dtype
        The least dtype of an output; inputs of a wider dtype widen it.
    channel_axis : int
        The axis of channels in data and coefficients when one operator serves several
        channels: 0 for images, -1 for matrices.
    n_channels : int or None
        The number of channels, for operators that act on each channel separately.
    lipschitz : float or None
        An upper bound of the largest eigenvalue of ``A^H A``, if one is known.
    orthonormal_rows : bool
        Whether ``A A^H`` is known to be the identity.
    row_energy : float or None
        The mean squared norm of the rows, if it is known and not that of orthonormal ones.
    even_columns : bool
        Whether all columns are known to have the same norm.
    orthogonal_channel_rows : bool
        Whether rows of one channel of the range are known to be orthogonal to each other.
    exact_columns : bool
        Whether columns are stored numbers, so that even a tiny one is no rounding error.
    column_range : ColumnNorms or None
        The norms of the shortest and longest columns, or their order, if they are known.
    """

    domain_shape: Shape
    range_shape: Shape
    dtype: np.dtype[Any]
    channel_axis: int = 0
    n_channels: int | None = None
    lipschitz: float | None = None
    orthonormal_rows: bool = False
    row_energy: float | None = None
    even_columns: bool = False
    orthogonal_channel_rows: bool = False
    exact_columns: bool = False
    column_range: ColumnNorms | None = None

    @abstractmethod
    def _apply(self, x: Array) -> Array:
        """Compute ``A x`` for `x` of shape ``(..., *domain_shape)``."""

    @abstractmethod
    def _adjoint(self, y: Array) -> Array:
        """Compute ``A^H y`` for `y` of shape ``(..., *range_shape)``."""

    def apply(self, x: Array) -> Array:
        """Return ``A x``.

        Parameters
        ----------
        x : ndarray, shape (..., *domain_shape)
            Real or complex, one input or any number of them along leading batch axes.

        Returns
        -------
        ndarray, shape (..., *range_shape)
            The image of each input.

        Raises
        ------
        ValueError
            If the last axes of `x` are not `domain_shape`.
        """
        array = as_number_array(x, "x")
        if array.shape[array.ndim - len(self.domain_shape) :] != self.domain_shape:
            raise _wrong_shape(f"input of {self!r}", self.domain_shape, array.shape)
        return self._apply(array)

    def adjoint(self, y: Array) -> Array:
        """Return ``A^H y``.

        Parameters
        ----------
        y : ndarray, shape (..., *range_shape)
            Real or complex, one input or any number of them along leading batch axes.

        Returns
        -------
        ndarray, shape (..., *domain_shape)
            The image of each input under the adjoint.

        Raises
        ------
        ValueError
            If the last axes of `y` are not `range_shape`.
        """
        array = as_number_array(y, "y")
        if array.shape[array.ndim - len(self.range_shape) :] != self.range_shape:
            raise _wrong_shape(f"adjoint input of {self!r}", self.range_shape, array.shape)
        return self._adjoint(array)

    def normal(self, x: Array) -> Array:
        """Return ``A^H A x``; operators that need not compute ``A x`` for it take less time."""
        return self.adjoint(self.apply(x))

    def adjoint_rolled(self, y: Array, shift: Sequence[int]) -> Array:
        """Return ``A^H`` of arrays that are first rolled along their last axes, as `np.roll`."""
        return self.adjoint(np.roll(y, shift, range(-len(shift), 0)))

    def apply_rolled(self, x: Array, shift: Sequence[int]) -> Array:
        """Return ``A x``, rolled along its last axes by ``-shift``."""
        return np.roll(self.apply(x), [-turn for turn in shift], range(-len(shift), 0))

    def columns(self, features: IntArray) -> Array:
        """Return some columns of ``A``, each as a row.

        Parameters
        ----------
        features : ndarray of int, shape (n_columns,)
            Flat positions in the domain.

        Returns
        -------
        ndarray, shape (n_columns, prod(range_shape))
            The columns; computed by applying the operator to unit vectors unless overridden.
        """
        units = np.zeros((features.size, prod(self.domain_shape)))
        units[np.arange(features.size), features] = 1
        return self._apply(units.reshape(-1, *self.domain_shape)).reshape(features.size, -1)

    def column_norms(self) -> Array:
        """Return the Euclidean norm of every column of ``A``, shape `domain_shape`."""
        n_features = prod(self.domain_shape)
        squares = np.empty(n_features)
        for begin in range(0, n_features, _PROBES):
            batch = np.arange(begin, min(begin + _PROBES, n_features))
            squares[batch] = squared_magnitude(self.columns(batch)).sum(axis=1)
        return np.sqrt(squares).reshape(self.domain_shape)

    def widen(self) -> Operator:
        """Return the operator with all values it stores in double precision; by default itself."""
        return self

    def as_linear_operator(self) -> LinearOperator:
        """Return the operator as a SciPy `LinearOperator` over flattened (C order) arrays."""
        shape = (prod(self.range_shape), prod(self.domain_shape))

        def apply_columns(kernel: Callable[[Array], Array], array_shape: Shape, x: Array) -> Array:
            columns = kernel(np.ascontiguousarray(x.T).reshape(-1, *array_shape))
            result: Array = columns.reshape(x.shape[1], -1).T
            return result

        return LinearOperator(
            shape=shape,
            dtype=np.result_type(self.dtype, np.float64),
            matvec=lambda x: self._apply(x.reshape(self.domain_shape)).ravel(),
            rmatvec=lambda y: self._adjoint(y.reshape(self.range_shape)).ravel(),
            matmat=lambda x: apply_columns(self._apply, self.domain_shape, x),
            rmatmat=lambda y: apply_columns(self._adjoint, self.range_shape, y),
        )

    def __matmul__(self, other: Operator) -> Operator:
        """Return the composition that applies `other` first."""
        return Composition(self, other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.domain_shape} -> {self.range_shape})"


class Composition(Operator):
    """The operator ``left @ right``: `right` first, then `left`.

    Parameters
    ----------
    left, right : Operator
        The domain of `left` must be the range of `right`.

    Raises
    ------
    ValueError
        If the shapes do not match, or the product is out of the range of double precision.

    Notes
    -----
    In matrix form ``A = L R``.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> product = Matrix([[1.0, 2.0]]) @ Matrix([[3.0], [4.0]])
    >>> product.apply(np.array([1.0]))
    array([11.])
    """

    def __init__(self, left: Operator, right: Operator) -> None:
        check_composition(left, right)
        self.left, self.right = left, right
        self.domain_shape, self.range_shape = right.domain_shape, left.range_shape
        self.dtype = np.result_type(left.dtype, right.dtype)
        self.channel_axis = left.channel_axis
        self.orthonormal_rows = left.orthonormal_rows and right.orthonormal_rows
        if not self.orthonormal_rows:
            self.row_energy = _find_row_energy(left, right)
        if left.lipschitz is not None and right.lipschitz is not None:
            self.lipschitz = left.lipschitz * right.lipschitz
        if left.column_range is not None and right.column_range is not None:
            self.column_range = left.column_range.times(right.column_range)
            check_magnitude("operator, a product,", self.column_range.most, "column norms")

    def widen(self) -> Operator:
        """Return the composition of both in double precision."""
        return Composition(self.left.widen(), self.right.widen())

    def _apply(self, x: Array) -> Array:
        return self.left.apply(self.right.apply(x))

    def _adjoint(self, y: Array) -> Array:
        return self.right.adjoint(self.left.adjoint(y))

    def normal(self, x: Array) -> Array:
        """Return ``R^H L^H L R x``."""
        return self.right.adjoint(self.left.normal(self.right.apply(x)))

    def column_norms(self) -> Array:
        """Return the column norms, in closed form for a sampled spectrum of separable atoms."""
        spectrum = getattr(self.left, "spectral_weights", None)
        atoms = getattr(self.right, "norms_under", None)
        if spectrum is None or atoms is None:
            return super().column_norms()
        norms: Array = atoms(spectrum())
        return norms

    def __repr__(self) -> str:
        return f"{self.left!r} @ {self.right!r}"


def _find_row_energy(left: Operator, right: Operator) -> float | None:
    """Return the mean squared norm of the rows of a product, where it is known.

    It is the trace of ``L^H L R R^H``, divided by their number. If L acts on each channel
    separately with a constant diagonal of ``L^H L``, and the rows of R in one channel are
    orthogonal, only the diagonals count.
    """
    own = 1.0 if left.orthonormal_rows else left.row_energy
    if right.orthonormal_rows:
        return own
    energy, n_channels = right.row_energy, left.n_channels
    if own is None or energy is None or n_channels is None or not left.even_columns:
        return None
    separate = n_channels == right.range_shape[0] and left.channel_axis == 0
    return own * energy if separate and right.orthogonal_channel_rows else None


def check_composition(left: Operator, right: Operator) -> None:
    """Raise a `ValueError` unless `left` takes what `right` gives."""
    check_instance("left", left, Operator)
    check_instance("right", right, Operator)
    if left.domain_shape != right.range_shape:
        raise ValueError(
            f"left must take what right gives: {left!r} takes shape {left.domain_shape}, "
            f"but {right!r} gives {right.range_shape}"
        )


def _wrong_shape(name: str, expected: Shape, shape: Shape) -> ValueError:
    """Return the error that says which shape came and which was expected."""
    return ValueError(f"{name} must have shape {expected}, after any batch axes; got {shape}")
