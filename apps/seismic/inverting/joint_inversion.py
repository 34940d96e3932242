"""Joint reflectivity: reflectors that all shots share, with a strength in every shot.

Every shot k sees ``y_k = w_k * r_k + noise``, and the reflectivities r_k of a trace are zero at
the same samples. A gather, one trace of all shots, is a problem of its own, with one sample of
all shots as a group; gathers are inverted side by side.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, IntArray
from ....toolkit.checks import check_count, check_not_negative, check_positive
from ....toolkit.execution.parallel import iterate_parallel
from ..inversion import Inversion
from ..signal.source import compute_mean_norm, make_source_operator
from .batch import Batch, invert_batch
from .checked_input import Traces, Wavelets, check_traces, check_wavelets
from .checkpoint import Checkpoint, fingerprint
from .gathers import Gathers, Part
from .methods import get_method
from .noise_in_band import resolve_noise_level

_AT_ONCE, _MANY_BATCHES = 32, 8


def invert(
    data: ArrayLike,
    wavelets: Wavelets,
    *,
    sample_interval: float,
    noise_level: float | None = None,
    method: str = "sbl",
    strength: float | None = None,
    refit: bool | None = None,
    window: int | None = None,
    traces_together: int = 1,
    dip: float = 0.0,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Inversion:
    """Recover the reflectivity of several shots together.

    Parameters
    ----------
    data : array_like, shape (shot, time) or (shot, trace, time)
        Real; reflectors at the same time in all shots (move-out corrected).
        Traces that are zero throughout are dead: they are left out.
    wavelets : array_like or sequence of array_like
        One for all shots, shape (n_lags,), or one per shot; sampled as the
        data, time zero at sample ``n_lags // 2``. One of shape
        (n_samples, n_lags) holds the wavelet at every sample.
    sample_interval : float
        Seconds.
    noise_level : float, optional
        The norm of the white noise in the data. By default estimated from the
        frequencies where wavelets have no energy, or if there is nothing left
        of it, since data have been filtered, from what inversions leave.
    method : str, default "sbl"
        "sbl" (sparse Bayesian learning), "l21", "mcp", "l0", "constrained"
        (l2,1 norm, down to the noise level), "ow" (orthogonally weighted
        l2,1), or "windows" (overlapping windows, for thick anomalies).
    strength : float, optional
        "l21", "mcp", "l0", "windows": relative to the strength at which all is
        zero. By default it follows the noise.
    refit : bool, optional
        Whether amplitudes are those of the least-squares fit at the
        reflectors. By default as suits the method.
    window : int, optional
        "windows": how many samples a window has; 5 by default.
    traces_together : int, default 1
        How many neighbouring traces share reflectors.
    dip : float, default 0
        With `traces_together`: by how many seconds a reflector is later on the
        next trace.
    n_jobs : int, optional
        How many batches of gathers at once: one by default, -1 for one per
        core. Inside ``joblib.parallel_config("dask")`` on a cluster.
    progress : callable, optional
        Called with how many traces are done, and how many there are.
    checkpoint : path, optional
        A folder for what is done: the same call continues there if it was
        stopped, and empties it at the end.

    Returns
    -------
    Inversion
        With `reflectivity` and `reflectors`.

    Raises
    ------
    ValueError
        If shapes do not fit, a wavelet is longer than a trace, data hold NaN,
        all traces are dead, or a parameter is out of its range.

    Warns
    -----
    ConvergenceWarning
        If solutions stopped before they converged.
    UserWarning
        If the noise level had to be estimated from filtered data.

    Examples
    --------
    >>> from groupsparse.apps.seismic.signal.wavelets import ricker
    >>> truth = np.zeros((2, 100))
    >>> truth[:, [30, 60]] = [[1.0, -0.5], [0.8, 0.6]]
    >>> wavelets = [ricker(25, 0.002), ricker(35, 0.002)]
    >>> data = [np.convolve(r, w, mode="same") for r, w in zip(truth, wavelets)]
    >>> noise = 0.01 * np.random.default_rng(0).standard_normal((2, 100))
    >>> result = invert(data + noise, wavelets, sample_interval=0.002, noise_level=0.14)
    >>> result.reflectors
    array([30, 60])
    """
    began = perf_counter()
    survey = check_traces(data)
    n_shots, _, n_samples = survey.data.shape
    check_positive("sample_interval", sample_interval)
    sources = check_wavelets(wavelets, n_shots, n_samples)
    task = _Task(
        method, strength, refit, _checked_window(method, window, n_samples), traces_together, dip
    )
    task.check(sources)
    level = _noise_level(noise_level, survey, sources)
    gathers = Gathers(survey.data, survey.dead, traces_together, dip / sample_interval)
    n_live = n_samples * int(np.count_nonzero(~survey.dead))
    plan = _Plan(task, gathers, sources, level / np.sqrt(n_live))
    kept = None
    if checkpoint is not None:
        key = fingerprint([survey.data, *sources], (task, level, sample_interval))
        kept = Checkpoint(checkpoint, key)
    reflectivity = np.zeros_like(survey.data)
    reflectors: dict[int, IntArray] = {}
    n_unconverged, n_done = 0, int(np.count_nonzero(survey.dead.all(axis=0)))
    for part, result in plan.run(n_jobs, kept):
        gathers.place(part, result.reflectivity, reflectivity)
        reflectors |= gathers.assign_reflectors(part, result.reflectors)
        n_unconverged += result.n_unconverged
        n_done += part.traces.size
        if progress is not None:
            progress(n_done, survey.data.shape[1])
    if kept is not None:
        kept.remove()
    if n_unconverged:
        from sklearn.exceptions import ConvergenceWarning  # which takes a second to load

        warnings.warn(
            f"{n_unconverged} of the solutions stopped before they converged",
            ConvergenceWarning,
            stacklevel=2,
        )
    nothing = np.empty(0, np.intp)
    of_traces = [reflectors.get(trace, nothing) for trace in range(survey.data.shape[1])]
    return Inversion(
        reflectivity=reflectivity if survey.is_section else reflectivity[:, 0],
        reflectors=of_traces if survey.is_section else of_traces[0],
        sample_interval=float(sample_interval),
        method=method,
        noise_level=level,
        dead=survey.dead,
        residual_norm=_residual_norm(survey, sources, reflectivity),
        n_unconverged=n_unconverged,
        seconds=perf_counter() - began,
    )


@dataclass(frozen=True)
class _Task:
    """What is asked for, by the names of `invert`."""

    method: str
    strength: float | None
    refit: bool | None
    window: int
    traces_together: int
    dip: float

    def check(self, wavelets: list[Array]) -> None:
        """Raise a `ValueError` if something is out of its range."""
        chosen = get_method(self.method)
        if self.strength is not None:
            check_positive("strength", self.strength)
            if not chosen.has_strength:
                raise ValueError(
                    f"strength is not known to method {self.method!r}, which follows the noise"
                )
        check_count("traces_together", self.traces_together)
        if not np.isfinite(self.dip):
            raise ValueError(f"dip must be finite, got {self.dip!r}")
        if self.dip and any(wavelet.ndim == 2 for wavelet in wavelets):
            raise ValueError("dip must be 0 where wavelets change with time")


class _Plan(NamedTuple):
    """The batches of an inversion."""

    task: _Task
    gathers: Gathers
    wavelets: list[Array]
    deviation: float

    def run(self, n_jobs: int | None, kept: Checkpoint | None) -> Any:
        """Yield every part with its result, in their order."""
        parts = self.gathers.split(_AT_ONCE)
        known = [kept.load(number) if kept else None for number in range(len(parts))]
        todo = [number for number, result in enumerate(known) if result is None]
        scale = compute_mean_norm(self.wavelets)
        scaled = [wavelet / scale for wavelet in self.wavelets]
        batches = ((self._batch(parts[number], scaled, scale),) for number in todo)
        n_jobs, kind = self._jobs(n_jobs, len(todo))
        results = iterate_parallel(invert_batch, batches, n_jobs=n_jobs, prefer=kind)
        for number, part in enumerate(parts):
            result = known[number]
            if result is None:
                result = next(results)
                if kept:
                    kept.save(number, result)
            known[number] = None
            yield part, result

    def _jobs(self, n_jobs: int | None, n_batches: int) -> tuple[int | None, str]:
        """Return how many jobs are best, and of what kind.

        What is not compiled needs processes, which begin slowly.
        """
        method = get_method(self.task.method)
        if n_batches >= _MANY_BATCHES and not method.several:
            return n_jobs, "processes"
        # None is one, or as many as are configured, as on a cluster.
        return n_jobs if method.threads_help else None, "threads"

    def _batch(self, part: Part, wavelets: list[Array], scale: float) -> Batch:
        data = self.gathers.extract(part)
        data /= data.dtype.type(scale)
        chosen = [wavelets[shot] for shot in self.gathers.find_shots(part)]
        task = self.task
        return Batch(
            data,
            chosen,
            self.deviation / scale,
            task.method,
            task.strength,
            task.refit,
            task.window,
        )


def _checked_window(method: str, window: int | None, n_samples: int) -> int:
    if method != "windows":
        if window is not None:
            raise ValueError(f"window is for method 'windows', not for {method!r}")
        return 1
    length = 5 if window is None else window
    check_count("window", length, least=2)
    if length > n_samples:
        raise ValueError(f"window must be at most {n_samples}, a trace's samples, got {length}")
    return length


def _noise_level(given: float | None, survey: Traces, wavelets: list[Array]) -> float:
    if given is not None:
        check_not_negative("noise_level", given)
        return float(given)
    return resolve_noise_level(survey.data, wavelets, quiet_by=wavelets)


def _residual_norm(survey: Traces, wavelets: list[Array], reflectivity: Array) -> float:
    """Return the norm of what is left of the live traces, a shot at a time."""
    squares = 0.0
    for data, dead, wavelet, found in zip(
        survey.data, survey.dead, wavelets, reflectivity, strict=True
    ):
        operator = make_source_operator(wavelet, data.shape)
        left = (data - operator.apply(found))[~dead]
        squares += float((left.astype(float) ** 2).sum())
    return float(np.sqrt(squares))
