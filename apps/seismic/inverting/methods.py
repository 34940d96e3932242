"""The methods of inversion by name, each with a solver that needs no tuning.

By default the strength of a penalty follows from the noise alone. The correlations of white noise
of standard deviation sigma with a wavelet of unit norm, over K shots, have a norm that stays below
``sigma (sqrt(K) + sqrt(2 log n))`` at all n samples with high probability. Where shots are weighted
by their noise, the wavelet of the largest weight has the largest share of the second term.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ....toolkit.checks import check_choice, hold_strength
from ....toolkit.penalties import L21, GroupMCP, LatentOverlap
from ....toolkit.problem import Problem
from ....toolkit.selection import alpha_max
from ....toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    FastMarginalLikelihood,
    GammaContinuation,
    InTurn,
    PrimalDualActiveSet,
    SpectralProjectedGradient,
)
from ....toolkit.solvers.solver import Solver

_TOL = 1e-4
_MOST_STEPS = 3000  # a gather that needs more does not suit this method
_COUNTED = 0.5  # the cost of a group of the l0(l2) problem, in squared thresholds
_CONCAVITY = 2.0  # of MCP, for wavelets of about unit norm


@dataclass(frozen=True)
class GatherTask:
    """What a solver needs to know of a gather.

    Attributes
    ----------
    problem : Problem
        Convolutions with wavelets of about unit norm.
    deviation : float
        The standard deviation of the noise.
    strength : float or None
        A fraction of the smallest strength whose solution is zero; None to follow the noise.
    contrast : float
        The largest weight of a channel, in units of their root mean square.
    """

    problem: Problem
    deviation: float
    strength: float | None
    contrast: float = 1.0

    @property
    def threshold(self) -> float:
        """The chosen strength, or the level that correlations of noise alone do not reach."""
        n_samples = self.problem.shape[-1]
        if self.strength is not None:
            windows = LatentOverlap(1.0) if self.problem.groups.overlapping else None
            return self.strength * alpha_max(self.problem, penalty=windows)
        n_channels = self.problem.shape[0]
        factor = np.sqrt(n_channels) + self.contrast * np.sqrt(2 * np.log(n_samples))
        return float(self.deviation * factor)

    @property
    def noise_level(self) -> float:
        """The norm of the noise in the gather."""
        return float(self.deviation * np.sqrt(self.problem.data.size))

    @property
    def highest_noise_level(self) -> float:
        """The norm that the noise of few gathers exceeds: two deviations above its mean."""
        return float(self.noise_level * (1 + 2 / np.sqrt(2 * self.problem.data.size)))


@dataclass(frozen=True)
class InversionMethod:
    """A method of inversion.

    Attributes
    ----------
    title : str
    make_solver : callable
        Returns the solver for a `GatherTask`.
    several : bool
        Whether gathers that share wavelets are solved as one problem.
    peaks : bool
        Whether neighbouring active samples are one reflector, at the strongest.
    refit : bool
        Whether amplitudes are refitted by default.
    has_strength : bool
        Whether `strength` can be set.
    threads_help : bool
        Whether threads speed up several gathers.
    """

    title: str
    make_solver: Callable[[GatherTask], Solver]
    several: bool = False
    peaks: bool = True
    refit: bool = True
    has_strength: bool = True
    threads_help: bool = True


def _make_l21(task: GatherTask) -> Solver:
    return BlockCoordinateDescent(L21(hold_strength(task.threshold)), tol=_TOL)


def _make_mcp(task: GatherTask) -> Solver:
    penalty = GroupMCP(hold_strength(task.threshold), _CONCAVITY)
    return BlockCoordinateDescent(penalty, tol=_TOL)


def _make_l0(task: GatherTask) -> Solver:
    alpha = hold_strength(_COUNTED * task.threshold * task.threshold)
    return InTurn(_make_mcp(task), PrimalDualActiveSet(alpha=alpha))


def _make_windows(task: GatherTask) -> Solver:
    # Neighbouring samples are much alike, and so are their shares of the noise.
    n_together = task.problem.groups.sizes.max() / task.problem.shape[0]
    alpha = task.threshold * (np.sqrt(n_together) if task.strength is None else 1.0)
    return FISTA(LatentOverlap(hold_strength(alpha)), tol=_TOL, max_iter=2000)


METHODS: dict[str, InversionMethod] = {
    "sbl": InversionMethod(
        "sparse Bayesian learning",
        lambda task: FastMarginalLikelihood(task.noise_level, refit=False),
        peaks=False,
        refit=False,
        has_strength=False,
        threads_help=False,
    ),
    "l21": InversionMethod("l2,1", _make_l21, several=True),
    "mcp": InversionMethod("group MCP", _make_mcp, several=True),
    "l0": InversionMethod("l0(l2)", _make_l0, several=True),
    "constrained": InversionMethod(
        "l2,1 down to the noise level",
        lambda task: SpectralProjectedGradient(noise_level=task.noise_level, tol=_TOL),
        has_strength=False,
    ),
    "ow": InversionMethod(
        "orthogonally weighted l2,1",
        lambda task: GammaContinuation(task.highest_noise_level, max_iter=_MOST_STEPS),
        has_strength=False,
    ),
    "windows": InversionMethod(
        "l2,1 of overlapping windows", _make_windows, peaks=False, refit=False
    ),
}
"""By name; the first is the default."""


def get_method(name: str) -> InversionMethod:
    """Return the method of a name in `METHODS`; raise a `ValueError` for any other name."""
    check_choice("method", name, METHODS)
    return METHODS[name]
