"""The result of a solver: coefficients, how the solver ended, how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from .arrays import Array, IntArray

_NOTHING = "the noise level or the strength is above all data: nothing was recovered"


class Status(Enum):
    """How a solver ended; the value is a message for people."""

    CONVERGED = "converged to the requested accuracy"
    MAX_ITER = "stopped at the largest number of iterations before converging"
    STOPPED = "stopped by the callback"
    SATURATED = "the data cannot determine more groups: n_groups or the noise level is not reached"
    INTERPOLATED = "as many coefficients are active as there are data: the groups mean nothing"
    RANK_UNCERTAIN = (
        "as many groups as the estimated rank do not explain the data: "
        "give rank, n_groups or noise_level"
    )
    DIVERGED = "the objective was no longer finite: the step is too long, or the operator is broken"
    UNBOUNDED = (
        "the loss has no minimum, it falls for ever as coefficients grow (separable classes, a "
        "monotone likelihood, or no counts where a feature is not zero): add a penalty or a ridge"
    )
    NOISE_LEVEL_NOT_REACHED = "the path ended before the residual fell to the noise level"
    RANK_LOST = "the coefficients came near a lower rank, where the penalty jumps; use gamma > 0"

    @property
    def is_success(self) -> bool:
        """Whether the solver reached what it was asked for."""
        return self is Status.CONVERGED


class CertificateKind(Enum):
    """The measure of optimality that a certificate states; all are zero at an optimum."""

    DUALITY_GAP = "duality gap"
    """The objective is at most this far above the optimum."""
    SUBDIFFERENTIAL_DISTANCE = "subdifferential distance"
    """The norm of the smallest subgradient of the objective."""
    COORDINATEWISE = "coordinatewise"
    """The relative violation of the thresholds of the l0(l2) problem: by how much the norm of
    a group's contribution to the data is on the wrong side, while all others keep theirs."""
    SINGLE_CHANGE = "single change"
    """The same while all others are fitted again: zero exactly where no group that joins or
    leaves lowers the objective of the l0(l2) problem."""
    NORMAL_EQUATIONS = "normal equations"
    """The gradient on the active columns, relative to the whole gradient at zero."""
    STATIONARITY = "stationarity"
    """The relative change in the last iterations: how settled the iterates are.

    For averaged iterates, half the distance between the means of their earlier and later half.
    """
    FIRST_ORDER = "first order"
    """The largest violation of first-order conditions, relative to the strength."""


class Certificate(NamedTuple):
    """An upper bound of the distance from an optimum, and the measure it is stated in.

    Attributes
    ----------
    kind : CertificateKind
        The measure.
    value : float
        Non-negative; zero at an optimum.
    """

    kind: CertificateKind
    value: float


class Progress(NamedTuple):
    """What a callback receives after each iteration.

    Attributes
    ----------
    iteration : int
        Iterations done.
    fraction : float
        The part of the run that is done, from 0 to 1, as the solver estimates it.
    objective : float
        The objective, or the residual norm where no objective is fixed.
    n_active : int
        The number of active groups.
    """

    iteration: int
    fraction: float
    objective: float
    n_active: int


@dataclass(frozen=True, eq=False)
class Solution:
    """The result of `solver.solve(problem)`, the same for every solver.

    Attributes
    ----------
    coef : ndarray
        The coefficients, in the shape of the operator's domain.
    active_groups : ndarray of int
        The groups that are not zero, in increasing order.
    status : Status
        How the solver ended.
    objective : float
        The loss plus ``alpha * Omega(x)`` at `coef`: ``1/2 ||A x - y||^2`` plus it for the
        squared loss.
    certificate : Certificate
        How far from optimal `coef` is.
    alpha : float
        The strength at which the solver ended.
    residual_norm : float
        The root of the deviance, twice the loss above its infimum: ``||A x - y||`` for the
        squared loss, of residuals and operator that weights have scaled.
    iterations : int
        Iterations done.
    seconds : float
        Wall-clock time.
    history : mapping of str to ndarray
        One value per iteration (or per step of a path) and key.
    latent : ndarray, optional
        The latent copies behind `coef`, for groups that overlap: group after group.
    """

    coef: Array = field(repr=False)
    active_groups: IntArray = field(repr=False)
    status: Status
    objective: float
    certificate: Certificate
    alpha: float
    residual_norm: float
    iterations: int
    seconds: float
    history: Mapping[str, Array] = field(default_factory=dict, repr=False)
    latent: Array | None = field(default=None, repr=False)

    @property
    def deviance(self) -> float:
        """Twice the loss above its infimum, the square of `residual_norm`."""
        return self.residual_norm**2

    @property
    def is_empty(self) -> bool:
        """Whether no group is active; if so, `describe_end` says why."""
        return self.active_groups.size == 0

    def describe_end(self) -> str:
        """Return in words how the solver ended, how far it came, and whether that is nothing."""
        kind, value = self.certificate
        end = f"{self.status.value} ({self.iterations} iterations, {kind.value} {value:.2g})"
        return f"{end}; {_NOTHING}" if self.is_empty and self.status.is_success else end

    def add_work(self, iterations: int, seconds: float) -> Solution:
        """Return the solution with iterations and seconds of earlier work added to its own."""
        return replace(
            self, iterations=self.iterations + iterations, seconds=self.seconds + seconds
        )
