"""Some gathers that are inverted in one go, on whatever machine: all they need is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ....toolkit.arrays import Array, IntArray
from ....toolkit.diagnostics import oracle_solution
from ....toolkit.groups import Groups
from ....toolkit.operators import Channelwise
from ....toolkit.problem import Problem
from ....toolkit.solution import Solution, without_warnings
from ..signal.source import make_channel_operator
from .methods import GatherTask, Method, get_method
from .reflectors import mark_peaks


@dataclass(frozen=True, eq=False)
class Batch:
    """Gathers with the same shots.

    Attributes
    ----------
    data : ndarray, shape (channel, gather, time)
        Every channel is a shot, or a shot at one of the traces of a gather.
    wavelets : list of ndarray
        One per channel, (n_lags,) or (n_samples, n_lags), of about unit norm.
    deviation : float
        The standard deviation of the noise.
    method : str
        A name of `METHODS`.
    strength : float or None
        Relative to the strength that leaves nothing; None to follow the noise.
    refit : bool or None
        Whether to fit amplitudes anew; None as the method does.
    window : int
        How many samples a group has in time.
    """

    data: Array
    wavelets: list[Array]
    deviation: float
    method: str
    strength: float | None = None
    refit: bool | None = None
    window: int = 1


class Inverted(NamedTuple):
    """What came out of a batch.

    Attributes
    ----------
    reflectivity : ndarray, shape (channel, gather, time)
        In the dtype of the data.
    reflectors : list of ndarray of int
        The samples of every gather.
    n_unconverged : int
        How many solutions are not what was asked for.
    """

    reflectivity: Array
    reflectors: list[IntArray]
    n_unconverged: int


def invert_batch(batch: Batch) -> Inverted:
    """Invert gathers.

    Parameters
    ----------
    batch : Batch
        Data and settings.

    Returns
    -------
    Inverted
        Reflectivity and reflectors.

    Examples
    --------
    >>> data = np.convolve(np.eye(9)[4], [0.5, 1.0, 0.5], mode="same")[None, None]
    >>> batch = Batch(data, [np.array([0.5, 1.0, 0.5])], 1e-3, "sbl")
    >>> invert_batch(batch).reflectors
    [array([4])]
    """
    method = get_method(batch.method)
    _, n_gathers, n_samples = batch.data.shape
    at_once = n_gathers if method.several else 1
    wavelets = [wavelet.astype(batch.data.dtype, copy=False) for wavelet in batch.wavelets]
    operator = make_channel_operator(wavelets, (at_once, n_samples))
    return _join(
        [
            _invert_gathers(batch, method, operator, batch.data[:, begin : begin + at_once])
            for begin in range(0, n_gathers, at_once)
        ]
    )


def _invert_gathers(batch: Batch, method: Method, operator: Channelwise, data: Array) -> Inverted:
    problem = _make_problem(operator, data, batch.window)
    setting = GatherTask(problem, batch.deviation, batch.strength)
    with without_warnings():
        solution: Solution = method.solver(setting).solve(problem)
    norms = np.linalg.norm(solution.coef, axis=0)
    marked = mark_peaks(norms) if method.peaks else norms > 0
    coef = solution.coef
    if method.refit if batch.refit is None else batch.refit:
        plain = problem if not problem.groups.overlapping else _make_problem(operator, data, 1)
        coef = oracle_solution(plain, np.flatnonzero(marked))
    reflectors = [np.flatnonzero(gather) for gather in marked]
    return Inverted(coef, reflectors, 0 if solution.status.is_success else 1)


def _make_problem(operator: Channelwise, data: Array, window: int) -> Problem:
    """Return the problem of gathers, groups being samples or windows of them over all channels."""
    groups: Any = Groups.across(axis=0) if window == 1 else _list_windows(data.shape[-1], window)
    return Problem(operator, data, groups)


def _list_windows(n_samples: int, length: int) -> list[IntArray]:
    """Return all windows of so many neighbouring samples of one trace."""
    return [np.arange(begin, begin + length) for begin in range(n_samples - length + 1)]


def _join(parts: list[Inverted]) -> Inverted:
    return Inverted(
        np.concatenate([part.reflectivity for part in parts], axis=1),
        [gather for part in parts for gather in part.reflectors],
        sum(part.n_unconverged for part in parts),
    )
