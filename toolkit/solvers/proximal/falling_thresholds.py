"""Thresholds of group norms: the universal one, and strengths that fall."""

from __future__ import annotations

from math import exp, lgamma, log, sqrt

import numpy as np

from ...penalties import GroupL0, GroupNormPenalty

_FALLING = 0.6  # the share of the iterations in which the threshold falls


def find_universal_threshold(sigma: float, n_reals: int, n_groups: int) -> float:
    """Return the norm that the largest of many groups of noise is not expected to exceed.

    With `sigma` for each of the group's d = `n_reals` real numbers, of which a complex
    one has two, and N groups it is ``sigma sqrt(d + 2 sqrt(d log N) + 2 log N)``: the
    quantile of the chi-squared distribution of Laurent and Massart (2000, lemma 1)
    at the probability 1 / N.

    Examples
    --------
    >>> find_universal_threshold(2.0, 9, 1)
    6.0
    """
    surprise = log(n_groups)
    return sigma * sqrt(n_reals + 2 * sqrt(n_reals * surprise) + 2 * surprise)


def find_typical_threshold(sigma: float, n_reals: int) -> float:
    """Return the norm that most groups of noise do not exceed: its mean and standard deviation.

    With `sigma` for each of the group's d = `n_reals` real numbers, norms follow the chi
    distribution of d degrees of freedom, with mean ``sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2)``.

    Examples
    --------
    >>> round(find_typical_threshold(1.0, 1), 3)
    1.401
    """
    mean = sqrt(2) * exp(lgamma((n_reals + 1) / 2) - lgamma(n_reals / 2))
    return sigma * (mean + sqrt(max(n_reals - mean**2, 0.0)))


def find_threshold(penalty: GroupNormPenalty, step: float) -> float:
    """Return the norm above which the proximal step keeps a group of weight one.

    The penalty is `GroupL0`, or one whose slope at zero is its strength.
    """
    if isinstance(penalty, GroupL0):
        return sqrt(2 * step * penalty.alpha)
    return step * penalty.alpha


def scale_thresholds(penalty: GroupNormPenalty, factor: float) -> GroupNormPenalty:
    """Return the penalty whose thresholds are `factor` times those of the given one.

    Examples
    --------
    >>> scale_thresholds(GroupL0(0.5), 3.0).alpha
    4.5
    """
    power = 2 if isinstance(penalty, GroupL0) else 1
    return penalty.with_alpha(float(penalty.alpha * factor**power))


def lower_thresholds(
    last: GroupNormPenalty, first_threshold: float, step: float, n_iter: int
) -> list[GroupNormPenalty]:
    """Return `n_iter` penalties whose thresholds fall geometrically to that of `last`, and stay.

    If the first threshold is below the last one, all are `last`.

    Examples
    --------
    >>> [penalty.alpha for penalty in lower_thresholds(GroupL0(0.5), 4.0, 1.0, 5)]
    [8.0, 3.174..., 1.259..., 0.5, 0.5]
    """
    ratio = max(first_threshold / find_threshold(last, step), 1.0)
    left = np.maximum(1 - np.arange(n_iter) / max(_FALLING * n_iter, 1.0), 0)
    return [scale_thresholds(last, float(ratio**share)) for share in left]
