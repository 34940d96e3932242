"""GPDASC without a matrix: how its time grows with the size of images in three channels.

Random Haar coefficients, those at one position active in all channels or in none; 35 % of the
Fourier plane sampled at random, and a full block in its centre. The number of active groups
grows with the area, 20,000 at 512 x 512.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.fft
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import PartialFourier, Wavelet
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import PrimalDualActiveSet

from .arguments import integers
from .tables import aligned, time_text
from .timing import timed, warm_up

NAME = "l0-images"
SUMMARY = "Time of matrix-free GPDASC against the size of images in three channels."

_CHANNELS, _SAMPLED, _CENTRE = 3, 0.35, 16
_ACTIVE, _ACTIVE_SIDE = 20_000, 512
# A fit takes up a part of the noise that grows with the area; with ten times this sigma it would
# be more than the smallest groups hold, and the noise level would be met without them.
_DYNAMIC_RANGE, _SIGMA = 10.0, 1e-3


class _Image(NamedTuple):
    problem: Problem
    active_groups: np.ndarray
    noise_level: float


class _Row(NamedTuple):
    side: int
    n_coefs: int
    n_groups: int
    n_found: int
    exact: bool
    seconds: float


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be asked for."""
    parser.add_argument(
        "--sizes",
        type=integers,
        default="128,192,256,384,512",
        metavar="NUMBERS",
        help="pixels along a side, with commas between them",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out/benchmarks"), metavar="FOLDER", help="for the plot"
    )


def run(arguments: Namespace) -> None:
    """Measure, print and draw."""
    with scipy.fft.set_workers(os.cpu_count() or 1):
        small = _image(2 * _CENTRE)
        warm_up([lambda: _solver(small).solve(small.problem)])
        rows = [_measured(side) for side in arguments.sizes]
    header = ("n", "groups", "active found", "exact", "time", "per 1e6 coefs")
    cells = [
        (
            f"{row.side} x {row.side}",
            f"{row.n_groups:,}",
            f"{row.n_found:,}",
            "yes" if row.exact else "no",
            time_text(row.seconds),
            time_text(1e6 * row.seconds / row.n_coefs),
        )
        for row in rows
    ]
    print(aligned(header, cells, n_left=1))
    arguments.out.mkdir(parents=True, exist_ok=True)
    _draw(rows, arguments.out / f"{NAME}.png")
    print(f"\nWrote {NAME}.png in {arguments.out}")


def _measured(side: int) -> _Row:
    image = _image(side)
    seconds, solution = timed(lambda: _solver(image).solve(image.problem))
    n_groups = image.problem.groups.n_groups
    return _Row(
        side,
        _CHANNELS * n_groups,
        n_groups,
        solution.active_groups.size,
        np.array_equal(solution.active_groups, image.active_groups),
        seconds,
    )


def _solver(image: _Image) -> PrimalDualActiveSet:
    return PrimalDualActiveSet(noise_level=image.noise_level)


def _image(side: int) -> _Image:
    """Return samples of one random image in all channels."""
    rng = np.random.default_rng(side)
    mask = rng.random((side, side)) < _SAMPLED
    centre = slice((side - _CENTRE) // 2, (side + _CENTRE) // 2)
    mask[centre, centre] = True
    operator = PartialFourier(mask) @ Wavelet((side, side), "haar")
    n_active = round(_ACTIVE * side**2 / _ACTIVE_SIDE**2)
    active = rng.choice(side**2, n_active, replace=False)
    coef = np.zeros((_CHANNELS, side**2))
    magnitudes = _DYNAMIC_RANGE ** rng.uniform(size=(_CHANNELS, n_active))
    coef[:, active] = rng.choice([-1, 1], magnitudes.shape) * magnitudes
    samples = np.stack([operator.apply(channel.reshape(side, side)) for channel in coef])
    noise = _SIGMA * (rng.standard_normal(samples.shape) + 1j * rng.standard_normal(samples.shape))
    problem = Problem(operator, samples + noise, Groups.across(0))
    return _Image(problem, np.sort(active), float(np.linalg.norm(noise)))


def _draw(rows: list[_Row], path: Path) -> None:
    """Draw time against coefficients, both logarithmic, with a line of the slope that fits."""
    n_coefs = np.array([row.n_coefs for row in rows])
    seconds = np.array([row.seconds for row in rows])
    figure = Figure(figsize=(6, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.loglog(n_coefs, seconds, "o", color="#0072B2", label="GPDASC")
    for row in rows:
        axes.annotate(
            f"{row.side} x {row.side}",
            (row.n_coefs, row.seconds),
            xytext=(8, -12),
            textcoords="offset points",
            fontsize=8,
        )
    if len(rows) > 1:
        slope, offset = np.polyfit(np.log(n_coefs), np.log(seconds), 1)
        ends = np.array([n_coefs.min(), n_coefs.max()])
        label = f"fit: time ~ coefficients$^{{{slope:.2f}}}$"
        axes.loglog(ends, np.exp(offset) * ends**slope, color="#999999", zorder=1, label=label)
    axes.set_xlabel("coefficients")
    axes.set_ylabel("time")
    axes.margins(x=0.15, y=0.1)
    for axis, unit in ((axes.xaxis, ""), (axes.yaxis, "s")):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(EngFormatter(unit=unit))
        axis.set_minor_formatter(NullFormatter())
    axes.grid(which="major", color="#eeeeee")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
