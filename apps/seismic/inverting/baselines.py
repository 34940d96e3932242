"""The alternatives to a joint inversion: every shot by itself, and the stack of all shots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....toolkit.arrays import Array
from ..inversion import Inversion
from .joint_inversion import invert
from .settings import InversionSettings


def invert_shots(
    data: Array,
    wavelets: Sequence[Array],
    settings: InversionSettings | None = None,
    *,
    sample_interval: float,
    noise_level: float,
) -> list[Inversion]:
    """Invert every shot by itself.

    Parameters
    ----------
    data, wavelets, settings, sample_interval
        As for `invert`, with one wavelet per shot.
    noise_level : float
        The norm of the white noise of all shots together.

    Returns
    -------
    list of Inversion
        One per shot.

    Examples
    --------
    >>> from groupsparse.apps.seismic.cases.canonical import make_case
    >>> case = make_case(2, random_state=0)
    >>> single = invert_shots(
    ...     case.data, case.wavelets, noise_level=case.noise_level, sample_interval=0.002
    ... )
    >>> [one.reflectivity.shape for one in single]
    [(1, 500), (1, 500)]
    """
    own = noise_level / np.sqrt(len(data))
    return [
        invert(shot[None], [wavelet], settings, sample_interval=sample_interval, noise_level=own)
        for shot, wavelet in zip(data, wavelets, strict=True)
    ]


def invert_stack(
    data: Array,
    wavelets: Sequence[Array],
    settings: InversionSettings | None = None,
    *,
    sample_interval: float,
    noise_level: float,
) -> Inversion:
    """Invert the mean of all shots with the mean of their wavelets.

    Parameters
    ----------
    data, wavelets, settings, sample_interval
        As for `invert`, with one wavelet (n_lags,) per shot; shorter ones are padded with zeros
        at both ends.
    noise_level : float
        The norm of the white noise of all shots together.

    Returns
    -------
    Inversion
        Of one shot, the mean.

    Examples
    --------
    >>> from groupsparse.apps.seismic.cases.canonical import make_case
    >>> case = make_case(2, random_state=0)
    >>> invert_stack(
    ...     case.data, case.wavelets, noise_level=case.noise_level, sample_interval=0.002
    ... ).reflectivity.shape
    (1, 500)
    """
    n_lags = max(wavelet.size for wavelet in wavelets)
    mean = np.zeros(n_lags)
    for wavelet in wavelets:
        begin = n_lags // 2 - wavelet.size // 2
        mean[begin : begin + wavelet.size] += wavelet / len(wavelets)
    # The noise of the mean of K records is that of one, divided by sqrt(K).
    return invert(
        data.mean(axis=0, keepdims=True),
        [mean],
        settings,
        sample_interval=sample_interval,
        noise_level=noise_level / len(data),
    )
