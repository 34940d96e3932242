"""The noise of every shot, where it is not white from the residuals of trial inversions.

Recorded data have often been filtered, so that nothing is left where the wavelets have no energy
and `estimate_deviations` finds no noise. What matters to an inversion is the noise in the band of
the wavelets. The correlation of noise of deviation sigma with a wavelet w has the deviation
``sigma |w|``, so the sigma of a shot follows from the residual of an inversion, corrected for the
share of the band that the fitted reflectors have taken up. Some gathers are inverted repeatedly,
starting as if all data were noise, until the deviations assumed agree with those found.

For several shots the level comes out a few per cent too high; for a single shot, whose weak
reflectors cannot be distinguished from noise, twice as high or more. Reflectors are then missed,
not invented.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.fft import rfft

from ....toolkit.arrays import Array, squared_magnitude
from ....toolkit.execution.caller import warn_caller
from ..positions import choose_evenly
from ..signal.noise import estimate_deviations, pool_alike
from ..signal.source import compute_mean_norm, make_channel_operator
from .batch import Batch, invert_batch
from .gathers import Gathers, Part
from .settings import InversionSettings
from .shot_noise import compute_levels

FILTERED = 10 ** (-50 / 20)
"""Noise weaker than this, relative to the data, is assumed to have been filtered."""
_MOST_GATHERS = 16
# Methods, and where each starts as a fraction of the level; from above, each gets closer.
_STAGES = (("l21", 1.0), ("sbl", 1.0))
# A start from below is costly, but finds more in data of few shots.
_STAGES_OF_FEW, _FEW = (*_STAGES, ("sbl", 0.3)), 4
_ROUNDS, _SETTLED = 12, 0.03
_LEAST_FREE = 0.1  # the smallest share of the band without reflectors


def measure_noise(
    data: Array,
    wavelets: Sequence[Array],
    *,
    quiet_by: Sequence[Array] | None = None,
    robust: bool = False,
) -> tuple[Array, bool]:
    """Return for every shot the deviation of white noise that the wavelets see as they see its own.

    The second value is whether some shot has next to nothing where the wavelets have no energy, so
    that trial inversions were needed. `quiet_by` are the wavelets whose spectra show where there is
    only noise; without them it is the highest frequencies, as in `estimate_deviations`. With
    `robust`, a few samples may be spikes.

    Examples
    --------
    >>> from groupsparse.apps.seismic.cases.canonical import make_case
    >>> case = make_case(8, 10.0, random_state=0)
    >>> deviations, is_filtered = measure_noise(case.data[:, None], case.wavelets)
    >>> (np.sqrt(500) * deviations / (case.noise_level / np.sqrt(8))).round(1)
    array([1., 1., 1., 1., 1., 1., 1., 1.])
    >>> is_filtered
    False
    """
    quiet = estimate_deviations(data, quiet_by, robust=robust)
    norms = np.sqrt(squared_magnitude(data).sum(axis=(1, 2), dtype=float))
    gathers = Gathers(data, np.asarray(~data.any(axis=2)))
    silent = compute_levels(quiet, gathers.dead, data.shape[2]) <= FILTERED * norms
    if not silent[norms > 0].any():
        return quiet, False
    part = _choose_gathers(gathers)
    shots = gathers.find_shots(part)
    found = _estimate_deviations(gathers.extract(part), [wavelets[shot] for shot in shots], robust)
    trial = np.full(len(data), float(np.median(found)))
    trial[shots] = found
    return np.maximum(quiet, trial), True


def resolve_noise(
    data: Array,
    wavelets: Sequence[Array],
    *,
    quiet_by: Sequence[Array] | None = None,
    robust: bool = False,
) -> Array:
    """Return the deviations of `measure_noise`; warn if they needed trial inversions."""
    deviations, is_filtered = measure_noise(data, wavelets, quiet_by=quiet_by, robust=robust)
    if is_filtered:
        levels = compute_levels(deviations, np.asarray(~data.any(axis=2)), data.shape[2])
        warn_caller(
            "the data have next to nothing at frequencies where the wavelets have no energy: they "
            "have been filtered, or are without noise. The noise level is estimated as "
            f"{np.linalg.norm(levels):.4g} from trial inversions; noise_level replaces it",
        )
    return deviations


def _choose_gathers(gathers: Gathers) -> Part:
    """Return gathers from all over the section, those with most channels."""
    parts = gathers.split(gathers.data.shape[1])
    largest = max(parts, key=lambda part: part.live.size * len(part.traces))
    return largest._replace(
        traces=largest.traces[choose_evenly(len(largest.traces), _MOST_GATHERS)]
    )


def _estimate_deviations(data: Array, wavelets: list[Array], robust: bool) -> Array:
    """Return the noise per sample of every channel at which assumed and found values agree."""
    scale = compute_mean_norm(wavelets)
    scaled = [wavelet / scale for wavelet in wavelets]
    data = data / scale
    trial = _Trial(data, scaled, robust)
    least = trial.measure(data, 0.0)
    for method, part in _STAGES_OF_FEW if len(data) < _FEW else _STAGES:
        least = np.minimum(least, trial.iterate(method, part * least))
    return least * scale


class _Trial:
    """Inversions of some gathers with one noise level after another."""

    def __init__(self, data: Array, wavelets: list[Array], robust: bool) -> None:
        self.data, self.wavelets, self.robust = data, wavelets, robust
        self.operator = make_channel_operator(wavelets, data.shape[1:])
        self.norms = self.operator.column_norms()
        n_samples = data.shape[-1]
        self.n_free = np.array([_count_independent(wavelet, n_samples) for wavelet in wavelets])

    def iterate(self, method: str, deviations: Array) -> Array:
        """Invert until the deviations that are assumed are those of the residual."""
        settings = InversionSettings(method, refit=True, robust=self.robust)
        for _ in range(_ROUNDS):
            found = invert_batch(Batch(self.data, self.wavelets, deviations, settings))
            left = self.data - self.operator.apply(found.reflectivity)
            left[found.outliers] = 0
            n_reflectors = float(np.mean([one.size for one in found.reflectors]))
            before, deviations = deviations, self.measure(left, n_reflectors)
            if (np.abs(deviations - before) <= _SETTLED * before).all():
                break
        return deviations

    def measure(self, left: Array, n_reflectors: float) -> Array:
        """Return the deviations of white noise whose correlations with the columns are as large.

        `n_reflectors` are those fitted in each gather; they have taken up their share of the band.
        """
        correlations, known = self.operator.adjoint(left), self.norms > 0
        relative = np.divide(correlations, self.norms, out=np.zeros_like(self.norms), where=known)
        squares = (relative**2).mean(axis=(1, 2), dtype=float)
        free = np.maximum(1 - n_reflectors / self.n_free.mean(), _LEAST_FREE)
        n_gathers = left.shape[1]
        errors = 1 / np.sqrt(2 * self.n_free * n_gathers * free)
        return pool_alike(np.sqrt(squares / free), errors, np.full(len(left), n_gathers))


def _count_independent(wavelet: Array, n_samples: int) -> float:
    """Return the number of independent values in a record filtered by a wavelet."""
    power = squared_magnitude(rfft(np.atleast_2d(wavelet), n_samples, axis=1)).mean(axis=0)
    return float(n_samples * power.sum() ** 2 / (power**2).sum() / power.size)
