"""Values that callers pass, as the short text by which a message names them."""

from __future__ import annotations

_MOST = 200


def shorten(value: object) -> str:
    """Return the representation of a value in one line, cut where it is long.

    Examples
    --------
    >>> shorten([1, 2]), shorten(10**5000)
    ('[1, 2]', 'an integer of 16610 bits')
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        text = f"an integer of {value.bit_length()} bits" if isinstance(value, int) else "?"
    return text if len(text) <= _MOST else text[: _MOST - 3] + "..."
