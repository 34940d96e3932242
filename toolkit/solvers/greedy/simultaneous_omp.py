"""Simultaneous orthogonal matching pursuit: rows that many channels share.

At each step the group joins the active set whose correlations with the residual
are largest in sum over the channels: of ``|<a_n, r_k>|`` for rows (Tropp, Gilbert
and Strauss, "Algorithms for simultaneous sparse approximation. Part I: greedy
pursuit", 2006, algorithm 3.1), or in another norm over the channels (Chen and Huo,
"Theoretical results on sparse representations of multiple-measurement vectors",
2006). The data are then fitted again by least squares on all
active columns. A QR factorisation of these is updated. Cost per step: one product
with the adjoint for every channel, and ``n_rows * n_active``.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ...arrays import IntArray
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...short_text import shorten
from ..least_squares.growing_fit import GreedyFit
from .correlation_choice import CorrelationChoice
from .pursuit import GreedySolver


@dataclass(frozen=True)
class SimultaneousOMP(GreedySolver):
    """Simultaneous orthogonal matching pursuit: greedy selection of rows shared by all channels.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise over all channels: stop when the residual is not
        above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.
    norm : {1, 2, inf}
        Of the correlations over the channels. Published with 1.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    The groups that are not zero in `start` are known to be active and fitted first. The
    solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the
    normal equations; `history` holds, per step: "group", "n_active", "residual_norm".

    A group of several features in each channel counts in a channel with the
    Euclidean norm of its correlations there. With ``norm=2``, and where there is
    one channel, this is `BlockOMP`. Rows are compared in the columns as given.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.eye(3), [[3.0, 3.0], [0.0, 5.0], [0.0, 0.0]])
    >>> SimultaneousOMP(n_groups=1).solve(problem).active_groups
    array([0])
    >>> SimultaneousOMP(n_groups=1, norm=2).solve(problem).active_groups
    array([1])
    """

    norm: float = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.norm, Real) or self.norm not in (1, 2, np.inf):
            raise ValueError(f"norm must be 1, 2 or inf, got {shorten(self.norm)}")

    def view_problem(self, problem: Problem) -> FeatureView:
        """Return the view of a problem that the pursuit works in."""
        # Only the Euclidean norm over channels stays the same when they are rotated.
        return FeatureView.of(problem, rotate=self.norm == 2, rescale=True)

    def make_choice(self, fit: GreedyFit, known: IntArray) -> CorrelationChoice:
        """Return the choice by a norm of correlations over the channels."""
        return CorrelationChoice(fit, known, norm=self.norm)
