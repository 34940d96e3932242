"""The canonical seismic case with a noisy shot and with spikes: F1 of what `invert` estimates."""

from __future__ import annotations

import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial

import numpy as np

from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.cases.canonical import SAMPLE_INTERVAL, Case, make_case
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.noise import estimate_noise_level
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.execution.parallel import run_parallel

from .arguments import parse_count
from .tables import format_table

NAME = "seismic-noise"
SUMMARY = "F1 of the canonical seismic case with one noisy shot and with spikes."

_SHOTS, _SNR_DB, _NOISY = 8, 10.0, 3
_WAYS = ("one level", "level per shot", "robust", "whitened by hand")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--draws", type=parse_count, default=30, help="of every kind of data")
    parser.add_argument("--method", default="sbl", help="as for `InversionSettings`")
    parser.add_argument("--jobs", type=int, default=1, help="draws at a time")


def run(arguments: Namespace) -> None:
    """Print the mean F1, and its standard deviation over the draws."""
    rows = []
    for name, spoil in _KINDS.items():
        draws = [(spoil, seed, arguments.method) for seed in range(arguments.draws)]
        scores = np.array(
            run_parallel(_score_draw, draws, n_jobs=arguments.jobs, prefer="processes")
        )
        cells = [
            "-" if np.isnan(mean) else f"{mean:.4f} ({deviation:.3f})"
            for mean, deviation in zip(scores.mean(axis=0), scores.std(axis=0), strict=True)
        ]
        rows.append([name, *cells])
    print(f"{arguments.method}, mean F1 (standard deviation) of {arguments.draws} draws, ", end="")
    print(f"{_SHOTS} shots, {_SNR_DB:g} dB\n")
    print(format_table(["data", *_WAYS], rows, 1))


def _add_noise(case: Case, rng: np.random.Generator, factor: float | None) -> tuple[Array, Array]:
    """Return data with a noisy shot, and the standard deviation of the noise of every shot.

    The noise of that shot is `factor` times that of the others, or, with None, has three times the
    standard deviation of the shot added.
    """
    data = case.data.copy()
    deviations = np.full(_SHOTS, case.noise_level / np.sqrt(data.size))
    own = deviations[_NOISY]
    added = 3 * data[_NOISY].std() if factor is None else own * np.sqrt(factor**2 - 1)
    data[_NOISY] += added * rng.standard_normal(data.shape[1])
    deviations[_NOISY] = np.hypot(own, added)
    return data, deviations


def _add_spikes(case: Case, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return data with spikes of ten times the peak at 0.2 % of the samples, and the deviations."""
    data = case.data.copy()
    places = rng.permutation(data.size)[: round(0.002 * data.size)]
    data.ravel()[places] += 10 * np.abs(data).max() * rng.choice([-1, 1], places.size)
    return data, np.full(_SHOTS, case.noise_level / np.sqrt(data.size))


_Spoil = Callable[[Case, np.random.Generator], tuple[Array, Array]]
_KINDS: dict[str, _Spoil] = {
    "canonical": partial(_add_noise, factor=1.0),
    "noise of three deviations of its data added to a shot": partial(_add_noise, factor=None),
    "noise of a shot three times that of the others": partial(_add_noise, factor=3.0),
    "spikes of ten times the peak, 0.2 %": _add_spikes,
}


def _score_draw(spoil: _Spoil, seed: int, method: str) -> list[float]:
    """Return the F1 of a draw in every way of `_WAYS`."""
    case = make_case(_SHOTS, _SNR_DB, random_state=seed)
    data, deviations = spoil(case, np.random.default_rng(1000 + seed))
    weights = 1 / deviations[:, None]
    plain, robust = InversionSettings(method), InversionSettings(method, robust=True)
    known = float(np.sqrt(data.size))  # of the noise, once it is whitened
    whole = estimate_noise_level(data, case.wavelets)
    white = [weight * one for weight, one in zip(weights[:, 0], case.wavelets, strict=True)]
    return [
        _score(case, data, case.wavelets, plain, whole),
        _score(case, data, case.wavelets, plain, None),
        _score(case, data, case.wavelets, robust, None),
        # Where the level knows nothing of the spikes, all of them are fitted, which takes long.
        np.nan if spoil is _add_spikes else _score(case, weights * data, white, plain, known),
    ]


def _score(
    case: Case,
    data: Array,
    wavelets: list[Array],
    settings: InversionSettings,
    noise_level: float | None,
) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spikes that are taken for signal have no end
        found = invert(
            data, wavelets, settings, sample_interval=SAMPLE_INTERVAL, noise_level=noise_level
        )
    return float(reflector_f1(found.reflectors, case.reflectors))
