"""The risk sets of survival times, in the order in which they are summed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...arrays import Array, IntArray


class RiskSets(NamedTuple):
    """Who is at risk at each event time, as segments of one sequence.

    Segment `k` belongs to the k-th event time: first the data with an event then, from
    ``starts[k]`` to ``middles[k]``, then those that are censored from then on, but before the
    next event time, to ``starts[k + 1]``. The risk set is the segment and all later ones of its
    stratum. Data that do not count, or are censored before the first event, are left out.

    Attributes
    ----------
    order : ndarray of int, shape (m,)
        The positions of the data.
    counts : ndarray, shape (m,)
        How often each of them counts.
    starts, middles : ndarray of int, shape (K + 1,) and (K,)
        The segments.
    is_first : ndarray of bool, shape (K,)
        Whether an event time is the first of its stratum.
    deaths : ndarray, shape (K,)
        How often the events count.
    n_terms : ndarray of int, shape (K,)
        Of how many terms the loss of an event time consists: one (Breslow), or one for each
        event (Efron).
    times : ndarray, shape (K,)
        The event times.
    """

    order: IntArray
    counts: Array
    starts: IntArray
    middles: IntArray
    is_first: Array
    deaths: Array
    n_terms: IntArray
    times: Array


def find_risk_sets(times: Array, counts: Array, strata: IntArray, is_efron: bool) -> RiskSets:
    """Return the risk sets of signed times: those of censored data are negative."""
    kept = np.flatnonzero(counts > 0)
    order = kept[np.lexsort((times[kept] < 0, np.abs(times[kept]), strata[kept]))]
    is_event, when, where = times[order] > 0, np.abs(times[order]), strata[order]
    opens = is_event.copy()  # a datum with the first event of its time
    opens[1:] &= ~is_event[:-1] | (when[1:] != when[:-1]) | (where[1:] != where[:-1])
    segment = np.cumsum(opens) - 1
    at_risk = (segment >= 0) & (where[np.flatnonzero(opens)[segment]] == where)
    order, is_event, segment, opens = (a[at_risk] for a in (order, is_event, segment, opens))
    starts = np.append(np.flatnonzero(opens), order.size)
    weights = counts[order]
    n_events = np.bincount(segment, is_event).astype(np.intp)
    first = strata[order][starts[:-1]]
    return RiskSets(
        order=order,
        counts=weights,
        starts=starts,
        middles=starts[:-1] + n_events,
        is_first=np.append(True, first[1:] != first[:-1]),
        deaths=np.bincount(segment, is_event * weights),
        n_terms=n_events if is_efron else np.ones_like(n_events),
        times=np.abs(times[order][starts[:-1]]),
    )
