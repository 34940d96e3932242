"""Write the results of an application as one self-contained HTML page.

An application states what is to be shown (:mod:`~groupsparse.apps.report.content`) and
:func:`write_page` shows it: one file without JavaScript that needs no network and reads well in
light and dark, on a phone and on paper. Whatever needs a decision, such as how large a picture
may become, is decided here; the template ``report.html.j2`` only places it. Small pictures are
enlarged by the browser, by a whole factor and without smoothing, so that the file holds no more
than their own pixels.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..files.atomic import replace_file
from .cells import format_table
from .content import Picture, Section
from .png import choose_display_range, encode_png

# Width of the content of a page and between two columns, in CSS pixels; the template sets them.
PAGE_WIDTH = 1120
_GAP = 20
# No image is shown higher than this many CSS pixels: about one screen.
_TALLEST = 640
# From this ratio of width to height on, an image may take the width of the page.
WIDE = 2.0
# A row of fewer images than this is not spread over the page.
_FEWEST_COLUMNS = 3


class _PictureView(NamedTuple):
    """A picture as the template needs it."""

    source: str
    alt: str
    width: int
    height: int
    widest: int
    small: bool
    caption: str
    detail: str
    bar: str
    ends: tuple[str, str]


def write_page(
    path: str | os.PathLike[str],
    title: str,
    introduction: str,
    sections: Sequence[Section],
    *,
    footer: str = "",
    overwrite: bool = False,
) -> Path:
    """Write a page that shows the sections one below the other.

    The file appears at `path` only when it is complete. All text is plain: HTML in it is shown as
    it is written.

    Parameters
    ----------
    path : path-like
        The HTML file to write. Missing parent folders are made.
    title : str
        The title of the page.
    introduction : str
        Plain text below it; an empty line starts a new paragraph.
    sections : sequence of Section
        The content. Two or more sections get a table of contents.
    footer : str
        Plain text at the end, such as the version and the settings.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    FileExistsError
        If `path` exists and `overwrite` is false. Nothing is rendered then.
    ValueError
        If matplotlib does not know a colour map.

    Examples
    --------
    >>> import numpy as np
    >>> picture = Picture("Ramp", np.linspace(0, 1, 64).reshape(8, 8))
    >>> section = Section("Pictures", picture_rows=[[picture]])
    >>> page = write_page("out/report.html", "Report", "What was found.", [section])
    >>> page.read_text(encoding="utf-8").splitlines()[0]
    '<!doctype html>'
    """
    with replace_file(path, overwrite=overwrite) as temporary:
        html = _render(title, introduction, sections, footer)
        temporary.write_text(html, encoding="utf-8", newline="\n")
    return Path(path)


def _render(title: str, introduction: str, sections: Sequence[Section], footer: str) -> str:
    """Return the page as HTML that refers to nothing outside itself."""
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["paragraphs"] = _split_paragraphs
    environment.filters["picture"] = _view_picture
    environment.filters["text"] = format_table
    environment.filters["column_count"] = _count_columns
    source = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        title=title, introduction=introduction, sections=sections, footer=footer
    )


def _split_paragraphs(text: str) -> list[str]:
    return re.split(r"\n\s*\n", text.strip()) if text.strip() else []


def _count_columns(row: Sequence[Picture]) -> int:
    """Return the number of columns of equal width for a row of pictures."""
    widest = max(picture.image.shape[1] / picture.image.shape[0] for picture in row)
    return len(row) if widest >= WIDE else max(len(row), _FEWEST_COLUMNS)


def _view_picture(picture: Picture, column_count: int) -> _PictureView:
    height, width = picture.image.shape[:2]
    low, high = choose_display_range(picture.image, picture.limits)
    ends = (_format_end(low), _format_end(high))
    return _PictureView(
        source=_encode_uri(
            encode_png(picture.image, limits=(low, high), colormap=picture.colormap)
        ),
        alt=_describe_picture(picture, ends),
        width=width,
        height=height,
        widest=max(1, _TALLEST * width // height),
        small=_fits_twice(width, height, column_count),
        caption=picture.caption,
        detail=picture.detail,
        bar=_draw_bar(picture.colormap) if picture.colorbar else "",
        ends=_mark_clipped(picture, low, high, ends),
    )


def _describe_picture(picture: Picture, ends: tuple[str, str]) -> str:
    """Return the alternative text of a picture, with the range of values of grey ones."""
    height, width = picture.image.shape[:2]
    text = f"{' '.join(picture.caption.split())}: {width} × {height} pixels"
    return text if picture.image.ndim == 3 else f"{text}, shown from {ends[0]} to {ends[1]}"


def _fits_twice(width: int, height: int, column_count: int) -> bool:
    """Return whether an image can be enlarged at least twice, and is better not smoothed."""
    column = (PAGE_WIDTH + _GAP) // column_count - _GAP
    return 2 * width <= column and 2 * height <= _TALLEST


def _format_end(value: float) -> str:
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def _mark_clipped(
    picture: Picture, low: float, high: float, ends: tuple[str, str]
) -> tuple[str, str]:
    """Return the ends of a colour bar, marked where the image exceeds them."""
    below, above = (picture.image < low).any(), (picture.image > high).any()
    return ("≤ " * bool(below) + ends[0], "≥ " * bool(above) + ends[1])


def _draw_bar(colormap: str) -> str:
    return _encode_uri(encode_png([[level / 255 for level in range(256)]], colormap=colormap))


def _encode_uri(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode("ascii")
