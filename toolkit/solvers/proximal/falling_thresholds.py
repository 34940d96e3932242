"""Thresholds of group norms: the universal one for noise, and strengths that fall to the last."""

from __future__ import annotations

from math import log, sqrt

import numpy as np

from ...penalties import GroupL0, GroupNormPenalty

_FALLING = 0.6  # the share of the iterations in which the threshold falls


def universal_threshold(sigma: float, n_reals: int, n_groups: int) -> float:
    """Return the norm that the largest of many groups of noise is not expected to exceed.

    The quantile of the chi-squared distribution of Laurent and Massart (2000,
    lemma 1) at the probability 1 / `n_groups`.

    Parameters
    ----------
    sigma : float
        The standard deviation of each real number.
    n_reals : int
        Real numbers in a group: a complex one counts as two.
    n_groups : int
        Groups, at least one.

    Returns
    -------
    float
        ``sigma sqrt(d + 2 sqrt(d log N) + 2 log N)``.

    Examples
    --------
    >>> universal_threshold(2.0, 9, 1)
    6.0
    """
    surprise = log(n_groups)
    return sigma * sqrt(n_reals + 2 * sqrt(n_reals * surprise) + 2 * surprise)


def threshold_of(penalty: GroupNormPenalty, step: float) -> float:
    """Return the norm above which the proximal step keeps a group of weight one.

    Parameters
    ----------
    penalty : GroupNormPenalty
        `GroupL0`, or a penalty whose slope at zero is its strength.
    step : float
        The step size.

    Returns
    -------
    float
        In the unit of the coefficients.

    Examples
    --------
    >>> threshold_of(GroupL0(2.0), 1.0)
    2.0
    """
    if isinstance(penalty, GroupL0):
        return sqrt(2 * step * penalty.alpha)
    return step * penalty.alpha


def falling(
    last: GroupNormPenalty, first_threshold: float, step: float, n_iter: int
) -> list[GroupNormPenalty]:
    """Return penalties whose thresholds fall geometrically, and then stay.

    Parameters
    ----------
    last : GroupNormPenalty
        What they end with.
    first_threshold : float
        What they begin with; if it is below the last one, all are the last.
    step : float
        The step size.
    n_iter : int
        How many.

    Returns
    -------
    list of GroupNormPenalty
        One for each iteration.

    Examples
    --------
    >>> [penalty.alpha for penalty in falling(GroupL0(0.5), 4.0, 1.0, 5)]
    [8.0, 3.174..., 1.259..., 0.5, 0.5]
    """
    power = 2 if isinstance(last, GroupL0) else 1
    ratio = max(first_threshold / threshold_of(last, step), 1.0) ** power
    left = np.maximum(1 - np.arange(n_iter) / max(_FALLING * n_iter, 1.0), 0)
    return [last.with_alpha(float(last.alpha * ratio**share)) for share in left]
