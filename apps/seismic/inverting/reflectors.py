"""Where reflectors are: samples at which the reflectivity of all shots together is largest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array

if TYPE_CHECKING:
    import pandas as pd


def mark_peaks(strengths: ArrayLike) -> Array:
    """Mark the samples that are not weaker than their neighbours in time.

    Methods with a convex penalty put a reflector between two samples on both of
    them; it counts once.

    Parameters
    ----------
    strengths : array_like, shape (..., time)
        Not negative, such as norms over shots.

    Returns
    -------
    ndarray of bool
        True at strengths above zero that are at least that of the sample
        before, and more than that of the sample after.

    Examples
    --------
    >>> mark_peaks([0.0, 1.0, 2.0, 0.0, 3.0, 0.0]).nonzero()[0]
    array([2, 4])
    """
    values = np.asarray(strengths)
    edge = np.zeros((*values.shape[:-1], 1), values.dtype)
    before = np.concatenate([edge, values[..., :-1]], axis=-1)
    after = np.concatenate([values[..., 1:], edge], axis=-1)
    marked: Array = (values > 0) & (values >= before) & (values > after)
    return marked


def tabulate_reflectors(
    reflectivity: Array, reflectors: Sequence[Array], traces: Array, times: Array
) -> pd.DataFrame:
    """Return a table with a line for every reflector.

    Parameters
    ----------
    reflectivity : ndarray, shape (shot, trace, time)
        What was recovered.
    reflectors : sequence of ndarray of int
        The samples of every trace.
    traces : ndarray of int, shape (trace,)
        What traces are called.
    times : ndarray, shape (time,)
        Of the samples, in seconds.

    Returns
    -------
    pandas.DataFrame
        "trace", "sample" (from 0), "time" (seconds), "strength" (root mean
        square over shots), "mean" (over shots, with sign).

    Examples
    --------
    >>> found = np.zeros((2, 1, 4))
    >>> found[:, 0, 2] = [3.0, -1.0]
    >>> tabulate_reflectors(found, [np.array([2])], np.array([7]), 0.5 * np.arange(4))[
    ...     "mean"
    ... ].item()
    1.0
    """
    import pandas as pd

    where = np.repeat(np.arange(len(reflectors)), [one.size for one in reflectors])
    samples = np.concatenate([*reflectors, np.empty(0, np.intp)]).astype(np.intp)
    values = reflectivity[:, where, samples]
    columns = {
        "trace": np.asarray(traces)[where],
        "sample": samples,
        "time": np.asarray(times)[samples].round(9),
        "strength": np.sqrt((values**2).mean(axis=0)),
        "mean": values.mean(axis=0),
    }
    return pd.DataFrame(columns)
