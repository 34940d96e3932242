"""Scores of recovered reflectors and reflectivities against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, IntArray, as_index_array, as_real_array
from ....toolkit.checks import as_list, check_count, check_positive, check_share
from ..inversion import Inversion

_BANDS = (0.25, 0.5, 1.0)
_MEANS = ("polarity", "amplitude_error")


class Pairs(NamedTuple):
    """The positions in the two lists of found reflectors and of the true ones paired with them."""

    found: IntArray
    true: IntArray


def match_reflectors(found: ArrayLike, true: ArrayLike, tolerance: int = 1) -> Pairs:
    """Pair found and true samples one to one, as many as possible within `tolerance` samples.

    Pairs are in the order of time. On a line, pairing the first that fit gives the largest
    matching.

    Examples
    --------
    >>> match_reflectors([10, 11, 40], [11, 12, 30]).true
    array([0, 1])
    """
    check_count("tolerance", tolerance, least=0)
    here, there = as_index_array(found, "found").ravel(), as_index_array(true, "true").ravel()
    first, second = np.argsort(here, kind="stable"), np.argsort(there, kind="stable")
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < first.size and j < second.size:
        late = here[first[i]] - there[second[j]]
        if abs(late) <= tolerance:
            pairs.append((int(first[i]), int(second[j])))
        i += late <= tolerance
        j += late >= -tolerance
    both = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return Pairs(both[:, 0], both[:, 1])


def reflector_f1(found: ArrayLike, true: ArrayLike, tolerance: int = 1) -> float:
    """Return the F1 score of reflectors: twice the matches over the number in both lists.

    Parameters
    ----------
    found, true : array_like of int, or sequence of array_like
        Sample indices; for sections, one list per trace, counted together.
    tolerance : int, default 1
        The largest error of a found reflector in samples.

    Returns
    -------
    float
        From 0 to 1; 1 if both lists are empty.

    Examples
    --------
    >>> reflector_f1([10, 20, 30], [11, 20])
    0.8
    """
    here, there = _split_by_trace(found), _split_by_trace(true)
    if len(here) != len(there):
        raise ValueError(f"found must have {len(there)} traces, as true has, got {len(here)}")
    traces = list(zip(here, there, strict=True))
    n_matched = sum(match_reflectors(*lists, tolerance).found.size for lists in traces)
    n_all = sum(np.size(one) + np.size(other) for one, other in traces)
    return 2 * n_matched / n_all if n_all else 1.0


def score_reflectors(
    found: ArrayLike,
    reflectivity: ArrayLike,
    truth: ArrayLike,
    *,
    tolerance: int = 1,
    bands: Sequence[float] = _BANDS,
) -> dict[str, float | None]:
    """Score the recovered reflectivity (shot, time) of one gather against the truth.

    `bands` are the increasing upper ends of bands of amplitude: the root mean square over shots,
    relative to the median of all true reflectors.

    Returns
    -------
    dict
        "f1", "precision", "recall", "recall_LOW_HIGH" of every band, "polarity" (the share of
        matched coefficients with the right sign), "amplitude_error" (relative, of matched
        coefficients), "snr_db" and "correlation"; None where a score is undefined.

    Examples
    --------
    >>> truth = np.zeros((2, 50))
    >>> truth[:, [10, 30]] = [[1.0, 2.0], [1.0, -2.0]]
    >>> scores = score_reflectors([10, 30], 0.9 * truth, truth)
    >>> scores["f1"], scores["polarity"], round(scores["amplitude_error"], 3)
    (1.0, 1.0, 0.1)
    """
    estimate, exact = _as_double(reflectivity, "reflectivity"), _as_double(truth, "truth")
    if estimate.shape != exact.shape or exact.ndim != 2:
        raise ValueError(
            "reflectivity and truth must have the same shape (shot, time), "
            f"got {estimate.shape} and {exact.shape}"
        )
    here = as_index_array(found, "found").ravel()
    if here.size and not 0 <= here.min() <= here.max() < exact.shape[1]:
        raise ValueError(f"found must hold samples from 0 to {exact.shape[1] - 1}")
    for band in as_list("bands", bands, "numbers"):
        check_positive("bands", band)
    there = np.flatnonzero(exact.any(axis=0))
    pairs = match_reflectors(here, there, tolerance)
    n_matched = pairs.found.size
    scores: dict[str, float | None] = {
        "f1": reflector_f1(here, there, tolerance),
        "precision": n_matched / here.size if here.size else None,
        "recall": n_matched / there.size if there.size else None,
    }
    scores |= _score_bands(exact[:, there], pairs.true, bands)
    mine, true = estimate[:, here[pairs.found]], exact[:, there[pairs.true]]
    energy = float((true**2).sum())
    scores["polarity"] = float((np.sign(mine) == np.sign(true)).mean()) if true.size else None
    scores["amplitude_error"] = (
        float(np.sqrt(((mine - true) ** 2).sum() / energy)) if energy else None
    )
    scores["snr_db"] = snr_db(estimate, exact)
    scores["correlation"] = correlation(estimate, exact)
    return scores


def _score_bands(
    strengths: Array, matched: IntArray, bands: Sequence[float]
) -> dict[str, float | None]:
    """Return the recall of the reflectors of every band of amplitude."""
    sizes = np.sqrt((strengths**2).mean(axis=0))
    relative = sizes / np.median(sizes) if sizes.size else sizes
    is_matched = np.isin(np.arange(sizes.size), matched)
    recalls: dict[str, float | None] = {}
    low = 0.0
    for high in (*bands, np.inf):
        inside = (relative > low) & (relative <= high)
        share = float(is_matched[inside].mean()) if inside.any() else None
        recalls[f"recall_{low:g}_{high:g}"] = share
        low = high
    return recalls


def snr_db(estimate: ArrayLike, truth: ArrayLike) -> float | None:
    """Return ``10 log10(||x||^2 / ||x - x_hat||^2)``; None where it is not finite.

    Examples
    --------
    >>> snr_db([0.9, 0.0], [1.0, 0.0])
    20.0
    """
    found, exact = _as_pair(estimate, truth)
    signal, error = (exact**2).sum(), ((found - exact) ** 2).sum()
    return round(float(10 * np.log10(signal / error)), 10) if signal and error else None


def correlation(estimate: ArrayLike, truth: ArrayLike) -> float | None:
    """Return the correlation coefficient of two arrays; None where one is constant.

    Examples
    --------
    >>> correlation([1.0, 2.0, 4.0], [2.0, 4.0, 8.0])
    1.0
    """
    one, other = (x.ravel() for x in _as_pair(estimate, truth))
    one, other = one - one.mean(), other - other.mean()
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return round(float(one @ other / norms), 12) if norms else None


def score_survey(result: Inversion, truth: Array, *, tolerance: int = 1) -> dict[str, float | None]:
    """Score the inversion of a section against its true reflectivity (shot, trace, time).

    Returns
    -------
    dict
        "f1" over all traces together, "snr_db", "correlation", and means over traces of
        "polarity" and "amplitude_error" as in `score_reflectors`. Dead traces do not count.
    """
    exact = np.where(result.dead[..., None], 0, truth)
    true = [np.flatnonzero(exact[:, trace].any(axis=0)) for trace in range(exact.shape[1])]
    each = [
        score_reflectors(found, result.reflectivity[:, trace], exact[:, trace], tolerance=tolerance)
        for trace, found in enumerate(result.by_trace)
    ]
    scores: dict[str, float | None] = {
        "f1": reflector_f1(result.by_trace, true, tolerance),
        "snr_db": snr_db(result.reflectivity, exact),
        "correlation": correlation(result.reflectivity, exact),
    }
    for name in _MEANS:
        known = [value for one in each if (value := one[name]) is not None]
        scores[name] = float(np.mean(known)) if known else None
    return scores


def find_resolved_thickness(
    tops: ArrayLike,
    bases: ArrayLike,
    found: Sequence[ArrayLike],
    *,
    guard: int = 10,
    share: float = 1.0,
) -> float | None:
    """Return the thickness in samples from which on both sides of a wedge are resolved.

    None if they are not at the largest thickness. A thickness is resolved if at least `share` of
    its traces are, as in `compute_resolved_shares`.

    Examples
    --------
    >>> find_resolved_thickness([20, 20, 20], [22, 24, 26], [[21], [20, 24], [19, 26, 90]])
    4.0
    """
    check_share("share", share)
    shares = compute_resolved_shares(tops, bases, found, guard=guard)
    least = None
    for thickness in sorted(shares, reverse=True):
        if shares[thickness] < share:
            break
        least = float(thickness)
    return least


def compute_resolved_shares(
    tops: ArrayLike, bases: ArrayLike, found: Sequence[ArrayLike], *, guard: int = 10
) -> dict[int, float]:
    """Return the share of the traces on which both sides of a wedge are resolved, by thickness.

    On a trace both must be found within one sample, with no other reflector within `guard` samples
    above and below. Thicknesses are in samples, increasing.

    Examples
    --------
    >>> compute_resolved_shares([20, 20], [22, 22], [[20, 22], [21]])
    {2: 0.5}
    """
    check_count("guard", guard, least=0)
    upper, lower = as_index_array(tops, "tops"), as_index_array(bases, "bases")
    if upper.ndim != 1 or upper.shape != lower.shape:
        raise ValueError(f"tops and bases must be vectors of one length, got {upper.shape}")
    traces = [as_index_array(one, "found") for one in as_list("found", found, "traces")]
    if len(traces) != upper.size:
        raise ValueError(f"found must have {upper.size} traces, as tops has, got {len(traces)}")
    pairs = np.stack([upper, lower], axis=1)
    resolved = np.array(
        [
            _is_resolved(one, int(top), int(base), guard)
            for one, (top, base) in zip(traces, pairs, strict=True)
        ]
    )
    thick = np.abs(pairs[:, 1] - pairs[:, 0])
    return {int(own): float(resolved[thick == own].mean()) for own in np.unique(thick)}


def _is_resolved(found: IntArray, top: int, base: int, guard: int) -> bool:
    """Return whether there are exactly two reflectors around a layer, one at each side."""
    near = np.sort(found[(found >= top - guard) & (found <= base + guard)])
    return near.size == 2 and match_reflectors(near, [top, base], 1).found.size == 2


def _split_by_trace(reflectors: ArrayLike) -> list[ArrayLike]:
    """Return a list per trace; of one trace if plain indices were given."""
    if isinstance(reflectors, list | tuple) and any(
        isinstance(one, list | tuple | np.ndarray) for one in reflectors
    ):
        return list(reflectors)
    return [reflectors]


def _as_pair(estimate: ArrayLike, truth: ArrayLike) -> tuple[Array, Array]:
    """Return two arrays in double precision; a `ValueError` if their shapes differ."""
    found, exact = _as_double(estimate, "estimate"), _as_double(truth, "truth")
    if found.shape != exact.shape:
        raise ValueError(f"estimate must have the truth's shape {exact.shape}, got {found.shape}")
    return found, exact


def _as_double(value: ArrayLike, name: str) -> Array:
    return as_real_array(value, name).astype(float, copy=False)
