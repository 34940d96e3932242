"""Which of several groups the evidence supports: the least supported leave one by one.

A group leaves a Gaussian model when its coefficients are known to be zero. So mean and
covariance of the others follow by conditioning, and the evidence falls by what the group's own
posterior tells: with ``Z_g`` its covariance and ``u_g`` (d, K) its mean, in units of the prior
deviation, minus twice its logarithm per channel rises by
``log det Z_g + trace(u_g^H Z_g^-1 u_g) / K`` (for groups of one column that is what Tipping and
Faul, "Fast marginal likelihood maximisation for sparse Bayesian models", 2003, have for one
that is deleted). Cost: ``n^2`` for every group that leaves.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from ..ties import index_of_smallest


class EvidenceElimination:
    """Groups of coefficients that leave a Gaussian model one by one.

    Parameters
    ----------
    mean : ndarray, shape (n, K)
        Of all coefficients, in units of their prior deviations.
    covariance : ndarray, shape (n, n)
        In the same units.
    sizes : ndarray of int, shape (n_groups,)
        How many coefficients each group has, side by side.

    Attributes
    ----------
    alive : ndarray of bool, shape (n_groups,)
        Which groups have not left.
    mean : ndarray, shape (n, K)
        Given that all others are zero.
    """

    def __init__(self, mean: Array, covariance: Array, sizes: IntArray) -> None:
        self.mean, self.covariance = np.array(mean), np.array(covariance)
        self.alive = np.ones(sizes.size, dtype=bool)
        self._begins = np.cumsum(sizes) - sizes
        self._sizes = sizes
        self._of_one_size = [np.flatnonzero(sizes == size) for size in np.unique(sizes)]

    def gains(self) -> Array:
        """Return by how much every group raises the logarithm of the evidence.

        Returns
        -------
        ndarray of float, shape (n_groups,)
            Infinite for those that have left.
        """
        gains = np.full(self.alive.size, np.inf)
        for groups in self._of_one_size:
            chosen = groups[self.alive[groups]]
            members = self._begins[chosen, None] + np.arange(self._sizes[groups[0]])
            gains[chosen] = self._gains(members)
        return gains if np.iscomplexobj(self.mean) else gains / 2

    def _gains(self, members: IntArray) -> Array:
        """Return the gains of groups of one size; the members' shape is (n_groups, size)."""
        mean, n_channels = self.mean[members], self.mean.shape[1]
        blocks = self.covariance[members[:, :, None], members[:, None, :]]
        values, vectors = _decomposed(blocks)
        energies = squared_magnitude(vectors.conj().swapaxes(1, 2) @ mean).sum(axis=2)
        result: Array = (n_channels * np.log(values) + energies / values).sum(axis=1)
        return result

    def leave(self, group: int) -> None:
        """Let a group leave: condition the others on its being zero.

        Parameters
        ----------
        group : int
            One that is alive.
        """
        begin = self._begins[group]
        own = slice(begin, begin + self._sizes[group])
        values, vectors = _decomposed(self.covariance[own, own])
        whiten = (vectors / np.sqrt(values)).conj().T
        rows = whiten @ self.covariance[own]
        self.mean -= rows.conj().T @ (whiten @ self.mean[own])
        self.covariance -= rows.conj().T @ rows
        self.mean[own] = self.covariance[own] = self.covariance[:, own] = 0
        self.alive[group] = False

    def run(self, least_gain: float, n_groups: int | None = None) -> None:
        """Let groups leave, the one with the least gain first.

        Parameters
        ----------
        least_gain : float
            Those that are left have at least this gain, unless `n_groups` is given.
        n_groups : int, optional
            How many are to be left.
        """
        while self.alive.any():
            gains = self.gains()
            least = index_of_smallest(gains)
            if n_groups is None and not gains[least] < least_gain:
                return
            if n_groups is not None and np.count_nonzero(self.alive) <= n_groups:
                return
            self.leave(least)


def _decomposed(blocks: Array) -> tuple[Array, Array]:
    """Return positive eigenvalues and eigenvectors of covariances."""
    if blocks.shape[-1] == 1:
        values, vectors = blocks[..., 0].real, np.ones_like(blocks)
    else:
        values, vectors = np.linalg.eigh(blocks)
    return np.maximum(values, np.finfo(values.dtype).tiny), vectors
