"""Cox's partial likelihood, for survival times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, IntArray, as_plain_array, as_real_array
from ...checks import check_choice
from ..loss import Loss
from .cox_term import CoxTerm


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

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> CoxTerm:
        """Return the loss of such data; a `ValueError` if strata or weights do not fit."""
        return CoxTerm(data, self._read_strata(data.size), weights, offset, self.ties == "efron")

    def _read_strata(self, n_samples: int) -> IntArray:
        """Return the number of the stratum of each datum."""
        if self.strata is None:
            return np.zeros(n_samples, np.intp)
        labels = as_plain_array(self.strata, "strata")
        if labels.size != n_samples:
            raise ValueError(f"strata must have {n_samples} labels, got {labels.size}")
        if labels.dtype.kind in "fc" and np.isnan(labels).any():
            raise ValueError("strata must not hold NaN")
        try:
            return cast(IntArray, np.unique(labels, return_inverse=True)[1].reshape(-1))
        except TypeError as error:
            raise ValueError("strata must hold labels of one kind") from error

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
