"""The structure of a MATLAB file of version 5 to 7, checked before SciPy reads it.

Such a file is a sequence of elements, each with its type and length; a matrix
contains further ones. SciPy takes types for granted: an unknown one makes it
read outside of its tables, and the process ends without a message. Compressed
elements carry a checksum, which SciPy checks.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_ORDERS = {b"IM": "<", b"MI": ">"}
_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_TYPES = frozenset((1, 2, 3, 4, 5, 6, 7, 9, 12, 13, _MATRIX, _COMPRESSED, 16, 17, 18))
_DEEPEST = 50


def check_elements(path: Path) -> None:
    """Raise if elements have unknown types, or are longer than what holds them.

    Parameters
    ----------
    path : Path
        A MATLAB file; of version 4, nothing is checked.

    Raises
    ------
    ValueError
        If the file is damaged.

    Examples
    --------
    >>> from scipy.io import savemat
    >>> savemat("data.mat", {"X": [[1.0, 2.0]]})
    >>> check_elements(Path("data.mat"))
    """
    if path.stat().st_size <= _HEADER:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        order = _ORDERS.get(content[126:128])
        if order is not None:
            _check(content, _HEADER, len(content), struct.Struct(f"{order}II"), 0)


def _check(content: mmap.mmap, start: int, end: int, tag: struct.Struct, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"its elements lie deeper than {_DEEPEST} levels")
    position = start
    while position < end:
        if position + 8 > end:
            raise ValueError(f"it is damaged or ends too early, at byte {end}")
        kind, n_bytes = tag.unpack_from(content, position)
        data = position + 8
        if kind >> 16:  # up to 4 bytes of data are stored inside the tag
            kind, n_bytes, data = kind & 0xFFFF, kind >> 16, position + 4
        is_short = data == position + 4
        if kind not in _TYPES or (is_short and n_bytes > 4):
            raise ValueError(f"it is damaged at byte {position}")
        if data + n_bytes > end:
            raise ValueError(f"it ends after {end} bytes, {data + n_bytes} are expected")
        if kind == _MATRIX and not is_short:
            _check(content, data, data + n_bytes, tag, depth + 1)
        padding = 0 if is_short or kind == _COMPRESSED else -n_bytes % 8
        position = position + 8 if is_short else data + n_bytes + padding
