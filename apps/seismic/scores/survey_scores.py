"""How well the reflectivity of a whole section is recovered."""

from __future__ import annotations

import numpy as np

from ....toolkit.arrays import Array
from ..inversion import Inversion
from .metrics import correlation, reflector_f1, score_reflectors, snr_db

_MEANS = ("polarity", "amplitude_error")


def score_survey(result: Inversion, truth: Array, *, tolerance: int = 1) -> dict[str, float | None]:
    """Compare a recovered section with the true one.

    Parameters
    ----------
    result : Inversion
        Of data of shape (shot, trace, time).
    truth : ndarray, shape (shot, trace, time)
        The true reflectivity; what is on dead traces does not count.
    tolerance : int, default 1
        By how many samples a reflector may be off.

    Returns
    -------
    dict
        "f1" over all traces together, "snr_db", "correlation", and means over
        traces of "polarity" and "amplitude_error" as in `score_reflectors`.

    Examples
    --------
    >>> from groupsparse.apps.seismic import invert
    >>> truth = np.zeros((2, 1, 60))
    >>> truth[:, 0, 30] = 1.0
    >>> result = invert(truth, [1.0], sample_interval=0.002, noise_level=0.1)
    >>> score_survey(result, truth)["f1"]
    1.0
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
