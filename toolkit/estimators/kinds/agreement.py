"""How well scores order samples: the area under the ROC curve, and concordance."""

from __future__ import annotations

import numpy as np

from ...arrays import Array


def compute_auc(is_positive: Array, scores: Array, weights: Array) -> float:
    """Return the share of pairs of a positive and a negative whose scores have their order.

    Equal scores count one half; without pairs the share is one half.

    Examples
    --------
    >>> compute_auc(np.array([True, False, False]), np.array([2.0, 1.0, 2.0]), np.ones(3))
    0.75
    """
    values, places = np.unique(scores, return_inverse=True)
    positive = np.bincount(places, weights * is_positive, values.size)
    negative = np.bincount(places, weights * ~is_positive, values.size)
    n_pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative / 2
    return float(positive @ below / n_pairs) if n_pairs else 0.5


def compute_concordance(signed_times: Array, scores: Array, weights: Array) -> float:
    """Return the share of comparable pairs of which the earlier event has the larger score.

    Times are negative where they are censored. A pair is comparable if one time is an event and
    the other later, or censored at the same time (Harrell et al., 1982). Equal scores count one
    half; without pairs the share is one half.

    Examples
    --------
    >>> compute_concordance(np.array([1.0, 2.0, -3.0]), np.array([3.0, 1.0, 2.0]), np.ones(3))
    0.6666666666666666
    """
    times, is_event = np.abs(signed_times), signed_times > 0
    order = np.lexsort((~is_event, times))
    times, is_event, scores, weights = times[order], is_event[order], scores[order], weights[order]
    agreeing = total = 0.0
    for time in np.unique(times[is_event]):
        begin, end = np.searchsorted(times, time), np.searchsorted(times, time, side="right")
        first_later = begin + int(np.count_nonzero(is_event[begin:end]))
        later, weight = scores[first_later:], weights[first_later:]
        differences = scores[begin:first_later, None] - later
        shares = (differences > 0) + 0.5 * (differences == 0)
        own = weights[begin:first_later]
        agreeing += float(own @ (shares @ weight))
        total += float(own.sum() * weight.sum())
    return agreeing / total if total else 0.5
