"""The seismic demo: its cases scored and shown on one page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .... import __version__
from ...files.atomic import check_target
from ...report.content import Section, Table
from ...report.page import write_page
from ..cases.canonical import SAMPLE_INTERVAL, make_case
from ..cases.comparison import invert_case, invert_case_shots
from ..cases.simulation import Simulation, simulate
from ..demo import DemoScores, DemoSettings, collect_results, score_demo
from ..inverting.settings import InversionSettings
from ..job import Job, prepare, run
from ..scores.metrics import reflector_f1
from ..scores.score_tables import tabulate_case
from .curves import Curve, draw_score_curves, draw_thickness_curves
from .density import draw_density_section
from .section_axes import SectionAxes
from .well_overlay import draw_well_overlay
from .wiggle import draw_wiggle_section

TITLE = "Joint reflectivity of several shots"
_WAYS = ("all shots together", "one shot, mean", "stack")


def run_demo(
    out: str | Path,
    settings: DemoSettings,
    *,
    watch: Callable[[str], None] = lambda _: None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Compare the ways of inversion, write the page, and return the mean scores.

    Parameters
    ----------
    out : path-like
        The page; a page of an earlier demo is replaced.
    settings : DemoSettings
    watch : callable, optional
        Called with the name of every step as it begins.
    overwrite : bool, default False
        Whether another file at `out` may be replaced.

    Returns
    -------
    dict
        "joint", "single_shot" and "stack", each with "f1"; "reversing", the same where
        strengths change their sign; "shots" and "snr", the same by number of shots and SNR;
        "wedge", the shares resolved by thickness.

    Raises
    ------
    FileExistsError
        If there is another file at `out`.
    """
    replaced = overwrite or is_demo_page(Path(out))
    check_target(out, overwrite=replaced)
    scores = score_demo(settings, watch)
    results = collect_results(scores, settings) | {"report": str(out)}
    watch("pictures")
    write_demo_page(out, settings, scores, results, overwrite=replaced)
    return results


def write_demo_page(
    out: str | Path,
    settings: DemoSettings,
    scores: DemoScores,
    results: dict[str, Any],
    *,
    overwrite: bool,
) -> None:
    """Write the page; `results` are the means of the scores, for the tables."""
    write_page(
        out,
        TITLE,
        "Several shots see the same reflectors, each with its own wavelet, strengths and noise. "
        "Inverted together, by groups of one time sample in all shots, they show reflectors that "
        "no shot shows alone. All data on this page are simulated.",
        [
            make_gather_section(settings, tabulate_case(results)),
            *make_curve_sections(settings, scores),
            make_wedge_section(settings, scores),
            make_layers_section(settings),
        ],
        footer=f"groupsparse {__version__}, method {settings.method}, "
        f"{settings.n_seeds} draws of each case",
        overwrite=overwrite,
    )


def is_demo_page(path: Path) -> bool:
    """Return whether a file is the page of an earlier demo."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f"<title>{TITLE}".encode() in file.read(8192)


def make_gather_section(settings: DemoSettings, tables: list[Table]) -> Section:
    """Return the section with the first draw of the canonical case, shot by shot."""
    case = make_case(settings.n_shots, settings.snr_db, random_state=0)
    joint, single = invert_case(case, settings.method), invert_case_shots(case, settings.method)
    alone = np.concatenate([one.reflectivity for one in single])
    mean = np.mean([reflector_f1(one.by_trace[0], case.reflectors) for one in single])
    together = reflector_f1(joint.by_trace[0], case.reflectors)
    pictures = [
        [
            draw_well_overlay(
                case.reflectivity,
                found,
                SectionAxes(SAMPLE_INTERVAL),
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
        f"{settings.n_shots} shots at {settings.snr_db:g} dB",
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


def make_curve_sections(settings: DemoSettings, results: DemoScores) -> list[Section]:
    """Return the sections with F1 against the number of shots, and against the noise."""
    panels = {}
    for polarity, title in (
        ("kept", "strengths vary"),
        ("reversing", "strengths change sign with offset"),
    ):
        scores = results.by_shots[polarity]
        shots = sorted(scores)
        panels[title] = [
            Curve(name, shots, np.stack([scores[n][:, way] for n in shots]))
            for way, name in enumerate(_WAYS)
        ]
    first = Section(
        "More shots",
        f"At {settings.snr_db:g} dB. Joint inversion gains from every further shot, whatever the "
        "signs of the coefficients; in the stack, coefficients that change their sign cancel.",
        picture_rows=[
            [draw_score_curves(panels, title="F1 against shots", x_label="shots", log_x=True)]
        ],
    )
    numbers = sorted({shots for shots, _ in results.by_snr})
    snrs = sorted({snr for _, snr in results.by_snr})
    joint = [
        Curve(
            f"{shots} shots" if shots > 1 else "1 shot",
            snrs,
            np.stack([results.by_snr[shots, snr][:, 0] for snr in snrs]),
        )
        for shots in numbers
    ]
    picture = draw_score_curves(
        {"all shots together": joint}, title="F1 against noise", x_label="SNR (dB)"
    )
    return [first, Section("Less noise", picture_rows=[[picture]])]


def make_wedge_section(settings: DemoSettings, scores: DemoScores) -> Section:
    """Return the section with the shares of wedges that are resolved, and the first wedge."""
    wedge, axes = scores.wedge, SectionAxes(SAMPLE_INTERVAL)
    case = wedge.first
    together = invert_case(case, settings.method)
    alone = invert_case_shots(case, settings.method)[0]
    curves = draw_thickness_curves(
        {_WAYS[0]: wedge.joint, _WAYS[1]: wedge.single_shot},
        SAMPLE_INTERVAL,
        tuning=scores.tuning,
        title=f"Share of {settings.n_wedges} wedges in which both sides are found",
    )
    limit = float(np.abs(case.reflectivity[0]).max())
    shown = [
        draw_density_section(section, axes, title=title, label="reflectivity", limit=limit)
        for title, section in (
            ("true, shot 1", case.reflectivity[0]),
            ("all shots together, shot 1", together.reflectivity[0]),
            ("shot 1 by itself", alone.reflectivity[0]),
        )
    ]
    data = draw_wiggle_section(case.data[0], axes, title="recorded, shot 1")
    return Section(
        "A wedge, thinner than the tuning thickness",
        "Eight shots at 20 dB over a layer of 1 to 16 samples whose two sides have opposite "
        "polarity. Both sides count as found if each is within one sample, with nothing else "
        "within ten. The tuning thickness is that of a Ricker wavelet of 30 Hz, "
        "sqrt(6) / (2 pi f); wavelets have 20 to 40 Hz.",
        picture_rows=[[curves], [data, shown[0]], shown[1:]],
    )


def make_layers_section(settings: DemoSettings) -> Section:
    """Return the section with a folded and faulted earth: recorded, true and recovered."""
    made = simulate(Simulation(snr_db=settings.snr_db, seed=1))
    survey, truth = made.survey, made.truth.data
    job = Job(
        made.wavelets,
        InversionSettings(settings.method),
        noise_level=made.noise_level,
        n_jobs=settings.n_jobs,
    )
    found, result = run(prepare(survey, job), job)
    true = [np.flatnonzero(truth[:, trace].any(axis=0)) for trace in range(survey.n_traces)]
    f1 = reflector_f1(result.by_trace, true)
    last = survey.n_shots - 1
    axes = SectionAxes(survey.sample_interval)
    limit = float(np.quantile(np.abs(truth[truth != 0]), 0.98))
    recorded = [
        draw_density_section(
            survey.data[shot], axes, title=f"recorded, shot {shot + 1}", detail=far
        )
        for shot, far in ((0, "offset 0 m"), (last, "offset 1,000 m"))
    ]
    spikes = [
        draw_density_section(
            section[shot],
            axes,
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
        f"coefficients by Shuey's approximation at the angles of incidence, "
        f"{settings.snr_db:g} dB, without move-out. Traces are inverted one by one. "
        f"F1 over all traces: {f1:.2f}.",
        picture_rows=[recorded, spikes[:2], spikes[2:]],
        commands=[
            "groupsparse seismic model --out survey.sgy --truth truth.npz "
            f"--snr {settings.snr_db:g} --seed 1",
            f"groupsparse seismic invert survey.sgy --wavelets {made.wavelets} "
            f"--method {settings.method} --truth truth.npz --out reflectivity.sgy",
        ],
    )
