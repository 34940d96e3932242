"""The phantom experiment of Jiao, Jin and Lu, table II, as far as the paper pins it down.

A 64 x 64 modified Shepp-Logan phantom in three channels, 22 radial lines in
half-plane form (operator 3771 x 12288), six levels of Haar wavelets, noise of
standard deviation 0.01. PSNR takes the largest magnitude of the
reconstruction as peak, as the paper does; the least-squares fit on the true
support (the oracle) of the same data stands beside it. The oracle is that of
the fixed basis: thresholds in shifted bases ("spinning") assume more about the
image, and may well pass it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import numpy as np

from ...datasets import make_shepp_logan_channels
from ...toolkit.arrays import Array
from ...toolkit.diagnostics import oracle_solution, psnr
from ...toolkit.groups import Groups
from ...toolkit.operators import Wavelet
from ...toolkit.problem import Problem
from ...toolkit.solution import Progress
from .acquisition import Acquisition, simulate_acquisition
from .masks import make_radial_mask
from .reconstruct import Settings, reconstruct

SIZE, N_CHANNELS, N_LINES, LEVELS, SIGMA = 64, 3, 22, 6, 0.01
PUBLISHED = {"gpdasc": (38.7, 48.5), "l21": (20.1, 14.3), "mcp": (38.2, 212.0)}
_NOT_ZERO = 1e-9


@dataclass(frozen=True, eq=False)
class Trial:
    """One phantom and its reconstruction.

    Attributes
    ----------
    acquisition : Acquisition
        The data, with the truth.
    images : ndarray, shape (3, 64, 64)
        The reconstruction.
    psnr, oracle_psnr, zero_filled_psnr : float
        In dB, each with the largest magnitude of its own image as peak.
    seconds : float
        Of the reconstruction.
    groups : int
        How many groups were found active.
    """

    acquisition: Acquisition
    images: Array
    psnr: float
    oracle_psnr: float
    zero_filled_psnr: float
    seconds: float
    groups: int


def make_phantom_settings(method: str, start: str | None = None) -> Settings:
    """Return the settings of the experiment.

    Parameters
    ----------
    method : {"l21", "gpdasc", "mcp", "spinning"}
        The method.
    start : {None, "spinning"}
        Where "gpdasc" begins.

    Returns
    -------
    Settings
        Haar wavelets in six levels, every group penalised.
    """
    return Settings(
        method=method,
        wavelet="haar",
        levels=LEVELS,
        penalise_coarse=True,
        max_inner=3,
        start=start,
    )


def simulate_phantom(seed: int) -> Acquisition:
    """Simulate the data of one trial.

    Parameters
    ----------
    seed : int
        Of the phantom's intensities, then the noise.

    Returns
    -------
    Acquisition
        1257 real samples in each of three channels.

    Examples
    --------
    >>> simulate_phantom(0).samples.shape
    (3, 1257)
    """
    rng = np.random.default_rng(seed)
    images = make_shepp_logan_channels(SIZE, N_CHANNELS, random_state=rng)
    return simulate_acquisition(
        images, make_radial_mask((SIZE, SIZE), N_LINES), SIGMA, random_state=rng
    )


def make_phantom_problem(data: Acquisition) -> tuple[Problem, Wavelet]:
    """State the recovery of a phantom's wavelet coefficients, for any solver.

    Parameters
    ----------
    data : Acquisition
        From `simulate_phantom`.

    Returns
    -------
    Problem
        One group for each position in all channels.
    Wavelet
        From coefficients to images.

    Examples
    --------
    >>> problem, wavelet = make_phantom_problem(simulate_phantom(0))
    >>> problem.groups.n_groups
    4096
    """
    wavelet = Wavelet((SIZE, SIZE), "haar", LEVELS)
    return Problem(data.fourier @ wavelet, data.samples, Groups.across(axis=0)), wavelet


def run_phantom_trial(
    method: str,
    seed: int,
    *,
    start: str | None = None,
    callback: Callable[[Progress], bool | None] | None = None,
) -> Trial:
    """Simulate and reconstruct one phantom.

    Parameters
    ----------
    method : {"l21", "gpdasc", "mcp", "spinning"}
        The method.
    seed : int
        The trial's seed.
    start : {None, "spinning"}
        Where "gpdasc" begins.
    callback : callable, optional
        Called with the solver's `Progress`.

    Returns
    -------
    Trial
        The reconstruction beside the oracle's.

    Raises
    ------
    ValueError
        If the method is unknown, or takes no such start.
    """
    data = simulate_phantom(seed)
    began = perf_counter()
    result = reconstruct(data, make_phantom_settings(method, start), callback=callback)
    seconds = perf_counter() - began
    assert data.truth is not None
    return Trial(
        acquisition=data,
        images=result.images,
        psnr=own_peak_psnr(result.images, data.truth),
        oracle_psnr=_oracle_psnr(seed),
        zero_filled_psnr=own_peak_psnr(data.zero_fill(), data.truth),
        seconds=seconds,
        groups=result.n_groups,
    )


def run_phantom_trials(
    method: str,
    n_seeds: int,
    *,
    start: str | None = None,
    callback: Callable[[Progress], bool | None] | None = None,
) -> Iterator[Trial]:
    """Run the experiment for seeds 0, 1, ...; the first use compiles before it is timed.

    Parameters
    ----------
    method : {"l21", "gpdasc", "mcp", "spinning"}
        The method.
    n_seeds : int
        How many seeds.
    start : {None, "spinning"}
        Where "gpdasc" begins.
    callback : callable, optional
        Called with the solver's `Progress`.

    Yields
    ------
    Trial
        One per seed.

    Raises
    ------
    ValueError
        If `n_seeds` is below 1, the method is unknown, or takes no such start.
    """
    if n_seeds < 1:
        raise ValueError(f"seeds must be at least 1, got {n_seeds}")
    # A callback that stops at once would keep the method that comes after the start from compiling.
    stop = None if start else lambda _: True
    reconstruct(simulate_phantom(0), make_phantom_settings(method, start), callback=stop)
    for seed in range(n_seeds):
        yield run_phantom_trial(method, seed, start=start, callback=callback)


def summary(method: str, trials: list[Trial]) -> dict[str, float | str]:
    """Return the means over trials.

    Parameters
    ----------
    method : str
        The method.
    trials : list of Trial
        At least one.

    Returns
    -------
    dict
        "psnr", "oracle_psnr" in dB, "seconds", "groups", "method".
    """
    names = ("psnr", "oracle_psnr", "seconds", "groups")
    return {**{name: mean(trials, name) for name in names}, "method": method}


def mean(trials: list[Trial], name: str) -> float:
    """Return the mean of one figure over trials.

    Parameters
    ----------
    trials : list of Trial
        At least one.
    name : str
        The figure's attribute, such as "psnr".

    Returns
    -------
    float
        In the figure's unit.
    """
    return float(np.mean([getattr(trial, name) for trial in trials]))


def own_peak_psnr(images: Array, truth: Array) -> float:
    """Return the PSNR in dB with the largest magnitude of `images` as peak.

    Parameters
    ----------
    images, truth : ndarray
        Two arrays of one shape, the first not zero.

    Returns
    -------
    float
        As the paper defines it.
    """
    return psnr(images, truth, data_range=float(np.abs(images).max()))


@lru_cache(maxsize=128)
def _oracle_psnr(seed: int) -> float:
    """Return the oracle's PSNR; it is the same for every method."""
    data = simulate_phantom(seed)
    assert data.truth is not None
    return own_peak_psnr(_oracle_images(data), data.truth)


def _oracle_images(data: Acquisition) -> Array:
    """Return the least-squares fit on the groups that are truly active."""
    problem, wavelet = make_phantom_problem(data)
    assert data.truth is not None
    true_norms = problem.groups.norms(wavelet.adjoint(data.truth))
    coef = oracle_solution(problem, np.flatnonzero(true_norms > _NOT_ZERO))
    return wavelet.apply(coef)
