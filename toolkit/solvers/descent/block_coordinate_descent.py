"""Block coordinate descent with working sets for ``F(A x) + penalty(x)``.

The groups that violate optimality most enter a working set; there one group
after another is minimised exactly (eigendecomposition of its Gram matrix, then
one equation for its norm, see `block_steps`), first all, then only those that
are not zero, extrapolated by Anderson's method; the full gradient then shows
whether the problem is solved or which groups are missing. From a cold start the
strength falls in stages from the critical one (`staged_session`). Cost: one
product with the adjoint per gradient; per sweep, two passes over the active
columns, or one over their Gram matrix, which is made once sweeping over columns
has cost as much. A loss that is not squared is replaced by weighted least squares,
again and again (proximal Newton, see `newton.session`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from ...arrays import Array
from ...checks import check_count, check_positive
from ...losses import Loss, Squared
from ...penalties import GroupL0, Penalty, WithBounds
from ...penalties.block_forms import TwoThresholds
from ...problem import Problem
from ...reformulations.channel_parts import ChannelParts
from ...reformulations.disjoint_groups import make_disjoint
from ...solution import Progress, Solution
from ..optimality.session import PenalisedSolver
from .banded.session import BandedSession
from .descent_session import DescentSession
from .newton.session import NewtonSession
from .staged_session import StagedSession


@dataclass(frozen=True)
class BlockCoordinateDescent(PenalisedSolver):
    """Block coordinate descent with a working set of groups, for convex and concave penalties.

    Parameters
    ----------
    penalty : Penalty
        The penalty, with its strength; any but `GroupL0` and `WithBounds`.
    tol : float, default 1e-6
        Stop when the smallest subgradient of the objective has at most `tol`
        times the norm of the gradient at zero, ``A^H y`` for the squared loss, or where
        rounding halts it below 50 times the precision of the data. The suboptimality
        falls with its square, the duality gap in proportion.
    max_iter : int, default 10000
        The largest number of sweeps over groups.
    callback : callable, optional
        Called with a `Progress` after each full gradient; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    Needs the columns of the operator: made for matrices, dense and sparse.
    Any operator works, but a matrix-free one is applied to one unit vector for
    every working feature; `FISTA` suits those. For convolutions, one or one per
    channel, only the bands of the Gram matrix are needed, every trace is a
    problem by itself, and iterations are those of the slowest.

    Without `start`, the path from the critical strength leads to the solution;
    of the many stationary points of a folded concave penalty, its small steps
    lead to a good one. The certificate is a duality gap if the penalty is
    convex, else the distance to the subdifferential. `history` holds, per full
    gradient: "objective", "criterion", "alpha", "n_working"; for convolutions,
    per strength: "alpha", "criterion".

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.penalties import L21
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> BlockCoordinateDescent(L21(1.0)).solve(problem).coef
    array([2.4, 3.2, 0. , 0. ])
    """

    accepted_penalties: ClassVar[str] = "L21, SparseGroup, LatentOverlap, GroupMCP or GroupSCAD"
    refused_penalties: ClassVar[tuple[type[Penalty], ...]] = (GroupL0, WithBounds)
    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    penalty: Penalty
    tol: float = 1e-6
    max_iter: int = 10000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        self.check_penalty()
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Minimise the penalised problem."""
        session = self.session(problem)
        if start is not None:
            session.begin(start)
        return session.solve(self.penalty.alpha)

    def session(self, problem: Problem) -> StagedSession:
        """Return a session that solves one strength after another, each from the last.

        It is a `BandedSession` where every channel's Gram matrix is banded, and a
        `NewtonSession` for a loss that is not `Squared`.
        """
        parts = _find_banded_parts(problem, self.penalty)
        if parts is not None:
            return BandedSession(parts, self.penalty, self.tol, self.max_iter, self.callback)
        form = make_disjoint(problem, self.penalty)
        kind = DescentSession if isinstance(problem.loss, Squared) else NewtonSession
        return kind(form, self.penalty, self.tol, self.max_iter, self.callback)


def _find_banded_parts(problem: Problem, penalty: Penalty) -> ChannelParts | None:
    """Return the channels of a problem that a `BandedSession` can solve, or None for others.

    A sample's block is a number in every channel, and only records couple samples.
    """
    if penalty.ridge or not isinstance(problem.loss, Squared):
        return None
    parts = ChannelParts.of(problem)
    if parts is None or not parts.are_banded:
        return None
    return None if isinstance(penalty.block_form(problem.groups), TwoThresholds) else parts
