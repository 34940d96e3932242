"""The methods of reconstruction: their settings, and the solver of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...toolkit.arrays import squared_magnitude
from ...toolkit.checks import (
    check_choice,
    check_flag,
    check_instance,
    check_strength,
    hold_strength,
)
from ...toolkit.operators import Wavelet
from ...toolkit.penalties import L21, GroupMCP, GroupNormPenalty
from ...toolkit.problem import Problem
from ...toolkit.selection import AlongPath, MallowsCp, alpha_max
from ...toolkit.solution import Progress
from ...toolkit.solvers import FISTA, CycleSpinning, PrimalDualActiveSet
from ...toolkit.solvers.solver import Solver
from .acquisition import Acquisition
from .tuning.jointness import JOINT, label_channels

Callback = Callable[[Progress], bool | None]

# Thresholds of the l2,1 norm in units of the noise in one group: the strengths that
# minimise the error on photographs and head scans lie between 0.6 and 0.9.
_NOISE_THRESHOLD = 0.7
_SMALLEST_STRENGTH = 1e-4
# Short wavelets leave sharp edges, long ones smooth surfaces; in turn they are better by 0.3 to
# 2 dB on head scans, photographs and contrasts.
_SPUN_WAVELETS, _WAVELET = "haar+db2+sym4", "sym4"
# Firm and soft thresholds in units of the norm that most groups of noise do not exceed: the best
# lie between 0.7 and 1 on photographs and head scans, since noise is rather over-estimated.
_SPIN_THRESHOLD = 0.85
# Fits along the path only decide about groups: closer ones change no figure, but take longer.
_PATH_TOLERANCE = 0.1
# Of rows of norm one: aliases of regular lines cancel each other, and their fits explode without.
_RESCUE_RIDGE = 0.03
# Undersampled columns are far from orthogonal, so the penalty may be only slightly concave.
_GAMMA = 30.0
_N_STRENGTHS, _SMALLEST_RATIO = 60, 1e-4
# Firm thresholds keep what is above eight times the threshold as it is.
_FIRM = 8.0
_THRESHOLDS: dict[str, GroupNormPenalty | None] = {
    "firm": GroupMCP(1.0, _FIRM),
    "soft": L21(1.0),
    "hard": None,  # CycleSpinning's own, above all noise
}
# The extrapolation of images where copies must be told apart.
_LINES_MOMENTUM = 0.9
# Iterations for each halving from the brightest pixel to the noise. Fewer leave images of little
# noise unfinished; with more, hard thresholds invent what was not measured.
_PER_HALVING, _MOST_ITERATIONS = 16, CycleSpinning.max_iter


@dataclass(frozen=True)
class Settings:
    """Method, wavelet and strength of a reconstruction.

    Parameters
    ----------
    method : {"spinning", "l21", "gpdasc", "mcp"}
        Thresholds at the noise in randomly shifted wavelets (`CycleSpinning`), the l2,1 norm by
        FISTA, the l0(l2) penalty by GPDASC, or group MCP along a path of strengths, of which
        Mallows' Cp chooses one.
    wavelet : str, optional
        An orthogonal family: "haar", "db4", "sym4", ...; for "spinning" one or several that take
        turns, joined by "+". By default "haar+db2+sym4" for "spinning" and "sym4" for others.
    levels : int, optional
        Decompositions; by default as many as fit, at most five.
    strength : float or "auto", optional
        "spinning": the threshold, relative to the norm that most groups of noise do not exceed
        (for hard ones the largest of all), by default 0.85 (1); "auto" tries several and
        takes the one that predicts samples best that were held out (`StrengthSweep`), for noise
        that is not known. "l21": alpha, relative to the smallest that gives an empty image; by
        default from the noise level.
    thresholds : {"firm", "soft", "hard"}
        Of "spinning". Firm ones shrink what is near the noise and keep what is far above it; hard
        ones suit images that are piecewise constant.
    joint : {"auto", "always", "never"}
        Of "spinning": whether groups run across channels. By default across those that have edges
        at the same places, as the zero-filled images show them; the other methods always do.
    penalise_coarse : bool
        Whether the coarse band is penalised like the others.
    rho, max_inner : float, int
        The path of GPDASC: the factor between strengths, and changes of the
        active set at each. On natural images, which are not exactly sparse,
        one change is better and faster than the paper's five.
    tol : float
        Accuracy of the solver.
    max_iter : int
        The largest number of FISTA iterations. "spinning" runs 200 iterations at
        little noise and fewer at more, and never more than this number.
    start : {None, "spinning"}
        With "gpdasc": start from the groups that exceed the noise in the images
        of "spinning" instead of none. The path ends with their fit if
        it explains the data up to the noise. For exactly sparse images: in
        others, at little noise, more groups exceed it than a fit can determine.
    phase : {"free", "constrained"}
        "constrained": the phase of complex images is that of the frequencies around zero, and real
        images are sought, for partial Fourier data (see `constrain_phase`).

    Raises
    ------
    ValueError
        If the method or the start is unknown, the method takes no start, or
        the strength is not positive.
    """

    method: str = "spinning"
    wavelet: str | None = None
    levels: int | None = None
    strength: float | str | None = None
    penalise_coarse: bool = False
    rho: float = 0.5
    max_inner: int = 1
    tol: float = 1e-4
    max_iter: int = 300
    start: str | None = None
    thresholds: str = "firm"
    phase: str = "free"
    joint: str = "auto"

    @property
    def families(self) -> list[str]:
        """The families of wavelets, in the order of their turns."""
        default = _SPUN_WAVELETS if self.method == SPINNING else _WAVELET
        return (self.wavelet or default).split("+")

    def __post_init__(self) -> None:
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, got {self.method!r}")
        if self.strength is not None:
            self._check_strength(self.strength)
            if self.method not in _WITH_STRENGTH:
                raise ValueError(
                    f"strength is for methods {' and '.join(_WITH_STRENGTH)} only, got method "
                    f"{self.method!r}, which finds its own"
                )
        if self.wavelet is not None:
            check_instance("wavelet", self.wavelet, str)
        if len(self.families) > 1 and self.method != SPINNING:
            raise ValueError(
                f"wavelet: several in turn are for method {SPINNING} only, got {self.wavelet!r} "
                f"for method {self.method!r}"
            )
        check_choice("thresholds", self.thresholds, _THRESHOLDS)
        check_choice("phase", self.phase, ("free", "constrained"))
        check_choice("joint", self.joint, JOINT)
        check_flag("penalise_coarse", self.penalise_coarse)
        if self.start is not None and (type(self.start) is not str or self.start != SPINNING):
            raise ValueError(f"start must be {SPINNING} or None, got {self.start!r}")
        if self.start is not None and self.method != "gpdasc":
            raise ValueError(f"start is for method gpdasc only, got method {self.method!r}")

    def _check_strength(self, strength: object) -> None:
        if not isinstance(strength, str):
            check_strength("strength", strength)
        elif strength != AUTO or self.method != SPINNING:
            raise ValueError(
                f"strength must be a positive number, or {AUTO} for method {SPINNING}; got "
                f"{strength!r} for method {self.method!r}"
            )


def make_solver(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> Solver:
    """Return the solver of every method but "spinning", whose problem is in the images."""
    if acquisition.maps is not None and settings.method in _NEED_COLUMN_NORMS:
        raise ValueError(
            f"method {settings.method} needs the norms of the columns, which have no closed form "
            f"where coils see the image by sensitivities; use {SPINNING} or l21"
        )
    return _MAKERS[settings.method](problem, acquisition, settings, callback)


def make_spinning_solver(
    wavelets: list[Wavelet],
    acquisition: Acquisition,
    settings: Settings,
    callback: Callback | None,
) -> CycleSpinning:
    """Return thresholds in wavelets that are shifted in every iteration."""
    strength = _SPIN_THRESHOLD if settings.strength is None else float(settings.strength)
    if settings.thresholds == "hard" and settings.strength is None:
        strength = 1.0  # the largest norm of noise is no matter of taste
    return CycleSpinning(
        wavelets,
        strength * acquisition.weighted_noise_level,
        _THRESHOLDS[settings.thresholds],
        momentum=_LINES_MOMENTUM if _samples_lines_by_coils(acquisition) else 0.0,
        unpenalised=None if settings.penalise_coarse else [w.coarse for w in wavelets],
        channel_labels=label_channels(acquisition, wavelets[-1], settings.joint),
        max_iter=min(settings.max_iter, _count_spins(acquisition)),
        callback=callback,
    )


def _samples_lines_by_coils(acquisition: Acquisition) -> bool:
    """Return whether known coils saw whole lines, so that copies of the image lie upon it.

    Such copies are told apart by the sensitivities: a system that is determined, but badly.
    """
    if acquisition.maps is None:
        return False
    mask = acquisition.mask
    axes = range(-len(acquisition.space), 0)
    return any(bool((mask == mask.take([0], axis)).all()) for axis in axes)


def _count_spins(acquisition: Acquisition) -> int:
    """Return a number of iterations in which thresholds fall to the noise slowly enough."""
    brightest = float(np.sqrt(squared_magnitude(acquisition.zero_fill()).sum(axis=0).max()))
    noise = acquisition.group_noise
    if not noise > 0:
        return _MOST_ITERATIONS
    halvings = np.log2(max(brightest / noise, 1.0))
    return max(1, min(round(_PER_HALVING * float(halvings)), _MOST_ITERATIONS))


def _make_fista(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> Solver:
    """Return FISTA for the l2,1 norm, of the given strength or one that suits the noise."""
    largest = alpha_max(problem)
    if settings.strength is not None:
        alpha = float(settings.strength) * largest
    else:
        alpha = max(_NOISE_THRESHOLD * acquisition.group_noise, _SMALLEST_STRENGTH * largest)
    alpha = hold_strength(alpha)  # without any signal every strength gives the same empty image
    return FISTA(L21(alpha), tol=settings.tol, max_iter=settings.max_iter, callback=callback)


def _make_gpdasc(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> Solver:
    """Return GPDASC that stops at the noise level."""
    return PrimalDualActiveSet(
        noise_level=acquisition.weighted_noise_level,
        rho=settings.rho,
        max_inner=settings.max_inner,
        tol=settings.tol,
        path_tol=_PATH_TOLERANCE,
        rescue_ridge=_RESCUE_RIDGE,
        callback=callback,
    )


def _make_mcp_path(
    problem: Problem, acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> Solver:
    """Return group MCP by FISTA along a path, with the square roots of column norms as weights.

    Weights of one compare coefficients, weights of the columns' norms compare
    them with their noise; their geometric mean lies between.
    """
    norms = problem.groups.norms(problem.operator.column_norms())
    weights = np.sqrt(norms / np.median(norms)) if norms.size else None
    solver = FISTA(GroupMCP(1.0, _GAMMA, weights), tol=settings.tol, max_iter=settings.max_iter)
    rule = MallowsCp(acquisition.weighted_noise_level)
    return AlongPath(solver, rule, _N_STRENGTHS, _SMALLEST_RATIO, callback)


_MAKERS: dict[str, Callable[[Problem, Acquisition, Settings, Callback | None], Solver]] = {
    "l21": _make_fista,
    "gpdasc": _make_gpdasc,
    "mcp": _make_mcp_path,
}
_NEED_COLUMN_NORMS = ("gpdasc", "mcp")
SPINNING = "spinning"
AUTO = "auto"
METHODS = (SPINNING, *_MAKERS)
_WITH_STRENGTH = (SPINNING, "l21")
