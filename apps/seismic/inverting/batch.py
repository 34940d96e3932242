"""Gathers that are inverted in one call, in this process or on another machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array, IntArray
from ....toolkit.checks import hold_strength
from ....toolkit.convergence import without_warnings
from ....toolkit.diagnostics import oracle_solution
from ....toolkit.groups import Groups
from ....toolkit.noise import balance_noise
from ....toolkit.operators import Channelwise
from ....toolkit.problem import Problem
from ....toolkit.solvers import Robust
from ..signal.source import make_channel_operator
from .methods import GatherTask, get_method
from .reflectors import mark_peaks
from .settings import InversionSettings

_SETTLED = 0.1  # of the noise: a change of outliers that changes no reflector


@dataclass(frozen=True, eq=False)
class Batch:
    """Gathers with the same live channels, and how to invert them.

    A channel is a shot, or a shot at one of the traces of a gather.

    Attributes
    ----------
    data : ndarray, shape (channel, gather, time)
    wavelets : list of ndarray
        One per channel, (n_lags,) or (n_samples, n_lags), of about unit norm.
    deviations : ndarray, shape (channel,)
        The standard deviations of the noise.
    settings : InversionSettings
    """

    data: Array
    wavelets: list[Array]
    deviations: Array
    settings: InversionSettings


class InvertedBatch(NamedTuple):
    """The result of a batch.

    Reflectivity (channel, gather, time), the reflectors of every gather, and which samples of the
    data are outliers, in the shape of the data.
    """

    reflectivity: Array
    reflectors: list[IntArray]
    outliers: Array
    n_unconverged: int


def invert_batch(batch: Batch) -> InvertedBatch:
    """Invert the gathers of a batch.

    Examples
    --------
    >>> data = np.convolve(np.eye(9)[4], [0.5, 1.0, 0.5], mode="same")[None, None]
    >>> batch = Batch(data, [np.array([0.5, 1.0, 0.5])], np.array([1e-3]), InversionSettings("sbl"))
    >>> invert_batch(batch).reflectors
    [array([4])]
    """
    _, n_gathers, n_samples = batch.data.shape
    at_once = n_gathers if get_method(batch.settings.method).several else 1
    wavelets = [wavelet.astype(batch.data.dtype, copy=False) for wavelet in batch.wavelets]
    operator = make_channel_operator(wavelets, (at_once, n_samples))
    parts = [
        _invert_gathers(batch, operator, batch.data[:, begin : begin + at_once])
        for begin in range(0, n_gathers, at_once)
    ]
    return InvertedBatch(
        np.concatenate([part.reflectivity for part in parts], axis=1),
        [gather for part in parts for gather in part.reflectors],
        np.concatenate([part.outliers for part in parts], axis=1),
        sum(part.n_unconverged for part in parts),
    )


def _invert_gathers(batch: Batch, operator: Channelwise, data: Array) -> InvertedBatch:
    settings, method = batch.settings, get_method(batch.settings.method)
    deviation, weights = balance_noise(batch.deviations)
    problem = _make_problem(operator, data, settings.window_length, weights)
    contrast = 1.0 if weights is None else float(weights.max())
    solver = method.make_solver(GatherTask(problem, deviation, settings.strength, contrast))
    if settings.robust:
        solver = Robust(solver, scale=hold_strength(deviation), tol=_SETTLED)
    with without_warnings():
        solution = solver.solve(problem)
    coef, outliers = solution.coef, np.zeros_like(data)
    if isinstance(solver, Robust):
        outliers = solver.find_outliers(problem, coef)
        outliers /= 1.0 if weights is None else weights[:, None, None]
    norms = np.linalg.norm(coef, axis=0)
    marked = mark_peaks(norms) if method.peaks else norms > 0
    if method.refit if settings.refit is None else settings.refit:
        # Channels are fitted one by one, whatever their weights.
        coef = oracle_solution(_make_problem(operator, data - outliers), np.flatnonzero(marked))
    reflectors = [np.flatnonzero(gather) for gather in marked]
    n_unconverged = 0 if solution.status.is_success else 1
    return InvertedBatch(coef, reflectors, outliers != 0, n_unconverged)


def _make_problem(
    operator: Channelwise, data: Array, window: int = 1, weights: Array | None = None
) -> Problem:
    """Return the problem whose groups are samples, or windows of samples, of all channels.

    `weights` has one for every channel.
    """
    by_datum = None if weights is None else weights[:, None, None]
    if window == 1:
        return Problem(operator, data, Groups.across(axis=0), weights=by_datum)
    begins = range(data.shape[-1] - window + 1)
    windows = [np.arange(begin, begin + window) for begin in begins]
    return Problem(operator, data, windows, weights=by_datum)
