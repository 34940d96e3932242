"""Joint inversion of several shots for reflectors that all of them see.

A gather, the traces of all K shots at one place, is inverted by solving

    min over r    1/2 ||W r - y||^2 + alpha Omega(r)

- y, shape (K, n): the recorded traces, with reflectors at the same times in all shots
- r, shape (K, n): the reflectivities of the shots
- W = diag(W_1, ..., W_K): the convolutions with the wavelets of the shots, (W r)_k = w_k * r_k
- Omega: a penalty of the norms of r[:, t] over the shots, so that all shots share their
  reflectors: l2,1 ("l21"), group MCP ("mcp"), the number of samples that are not zero ("l0"),
  or l2,1 of overlapping windows of samples ("windows")
- alpha: from the noise level, as in `methods`, or a fraction of the largest useful value

Where the noise differs between shots, rows of W and y are divided by its standard deviation.
A robust inversion has Huber's loss in place of the squared one.

"constrained" and "ow" minimise the l2,1 norm, or its orthogonally weighted form, subject to
||W r - y|| <= noise level. "sbl" maximises the evidence of one variance per sample, shared by
the shots. Gathers are independent of each other and are inverted in parallel.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ....toolkit.checks import check_positive
from ....toolkit.execution.caller import warn_caller
from ....toolkit.execution.parallel import iterate_parallel
from ...files.kept_parts import fingerprint
from ..inversion import Inversion
from ..signal.source import compute_mean_norm, make_source_operator
from .batch import Batch, InvertedBatch, invert_batch
from .checkpoint import Checkpoint
from .gathers import Gathers, Part
from .input_checks import Traces, Wavelets, check_traces, check_wavelets
from .methods import get_method
from .noise_in_band import resolve_noise
from .settings import InversionSettings
from .shot_noise import compute_levels, read_deviations

_AT_ONCE, _MANY_BATCHES = 32, 8


def invert(
    data: ArrayLike,
    wavelets: Wavelets,
    settings: InversionSettings | None = None,
    *,
    sample_interval: float,
    noise_level: float | ArrayLike | None = None,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Inversion:
    """Invert several shots together for their reflectivity at common reflectors.

    Parameters
    ----------
    data : array_like, shape (shot, time) or (shot, trace, time)
        Real samples, corrected for move-out. Traces that are zero throughout are dead and
        are left out.
    wavelets : array_like or sequence of array_like
        One wavelet for all shots, shape (n_lags,), or one per shot, sampled as the data, with
        time zero at sample ``n_lags // 2``. A wavelet of shape (n_samples, n_lags) changes with
        time: row t is the wavelet of a reflector at sample t.
    settings : InversionSettings, optional
        The method and what tunes it; sparse Bayesian learning by default.
    sample_interval : float
        Seconds.
    noise_level : float or array_like of float, optional
        The norm of the white noise in all live traces, of the same strength everywhere; or one
        norm per shot, of the noise in its live traces: a noisier shot then counts less. By
        default it is estimated for every shot, from the frequencies at which the wavelets have no
        energy or, if the data have been filtered, from the residuals of trial inversions.
    n_jobs : int, optional
        The number of batches of gathers to invert at once: 1 by default, -1 for one per core.
        Inside ``joblib.parallel_config("dask")`` they run on a cluster.
    progress : callable, optional
        Called with the number of traces done and the number of all traces.
    checkpoint : path-like, optional
        A folder that keeps finished batches: the same call, repeated after it was stopped,
        continues from them. The folder is emptied at the end.

    Returns
    -------
    Inversion
        Reflectivity, reflectors and figures of the inversion.

    Raises
    ------
    ValueError
        If shapes do not fit, a wavelet is longer than a trace, data are not finite, all traces
        are dead, or a number is out of range.

    Warns
    -----
    ConvergenceWarning
        If a solution did not converge.
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
    settings = settings or InversionSettings()
    traces = check_traces(data)
    n_shots, _, n_samples = traces.data.shape
    check_positive("sample_interval", sample_interval)
    sources = check_wavelets(wavelets, n_shots, n_samples)
    settings.check_against(sources, n_samples, sample_interval)
    if noise_level is None:
        robust = settings.robust
        deviations = resolve_noise(traces.data, sources, quiet_by=sources, robust=robust)
    else:
        deviations = read_deviations(noise_level, traces.dead, n_samples)
    shift = settings.dip / sample_interval
    gathers = Gathers(traces.data, traces.dead, settings.traces_together, shift)
    plan = _Plan(settings, gathers, sources, deviations)
    kept = None
    if checkpoint is not None:
        key = fingerprint([traces.data, deviations, *sources], (settings, sample_interval))
        kept = Checkpoint(checkpoint, key)
    found = _collect(plan.run(n_jobs, kept), gathers, progress)
    if kept is not None:
        kept.remove()
    if found.n_unconverged:
        from sklearn.exceptions import ConvergenceWarning  # which takes a second to load

        warn_caller(f"{found.n_unconverged} of the solutions did not converge", ConvergenceWarning)
    shot_noise = compute_levels(deviations, traces.dead, n_samples)
    return Inversion(
        reflectivity=found.reflectivity if traces.is_section else found.reflectivity[:, 0],
        reflectors=found.reflectors if traces.is_section else found.reflectors[0],
        sample_interval=float(sample_interval),
        method=settings.method,
        noise_level=float(np.linalg.norm(shot_noise)),
        shot_noise=shot_noise,
        dead=traces.dead,
        outliers=found.outliers if traces.is_section else found.outliers[:, 0],
        residual_norm=_compute_residual_norm(traces, sources, found),
        n_unconverged=found.n_unconverged,
        seconds=perf_counter() - began,
    )


class _Plan(NamedTuple):
    """The batches of an inversion; `deviations` are those of the noise of every shot."""

    settings: InversionSettings
    gathers: Gathers
    wavelets: list[Array]
    deviations: Array

    def run(
        self, n_jobs: int | None, kept: Checkpoint | None
    ) -> Iterator[tuple[Part, InvertedBatch]]:
        """Yield every part with its result, in order; finished parts come from the checkpoint."""
        parts = self.gathers.split(_AT_ONCE)
        known = [kept.load(number) if kept else None for number in range(len(parts))]
        todo = [number for number, result in enumerate(known) if result is None]
        scale = compute_mean_norm(self.wavelets)
        scaled = [wavelet / scale for wavelet in self.wavelets]
        batches = ((self._make_batch(parts[number], scaled, scale),) for number in todo)
        n_jobs, kind = self._choose_jobs(n_jobs, len(todo))
        results = iterate_parallel(invert_batch, batches, n_jobs=n_jobs, prefer=kind)
        for number, part in enumerate(parts):
            result = known[number]
            if result is None:
                result = next(results)
                if kept:
                    kept.save(number, result)
            known[number] = None
            yield part, result

    def _choose_jobs(self, n_jobs: int | None, n_batches: int) -> tuple[int | None, str]:
        """Return the number of jobs and their kind.

        Methods in Python rather than compiled code need processes, which are slow to start.
        """
        method = get_method(self.settings.method)
        if n_batches >= _MANY_BATCHES and not method.several:
            return n_jobs, "processes"
        # None means one job, or as many as joblib is configured for, as on a cluster.
        return n_jobs if method.threads_help else None, "threads"

    def _make_batch(self, part: Part, wavelets: list[Array], scale: float) -> Batch:
        data = self.gathers.extract(part)
        data /= data.dtype.type(scale)
        shots = self.gathers.find_shots(part)
        chosen = [wavelets[shot] for shot in shots]
        return Batch(data, chosen, self.deviations[shots] / scale, self.settings)


def _collect(
    results: Iterable[tuple[Part, InvertedBatch]],
    gathers: Gathers,
    progress: Callable[[int, int], None] | None,
) -> InvertedBatch:
    """Return reflectivity and outliers (shot, trace, time), and the reflectors of all traces."""
    n_traces = gathers.data.shape[1]
    reflectivity = np.zeros_like(gathers.data)
    outliers = np.zeros(gathers.data.shape, bool)
    reflectors = [np.empty(0, np.intp)] * n_traces
    n_unconverged, n_done = 0, int(np.count_nonzero(gathers.dead.all(axis=0)))
    for part, result in results:
        gathers.place(part, result.reflectivity, reflectivity)
        gathers.place(part, result.outliers, outliers)
        for trace, samples in gathers.assign_reflectors(part, result.reflectors).items():
            reflectors[trace] = samples
        n_unconverged += result.n_unconverged
        n_done += part.traces.size
        if progress is not None:
            progress(n_done, n_traces)
    return InvertedBatch(reflectivity, reflectors, outliers, n_unconverged)


def _compute_residual_norm(traces: Traces, wavelets: list[Array], found: InvertedBatch) -> float:
    """Return the norm of the residual of live traces without outliers, computed shot by shot."""
    squares = 0.0
    for shot, wavelet in enumerate(wavelets):
        operator = make_source_operator(wavelet, traces.data[shot].shape)
        residual = traces.data[shot] - operator.apply(found.reflectivity[shot])
        counted = residual[~traces.dead[shot, :, None] & ~found.outliers[shot]]
        squares += float((counted.astype(float) ** 2).sum())
    return float(np.sqrt(squares))
