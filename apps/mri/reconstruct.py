"""Joint reconstruction of all channels of an image from partial Fourier data.

    min_x  1/2 ||P F W x - y||^2 + alpha Omega(x)

x: wavelet coefficients of all channels, shape (channel, y, x); W: wavelet synthesis of every
channel; F: orthonormal Fourier transform; P: the sampled frequencies; y: the samples, shape
(channel, n_samples). A group of Omega holds one wavelet position in all channels, so that an
edge found in one channel helps all others. Where the noise differs between channels, F and y are
divided by its standard deviation, so that a noisy channel counts less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.fft

from ...toolkit.arrays import Array
from ...toolkit.checks import check_instance
from ...toolkit.convergence import is_silent
from ...toolkit.execution.caller import warn_caller
from ...toolkit.execution.one_job import count_threads
from ...toolkit.groups import Groups
from ...toolkit.operators import Joint, Operator, Wavelet
from ...toolkit.problem import Problem
from ...toolkit.solution import Solution, Status
from .acquisition import Acquisition
from .coils.phase import constrain_phase
from .methods import AUTO, SPINNING, Callback, Settings, make_solver, make_spinning_solver
from .tuning.sweep import StrengthSweep, find_strength

# Without noise: the smallest group that counts as visible, relative to the largest.
_SMALLEST_VISIBLE = 1e-4
# Enough to compare strengths, not enough for the image.
_SWEEP_ITERATIONS = 50


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Reconstructed images and the solution of the problem that gave them.

    Attributes
    ----------
    images : ndarray, shape (channel, y, x)
        The reconstruction, real or complex.
    solution : Solution
        Its `coef` are wavelet coefficients, but the images themselves for
        "spinning", whose wavelets are shifted.
    n_groups : int
        The number of active groups; for "spinning" in the basis of the last shift.
    has_lost_signal : bool
        Whether no group is active although the samples are not zero: the noise
        level or the strength is above all of them.
    sweep : StrengthSweep or None
        The strengths that were tried, for the strength "auto".
    """

    images: Array
    solution: Solution
    n_groups: int
    has_lost_signal: bool = False
    sweep: StrengthSweep | None = None


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
        The images and the solution.

    Raises
    ------
    ValueError
        If the wavelet is unknown or the image is too small.

    Warns
    -----
    UserWarning
        If no group is active at the strength that follows from the noise level,
        although the samples are not zero.

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
    check_instance("acquisition", acquisition, Acquisition)
    chosen = Settings() if settings is None else settings
    check_instance("settings", chosen, Settings)
    sweep = None
    with scipy.fft.set_workers(count_threads()):
        if chosen.strength == AUTO:
            sweep = _sweep_strengths(acquisition, chosen)
            chosen = replace(chosen, strength=float(sweep.strengths[sweep.chosen]))
        if chosen.phase == "constrained" and acquisition.phases is None:
            acquisition = constrain_phase(acquisition)
        result = _reconstruct(acquisition, chosen, callback)
    result = replace(result, images=acquisition.restore_phases(result.images), sweep=sweep)
    finished = result.solution.status.is_success
    if result.n_groups > 0 or not finished or not acquisition.samples.any():
        return result
    if chosen.strength is None and not is_silent():
        _warn_of_noise_level(acquisition)
    return replace(result, has_lost_signal=True)


def _warn_of_noise_level(acquisition: Acquisition) -> None:
    """Warn that the noise level is above all signal, as it is in units other than the samples'."""
    size = float(np.linalg.norm(acquisition.samples))
    warn_caller(
        "no wavelet is above the noise, so the image is blurred or empty: the noise level is "
        f"{acquisition.noise_level:.3g} and the norm of the samples {size:.3g}; the noise must be "
        "in the units of the samples"
    )


def _sweep_strengths(acquisition: Acquisition, settings: Settings) -> StrengthSweep:
    """Return the strengths that were tried, each in a short reconstruction without some samples."""
    short = replace(settings, max_iter=min(settings.max_iter, _SWEEP_ITERATIONS))
    return find_strength(
        acquisition,
        lambda part, strength: _spin(part, replace(short, strength=strength), None).images,
    )


def _reconstruct(
    acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> Reconstruction:
    """Run the method of the settings, from where they say it starts."""
    if settings.method == SPINNING:
        return _spin(acquisition, settings, callback)
    start = None
    problem, wavelet = make_problem(acquisition, settings)
    if settings.start is not None:
        first = _spin(acquisition, settings, _watch_part(callback, 0.0, 0.5))
        if first.solution.status is not Status.CONVERGED:
            return first
        noise = acquisition.group_noise
        start = select_visible_coefficients(problem, wavelet, first.images, noise)
        callback = _watch_part(callback, 0.5, 1.0)
    solution = make_solver(problem, acquisition, settings, callback).solve(problem, start)
    return Reconstruction(wavelet.apply(solution.coef), solution, solution.active_groups.size)


def make_wavelets(acquisition: Acquisition, settings: Settings) -> list[Wavelet]:
    """Return the wavelets of the settings for the images of an acquisition."""
    levels = settings.levels
    return [Wavelet(acquisition.space, family, levels) for family in settings.families]


def make_problem(acquisition: Acquisition, settings: Settings) -> tuple[Problem, Wavelet]:
    """Return the problem in x, and the W that turns its solution into images."""
    (wavelet,) = make_wavelets(acquisition, settings)
    unpenalised = None if settings.penalise_coarse else wavelet.coarse
    groups = Groups.across(acquisition.group_axes, unpenalised)
    sampling, weights = acquisition.operator, acquisition.weights
    images: Operator = wavelet
    for n in reversed(sampling.domain_shape[: -len(acquisition.space)]):  # channels, sets of maps
        images = Joint(images, n)
    return Problem(sampling @ images, acquisition.samples, groups, weights=weights), wavelet


def select_visible_coefficients(
    problem: Problem, wavelet: Wavelet, images: Array, noise: float
) -> Array:
    """Return the coefficients of images; zero in groups that add less than `noise` to the samples.

    Groups that add next to nothing, compared with the largest, are zero as well.
    """
    coefs = wavelet.adjoint(images)
    added = problem.groups.norms(coefs * problem.operator.column_norms().astype(coefs.real.dtype))
    threshold = max(noise, _SMALLEST_VISIBLE * float(added.max(initial=0)))
    kept = problem.groups.spread(added > threshold)
    return np.where(kept.reshape(coefs.shape), coefs, 0)


def _spin(
    acquisition: Acquisition, settings: Settings, callback: Callback | None
) -> Reconstruction:
    """Reconstruct by thresholds in shifted wavelets, in one group for each pixel."""
    wavelets = make_wavelets(acquisition, settings)
    white = acquisition.equalise_noise()
    solver = make_spinning_solver(wavelets, white, settings, callback)
    solution = solver.solve(white.problem)
    if white is not acquisition:
        scales = acquisition.channel_scales.reshape(-1, *(1,) * (solution.coef.ndim - 1))
        images = solution.coef / scales.astype(solution.coef.real.dtype)
        solution = replace(solution, coef=images)
    return Reconstruction(solution.coef, solution, int(solution.history["n_active"][-1]))


def _watch_part(callback: Callback | None, begin: float, end: float) -> Callback | None:
    """Return the callback of a solver that does the work from one fraction to another."""
    if callback is None:
        return None
    return lambda progress: callback(
        progress._replace(fraction=begin + (end - begin) * progress.fraction)
    )
