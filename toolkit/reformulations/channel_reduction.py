"""Joint data with fewer channels: Y = Y' Q.

The channels are rotated to the singular directions of the data, and weak ones are
left out (Petrosyan, Pieper and Tran, 2023, sections 5 and 7.2). White noise puts a
known part of its energy into the channels that stay; only that part of the noise
level is for their fit. A noise level that was meant for K channels is far too large
for few of them.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from ..arrays import Array
from ..problem import Problem
from .feature_view import FeatureView
from .signal_space import estimated_rank, signal_space

_SLACK = 1.05  # what is left out may be that much more than expected of white noise
_HALF = 0.5  # or half of the noise's energy, whatever it is made of


class ReducedChannels(NamedTuple):
    """A problem over few combinations of its channels.

    Attributes
    ----------
    view : FeatureView
        With as many channels as there are left: none for data that are zero.
    noise_level : float
        How much of the noise to expect in these channels.
    """

    view: FeatureView
    noise_level: float


class Channels:
    """The channels of a problem in order of their strength.

    Parameters
    ----------
    problem : Problem
        Operator and data.
    noise_level : float
        The norm of the noise, over all channels.
    """

    def __init__(self, problem: Problem, noise_level: float = 0.0) -> None:
        self.view, self.noise_level = FeatureView.of(problem), noise_level
        self._is_joint = self.view.operator is not problem.operator
        rows = self.view.data
        self._shape = (rows.shape[1], rows.shape[0])
        self._exact = min(1, int(np.count_nonzero(rows)))
        if self._is_joint:
            self._space = signal_space(rows, noise_level=0.0)
            self._exact = self._space.rank

    @property
    def rank(self) -> int:
        """The numerical rank of the data."""
        return self._exact

    def leading(self, n: int) -> ReducedChannels:
        """Return the strongest channels.

        Parameters
        ----------
        n : int
            How many, from 1 to `rank`.

        Returns
        -------
        ReducedChannels
            With the noise that they hold if it is white.
        """
        return self._reduced(n, self.noise_level * float(np.sqrt(self._part(np.array(n)))))

    def standing_out(self, margin: float) -> ReducedChannels:
        """Return the channels stronger than white noise alone could make any.

        Parameters
        ----------
        margin : float
            How many times stronger, at least 1.

        Returns
        -------
        ReducedChannels
            At least one; all that are more than rounding if there is no noise.
        """
        return self.leading(self._n_beyond(margin))

    def with_signal(self) -> ReducedChannels:
        """Return the channels with any signal in them, by the estimate for given noise.

        Beside a signal the edge of the noise is lower than for noise alone.
        """
        n = self._exact
        if self._is_joint and self.noise_level:
            n = estimated_rank(self._space.values, self._shape, self.noise_level)
        return self.leading(n)

    def beyond_noise(self) -> ReducedChannels:
        """Return as few channels as leave out only noise.

        Returns
        -------
        ReducedChannels
            What is left out is at most as much as white noise would be, or
            half of the noise's energy, and counts against the noise level.
        """
        kept = np.arange(self._n_beyond(1.0), self._exact + 1)
        if not self._is_joint or not self.noise_level:
            return self.leading(self._exact)
        energies = self._space.values.astype(float) ** 2
        tails = np.append(np.cumsum(energies[::-1])[::-1], 0)[kept]
        parts = self._part(kept)
        allowed = self.noise_level**2 * np.maximum(_HALF, _SLACK * (1 - parts))
        first = int(np.argmax(tails <= allowed))
        left = max(self.noise_level**2 - tails[first], parts[first] * self.noise_level**2 / 4)
        level = min(np.sqrt(left), self.noise_level * np.sqrt(parts[first]))
        return self._reduced(int(kept[first]), float(level))

    def _n_beyond(self, margin: float) -> int:
        if not self._is_joint or not self.noise_level:
            return self._exact
        edge = self.noise_level * float(np.sum(1 / np.sqrt(self._shape)))
        return max(1, int(np.count_nonzero(self._space.values[: self._exact] > margin * edge)))

    def _part(self, kept: Array) -> Array:
        """Return the part of white noise's energy in so many channels of data of that rank."""
        n_rows, n_channels = self._shape
        part: Array = 1 - (1 - kept / n_rows) * (1 - kept / n_channels)
        return part

    def _reduced(self, n: int, noise_level: float) -> ReducedChannels:
        if not self._is_joint:
            return ReducedChannels(self.view, self.noise_level)
        rotation = self._space.channels[:, :n]
        data = np.ascontiguousarray(rotation.conj().T @ self.view.data)
        view = dataclasses.replace(self.view, data=data, rotation=rotation)
        return ReducedChannels(view, noise_level)
