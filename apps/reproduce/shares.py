"""How often something came out, and between which limits its probability lies."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike


class Share(NamedTuple):
    """A share of trials with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
        From 0 to 1.
    """

    value: float
    low: float
    high: float


def estimate_share(succeeded: ArrayLike) -> Share:
    """Return the share of trials that succeeded, with Wilson's 95 % interval.

    Parameters
    ----------
    succeeded : array_like of int or bool
        1 or 0 for each trial.

    Returns
    -------
    Share
        Its interval has a length even where all succeeded.

    Raises
    ------
    ValueError
        If there is no trial.

    Examples
    --------
    >>> [round(value, 3) for value in estimate_share([1, 1, 0, 1])]
    [0.75, 0.301, 0.954]
    """
    import numpy as np
    from scipy.stats import binomtest

    outcomes = np.asarray(succeeded, dtype=int)
    result = binomtest(int(outcomes.sum()), outcomes.size)
    interval = result.proportion_ci(method="wilson")
    return Share(float(outcomes.mean()), float(interval.low), float(interval.high))
