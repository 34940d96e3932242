"""What a page shows of images: one slice of each, and the window of its greys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array
from ...report.content import Picture
from ..acquisition import Acquisition

# Pixels that are darker than this part of the window are near black, and have no phase.
_VISIBLE = 0.05
_BRIGHTEST = 0.995


class Window(NamedTuple):
    """The greys of pictures: black at `low`, white at `high`."""

    low: float
    high: float

    def __str__(self) -> str:
        """Return width and centre, as radiologists state them.

        >>> str(Window(0.0, 0.5))
        'window 0.5, level 0.25'
        """
        return f"window {self.high - self.low:.3g}, level {(self.high + self.low) / 2:.3g}"


def choose_window(images: Array) -> Window:
    """Return the window that clips 0.5 % of the bright pixels, and of the dark ones below zero.

    >>> choose_window(np.arange(1001.0))
    Window(low=0.0, high=995.0)
    """
    low, high = np.quantile(images, (1 - _BRIGHTEST, _BRIGHTEST))
    low = min(float(low), 0.0)
    return Window(low, float(high) if high > low else low + 1.0)


def choose_tissue_window(images: Array, whole: Window) -> Window:
    """Return the window from the 10 % to the 90 % quantile of the pixels that are not near black.

    >>> choose_tissue_window(np.arange(1.0, 12.0), Window(0.0, 11.0))
    Window(low=2.0, high=10.0)
    """
    visible = images[_find_visible(images, whole)]
    if not visible.size:
        return whole
    low, high = np.quantile(visible, (0.1, 0.9))
    return Window(float(low), float(high)) if high > low else whole


def _find_visible(images: Array, window: Window) -> Array:
    """Return where images are not near black."""
    visible: Array = images > window.low + _VISIBLE * (window.high - window.low)
    return visible


@dataclass(frozen=True, eq=False)
class View:
    """One slice of images under a name: `values` (channel, y, x), and the phase of complex ones."""

    name: str
    values: Array
    phase: Array | None = None

    def draw_values(self, channel: int, window: Window, detail: str = "") -> Picture:
        """Return the picture of one channel in greys, with their bar."""
        return Picture(self.name, self.values[channel], window, detail=detail, colorbar=True)

    def draw_colours(self, window: Window, detail: str = "") -> Picture:
        """Return three channels as red, green and blue."""
        image = np.moveaxis(np.clip(self.values, *window), 0, -1)
        return Picture(self.name, image, window, detail=detail)

    def draw_phase(self, channel: int, window: Window, detail: str = "") -> Picture | None:
        """Return the phase of one channel where the image is not near black."""
        if self.phase is None:
            return None
        pair = self.phase[channel], self.values[channel]
        return draw_phase(f"phase of {self.name}", *pair, window, detail)


def view_images(name: str, images: Array, acquisition: Acquisition) -> View:
    """Return what is shown of images (channel, [set,] *space): magnitudes of complex ones.

    Of a volume the middle slice is shown, of two sets of maps the root of the sum of squares.
    """
    n_axes = len(acquisition.space)
    shown = select_slice(images, n_axes)
    if not np.iscomplexobj(shown):
        return View(name, shown)
    if shown.ndim == 3:
        return View(name, np.abs(shown), np.angle(shown))
    return View(name, np.sqrt((np.abs(shown) ** 2).sum(axis=1)))


def select_slice(arrays: Array, n_axes: int) -> Array:
    """Return the middle slice of volumes (..., z, y, x), and images of two axes as they are.

    >>> select_slice(np.zeros((2, 5, 8, 9)), 3).shape
    (2, 8, 9)
    """
    return arrays[..., arrays.shape[-3] // 2, :, :] if n_axes == 3 else arrays


def draw_phase(
    caption: str, phase: Array, size: Array, window: Window, detail: str = ""
) -> Picture:
    """Return a phase in cyclic colours, missing where the magnitude is near black."""
    return Picture(
        caption,
        np.where(_find_visible(size, window), phase, np.nan),
        (-np.pi, np.pi),
        colormap="twilight",
        detail=detail,
        colorbar=True,
    )
