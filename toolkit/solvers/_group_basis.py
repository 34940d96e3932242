"""Orthonormal bases of the groups of columns of an operator.

The l0(l2) model does not change under a full-rank change of basis inside a
group (Jiao, Jin and Lu, section III), so the active-set solver works with
``A T``, where ``T`` is block diagonal and the columns of ``A T`` inside a group
are orthonormal. A group of dependent columns keeps as many basis vectors as
its numerical rank; the others are zero, and ``T`` gives back the coefficients
of least norm. For groups of one column ``T`` divides by the column's norm.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from ..arrays import Array, real_dtype
from ..groups import Groups
from ..operators import Operator

_BATCH = 512


class GroupBasis(NamedTuple):
    """The block-diagonal change of basis ``x = T z``.

    Attributes
    ----------
    transform : ndarray, shape (n_features,), or sparse array, (n_features, n_features)
        The diagonal of ``T``, or ``T`` itself.
    independent : ndarray of bool, shape (n_features,)
        Which basis vectors are not zero.
    """

    transform: Any
    independent: Array

    def coefficients(self, z: Array) -> Array:
        """Return ``T z`` for every row of `z`."""
        if isinstance(self.transform, np.ndarray):
            return z * self.transform.astype(real_dtype(z.dtype), copy=False)
        result: Array = (self.transform @ z.T).T
        return result

    def adjoint(self, gradient: Array) -> Array:
        """Return ``T^H g`` for every row of `gradient`."""
        if isinstance(self.transform, np.ndarray):
            return gradient * self.transform.astype(real_dtype(gradient.dtype), copy=False)
        result: Array = (self.transform.conj().T @ gradient.T).T
        return result

    def rotated_columns(self, matrix: Array) -> Array:
        """Return ``matrix @ T``, for `matrix` of shape (n_rows, n_features)."""
        if isinstance(self.transform, np.ndarray):
            return matrix * self.transform.astype(real_dtype(matrix.dtype), copy=False)
        result: Array = np.asarray(self.transform.T @ matrix.T).T
        return result.astype(matrix.dtype, copy=False)


def orthonormal_basis(operator: Operator, groups: Groups) -> GroupBasis:
    """Return the basis in which the columns of every group are orthonormal.

    Parameters
    ----------
    operator : Operator
        From features to data.
    groups : Groups
        Disjoint groups of features; unpenalised ones are scaled one by one.

    Returns
    -------
    GroupBasis
        Computed from the columns, in batches, unless all groups are single.
    """
    n_features = groups.n_coefs
    tolerance = 1e-10 if real_dtype(operator.dtype) == np.float32 else 1e-13
    if np.all(groups.sizes == 1):
        norms = operator.column_norms().ravel().astype(float)
        independent = norms > np.sqrt(tolerance) * norms.max(initial=0.0)
        inverse = np.divide(1.0, norms, out=np.zeros(n_features), where=independent)
        return GroupBasis(inverse, independent)
    rows, columns, values = [], [], []
    independent = np.zeros(n_features, dtype=bool)
    for members in _batches(groups):
        n_groups, size = members.shape
        vectors = operator.columns(members.ravel()).reshape(n_groups, size, -1)
        blocks, kept = _orthonormalising(vectors, tolerance)
        rows.append(np.repeat(members, size, axis=1).ravel())
        columns.append(np.tile(members, (1, size)).ravel())
        values.append(blocks.ravel())
        independent[members[kept]] = True
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return GroupBasis(sp.csr_array(entries, shape=(n_features, n_features)), independent)


def _batches(groups: Groups) -> list[Array]:
    """Return the members of groups of equal size, a limited number of columns at a time."""
    batches = [groups.unpenalised[:, None]] if groups.unpenalised.size else []
    for size in np.unique(groups.sizes):
        which = np.flatnonzero(groups.sizes == size)
        members = groups.indices[groups.indptr[which][:, None] + np.arange(size)]
        step = max(1, _BATCH // int(size))
        batches.extend(members[i : i + step] for i in range(0, len(members), step))
    return batches


def _orthonormalising(vectors: Array, tolerance: float) -> tuple[Array, Array]:
    """Return the blocks of ``T`` for groups of column vectors, and the columns kept.

    `vectors` has shape (n_groups, size, n_rows). Two passes over the Gram
    matrix: the first loses digits in proportion to its condition, the second
    restores them.
    """
    wide = vectors.astype(np.result_type(vectors.dtype, np.float64), copy=False)
    first, kept = _inverse_root(wide.conj() @ wide.transpose(0, 2, 1), tolerance)
    rotated = first.transpose(0, 2, 1) @ wide
    gram = rotated.conj() @ rotated.transpose(0, 2, 1)
    size = gram.shape[1]
    gram[:, np.arange(size), np.arange(size)] += ~kept
    values, basis = np.linalg.eigh(gram)
    second = (basis / np.sqrt(values)[:, None, :]) @ basis.conj().transpose(0, 2, 1)
    return (first @ second) * kept[:, None, :], kept


def _inverse_root(gram: Array, tolerance: float) -> tuple[Array, Array]:
    """Return ``V diag(values)^(-1/2)`` per matrix, with columns of tiny eigenvalues zero."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > tolerance * np.maximum(values[:, -1:], np.finfo(float).tiny)
    scale = np.divide(1.0, np.sqrt(np.abs(values)), out=np.zeros(values.shape), where=kept)
    return vectors * scale[:, None, :], kept
