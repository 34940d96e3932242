"""Cox's partial likelihood, for survival times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from ..arrays import Array, IntArray, as_plain_array, as_real_array, is_single
from ..checks import check_choice
from .cox_kernels import (
    Expected,
    Shares,
    apply_hessian,
    bound_hessian,
    find_hazards,
    find_shares,
    sum_expected,
)
from .entropy import relative_entropy
from .loss import DataTerm, Loss
from .risk_sets import find_risk_sets

_SMALLEST_SHARE = 1e-250
_LARGEST_IMAGE, _LARGEST_SINGLE = 600.0, 80.0


@dataclass(frozen=True, eq=False)
class Cox(Loss):
    """Cox's proportional hazards: the negative log partial likelihood of survival times.

    The image is the logarithm of the relative risk; `predict` returns the risk. Data are a
    structured array with an event indicator and a time, as scikit-survival has, or an array of
    shape (n, 2) with times and indicators (1 = event, 0 = censored). A problem keeps them as times
    of shape (n,), negative where censored, and takes them so, too.

    Parameters
    ----------
    ties : {"efron", "breslow"}, default="efron"
        How events at equal times count.
    strata : array_like, shape (n,), optional
        A label for each datum; only data of equal label are compared.

    Notes
    -----
    ``F(u) = sum_k (sum_l w_k log(S_k - a_l E_k) - sum_i c_i u_i)`` over event times k, where i runs
    over the events then, of total count ``D_k``; ``S_k`` is the sum of ``c_j exp(u_j)`` over all at
    risk then, and ``E_k`` over the events [1]_. Breslow: one term, ``a = 0`` and ``w_k = D_k``.
    Efron [2]_: with d events, ``a_l = l / d`` for l from 0 to d - 1 and ``w_k = D_k / d``; so
    counts other than one are not the same as repeated data, as in other programs. Someone censored
    at an event time is at risk then.

    **Hessian.** A sum over terms of ``w (diag(p) - p p^T)``, p the shares of the risk set: applied
    exactly in O(n). The curvature sums diagonals that are not below each (see `Multinomial`).

    **Conjugate.** A dual d has expected events ``m = d + c`` for the events and ``m = d`` else.
    Where m is not negative and some u has this expectation, let ``P_k = sum_{j<k} (D_j - M_j)``,
    ``M_j`` the sum of m over the data that leave between the event times j and j + 1, those of j
    included: the expectation of events before k in those at risk at k. For Breslow's ties ::

        F*(d) = sum_i m_i log(m_i / c_i) + sum_k P_k log P_k - (P_k + D_k) log(P_k + D_k)

    in the domain ``m, P >= 0`` with P zero at the end of each stratum. It follows since F is a sum
    of log-sum-exps over nested sets: the optimum leaves set k for k + 1 with probability
    ``P_{k+1} / (P_k + D_k)``. For Efron's, with ``M'_k`` the sum of m over the events at k, rho the
    root of ``rho Q' = M'_k``, ``Q = P_k + w sum_l 1 / (1 - a_l rho)``, and
    ``Q' = P_k + w sum_l (1 - a_l) / (1 - a_l rho)``, the last term is ::

        - (P_k + D_k - M'_k) log Q - M'_k log Q' - w sum_l log(1 - a_l rho)

    The Fenchel gap is the sum of the relative entropies between the probabilities of dual and
    image, each accurate where they are close.

    References
    ----------
    .. [1] D. R. Cox, Regression models and life-tables, Journal of the Royal Statistical Society B
       34 (1972), 187-220; N. Breslow in its discussion.
    .. [2] B. Efron, The efficiency of Cox's likelihood function for censored data, Journal of the
       American Statistical Association 72 (1977), 557-565.

    Examples
    --------
    >>> loss = Cox()
    >>> times = loss.read_data([[3.0, 1], [5.0, 0], [4.0, 1]])
    >>> times
    array([ 3., -5.,  4.])
    >>> round(loss.bind(times, None, None).value(np.zeros(3)), 4)  # log(3) + log(2)
    1.7918
    """

    ties: str = "efron"
    strata: ArrayLike | None = None

    def __post_init__(self) -> None:
        check_choice("ties", self.ties, ("efron", "breslow"))
        if self.strata is not None and as_plain_array(self.strata, "strata").ndim != 1:
            raise ValueError(f"strata must be of shape (n,), got {np.shape(self.strata)}")

    def read_data(self, data: ArrayLike) -> Array:
        """Return times, negative where censored."""
        times, events = _split_survival(data)
        if not np.all((events == 0) | (events == 1)):
            wrong = events[(events != 0) & (events != 1)][0]
            raise ValueError(f"data must have events of 0 or 1 for {self!r}, got {wrong:g}")
        if times.min() <= 0:
            raise ValueError(f"data must have positive times for {self!r}, got {times.min():g}")
        if not events.any():
            raise ValueError("data must hold an event, got only censored times")
        return np.where(events == 1, times, -times)

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data; a `ValueError` if strata or weights do not fit."""
        return _CoxTerm(data, self._read_strata(data.size), weights, offset, self.ties == "efron")

    def _read_strata(self, n_samples: int) -> IntArray:
        """Return the number of the stratum of each datum."""
        if self.strata is None:
            return np.zeros(n_samples, np.intp)
        labels = as_plain_array(self.strata, "strata")
        if labels.size != n_samples:
            raise ValueError(f"strata must have {n_samples} labels, got {labels.size}")
        if labels.dtype.kind in "fc" and np.isnan(labels).any():
            raise ValueError("strata must not hold NaN")
        return cast(IntArray, np.unique(labels, return_inverse=True)[1].reshape(-1))

    def __repr__(self) -> str:
        return f"Cox({self.ties!r}{'' if self.strata is None else ', strata=...'})"


def _split_survival(data: ArrayLike) -> tuple[Array, Array]:
    """Return times and event indicators."""
    array = as_plain_array(data, "data")
    names = array.dtype.names
    if names is not None:
        if len(names) != 2 or array.ndim != 1:
            raise ValueError(
                "data as a structured array must have shape (n,) and two fields, event and time, "
                f"got {names} of shape {array.shape}"
            )
        events, times = (as_real_array(array[name], "data") for name in _order_fields(array))
        return times, events
    array = as_real_array(data, "data")
    if array.ndim == 1:
        return np.abs(array), (array > 0).astype(array.dtype)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(
            "data must be survival times: a structured array with event and time, or an array of "
            f"shape (n, 2) with time and event, got shape {array.shape}"
        )
    return array[:, 0], array[:, 1]


def _order_fields(array: Array) -> tuple[str, str]:
    """Return the names of the event field and of the time field."""
    first, second = cast("tuple[str, str]", array.dtype.names)
    return (second, first) if array.dtype[second].kind == "b" else (first, second)


class _CoxTerm(DataTerm):
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
        self._size = times.size
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
        self.infimum = -self.conjugate(np.zeros(times.size))

    def value(self, image: Array) -> float:
        logs, shares = self._find_shares(image)
        own = (logs - self._log_counts)[self._is_event]
        sums = shares.log_sums[self._segments[self._is_event]]
        events = self.sets.counts[self._is_event]
        tied = self._weights * np.log1p(-self._a * shares.events[self._of_term])
        return float(np.sum(events * (sums - own)) + tied.sum())

    def gradient(self, image: Array) -> Array:
        return self._subtract_events(self._find_shares(image)[1], image)

    def curvature(self, image: Array) -> Array:
        return self._spread(bound_hessian(*self._find_shares(image), self.sets), image)

    def derivatives(self, image: Array) -> tuple[Array, Array]:
        logs, shares = self._find_shares(image)
        curvature = self._spread(bound_hessian(logs, shares, self.sets), image)
        return self._subtract_events(shares, image), curvature

    def apply_hessian(self, image: Array, directions: Array) -> Array:
        _, shares = self._find_shares(image)
        at_risk = directions.reshape(-1, self._size)[:, self.sets.order].astype(float)
        turned = self._spread(apply_hessian(at_risk, shares, self.sets), image)
        return cast(Array, turned.reshape(directions.shape))

    def conjugate(self, dual: Array) -> float:
        each = self._read_dual(dual)
        if each is None:
            return np.inf
        sums = sum_expected(each, self.sets)
        after, own = self._weigh_hazards(sums)
        entropy = xlogy(each, each / self.sets.counts).sum() + xlogy(sums.before, sums.before).sum()
        entropy -= xlogy(sums.others, after).sum() + xlogy(sums.events, own).sum()
        entropy -= np.sum(self._weights * np.log1p(-self._a * sums.rho[self._of_term]))
        moved = 0.0 if self.offset is None else float(np.sum(dual * self.offset))
        return float(entropy) - moved

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        logs, shares = self._find_shares(image)
        continuing = shares.later[:-1][~self.sets.is_first[1:]]
        if min(shares.each.min(), continuing.min(initial=1.0)) < _SMALLEST_SHARE:
            return super().fenchel_gap(image.astype(float), dual)
        each = self._read_dual(dual)
        return np.inf if each is None else self._sum_entropies(each, logs, shares)

    def predict(self, image: Array) -> Array:
        largest = _LARGEST_SINGLE if is_single(image.dtype) else _LARGEST_IMAGE
        return np.exp(np.minimum(self._shift(image), largest))

    def _shift(self, image: Array) -> Array:
        """Return the image with the offset, in its own dtype."""
        if self.offset is None:
            return image
        result: Array = image + self.offset.astype(image.dtype, copy=False)
        return result

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
