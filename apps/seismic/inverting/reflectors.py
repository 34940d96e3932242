"""Reflectors: the samples at which the joint reflectivity of all shots peaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array

if TYPE_CHECKING:
    import pandas as pd


def mark_peaks(strengths: ArrayLike) -> Array:
    """Mark strengths (..., time) that are positive, not below the one before and above the next.

    A convex penalty puts a reflector between two samples on both of them; it must count once.

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
    """Return a table with a row for every reflector.

    `reflectors` holds the samples of every trace, `traces` the numbers of the traces, and `times`
    the times of the samples in seconds. The columns are "trace", "sample" (from 0), "time"
    (seconds), "strength" (root mean square over shots) and "mean" (over shots, with sign).
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
