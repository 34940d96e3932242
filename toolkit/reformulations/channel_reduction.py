"""Joint data with only the channels that hold signal.

The channels are rotated to the singular directions of the data, and weak ones are
left out (Petrosyan, Pieper and Tran, 2023, sections 5 and 7.2). White noise has a
known part of its energy in the channels kept, and only that part of the noise level
applies to their fit: the noise level of K channels is far too large for few of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array
from ..problem import Problem
from .feature_view import FeatureView
from .signal_space import estimate_rank, find_signal_space

_SLACK = 1.05  # what is left out may exceed what white noise is expected to hold by this factor
_HALF = 0.5  # or hold half of the noise's energy, whatever it is made of


class ReducedChannels(NamedTuple):
    """A view of few combinations of channels, and the norm of the noise expected in them.

    Data that are zero have no channels.
    """

    view: FeatureView
    noise_level: float


class Channels:
    """The channels of a problem in order of their strength, with the norm of the noise in all."""

    def __init__(self, problem: Problem, noise_level: float = 0.0) -> None:
        self.view, self.noise_level = FeatureView.of(problem, rescale=True), noise_level
        self._is_joint = self.view.operator is not problem.operator
        rows = self.view.data
        self._shape = (rows.shape[1], rows.shape[0])
        self._exact = min(1, int(np.count_nonzero(rows)))
        if self._is_joint:
            self._space = find_signal_space(rows, noise_level=0.0)
            self._exact = self._space.rank

    @property
    def rank(self) -> int:
        """The numerical rank of the data."""
        return self._exact

    def keep_strongest(self, n: int) -> ReducedChannels:
        """Return the `n` strongest channels, 1 to `rank`, with the white noise that they hold."""
        return self._reduce(n, self.noise_level * float(np.sqrt(self._find_part(np.array(n)))))

    def keep_outstanding(self, margin: float) -> ReducedChannels:
        """Return the channels `margin` times stronger than white noise alone could make any.

        At least one; all that are more than rounding if there is no noise.
        """
        return self.keep_strongest(self._count_beyond(margin))

    def keep_signal(self) -> ReducedChannels:
        """Return the channels with any signal in them, by the estimate for given noise.

        Beside a signal the edge of the noise is lower than for noise alone.
        """
        n = self._exact
        if self._is_joint and self.noise_level:
            n = estimate_rank(self._space.values, self._shape, self.noise_level)
        return self.keep_strongest(n)

    def drop_noise(self) -> ReducedChannels:
        """Return as few channels as possible, of which the others hold only noise.

        The others hold at most as much as white noise would, or half of the noise's
        energy, and what they hold is subtracted from the noise level.
        """
        kept = np.arange(self._count_beyond(1.0), self._exact + 1)
        if not self._is_joint or not self.noise_level:
            return self.keep_strongest(self._exact)
        energies = self._space.values.astype(float) ** 2
        tails = np.append(np.cumsum(energies[::-1])[::-1], 0)[kept]
        parts = self._find_part(kept)
        allowed = self.noise_level**2 * np.maximum(_HALF, _SLACK * (1 - parts))
        first = int(np.argmax(tails <= allowed))
        left = max(self.noise_level**2 - tails[first], parts[first] * self.noise_level**2 / 4)
        level = min(np.sqrt(left), self.noise_level * np.sqrt(parts[first]))
        return self._reduce(int(kept[first]), float(level))

    def _count_beyond(self, margin: float) -> int:
        if not self._is_joint or not self.noise_level:
            return self._exact
        edge = self.noise_level * float(np.sum(1 / np.sqrt(self._shape)))
        return max(1, int(np.count_nonzero(self._space.values[: self._exact] > margin * edge)))

    def _find_part(self, kept: Array) -> Array:
        """Return the part of white noise's energy in so many channels of data of that rank."""
        n_rows, n_channels = self._shape
        part: Array = 1 - (1 - kept / n_rows) * (1 - kept / n_channels)
        return part

    def _reduce(self, n: int, noise_level: float) -> ReducedChannels:
        if not self._is_joint:
            return ReducedChannels(self.view, self.noise_level)
        return ReducedChannels(self.view.rotate(self._space.rotation.keep_leading(n)), noise_level)
