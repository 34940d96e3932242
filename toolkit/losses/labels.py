"""Class labels as numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array


def keep_labels(labels: Array, data: ArrayLike) -> Array:
    """Return labels in single precision if they came as integers: they widen no operator then."""
    return labels if np.asarray(data).dtype.kind == "f" else labels.astype(np.float32)
