"""Joint reflectivity of 1,000 traces: time, growth and memory, beside PyLops' FISTA."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.added_noise import add_noise
from groupsparse.apps.seismic.signal.wavelets import ricker
from groupsparse.datasets import make_joint_reflectivity
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.operators import Convolution
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import BlockCoordinateDescent

from .arguments import parse_count
from .peak_memory import measure_peak_memory
from .tables import format_table

NAME = "seismic"
SUMMARY = "1,000 traces x 8 shots x 1,000 samples by l2,1, beside PyLops' FISTA trace by trace."

_INTERVAL = 0.002
_SAMPLES, _REFLECTORS = 1000, 50
_SNR_DB = 10.0
_PARTS = ("memory", "growth", "pylops", "methods")
_ACCURACY = 1e-4  # relative suboptimality that PyLops must reach
_STEP = 25


class Section(NamedTuple):
    """Several shots over independent gathers."""

    data: Array
    wavelets: list[Array]
    noise_level: float
    reflectors: list[Array]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--parts", default=",".join(_PARTS), help="comma-separated")
    parser.add_argument("--traces", type=parse_count, default=1000, help="of the section")
    parser.add_argument("--shots", type=parse_count, default=8, help="of the section")
    parser.add_argument("--jobs", type=int, default=2, help="batches at a time")
    parser.add_argument("--repeats", type=parse_count, default=3, help="of each timed run")
    parser.add_argument(
        "--sample",
        type=parse_count,
        default=20,
        help="traces per shot for PyLops",
    )


def run(arguments: Namespace) -> None:
    """Measure and print."""
    parts = arguments.parts.split(",")
    warm = make_section(2, arguments.shots, seed=1)
    _time_inversion(warm, "l21", 1)
    if "memory" in parts:  # first: peak memory is that of the whole process
        before = measure_peak_memory()
        section = make_section(arguments.traces, arguments.shots)
        seconds, result = _time_inversion(section, "l21", arguments.jobs)
        print(
            f"{arguments.traces} traces x {arguments.shots} shots x {_SAMPLES} samples, l2,1: "
            f"{seconds:.2f} s, peak of the process {measure_peak_memory() / 1e9:.2f} GB, of which "
            f"{before / 1e9:.2f} GB before the data of {section.data.nbytes / 1e9:.3f} GB; "
            f"F1 {reflector_f1(result.reflectors, section.reflectors):.3f}"
        )
    if "growth" in parts:
        _time_growth(arguments)
    if "pylops" in parts:
        _compare_with_pylops(arguments)
    if "methods" in parts:
        _compare_methods(arguments)


def make_section(n_traces: int, n_shots: int, seed: int = 0) -> Section:
    """Simulate gathers of random reflectors at 10 dB, with a Ricker wavelet for each shot."""
    rng = np.random.default_rng(seed)
    wavelets = [ricker(f, _INTERVAL) for f in rng.uniform(20, 40, n_shots)]
    drawn = [
        make_joint_reflectivity(n_shots, _SAMPLES, _REFLECTORS, random_state=rng)
        for _ in range(n_traces)
    ]
    spikes = np.stack([one.reflectivity for one in drawn], axis=1)
    shape = spikes.shape[1:]
    clean = np.stack(
        [Convolution(w, shape).apply(shot) for w, shot in zip(wavelets, spikes, strict=True)]
    )
    data, level = add_noise(clean, _SNR_DB, random_state=rng)
    return Section(data, wavelets, level, [one.reflectors for one in drawn])


def _time_inversion(section: Section, method: str, n_jobs: int) -> tuple[float, Any]:
    began = perf_counter()
    result = invert(
        section.data,
        section.wavelets,
        InversionSettings(method),
        sample_interval=_INTERVAL,
        noise_level=section.noise_level,
        n_jobs=n_jobs,
    )
    return perf_counter() - began, result


def _time_growth(arguments: Namespace) -> None:
    """Time sections of an increasing number of traces."""
    rows = []
    for n_traces in arguments.traces * np.array([1, 2, 4, 8]) // 8:
        section = make_section(int(n_traces), arguments.shots)
        times = [
            _time_inversion(section, "l21", arguments.jobs)[0] for _ in range(arguments.repeats)
        ]
        median = float(np.median(times))
        rows.append([str(n_traces), f"{median:.2f}", f"{1e3 * median / n_traces:.2f}"])
    print("\n" + format_table(["traces", "seconds", "ms per trace"], rows, 1))


def _compare_methods(arguments: Namespace) -> None:
    """Time and score the methods on an eighth of the section."""
    section = make_section(arguments.traces // 8, arguments.shots)
    rows = []
    for method in ("sbl", "l21", "mcp", "l0"):
        _time_inversion(make_section(2, arguments.shots, seed=1), method, 1)
        seconds, result = _time_inversion(section, method, arguments.jobs)
        f1 = reflector_f1(result.reflectors, section.reflectors)
        n_traces = len(section.reflectors)
        rows.append([method, f"{1e3 * seconds / n_traces:.1f}", f"{f1:.3f}"])
    print("\n" + format_table(["method", "ms per trace", "F1"], rows, 1))


def _compare_with_pylops(arguments: Namespace) -> None:
    """Compare the times of PyLops' FISTA on single traces, up to an accuracy, with ours."""
    from pylops.optimization.sparsity import fista
    from pylops.signalprocessing import Convolve1D

    section = make_section(arguments.traces, arguments.shots)
    ours, _ = _time_inversion(section, "l21", arguments.jobs)
    deviation = section.noise_level / np.sqrt(section.data.size)
    rivals, iterations, singles = [], [], []
    for shot, wavelet in enumerate(section.wavelets):
        norm = float(np.linalg.norm(wavelet))
        alpha = deviation * norm * (1 + np.sqrt(2 * np.log(_SAMPLES)))
        operator = Convolution(wavelet, _SAMPLES)
        rival = Convolve1D(_SAMPLES, wavelet, offset=wavelet.size // 2)
        for trace in section.data[shot, : arguments.sample]:
            began = perf_counter()
            solver = BlockCoordinateDescent(L21(alpha), tol=1e-9)
            best = solver.solve(Problem(operator, trace)).objective
            singles.append(perf_counter() - began)
            seconds, count = _time_until_accurate(fista, rival, operator, trace, alpha, best)
            rivals.append(seconds)
            iterations.append(count)
    n_all = section.data.shape[0] * section.data.shape[1]
    whole = float(np.median(rivals)) * n_all
    print(
        f"\nours, l2,1 of {arguments.traces} traces x {arguments.shots} shots: {ours:.2f} s\n"
        f"PyLops' FISTA, l1 of one trace to a relative suboptimality of {_ACCURACY:g}: median "
        f"{1e3 * np.median(rivals):.1f} ms, {np.median(iterations):.0f} iterations, of "
        f"{len(rivals)} traces; all {n_all} of them: {whole:.0f} s, {whole / ours:.0f} x ours\n"
        f"ours, l1 of the same single traces, to 1e-9: median {1e3 * np.median(singles):.1f} ms"
    )


def _time_until_accurate(
    fista: Any, rival: Any, operator: Convolution, trace: Array, alpha: float, best: float
) -> tuple[float, int]:
    """Return time and number of the fewest iterations, in steps, that are accurate enough.

    PyLops is given the step length, and only the run with just enough iterations is counted.
    """
    count = 0
    while count < 5000:
        count += _STEP
        began = perf_counter()
        x = fista(rival, trace, niter=count, eps=2 * alpha, alpha=1 / operator.lipschitz, tol=0.0)[
            0
        ]
        seconds = perf_counter() - began
        left = trace - operator.apply(x)
        objective = float(left @ left) / 2 + alpha * float(np.abs(x).sum())
        if objective <= best * (1 + _ACCURACY):
            break
    return seconds, count
