"""What a page shows: sections with text, rows of pictures, tables and commands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Picture:
    """An image with a caption.

    Attributes
    ----------
    caption : str
        What the image shows; a line break starts a second line.
    image : ndarray, shape (y, x) or (y, x, 3)
        Real numbers, grey or RGB. Not-a-number is shown as missing.
    limits : tuple of two floats, optional
        The display range, beyond which values are clipped; by default that
        of the data.
    colormap : str
        Name of a matplotlib colour map, used for grey images.
    detail : str
        A smaller line below the caption, such as "38.7 dB".
    colorbar : bool
        Whether a grey image gets a colour bar labelled with the display range.

    Raises
    ------
    TypeError
        If the image does not hold real numbers.
    ValueError
        If shape or limits are not as above, or an RGB image is to have a
        colour bar.

    Examples
    --------
    >>> import numpy as np
    >>> error = np.eye(64) / 10
    >>> picture = Picture("FISTA", error, limits=(0, 0.2), colormap="magma", colorbar=True)
    """

    caption: str
    image: NDArray[Any]
    limits: tuple[float, float] | None = None
    colormap: str = "gray"
    detail: str = ""
    colorbar: bool = False

    def __post_init__(self) -> None:
        shape, kind = self.image.shape, self.image.dtype.kind
        if kind not in "biuf":
            raise TypeError(f"image: got dtype {self.image.dtype}, expected real numbers")
        if not _is_image_shape(shape):
            raise ValueError(f"image: got shape {shape}, expected (y, x) or (y, x, 3), not empty")
        if self.limits is not None and not _is_range(*self.limits):
            raise ValueError(f"limits: got {self.limits}, expected finite numbers (low, high)")
        if self.colorbar and len(shape) != 2:
            raise ValueError(f"colorbar: only for images of shape (y, x), got shape {shape}")


def _is_image_shape(shape: tuple[int, ...]) -> bool:
    return 0 not in shape and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))


def _is_range(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and low <= high


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of values below column names.

    Attributes
    ----------
    columns : sequence of str
        The column names.
    rows : sequence of sequences
        One value per column: a string is shown as it is, a float with four
        significant digits, None as an en dash.
    caption : str
        What the table shows.
    emphasise : sequence of int
        The numbers of the rows that are set in bold, counted from 0.

    Raises
    ------
    ValueError
        If a row is not as long as `columns`, or a row to emphasise is not
        there.

    Examples
    --------
    >>> rows = [["GPDASC", 38.7, "0.9 s"], ["FISTA", 36.2, None]]
    >>> table = Table(["method", "PSNR in dB", "time"], rows, emphasise=[0])
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""
    emphasise: Sequence[int] = ()

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"rows: row {number} has {len(row)} values, expected {len(self.columns)}"
                )
        for number in self.emphasise:
            if not 0 <= number < len(self.rows):
                raise ValueError(
                    f"emphasise: got row {number}, expected 0 <= row < {len(self.rows)}"
                )


@dataclass(frozen=True, eq=False)
class Section:
    """A part of a page, shown in the order of these attributes.

    Attributes
    ----------
    title : str
        The heading.
    text : str
        Plain text; an empty line starts a new paragraph.
    picture_rows : sequence of sequences of Picture
        Each inner sequence is shown side by side, in equal widths; rows of
        the same length line up.
    tables : sequence of Table
        The tables.
    commands : sequence of str
        Command lines that reproduce the results, to be copied.
    notes : sequence of str
        Remarks on what is shown: short paragraphs of plain text.

    Raises
    ------
    TypeError
        If `commands` or `notes` is a single string.

    Examples
    --------
    >>> section = Section("Timing", tables=[Table(["method", "seconds"], [["FISTA", 1.5]])])
    """

    title: str
    text: str = ""
    picture_rows: Sequence[Sequence[Picture]] = ()
    tables: Sequence[Table] = ()
    commands: Sequence[str] = ()
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("commands", "notes"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name}: got a string, expected a sequence of strings")
