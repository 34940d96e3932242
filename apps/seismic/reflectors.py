"""Where reflectors are: samples at which the reflectivity of all shots together is largest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array


def peaks(strengths: ArrayLike) -> Array:
    """Mark the samples that are not weaker than their neighbours in time.

    Methods with a convex penalty put a reflector between two samples on both of
    them; it counts once.

    Parameters
    ----------
    strengths : array_like, shape (..., time)
        Not negative, such as norms over shots.

    Returns
    -------
    ndarray of bool
        True at strengths above zero that are at least that of the sample
        before, and more than that of the sample after.

    Examples
    --------
    >>> peaks([0.0, 1.0, 2.0, 0.0, 3.0, 0.0]).nonzero()[0]
    array([2, 4])
    """
    values = np.asarray(strengths)
    edge = np.zeros((*values.shape[:-1], 1), values.dtype)
    before = np.concatenate([edge, values[..., :-1]], axis=-1)
    after = np.concatenate([values[..., 1:], edge], axis=-1)
    marked: Array = (values > 0) & (values >= before) & (values > after)
    return marked
