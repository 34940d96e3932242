"""Gathers that are inverted in one call, in this process or on another machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array, IntArray
from ....toolkit.convergence import without_warnings
from ....toolkit.diagnostics import oracle_solution
from ....toolkit.groups import Groups
from ....toolkit.operators import Channelwise
from ....toolkit.problem import Problem
from ..signal.source import make_channel_operator
from .methods import GatherTask, get_method
from .reflectors import mark_peaks
from .settings import InversionSettings


@dataclass(frozen=True, eq=False)
class Batch:
    """Gathers with the same live channels, and how to invert them.

    A channel is a shot, or a shot at one of the traces of a gather.

    Attributes
    ----------
    data : ndarray, shape (channel, gather, time)
    wavelets : list of ndarray
        One per channel, (n_lags,) or (n_samples, n_lags), of about unit norm.
    deviation : float
        The standard deviation of the noise.
    settings : InversionSettings
    """

    data: Array
    wavelets: list[Array]
    deviation: float
    settings: InversionSettings


class InvertedBatch(NamedTuple):
    """Reflectivity (channel, gather, time), and the reflectors of every gather, of a batch."""

    reflectivity: Array
    reflectors: list[IntArray]
    n_unconverged: int


def invert_batch(batch: Batch) -> InvertedBatch:
    """Invert the gathers of a batch.

    Examples
    --------
    >>> data = np.convolve(np.eye(9)[4], [0.5, 1.0, 0.5], mode="same")[None, None]
    >>> batch = Batch(data, [np.array([0.5, 1.0, 0.5])], 1e-3, InversionSettings("sbl"))
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
        sum(part.n_unconverged for part in parts),
    )


def _invert_gathers(batch: Batch, operator: Channelwise, data: Array) -> InvertedBatch:
    settings, method = batch.settings, get_method(batch.settings.method)
    problem = _make_problem(operator, data, settings.window_length)
    task = GatherTask(problem, batch.deviation, settings.strength)
    with without_warnings():
        solution = method.make_solver(task).solve(problem)
    norms = np.linalg.norm(solution.coef, axis=0)
    marked = mark_peaks(norms) if method.peaks else norms > 0
    coef = solution.coef
    if method.refit if settings.refit is None else settings.refit:
        plain = problem if not problem.groups.overlapping else _make_problem(operator, data, 1)
        coef = oracle_solution(plain, np.flatnonzero(marked))
    reflectors = [np.flatnonzero(gather) for gather in marked]
    return InvertedBatch(coef, reflectors, 0 if solution.status.is_success else 1)


def _make_problem(operator: Channelwise, data: Array, window: int) -> Problem:
    """Return the problem whose groups are samples, or windows of samples, of all channels."""
    if window == 1:
        return Problem(operator, data, Groups.across(axis=0))
    begins = range(data.shape[-1] - window + 1)
    return Problem(operator, data, [np.arange(begin, begin + window) for begin in begins])
