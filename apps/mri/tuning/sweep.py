"""The strength that predicts samples best that were held out of the reconstruction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ....toolkit.arrays import Array, squared_magnitude
from ....toolkit.operators import HalfPlaneFourier
from ..acquisition import Acquisition
from ..measurements.encoding import make_operator

# Samples near the centre are left alone: no other samples predict them, and maps need them.
_SHARE, _CENTRE, _SEED = 0.1, 0.15, 0
_FIRST, _RATIO, _MOST_STEPS = 0.85, float(np.sqrt(2)), 5

Try = Callable[[Acquisition, float], Array]  # the images of an acquisition by one strength


@dataclass(frozen=True, eq=False)
class StrengthSweep:
    """The strengths that were tried, and how well each predicts what was held out.

    Attributes
    ----------
    strengths : ndarray, shape (n_tried,)
        Ascending.
    criterion : ndarray, shape (n_tried,)
        The squared error of held-out samples, relative to their energy.
    chosen : int
        The place of the smallest criterion.
    name : str
        What the criterion is.
    """

    strengths: Array
    criterion: Array
    chosen: int
    name: str = "error of held-out samples"


def find_strength(acquisition: Acquisition, attempt: Try) -> StrengthSweep:
    """Return strengths around the usual one, of which one predicts held-out samples best.

    One in ten of the frequencies outside the centre is held out. From the usual strength the
    search goes on in steps of the square root of two, as long as their error falls.

    Parameters
    ----------
    acquisition : Acquisition
        Of complex images, with one mask for all channels.
    attempt : callable
        Takes an acquisition and a strength, and returns the images (channel, [set], *space).

    Returns
    -------
    StrengthSweep
        All strengths that were tried.

    Raises
    ------
    ValueError
        If images are real, masks differ between channels, or too few frequencies are left.
    """
    if not acquisition.shares_mask or isinstance(acquisition.operator, HalfPlaneFourier):
        raise ValueError(
            'strength: "auto" is for complex images with one mask for all channels; give a number'
        )
    outside = _find_outside(acquisition.mask)
    held_out = outside & (np.random.default_rng(_SEED).random(outside.size) < _SHARE)
    if not held_out.any() or held_out.all():
        raise ValueError(
            f'strength: "auto" needs samples outside the centre, got {int(outside.sum())} of '
            f"{outside.size}; give a number"
        )
    part = _leave_out(acquisition, held_out)
    wanted = acquisition.samples[..., held_out]
    energy = float(squared_magnitude(wanted).sum()) or 1.0

    def measure_error(strength: float) -> float:
        predicted = acquisition.problem.operator.apply(attempt(part, strength))
        errors = predicted.reshape(acquisition.samples.shape)[..., held_out] - wanted
        return float(squared_magnitude(errors).sum()) / energy

    tried = {_FIRST: measure_error(_FIRST)}
    for ratio in (1 / _RATIO, _RATIO):
        last, strength = tried[_FIRST], _FIRST
        for _ in range(_MOST_STEPS):
            strength *= ratio
            tried[strength] = measure_error(strength)
            if tried[strength] >= last:
                break
            last = tried[strength]
        if len(tried) > 2:
            break  # the error fell this way, so it rises the other way
    strengths = np.array(sorted(tried))
    criterion = np.array([tried[strength] for strength in strengths])
    return StrengthSweep(strengths, criterion, int(np.argmin(criterion)))


def _find_outside(mask: Array) -> Array:
    """Return which of the sampled frequencies lie outside the centre."""
    places = np.nonzero(mask)
    offsets = [(place - n // 2) / (n / 2) for place, n in zip(places, mask.shape, strict=True)]
    distance = np.linalg.norm(offsets, axis=0)
    outside: Array = distance > _CENTRE * distance.max()
    return outside


def _leave_out(acquisition: Acquisition, held_out: Array) -> Acquisition:
    """Return the acquisition without some of its frequencies."""
    mask = acquisition.mask.copy()
    mask[acquisition.mask] = ~held_out
    shape = (len(acquisition.samples), *acquisition.space)
    operator, mask = make_operator(mask, shape, np.dtype(complex), acquisition.maps)
    kept = float(np.sqrt(1 - held_out.mean()))
    noise = acquisition.channel_noise
    return replace(
        acquisition,
        operator=operator,
        samples=acquisition.samples[..., ~held_out],
        mask=mask,
        noise_level=acquisition.noise_level * kept,
        channel_noise=None if noise is None else noise * kept,
    )
