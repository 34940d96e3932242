"""The phantom experiment of Jiao, Jin and Lu, table II, as far as the paper describes it.

A 64 x 64 modified Shepp-Logan phantom in three channels, 22 radial lines in half-plane form
(operator 3771 x 12288), six levels of Haar wavelets, noise of standard deviation 0.01. PSNR
takes the largest magnitude of the reconstruction as its peak, as the paper does. The oracle is
the least-squares fit on the true support in the fixed basis; thresholds in shifted bases
("spinning") assume more about the image and may exceed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import numpy as np

from ...datasets import make_shepp_logan_channels
from ...toolkit.arrays import Array
from ...toolkit.checks import check_count
from ...toolkit.diagnostics import oracle_solution, psnr
from .acquisition import Acquisition, simulate_acquisition
from .methods import Callback, Settings
from .reconstruct import make_problem, reconstruct
from .sampling.masks import make_radial_mask

SIZE, N_CHANNELS, N_LINES, LEVELS, SIGMA = 64, 3, 22, 6, 0.01
# PSNR in dB, seconds.
PUBLISHED = {"gpdasc": (38.7, 48.5), "l21": (20.1, 14.3), "mcp": (38.2, 212.0)}
_NOT_ZERO = 1e-9


@dataclass(frozen=True, eq=False)
class PhantomTrial:
    """One phantom and its reconstruction; every PSNR, in dB, takes its own image's peak."""

    acquisition: Acquisition
    images: Array
    psnr: float
    oracle_psnr: float
    zero_filled_psnr: float
    seconds: float
    groups: int


def make_phantom_settings(method: str = "gpdasc", start: str | None = None) -> Settings:
    """Return the experiment's settings: Haar wavelets in six levels, every group penalised."""
    return Settings(
        method=method,
        wavelet="haar",
        levels=LEVELS,
        penalise_coarse=True,
        max_inner=3,
        start=start,
        thresholds="hard",
        joint="always",
    )


def simulate_phantom(seed: int) -> Acquisition:
    """Simulate the data of one trial; the seed decides about intensities and noise.

    >>> simulate_phantom(0).samples.shape
    (3, 1257)
    """
    rng = np.random.default_rng(seed)
    images = make_shepp_logan_channels(SIZE, N_CHANNELS, random_state=rng)
    mask = make_radial_mask((SIZE, SIZE), N_LINES)
    return simulate_acquisition(images, mask, SIGMA, random_state=rng)


def run_phantom_trial(
    method: str, seed: int, *, start: str | None = None, callback: Callback | None = None
) -> PhantomTrial:
    """Simulate and reconstruct one phantom."""
    data = simulate_phantom(seed)
    began = perf_counter()
    result = reconstruct(data, make_phantom_settings(method, start), callback=callback)
    seconds = perf_counter() - began
    assert data.truth is not None
    return PhantomTrial(
        acquisition=data,
        images=result.images,
        psnr=own_peak_psnr(result.images, data.truth),
        oracle_psnr=_compute_oracle_psnr(seed),
        zero_filled_psnr=own_peak_psnr(data.zero_fill(), data.truth),
        seconds=seconds,
        groups=result.n_groups,
    )


def run_phantom_trials(
    method: str, n_seeds: int, *, start: str | None = None, callback: Callback | None = None
) -> Iterator[PhantomTrial]:
    """Yield the trials of seeds 0, 1, ..., with everything compiled before the first is timed."""
    check_count("seeds", n_seeds)
    warm_up_phantom(method, start)
    for seed in range(n_seeds):
        yield run_phantom_trial(method, seed, start=start, callback=callback)


@lru_cache(maxsize=8)
def warm_up_phantom(method: str, start: str | None = None) -> None:
    """Compile the solver of a method, once in every process."""
    # A callback that stops at once would skip the method that follows the start.
    stop = None if start else lambda _: True
    reconstruct(simulate_phantom(0), make_phantom_settings(method, start), callback=stop)


def summarise_trials(method: str, trials: Sequence[PhantomTrial]) -> dict[str, float | str]:
    """Return the means over trials: "psnr", "oracle_psnr", "seconds", "groups"; and "method"."""
    names = ("psnr", "oracle_psnr", "seconds", "groups")
    return {**{name: average(trials, name) for name in names}, "method": method}


def average(trials: Sequence[PhantomTrial], name: str) -> float:
    """Return the mean of one attribute over trials."""
    return float(np.mean([getattr(trial, name) for trial in trials]))


def own_peak_psnr(images: Array, truth: Array) -> float:
    """Return the PSNR in dB with the largest magnitude of `images` as its peak."""
    return psnr(images, truth, data_range=float(np.abs(images).max()))


@lru_cache(maxsize=128)
def _compute_oracle_psnr(seed: int) -> float:
    """Return the PSNR of the least-squares fit on the truly active groups, once for all methods."""
    data = simulate_phantom(seed)
    problem, wavelet = make_problem(data, make_phantom_settings())
    assert data.truth is not None
    true_norms = problem.groups.norms(wavelet.adjoint(data.truth))
    coef = oracle_solution(problem, np.flatnonzero(true_norms > _NOT_ZERO))
    return own_peak_psnr(wavelet.apply(coef), data.truth)
