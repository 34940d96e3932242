"""Rank-aware order-recursive matching pursuit: by the space that all channels span.

At each step the group joins the active set whose columns, projected off the active
ones and made orthonormal, Q_g, lie closest to the signal space of the residual: with
an orthonormal basis U of it, ``||U^H Q_g||`` is largest (Davies and Eldar, "Rank
awareness in joint sparse recovery", 2012, algorithm RA-ORMP). The strength of the signal
in each direction of its space does not count, so r independent channels help r times as
much as one. A basis of all that a noisy residual spans is mostly one of the noise; here
U has the residual's numerical rank: as many left singular vectors as there are singular
values that noise would not reach.

Cost of a step with r directions of signal: one product with the adjoint for each new
column, and ``(n_rows + n_features) r^2``. The QR factorisation of the active columns is
updated, the projected groups and the correlations are downdated. Norms of all columns are
needed once: where an operator computes them from columns, and for groups of several
features, that costs all of its columns.
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
from .pursuit import Choice, GreedySolver


@dataclass(frozen=True)
class RankAwareORMP(GreedySolver):
    """Rank-aware order-recursive matching pursuit (RA-ORMP).

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise over all channels, taken to be white. Stop when the
        residual is not above it and has no singular value that noise alone rarely
        reaches: it may be small enough while groups are still missing.
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
    The groups that are not zero in `start` are known to be active and fitted first. The
    solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the
    normal equations; `history` holds, per step: "group", "n_active", "residual_norm".

    For one channel this is order-recursive matching pursuit, also known as
    orthogonal least squares: the group that reduces the residual most joins.
    The answer does not depend on the norms of columns, or the basis of a group.

    Where `noise_level` is known, give only that, even if the number s of active groups is
    known as well: the right groups then still follow a wrong one, whose norm is small
    in the end. At low rank the s groups of largest norm are the support far more often.

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

    def make_choice(self, fit: GreedyFit, known: IntArray) -> RankAwareChoice:
        """Return the choice by the signal space of the residual."""
        return RankAwareChoice(fit, known, self.rank, self.noise_level, self.n_groups)


_UNLIKELY = 2.0


class RankAwareChoice(Choice):
    """The choice of the group closest to the residual's signal space.

    The rank of the signal and the norm of the noise are estimated if not given; `n_groups`
    limits the columns at the end. A `ValueError` if the rank exceeds that of the data.
    """

    def __init__(
        self,
        fit: GreedyFit,
        known: IntArray,
        rank: int | None,
        noise_level: float | None,
        n_groups: int | None,
    ) -> None:
        super().__init__(fit, known)
        self.fit = fit
        self._most_columns = _count_columns(self.groups, n_groups)
        space = SignalSpace.of(fit.view, rank, noise_level)
        shape = (fit.qr.n_rows, fit.view.n_channels)
        self._sigma = _find_deviation(space, shape, noise_level)
        rotation = space.rotation
        if rank is None:
            seen = int(np.count_nonzero(space.values > self._sigma * _find_edge(*shape)))
            rotation = rotation.keep_leading(max(1, seen))
        self._signal = np.ascontiguousarray(rotation.reduce(fit.view.data))
        self._projected = ProjectedGroups(fit.view)
        self._images = self._projected.correlations(self._signal)
        self._project(0)
        self._all_noise = noise_level is not None and fit.residual_norm <= noise_level

    @property
    def is_finite(self) -> bool:
        """Whether all that the operator returned so far is finite."""
        return bool(np.isfinite(self._images).all())

    @property
    def sees_signal(self) -> bool:
        """Whether a singular value of the residual is beyond the edge of the noise."""
        return not self._all_noise and float(self._values.max(initial=0.0)) > self._edge

    def find_best(self) -> int | None:
        """Return the group closest to the residual's signal space, if one is beyond rounding."""
        rank = self._find_rank()
        if not rank or not self._eligible.any():
            return None
        weights = self._vectors[:, :rank].conj().T / self._values[:rank, None]
        scores = self._projected.find_explained(weights @ self._images)
        scores[~self._eligible] = -1
        group = index_of_largest(scores)
        floor = rank * (self._rounding / float(self._values[rank - 1])) ** 2
        return group if floor < scores[group] < np.inf else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        before = self._fit_group(self.fit, group)
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
        return max(self._sigma * _find_edge(n_left, len(self._signal)), self._rounding)

    def _find_rank(self) -> int:
        """Return the rank of the residual's signal space: at least one unless it is rounding."""
        rank = max(1, int(np.count_nonzero(self._values > self._edge)))
        if self._most_columns is not None:
            rank = min(rank, max(1, self._most_columns - self.fit.qr.size))
        return min(rank, int(np.count_nonzero(self._values > self._rounding)))


def _count_columns(groups: Groups, n_groups: int | None) -> int | None:
    """Return how many columns are active at most at the end."""
    if n_groups is None or not groups.n_groups:
        return None
    return n_groups * int(groups.sizes.max()) + groups.unpenalised.size


def _find_deviation(space: SignalSpace, shape: tuple[int, int], noise_level: float | None) -> float:
    """Return the standard deviation of the noise, estimated beside the signal if not given."""
    if noise_level is not None:
        return float(noise_level / np.sqrt(shape[0] * shape[1]))
    beside = (shape[0] - space.rank) * (shape[1] - space.rank)
    tail = float(np.linalg.norm(space.values[space.rank :]))
    return tail / float(np.sqrt(beside)) if beside else 0.0


def _find_edge(n_rows: int, n_columns: int) -> float:
    """Return a bound that singular values of noise of variance one rarely exceed."""
    extents = np.sqrt(np.maximum([n_rows, n_columns], 1.0))
    centre = float(extents.sum())
    return float(np.sqrt(centre**2 + _UNLIKELY * centre * np.cbrt((1 / extents).sum())))
