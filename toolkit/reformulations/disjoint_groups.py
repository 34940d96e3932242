"""A penalised problem in the form solvers work with: disjoint groups.

Groups that overlap become disjoint by latent copies; for any other penalty the
problem stays what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from ..groups import Groups
from ..operators import Joint, Replicated
from ..penalties import LatentOverlap, Penalty
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class Reformulation:
    """What to solve instead of a problem, and the way back.

    Attributes
    ----------
    original, problem : Problem
        What was asked, and what is solved: the same unless `replicated` is set.
    replicated : Replicated or None
        The operator on latent copies.
    """

    original: Problem
    problem: Problem
    replicated: Replicated | None = None

    def coefficients(self, x: Array) -> Array:
        """Return the coefficients asked for."""
        if self.replicated is None:
            return x
        return self._through(self.replicated.summed, x)

    def start(self, coef: Array) -> Array:
        """Return a starting point of what is solved."""
        x = self.original.copy_start(coef)
        if self.replicated is None:
            return x
        return self._through(self.replicated.shared, x)

    def latent(self, x: Array) -> Array | None:
        """Return the latent copies, if there are any."""
        return None if self.replicated is None else x

    def _through(self, kernel, x: Array) -> Array:  # type: ignore[no-untyped-def]
        operator = self.problem.operator
        if not isinstance(operator, Joint):
            result: Array = kernel(x)
            return result
        moved = kernel(operator.channels_first(x))
        return np.ascontiguousarray(operator.channels_home(moved))


def reformulated(problem: Problem, penalty: Penalty) -> Reformulation:
    """Return the problem with disjoint groups that stands for this one.

    Parameters
    ----------
    problem : Problem
        The problem.
    penalty : Penalty
        Its penalty.

    Returns
    -------
    Reformulation
        With latent copies for `LatentOverlap`, else the problem itself.

    Raises
    ------
    ValueError
        If groups overlap and the penalty is not for such.
    """
    latent = penalty.core
    if not isinstance(latent, LatentOverlap):
        if problem.groups.overlapping:
            raise ValueError(
                f"groups overlap; {type(latent).__name__} needs disjoint groups "
                "(LatentOverlap is for groups that overlap)"
            )
        return Reformulation(problem, problem)
    operator, groups = problem.operator, problem.groups
    if isinstance(operator, Joint) and _holds_channels(operator, problem):
        features = groups.features
        assert features is not None
        replicated = Replicated(operator.operator, latent.originals(features))
        joint = Joint(replicated, operator.n_channels, operator.channel_axis)
        copies = latent.copies(features).over_channels(joint.domain_shape, joint.channel_axis)
        return Reformulation(problem, Problem(joint, problem.data, copies), replicated)
    replicated = Replicated(operator, latent.originals(groups))
    lifted = Problem(replicated, problem.data, latent.copies(groups))
    return Reformulation(problem, lifted, replicated)


def latent_groups(problem: Problem) -> Groups:
    """Return the grouping of the latent copies of a problem.

    Parameters
    ----------
    problem : Problem
        With groups that may overlap.

    Returns
    -------
    Groups
        Over ``Solution.latent``.
    """
    return reformulated(problem, LatentOverlap(1.0)).problem.groups


def _holds_channels(operator: Joint, problem: Problem) -> bool:
    """Return whether every group holds its features in all channels of the operator."""
    groups = problem.groups
    axis = operator.channel_axis % len(problem.shape)
    return groups.features is not None and groups.channel_axis == axis
