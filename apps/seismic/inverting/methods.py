"""The methods of inversion by name: what solver suits a gather whose noise is known.

A solver gets its strength from the noise alone: correlations of noise of standard deviation
sigma with a wavelet of unit norm, over K shots, have a norm that stays below
``sigma (sqrt(K) + sqrt(2 log n))`` at all of n samples but by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....toolkit.checks import check_choice
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

_TOL = 1e-4
_MOST_STEPS = 3000  # a gather that needs more is none for this method
_COUNTED = 0.5  # of the squared threshold: what a group of the l0(l2) problem costs
_CONCAVITY = 2.0  # of MCP, for wavelets of about unit norm


@dataclass(frozen=True)
class GatherTask:
    """What a solver has to know of a gather.

    Attributes
    ----------
    problem : Problem
        Convolutions with wavelets of about unit norm.
    deviation : float
        The standard deviation of the noise.
    strength : float or None
        Relative to the strength that leaves nothing; None to follow the noise.
    """

    problem: Problem
    deviation: float
    strength: float | None

    @property
    def threshold(self) -> float:
        """The strength asked for, or what correlations of noise alone stay below everywhere."""
        n_samples = self.problem.shape[-1]
        if self.strength is not None:
            windows = LatentOverlap(1.0) if self.problem.groups.overlapping else None
            return self.strength * alpha_max(self.problem, penalty=windows)
        n_channels = self.problem.shape[0]
        factor = np.sqrt(n_channels) + np.sqrt(2 * np.log(n_samples))
        return float(self.deviation * factor)

    @property
    def noise_level(self) -> float:
        """The norm of the noise in the gather."""
        return float(self.deviation * np.sqrt(self.problem.data.size))

    @property
    def noise_at_most(self) -> float:
        """The norm that noise exceeds in few gathers: two deviations above its mean."""
        return float(self.noise_level * (1 + 2 / np.sqrt(2 * self.problem.data.size)))


@dataclass(frozen=True)
class Method:
    """A way to invert.

    Attributes
    ----------
    title : str
        In words.
    solver : callable
        Returns the solver for a `GatherTask`.
    several : bool
        Whether traces that share wavelets are one problem, rather than one each.
    peaks : bool
        Whether neighbouring active samples are one reflector, at the strongest.
    refit : bool
        Whether amplitudes are fitted anew by default.
    has_strength : bool
        Whether there is a strength to be set.
    threads_help : bool
        Whether several gathers at once are faster in threads.
    """

    title: str
    solver: Callable[[GatherTask], Any]
    several: bool = False
    peaks: bool = True
    refit: bool = True
    has_strength: bool = True
    threads_help: bool = True


def _make_l21(setting: GatherTask) -> Any:
    return BlockCoordinateDescent(L21(_keep_positive(setting.threshold)), tol=_TOL)


def _make_mcp(setting: GatherTask) -> Any:
    penalty = GroupMCP(_keep_positive(setting.threshold), _CONCAVITY)
    return BlockCoordinateDescent(penalty, tol=_TOL)


def _make_l0(setting: GatherTask) -> Any:
    alpha = _keep_positive(_COUNTED * setting.threshold**2)
    return InTurn(_make_mcp(setting), PrimalDualActiveSet(alpha=alpha))


def _make_windows(setting: GatherTask) -> Any:
    # Neighbouring samples are much alike, and so is what a window's samples have of the noise.
    n_together = setting.problem.groups.sizes.max() / setting.problem.shape[0]
    alpha = setting.threshold * (np.sqrt(n_together) if setting.strength is None else 1.0)
    return FISTA(LatentOverlap(_keep_positive(float(alpha))), tol=_TOL, max_iter=2000)


def _keep_positive(strength: float) -> float:
    """Return a strength that penalties accept, also for gathers without noise or signal."""
    return max(strength, float(np.finfo(float).tiny))


METHODS: dict[str, Method] = {
    "sbl": Method(
        "sparse Bayesian learning",
        lambda setting: FastMarginalLikelihood(setting.noise_level, refit=False),
        peaks=False,
        refit=False,
        has_strength=False,
        threads_help=False,
    ),
    "l21": Method("l2,1", _make_l21, several=True),
    "mcp": Method("group MCP", _make_mcp, several=True),
    "l0": Method("l0(l2)", _make_l0, several=True),
    "constrained": Method(
        "l2,1 down to the noise level",
        lambda setting: SpectralProjectedGradient(noise_level=setting.noise_level, tol=_TOL),
        has_strength=False,
    ),
    "ow": Method(
        "orthogonally weighted l2,1",
        lambda setting: GammaContinuation(setting.noise_at_most, max_iter=_MOST_STEPS),
        has_strength=False,
    ),
    "windows": Method("l2,1 of overlapping windows", _make_windows, peaks=False, refit=False),
}
"""By name; the first is the default."""


def get_method(name: str) -> Method:
    """Return a method of inversion.

    Parameters
    ----------
    name : str
        One of `METHODS`.

    Returns
    -------
    Method
        Solver and habits.

    Raises
    ------
    ValueError
        If there is none of this name.

    Examples
    --------
    >>> get_method("l21").title
    'l2,1'
    """
    check_choice("method", name, METHODS)
    return METHODS[name]
