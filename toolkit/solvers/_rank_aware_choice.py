"""Which group lies closest to the signal space of the residual.

The channels of the data are combined to r, the numerical rank of the data; these
are projected off the active columns step by step. The signal space of what is left
is spanned by the left singular vectors whose singular values noise alone would not
reach, and its rank cannot exceed the number of columns still to be found, if that is
given. Correlations with the r combinations are up-dated, and with them those with the
singular vectors.

The largest squared singular value of white noise of deviation sigma in m x n is
``sigma^2 (mu + s T)`` with ``mu = (sqrt(m) + sqrt(n))^2`` and ``s = sqrt(mu) (m^(-1/2) +
n^(-1/2))^(1/3)`` (Johnstone, "On the distribution of the largest eigenvalue in
principal components analysis", 2001, theorem 1.1). T is below 2 in 99 of 100 cases.
"""

from __future__ import annotations

import numpy as np

from ..arrays import IntArray
from ..groups import Groups
from ..ties import index_of_largest
from ._greedy_fit import GreedyFit
from ._projected_groups import ProjectedGroups
from ._signal_space import SignalSpace, decomposed, signal_space_of

_ROUNDING = 100.0
_UNLIKELY = 2.0


class RankAwareChoice:
    """The groups that may still be chosen, and how close each is to the signal space.

    Parameters
    ----------
    fit : GreedyFit
        The fit, to which groups are added through this object from now on.
    known : ndarray of int
        Groups that have been fitted before.
    rank : int, optional
        The rank of the signal; estimated if not given.
    noise_level : float, optional
        The norm of the noise; estimated from the data if not given.
    n_groups : int, optional
        How many groups are active at the end.

    Raises
    ------
    ValueError
        If `rank` exceeds the numerical rank of the data.
    """

    def __init__(
        self,
        fit: GreedyFit,
        known: IntArray,
        rank: int | None,
        noise_level: float | None,
        n_groups: int | None,
    ) -> None:
        self.fit, self.groups = fit, fit.view.groups
        self._rounding = _ROUNDING * float(np.finfo(fit.residual.dtype).eps) * fit.data_norm
        self._most_columns = _most_columns(self.groups, n_groups)
        space = signal_space_of(fit.view, rank, noise_level)
        shape = (fit.qr.n_rows, fit.view.n_channels)
        self._sigma = _deviation(space, shape, noise_level)
        channels = space.channels
        if rank is None:
            seen = int(np.count_nonzero(space.values > self._sigma * _edge(*shape)))
            channels = channels[:, : max(1, seen)]
        self._signal = np.ascontiguousarray(channels.conj().T @ fit.view.data)
        self._projected = ProjectedGroups(fit.view)
        self._images = self._projected.correlations(self._signal)
        self._eligible = np.ones(self.groups.n_groups, dtype=bool)
        self._eligible[known] = False
        self._project(0)
        self._all_noise = noise_level is not None and fit.residual_norm <= noise_level

    @property
    def is_finite(self) -> bool:
        """Whether the operator has given numbers so far."""
        return bool(np.isfinite(self._images).all())

    @property
    def sees_signal(self) -> bool:
        """Whether a singular value of the residual is beyond the edge of the noise."""
        return not self._all_noise and float(self._values.max(initial=0.0)) > self._edge

    def best(self) -> int | None:
        """Return the group closest to the residual's signal space, if one is beyond rounding."""
        rank = self._rank()
        if not rank or not self._eligible.any():
            return None
        weights = self._vectors[:, :rank].conj().T / self._values[:rank, None]
        scores = self._projected.explained(weights @ self._images)
        scores[~self._eligible] = -1
        group = index_of_largest(scores)
        floor = rank * (self._rounding / float(self._values[rank - 1])) ** 2
        return group if floor < scores[group] < np.inf else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        before = self.fit.qr.size
        self.fit.include(self.groups.members(group))
        self._eligible[group] = False
        self._all_noise = False
        self._project(before)
        return self.fit.qr.size > before

    def _project(self, begin: int) -> None:
        """Project signal and groups off the vectors from `begin` on."""
        qr = self.fit.qr
        if qr.size > begin:
            images = self._projected.correlations(qr.vectors[begin:])
            self._images -= qr.take_out(self._signal, begin) @ images
            self._projected.take_out(images)
        self._vectors, self._values, _ = decomposed(self._signal)

    @property
    def _edge(self) -> float:
        """The largest singular value that may be noise."""
        n_left = self.fit.qr.n_rows - self.fit.qr.size
        return max(self._sigma * _edge(n_left, len(self._signal)), self._rounding)

    def _rank(self) -> int:
        """Return the rank of the residual's signal space: at least one unless it is rounding."""
        rank = max(1, int(np.count_nonzero(self._values > self._edge)))
        if self._most_columns is not None:
            rank = min(rank, max(1, self._most_columns - self.fit.qr.size))
        return min(rank, int(np.count_nonzero(self._values > self._rounding)))


def _most_columns(groups: Groups, n_groups: int | None) -> int | None:
    """Return how many columns are active at most at the end."""
    if n_groups is None or not groups.n_groups:
        return None
    return n_groups * int(groups.sizes.max()) + groups.unpenalised.size


def _deviation(space: SignalSpace, shape: tuple[int, int], noise_level: float | None) -> float:
    """Return the standard deviation of the noise, from what is beside the signal if need be."""
    if noise_level is not None:
        return float(noise_level / np.sqrt(shape[0] * shape[1]))
    beside = (shape[0] - space.rank) * (shape[1] - space.rank)
    tail = float(np.linalg.norm(space.values[space.rank :]))
    return tail / float(np.sqrt(beside)) if beside else 0.0


def _edge(n_rows: int, n_columns: int) -> float:
    """Return what the singular values of noise of variance one hardly ever exceed."""
    extents = np.sqrt(np.maximum([n_rows, n_columns], 1.0))
    centre = float(extents.sum())
    return float(np.sqrt(centre**2 + _UNLIKELY * centre * np.cbrt((1 / extents).sum())))
