"""Scores of reconstructed images against true ones, for every channel and inside the object."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...toolkit.arrays import Array, as_double
from ...toolkit.diagnostics import nrmse, psnr, ssim

_SMALLEST_SSIM_SIDE = 7  # the window of SSIM
# Pixels above this part of the bright ones belong to the object.
_VISIBLE, _BRIGHT = 0.05, 0.99


class Score(NamedTuple):
    """PSNR in dB, SSIM and NRMSE.

    None where a score is not defined: NRMSE where the truth is zero, SSIM of images of fewer than
    7 x 7 pixels.
    """

    psnr: float | None
    ssim: float | None
    nrmse: float | None


class ChannelScore(NamedTuple):
    """The scores of one channel, counted from one: of all its pixels, and of the object's."""

    channel: int
    whole: Score
    inside: Score

    def as_figures(self) -> dict[str, float | None]:
        """Return the figures by name; those of the object begin with "object_"."""
        inside = {f"object_{name}": value for name, value in self.inside._asdict().items()}
        return {"channel": self.channel, **self.whole._asdict(), **inside}


def score_pair(image: Array, truth: Array, peak: float) -> Score:
    """Return the scores of displayable images (..., y, x); `peak` is that of PSNR and SSIM.

    >>> score_pair(np.full((1, 8, 8), 0.75), np.ones((1, 8, 8)), 1.0).nrmse
    0.25
    """
    large = min(image.shape[-2:]) >= _SMALLEST_SSIM_SIDE
    return Score(
        psnr(image, truth, data_range=peak),
        ssim(image, truth, data_range=peak) if large else None,
        nrmse(image, truth) if truth.any() else None,
    )


def score_channels(images: Array, truth: Array, peak: float) -> list[ChannelScore]:
    """Return the scores of every channel of displayable images (channel, ..., y, x).

    The object is the same in all channels: see `find_object`.

    >>> truth = np.pad(np.ones((1, 12, 12)), ((0, 0), (2, 2), (2, 2)))
    >>> score = score_channels(truth + 0.1, truth, 1.0)[0]
    >>> round(score.whole.psnr, 6), round(score.inside.nrmse, 6)
    (20.0, 0.1)
    """
    inside = find_object(truth)
    return [
        ChannelScore(number, score_pair(*pair, peak), _score_inside(*pair, inside, peak))
        for number, pair in enumerate(zip(images, truth, strict=True), 1)
    ]


def _score_inside(image: Array, truth: Array, inside: Array, peak: float) -> Score:
    """Return the scores of the object's pixels; the SSIM is the mean of windows around them."""
    if not inside.any():
        return Score(None, None, None)
    similar = _map_similarity(image, truth, peak)
    pair = image[inside], truth[inside]
    return Score(
        psnr(*pair, data_range=peak),
        None if similar is None else float(similar[inside].mean()),
        nrmse(*pair) if pair[1].any() else None,
    )


def _map_similarity(image: Array, truth: Array, peak: float) -> Array | None:
    """Return the SSIM of the window around every pixel of a slice, or of those of a volume."""
    if min(image.shape[-2:]) < _SMALLEST_SSIM_SIDE:
        return None
    from skimage.metrics import structural_similarity

    slices = [as_double(x).reshape(-1, *x.shape[-2:]) for x in (image, truth)]
    maps = [
        structural_similarity(*pair, data_range=peak, full=True)[1]
        for pair in zip(*slices, strict=True)
    ]
    return np.reshape(maps, image.shape)


def find_object(truth: Array) -> Array:
    """Return where the object is in images (channel, ..., y, x), without its holes.

    A pixel belongs to it where the root of the sum of squares over the channels exceeds 5 % of the
    value below which 99 % of the pixels lie, or where such pixels surround it in its slice.

    >>> ring = np.pad(np.ones((1, 3, 3)), ((0, 0), (2, 2), (2, 2)))
    >>> ring[0, 3, 3] = 0
    >>> int(find_object(ring).sum())
    9
    """
    from scipy.ndimage import binary_fill_holes

    size = np.sqrt((np.abs(as_double(truth)) ** 2).sum(axis=0))
    visible = size > _VISIBLE * np.quantile(size, _BRIGHT)
    slices = visible.reshape(-1, *visible.shape[-2:])
    filled = [binary_fill_holes(one) for one in slices]
    return np.reshape(filled, visible.shape)
