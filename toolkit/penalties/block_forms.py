"""Forms of penalties for compiled block coordinate descent: arrays over the groups."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ..arrays import Array


class LinearSlope(NamedTuple):
    """A slope that falls linearly to zero as the norm grows: l2,1 (``fall = 0``) and MCP.

    `strengths` (n_groups,) are the slopes at zero, `fall` is the decrease per unit of the norm.
    """

    strengths: Array
    fall: float


class ClippedSlope(NamedTuple):
    """The slope of SCAD: constant, then falling linearly to zero.

    `strengths` (n_groups,) are the slopes at zero; from `gamma` times the strength on it is zero.
    """

    strengths: Array
    gamma: float


class TwoThresholds(NamedTuple):
    """The l1 norm of the entries and the norm of the group.

    `strengths` (n_groups,) multiply the norm, a row of `of_entries` the magnitudes of a group's
    features; its last value is that of all further ones.
    """

    strengths: Array
    of_entries: Array


BlockForm: TypeAlias = LinearSlope | ClippedSlope | TwoThresholds
