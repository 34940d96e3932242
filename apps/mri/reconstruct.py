"""Reconstruct several channels together from partial Fourier data.

The unknowns are wavelet coefficients; a group holds one wavelet position in
all channels, so that an edge found in one channel helps all others.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.fft

from ...toolkit.arrays import Array
from ...toolkit.groups import Groups
from ...toolkit.operators import Wavelet
from ...toolkit.penalties import L21, GroupMCP
from ...toolkit.problem import Problem
from ...toolkit.selection import AlongPath, MallowsCp, alpha_max
from ...toolkit.solution import Solution, Status
from ...toolkit.solvers import FISTA, PrimalDualActiveSet
from .acquisition import Acquisition
from .spinning import Callback, spun, visible_coefficients

# Thresholds of the l2,1 norm in units of the noise in one group: the strengths that
# minimise the error on photographs and head scans lie between 0.6 and 0.9.
_NOISE_THRESHOLD = 0.7
_SMALLEST_STRENGTH = 1e-4
# Fits along the path only decide about groups: closer ones change no figure, but take longer.
_PATH_TOLERANCE = 0.1
# Undersampled columns are far from orthogonal, so the penalty may be only slightly concave.
_GAMMA = 30.0
_N_STRENGTHS, _SMALLEST_RATIO = 60, 1e-4


@dataclass(frozen=True)
class Settings:
    """How to reconstruct.

    Parameters
    ----------
    method : {"l21", "gpdasc", "mcp", "spinning"}
        The l2,1 norm by FISTA, the l0(l2) penalty by GPDASC, group MCP along
        a path of strengths, of which Mallows' Cp chooses one, or hard
        thresholds at the noise in randomly shifted wavelets (`CycleSpinning`).
    wavelet : str
        An orthogonal family: "haar", "db4", "sym4", ...
    levels : int, optional
        Decompositions; by default as many as fit, at most five.
    strength : float, optional
        Of the l2,1 norm, relative to the smallest that gives an empty image;
        by default from the noise level.
    penalise_coarse : bool
        Whether the coarse band is penalised like the others.
    rho, max_inner : float, int
        The path of GPDASC: the factor between strengths, and changes of the
        active set at each. On natural images, which are not exactly sparse,
        one change is better and faster than the paper's five.
    tol : float
        Accuracy of the solver.
    max_iter : int
        The largest number of FISTA iterations; "spinning" does 200 at little noise
        and fewer at more, or this many if that is less.
    start : {None, "spinning"}
        With "gpdasc": begin with the groups that stand out from the noise in
        the images of "spinning", instead of none. Their fit ends the path if
        it explains the data up to the noise. For exactly sparse images: of
        others at little noise more groups stand out than a fit can bear.

    Raises
    ------
    ValueError
        If the method or the start is unknown, the method takes no start, or
        the strength is not positive.
    """

    method: str = "l21"
    wavelet: str = "sym4"
    levels: int | None = None
    strength: float | None = None
    penalise_coarse: bool = False
    rho: float = 0.5
    max_inner: int = 1
    tol: float = 1e-4
    max_iter: int = 300
    start: str | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, got {self.method!r}")
        if self.strength is not None and not 0 < self.strength < np.inf:
            raise ValueError(f"strength must be positive and finite, got {self.strength!r}")
        if self.start not in (None, "spinning"):
            raise ValueError(f"start must be spinning, or not given; got {self.start!r}")
        if self.start is not None and self.method != "gpdasc":
            raise ValueError(f"start is for method gpdasc only, got method {self.method!r}")


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Images and how they were found.

    Attributes
    ----------
    images : ndarray, shape (channel, y, x)
        The reconstruction, real or complex.
    solution : Solution
        The solver's account of it; its `seconds` are the solver's own. The
        coefficients are those of the wavelets, but the images themselves for
        "spinning", whose wavelets are shifted.
    n_groups : int
        How many groups of wavelet coefficients are active; for "spinning" in
        the basis of the last shift.
    """

    images: Array
    solution: Solution
    n_groups: int


def reconstruct(
    acquisition: Acquisition,
    settings: Settings | None = None,
    *,
    callback: Callback | None = None,
) -> Reconstruction:
    """Recover the images behind partial Fourier data.

    Parameters
    ----------
    acquisition : Acquisition
        Samples, sampling operator and noise level.
    settings : Settings, optional
        Method, wavelet, strength.
    callback : callable, optional
        Called with the solver's `Progress`; a true result stops.

    Returns
    -------
    Reconstruction
        Images and the solver's account.

    Raises
    ------
    ValueError
        If the method or wavelet is unknown, or the image is too small.

    Examples
    --------
    >>> from groupsparse.apps.mri.acquisition import simulate_acquisition
    >>> from groupsparse.datasets import make_shepp_logan_channels
    >>> images = make_shepp_logan_channels(32, random_state=0)
    >>> data = simulate_acquisition(images, np.ones((32, 32), dtype=bool), 1e-3, random_state=0)
    >>> result = reconstruct(data, Settings(wavelet="haar"))
    >>> bool(abs(result.images - images).max() < 0.02)
    True
    """
    chosen = settings or Settings()
    wavelet = Wavelet(acquisition.fourier.domain_shape, chosen.wavelet, chosen.levels)
    with scipy.fft.set_workers(os.cpu_count() or 1):
        if chosen.method == _SPINNING:
            return _spinning(acquisition, wavelet, chosen, callback)
        free = None if chosen.penalise_coarse else wavelet.coarse
        groups = Groups.across(axis=0, unpenalised=free)
        problem = Problem(acquisition.fourier @ wavelet, acquisition.samples, groups)
        start = None
        if chosen.start is not None:
            first = _spinning(acquisition, wavelet, chosen, _part(callback, 0.0, 0.5))
            if first.solution.status is not Status.CONVERGED:
                return first
            noise = _group_noise(acquisition)
            start = visible_coefficients(problem, wavelet, first.images, noise)
            callback = _part(callback, 0.5, 1.0)
        solver = _SOLVERS[chosen.method](problem, acquisition, chosen, callback)
        solution = solver.solve(problem, start)
    return Reconstruction(wavelet.apply(solution.coef), solution, solution.active_groups.size)


def _spinning(
    acquisition: Acquisition, wavelet: Wavelet, settings: Settings, callback: Callback | None
) -> Reconstruction:
    """Reconstruct by thresholds in shifted wavelets."""
    solution = spun(
        acquisition,
        wavelet,
        unpenalised=None if settings.penalise_coarse else wavelet.coarse,
        max_iter=settings.max_iter,
        callback=callback,
    )
    return Reconstruction(solution.coef, solution, int(solution.history["n_active"][-1]))


def _part(callback: Callback | None, begin: float, end: float) -> Callback | None:
    """Return the callback of a solver that does one part of all work."""
    if callback is None:
        return None
    return lambda progress: callback(
        progress._replace(fraction=begin + (end - begin) * progress.fraction)
    )


def _l21(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> FISTA:
    """Return FISTA with the strength asked for, or that suits the noise."""
    largest = alpha_max(problem)
    if settings.strength is not None:
        alpha = settings.strength * largest
    else:
        alpha = max(_NOISE_THRESHOLD * _group_noise(acquisition), _SMALLEST_STRENGTH * largest)
    alpha = alpha or 1.0  # without any signal every strength gives the same empty image
    return FISTA(L21(alpha), tol=settings.tol, max_iter=settings.max_iter, callback=callback)


def _gpdasc(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> PrimalDualActiveSet:
    """Return GPDASC that stops at the noise level."""
    return PrimalDualActiveSet(
        noise_level=acquisition.noise_level,
        rho=settings.rho,
        max_inner=settings.max_inner,
        tol=settings.tol,
        path_tol=_PATH_TOLERANCE,
        callback=callback,
    )


def _mcp(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> AlongPath:
    """Return group MCP by FISTA along a path, weights between the two usual scalings.

    Weights of one compare coefficients, weights of the columns' norms compare
    them with their noise; their geometric mean lies between.
    """
    norms = problem.groups.norms(problem.operator.column_norms())
    weights = np.sqrt(norms / np.median(norms)) if norms.size else None
    solver = FISTA(GroupMCP(1.0, _GAMMA, weights), tol=settings.tol, max_iter=settings.max_iter)
    rule = MallowsCp(acquisition.noise_level)
    return AlongPath(solver, rule, _N_STRENGTHS, _SMALLEST_RATIO, callback)


_SOLVERS: dict[str, Callable[..., FISTA | PrimalDualActiveSet | AlongPath]] = {
    "l21": _l21,
    "gpdasc": _gpdasc,
    "mcp": _mcp,
}
_SPINNING = "spinning"
METHODS = (*_SOLVERS, _SPINNING)


def _group_noise(acquisition: Acquisition) -> float:
    """Return the root mean square of the noise in one group across the channels."""
    return float(acquisition.noise_level / np.sqrt(acquisition.samples.shape[1]))
