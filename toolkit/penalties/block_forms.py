"""What compiled block coordinate descent needs to know of a penalty: arrays over the groups."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ..arrays import Array


class LinearSlope(NamedTuple):
    """A slope that falls linearly to zero as the norm grows: l2,1 (not at all) and MCP.

    Attributes
    ----------
    strengths : ndarray of float, shape (n_groups,)
        The slope at zero.
    fall : float
        By how much it falls per unit of the norm.
    """

    strengths: Array
    fall: float


class ClippedSlope(NamedTuple):
    """The slope of SCAD: constant, then falling linearly to zero.

    Attributes
    ----------
    strengths : ndarray of float, shape (n_groups,)
        The slope at zero.
    gamma : float
        The slope is zero from ``gamma`` times the strength on.
    """

    strengths: Array
    gamma: float


class TwoThresholds(NamedTuple):
    """The l1 norm of the entries beside the norm of the group.

    Attributes
    ----------
    strengths : ndarray of float, shape (n_groups,)
        The strength of the norm.
    of_entries : ndarray of float, shape (n_groups,)
        The strength of the l1 norm.
    """

    strengths: Array
    of_entries: Array


BlockForm: TypeAlias = LinearSlope | ClippedSlope | TwoThresholds
