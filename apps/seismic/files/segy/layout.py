"""The layout of a SEG-Y file: its binary header, checked against its size.

A SEG-Y file has 3200 bytes of text, a binary header of 400 bytes, and traces, each with a header
of 240 bytes and its samples. A few numbers of the binary header say where the traces begin and
end; if one is wrong, everything is read from the wrong place. They are therefore checked before
segyio opens the file, and nothing is allocated by what they claim.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ....files.damage import explain_errors, import_optional

PURPOSE = "to read and write SEG-Y files"
IBM_FLOAT, IEEE_FLOAT = 1, 5
TEXT_BYTES = 3200
FILE_HEADER_BYTES = 3600
TRACE_HEADER_BYTES = 240
FEET = 2
# Bytes of a sample for every format code that segyio reads.
_SAMPLE_BYTES = {1: 4, 2: 4, 3: 2, 5: 4, 6: 8, 8: 1, 9: 8, 10: 4, 11: 2, 12: 8, 16: 1}
_UNSUPPORTED = {4: "fixed point with gain", 7: "integers of 3 bytes", 15: "integers of 3 bytes"}


class Layout(NamedTuple):
    """The content of the binary header.

    Attributes
    ----------
    endian : str
        "big", as in the standard, or "little".
    format_code : int
        The kind of samples: 1 IBM float, 5 IEEE float, others integers.
    interval : int
        Microseconds between samples; 0 if unknown.
    n_samples : int
        Samples of a trace.
    start : int
        Bytes before the first trace.
    feet : bool
        Whether distances are in feet.
    """

    endian: str
    format_code: int
    interval: int
    n_samples: int
    start: int
    feet: bool

    @property
    def trace_bytes(self) -> int:
        """The bytes of a trace with its header."""
        return TRACE_HEADER_BYTES + self.n_samples * _SAMPLE_BYTES[self.format_code]


def read_layout(path: str | Path) -> Layout:
    """Return the binary header of a SEG-Y file; raise unless it fits a file of complete traces.

    Examples
    --------
    >>> _ = Path("note.sgy").write_text("nothing seismic")
    >>> read_layout("note.sgy")
    Traceback (most recent call last):
    ValueError: note.sgy is not a SEG-Y file: it has 15 bytes, the headers alone have 3840
    """
    source = Path(path)
    if not source.is_file():
        raise FileNotFoundError(f"{source}: no such file")
    size = source.stat().st_size
    if size < FILE_HEADER_BYTES + TRACE_HEADER_BYTES:
        raise ValueError(
            f"{source} is not a SEG-Y file: it has {size} bytes, the headers alone have "
            f"{FILE_HEADER_BYTES + TRACE_HEADER_BYTES}"
        )
    with source.open("rb") as file:
        layout = _parse_header(file.read(FILE_HEADER_BYTES), source)
    _check_size(layout, size, source)
    return layout


@contextmanager
def open_segy(path: str | Path) -> Iterator[tuple[Any, Layout]]:
    """Yield a SEG-Y file, opened in segyio as traces without geometry, and its layout."""
    layout = read_layout(path)
    segyio = import_optional("segyio", PURPOSE)
    with warnings.catch_warnings(), explain_errors(path, "SEG-Y"):
        warnings.simplefilter("error")
        file = segyio.open(path, strict=False, ignore_geometry=True, endian=layout.endian)
    with file:
        if len(file.samples) != layout.n_samples:
            raise ValueError(
                f"{path}: the binary header contradicts itself about the number of samples: "
                f"{layout.n_samples} or {len(file.samples)}"
            )
        yield file, layout


def _parse_header(header: bytes, path: Path) -> Layout:
    """Return the layout from the first 3600 bytes."""
    endian, code = _detect_format(header, path)
    order = ">" if endian == "big" else "<"

    def number(byte: int, kind: str) -> int:
        return int(struct.unpack_from(order + kind, header, byte - 1)[0])

    n_samples = number(3221, "H")
    if header[3500] >= 2 and number(3269, "i") > 0:
        n_samples = number(3269, "i")  # revision 2 has room for more samples
    if n_samples == 0:
        raise ValueError(f"{path}: the binary header says 0 samples per trace (bytes 3221-3222)")
    n_texts = number(3505, "h")
    if n_texts < 0:
        raise ValueError(
            f"{path}: the number of extended textual headers is {n_texts} (bytes 3505-3506); "
            "only files that say how many there are can be read"
        )
    start = FILE_HEADER_BYTES + n_texts * TEXT_BYTES
    feet = number(3255, "h") == FEET
    return Layout(endian, code, number(3217, "H"), n_samples, start, feet)


def _detect_format(header: bytes, path: Path) -> tuple[str, int]:
    """Return the byte order in which the format code is valid, and the code."""
    codes = {
        "big": struct.unpack_from(">h", header, 3224)[0],
        "little": struct.unpack_from("<h", header, 3224)[0],
    }
    for endian, code in codes.items():
        if code in _UNSUPPORTED:
            raise ValueError(
                f"{path}: samples in format code {code}, {_UNSUPPORTED[code]} (bytes 3225-3226), "
                f"cannot be read; those that can: {', '.join(map(str, _SAMPLE_BYTES))}"
            )
        if code in _SAMPLE_BYTES:
            return endian, code
    raise ValueError(
        f"{path} is not a SEG-Y file, or its binary header is broken: the format code "
        f"(bytes 3225-3226) is {codes['big']}, expected one of "
        f"{', '.join(map(str, _SAMPLE_BYTES))}"
    )


def _check_size(layout: Layout, size: int, path: Path) -> None:
    """Raise unless the traces fill the file to its end."""
    n_traces, rest = divmod(size - layout.start, layout.trace_bytes)
    if n_traces >= 1 and rest == 0:
        return
    different = _find_other_length(layout, size, path)
    if different:
        raise ValueError(
            f"{path}: traces have different lengths: {different[0]} samples in trace 1, "
            f"{different[2]} in trace {different[1]} (TRACE_SAMPLE_COUNT, bytes 115-116); "
            "all traces must have the same number of samples"
        )
    raise ValueError(
        f"{path} is truncated, or its header is wrong: it has {max(n_traces, 0)} complete traces "
        f"of {layout.n_samples} samples (binary header, bytes 3221-3222) and "
        f"{rest if n_traces >= 0 else size - FILE_HEADER_BYTES} bytes beyond them"
    )


def _find_other_length(layout: Layout, size: int, path: Path) -> tuple[int, int, int] | None:
    """Return the first length, and the number and length of the first trace that differs.

    None if the lengths in the trace headers do not lead to the end of the file either.
    """
    kind = ">H" if layout.endian == "big" else "<H"
    width = _SAMPLE_BYTES[layout.format_code]
    lengths: list[int] = []
    at = layout.start
    with path.open("rb") as file:
        while at + TRACE_HEADER_BYTES <= size:
            file.seek(at + 114)
            lengths.append(struct.unpack(kind, file.read(2))[0])
            if lengths[-1] == 0:  # unknown
                return None
            at += TRACE_HEADER_BYTES + width * lengths[-1]
    other = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    if at != size or other is None:
        return None
    return lengths[0], other + 1, lengths[other]
