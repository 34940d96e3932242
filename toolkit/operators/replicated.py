"""An operator on latent copies of coefficients, without copies of its columns."""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.sparse as sp

from ..arrays import Array, IntArray, as_index_array
from ..checks import check_instance
from .operator import Operator


class Replicated(Operator):
    """An operator on latent copies of coefficients, which share its columns.

    Parameters
    ----------
    operator : Operator
        ``A``.
    originals : ndarray of int, shape (n_copies,)
        The coefficient, a flat position in the domain, of which each is a copy.

    Raises
    ------
    ValueError
        If a position is out of range.

    Notes
    -----
    In matrix form ``A S``, with ``S[originals[i], i] = 1``: the sum of the copies of each
    coefficient. Nothing of ``A`` is stored twice.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> Replicated(Matrix([[1.0, 10.0]]), np.array([0, 1, 1])).apply(np.array([1.0, 2.0, 3.0]))
    array([51.])
    """

    def __init__(self, operator: Operator, originals: IntArray) -> None:
        check_instance("operator", operator, Operator)
        originals = as_index_array(originals, "originals").ravel()
        n_coefs = prod(operator.domain_shape)
        if originals.size == 0 or originals.min() < 0 or originals.max() >= n_coefs:
            raise ValueError(f"originals must be one or more indices from 0 to {n_coefs - 1}")
        self.operator, self.originals = operator, originals
        self.domain_shape, self.range_shape = (originals.size,), operator.range_shape
        self.dtype, self.channel_axis = operator.dtype, operator.channel_axis
        self.column_range, self.exact_columns = operator.column_range, operator.exact_columns
        ones = (np.ones(originals.size, np.float32), (originals, np.arange(originals.size)))
        self._sum = sp.csr_array(ones, shape=(n_coefs, originals.size))

    def widen(self) -> Operator:
        """Return the same with the operator in double precision."""
        return Replicated(self.operator.widen(), self.originals)

    def sum_copies(self, copies: Array) -> Array:
        """Return coefficients (..., *operator.domain_shape), the sums of copies (..., n_copies)."""
        flat = copies.reshape(-1, self.originals.size)
        sums: Array = np.ascontiguousarray((self._sum @ flat.T).T)
        shape = (*copies.shape[:-1], *self.operator.domain_shape)
        return sums.astype(copies.dtype, copy=False).reshape(shape)

    def divide(self, coef: Array) -> Array:
        """Return copies (..., n_copies) whose sums are `coef`, equal for each coefficient."""
        n_batch = coef.ndim - len(self.operator.domain_shape)
        flat = coef.reshape(*coef.shape[:n_batch], -1)
        number = np.bincount(self.originals, minlength=flat.shape[-1])[self.originals]
        result: Array = (flat[..., self.originals] / number).astype(coef.dtype)
        return result

    def _apply(self, x: Array) -> Array:
        return self.operator.apply(self.sum_copies(x))

    def _adjoint(self, y: Array) -> Array:
        n_batch = y.ndim - len(self.range_shape)
        correlations = self.operator.adjoint(y)
        return correlations.reshape(*correlations.shape[:n_batch], -1)[..., self.originals]

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        return self.operator.columns(self.originals[features])

    def column_norms(self) -> Array:
        """Return the norm of every copy's column."""
        norms: Array = self.operator.column_norms().ravel()[self.originals]
        return norms
