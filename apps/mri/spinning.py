"""Images by thresholds in randomly shifted wavelets, and the wavelets that they point to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...toolkit.arrays import Array, squared_magnitude
from ...toolkit.groups import Groups
from ...toolkit.operators import Wavelet
from ...toolkit.problem import Problem
from ...toolkit.solution import Progress, Solution
from ...toolkit.solvers import CycleSpinning
from .acquisition import Acquisition

Callback = Callable[[Progress], bool | None]

# Iterations for each halving from the brightest pixel to the noise. Fewer leave images of little
# noise unfinished; more let hard thresholds invent what was not measured.
_PER_HALVING, _MOST_ITERATIONS = 16, CycleSpinning.max_iter
# What is left of zeros where there is no noise, relative to the largest group.
_SMALLEST = 1e-4


def spun(
    acquisition: Acquisition,
    wavelet: Wavelet,
    *,
    unpenalised: Array | None = None,
    max_iter: int = _MOST_ITERATIONS,
    callback: Callback | None = None,
) -> Solution:
    """Recover images by hard thresholds in a wavelet basis that is shifted in every iteration.

    Parameters
    ----------
    acquisition : Acquisition
        Samples, sampling operator and noise level.
    wavelet : Wavelet
        The basis.
    unpenalised : ndarray of bool, optional
        Over its coefficients: those that are always kept.
    max_iter : int
        The largest number of iterations. There are more the smaller the noise
        is beside the brightest pixel, from about 80 to 200.
    callback : callable, optional
        Called with the solver's `Progress`; a true result stops.

    Returns
    -------
    Solution
        Its `coef` are the images.
    """
    problem = Problem(acquisition.fourier, acquisition.samples, Groups.across(axis=0))
    solver = CycleSpinning(
        wavelet,
        acquisition.noise_level,
        unpenalised=unpenalised,
        max_iter=min(max_iter, _n_iterations(acquisition)),
        callback=callback,
    )
    return solver.solve(problem)


def _n_iterations(acquisition: Acquisition) -> int:
    """Return a number of iterations in which thresholds fall to the noise slowly enough."""
    brightest = np.sqrt(squared_magnitude(acquisition.zero_fill()).sum(axis=0).max())
    noise = acquisition.noise_level / np.sqrt(acquisition.samples.shape[1])
    if not noise > 0:
        return _MOST_ITERATIONS
    halvings = np.log2(max(brightest / noise, 1.0))
    return max(1, min(round(_PER_HALVING * float(halvings)), _MOST_ITERATIONS))


def visible_coefficients(problem: Problem, wavelet: Wavelet, images: Array, noise: float) -> Array:
    """Return the wavelet coefficients of images, of groups that stand out from the noise.

    Parameters
    ----------
    problem : Problem
        From coefficients to samples.
    wavelet : Wavelet
        The basis, not shifted.
    images : ndarray, shape (channel, y, x)
        An estimate that may have been found in another basis.
    noise : float
        The root mean square of the noise in one group of samples.

    Returns
    -------
    ndarray
        Zero in every group that adds less than `noise` to the samples, or
        next to nothing beside the largest.
    """
    coefs = wavelet.adjoint(images)
    added = problem.groups.norms(coefs * problem.operator.column_norms().astype(coefs.real.dtype))
    kept = problem.groups.spread(added > max(noise, _SMALLEST * float(added.max(initial=0))))
    return np.where(kept.reshape(coefs.shape), coefs, 0)
