"""Class labels and counts as numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array


def keep_labels(labels: Array, data: ArrayLike) -> Array:
    """Return labels in single precision if they came as integers, and fit into it.

    Then they do not widen an operator in single precision.
    """
    if np.asarray(data).dtype.kind == "f":
        return labels
    single = labels.astype(np.float32)
    return single if np.array_equal(single, labels) else labels
