"""Pictures and figures of what was measured: sampled frequencies, noise, coil sensitivities."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from ....toolkit.arrays import Array
from ...report.content import Picture, Table
from ..acquisition import Acquisition
from ..sampling.masks import describe_mask
from .image_rows import MOST_CHANNELS
from .views import Window, draw_phase, select_slice


def draw_masks(acquisition: Acquisition) -> list[Picture]:
    """Return the sampled frequencies, of all channels or of each; of volumes the middle plane."""
    masks = _list_masks(acquisition)
    shown = masks[:MOST_CHANNELS]
    return [
        Picture(
            "sampled frequencies" if len(masks) == 1 else f"sampled frequencies, channel {number}",
            select_slice(mask, mask.ndim).astype(float),
            (0.0, 1.0),
            detail="white: measured; zero frequency in the middle",
        )
        for number, mask in enumerate(shown, 1)
    ]


def tabulate_sampling(acquisition: Acquisition) -> Table:
    """Return the sampled fraction, the acceleration and the calibration region of every mask."""
    masks = _list_masks(acquisition)
    rows: list[list[object]] = []
    for number, mask in enumerate(masks, 1):
        found = describe_mask(mask)
        sides = " × ".join(map(str, found.calibration))
        name = "all" if len(masks) == 1 else str(number)
        fraction = f"{100 * found.sampled_fraction:.1f} %"
        rows.append([name, fraction, f"{found.acceleration:.2f}", sides])
    columns = ["channel", "sampled", "acceleration", "fully sampled around zero"]
    return Table(columns, rows, caption="sampled frequencies")


def _list_masks(acquisition: Acquisition) -> list[Array]:
    return [acquisition.mask] if acquisition.shares_mask else list(acquisition.mask)


def tabulate_noise(acquisition: Acquisition) -> Table:
    """Return the standard deviation of the noise in every measured real number, by channel."""
    n_reals = 2 if np.iscomplexobj(acquisition.samples) else 1
    counts = n_reals * acquisition.count_samples()
    levels = acquisition.channel_noise
    if levels is None:
        rows = [["all", f"{acquisition.noise_level / sqrt(counts.sum()):.4g}"]]
    else:
        each = np.asarray(levels) / np.sqrt(counts)
        rows = [[str(number), f"{level:.4g}"] for number, level in enumerate(each, 1)]
    return Table(["channel", "noise per real number"], rows, caption="noise of the samples")


def draw_sensitivities(acquisition: Acquisition) -> list[list[Picture]]:
    """Return mosaics of the coils' magnitudes and phases, a row for each set of maps."""
    if acquisition.maps is None:
        return []
    n_axes = len(acquisition.space)
    maps = select_slice(acquisition.maps, n_axes)
    sets = maps[None] if maps.ndim == 3 else maps
    high = float(np.abs(sets).max()) or 1.0
    return [
        _draw_set(one, Window(0.0, high), f", set {n}" if len(sets) > 1 else "")
        for n, one in enumerate(sets, 1)
    ]


def _draw_set(maps: Array, window: Window, suffix: str) -> list[Picture]:
    size, phase = make_mosaic(np.abs(maps)), make_mosaic(np.angle(maps))
    detail = f"{len(maps)} coils, row by row"
    magnitude = Picture(f"magnitude{suffix}", size, window, detail=detail, colorbar=True)
    return [magnitude, draw_phase(f"phase{suffix}", phase, size, window, detail)]


def make_mosaic(images: Array) -> Array:
    """Return images (n, y, x) side by side in a nearly square grid, missing where there is none.

    >>> make_mosaic(np.zeros((3, 4, 5))).shape
    (8, 10)
    """
    n, height, width = images.shape
    n_columns = ceil(sqrt(n))
    n_rows = ceil(n / n_columns)
    grid = np.full((n_rows * n_columns, height, width), np.nan)
    grid[:n] = images
    tiles = grid.reshape(n_rows, n_columns, height, width).swapaxes(1, 2)
    result: Array = tiles.reshape(n_rows * height, n_columns * width)
    return result
