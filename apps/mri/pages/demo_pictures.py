"""Pictures of reconstructions: the images, the mask, and the errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....toolkit.arrays import Array
from ...report.content import Picture
from ..job import Prepared


def make_pictures(
    prepared: Prepared,
    truth: Array,
    named: Sequence[tuple[str, Array]],
    figures: Sequence[float | None],
) -> list[list[Picture]]:
    """Return a row of images, and below it the mask and the error of each."""
    target = prepared.make_displayable(truth)
    low = min(0.0, float(target.min()))
    limits = (low, float(target.max()))
    shown = [(name, prepared.make_displayable(images)) for name, images in named]
    images = [Picture("original", _clip(target, limits), limits)]
    errors = [
        Picture(
            "sampled frequencies",
            prepared.acquisition.mask.astype(float),
            detail=f"{100 * prepared.acquisition.sampled_fraction:.0f} % measured",
        )
    ]
    scale = float(np.quantile(_compute_error(shown[0][1], target), 0.99))
    for (name, image), figure in zip(shown, figures, strict=True):
        detail = "" if figure is None else f"{figure:.1f} dB"
        images.append(Picture(name, _clip(image, limits), limits, detail=detail))
        errors.append(
            Picture(
                f"error of {name}",
                _compute_error(image, target),
                (0.0, scale),
                colormap="magma",
                colorbar=True,
            )
        )
    return [images, errors]


def _clip(image: Array, limits: tuple[float, float]) -> Array:
    """Return one channel as (y, x) or three as (y, x, 3) within the limits."""
    clipped = np.clip(image, *limits)
    result: Array = np.moveaxis(clipped, 0, -1) if len(image) == 3 else clipped[0]
    return result


def _compute_error(image: Array, truth: Array) -> Array:
    """Return the root-mean-square error over the channels at every pixel."""
    result: Array = np.sqrt(((image - truth) ** 2).mean(axis=0))
    return result
