"""What a column may hold, as pandas calls it and in words."""

from __future__ import annotations

from typing import Any

# What may be labels or features, and the dtype that holds it.
PLAIN: dict[str, Any] = {
    "boolean": bool,
    "decimal": float,
    "empty": float,
    "floating": float,
    "integer": float,
    "mixed-integer-float": float,
}
_IN_WORDS = {
    "bytes": "bytes",
    "complex": "complex numbers",
    "date": "dates",
    "datetime": "dates",
    "datetime64": "dates",
    "interval": "intervals",
    "period": "dates",
    "string": "text",
    "time": "times",
    "timedelta": "durations",
    "timedelta64": "durations",
}


def in_words(kind: str) -> str:
    """Return what a column holds, for messages.

    Parameters
    ----------
    kind : str
        As `pandas.api.types.infer_dtype` calls it.

    Returns
    -------
    str
        In the plural.

    Examples
    --------
    >>> in_words("datetime64")
    'dates'
    """
    return _IN_WORDS.get(kind, "values of several kinds")
