"""By how much one more or one fewer group changes the misfit, with all others fitted again.

With ``R^H R`` the Gram matrix of the active columns ``A_S`` and ``W = R^-H A_S^H A``, a group
``g`` that joins reduces the misfit ``1/2 ||A x - y||^2`` by ``1/2 d_g^H (I - W_g^H W_g)^-1 d_g``,
where ``d_g`` is its dual variable: the columns of a group are orthonormal. A group that leaves
raises it by ``1/2 x_g^H ((R^H R)^-1_gg)^-1 x_g``. Cost for m active columns: ``n_rows n_features
m``, as one product of matrices, and ``m^3``.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude
from ...groups import Groups
from ...reformulations.group_basis import split_by_size
from ..least_squares.dense_fitter import DenseFitter

_MOST_ENTRIES = 2**22  # of products with all features at once
_DEPENDENT = 1e4  # of the precision: so small a part of a column is rounding


def find_entering_strength(
    fitter: DenseFitter, groups: Groups, active: Array, dual: Array
) -> float:
    """Return the strength below which a group would join, given the dual, (K, n_features)."""
    gains = _find_gains(fitter, groups, dual)
    return float(gains[~active].max(initial=0.0))


def find_staying_strength(fitter: DenseFitter, groups: Groups, active: Array, coef: Array) -> float:
    """Return the strength above which a group would leave, given (K, n_features)."""
    losses = _find_losses(fitter, groups, coef)
    return float(losses[active].min(initial=np.inf))


def _find_gains(fitter: DenseFitter, groups: Groups, dual: Array) -> Array:
    """Return the decrease of the misfit by each group that is not active."""
    blocks = list(split_by_size(groups))
    left = [np.tile(np.eye(members.shape[1]), (len(members), 1, 1)) for _, members in blocks]
    left = [part.astype(dual.dtype) for part in left]
    for images in fitter.generate_images(_MOST_ENTRIES):
        for part, (_, members) in zip(left, blocks, strict=True):
            _take_out(part, images, members)
    smallest = _DEPENDENT * float(np.finfo(dual.dtype).eps)
    gains = np.zeros(groups.n_groups)
    for part, (which, members) in zip(left, blocks, strict=True):
        values, vectors = _find_eigenvectors(part)
        along = vectors.conj().transpose(0, 2, 1) @ dual[:, members].transpose(1, 2, 0)
        energies = squared_magnitude(along).sum(axis=2)
        kept = values > smallest
        gains[which] = (energies * kept / np.where(kept, values, 1)).sum(axis=1) / 2
    return gains


def _find_eigenvectors(part: Array) -> tuple[Array, Array]:
    """Return the eigenvalues and eigenvectors of Hermitian matrices, (n, size, size)."""
    if part.shape[1] == 1:
        return part[:, 0].real, np.ones_like(part)
    values, vectors = np.linalg.eigh(part)
    return values, vectors


def _take_out(part: Array, images: Array, members: IntArray) -> None:
    """Subtract the inner products of images, (m, n_features), from (n_groups, size, size)."""
    size = members.shape[1]
    columns = [images[:, members[:, i]] for i in range(size)]
    for i in range(size):
        for j in range(i + 1):
            products = np.einsum("mg,mg->g", columns[i], columns[j].conj())
            part[:, i, j] -= products
            if i != j:
                part[:, j, i] -= products.conj()


def _find_losses(fitter: DenseFitter, groups: Groups, coef: Array) -> Array:
    """Return the increase of the misfit without each of the groups that have coefficients."""
    losses, keys = np.zeros(groups.n_groups), fitter.features
    owner = groups.per_coefficient(np.arange(1, groups.n_groups + 1))[keys]
    inverse, right = fitter.invert_gram(), coef[:, keys].T
    found, counts = np.unique(owner, return_counts=True)
    order, ends = np.argsort(owner, kind="stable"), np.cumsum(counts)
    for size in np.unique(counts[found > 0]):
        which = np.flatnonzero((counts == size) & (found > 0))
        places = order[(ends[which] - size)[:, None] + np.arange(size)]
        own = right[places]
        solved = np.linalg.solve(inverse[places[:, :, None], places[:, None, :]], own)
        losses[found[which] - 1] = np.sum(own.conj() * solved, axis=(1, 2)).real / 2
    return losses
