"""Gaussian coefficients with one variance per group: their posterior and the evidence for them.

In the basis of columns scaled by the deviations of their groups, ``B = A Gamma^(1/2)``,
data D (n_rows, K) have the covariance ``C = lambda I + B B^H``, and the posterior has the mean
``B^H C^-1 D`` and the covariance ``Z = I - B^H C^-1 B = lambda (B^H B + lambda I)^-1``. The
first form is used where there are at least as many columns as rows, the second where there
are fewer. Cost: ``n_rows^2 n`` or ``n_rows n^2``.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray, squared_magnitude
from ...ties import index_of_smallest


class Posterior(NamedTuple):
    """What the data say about coefficients, in units of their prior deviations.

    Attributes
    ----------
    mean : ndarray, shape (n, K)
        Of the coefficients, divided by their deviations.
    variance : ndarray of float, shape (n,)
        The diagonal of Z: from 0, where the data determine a coefficient, to 1,
        where they say nothing.
    objective : float
        ``log det C + trace(D^H C^-1 D) / K``, minus twice the logarithm of the
        evidence per channel, but for constants.
    """

    mean: Array
    variance: Array
    objective: float


def posterior(scaled: Array, data: Array, noise_variance: float) -> Posterior | None:
    """Return the posterior of coefficients of unit prior variance.

    Parameters
    ----------
    scaled : ndarray, shape (n_rows, n)
        B, columns multiplied by the prior deviations.
    data : ndarray, shape (n_rows, K)
        D.
    noise_variance : float
        Lambda, positive.

    Returns
    -------
    Posterior or None
        None where the covariance is singular to rounding.
    """
    by = _by_rows if scaled.shape[1] >= len(scaled) else _by_columns
    return by(scaled, data, noise_variance)


def _by_rows(scaled: Array, data: Array, noise_variance: float) -> Posterior | None:
    """Return the posterior from the covariance of the data."""
    inverse = _inverse_factor(_raised(scaled @ scaled.conj().T, noise_variance))
    if inverse is None:
        return None
    whitened, rest = inverse @ scaled, inverse @ data
    variance = 1 - squared_magnitude(whitened).sum(axis=0)
    objective = float(np.vdot(rest, rest).real) / data.shape[1]
    objective -= 2 * float(np.log(inverse.diagonal().real).sum())
    return Posterior(whitened.conj().T @ rest, variance.clip(0, 1), objective)


def _by_columns(scaled: Array, data: Array, noise_variance: float) -> Posterior | None:
    """Return the posterior from its own precision."""
    inverse = _inverse_factor(_raised(scaled.conj().T @ scaled, noise_variance))
    if inverse is None:
        return None
    mean = inverse.conj().T @ (inverse @ (scaled.conj().T @ data))
    variance = noise_variance * squared_magnitude(inverse).sum(axis=0)
    # The residual's energy and the prior's: the data's minus the fit's would cancel.
    energy = squared_magnitude(data - scaled @ mean).sum() / noise_variance
    energy += squared_magnitude(mean).sum()
    objective = float(energy) / data.shape[1] - 2 * float(np.log(inverse.diagonal().real).sum())
    objective += (len(scaled) - scaled.shape[1]) * float(np.log(noise_variance))
    return Posterior(mean, variance.clip(0, 1), objective)


def joint_posterior(scaled: Array, data: Array, noise_variance: float) -> tuple[Array, Array]:
    """Return mean and covariance of coefficients of unit prior variance.

    Parameters
    ----------
    scaled : ndarray, shape (n_rows, n)
        B, columns multiplied by the prior deviations; at least one.
    data : ndarray, shape (n_rows, K)
        D.
    noise_variance : float
        Lambda, positive; raised where the covariance is singular to rounding.

    Returns
    -------
    mean : ndarray, shape (n, K)
        Divided by the deviations.
    covariance : ndarray, shape (n, n)
        Z.
    """
    gram, fit = scaled.conj().T @ scaled, scaled.conj().T @ data
    inverse = _inverse_factor(_raised(gram.copy(), noise_variance))
    while inverse is None and np.isfinite(noise_variance):  # singular to rounding
        noise_variance *= 10
        inverse = _inverse_factor(_raised(gram.copy(), noise_variance))
    if inverse is None:
        return np.zeros_like(fit), np.eye(len(gram))
    return inverse.conj().T @ (inverse @ fit), noise_variance * (inverse.conj().T @ inverse)


def _raised(gram: Array, noise_variance: float) -> Array:
    gram.flat[:: len(gram) + 1] += noise_variance
    return gram


def _inverse_factor(matrix: Array) -> Array | None:
    """Return the inverse of the lower Cholesky factor, or None if there is none."""
    factorise, invert = _lapack(matrix.dtype)
    factor, failed = factorise(matrix, lower=1, clean=1)
    if failed:
        return None
    inverse, failed = invert(factor, lower=1, overwrite_c=1)
    return None if failed else inverse


@cache
def _lapack(dtype: np.dtype[Any]) -> Any:
    return scipy.linalg.get_lapack_funcs(("potrf", "trtri"), dtype=dtype)


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
