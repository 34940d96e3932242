"""A check whether the floating-point samples of a SEG-Y file are of the kind its header claims.

Both kinds are words of 32 bits, and reading one as the other raises no error, but scales values by
powers of ten. The words themselves reveal their kind. IBM numbers have a power of 16 in 7 bits and
a fraction whose first hexadecimal digit, the next 4 bits, is never zero [1]_. In IEEE numbers those
4 bits are the last bit of the exponent and the first three of the fraction, and zero in about one
word of sixteen.

References
----------
.. [1] SEG Technical Standards Committee, SEG Y rev 1, 2002, appendix on IBM floating point.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .....toolkit.arrays import IntArray
from ...positions import choose_evenly
from .layout import IBM_FLOAT, IEEE_FLOAT, TRACE_HEADER_BYTES, Layout

_MOST_WORDS = 2**18
_FEWEST_WORDS = 512  # distinct ones, for a decision
_FEWEST_OF_POWER = 128
_UNNORMALISED = 1 / 64
_SIGN, _FIRST_DIGIT, _LAST_OF_EXPONENT = 0x80000000, 0x00F00000, 0x00800000


def check_float_kind(path: str | Path, layout: Layout) -> None:
    """Raise a `ValueError` if samples are evidently IBM where the header says IEEE, or vice versa.

    A few hundred different samples are needed for the decision.
    """
    if layout.format_code not in (IBM_FLOAT, IEEE_FLOAT):
        return
    words = _sample_words(path, layout)
    if words.size < _FEWEST_WORDS:
        return
    if layout.format_code == IBM_FLOAT:
        share = np.count_nonzero(words & _FIRST_DIGIT == 0) / words.size
        if share > _UNNORMALISED:
            raise ValueError(
                f"{path}: the binary header says IBM floating point (code 1, bytes 3225-3226), but "
                f"{share:.0%} of the samples are not normalised IBM numbers; IEEE "
                "(code 5) may be meant"
            )
    elif _look_like_ibm(words):
        raise ValueError(
            f"{path}: the binary header says IEEE floating point (code 5, bytes 3225-3226), but "
            "all samples look like IBM numbers; IBM (code 1) may be meant"
        )


def _sample_words(path: str | Path, layout: Layout) -> IntArray:
    """Return the distinct nonzero words, without sign, of some traces from all over the file."""
    n_traces = (Path(path).stat().st_size - layout.start) // layout.trace_bytes
    traces = np.memmap(
        path, np.uint8, "r", offset=layout.start, shape=(n_traces, layout.trace_bytes)
    )
    chosen = choose_evenly(n_traces, max(1, _MOST_WORDS // layout.n_samples))
    order = ">" if layout.endian == "big" else "<"
    rows = np.ascontiguousarray(traces[chosen, TRACE_HEADER_BYTES:])
    words = rows.view(f"{order}u4").astype(np.uint32) & ~np.uint32(_SIGN)
    different: IntArray = np.unique(words[words != 0])
    return different


def _look_like_ibm(words: IntArray) -> bool:
    """Return whether a digit is never zero that would sometimes be zero in IEEE numbers.

    IEEE numbers that fill several octaves have it zero in every other octave.
    """
    even = words[words & _LAST_OF_EXPONENT == 0]
    powers, counts = np.unique(even >> 24, return_counts=True)
    filled = powers[counts >= _FEWEST_OF_POWER]
    # A single octave may be filled in part; the lowest eighth of a second one would not be empty.
    return filled.size >= 2 and not np.any(even & _FIRST_DIGIT == 0)
