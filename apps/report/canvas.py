"""Figures of a report, which are as wide as its page and at most half as high.

They are rendered at twice the resolution of the page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .content import Picture
from .page import PAGE_WIDTH

# Inches: so 100 CSS pixels of the page are one inch, and ten points about 14 pixels.
WIDTH, HIGHEST = PAGE_WIDTH / 100, 5.5
_RESOLUTION = 2
_LONGEST_NAME = 48


def render_picture(figure: Figure, caption: str, detail: str = "") -> Picture:
    """Return a figure as an RGB picture (uint8) for a page, at twice the page's resolution.

    The dots per inch of the figure are set. A figure as wide as the page becomes 2240 pixels wide.

    >>> render_picture(make_figure(3.0), "Nothing").image.shape
    (600, 2240, 3)
    """
    # A little more than the whole number, which must not be missed from below.
    figure.set_dpi((_RESOLUTION * PAGE_WIDTH + 0.01) / WIDTH)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    image = np.array(canvas.buffer_rgba())[..., :3]
    return Picture(caption, image, limits=(0.0, 255.0), detail=detail)


def make_figure(height: float) -> Figure:
    """Return an empty white figure of the page's width, at most `HIGHEST` inches high.

    >>> float(make_figure(9.0).get_figheight())
    5.5
    """
    size = (WIDTH, min(height, HIGHEST))
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06)
    return Figure(figsize=size, facecolor="white", layout=layout)


def shorten_name(name: object) -> str:
    """Return a name on one line, shortened in the middle to at most 48 characters.

    >>> shorten_name("AFFX-HUMISGF3A/M97935_MB_at"), len(shorten_name("x" * 100))
    ('AFFX-HUMISGF3A/M97935_MB_at', 48)
    """
    text = " ".join(str(name).split())
    if len(text) <= _LONGEST_NAME:
        return text
    end = (_LONGEST_NAME - 1) // 2
    return f"{text[: _LONGEST_NAME - 1 - end]}\N{HORIZONTAL ELLIPSIS}{text[-end:]}"


def format_label(name: object) -> str:
    r"""Return a short name as a label for matplotlib, in which dollars would start a formula.

    >>> print(format_label("cost $ of $ x"))
    cost \$ of \$ x
    """
    return shorten_name(name).replace("$", r"\$")


def style_axes(axes: Axes) -> None:
    """Draw a faint grid, and no lines at the top and the right."""
    axes.grid(color="#eeeeee")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
