"""Sampling masks in the Fourier plane: centred boolean arrays, zero frequency at ``n // 2``.

A description is ``kind:amount[,option=value...]``; `KINDS` has one row for every kind. A new mask
is one file and one row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array, Shape
from ....toolkit.checks import as_shape, check_instance
from ....toolkit.randomness import RandomState, make_generator
from ..files.images import read_mask
from .description import MaskSummary, describe_mask
from .grammar import read_options, split_description
from .kinds import caipi, lines, poisson
from .kinds.grid import as_image_shape
from .kinds.partial import make_partial
from .kinds.radial import make_radial, make_radial_mask
from .kinds.request import Request
from .kinds.variable import make_variable, make_variable_density_mask

__all__ = [
    "KINDS",
    "MaskSummary",
    "describe_mask",
    "make_mask",
    "make_masks",
    "make_radial_mask",
    "make_variable_density_mask",
]


@dataclass(frozen=True)
class MaskKind:
    """One kind of mask.

    Attributes
    ----------
    make : callable
        Returns the mask of a `Request`.
    amount : str
        What the number after the colon is.
    options : tuple of str
        Those of `Options` that it takes.
    spacings : tuple of str
        The values of the option "spacing", the default first.
    reads_out_x : bool
        Whether, in a volume, the mask is on (z, y) and the same for all x; otherwise it is on
        (y, x) and the same for all z.
    """

    make: Callable[[Request], Array]
    amount: str
    options: tuple[str, ...]
    spacings: tuple[str, ...] = ()
    reads_out_x: bool = True


_PART = ("partial", "axis")
_PLACES = ("calibration", *_PART, "spacing")
_OWN = ("symmetric", "per_channel")
KINDS = {
    "radial": MaskKind(make_radial, "LINES", _PART, reads_out_x=False),
    "variable": MaskKind(make_variable, "FRACTION", (*_PART, "centre", "power", *_OWN)),
    "lines": MaskKind(lines.make_lines, "R", (*_PLACES, "power", *_OWN), lines.SPACINGS),
    "caipi": MaskKind(
        caipi.make_caipi, "R1xR2", (*_PLACES, "shift", "per_channel"), caipi.SPACINGS
    ),
    "poisson": MaskKind(poisson.make_poisson, "R", (*_PLACES, *_OWN), poisson.SPACINGS),
    "partial": MaskKind(make_partial, "FRACTION", ("axis",)),
}


def make_mask(
    description: str,
    shape: Shape,
    *,
    symmetric: bool = False,
    random_state: RandomState = None,
) -> Array:
    """Return the mask that a description stands for, one for all channels.

    Parameters
    ----------
    description : str
        ``kind:amount[,option=value...]``, such as "radial:22" (lines), "variable:0.3" (fraction of
        the frequencies), "lines:4,calibration=24" (acceleration), "caipi:2x2,shift=1",
        "poisson:6,partial=0.75", "partial:0.625"; or the path of an NPY, PNG or TIFF file.
    shape : tuple of int
        (y, x) of the image or (z, y, x) of the volume. Volumes are read out along x, but radial
        masks are the same for all z.
    symmetric : bool
        Whether the image is real: "variable" then samples frequencies with their negatives.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    ndarray of bool, shape `shape`

    Raises
    ------
    FileNotFoundError
        If the description is neither a kind of mask nor a file.
    ValueError
        If an amount or an option is not allowed, or the mask would have no sample.

    Examples
    --------
    >>> int(make_mask("radial:22", (64, 64)).sum())
    1257
    >>> print(describe_mask(make_mask("lines:4,calibration=16", (128, 128))))
    25.0 % of the frequencies, acceleration 4.00, calibration region 16 x 128
    """
    masks = make_masks(description, shape, 1, symmetric=symmetric, random_state=random_state)
    return np.asarray(masks[0])


def make_masks(
    description: str,
    shape: Shape,
    n_channels: int,
    *,
    symmetric: bool = False,
    random_state: RandomState = None,
) -> Array:
    """Return one mask for each channel, shape (channel, *shape); one in all without "per-channel".

    >>> make_masks("poisson:4,per-channel", (32, 32), 3, random_state=0).shape
    (3, 32, 32)
    >>> make_masks("poisson:4", (32, 32), 3, random_state=0).shape
    (1, 32, 32)
    """
    check_instance("mask", description, str)
    space = as_shape("shape", shape)
    if len(space) not in (2, 3):
        raise ValueError(f"shape must be (y, x) or (z, y, x), got {space}")
    name, amount, texts = split_description(description)
    kind = KINDS.get(name)
    if kind is None or not amount:
        as_image_shape(space[-2:])
        return _read_file(description, space)[None]
    options = read_options(description, texts, kind.options, kind.spacings)
    axes = "zyx"[-len(space) :]
    if len(space) == 3:
        axes = axes[:2] if kind.reads_out_x else axes[1:]
    if options.axis not in (None, *axes):
        raise ValueError(
            f"mask {description!r}: axis must be one of {', '.join(axes)}, got {options.axis!r}"
        )
    plane = as_image_shape(tuple(space["zyx"[-len(space) :].index(axis)] for axis in axes))
    rng = make_generator(random_state)
    request = Request(description, amount, options, plane, axes, symmetric, 0, rng)
    numbers = range(n_channels if options.per_channel else 1)
    masks = [_make_one(kind, replace(request, number=number)) for number in numbers]
    return np.stack([_extend(mask, axes, space) for mask in masks])


def _make_one(kind: MaskKind, request: Request) -> Array:
    """Return one mask on a plane; a `ValueError` if it cannot be as it was asked for."""
    if request.options.symmetric and request.options.partial < 1:
        raise ValueError(
            f"mask {request.description!r}: partial={request.options.partial:g} cannot be symmetric"
        )
    return kind.make(request)


def _extend(mask: Array, axes: str, space: Shape) -> Array:
    """Return the mask of a plane for an image, or for a volume that it extends through."""
    if len(space) == 2:
        return mask
    return np.broadcast_to(mask[:, :, None] if axes == "zy" else mask, space)


def _read_file(description: str, space: Shape) -> Array:
    """Return the mask in a file."""
    if not Path(description).is_file():
        known = ", ".join(f"{name}:{kind.amount}" for name, kind in KINDS.items())
        raise FileNotFoundError(f"mask {description!r} is neither {known} nor a file")
    mask = read_mask(description)
    if mask.shape != space:
        raise ValueError(
            f"mask {description}: expected the image's shape {space}, got {mask.shape}"
        )
    if not mask.any():
        raise ValueError(f"mask {description} has no sample; at least one is expected")
    return mask
