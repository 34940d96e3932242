"""A penalised problem in the form that solvers work with: disjoint groups.

For `LatentOverlap`, groups that overlap become disjoint by latent copies; for any other
penalty the problem stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from ..groups import Groups
from ..operators import Joint, Replicated
from ..penalties import LatentOverlap, Penalty
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class DisjointForm:
    """The problem to solve instead of the original, and the way back.

    The two are the same unless there is a replicated operator, on latent copies.
    """

    original: Problem
    problem: Problem
    replicated: Replicated | None = None

    def coefficients(self, x: Array) -> Array:
        """Return the coefficients of the original problem."""
        if self.replicated is None:
            return x
        return self._apply_per_channel(self.replicated.sum_copies, x)

    def start(self, coef: Array) -> Array:
        """Return coefficients to start the disjoint problem from."""
        x = self.original.copy_start(coef)
        if self.replicated is None:
            return x
        return self._apply_per_channel(self.replicated.divide, x)

    def latent(self, x: Array) -> Array | None:
        """Return the latent copies, if there are any."""
        return None if self.replicated is None else x

    def _apply_per_channel(self, kernel: Callable[[Array], Array], x: Array) -> Array:
        operator = self.problem.operator
        if not isinstance(operator, Joint):
            result: Array = kernel(x)
            return result
        moved = kernel(operator.channels_first(x))
        return np.ascontiguousarray(operator.channels_home(moved))


def make_disjoint(problem: Problem, penalty: Penalty) -> DisjointForm:
    """Return the form of a problem with disjoint groups.

    A `ValueError` if groups overlap and the penalty needs disjoint ones.
    """
    latent = penalty.base
    if not isinstance(latent, LatentOverlap):
        if problem.groups.overlapping:
            raise ValueError(
                f"groups overlap; {type(latent).__name__} needs disjoint groups "
                "(LatentOverlap is for groups that overlap)"
            )
        return DisjointForm(problem, problem)
    operator, groups = problem.operator, problem.groups
    if isinstance(operator, Joint) and _holds_channels(operator, problem):
        features = groups.features
        assert features is not None
        replicated = Replicated(operator.operator, latent.originals(features))
        joint = Joint(replicated, operator.n_channels, operator.channel_axis)
        copies = latent.copies(features).over_channels(joint.domain_shape, joint.channel_axis)
        return DisjointForm(problem, problem.with_operator(joint, copies), replicated)
    replicated = Replicated(operator, latent.originals(groups))
    lifted = problem.with_operator(replicated, latent.copies(groups))
    return DisjointForm(problem, lifted, replicated)


def make_latent_groups(problem: Problem) -> Groups:
    """Return the groups of the latent copies of a problem, over ``Solution.latent``."""
    return make_disjoint(problem, LatentOverlap(1.0)).problem.groups


def _holds_channels(operator: Joint, problem: Problem) -> bool:
    """Return whether every group holds its features in all channels of the operator."""
    groups = problem.groups
    axis = operator.channel_axis % len(problem.shape)
    return groups.features is not None and groups.channel_axis == axis
