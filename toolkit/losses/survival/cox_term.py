"""Cox's loss with its data, by sums over risk sets."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from scipy.special import xlogy

from ...arrays import Array, IntArray, is_single
from ..entropy import relative_entropy
from ..hessian_forms import HessianForm, RiskHessian
from ..loss import DataTerm
from .kernels import (
    Expected,
    Shares,
    apply_hessian,
    bound_hessian,
    find_hazards,
    find_shares,
    sum_expected,
)
from .risk_sets import find_risk_sets

_SMALLEST_SHARE = 1e-250
_LARGEST_IMAGE, _LARGEST_SINGLE = 600.0, 80.0


class Baseline(NamedTuple):
    """Cumulative hazards of a relative risk of one, after each event time of each stratum.

    Attributes
    ----------
    strata : ndarray of int, shape (K,)
        The stratum of each event time, in the order of the sorted labels.
    times : ndarray, shape (K,)
        The event times, increasing in each stratum.
    hazards : ndarray, shape (K,)
        The cumulative hazards: the survival function is ``exp(-hazard * risk)``.
    """

    strata: IntArray
    times: Array
    hazards: Array


class CoxTerm(DataTerm):
    """Cox's loss with its data: signed times, negative where censored, and strata by number."""

    def __init__(
        self,
        times: Array,
        strata: IntArray,
        weights: Array | None,
        offset: Array | None,
        is_efron: bool,
    ) -> None:
        counts = np.ones(times.size) if weights is None else np.square(weights, dtype=float)
        if not np.any(counts[times > 0] > 0):
            raise ValueError("weights must not be zero for all events")
        self.sets = find_risk_sets(times, counts, strata, is_efron)
        self.offset = offset
        self._strata, self._size = strata, times.size
        self._events = np.where(times > 0, counts, 0.0)
        self._log_counts = np.log(self.sets.counts)
        self._segments = np.repeat(np.arange(self.sets.deaths.size), np.diff(self.sets.starts))
        self._is_event = self._events[self.sets.order] > 0
        # A row for every term of every event time.
        n_terms = self.sets.n_terms
        self._of_term = np.repeat(np.arange(n_terms.size), n_terms)
        firsts = np.cumsum(n_terms) - n_terms
        self._a = (np.arange(self._of_term.size) - firsts[self._of_term]) / n_terms[self._of_term]
        self._weights = (self.sets.deaths / n_terms)[self._of_term]
        strata_deaths = np.add.reduceat(self.sets.deaths, np.flatnonzero(self.sets.is_first))
        self.curvature_bound = float(strata_deaths.max()) / 2
        self.n_observations = int(np.count_nonzero(self._events))
        self.mean_weight = float(self._events.sum()) / self.n_observations
        self.infimum = -self.conjugate(np.zeros(times.size))

    def value(self, image: Array) -> float:
        """Return the negative log partial likelihood."""
        logs, shares = self._find_shares(image)
        own = (logs - self._log_counts)[self._is_event]
        sums = shares.log_sums[self._segments[self._is_event]]
        events = self.sets.counts[self._is_event]
        tied = self._weights * np.log1p(-self._a * shares.events[self._of_term])
        return float(np.sum(events * (sums - own)) + tied.sum())

    def gradient(self, image: Array) -> Array:
        """Return the expected events less those that were."""
        return self._subtract_events(self._find_shares(image)[1], image)

    def curvature(self, image: Array) -> Array:
        """Return the diagonal of a matrix that is not below the Hessian."""
        return self._spread(bound_hessian(*self._find_shares(image), self.sets), image)

    def derivatives(self, image: Array) -> tuple[Array, Array]:
        """Return gradient and curvature from one set of shares."""
        logs, shares = self._find_shares(image)
        curvature = self._spread(bound_hessian(logs, shares, self.sets), image)
        return self._subtract_events(shares, image), curvature

    def apply_hessian(self, image: Array, directions: Array) -> Array:
        """Return the Hessian times directions."""
        _, shares = self._find_shares(image)
        at_risk = directions.reshape(-1, self._size)[:, self.sets.order].astype(float)
        turned = self._spread(apply_hessian(at_risk, shares, self.sets), image)
        return cast(Array, turned.reshape(directions.shape))

    def hessian_form(self, image: Array) -> HessianForm:
        """Return the Hessian for compiled code."""
        return RiskHessian(self._find_shares(image)[1], self.sets)

    def conjugate(self, dual: Array) -> float:
        """Return the conjugate; see `Cox`."""
        each = self._read_dual(dual)
        if each is None:
            return np.inf
        sums = sum_expected(each, self.sets)
        after, own = self._weigh_hazards(sums)
        entropy = xlogy(each, each / self.sets.counts).sum() + xlogy(sums.before, sums.before).sum()
        entropy -= xlogy(sums.others, after).sum() + xlogy(sums.events, own).sum()
        entropy -= np.sum(self._weights * np.log1p(-self._a * sums.rho[self._of_term]))
        return float(entropy) - self._project_offset(dual)

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        """Return the gap, as relative entropies where no risk is vanishingly small."""
        logs, shares = self._find_shares(image)
        continuing = shares.later[:-1][~self.sets.is_first[1:]]
        if min(shares.each.min(), continuing.min(initial=1.0)) < _SMALLEST_SHARE:
            return super().fenchel_gap(image.astype(float), dual)
        each = self._read_dual(dual)
        return np.inf if each is None else self._sum_entropies(each, logs, shares)

    def predict(self, image: Array) -> Array:
        """Return relative risks."""
        largest = _LARGEST_SINGLE if is_single(image.dtype) else _LARGEST_IMAGE
        return np.exp(np.minimum(self._shift(image), largest))

    def find_baseline(self, image: Array) -> Baseline:
        """Return the cumulative baseline hazard, that of a relative risk of one.

        Of the ties' own kind: Breslow's estimate, ``sum_k D_k / S_k``, or Efron's.
        """
        _, shares = self._find_shares(image)
        before, after, _ = find_hazards(shares, self.sets)
        steps = (after - before) * np.exp(np.minimum(-shares.log_sums, _LARGEST_IMAGE))
        starts = np.flatnonzero(self.sets.is_first)
        hazards = np.concatenate([np.cumsum(part) for part in np.split(steps, starts[1:])])
        strata = self._strata[self.sets.order[self.sets.starts[:-1]]]
        return Baseline(strata, self.sets.times, hazards)

    def _find_shares(self, image: Array) -> tuple[Array, Shares]:
        """Return the logarithms of the relative risks of those at risk, and their shares."""
        moved = image.astype(float) if self.offset is None else image + self.offset
        logs = moved[self.sets.order] + self._log_counts
        return logs, find_shares(logs, self.sets)

    def _subtract_events(self, shares: Shares, image: Array) -> Array:
        """Return the expected events less those that were, the gradient."""
        _, after, own = find_hazards(shares, self.sets)
        expected = shares.each * self._of_each(own, after)
        result: Array = self._spread(expected, image) - self._events.astype(image.dtype)
        return result

    def _of_each(self, events: Array, others: Array) -> Array:
        """Return the values of their event times for the data at risk."""
        return np.where(self._is_event, events[self._segments], others[self._segments])

    def _spread(self, values: Array, image: Array) -> Array:
        """Return values of those at risk, zero for the rest, in the dtype of an image."""
        result = np.zeros((*values.shape[:-1], self._size), image.dtype)
        result[..., self.sets.order] = values
        return result

    def _read_dual(self, dual: Array) -> Array | None:
        """Return the expected events of a dual; None outside the domain, but for rounding."""
        order, counts = self.sets.order, self.sets.counts
        if np.count_nonzero(dual) != np.count_nonzero(dual[order]):
            return None
        rounding = float(np.finfo(dual.dtype).eps)
        each = dual[order] + self._events[order]
        if np.any(each < -8 * rounding * counts):
            return None
        each = np.maximum(each, 0)
        slack = rounding * (8 + np.sqrt(each.size)) * self.sets.deaths.sum()
        return each if sum_expected(each, self.sets).violation <= slack else None

    def _weigh_hazards(self, sums: Expected) -> tuple[Array, Array]:
        """Return Q and Q' of every event time for expected events."""
        hazards = self._weights / (1 - self._a * sums.rho[self._of_term])
        after = sums.before + np.bincount(self._of_term, hazards)
        return after, sums.before + np.bincount(self._of_term, hazards * (1 - self._a))

    def _sum_entropies(self, each: Array, logs: Array, shares: Shares) -> float:
        """Return the relative entropies between expected events and those of an image."""
        sums = sum_expected(each, self.sets)
        _, after, own = find_hazards(shares, self.sets)
        log_hazards = np.log(self._of_each(own, after))
        log_each = logs - shares.log_sums[self._segments] + log_hazards
        gap = relative_entropy(each, np.exp(log_each), log_each).sum()
        gap += _compare(sums.following, after * shares.later).sum()
        gap -= _compare(sums.events, own * shares.events).sum()
        gap -= _compare(sums.others, after * shares.others).sum()
        # The shares of the events, in those carried from before, and in each term.
        left = sums.others / self._weigh_hazards(sums)[0]
        splits = _compare(sums.rho, shares.events) + _compare(left, shares.others)
        gap += np.sum(sums.before * splits)
        rho, left, a = sums.rho[self._of_term], left[self._of_term], self._a
        there, left_there = shares.events[self._of_term], shares.others[self._of_term]
        scale, scale_there = 1 / (1 - a * rho), 1 / (1 - a * there)
        terms = _compare((1 - a) * rho * scale, (1 - a) * there * scale_there)
        terms += _compare(left * scale, left_there * scale_there)
        return max(0.0, float(gap + np.sum(self._weights * terms)))


def _compare(x: Array, y: Array) -> Array:
    """Return the relative entropy of numbers of which `x` is zero where `y` is."""
    return relative_entropy(x, y, np.log(np.where(y > 0, y, 1.0)))
