"""One prior variance per group of columns, and the two updates that raise the evidence.

Both replace minus the logarithm of the evidence by a separable bound that touches it, so that
it never rises. In units of the present variance ``gamma_g``, with ``m_g`` the mean of
``|mean|^2 / K`` over the d members of the group and ``z_g`` that of their posterior variances:

- expectation maximisation (Wipf and Rao, 2007): ``gamma_g (m_g + z_g)``, which takes small
  steps and so passes by many local optima;
- the convex bound (Wipf and Nagarajan, "A new view of automatic relevance determination",
  2008): ``gamma_g (m_g / (1 - z_g))^(1/2)``, under which needless groups vanish at a geometric
  rate, where expectation maximisation has them decrease like one over the iterations.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude
from ...ties import falling_order
from .evidence import Posterior, posterior

_NEGLIGIBLE = 1e-3
"""Of a coefficient's variance: a group that the data reduce by less, and that shrinks, leaves."""


class GroupVariances:
    """The variances of the groups that are left, with their columns.

    Parameters
    ----------
    columns : ndarray, shape (n_rows, n)
        Group after group.
    sizes : ndarray of int, shape (n_groups,)
        How many columns each group has.
    energy : float
        What the columns, with their variances, are to explain at first, each group the same part.

    Attributes
    ----------
    kept : ndarray of int
        The groups that are left, increasing.
    columns, sizes : ndarray
        Of the groups that are left.
    gamma : ndarray of float
        Their variances.
    """

    def __init__(self, columns: Array, sizes: IntArray, energy: float) -> None:
        self.columns, self.sizes = columns, sizes
        self._begins = np.cumsum(sizes) - sizes
        self._energies = self._sums(squared_magnitude(columns).sum(axis=0))
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
        """The norm of what every group explains a priori, per channel."""
        return np.sqrt(self.gamma * self._energies)

    def posterior(self, data: Array, noise_variance: float) -> Posterior | None:
        """Return the posterior under the present variances, or None if singular to rounding."""
        return posterior(self.columns * self.deviations, data, noise_variance)

    def update(self, now: Posterior, *, convex_bound: bool) -> float:
        """Replace the variances, and let go of groups that matter no longer.

        Parameters
        ----------
        now : Posterior
            Under the present variances.
        convex_bound : bool
            Whether by the convex bound, rather than by expectation maximisation.

        Returns
        -------
        float
            The largest change of a group's part, relative to the largest part.
        """
        m = self._sums(squared_magnitude(now.mean).sum(axis=1)) / (now.mean.shape[1] * self.sizes)
        z = self._sums(now.variance) / self.sizes
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

    def strongest(self, n_columns: int) -> None:
        """Keep the groups with the largest parts.

        Parameters
        ----------
        n_columns : int
            The largest number of columns in all.
        """
        order = falling_order(self.parts)
        chosen = np.zeros(order.size, dtype=bool)
        chosen[order[np.cumsum(self.sizes[order]) <= n_columns]] = True
        self.keep(chosen)

    def keep(self, chosen: Array) -> None:
        """Let go of all groups but the chosen ones.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n_groups,)
            Of the groups that are left.
        """
        if chosen.all():
            return
        self.columns = np.asfortranarray(self.columns[:, np.repeat(chosen, self.sizes)])
        self.kept, self.sizes = self.kept[chosen], self.sizes[chosen]
        self.gamma, self._energies = self.gamma[chosen], self._energies[chosen]
        self._begins = np.cumsum(self.sizes) - self.sizes

    def _sums(self, values: Array) -> Array:
        """Return the sum over every group."""
        if not self.sizes.size:
            return np.zeros(0)
        result: Array = np.add.reduceat(values, self._begins)
        return result
