"""Rows of pictures: truth, zero-filled and reconstructed images in one window, and errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array
from ...report.content import Picture
from .views import View, Window, choose_tissue_window, choose_window

MOST_CHANNELS = 4
_ERRORS = 0.99


class ImageViews(NamedTuple):
    """What is compared: the truth where it is known, the zero-filled images and the result."""

    truth: View | None
    zero_filled: View
    result: View

    @property
    def known(self) -> list[View]:
        """All views, the truth first."""
        found = [self.zero_filled, self.result]
        return found if self.truth is None else [self.truth, *found]

    @property
    def reference(self) -> View:
        """The one that decides on windows: the truth, or the result."""
        return self.result if self.truth is None else self.truth

    @property
    def is_coloured(self) -> bool:
        """Whether the channels are shown as red, green and blue: three of real images."""
        return all(len(view.values) == 3 and view.phase is None for view in self.known)


def draw_image_rows(views: ImageViews) -> list[list[Picture]]:
    """Return rows of pictures by channel: in the whole window, in that of tissue, and phases."""
    if views.is_coloured:
        window = choose_window(views.reference.values)
        return [[view.draw_colours(window, str(window)) for view in views.known]]
    shown = list_channels(views.known)
    return [row for channel in shown for row in _draw_channel(views, channel) if row]


def _draw_channel(views: ImageViews, channel: int) -> list[list[Picture]]:
    name = _name_channel(views.result, channel)
    values = views.reference.values[channel]
    window = choose_window(values)
    rows = []
    for shown in (window, choose_tissue_window(values, window)):
        detail = f"{name}, {shown}" if name else str(shown)
        rows.append([view.draw_values(channel, shown, detail) for view in views.known])
    phases = [view.draw_phase(channel, window, name) for view in views.known]
    return [*rows, [picture for picture in phases if picture is not None]]


def _name_channel(view: View, channel: int) -> str:
    """Return "channel 2", or nothing where there is only one."""
    return f"channel {channel + 1}" if len(view.values) > 1 else ""


def draw_error_rows(views: ImageViews) -> list[list[Picture]]:
    """Return the errors of zero-filled images and result, all in one scale; none without truth.

    White is the error that 1 % of the pixels of the zero-filled images exceed. Of colour images the
    root of the mean square over the colours is shown.
    """
    truth = views.truth
    if truth is None:
        return []
    errors = {
        view.name: _compute_errors(view, truth, views.is_coloured)
        for view in (views.zero_filled, views.result)
    }
    high = float(np.quantile(errors[views.zero_filled.name], _ERRORS)) or 1.0
    n_shown = 1 if views.is_coloured else len(list_channels(views.known))
    return [
        [_draw_error(name, values, channel, Window(0.0, high)) for name, values in errors.items()]
        for channel in range(n_shown)
    ]


def _compute_errors(view: View, truth: View, is_coloured: bool) -> Array:
    """Return the errors of the channels, (channel, y, x), or of all colours together."""
    errors: Array = np.abs(view.values - truth.values)
    return np.sqrt((errors**2).mean(axis=0, keepdims=True)) if is_coloured else errors


def _draw_error(name: str, errors: Array, channel: int, scale: Window) -> Picture:
    detail = f"channel {channel + 1}" if len(errors) > 1 else ""
    return Picture(
        f"error of {name}", errors[channel], scale, colormap="magma", detail=detail, colorbar=True
    )


def find_profile_row(views: ImageViews) -> int:
    """Return the line through the image with the most signal."""
    energy = (views.reference.values**2).sum(axis=(0, 2))
    return int(np.argmax(energy))


def list_channels(views: Sequence[View]) -> range:
    """Return the numbers of the channels that are shown."""
    return range(min(len(views[0].values), MOST_CHANNELS))
