"""What is asked of a mask: its description, read into numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .....toolkit.arrays import Array, Shape
from .grid import centre_box, cover_part, mirror

# A third of the samples of lines, a tenth of those on a plane: as much as maps of coils need.
_OF_LINES, _OF_PLANE, _MOST = 0.32, 0.1, 24


@dataclass(frozen=True)
class Options:
    """The options of masks; a kind of mask takes some of them.

    Attributes
    ----------
    calibration : int, optional
        Width of the fully sampled centre.
    partial : float
        The share of an axis that partial Fourier covers.
    axis : str, optional
        The phase-encode axis of lines and of partial Fourier.
    spacing : str
        Of lines: "uniform", "random" or "variable" at the acceleration that was asked for overall;
        "every" takes every R-th in addition to the calibration lines, as scanners count. Of caipi:
        "uniform" or "every". Of poisson: "uniform" or "variable".
    shift : int
        Of caipi: columns between the patterns of neighbouring rows.
    centre, power : float
        Of variable: radius of the sampled centre, and how fast the density falls.
    symmetric : bool
        Whether every frequency is sampled together with its negative.
    per_channel : bool
        Whether every channel has a mask of its own.
    """

    calibration: int | None = None
    partial: float = 1.0
    axis: str | None = None
    spacing: str | None = None
    shift: int = 1
    centre: float = 0.08
    power: float = 3.0
    symmetric: bool = False
    per_channel: bool = False


@dataclass(frozen=True, eq=False)
class Request:
    """A mask to make on a plane of two axes.

    Attributes
    ----------
    description : str
        As it was typed, for messages.
    amount : str
        What stands between the colon and the options.
    shape : tuple of int
        Of the plane.
    axes : str
        The names of its axes, such as "yx".
    real : bool
        Whether the image is real, so that symmetric masks suit it.
    number : int
        The number of the channel.
    rng : Generator
    """

    description: str
    amount: str
    options: Options
    shape: tuple[int, int]
    axes: str = "yx"
    real: bool = False
    number: int = 0
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    @property
    def axis(self) -> int:
        """The number of the phase-encode axis: y, unless the options name another."""
        return self.axes.index(self.options.axis or "y")

    @property
    def covered(self) -> Array:
        """Which frequencies partial Fourier covers, shape `shape`."""
        lines = self.covered_lines
        return np.broadcast_to(lines[:, None] if self.axis == 0 else lines, self.shape)

    @property
    def covered_lines(self) -> Array:
        """Which lines of the phase-encode axis partial Fourier covers."""
        return cover_part(self.shape[self.axis], self.options.partial)

    def read(self, kind: Callable[[str], float], expected: str) -> float:
        """Return the amount as a number; a `ValueError` says what is expected."""
        try:
            return kind(self.amount)
        except ValueError:
            raise ValueError(
                f"mask {self.description!r}: expected {expected}, got {self.amount!r}"
            ) from None

    def read_acceleration(self, whole: bool = False) -> float:
        """Return the amount as an acceleration of at least one."""
        what = "a whole acceleration such as 4" if whole else "an acceleration such as 4"
        value = self.read(int if whole else float, what)
        if not 1 <= value < np.inf:
            raise ValueError(
                f"mask {self.description!r}: the acceleration must be at least 1, got {value:g}"
            )
        return value

    def count(self, available: int, acceleration: float) -> int:
        """Return the number of samples at an acceleration, at least one."""
        number = round(available / acceleration)
        if number < 1:
            raise ValueError(
                f"mask {self.description!r}: an acceleration of {acceleration:g} of {available} "
                "leaves no sample"
            )
        return number

    def calibrate(self, shape: Shape, covered: Array, n_samples: int) -> Array:
        """Return the calibration region on lines (n,) or on the plane.

        Its width is that of the options, or follows from the number of samples.
        """
        width, n = self.options.calibration, self.shape[self.axis]
        if width is None:
            share = _OF_LINES * n_samples if len(shape) == 1 else np.sqrt(_OF_PLANE * n_samples)
            covered_width = 2 * (int(self.covered_lines.sum()) - n + n // 2) + 1
            width = min(int(share), _MOST, covered_width)
        region = centre_box(shape, tuple(min(side, width) for side in shape))
        if self.options.symmetric:
            region &= mirror(region)
        if region[~covered].any():
            raise ValueError(
                f"mask {self.description!r}: calibration={width} does not fit into the part that "
                f"partial={self.options.partial:g} covers"
            )
        if region.sum() > n_samples:
            what = "lines" if region.ndim == 1 else "frequencies"
            raise ValueError(
                f"mask {self.description!r}: its calibration region has {region.sum()} {what}, "
                f"but only {n_samples} are to be sampled; lower calibration= or the acceleration"
            )
        return region
