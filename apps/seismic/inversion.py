"""The result of an inversion."""

from __future__ import annotations

from dataclasses import dataclass

from ...toolkit.arrays import Array, IntArray


@dataclass(frozen=True, eq=False)
class Inversion:
    """The result of a joint inversion: reflectivity of several shots with common reflectors.

    Attributes
    ----------
    reflectivity : ndarray
        In the shape and dtype of the data; zero on dead traces.
    reflectors : ndarray of int, or list of ndarray of int
        Sorted sample indices; for sections, a list with those of every trace.
    sample_interval : float
        Seconds.
    method : str
    noise_level : float
        The norm of the noise in all live traces, given or estimated.
    shot_noise : ndarray, shape (shot,)
        The norm of the noise in the live traces of every shot.
    dead : ndarray of bool, shape (shot, trace)
        The traces that were left out.
    outliers : ndarray of bool, in the shape of the data
        The samples that a robust inversion found to be no signal with noise.
    residual_norm : float
        Of the live traces without outliers, after subtraction of what the reflectivity explains.
    n_unconverged : int
        The number of solutions that did not converge.
    seconds : float
        Wall-clock time.
    """

    reflectivity: Array
    reflectors: IntArray | list[IntArray]
    sample_interval: float
    method: str
    noise_level: float
    shot_noise: Array
    dead: Array
    outliers: Array
    residual_norm: float
    n_unconverged: int
    seconds: float

    @property
    def by_trace(self) -> list[IntArray]:
        """The reflectors of every trace, as a list also for a single one."""
        return self.reflectors if isinstance(self.reflectors, list) else [self.reflectors]

    @property
    def n_reflectors(self) -> int:
        """The number of reflectors on all traces."""
        return sum(one.size for one in self.by_trace)
