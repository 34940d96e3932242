"""A survey split into gathers that share reflectors, and reassembled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array, IntArray


class Part(NamedTuple):
    """Gathers with the same live channels.

    Attributes
    ----------
    live : ndarray of int, shape (channel,)
        The live channels: shot ``live // n_together`` at trace ``live % n_together``.
    traces : ndarray of int, shape (gather, n_together)
        The traces of every gather.
    """

    live: IntArray
    traces: IntArray


@dataclass(frozen=True, eq=False)
class Gathers:
    """Neighbouring traces of all shots, as channels that share reflectors.

    Attributes
    ----------
    data : ndarray, shape (shot, trace, time)
    dead : ndarray of bool, shape (shot, trace)
        Traces that are left out.
    n_together : int
        The number of neighbouring traces that share reflectors.
    shift : float
        The delay in samples of a reflector from one trace to the next.
    """

    data: Array
    dead: Array
    n_together: int = 1
    shift: float = 0.0

    def split(self, at_once: int) -> list[Part]:
        """Return all gathers with a live trace, at most `at_once` in one part."""
        n_traces = self.data.shape[1]
        n_whole = n_traces - n_traces % self.n_together
        blocks = [np.arange(n_whole).reshape(-1, self.n_together)] if n_whole else []
        if n_whole < n_traces:
            blocks.append(np.arange(n_whole, n_traces)[None])
        parts = []
        for traces in blocks:
            alive = ~self.dead[:, traces].transpose(1, 0, 2).reshape(len(traces), -1)
            for pattern in np.unique(alive, axis=0):
                same = np.flatnonzero((alive == pattern).all(axis=1))
                live = np.flatnonzero(pattern)
                starts = range(0, same.size if live.size else 0, at_once)
                parts += [Part(live, traces[same[i : i + at_once]]) for i in starts]
        return parts

    def extract(self, part: Part) -> Array:
        """Return the data of a part (channel, gather, time) with its reflectors levelled."""
        shots, places = np.divmod(part.live, part.traces.shape[1])
        traces = part.traces[:, places].T  # (channel, gather)
        channels = self.data[shots[:, None], traces]
        for channel, by in zip(channels, self._compute_shifts(part)[places], strict=True):
            channel[...] = _shift(channel, -by)
        return channels

    def find_shots(self, part: Part) -> IntArray:
        """Return the shot of every channel of a part."""
        shots: IntArray = part.live // part.traces.shape[1]
        return shots

    def place(self, part: Part, reflectivity: Array, into: Array) -> None:
        """Write an array of a part, such as its reflectivity, to its place in the survey's."""
        shots, places = np.divmod(part.live, part.traces.shape[1])
        shifts = self._compute_shifts(part)
        for channel, shot, place in zip(reflectivity, shots, places, strict=True):
            into[shot, part.traces[:, place]] = _shift(channel, int(shifts[place]))

    def assign_reflectors(self, part: Part, of_gather: list[IntArray]) -> dict[int, IntArray]:
        """Return the reflectors of every trace of a part, by trace."""
        n_samples, found = self.data.shape[2], {}
        for traces, samples in zip(part.traces, of_gather, strict=True):
            for trace, by in zip(traces, self._compute_shifts(part), strict=True):
                here = samples + by
                found[int(trace)] = here[(here >= 0) & (here < n_samples)]
        return found

    def _compute_shifts(self, part: Part) -> IntArray:
        """Return the delays in samples of the reflectors on the traces of a gather."""
        n = part.traces.shape[1]
        shifts: IntArray = np.rint(self.shift * (np.arange(n) - n // 2)).astype(np.intp)
        return shifts


def _shift(traces: Array, by: int) -> Array:
    """Return traces delayed by a number of samples, padded with zeros."""
    moved = np.zeros_like(traces)
    n = traces.shape[-1]
    if abs(by) < n:
        moved[..., max(by, 0) : n + min(by, 0)] = traces[..., max(-by, 0) : n - max(by, 0)]
    return moved
