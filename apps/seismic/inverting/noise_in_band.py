"""The level of noise that is not white, estimated from the residuals of trial inversions.

Recorded data have often been filtered, so that nothing is left where the wavelets have no energy
and `estimate_noise_level` finds no noise. What matters to an inversion is the noise in the band of
the wavelets. The correlation of noise of deviation sigma with a wavelet w has the deviation
``sigma |w|``, so sigma follows from the residual of an inversion, corrected for the share of the
band that the fitted reflectors have taken up. Some gathers are inverted repeatedly, starting as if
all data were noise, until the deviation assumed agrees with the deviation found.

For several shots the level comes out a few per cent too high; for a single shot, whose weak
reflectors cannot be distinguished from noise, twice as high or more. Reflectors are then missed,
not invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.fft import rfft

from ....toolkit.arrays import Array, squared_magnitude
from ....toolkit.execution.caller import warn_caller
from ....toolkit.operators import Channelwise
from ..positions import choose_evenly
from ..signal.noise import estimate_noise_level
from ..signal.source import compute_mean_norm, make_channel_operator
from .batch import Batch, invert_batch
from .gathers import Gathers, Part
from .settings import InversionSettings

FILTERED = 10 ** (-50 / 20)
"""Noise weaker than this, relative to the data, is assumed to have been filtered."""
_MOST_GATHERS = 16
# Methods, and where each starts as a fraction of the level; from above, each gets closer.
_STAGES = (("l21", 1.0), ("sbl", 1.0))
# A start from below is costly, but finds more in data of few shots.
_STAGES_OF_FEW, _FEW = (*_STAGES, ("sbl", 0.3)), 4
_ROUNDS, _SETTLED = 12, 0.03
_LEAST_FREE = 0.1  # the smallest share of the band without reflectors


def measure_noise_level(
    data: Array, wavelets: Sequence[Array], *, quiet_by: Sequence[Array] | None = None
) -> tuple[float, bool]:
    """Return the norm of white noise that is as strong for the wavelets as the noise in all data.

    The second value is whether there was next to nothing where the wavelets have no energy, so
    that trial inversions were needed. `quiet_by` are the wavelets whose spectra show where there is
    only noise; without them it is the highest frequencies, as in `estimate_noise_level`.

    Examples
    --------
    >>> from groupsparse.apps.seismic.cases.canonical import make_case
    >>> case = make_case(8, 10.0, random_state=0)
    >>> level, is_filtered = measure_noise_level(case.data[:, None], case.wavelets)
    >>> round(level / case.noise_level, 1), is_filtered
    (1.0, False)
    """
    quiet = estimate_noise_level(data, quiet_by)
    whole = float(np.sqrt(squared_magnitude(data).sum(dtype=float)))
    if quiet > FILTERED * whole:
        return quiet, False
    gathers = Gathers(data, np.asarray(~data.any(axis=2)))
    part = _choose_gathers(gathers)
    shots = [wavelets[shot] for shot in gathers.find_shots(part)]
    deviation = _estimate_deviation(gathers.extract(part), shots)
    n_live = data.shape[2] * int(np.count_nonzero(~gathers.dead))
    return max(quiet, deviation * float(np.sqrt(n_live))), True


def resolve_noise_level(
    data: Array, wavelets: Sequence[Array], *, quiet_by: Sequence[Array] | None = None
) -> float:
    """Return the level of `measure_noise_level`; warn if it needed trial inversions."""
    level, is_filtered = measure_noise_level(data, wavelets, quiet_by=quiet_by)
    if is_filtered:
        warn_caller(
            "the data have next to nothing at frequencies where the wavelets have no energy: they "
            "have been filtered, or are without noise. The noise level is estimated as "
            f"{level:.4g} from trial inversions; noise_level replaces it",
        )
    return level


def _choose_gathers(gathers: Gathers) -> Part:
    """Return gathers from all over the section, those with most channels."""
    parts = gathers.split(gathers.data.shape[1])
    largest = max(parts, key=lambda part: part.live.size * len(part.traces))
    return largest._replace(
        traces=largest.traces[choose_evenly(len(largest.traces), _MOST_GATHERS)]
    )


def _estimate_deviation(data: Array, wavelets: list[Array]) -> float:
    """Return the deviation of the noise per sample at which assumed and found values agree."""
    scale = compute_mean_norm(wavelets)
    scaled = [wavelet / scale for wavelet in wavelets]
    data = data / scale
    operator = make_channel_operator(scaled, data.shape[1:])
    norms = operator.column_norms()
    least = _measure_deviation(operator.adjoint(data), norms)
    for method, part in _STAGES_OF_FEW if len(data) < _FEW else _STAGES:
        batch = Batch(data, scaled, part * least, InversionSettings(method, refit=True))
        least = min(least, _iterate_deviation(batch, operator, norms))
    return least * scale


def _iterate_deviation(batch: Batch, operator: Channelwise, norms: Array) -> float:
    """Invert a batch until the deviation it assumes is that of its residual."""
    n_samples = batch.data.shape[-1]
    n_free = float(np.mean([_count_independent(wavelet, n_samples) for wavelet in batch.wavelets]))
    deviation = batch.deviation
    for _ in range(_ROUNDS):
        found = invert_batch(replace(batch, deviation=deviation))
        left = operator.adjoint(batch.data - operator.apply(found.reflectivity))
        share = float(np.mean([one.size for one in found.reflectors])) / n_free
        before = deviation
        deviation = _measure_deviation(left, norms) / float(np.sqrt(max(1 - share, _LEAST_FREE)))
        if abs(deviation - before) <= _SETTLED * before:
            break
    return deviation


def _measure_deviation(correlations: Array, norms: Array) -> float:
    """Return the deviation of white noise whose correlations with the columns are as large."""
    known = norms > 0
    relative = np.divide(correlations, norms, out=np.zeros_like(norms), where=known)
    return float(np.sqrt((relative**2).sum(dtype=float) / relative.size))


def _count_independent(wavelet: Array, n_samples: int) -> float:
    """Return the number of independent values in a record filtered by a wavelet."""
    power = squared_magnitude(rfft(np.atleast_2d(wavelet), n_samples, axis=1)).mean(axis=0)
    return float(n_samples * power.sum() ** 2 / (power**2).sum() / power.size)
