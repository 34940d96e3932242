"""The active features with their variances, and the evidence for every other feature.

With noise of variance 1 / beta and members S, the posterior has the covariance
``Sigma = (diag(1 / g) + beta G_SS)^-1`` and the mean ``mu = beta Sigma c_S``. For every feature m
the sparsity ``s_m = beta G_mm - beta^2 G_mS Sigma G_Sm`` and the quality
``q_m = beta c_m - beta G_mS mu`` are kept. To add or remove a member, or change its variance, is
a change of rank one of all of these (Tipping and Faul, 2003, appendix): O(n_S n) per channel,
less where the Gram matrix is banded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...arrays import Array, IntArray
from .channel_grams import ChannelGrams
from .marginal_kernels import add_outer, find_best_newcomer, find_gains, spread

_ROOM = 16
_REFRESH = 200  # changes until everything is recomputed, for rounding
_NEGLIGIBLE = 1e-13
_UNRESOLVED = 1e-9  # of a column's energy: less, beside the members, is rounding
_DIGITS = 100.0  # at least so many times the precision of the operators
_DRIFT = 1e-3  # errors of qualities, in units of their noise, until everything is recomputed


class Newcomer(NamedTuple):
    """A feature that may join: -1 if none gains enough, with its gain and variance."""

    feature: int
    gain: float
    variance: float


class MarginalState:
    """The members and their variances, at a given variance of the noise in every entry."""

    def __init__(self, grams: ChannelGrams, noise_variance: float) -> None:
        self.grams, self.beta = grams, 1 / noise_variance
        n_grams, n = grams.diagonals.shape
        self.dtype = np.result_type(grams.correlations.dtype, np.float64)
        self.members: IntArray = np.empty(0, np.intp)
        self.variances = np.empty(0)
        self.taken = np.zeros(n, dtype=bool)
        self._rows = np.zeros((_ROOM, n_grams, n), self.dtype)
        self._ranges = np.zeros((_ROOM, 2), np.intp)
        self._changes = 0
        least = max(_UNRESOLVED, _DIGITS * grams.precision)
        self._least = least * self.beta * grams.diagonals
        self.refresh()

    def refresh(self) -> None:
        """Recompute everything from members and variances."""
        size, rows = self.members.size, self._rows[: self.members.size]
        correlations = self.grams.correlations
        self.sparsity = self.beta * self.grams.diagonals
        self.quality = (self.beta * correlations).astype(self.dtype)
        root = np.sqrt(self.variances)  # so that large variances do not spoil the condition
        precision = self.beta * rows[:, :, self.members].swapaxes(0, 1)
        scaled = root[:, None] * precision * root + np.eye(size)
        self.covariance = root[:, None] * np.linalg.inv(scaled) * root
        right = self.beta * correlations[:, self.members, None]
        mean = self.covariance @ right
        mean += self.covariance @ (right - precision @ mean - mean / self.variances[:, None])
        self.mean = mean[..., 0]
        if size:
            by_gram = rows.swapaxes(0, 1)
            reached = self.covariance @ by_gram
            self.sparsity -= self.beta**2 * np.einsum("dim,dim->dm", by_gram.conj(), reached).real
            self.quality -= self.beta * (self.mean[:, None] @ by_gram.conj())[:, 0]
        self._changes = 0
        self._least_drift = self._find_drift()

    def find_member_gains(self) -> tuple[Array, Array, Array]:
        """Return what every member gains, would gain with its best variance, and that variance."""
        diagonal = np.einsum("dii->di", self.covariance).real
        # The sparsity beside the other members, or the least that is not rounding.
        sparsity = np.maximum(1 / diagonal - 1 / self.variances, self._least[:, self.members])
        gains: tuple[Array, Array, Array] = find_gains(
            self.mean / diagonal, sparsity, self.variances
        )
        return gains

    def find_newcomer(self, floor: float) -> Newcomer:
        """Return the feature that gains most, if any gains more than `floor`."""
        return self._find_best(self.quality, self.sparsity, self.taken, floor)

    def find_replacement(self, place: int, floor: float) -> Newcomer:
        """Return the feature that gains most if a member is removed."""
        quality, sparsity = self.quality.copy(), self.sparsity.copy()
        diagonal = self.covariance[:, place, place].real
        column, mean = self.covariance[:, :, place], self.mean[:, place]
        self._spread(column, 1 / diagonal, mean, sparsity, quality)
        taken = self.taken.copy()
        taken[self.members[place]] = False
        return self._find_best(quality, sparsity, taken, floor)

    def _find_best(self, quality: Array, sparsity: Array, taken: Array, floor: float) -> Newcomer:
        """Return which feature, not taken and not explained by members, gains most."""
        unresolved = (sparsity < self._least) & (self._least > 0)
        taken = taken | unresolved.any(axis=0)
        return Newcomer(*find_best_newcomer(quality, sparsity, taken, floor))

    def add(self, newcomer: Newcomer) -> None:
        """Add a feature to the members."""
        feature, size = newcomer.feature, self.members.size
        self._make_room(size + 1)
        self._ranges[size] = self.grams.write_row(feature, self._rows[size])
        column = self._rows[:size, :, feature].T
        reached = self.beta * (self.covariance @ column[..., None])[..., 0]
        variance = 1 / (1 / newcomer.variance + self.sparsity[:, feature])
        mean = variance * self.quality[:, feature]
        direction = np.concatenate([-reached, np.ones((len(reached), 1), self.dtype)], axis=1)
        grown = np.zeros((len(reached), size + 1, size + 1), self.dtype)
        grown[:, :size, :size] = self.covariance
        add_outer(grown, variance, direction)
        self.covariance = grown
        self.mean = np.concatenate([self.mean, np.zeros((len(mean), 1), self.dtype)], axis=1)
        self.mean = self.mean + mean[:, None] * direction
        self.members = np.append(self.members, feature)
        self.variances = np.append(self.variances, newcomer.variance)
        self.taken[feature] = True
        # The qualities of the other features lose what the new mean explains.
        self._spread(direction, -variance, self.quality[:, feature].copy())
        self._count_change()

    def change(self, place: int, variance: float) -> None:
        """Change the variance of a member."""
        before = self.variances[place]
        self.variances = self.variances.copy()
        self.variances[place] = variance
        difference = 1 / variance - 1 / before
        if difference:
            diagonal = self.covariance[:, place, place].real
            self._downdate(place, difference / (1 + difference * diagonal))
        self._count_change()

    def remove(self, place: int) -> None:
        """Remove a member."""
        self._downdate(place, 1 / self.covariance[:, place, place].real)
        size = self.members.size
        kept = np.delete(np.arange(size), place)
        self.taken[self.members[place]] = False
        self.members, self.variances = self.members[kept], self.variances[kept]
        self._rows[: size - 1], self._ranges[: size - 1] = self._rows[kept], self._ranges[kept]
        self.covariance = self.covariance[:, kept][:, :, kept]
        self.mean = self.mean[:, kept]
        self._count_change()

    def _downdate(self, place: int, factor: Array) -> None:
        """Change the precision of one member; `factor` is that of its column of the covariance."""
        column = self.covariance[:, :, place].copy()
        mean = self.mean[:, place].copy()
        self._spread(column, factor, mean)
        self.mean = self.mean - (factor * mean)[:, None] * column
        add_outer(self.covariance, -factor, column)

    def _spread(
        self,
        weights: Array,
        factor: Array,
        mean: Array,
        sparsity: Array | None = None,
        quality: Array | None = None,
    ) -> None:
        size = weights.shape[1]
        weights = self.beta * weights
        largest = np.abs(weights).max(axis=1, keepdims=True)
        weights[np.abs(weights) < _NEGLIGIBLE * largest] = 0
        spread(
            self._rows[:size],
            self._ranges[:size],
            weights,
            factor,
            factor * mean,
            self.sparsity if sparsity is None else sparsity,
            self.quality if quality is None else quality,
        )

    def _count_change(self) -> None:
        self._changes += 1
        if self._changes >= _REFRESH or self._find_drift() > max(_DRIFT, 10 * self._least_drift):
            self.refresh()

    @property
    def is_lost(self) -> bool:
        """Whether rounding is as large as the noise, even where everything is recomputed."""
        return not self._least_drift <= 1

    def _find_drift(self) -> float:
        """Return the largest error of a member's quality, its mean over its variance."""
        off = np.abs(self.quality[:, self.members] - self.mean / self.variances)
        noise = np.sqrt(self.beta * self.grams.diagonals[:, self.members])
        return float(np.divide(off, noise, out=np.zeros_like(off), where=noise > 0).max(initial=0))

    def _make_room(self, size: int) -> None:
        if size > len(self._rows):
            for name in ("_rows", "_ranges"):
                old = getattr(self, name)
                new = np.zeros((2 * len(old), *old.shape[1:]), old.dtype)
                new[: len(old)] = old
                setattr(self, name, new)

    def find_misfit(self, values: Array) -> float:
        """Return the squared norm of the residual of coefficients, (K, n_members)."""
        gram = self._rows[: self.members.size][:, :, self.members].swapaxes(0, 1)
        correlations = self.grams.correlations[:, self.members]
        image = (gram @ values[..., None])[..., 0]
        cross = 2 * correlations - image
        return max(0.0, self.grams.energy - float(np.vdot(values, cross).real))

    def fit_members(self) -> Array:
        """Return the coefficients of the members that fit best, shape (K, n_members)."""
        gram = self._rows[: self.members.size][:, :, self.members].swapaxes(0, 1)
        right = self.grams.correlations[:, self.members]
        least = max(1e-10, _DIGITS * self.grams.precision)
        inverse = np.linalg.pinv(gram, rcond=least, hermitian=True)
        fitted: Array = (inverse @ right[..., None])[..., 0]
        return fitted
