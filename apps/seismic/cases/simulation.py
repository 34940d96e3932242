"""Simulated surveys over an earth model: angles, coefficients, move-out, wavelets, noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....datasets.earths.makers import make_layers, make_thin_beds, make_wedge
from ....datasets.earths.models import EarthModel
from ....toolkit.arrays import Array
from ....toolkit.checks import check_choice, check_count, check_not_negative, check_positive
from ..files.wavelet_description import parse_wavelets
from ..signal.added_noise import add_noise
from ..signal.attenuation import attenuate_wavelets
from ..signal.modelling import model_gathers
from ..signal.move_out import compute_incidence_angles
from ..survey import Survey

_FREQUENCIES = (20.0, 40.0)
_N_LAYERS = 16
_WIDEST = 89.0
"""Degrees, where no ray returns; coefficients there fall into the mute anyway."""


@dataclass(frozen=True)
class Simulation:
    """The settings of a simulated survey.

    Attributes
    ----------
    earth : str
        "layers" (dipping, folded, with a fault), "wedge" or "thin-beds".
    n_traces, n_shots : int
    wavelets : str, optional
        As for `parse_wavelets`; Ricker wavelets of 20 to 40 Hz by default.
    far_offset : float
        The offset of the last shot in metres; offsets increase from zero in equal steps.
    move_out : bool
        Whether reflections arrive later at larger offsets.
    duration, sample_interval : float
        Seconds.
    quality : float, optional
        Q of the earth, which attenuates the wavelets.
    snr_db : float, optional
        The signal-to-noise ratio; there is no noise by default.
    noise_band : tuple of 2 floats, optional
        The only frequencies of the noise, from and to, in hertz; white noise by default.
    method : str
        The dependence of coefficients on the angle, as for `EarthModel.compute_coefficients`.
    seed : int
        Of earth, wavelets and noise.

    Raises
    ------
    ValueError
        If the earth is unknown or a number is out of range.
    """

    earth: str = "layers"
    n_traces: int = 60
    n_shots: int = 8
    wavelets: str | None = None
    far_offset: float = 1000.0
    move_out: bool = False
    duration: float = 1.0
    sample_interval: float = 0.002
    quality: float | None = None
    snr_db: float | None = None
    noise_band: tuple[float, float] | None = None
    method: str = "shuey"
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("earth", self.earth, ("layers", "wedge", "thin-beds"))
        check_positive("sample_interval", self.sample_interval)
        check_positive("duration", self.duration)
        check_count("n_shots", self.n_shots)
        check_count("n_traces", self.n_traces)
        check_not_negative("far_offset", self.far_offset)
        if self.quality is not None:
            check_positive("quality", self.quality)
        if self.noise_band is not None and self.snr_db is None:
            raise ValueError("noise_band needs snr_db, the strength of the noise")
        if self.n_samples < 1:
            raise ValueError(
                f"duration must be at least one sample interval, {self.sample_interval:g} s, "
                f"got {self.duration:g}"
            )

    @property
    def n_samples(self) -> int:
        """The number of samples of a trace."""
        return round(self.duration / self.sample_interval)

    def make_empty_survey(self) -> Survey:
        """Return one trace of such a survey, to check beforehand whether a format can hold it."""
        return Survey(np.zeros((1, 1, self.n_samples)), self.sample_interval)


class SimulatedSurvey(NamedTuple):
    """A simulated survey with its truth.

    Attributes
    ----------
    survey : Survey
    truth : Survey
        The reflectivity at vertical times.
    noise_level : float
        The norm of the noise.
    wavelets : str
        Their description, for `parse_wavelets`.
    times, velocities : ndarray, shape (time,)
        The root-mean-square velocities of the trace in the middle.
    """

    survey: Survey
    truth: Survey
    noise_level: float
    wavelets: str
    times: Array
    velocities: Array


def simulate(simulation: Simulation) -> SimulatedSurvey:
    """Simulate a survey over a layered earth.

    Raises
    ------
    FileNotFoundError, ValueError
        If wavelets cannot be read or are longer than the record, or no reflection arrives.

    Examples
    --------
    >>> made = simulate(Simulation("wedge", n_traces=5, n_shots=2, duration=0.4))
    >>> made.survey.data.shape
    (2, 5, 200)
    """
    interval, n_samples = simulation.sample_interval, simulation.n_samples
    rng = np.random.default_rng(simulation.seed)
    # Rounded to samples, so that the truth is unique; layers may pinch out.
    earth = _make_earth(simulation, rng).round_to(interval)
    wavelets = simulation.wavelets or _draw_wavelets(simulation.n_shots, rng)
    sources = _make_sources(simulation, wavelets)
    offsets = np.linspace(0, simulation.far_offset, simulation.n_shots)
    angles = _compute_angles(earth, offsets)
    coefficients = np.real(earth.compute_coefficients(angles, simulation.method))
    velocities = earth.rms_velocities
    data = model_gathers(
        earth.horizons,
        coefficients,
        sources,
        sample_interval=interval,
        n_samples=n_samples,
        offsets=offsets if simulation.move_out else None,
        velocities=velocities if simulation.move_out else None,
    )
    level = 0.0
    if simulation.snr_db is not None:
        data, level = add_noise(
            data,
            simulation.snr_db,
            band=simulation.noise_band,
            sample_interval=interval,
            random_state=rng,
        )
    truth = np.real(
        earth.compute_reflectivity(
            angles, n_samples=n_samples, sample_interval=interval, method=simulation.method
        )
    )
    middle = earth.horizons.shape[1] // 2
    return SimulatedSurvey(
        Survey(data, interval, offsets=offsets),
        Survey(truth, interval, offsets=offsets, dead=np.zeros(truth.shape[:2], bool)),
        level,
        wavelets,
        *_select_velocities(earth.horizons[:, middle], velocities[:, middle]),
    )


def _make_earth(simulation: Simulation, rng: np.random.Generator) -> EarthModel:
    n, duration = simulation.n_traces, simulation.duration
    if simulation.earth == "wedge":
        return make_wedge(n, 0.06 * duration, top=0.4 * duration)
    if simulation.earth == "thin-beds":
        thick = np.array([0.02, 0.015, 0.01, 0.005]) * duration
        return make_thin_beds(thick, n, top=0.2 * duration, spacing=0.15 * duration)
    throws = [(n // 2, 0.03 * duration)] if n >= 4 else []
    return make_layers(
        _N_LAYERS,
        n,
        duration=duration,
        dip=0.05 * duration / n,
        fold=0.04 * duration if n > 2 else 0.0,
        faults=throws,
        random_state=rng,
    )


def _make_sources(simulation: Simulation, wavelets: str) -> list[Array]:
    """Return the wavelets of a description, attenuated if the simulation has a Q."""
    interval = simulation.sample_interval
    sources = parse_wavelets(wavelets, simulation.n_shots, interval)
    if sources is None:
        raise ValueError(
            "wavelets must be a description or a file for a simulation, not 'estimate'"
        )
    if simulation.quality is None:
        return sources
    return attenuate_wavelets(sources, interval, simulation.n_samples, simulation.quality)


def _draw_wavelets(n_shots: int, rng: np.random.Generator) -> str:
    """Return the description of Ricker wavelets of random frequencies."""
    frequencies = rng.uniform(*_FREQUENCIES, n_shots)
    return "ricker:" + ",".join(f"{frequency:.2f}" for frequency in frequencies)


def _compute_angles(earth: EarthModel, offsets: Array) -> Array:
    """Return angles of incidence in degrees, shape (shot, interface, trace)."""
    angles = compute_incidence_angles(
        earth.horizons, earth.rms_velocities, earth.interval_velocities, offsets[:, None, None]
    )
    return np.minimum(angles, _WIDEST)


def _select_velocities(times: Array, velocities: Array) -> tuple[Array, Array]:
    """Return the times that increase, and their velocities."""
    kept = np.concatenate([[True], np.diff(times) > 0])
    return times[kept], velocities[kept]
