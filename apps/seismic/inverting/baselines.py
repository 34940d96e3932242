"""What a joint inversion is compared with: every shot alone, and the stack of all shots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ..inversion import Inversion
from .joint_inversion import invert


def invert_shots(
    data: Array, wavelets: Sequence[Array], *, noise_level: float, **settings: Any
) -> list[Inversion]:
    """Invert every shot by itself.

    Parameters
    ----------
    data : ndarray, shape (shot, time) or (shot, trace, time)
        As `invert` takes them.
    wavelets : sequence of ndarray
        One per shot.
    noise_level : float
        The norm of the white noise of all shots together.
    **settings
        As for `invert`.

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
        invert(data[k : k + 1], [wavelets[k]], noise_level=own, **settings)
        for k in range(len(data))
    ]


def invert_stack(
    data: Array, wavelets: Sequence[Array], *, noise_level: float, **settings: Any
) -> Inversion:
    """Add the shots up and invert their mean, with the mean of the wavelets.

    Parameters
    ----------
    data : ndarray, shape (shot, time) or (shot, trace, time)
        As `invert` takes them.
    wavelets : sequence of ndarray, each of shape (n_lags,)
        One per shot; shorter ones are filled up with zeros at both ends.
    noise_level : float
        The norm of the white noise of all shots together.
    **settings
        As for `invert`.

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
    # The mean of K records has the noise of one, divided by the root of K.
    level = noise_level / len(data)
    return invert(data.mean(axis=0, keepdims=True), [mean], noise_level=level, **settings)
