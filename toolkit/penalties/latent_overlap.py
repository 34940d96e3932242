"""The latent group penalty, for groups that overlap (Jacob, Obozinski and Vert, 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array
from ..groups import Groups
from .group_weights import GroupWeights
from .l21 import L21


@dataclass(frozen=True, eq=False)
class LatentOverlap(L21):
    """``alpha * min sum_g w_g ||v_g||`` over latent copies with ``sum_g v_g = x``: convex.

    Each group has its own copy of the coefficients that it shares; the support
    of the minimiser is a union of groups. Solvers work with the copies, for
    which this is the l2,1 norm, and return their sum as `coef`, the copies
    as `latent`. The columns of the operator are not copied.

    Parameters
    ----------
    alpha : float
        Strength, positive.
    group_weights : None, "sqrt" or array_like of float, optional
        As in `L21`.

    Raises
    ------
    ValueError
        If `alpha` is not positive, or a weight is negative or NaN.

    Examples
    --------
    >>> penalty, groups = LatentOverlap(1.0), Groups.from_lists([[0, 1], [1, 2]], 3)
    >>> penalty.copies(groups).n_groups, penalty.copies(groups).n_coefs
    (2, 4)
    """

    convex: ClassVar[bool] = True
    alpha: float
    group_weights: GroupWeights = None

    def copies(self, groups: Groups) -> Groups:
        """Return the grouping of the latent copies: the same groups, side by side.

        After the copies follow the coefficients that are in no group.
        """
        n_copies = groups.indices.size + groups.unpenalised.size
        return Groups(groups.indptr, np.arange(groups.indices.size), n_copies)

    def originals(self, groups: Groups) -> Array:
        """Return the flat position of the coefficient of each latent copy, shape (n_copies,)."""
        return np.concatenate([groups.indices, groups.unpenalised])
