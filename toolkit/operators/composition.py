"""The product of two operators, with what is known of both carried over."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from .operator import Operator


class Composition(Operator):
    """The operator ``left @ right``: `right` first, then `left`.

    Parameters
    ----------
    left, right : Operator
        The domain of `left` must be the range of `right`.

    Raises
    ------
    ValueError
        If the shapes do not meet.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> product = Matrix([[1.0, 2.0]]) @ Matrix([[3.0], [4.0]])
    >>> product.apply(np.array([1.0]))
    array([11.])
    """

    def __init__(self, left: Operator, right: Operator) -> None:
        if left.domain_shape != right.range_shape:
            raise ValueError(
                f"cannot compose: {left!r} takes shape {left.domain_shape}, "
                f"but {right!r} gives {right.range_shape}"
            )
        self.left, self.right = left, right
        self.domain_shape, self.range_shape = right.domain_shape, left.range_shape
        self.dtype = np.result_type(left.dtype, right.dtype)
        self.channel_axis = left.channel_axis
        self.orthonormal_rows = left.orthonormal_rows and right.orthonormal_rows
        if left.lipschitz is not None and right.lipschitz is not None:
            self.lipschitz = left.lipschitz * right.lipschitz

    def _apply(self, x: Array) -> Array:
        return self.left._apply(self.right._apply(x))

    def _adjoint(self, y: Array) -> Array:
        return self.right._adjoint(self.left._adjoint(y))

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
