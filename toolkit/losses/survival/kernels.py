"""Sums over risk sets, in one pass each from the largest time down or from the smallest up.

Relative risks of the data are ``theta = c exp(u)``. At event time k let S be their sum over the
risk set, E over the events, and ``rho = E / S``. Efron's loss of d events is a sum of d terms of
weight ``w = D / d``: the logarithms of ``S - a E`` for ``a = 0, 1/d, ..., (d - 1) / d``; Breslow's
has one term of weight D, with ``a = 0``. `Shares` hold all risks as shares of S, so nothing
overflows.

Passes upwards carry ``P = Lambda S``, Lambda the cumulative hazard before the event time: it grows
to Q there, for the events to their own Q', since Efron counts them by ``1 - a``, and shrinks with S
from one risk set to the next.
"""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

import numpy as np

from ...arrays import Array
from ...execution.compiling import compile_kernel
from .risk_sets import RiskSets


class Shares(NamedTuple):
    """Relative risks as shares of the sum S of their risk set.

    Attributes
    ----------
    each : ndarray, shape (m,)
        Of each datum, in the risk set of its segment.
    events : ndarray, shape (K,)
        Of the events of each time together: rho.
    others : ndarray, shape (K,)
        Of all others in the risk set: 1 - rho.
    later : ndarray, shape (K,)
        Of the next risk set of the stratum.
    log_sums : ndarray, shape (K,)
        The logarithms of S.
    """

    each: Array
    events: Array
    others: Array
    later: Array
    log_sums: Array


@compile_kernel
def find_shares(logs: Array, sets: RiskSets) -> Shares:
    """Return the shares of data with such logarithms of their risks."""
    n = sets.deaths.size
    each = np.empty(logs.size)
    events, others, later, log_sums = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    top, rest = -np.inf, 0.0
    for k in range(n - 1, -1, -1):
        start, middle, stop = sets.starts[k], sets.middles[k], sets.starts[k + 1]
        largest = top
        for i in range(start, stop):
            largest = max(largest, logs[i])
        if rest > 0:
            rest *= exp(top - largest)
        died, stayed = 0.0, 0.0
        for i in range(start, stop):
            each[i] = exp(logs[i] - largest)
            if i < middle:
                died += each[i]
            else:
                stayed += each[i]
        total = rest + died + stayed
        for i in range(start, stop):
            each[i] /= total
        events[k], others[k], later[k] = died / total, (stayed + rest) / total, rest / total
        log_sums[k] = largest + log(total)
        top, rest = largest, total
        if sets.is_first[k]:
            top, rest = -np.inf, 0.0
    return Shares(each, events, others, later, log_sums)


@compile_kernel
def find_hazards(shares: Shares, sets: RiskSets) -> tuple[Array, Array, Array]:
    """Return P, Q and Q' of every event time."""
    n = sets.deaths.size
    before, after, own = np.empty(n), np.empty(n), np.empty(n)
    carried = 0.0
    for k in range(n):
        if sets.is_first[k]:
            carried = 0.0
        before[k] = after[k] = own[k] = carried
        weight = sets.deaths[k] / sets.n_terms[k]
        for term in range(sets.n_terms[k]):
            a = term / sets.n_terms[k]
            hazard = weight / (1 - a * shares.events[k])
            after[k] += hazard
            own[k] += hazard * (1 - a)
        carried = after[k] * shares.later[k]
    return before, after, own


@compile_kernel
def bound_hessian(logs: Array, shares: Shares, sets: RiskSets) -> Array:
    """Return the diagonal of a matrix that is not below the Hessian.

    Of each term, with shares p, it is the diagonal that is best for a multinomial loss: p, but
    where a share exceeds 1/2, twice that times the others, and ``2 p (1 - p)`` itself.
    """
    result = np.zeros(logs.size)
    peaks = _find_peaks(logs, sets)
    carried = 0.0
    for k in range(sets.deaths.size):
        start, middle, stop = sets.starts[k], sets.middles[k], sets.starts[k + 1]
        if sets.is_first[k]:
            carried = 0.0
        after = own = carried
        weight = sets.deaths[k] / sets.n_terms[k]
        for term in range(sets.n_terms[k]):
            a = term / sets.n_terms[k]
            scale = 1 / (1 - a * shares.events[k])
            peak, largest = -1, 0.5
            for candidate in peaks[k]:
                if candidate >= 0:
                    share = exp(logs[candidate] - shares.log_sums[k]) * scale
                    if candidate < middle:
                        share *= 1 - a
                    if share > largest:
                        peak, largest = candidate, share
            if peak >= 0:
                result[peak] -= 2 * weight * largest * (2 * largest - 1)
            hazard = 2 * largest * weight * scale if peak >= 0 else weight * scale
            after += hazard
            own += hazard * (1 - a)
        for i in range(start, stop):
            result[i] += shares.each[i] * (own if i < middle else after)
        carried = after * shares.later[k]
    return np.maximum(result, 0.0)


@compile_kernel
def _find_peaks(logs: Array, sets: RiskSets) -> Array:
    """Return the datum of largest risk among the events of each time, and among the others.

    -1 where there is none.
    """
    n = sets.deaths.size
    peaks = np.full((n, 2), -1)
    running = -1
    for k in range(n - 1, -1, -1):
        start, middle, stop = sets.starts[k], sets.middles[k], sets.starts[k + 1]
        for i in range(middle, stop):
            if running < 0 or logs[i] > logs[running]:
                running = i
        peaks[k, 1] = running
        event = start
        for i in range(start, middle):
            if logs[i] > logs[event]:
                event = i
        peaks[k, 0] = event
        if running < 0 or logs[event] > logs[running]:
            running = event
        if sets.is_first[k]:
            running = -1
    return peaks


@compile_kernel
def apply_hessian(directions: Array, shares: Shares, sets: RiskSets) -> Array:
    """Return the Hessian times directions, shape (n_directions, m)."""
    result = np.empty(directions.shape)
    n = sets.deaths.size
    means, parts = np.empty(n), np.empty(n)
    for row in range(directions.shape[0]):
        _find_means(directions[row], shares, sets, means, parts)
        carried, turned = 0.0, 0.0  # the sum of hazards, and of hazards times means
        for k in range(n):
            if sets.is_first[k]:
                carried = turned = 0.0
            after = own = carried
            after_turned = own_turned = turned
            weight = sets.deaths[k] / sets.n_terms[k]
            for term in range(sets.n_terms[k]):
                a = term / sets.n_terms[k]
                left = 1 - a * shares.events[k]
                hazard, mean = weight / left, (means[k] - a * parts[k]) / left
                after += hazard
                after_turned += hazard * mean
                own += hazard * (1 - a)
                own_turned += hazard * (1 - a) * mean
            middle = sets.middles[k]
            for i in range(sets.starts[k], middle):
                value = own * directions[row, i] - own_turned
                result[row, i] = shares.each[i] * value
            for i in range(middle, sets.starts[k + 1]):
                value = after * directions[row, i] - after_turned
                result[row, i] = shares.each[i] * value
            carried, turned = after * shares.later[k], after_turned * shares.later[k]
    return result


@compile_kernel
def _find_means(
    direction: Array, shares: Shares, sets: RiskSets, means: Array, parts: Array
) -> None:
    """Store the mean of a direction over each risk set, and the part of the events in it."""
    mean = 0.0
    for k in range(means.size - 1, -1, -1):
        middle = sets.middles[k]
        died, stayed = 0.0, 0.0
        for i in range(sets.starts[k], middle):
            died += shares.each[i] * direction[i]
        for i in range(middle, sets.starts[k + 1]):
            stayed += shares.each[i] * direction[i]
        mean = mean * shares.later[k] + died + stayed
        means[k], parts[k] = mean, died


class Expected(NamedTuple):
    """Expected events of the data, summed as the passes need them.

    Attributes
    ----------
    before : ndarray, shape (K,)
        P of each event time.
    following : ndarray, shape (K,)
        P of the next event time of the stratum.
    events : ndarray, shape (K,)
        Of the events of each time: M'.
    others : ndarray, shape (K,)
        Of all others at risk: ``P + D - M'``.
    rho : ndarray, shape (K,)
        The share of the events in the relative risks of an image that expects these events.
    violation : float
        By how much no image does: no sum may be negative, and the last of a stratum is zero.
    """

    before: Array
    following: Array
    events: Array
    others: Array
    rho: Array
    violation: float


@compile_kernel
def sum_expected(each: Array, sets: RiskSets) -> Expected:
    """Return the sums of expected events of the data."""
    n = sets.deaths.size
    before, following, rho = np.empty(n), np.empty(n), np.empty(n)
    events, others = np.zeros(n), np.zeros(n)
    carried, violation = 0.0, 0.0
    for k in range(n):
        middle = sets.middles[k]
        for i in range(sets.starts[k], middle):
            events[k] += each[i]
        for i in range(middle, sets.starts[k + 1]):
            others[k] += each[i]
        before[k] = carried
        rho[k] = _solve_share(carried, events[k], sets.deaths[k], sets.n_terms[k])
        carried += sets.deaths[k] - events[k] - others[k]
        violation = max(violation, -carried)
        if k == n - 1 or sets.is_first[k + 1]:
            violation = max(violation, carried)
            carried = 0.0
        carried = max(carried, 0.0)
        following[k] = carried
        others[k] += carried
    return Expected(before, following, events, others, rho, violation)


@compile_kernel
def _solve_share(before: float, own: float, deaths: float, n_terms: int) -> float:
    """Return rho with ``rho P + w sum_a (1 - a) rho / (1 - a rho)`` equal to the events' number.

    The sum is convex and increases, so that Newton's method decreases from one without overshoot.
    """
    if n_terms == 1:
        return min(own / (before + deaths), 1.0)
    rho, weight = 1.0, deaths / n_terms
    for _ in range(100):
        value, slope = rho * before - own, before
        for term in range(n_terms):
            a = term / n_terms
            value += weight * (1 - a) * rho / (1 - a * rho)
            slope += weight * (1 - a) / (1 - a * rho) ** 2
        step = value / slope
        rho = min(max(rho - step, 0.0), 1.0)
        if step <= 1e-16 * rho:
            break
    return rho
