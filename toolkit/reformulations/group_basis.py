"""Orthonormal bases of the groups of columns of an operator.

The l0(l2) model does not change under a full-rank change of basis inside a
group (Jiao, Jin and Lu, section III), so the active-set solver works with
``A T``, where ``T`` is block diagonal and the columns of ``A T`` inside a group
are orthonormal. A group of dependent columns keeps as many basis vectors as
its numerical rank; the others are zero, and ``T`` gives the coefficients
of least norm. For groups of one column ``T`` divides by the column's norm.

A ridge, ``1/2 sum_i ridge_i |x_i|^2`` beside the data misfit, adds the rows
``diag(ridge)^(1/2)`` below ``A``: columns are then orthonormal with these rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from ..arrays import Array, IntArray, channel_positions, real_dtype, squared_magnitude
from ..groups import Groups
from ..magnitudes import UNIT_NORMS
from ..operators import Operator

_BATCH = 512
_ILL_CONDITIONED = 1e8  # of a Gram matrix: beyond it, its roots have less than eight digits


class GroupBasis(NamedTuple):
    """The block-diagonal change of basis ``x = T z``.

    `transform` is the diagonal of ``T``, (n_features,), or ``T`` as a sparse array;
    `independent` marks the basis vectors that are not zero.
    """

    transform: Any
    independent: Array
    ridge: Array | None = None

    def coefficients(self, z: Array) -> Array:
        """Return ``T z`` for every row of `z`."""
        if isinstance(self.transform, np.ndarray):
            return _scale(z, self.transform)
        result: Array = (self.transform @ z.T).T
        return result

    def adjoint(self, gradient: Array) -> Array:
        """Return ``T^H g`` for every row of `gradient`."""
        if isinstance(self.transform, np.ndarray):
            return _scale(gradient, self.transform)
        result: Array = (self.transform.conj().T @ gradient.T).T
        return result

    def dual(self, correlations: Array, z: Array) -> Array:
        """Return ``T^H (A^H r - ridge T z)`` from ``A^H r``, the dual variable."""
        if self.ridge is not None:
            slope = self.ridge.astype(real_dtype(z.dtype), copy=False)
            correlations = correlations - slope * self.coefficients(z)
        return self.adjoint(correlations)

    def ridge_gram(self, features: IntArray) -> Array:
        """Return the ridge's part of the inner products of basis vectors of whole groups."""
        assert self.ridge is not None
        slope = self.ridge[features]
        if isinstance(self.transform, np.ndarray):
            return np.diag(slope * self.transform[features] ** 2)
        block = self.transform[features][:, features]
        result: Array = (block.conj().T @ sp.diags_array(slope) @ block).toarray()
        return result

    def ridge_energy(self, z: Array) -> Array:
        """Return ``sum_i ridge_i |x_i|^2`` of every row of `z`."""
        if self.ridge is None:
            return np.zeros(len(z))
        result: Array = squared_magnitude(self.coefficients(z)) @ self.ridge
        return result

    def inverse(self, features: Array, groups: Groups) -> Array:
        """Return ``z`` with ``T z = x`` for every row of `features`, of least norm."""
        z = np.zeros_like(features)
        if isinstance(self.transform, np.ndarray):
            np.divide(features, self.transform, out=z, where=self.transform != 0, casting="unsafe")
            return z
        alone = [np.array([i]) for i in groups.unpenalised]
        for members in [*alone, *(groups.members(g) for g in range(groups.n_groups))]:
            if features[:, members].any():
                block = self.transform[members][:, members].toarray()
                z[:, members] = np.linalg.lstsq(block, features[:, members].T)[0].T
        return z

    def rotate_columns(self, columns: Array, features: IntArray) -> Array:
        """Return columns of ``A T`` as rows, from those of ``A`` for whole groups of features."""
        if isinstance(self.transform, np.ndarray):
            return _scale(columns, self.transform[features, None])
        result: Array = self.transform[features][:, features].T @ columns
        return result


def _scale(x: Array, diagonal: Array) -> Array:
    """Return ``x * diagonal`` in the precision of `x`."""
    result: Array = x * diagonal.astype(real_dtype(x.dtype), copy=False)
    return result


def make_orthonormal_basis(operator: Operator, groups: Groups, ridge: float = 0.0) -> GroupBasis:
    """Return the basis in which the columns of every disjoint group are orthonormal.

    Unpenalised features are scaled one by one and have no ridge. The basis is computed from
    all columns, in batches, unless their norms suffice: for groups of one column, or of
    one column in each of several channels.
    """
    n_features = groups.n_coefs
    tolerance = 1e-10 if real_dtype(operator.dtype) == np.float32 else 1e-13
    ridges = np.full(n_features, float(ridge))
    ridges[groups.unpenalised] = 0
    kept_ridges = ridges if ridge else None
    if np.all(groups.sizes == 1) or _has_one_per_channel(operator, groups):
        norms = operator.column_norms().ravel().astype(float)
        independent = norms**2 > _find_rounding(operator, norms**2, tolerance)
        lengths = np.sqrt(norms**2 + ridges)
        inverse = np.divide(1.0, lengths, out=np.zeros(n_features), where=independent)
        return GroupBasis(inverse, independent, kept_ridges)
    rows, columns, values = [], [], []
    energies = np.zeros(n_features)
    for members in _make_batches(groups):
        n_groups, size = members.shape
        vectors = operator.columns(members.ravel()).reshape(n_groups, size, -1)
        blocks, energies[members] = _orthonormalise(vectors, ridges[members], tolerance)
        rows.append(np.repeat(members, size, axis=1).ravel())
        columns.append(np.tile(members, (1, size)).ravel())
        values.append(blocks.ravel())
    independent = energies > _find_rounding(operator, energies, tolerance)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    transform = sp.csr_array(entries, shape=(n_features, n_features))
    return GroupBasis(transform.multiply(independent).tocsr(), independent, kept_ridges)


class RotatedOperator(Operator):
    """``A T``, without a copy of the matrix of ``A``."""

    def __init__(self, operator: Operator, basis: GroupBasis) -> None:
        self.operator, self.basis = operator, basis
        self.domain_shape, self.range_shape = operator.domain_shape, operator.range_shape
        self.dtype, self.channel_axis = operator.dtype, operator.channel_axis
        self.n_channels, self.column_range = operator.n_channels, UNIT_NORMS

    def _apply(self, x: Array) -> Array:
        features = self.basis.coefficients(x.reshape(-1, prod(self.domain_shape)))
        dtype = np.result_type(x.dtype, self.dtype)
        return self.operator.apply(features.reshape(x.shape).astype(dtype, copy=False))

    def _adjoint(self, y: Array) -> Array:
        gradient = self.operator.adjoint(y)
        flat = self.basis.adjoint(gradient.reshape(-1, prod(self.domain_shape)))
        return np.ascontiguousarray(flat.reshape(gradient.shape).astype(gradient.dtype, copy=False))

    def columns(self, features: IntArray) -> Array:
        """Return some columns of ``A T``, each as a row."""
        transform = self.basis.transform
        if isinstance(transform, np.ndarray):
            inner = self.operator.columns(features)
            columns = inner * transform[features, None]
        else:
            block = transform.tocsc()[:, features]
            used = np.unique(block.indices)
            inner = self.operator.columns(used)
            columns = block[used].T @ inner
        return np.asarray(columns).astype(np.result_type(inner.dtype, self.dtype), copy=False)

    def column_norms(self) -> Array:
        """Return 1 for every independent column, and 0 for the others."""
        return self.basis.independent.astype(float).reshape(self.domain_shape)


def _has_one_per_channel(operator: Operator, groups: Groups) -> bool:
    """Return whether groups hold at most one feature of each channel: orthogonal columns."""
    if operator.n_channels is None:
        return False
    positions = channel_positions(operator.domain_shape, operator.channel_axis)
    channel = np.empty(groups.n_coefs, dtype=np.intp)
    channel[positions] = np.arange(operator.n_channels)
    group = np.repeat(np.arange(groups.n_groups), groups.sizes)
    pairs = group * operator.n_channels + channel[groups.indices]
    return bool(np.bincount(pairs).max(initial=0) <= 1)


def _find_rounding(operator: Operator, energies: Array, tolerance: float) -> float:
    """Return the energy below which a column is nothing but rounding.

    A matrix has its columns exactly. Another operator computes them, with errors
    in proportion to its largest ones.
    """
    return 0.0 if operator.exact_columns else tolerance * float(energies.max(initial=0.0))


def _make_batches(groups: Groups) -> list[Array]:
    """Return the members of groups of equal size, a limited number of columns at a time."""
    batches = [groups.unpenalised[:, None]] if groups.unpenalised.size else []
    for _, members in split_by_size(groups):
        step = max(1, _BATCH // members.shape[1])
        batches.extend(members[i : i + step] for i in range(0, len(members), step))
    return batches


def split_by_size(groups: Groups) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the groups of every size, and their members, (n_groups, size)."""
    for size in np.unique(groups.sizes):
        which = np.flatnonzero(groups.sizes == size)
        yield which, groups.indices[groups.indptr[which][:, None] + np.arange(size)]


def _orthonormalise(vectors: Array, ridges: Array, tolerance: float) -> tuple[Array, Array]:
    """Return the blocks of ``T`` for groups of column vectors, and each basis vector's energy.

    `vectors` has shape (n_groups, size, n_rows), `ridges` (n_groups, size). A Gram
    matrix loses digits in proportion to its condition; where it loses many, a second
    pass over the columns restores them.
    """
    wide = vectors.astype(np.result_type(vectors.dtype, np.float64), copy=False)
    gram = wide.conj() @ wide.transpose(0, 2, 1) + ridges[:, :, None] * np.eye(ridges.shape[1])
    transform, energies = _invert_root(gram, tolerance)
    smallest = np.where(energies > 0, energies, np.inf).min(axis=1)
    again = np.flatnonzero(energies.max(axis=1) > _ILL_CONDITIONED * smallest)
    if again.size:
        first, kept = transform[again], energies[again] > 0
        rotated = first.transpose(0, 2, 1) @ wide[again]
        gram = rotated.conj() @ rotated.transpose(0, 2, 1)
        gram += first.conj().transpose(0, 2, 1) @ (ridges[again][:, :, None] * first)
        diagonal = np.arange(gram.shape[1])
        gram[:, diagonal, diagonal] += ~kept
        values, basis = np.linalg.eigh(gram)
        second = (basis / np.sqrt(values)[:, None, :]) @ basis.conj().transpose(0, 2, 1)
        transform[again] = (first @ second) * kept[:, None, :]
    return transform, energies


def _invert_root(gram: Array, tolerance: float) -> tuple[Array, Array]:
    """Return ``V diag(values)^(-1/2)`` per matrix, and the values, with tiny ones as zero."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > tolerance * np.maximum(values[:, -1:], np.finfo(float).tiny)
    scale = np.divide(1.0, np.sqrt(np.abs(values)), out=np.zeros(values.shape), where=kept)
    return vectors * scale[:, None, :], np.where(kept, values, 0.0)
