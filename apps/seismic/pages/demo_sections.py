"""The sections of the seismic demo's page."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ...report.content import Section, Table
from ..cases.canonical import SAMPLE_INTERVAL, make_case
from ..cases.simulation import Simulation, simulate
from ..cases.wedge import WedgeCase
from ..inverting.baselines import invert_shots
from ..inverting.joint_inversion import invert
from ..inverting.survey_inversion import Job, invert_survey, prepare
from ..scores.metrics import reflector_f1
from .curves import Curve, draw_score_curves, draw_thickness_curves
from .density import draw_density_section
from .well_overlay import draw_well_overlay
from .wiggle import draw_wiggle_section

_WAYS = ("all shots together", "one shot, mean", "stack")


def make_gather_section(n_shots: int, snr_db: float, method: str, tables: list[Table]) -> Section:
    """Return the first draw of the canonical case, shot by shot.

    Parameters
    ----------
    n_shots, snr_db, method
        As for `run_demo`.
    tables : list of Table
        Shown below.

    Returns
    -------
    Section
        Two overlays.
    """
    case = make_case(n_shots, snr_db, random_state=0)
    settings: dict[str, Any] = {"sample_interval": SAMPLE_INTERVAL, "method": method}
    joint = invert(case.data, case.wavelets, noise_level=case.noise_level, **settings)
    single = invert_shots(case.data, case.wavelets, noise_level=case.noise_level, **settings)
    alone = np.concatenate([one.reflectivity for one in single])
    mean = np.mean([reflector_f1(one.by_trace[0], case.reflectors) for one in single])
    together = reflector_f1(joint.by_trace[0], case.reflectors)
    pictures = [
        [
            draw_well_overlay(
                case.reflectivity,
                found,
                SAMPLE_INTERVAL,
                observed=case.data,
                title=title,
                detail=f"F1 {f1:.2f}",
            )
        ]
        for title, found, f1 in (
            ("All shots inverted together", joint.reflectivity, together),
            ("Every shot inverted by itself", alone, mean),
        )
    ]
    return Section(
        f"{n_shots} shots at {snr_db:g} dB",
        "500 samples at 2 ms, 25 reflectors at random places, Laplace distributed strengths that "
        "vary by half from shot to shot, a Ricker wavelet of 20 to 40 Hz for every shot, white "
        "noise. The pictures show the first draw. Strengths follow from the noise level alone.",
        picture_rows=pictures,
        tables=tables,
        commands=["groupsparse seismic demo", "groupsparse seismic demo --json -"],
        notes=[
            "A reflector is found if it is within one sample of a true one; both are matched one "
            "to one. Single shots use the same method and the same noise.",
            "The stack is the mean of all shots, inverted with the mean of their wavelets.",
        ],
    )


def make_curve_sections(
    by_shots: dict[str, dict[int, Array]], by_snr: dict[tuple[int, float], Array], snr_db: float
) -> list[Section]:
    """Return F1 against the number of shots, and against the noise.

    Parameters
    ----------
    by_shots : dict
        For either polarity, scores (seed, way) by number of shots.
    by_snr : dict
        Scores by number of shots and SNR.
    snr_db : float
        Of the first.

    Returns
    -------
    list of Section
        Two.
    """
    panels = {}
    for polarity, title in (
        ("kept", "strengths vary"),
        ("reversing", "strengths change sign with offset"),
    ):
        scores = by_shots[polarity]
        shots = sorted(scores)
        panels[title] = [
            Curve(name, shots, np.stack([scores[n][:, way] for n in shots]))
            for way, name in enumerate(_WAYS)
        ]
    first = Section(
        "More shots",
        f"At {snr_db:g} dB. Joint inversion gains from every further shot, whatever the signs of "
        "the coefficients; the stack loses what changes its sign.",
        picture_rows=[
            [draw_score_curves(panels, title="F1 against shots", x_label="shots", log_x=True)]
        ],
    )
    numbers = sorted({shots for shots, _ in by_snr})
    snrs = sorted({snr for _, snr in by_snr})
    joint = [
        Curve(
            f"{shots} shots" if shots > 1 else "1 shot",
            snrs,
            np.stack([by_snr[shots, snr][:, 0] for snr in snrs]),
        )
        for shots in numbers
    ]
    picture = draw_score_curves(
        {"all shots together": joint}, title="F1 against noise", x_label="SNR (dB)"
    )
    return [first, Section("Less noise", picture_rows=[[picture]])]


def make_wedge_section(
    wedge: tuple[dict[int, float], dict[int, float], WedgeCase],
    tuning: float,
    n_wedges: int,
    method: str,
) -> Section:
    """Return what is resolved of a wedge.

    Parameters
    ----------
    wedge : tuple
        From `compare_wedges`.
    tuning : float
        The tuning thickness in seconds.
    n_wedges : int
        How many wedges were drawn.
    method : str
        As for `invert`.

    Returns
    -------
    Section
        Curves, and the first wedge.
    """
    joint, single, case = wedge
    settings: dict[str, Any] = {"sample_interval": SAMPLE_INTERVAL, "method": method}
    together = invert(case.data, case.wavelets, noise_level=case.noise_level, **settings)
    alone = invert_shots(case.data, case.wavelets, noise_level=case.noise_level, **settings)[0]
    curves = draw_thickness_curves(
        {_WAYS[0]: joint, _WAYS[1]: single},
        SAMPLE_INTERVAL,
        tuning=tuning,
        title=f"Share of {n_wedges} wedges in which both sides are found",
    )
    limit = float(np.abs(case.reflectivity[0]).max())
    shown = [
        draw_density_section(
            section, SAMPLE_INTERVAL, title=title, label="reflectivity", limit=limit
        )
        for title, section in (
            ("true, shot 1", case.reflectivity[0]),
            ("all shots together, shot 1", together.reflectivity[0]),
            ("shot 1 by itself", alone.reflectivity[0]),
        )
    ]
    data = draw_wiggle_section(case.data[0], SAMPLE_INTERVAL, title="recorded, shot 1")
    return Section(
        "A wedge, thinner than the tuning thickness",
        "Eight shots at 20 dB over a layer of 1 to 16 samples whose two sides have opposite "
        "polarity. Both sides count as found if each is within one sample, with nothing else "
        "within ten. The tuning thickness is that of a Ricker wavelet of 30 Hz, "
        "sqrt(6) / (2 pi f); wavelets have 20 to 40 Hz.",
        picture_rows=[[curves], [data, shown[0]], shown[1:]],
    )


def make_layers_section(snr_db: float, method: str, n_jobs: int | None) -> Section:
    """Return a folded and faulted section.

    Parameters
    ----------
    snr_db, method, n_jobs
        As for `run_demo`.

    Returns
    -------
    Section
        Recorded, true and recovered.
    """
    made = simulate(Simulation(snr_db=snr_db, seed=1))
    survey, truth = made.survey, made.truth.data
    job = Job(made.wavelets, method=method, noise_level=made.noise_level, n_jobs=n_jobs)
    found, result = invert_survey(prepare(survey, job), job)
    true = [np.flatnonzero(truth[:, trace].any(axis=0)) for trace in range(survey.n_traces)]
    f1 = reflector_f1(result.by_trace, true)
    last = survey.n_shots - 1
    interval, limit = survey.sample_interval, float(np.quantile(np.abs(truth[truth != 0]), 0.98))
    recorded = [
        draw_density_section(
            survey.data[shot], interval, title=f"recorded, shot {shot + 1}", detail=far
        )
        for shot, far in ((0, "offset 0 m"), (last, "offset 1,000 m"))
    ]
    spikes = [
        draw_density_section(
            section[shot],
            interval,
            title=f"{name}, shot {shot + 1}",
            label="reflectivity",
            limit=limit,
        )
        for name, section in (("true", truth), ("recovered", found.data))
        for shot in (0, last)
    ]
    return Section(
        "Layers, a fold and a fault",
        f"Sixteen layers of random properties under eight shots of 0 to 1,000 m offset, "
        f"coefficients by Shuey's approximation at the angles of incidence, {snr_db:g} dB, without "
        f"move-out. Traces are inverted one by one. F1 over all traces: {f1:.2f}.",
        picture_rows=[recorded, spikes[:2], spikes[2:]],
        commands=[
            "groupsparse seismic model --out survey.sgy --truth truth.npz "
            f"--snr {snr_db:g} --seed 1",
            f"groupsparse seismic invert survey.sgy --wavelets {made.wavelets} "
            f"--method {method} --truth truth.npz --out reflectivity.sgy",
        ],
    )
