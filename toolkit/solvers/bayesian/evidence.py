"""Gaussian coefficients with one variance per group: posterior, updates and elimination.

In the basis of columns scaled by the deviations of their groups, ``B = A Gamma^(1/2)``,
data D (n_rows, K) have the covariance ``C = lambda I + B B^H``, and the posterior has the mean
``B^H C^-1 D`` and the covariance ``Z = I - B^H C^-1 B = lambda (B^H B + lambda I)^-1``. The
first form is used where there are at least as many columns as rows, the second where there
are fewer. Cost: ``n_rows^2 n`` or ``n_rows n^2``.

Two updates raise the evidence. Both replace minus its logarithm by a separable bound that
touches it, so that it never rises. In units of the present variance ``gamma_g``, with ``m_g``
the mean of ``|mean|^2 / K`` over the d members of the group and ``z_g`` that of their posterior
variances:

- expectation maximisation (Wipf and Rao, 2007): ``gamma_g (m_g + z_g)``, which takes small
  steps and so avoids many local optima;
- the convex bound (Wipf and Nagarajan, "A new view of automatic relevance determination",
  2008): ``gamma_g (m_g / (1 - z_g))^(1/2)``, under which needless groups vanish at a geometric
  rate, where expectation maximisation has them decrease like one over the iterations.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray, squared_magnitude
from ...ties import falling_order, index_of_smallest

_NEGLIGIBLE = 1e-3
"""Of a coefficient's variance: a group that the data reduce by less, and that shrinks, leaves."""


class GroupVariances:
    """The variances `gamma` of the groups that are left, `kept`, with their columns.

    Columns, (n_rows, n), stand group after group. At first every group is to explain the
    same part of `energy`.
    """

    def __init__(self, columns: Array, sizes: IntArray, energy: float) -> None:
        self.columns, self.sizes = columns, sizes
        self._begins = np.cumsum(sizes) - sizes
        self._energies = self._sum(squared_magnitude(columns).sum(axis=0))
        self.kept: IntArray = np.arange(sizes.size)
        self.gamma = np.ones(sizes.size)
        self.keep(self._energies > 0)
        self.gamma = energy / (max(self.kept.size, 1) * self._energies)

    @property
    def deviations(self) -> Array:
        """The prior deviation of every coefficient."""
        return np.sqrt(np.repeat(self.gamma, self.sizes))

    @property
    def parts(self) -> Array:
        """The norm of the data that every group explains a priori, per channel."""
        return np.sqrt(self.gamma * self._energies)

    def find_posterior(self, data: Array, noise_variance: float) -> Posterior | None:
        """Return the posterior under the present variances, or None if singular to rounding."""
        return compute_posterior(self.columns * self.deviations, data, noise_variance)

    def update(self, now: Posterior, *, convex_bound: bool) -> float:
        """Replace the variances, and remove groups that no longer matter.

        Returns the largest change of the part that a group explains, relative to the largest.
        """
        m = self._sum(squared_magnitude(now.mean).sum(axis=1)) / (now.mean.shape[1] * self.sizes)
        z = self._sum(now.variance) / self.sizes
        before, determined = self.parts, 1 - z
        ratio = m + z
        if convex_bound:
            ratio = np.sqrt(np.divide(m, determined, out=np.ones_like(m), where=determined > 0))
        self.gamma = self.gamma * ratio
        after = self.parts
        largest = float(after.max(initial=0.0))
        change = float(np.abs(after - before).max(initial=0.0))
        vanishing = (determined < _NEGLIGIBLE) & (m <= determined)
        self.keep(~vanishing & (after > 0))
        return change / largest if largest else 0.0

    def keep_strongest(self, n_columns: int) -> None:
        """Keep the groups with the largest parts, of at most `n_columns` columns in all."""
        order = falling_order(self.parts)
        chosen = np.zeros(order.size, dtype=bool)
        chosen[order[np.cumsum(self.sizes[order]) <= n_columns]] = True
        self.keep(chosen)

    def keep(self, chosen: Array) -> None:
        """Remove all groups but those that are marked."""
        if chosen.all():
            return
        self.columns = np.asfortranarray(self.columns[:, np.repeat(chosen, self.sizes)])
        self.kept, self.sizes = self.kept[chosen], self.sizes[chosen]
        self.gamma, self._energies = self.gamma[chosen], self._energies[chosen]
        self._begins = np.cumsum(self.sizes) - self.sizes

    def _sum(self, values: Array) -> Array:
        """Return the sum over every group."""
        if not self.sizes.size:
            return np.zeros(0)
        result: Array = np.add.reduceat(values, self._begins)
        return result


class Posterior(NamedTuple):
    """The posterior of coefficients, in units of their prior deviations.

    `mean` is (n, K). `variance`, (n,), is the diagonal of Z: from 0, where the data determine
    a coefficient, to 1, where they do not. `objective`, but for constants, is
    ``log det C + trace(D^H C^-1 D) / K``, minus twice the logarithm of the evidence per channel.
    """

    mean: Array
    variance: Array
    objective: float


def compute_posterior(scaled: Array, data: Array, noise_variance: float) -> Posterior | None:
    """Return the Gaussian posterior, or None where its covariance is numerically singular.

    `scaled` holds the operator's columns times their prior standard deviations (B above),
    `data` the data (D).
    """
    by = _compute_by_rows if scaled.shape[1] >= len(scaled) else _compute_by_columns
    return by(scaled, data, noise_variance)


def _compute_by_rows(scaled: Array, data: Array, noise_variance: float) -> Posterior | None:
    """Return the posterior from the covariance of the data."""
    inverse = _invert_factor(_raise_diagonal(scaled @ scaled.conj().T, noise_variance))
    if inverse is None:
        return None
    whitened, rest = inverse @ scaled, inverse @ data
    variance = 1 - squared_magnitude(whitened).sum(axis=0)
    objective = float(np.vdot(rest, rest).real) / data.shape[1]
    objective -= 2 * float(np.log(inverse.diagonal().real).sum())
    return Posterior(whitened.conj().T @ rest, variance.clip(0, 1), objective)


def _compute_by_columns(scaled: Array, data: Array, noise_variance: float) -> Posterior | None:
    """Return the posterior from its own precision."""
    inverse = _invert_factor(_raise_diagonal(scaled.conj().T @ scaled, noise_variance))
    if inverse is None:
        return None
    mean = inverse.conj().T @ (inverse @ (scaled.conj().T @ data))
    variance = noise_variance * squared_magnitude(inverse).sum(axis=0)
    # Energies of residual and prior: the difference of data and fit would lose digits.
    energy = squared_magnitude(data - scaled @ mean).sum() / noise_variance
    energy += squared_magnitude(mean).sum()
    objective = float(energy) / data.shape[1] - 2 * float(np.log(inverse.diagonal().real).sum())
    objective += (len(scaled) - scaled.shape[1]) * float(np.log(noise_variance))
    return Posterior(mean, variance.clip(0, 1), objective)


def compute_joint_posterior(
    scaled: Array, data: Array, noise_variance: float
) -> tuple[Array, Array]:
    """Return mean, (n, K), and covariance Z from B and D, in units of the prior deviations.

    The noise variance is raised where the covariance is singular to rounding.
    """
    gram, fit = scaled.conj().T @ scaled, scaled.conj().T @ data
    inverse = _invert_factor(_raise_diagonal(gram.copy(), noise_variance))
    while inverse is None and np.isfinite(noise_variance):  # singular to rounding
        noise_variance *= 10
        inverse = _invert_factor(_raise_diagonal(gram.copy(), noise_variance))
    if inverse is None:
        return np.zeros_like(fit), np.eye(len(gram))
    return inverse.conj().T @ (inverse @ fit), noise_variance * (inverse.conj().T @ inverse)


def _raise_diagonal(gram: Array, noise_variance: float) -> Array:
    gram.flat[:: len(gram) + 1] += noise_variance
    return gram


def _invert_factor(matrix: Array) -> Array | None:
    """Return the inverse of the lower Cholesky factor, or None if there is no factor."""
    if not matrix.size:  # LAPACK would print a message
        return matrix
    factorise, invert = _find_lapack(matrix.dtype)
    factor, failed = factorise(matrix, lower=1, clean=1)
    if failed:
        return None
    inverse, failed = invert(factor, lower=1, overwrite_c=1)
    return None if failed else inverse


@cache
def _find_lapack(dtype: np.dtype[Any]) -> Any:
    return scipy.linalg.get_lapack_funcs(("potrf", "trtri"), dtype=dtype)


class EvidenceElimination:
    """The elimination of groups of coefficients from a Gaussian model, one by one.

    `mean`, (n, K), and `covariance` are in units of the prior deviations, and those of the
    groups in `alive`, given that all others are zero. Groups stand side by side, of the given
    sizes.
    """

    def __init__(self, mean: Array, covariance: Array, sizes: IntArray) -> None:
        self.mean, self.covariance = np.array(mean), np.array(covariance)
        self.alive = np.ones(sizes.size, dtype=bool)
        self._begins = np.cumsum(sizes) - sizes
        self._sizes = sizes
        self._of_one_size = [np.flatnonzero(sizes == size) for size in np.unique(sizes)]

    def find_gains(self) -> Array:
        """Return by how much every group raises the logarithm of the evidence.

        Infinite for groups that have been eliminated.
        """
        gains = np.full(self.alive.size, np.inf)
        for groups in self._of_one_size:
            chosen = groups[self.alive[groups]]
            members = self._begins[chosen, None] + np.arange(self._sizes[groups[0]])
            gains[chosen] = self._find_gains(members)
        return gains if np.iscomplexobj(self.mean) else gains / 2

    def _find_gains(self, members: IntArray) -> Array:
        """Return the gains of groups of one size; the members' shape is (n_groups, size)."""
        mean, n_channels = self.mean[members], self.mean.shape[1]
        blocks = self.covariance[members[:, :, None], members[:, None, :]]
        values, vectors = _decompose(blocks)
        energies = squared_magnitude(vectors.conj().swapaxes(1, 2) @ mean).sum(axis=2)
        result: Array = (n_channels * np.log(values) + energies / values).sum(axis=1)
        return result

    def eliminate(self, group: int) -> None:
        """Eliminate a group: condition the others on its being zero."""
        begin = self._begins[group]
        own = slice(begin, begin + self._sizes[group])
        values, vectors = _decompose(self.covariance[own, own])
        whiten = (vectors / np.sqrt(values)).conj().T
        rows = whiten @ self.covariance[own]
        self.mean -= rows.conj().T @ (whiten @ self.mean[own])
        self.covariance -= rows.conj().T @ rows
        self.mean[own] = self.covariance[own] = self.covariance[:, own] = 0
        self.alive[group] = False

    def run(self, least_gain: float, n_groups: int | None = None) -> None:
        """Eliminate groups, the least gain first, down to `n_groups` or gains of `least_gain`."""
        while self.alive.any():
            gains = self.find_gains()
            least = index_of_smallest(gains)
            if n_groups is None and not gains[least] < least_gain:
                return
            if n_groups is not None and np.count_nonzero(self.alive) <= n_groups:
                return
            self.eliminate(least)


def _decompose(blocks: Array) -> tuple[Array, Array]:
    """Return positive eigenvalues and eigenvectors of covariances."""
    if blocks.shape[-1] == 1:
        values, vectors = blocks[..., 0].real, np.ones_like(blocks)
    else:
        values, vectors = np.linalg.eigh(blocks)
    return np.maximum(values, np.finfo(values.dtype).tiny), vectors
