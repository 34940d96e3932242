"""Lists of features in messages."""

from __future__ import annotations

from ..arrays import Array, IntArray

_MOST_LISTED = 10


def list_features(names: Array | None, which: IntArray) -> str:
    """Return features by name, or by number if they have none: the first ten and a count.

    Examples
    --------
    >>> import numpy as np
    >>> list_features(None, np.array([1, 4]))
    'features 1, 4'
    """
    shown = [str(n) if names is None else repr(str(names[n])) for n in which[:_MOST_LISTED]]
    more = f" and {which.size - _MOST_LISTED} more" if which.size > _MOST_LISTED else ""
    return f"feature{'s' * (which.size > 1)} {', '.join(shown)}{more}"
