"""Rank-aware order-recursive matching pursuit: whole channels together, by the space they span.

At each step the group joins the active set whose columns, projected off the active
ones and made orthonormal, Q_g, lie closest to the signal space of the residual: with
an orthonormal basis U of it, ``||U^H Q_g||`` is largest (Davies and Eldar, "Rank
awareness in joint sparse recovery", 2012, algorithm RA-ORMP). How strong the signal is
in each direction of its space does not count, so a matrix of r independent channels
is worth r times as much as one channel. For a noisy residual, a basis of all that it
spans is mostly one of the noise; here U has the residual's numerical rank: as many
left singular vectors as there are singular values that noise would not reach.

Cost of a step with r directions of signal: one product with the adjoint for each new
column, and ``(n_rows + n_features) r^2``. Everything is up- or down-dated: the QR
factorisation of the active columns, what is left of the groups, and the correlations.
Norms of all columns are needed once: where an operator computes them from columns,
and for groups of several features, that costs all of its columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import IntArray
from ...checks import check_count
from ...groups import Groups
from ...reformulations.projected_groups import ProjectedGroups
from ...reformulations.signal_space import SignalSpace, compute_svd
from ...ties import index_of_largest
from ..least_squares.growing_fit import GreedyFit
from .greedy_solver import GreedySolver


@dataclass(frozen=True)
class RankAwareORMP(GreedySolver):
    """Rank-aware order-recursive matching pursuit (RA-ORMP) with a signal space of numerical rank.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise over all channels, taken to be white. Stop when the
        residual is not above it, and has no singular value that noise would
        hardly reach: it may be small enough with groups missing yet.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.
    rank : int, optional
        The rank of the signal. By default it is estimated from the singular
        values of the data and `noise_level`, or from these alone.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given; from
        `solve`, if `rank` exceeds the numerical rank of the data.

    Notes
    -----
    For one channel this is order-recursive matching pursuit, also known as
    orthogonal least squares: the group joins that lessens the residual most.
    The answer does not depend on the norms of columns, or the basis of a group.

    Where `noise_level` is known, give only that, even if the number s of active groups is
    known as well: a wrong choice is then followed by the right ones, and has a small norm
    in the end. The s groups of largest norm are the support far more often at low rank.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(40, 100, 10, 20, rank=8, snr_db=30, random_state=0)
    >>> solution = RankAwareORMP(n_groups=20).solve(data.problem)
    >>> bool(np.array_equal(solution.active_groups, data.active_groups))
    True
    """

    rank: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rank is not None:
            check_count("rank", self.rank)

    def _choice(self, fit: GreedyFit, known: IntArray) -> RankAwareChoice:
        return RankAwareChoice(fit, known, self.rank, self.noise_level, self.n_groups)


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
        space = SignalSpace.of(fit.view, rank, noise_level)
        shape = (fit.qr.n_rows, fit.view.n_channels)
        self._sigma = _deviation(space, shape, noise_level)
        rotation = space.rotation
        if rank is None:
            seen = int(np.count_nonzero(space.values > self._sigma * _edge(*shape)))
            rotation = rotation.leading(max(1, seen))
        self._signal = np.ascontiguousarray(rotation.reduce(fit.view.data))
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
        self._vectors, self._values, _ = compute_svd(self._signal)

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
