"""The XML header of ISMRMRD, which fastMRI's files have as well.

Source: S. J. Inati et al., "ISMRM raw data format: a proposed standard for MRI raw datasets",
Magnetic Resonance in Medicine 77 (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

_AXES = ("x", "y", "z")
_STEPS = "kspace_encoding_step_1"


@dataclass(frozen=True)
class Encoding:
    """How k-space is encoded, and what image is made of it.

    Attributes
    ----------
    matrix, recon_matrix : tuple of int
        The numbers of pixels (x, y, z), x the readout.
    field_of_view, recon_field_of_view : tuple of float
        In mm, (x, y, z).
    limits : dict
        By the name of a counter: its smallest and largest value, and that of zero frequency.
    trajectory : str
        "cartesian", "radial", ...
    acceleration : tuple of int
        Of the encoding steps 1 and 2.
    """

    matrix: tuple[int, ...]
    recon_matrix: tuple[int, ...]
    field_of_view: tuple[float, ...]
    recon_field_of_view: tuple[float, ...]
    limits: dict[str, tuple[int, int, int]]
    trajectory: str
    acceleration: tuple[int, int]

    def find_crop(self) -> tuple[int, ...]:
        """Return how many pixels (x, y, z) of the encoded image the reconstructed one has.

        >>> header = parse_header(
        ...     "<ismrmrdHeader><encoding><encodedSpace><matrixSize><x>8</x><y>4</y><z>1</z>"
        ...     "</matrixSize></encodedSpace></encoding></ismrmrdHeader>"
        ... )
        >>> header[0].find_crop()
        (8, 4, 1)
        """
        fields = zip(self.field_of_view, self.recon_field_of_view, strict=True)
        shares = [shown / whole if whole > 0 and shown > 0 else 1.0 for whole, shown in fields]
        sizes = zip(self.matrix, shares, strict=True)
        return tuple(max(1, round(length * min(share, 1.0))) for length, share in sizes)

    def find_measured_lines(self, n_lines: int) -> slice | None:
        """Return which of the lines of a full matrix lie inside of the limits of encoding."""
        if _STEPS not in self.limits:
            return None
        smallest, largest, centre = self.limits[_STEPS]
        shift = n_lines // 2 - centre
        return slice(max(smallest + shift, 0), min(largest + shift + 1, n_lines))


def parse_header(text: bytes | str) -> list[Encoding]:
    """Return the encodings of an XML header.

    Raises
    ------
    ValueError
        If it is not a header, or has no encoding.
    """
    content = text.encode() if isinstance(text, str) else bytes(text)
    if b"<!" in content.replace(b"<!--", b""):
        raise ValueError("its XML header declares entities")
    try:
        root = ElementTree.fromstring(content.strip(b"\0 \n"))
    except ElementTree.ParseError as error:
        raise ValueError(f"its XML header is damaged: {error}") from error
    for item in root.iter():
        item.tag = item.tag.rpartition("}")[2]
    encodings = [_parse_encoding(item) for item in root.findall("encoding")]
    if not encodings:
        raise ValueError("its XML header has no encoding")
    return encodings


def _parse_encoding(item: ElementTree.Element) -> Encoding:
    matrix = _read_axes(item, "encodedSpace/matrixSize", (1.0, 1.0, 1.0))
    fields = _read_axes(item, "encodedSpace/fieldOfView_mm", (0.0, 0.0, 0.0))
    whole = tuple(int(length) for length in matrix)
    if min(whole) < 1:
        raise ValueError(f"its XML header has an encoded matrix of {whole} pixels")
    factors = [
        int(_read_number(item, f"parallelImaging/accelerationFactor/{name}", 1.0))
        for name in ("kspace_encoding_step_1", "kspace_encoding_step_2")
    ]
    return Encoding(
        whole,
        tuple(int(length) for length in _read_axes(item, "reconSpace/matrixSize", matrix)),
        fields,
        _read_axes(item, "reconSpace/fieldOfView_mm", fields),
        {limit.tag: _read_limit(limit) for limit in item.findall("encodingLimits/*")},
        item.findtext("trajectory", "cartesian").strip().lower(),
        (factors[0], factors[1]),
    )


def _read_axes(
    item: ElementTree.Element, path: str, default: tuple[float, ...]
) -> tuple[float, ...]:
    pairs = zip(_AXES, default, strict=True)
    return tuple(_read_number(item, f"{path}/{axis}", value) for axis, value in pairs)


def _read_limit(item: ElementTree.Element) -> tuple[int, int, int]:
    smallest, largest, centre = (
        int(_read_number(item, name, 0.0)) for name in ("minimum", "maximum", "center")
    )
    return smallest, largest, centre


def _read_number(item: ElementTree.Element, path: str, default: float) -> float:
    text = item.findtext(path)
    return default if text is None else float(text)
