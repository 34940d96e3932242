"""Time of matrix-free GPDASC against the size of images in three channels.

The images have random Haar coefficients; a position is active in all channels or in none. 35 % of
the Fourier plane is sampled at random, and a block in its centre completely. The number of active
groups is proportional to the area, with 20,000 at 512 x 512.
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

from .arguments import parse_counts
from .tables import format_table, format_time
from .timing import time_task, warm_up

NAME = "l0-images"
SUMMARY = "Time of matrix-free GPDASC against the size of images in three channels."

_CHANNELS, _SAMPLED, _CENTRE = 3, 0.35, 16
_ACTIVE, _ACTIVE_SIDE = 20_000, 512
# The fit absorbs a part of the noise that grows with the area. With ten times this sigma it would
# exceed the smallest groups, and the residual would reach the noise level without them.
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
    """Add the options."""
    parser.add_argument(
        "--sizes",
        type=parse_counts,
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
        small = _make_image(2 * _CENTRE)
        warm_up([lambda: _make_solver(small).solve(small.problem)])
        rows = [_measure(side) for side in arguments.sizes]
    header = ("n", "groups", "active found", "exact", "time", "per 1e6 coefs")
    cells = [
        (
            f"{row.side} x {row.side}",
            f"{row.n_groups:,}",
            f"{row.n_found:,}",
            "yes" if row.exact else "no",
            format_time(row.seconds),
            format_time(1e6 * row.seconds / row.n_coefs),
        )
        for row in rows
    ]
    print(format_table(header, cells, n_left=1))
    arguments.out.mkdir(parents=True, exist_ok=True)
    _draw(rows, arguments.out / f"{NAME}.png")
    print(f"\nWrote {NAME}.png in {arguments.out}")


def _measure(side: int) -> _Row:
    image = _make_image(side)
    seconds, solution = time_task(lambda: _make_solver(image).solve(image.problem))
    n_groups = image.problem.groups.n_groups
    return _Row(
        side,
        _CHANNELS * n_groups,
        n_groups,
        solution.active_groups.size,
        np.array_equal(solution.active_groups, image.active_groups),
        seconds,
    )


def _make_solver(image: _Image) -> PrimalDualActiveSet:
    return PrimalDualActiveSet(noise_level=image.noise_level)


def _make_image(side: int) -> _Image:
    """Return Fourier samples of a random image in all channels."""
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
    """Draw time against the number of coefficients on logarithmic axes, with a fitted line."""
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
