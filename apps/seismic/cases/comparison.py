"""The joint inversion, single shots and the stack on the same cases, seed by seed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array
from ....toolkit.execution.parallel import run_parallel
from ..inversion import Inversion
from ..inverting.baselines import invert_shots, invert_stack
from ..inverting.joint_inversion import invert
from ..inverting.settings import InversionSettings
from ..scores.metrics import compute_resolved_shares, reflector_f1, score_reflectors
from .canonical import SAMPLE_INTERVAL, Case, make_case
from .wedge import WedgeCase, make_wedge_case

_MOST_SINGLE = 8
"""The score of a single shot does not depend on the number of shots, so that few are enough."""


class Scores(NamedTuple):
    """Reflector F1 within one sample by each way of using the shots; the mean of single shots."""

    joint: float
    single_shot: float
    stack: float


class WedgeComparison(NamedTuple):
    """The share of wedges resolved by thickness in samples, and the first wedge.

    `single_shot` holds shares of wedges and shots.
    """

    joint: dict[int, float]
    single_shot: dict[int, float]
    first: WedgeCase


def invert_case(case: Case | WedgeCase, method: str) -> Inversion:
    """Invert all shots of a case together, with the noise level known."""
    return invert(
        case.data,
        case.wavelets,
        InversionSettings(method),
        sample_interval=SAMPLE_INTERVAL,
        noise_level=case.noise_level,
    )


def invert_case_shots(case: Case | WedgeCase, method: str) -> list[Inversion]:
    """Invert every shot of a case by itself, with the noise level known."""
    return invert_shots(
        case.data,
        case.wavelets,
        InversionSettings(method),
        sample_interval=SAMPLE_INTERVAL,
        noise_level=case.noise_level,
    )


def compare(n_shots: int, snr_db: float, polarity: str, seed: int, method: str = "sbl") -> Scores:
    """Invert one canonical case in all ways.

    Examples
    --------
    >>> scores = compare(4, 20.0, "kept", seed=0)
    >>> scores.joint > scores.single_shot
    True
    """
    case = make_case(n_shots, snr_db, polarity=polarity, random_state=seed)
    joint = invert_case(case, method)
    n_few = min(n_shots, _MOST_SINGLE)
    few = case._replace(
        data=case.data[:n_few],
        wavelets=case.wavelets[:n_few],
        noise_level=case.noise_level * np.sqrt(n_few / n_shots),
    )
    single = invert_case_shots(few, method)
    stack = invert_stack(
        case.data,
        case.wavelets,
        InversionSettings(method),
        sample_interval=SAMPLE_INTERVAL,
        noise_level=case.noise_level,
    )
    return Scores(
        reflector_f1(joint.by_trace[0], case.reflectors),
        float(np.mean([reflector_f1(one.by_trace[0], case.reflectors) for one in single])),
        reflector_f1(stack.by_trace[0], case.reflectors),
    )


def compare_cases(
    cases: Iterable[tuple[int, float, str]],
    n_seeds: int,
    *,
    method: str = "sbl",
    n_jobs: int | None = None,
) -> list[Array]:
    """Return F1 (seed, way) of every case, given as (number of shots, SNR in dB, polarity).

    The ways are those of `Scores`.

    Examples
    --------
    >>> compare_cases([(1, 20.0, "kept")], n_seeds=2)[0].shape
    (2, 3)
    """
    chosen = list(cases)
    arguments = [(*case, seed, method) for case in chosen for seed in range(n_seeds)]
    scores = np.array(run_parallel(compare, arguments, n_jobs=n_jobs, prefer="processes"))
    return list(scores.reshape(len(chosen), n_seeds, 3))


def average_scores(n_shots: int, snr_db: float, n_seeds: int, method: str) -> dict[str, float]:
    """Return the mean scores of the joint inversion of the canonical case, by name."""
    every: dict[str, list[float]] = {}
    for seed in range(n_seeds):
        case = make_case(n_shots, snr_db, random_state=seed)
        found = invert_case(case, method)
        scores = score_reflectors(found.by_trace[0], found.reflectivity, case.reflectivity)
        for name, value in scores.items():
            if value is not None:
                every.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in every.items()}


def compare_wedges(
    n_seeds: int, *, snr_db: float = 20.0, n_shots: int = 8, method: str = "sbl"
) -> WedgeComparison:
    """Return by thickness how often the two sides of a wedge are resolved.

    Examples
    --------
    >>> wedge = compare_wedges(2)
    >>> wedge.joint[4] >= wedge.single_shot[4]
    True
    """
    joint: list[dict[int, float]] = []
    single: list[dict[int, float]] = []
    cases = [make_wedge_case(n_shots, snr_db, random_state=seed) for seed in range(n_seeds)]
    for case in cases:
        together, alone = invert_case(case, method), invert_case_shots(case, method)
        joint.append(compute_resolved_shares(case.tops, case.bases, together.by_trace))
        single += [compute_resolved_shares(case.tops, case.bases, one.by_trace) for one in alone]
    return WedgeComparison(_average_shares(joint), _average_shares(single), cases[0])


def _average_shares(shares: list[dict[int, float]]) -> dict[int, float]:
    return {thick: float(np.mean([one[thick] for one in shares])) for thick in shares[0]}
