"""Layered earths: horizons in two-way time, with elastic properties between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, as_finite_array, as_real_array
from ...toolkit.checks import check_choice, check_count, check_positive
from .reflection_coefficients import REFLECTIVITIES


@dataclass(frozen=True, eq=False)
class EarthModel:
    """Layers of constant properties, separated by horizons of any shape.

    A layer may have no thickness in some traces: it pinches out, and its two interfaces coincide
    there. The uppermost and the lowermost layer are unbounded and present in every trace.

    Parameters
    ----------
    horizons : array_like, shape (interface, trace)
        Two-way vertical times in seconds, neither negative nor decreasing down a trace.
    vp, vs : array_like, shape (interface + 1,)
        P and S velocities of the layers, from the top, in metres per second.
    density : array_like, shape (interface + 1,)
        Densities of the layers in kilograms per cubic metre.

    Raises
    ------
    ValueError
        If shapes do not fit, values are not finite, times are negative or decrease, or a property
        is not positive.

    Examples
    --------
    A layer that pinches out in the first trace:

    >>> earth = EarthModel(
    ...     [[0.1, 0.1], [0.1, 0.2]], [2000, 2500, 3000], [1000, 1250, 1500], [2000, 2000, 2000]
    ... )
    >>> earth.compute_coefficients([0])[0].round(4)
    array([[0.2   , 0.1111],
           [0.    , 0.0909]])
    >>> earth.rms_velocities.round(1)
    array([[2000. , 2000. ],
           [2000. , 2263.8]])
    """

    horizons: Array
    vp: Array
    vs: Array
    density: Array

    def __post_init__(self) -> None:
        for name in ("horizons", "vp", "vs", "density"):
            value = as_real_array(getattr(self, name), name)
            object.__setattr__(self, name, value.astype(np.float64))
        _check_horizons(self.horizons)
        for name in ("vp", "vs", "density"):
            _check_property(name, getattr(self, name), len(self.horizons) + 1)

    def compute_coefficients(self, angles: ArrayLike, method: str = "shuey") -> Array:
        """Return the reflection coefficients of all interfaces.

        Interfaces that coincide act as one, between the layers above and below them: the first has
        the coefficient and the others have zero.

        Parameters
        ----------
        angles : array_like, shape (angle,) or (angle, interface, trace)
            Of incidence, in degrees, from 0 to below 90.
        method : {"shuey", "aki-richards", "zoeppritz"}, default "shuey"
            A key of `REFLECTIVITIES`.

        Returns
        -------
        ndarray, shape (angle, interface, trace)
            Complex if `method` is "zoeppritz" and an angle is beyond a critical one, otherwise
            real.

        Raises
        ------
        ValueError
            If angles are out of range or have another shape, the method is unknown, or an S
            velocity is not below the P velocity.
        """
        check_choice("method", method, REFLECTIVITIES)
        theta = as_finite_array(angles, "angles")
        if theta.ndim == 1:
            theta = theta[:, None, None]
        elif theta.ndim != 3 or theta.shape[1:] != self.horizons.shape:
            expected = f"(angle,) or (angle, {', '.join(map(str, self.horizons.shape))})"
            raise ValueError(f"angles must have shape {expected}, got {theta.shape}")
        upper, lower = self._find_layers()
        layers = [x[n] for n in (upper, lower) for x in (self.vp, self.vs, self.density)]
        result: Array = REFLECTIVITIES[method](*layers, theta) * self._mark_first()
        return result

    def compute_reflectivity(
        self,
        angles: ArrayLike = (0.0,),
        *,
        n_samples: int,
        sample_interval: float,
        method: str = "shuey",
    ) -> Array:
        """Return spikes at the samples nearest to the horizons.

        Spikes at one sample add up; those beyond the record are left out.

        Parameters
        ----------
        angles : array_like, shape (angle,) or (angle, interface, trace)
            Of incidence, in degrees, from 0 to below 90.
        n_samples : int
            The length of the record, which begins at time zero.
        sample_interval : float
            Seconds.
        method : {"shuey", "aki-richards", "zoeppritz"}, default "shuey"
            As for `compute_coefficients`.

        Returns
        -------
        ndarray, shape (angle, trace, time)
            In the dtype of the coefficients.
        """
        check_count("n_samples", n_samples)
        check_positive("sample_interval", sample_interval)
        coefficients = self.compute_coefficients(angles, method)
        samples = np.rint(self.horizons / sample_interval)
        shape = (len(coefficients), self.horizons.shape[1], n_samples)
        result = np.zeros(shape, coefficients.dtype)
        for interface, sample in enumerate(samples):
            (trace,) = np.nonzero(sample < n_samples)
            result[:, trace, sample[trace].astype(np.intp)] += coefficients[:, interface, trace]
        return result

    @property
    def interval_velocities(self) -> Array:
        """The P velocities (interface, trace) of the layers present right above the interfaces."""
        result: Array = self.vp[self._find_layers()[0]]
        return result

    @property
    def rms_velocities(self) -> Array:
        """The root-mean-square velocities (interface, trace) down to the interfaces.

        By Dix's sum [1]_, ``v_rms^2(t_n) = sum_i v_i^2 (t_i - t_{i-1}) / t_n``, with P velocities;
        at time zero, the velocity of the uppermost layer.

        References
        ----------
        .. [1] C. H. Dix, "Seismic velocities from surface measurements", Geophysics 20(1), 1955.
        """
        thicknesses = np.diff(self.horizons, axis=0, prepend=0.0)
        squares = np.cumsum(self.vp[:-1, None] ** 2 * thicknesses, axis=0)
        mean = np.full(squares.shape, self.vp[0] ** 2)
        np.divide(squares, self.horizons, out=mean, where=self.horizons > 0)
        result: Array = np.sqrt(mean)
        return result

    def round_to(self, sample_interval: float) -> EarthModel:
        """Return the model with its horizons at the nearest multiples of the sample interval.

        Layers thinner than that may pinch out.
        """
        check_positive("sample_interval", sample_interval)
        horizons = np.rint(self.horizons / sample_interval) * sample_interval
        return EarthModel(horizons, self.vp, self.vs, self.density)

    def _mark_first(self) -> Array:
        """Return which interfaces (interface, trace) are the first at their time."""
        first = np.ones(self.horizons.shape, dtype=bool)
        first[1:] = np.diff(self.horizons, axis=0) > 0
        return first

    def _find_layers(self) -> tuple[Array, Array]:
        """Return the layers that are present above and below every interface."""
        n_interfaces = len(self.horizons)
        number = np.arange(n_interfaces)[:, None]
        first = self._mark_first()
        last = np.ones(first.shape, dtype=bool)
        last[:-1] = first[1:]
        upper = np.maximum.accumulate(np.where(first, number, 0), axis=0)
        from_below = np.where(last, number, n_interfaces)[::-1]
        return upper, np.minimum.accumulate(from_below, axis=0)[::-1] + 1


def _check_horizons(horizons: Array) -> None:
    """Raise a `ValueError` unless these are times that do not decrease downwards."""
    if horizons.ndim != 2:
        raise ValueError(f"horizons must have shape (interface, trace), got {horizons.shape}")
    if horizons.min() < 0:
        raise ValueError(f"horizons must not be negative, got {horizons.min():g} s")
    crossing = np.argwhere(np.diff(horizons, axis=0) < 0)
    if crossing.size:
        interface, trace = map(int, crossing[0])
        raise ValueError(
            f"horizons must not decrease down a trace; in trace {trace} interface {interface + 1} "
            f"is above interface {interface}"
        )


def _check_property(name: str, value: Array, n_layers: int) -> None:
    """Raise a `ValueError` unless there is a positive value for every layer."""
    if value.shape != (n_layers,):
        raise ValueError(
            f"{name} must have shape ({n_layers},), one value for each layer, got {value.shape}"
        )
    if value.min() <= 0:
        raise ValueError(f"{name} must be positive, got {value.min():g}")
