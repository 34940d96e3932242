"""Makers of layered earths: random layers with dips, folds and faults, wedges, thin beds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, as_finite_array
from ...toolkit.checks import (
    as_list,
    check_choice,
    check_count,
    check_level,
    check_number,
    check_strength,
)
from ...toolkit.randomness import RandomState, make_generator
from .models import EarthModel
from .rock_physics import gardner_density, mudrock_vs


def make_layers(
    n_layers: int = 8,
    n_traces: int = 60,
    *,
    duration: float = 1.0,
    dip: float = 0.0,
    fold: float = 0.0,
    faults: Sequence[tuple[int, float]] = (),
    scatter: float = 0.05,
    random_state: RandomState = None,
) -> EarthModel:
    """Draw parallel layers of random thickness and properties, then dip, fold and fault them.

    P velocities scatter by 15 per cent about a line from 2000 m/s at the top to 4000 m/s at the
    bottom; S velocities and densities scatter about `mudrock_vs` and `gardner_density`.

    Parameters
    ----------
    n_layers, n_traces : int
        At least two layers.
    duration : float, default 1.0
        All horizons lie between zero and this time, in seconds.
    dip : float, default 0.0
        The delay in seconds of a horizon from one trace to the next.
    fold : float, default 0.0
        The rise in seconds of the middle of the section above its sides; negative for a syncline.
    faults : sequence of (int, float), default ()
        The first trace beyond each fault, and the throw in seconds of everything from there on.
    scatter : float, default 0.05
        The standard deviation of the logarithms of S velocity and density about their rules.
        Without it, all coefficients depend on the angle in the same way.
    random_state : int, Generator, RandomState or None
        The seed.

    Returns
    -------
    EarthModel
        With ``n_layers - 1`` interfaces.

    Raises
    ------
    ValueError
        If a number is out of range, a fault is not within the section, or the structure is higher
        than `duration`.

    Examples
    --------
    >>> earth = make_layers(5, 40, dip=0.001, faults=[(20, 0.03)], random_state=0)
    >>> earth.horizons.shape, earth.vp.shape
    ((4, 40), (5,))
    """
    check_count("n_layers", n_layers, least=2)
    check_strength("duration", duration)
    check_level("scatter", scatter)
    structure = _compute_structure(n_traces, dip, fold, faults)
    height = structure.max()
    if height >= duration:
        raise ValueError(
            f"dip, fold and faults move horizons by {height:g} s in all, which must be less than "
            f"duration, {duration:g} s"
        )
    rng = make_generator(random_state)
    bases = np.cumsum(rng.uniform(0.5, 1.5, n_layers))
    horizons = bases[:-1, None] / bases[-1] * (duration - height) + structure
    trend = np.linspace(2000.0, 4000.0, n_layers)
    vp = np.clip(trend * np.exp(0.15 * rng.standard_normal(n_layers)), 1700.0, 6000.0)
    with np.errstate(over="ignore"):
        spread = np.exp(scatter * rng.standard_normal((2, n_layers)))
        vs = np.minimum(mudrock_vs(vp) * spread[0], 0.7 * vp)
        density = gardner_density(vp) * spread[1]
    with _naming("duration, dip, fold, faults or scatter"):
        return EarthModel(horizons, vp, vs, density)


def make_wedge(
    n_traces: int = 30,
    max_thickness: float = 0.03,
    *,
    top: float = 0.2,
    polarity: str = "opposite",
    vp: float = 2500.0,
    ratio: float = 1.2,
) -> EarthModel:
    """Return a wedge, from zero thickness at the first trace to the largest at the last.

    S velocities and densities follow `mudrock_vs` and `gardner_density`.

    Parameters
    ----------
    n_traces : int, default 30
        At least two.
    max_thickness : float, default 0.03
        Two-way time in seconds.
    top : float, default 0.2
        Two-way time of the flat top in seconds.
    polarity : {"opposite", "same"}, default "opposite"
        Of the coefficients of top and base, which have the same strength at normal incidence.
        "opposite": the layer below is as the one above; "same": the velocity increases again by
        the same ratio.
    vp : float, default 2500.0
        The P velocity above the wedge in metres per second.
    ratio : float, default 1.2
        The P velocity of the wedge over that above it.

    Returns
    -------
    EarthModel
        With two interfaces, which coincide in the first trace.

    Raises
    ------
    ValueError
        If a number is out of range or the polarity is unknown.

    Examples
    --------
    >>> wedge = make_wedge(4, 0.03)
    >>> (wedge.horizons[1] - wedge.horizons[0]).round(3)
    array([0.  , 0.01, 0.02, 0.03])
    """
    check_count("n_traces", n_traces, least=2)
    check_strength("max_thickness", max_thickness)
    check_level("top", top)
    check_choice("polarity", polarity, ("opposite", "same"))
    powers = (0, 1, 0) if polarity == "opposite" else (0, 1, 2)
    base = top + np.linspace(0, max_thickness, n_traces)
    horizons = np.stack([np.full(n_traces, top), base])
    with _naming("max_thickness, top, vp or ratio"):
        return _make_stepped_model(horizons, powers, vp, ratio)


def make_thin_beds(
    thicknesses: ArrayLike = (0.02, 0.015, 0.01, 0.005),
    n_traces: int = 1,
    *,
    top: float = 0.1,
    spacing: float = 0.1,
    vp: float = 2500.0,
    ratio: float = 1.2,
) -> EarthModel:
    """Return flat beds of one rock within another.

    S velocities and densities follow `mudrock_vs` and `gardner_density`.

    Parameters
    ----------
    thicknesses : array_like, shape (bed,)
        Two-way times in seconds, not negative.
    n_traces : int, default 1
    top : float, default 0.1
        Two-way time of the top of the first bed in seconds.
    spacing : float, default 0.1
        Two-way time from the top of one bed to the next in seconds; larger than every thickness.
    vp : float, default 2500.0
        The P velocity around the beds in metres per second.
    ratio : float, default 1.2
        The P velocity of the beds over that around them.

    Returns
    -------
    EarthModel
        With two interfaces for each bed, of opposite coefficients.

    Raises
    ------
    ValueError
        If a number is out of range or beds overlap.

    Examples
    --------
    >>> make_thin_beds([0.02, 0.01]).horizons.ravel().round(3)
    array([0.1 , 0.12, 0.2 , 0.21])
    """
    thick = as_finite_array(thicknesses, "thicknesses")
    check_count("n_traces", n_traces)
    check_level("top", top)
    check_strength("spacing", spacing)
    if thick.ndim != 1 or thick.min() < 0 or thick.max() >= spacing:
        raise ValueError(
            f"thicknesses must be one row of numbers from 0 to below the spacing, {spacing:g} s, "
            f"got {thicknesses!r}"
        )
    tops = top + spacing * np.arange(thick.size)
    times = np.stack([tops, tops + thick], axis=1).ravel()
    powers = np.arange(times.size + 1) % 2
    horizons = np.repeat(times[:, None], n_traces, axis=1)
    with _naming("thicknesses, top, spacing, vp or ratio"):
        return _make_stepped_model(horizons, powers, vp, ratio)


@contextmanager
def _naming(arguments: str) -> Iterator[None]:
    """Begin the message of a `ValueError` about a model with the arguments that it came from."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{arguments} is out of range: {error}") from error


def _make_stepped_model(horizons: Array, powers: ArrayLike, vp: float, ratio: float) -> EarthModel:
    """Return layers with the P velocities ``vp * ratio**power``, other properties by rule."""
    check_strength("vp", vp)
    check_strength("ratio", ratio)
    velocities = vp * ratio ** np.asarray(powers, dtype=float)
    return EarthModel(horizons, velocities, mudrock_vs(velocities), gardner_density(velocities))


def _compute_structure(
    n_traces: int, dip: float, fold: float, faults: Sequence[tuple[int, float]]
) -> Array:
    """Return the depth of each trace below the highest one in seconds."""
    check_count("n_traces", n_traces)
    trace = np.arange(n_traces)
    place = trace / max(n_traces - 1, 1)
    check_number("dip", dip)
    check_number("fold", fold)
    shift = dip * trace - fold * np.sin(np.pi * place)
    for fault in as_list("faults", faults, "pairs of a trace and a throw"):
        first, throw = fault if isinstance(fault, tuple | list) and len(fault) == 2 else (fault, 0)
        if not isinstance(first, int | np.integer) or not 0 < first < n_traces:
            raise ValueError(
                f"faults must begin at traces from 1 to {n_traces - 1}, got one at {first!r}"
            )
        check_number("faults: a throw", throw)
        shift[first:] += throw
    shift = as_finite_array(shift, "dip, fold and faults")
    result: Array = shift - shift.min()
    return result
