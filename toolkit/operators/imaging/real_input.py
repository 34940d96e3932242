"""Complex data of real images."""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_instance
from ..operator import Operator


class RealInput(Operator):
    """The map from a real image to the real and imaginary parts of its complex data.

    The adjoint takes the real part, so that a solver sees a real problem of half as many unknowns
    as the complex one has. Conjugate data of real images, "virtual conjugate coils", say the same.

    Parameters
    ----------
    operator : Operator
        ``A``, whose data are complex.

    Raises
    ------
    ValueError
        If the data of the operator are real.

    Notes
    -----
    In matrix form ``[Re A; Im A]``. ``A^H A`` and its real part have the same diagonal, and
    the largest eigenvalue of the real part is not above that of ``A^H A``.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> RealInput(Matrix([[1 + 2j]])).apply(np.array([3.0]))
    array([[3.],
           [6.]])
    """

    dtype = np.dtype(np.float32)

    def __init__(self, operator: Operator) -> None:
        check_instance("operator", operator, Operator)
        if operator.dtype.kind != "c":
            raise ValueError(f"operator must give complex data, got {operator!r}")
        self.operator = operator
        self.domain_shape, self.range_shape = operator.domain_shape, (2, *operator.range_shape)
        self.dtype = np.empty(0, operator.dtype).real.dtype
        self.lipschitz, self.column_range = operator.lipschitz, operator.column_range
        self.even_columns, self.exact_columns = operator.even_columns, operator.exact_columns
        energy = 1.0 if operator.orthonormal_rows else operator.row_energy
        self.row_energy = None if energy is None else energy / 2

    def widen(self) -> Operator:
        """Return the same with the operator in double precision."""
        return RealInput(self.operator.widen())

    def _apply(self, x: Array) -> Array:
        if x.dtype.kind == "c":
            raise ValueError("RealInput takes real images; use the operator itself for complex")
        return self._split(self.operator.apply(x))

    def _adjoint(self, y: Array) -> Array:
        if y.dtype.kind == "c":
            raise ValueError("RealInput takes real data: real and imaginary parts")
        real, imaginary = np.moveaxis(y, y.ndim - len(self.range_shape), 0)
        return self.operator.adjoint(real + np.complex64(1j) * imaginary).real.copy()

    def _split(self, data: Array) -> Array:
        """Return real and imaginary parts along a new axis, before those of the range."""
        return np.stack([data.real, data.imag], axis=data.ndim - len(self.range_shape) + 1)

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        columns = self.operator.columns(features).reshape(-1, *self.operator.range_shape)
        return self._split(columns).reshape(features.size, -1)

    def column_norms(self) -> Array:
        """Return the column norms, those of the operator."""
        return self.operator.column_norms()
