"""The joint inversion, single shots and the stack on the same cases, seed by seed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ....toolkit.arrays import Array
from ....toolkit.execution.parallel import run_parallel
from ..inverting.baselines import invert_shots, invert_stack
from ..inverting.joint_inversion import invert
from ..scores.metrics import compute_resolved_shares, reflector_f1, score_reflectors
from .canonical import SAMPLE_INTERVAL, make_case
from .wedge import WedgeCase, make_wedge_case

_SINGLE_OF = 8
"""Single shots are the same whatever the number of others: so many of each case are enough."""


class Scores(NamedTuple):
    """F1 of one case by each way of using its shots; single shots by their mean.

    Attributes
    ----------
    joint, single_shot, stack : float
        Reflector F1 within one sample.
    """

    joint: float
    single_shot: float
    stack: float


def compare(n_shots: int, snr_db: float, polarity: str, seed: int, method: str = "sbl") -> Scores:
    """Invert one canonical case in all ways.

    Parameters
    ----------
    n_shots, snr_db, polarity
        As for `make_case`.
    seed : int
        Of the case.
    method : str
        As for `invert`.

    Returns
    -------
    Scores
        F1 scores.

    Examples
    --------
    >>> scores = compare(4, 20.0, "kept", seed=0)
    >>> scores.joint > scores.single_shot
    True
    """
    case = make_case(n_shots, snr_db, polarity=polarity, random_state=seed)
    settings: dict[str, Any] = {"sample_interval": SAMPLE_INTERVAL, "method": method}
    level = case.noise_level
    joint = invert(case.data, case.wavelets, noise_level=level, **settings)
    few = slice(0, min(n_shots, _SINGLE_OF))
    n_few = len(case.data[few])
    single = invert_shots(
        case.data[few],
        case.wavelets[few],
        noise_level=level * np.sqrt(n_few / n_shots),
        **settings,
    )
    stack = invert_stack(case.data, case.wavelets, noise_level=level, **settings)
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
    """Invert several cases for many seeds.

    Parameters
    ----------
    cases : iterable of tuple
        Number of shots, SNR in dB, polarity.
    n_seeds : int
        How many draws of each.
    method : str
        As for `invert`.
    n_jobs : int, optional
        How many at once.

    Returns
    -------
    list of ndarray, each of shape (n_seeds, 3)
        F1 by seed: joint, single shot, stack.

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
    """Return the means of all scores of the joint inversion of the canonical case.

    Parameters
    ----------
    n_shots, snr_db : int, float
        Of the case.
    n_seeds : int
        How many draws.
    method : str
        As for `invert`.

    Returns
    -------
    dict
        As `score_reflectors`.
    """
    every: dict[str, list[float]] = {}
    for seed in range(n_seeds):
        case = make_case(n_shots, snr_db, random_state=seed)
        found = invert(
            case.data,
            case.wavelets,
            noise_level=case.noise_level,
            sample_interval=SAMPLE_INTERVAL,
            method=method,
        )
        scores = score_reflectors(found.by_trace[0], found.reflectivity, case.reflectivity)
        for name, value in scores.items():
            if value is not None:
                every.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in every.items()}


def compare_wedges(
    n_seeds: int, *, snr_db: float = 20.0, n_shots: int = 8, method: str = "sbl"
) -> tuple[dict[int, float], dict[int, float], WedgeCase]:
    """Return by thickness how often the two sides of a wedge are told apart.

    Parameters
    ----------
    n_seeds : int
        How many wedges are drawn.
    snr_db : float, default 20
        Of the noise.
    n_shots : int, default 8
        The number of shots.
    method : str
        As for `invert`.

    Returns
    -------
    joint, single_shot : dict of int to float
        Shares of wedges, or of wedges and shots, by thickness in samples.
    WedgeCase
        The first wedge.

    Examples
    --------
    >>> joint, single, _ = compare_wedges(2)
    >>> joint[4] >= single[4]
    True
    """
    joint: list[dict[int, float]] = []
    single: list[dict[int, float]] = []
    cases = [make_wedge_case(n_shots, snr_db, random_state=seed) for seed in range(n_seeds)]
    for case in cases:
        settings: dict[str, Any] = {"sample_interval": SAMPLE_INTERVAL, "method": method}
        level = case.noise_level
        together = invert(case.data, case.wavelets, noise_level=level, **settings)
        alone = invert_shots(case.data, case.wavelets, noise_level=level, **settings)
        joint.append(compute_resolved_shares(case.tops, case.bases, together.by_trace))
        single += [compute_resolved_shares(case.tops, case.bases, one.by_trace) for one in alone]
    return _average_shares(joint), _average_shares(single), cases[0]


def _average_shares(shares: list[dict[int, float]]) -> dict[int, float]:
    return {thick: float(np.mean([one[thick] for one in shares])) for thick in shares[0]}
