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
from ....toolkit.checks import check_not_negative, check_positive
from ....toolkit.execution.caller import warn_caller
from ....toolkit.execution.parallel import iterate_parallel
from ..inversion import Inversion
from ..signal.source import compute_mean_norm, make_source_operator
from .batch import Batch, InvertedBatch, invert_batch
from .checkpoint import Checkpoint, fingerprint
from .gathers import Gathers, Part
from .input_checks import Traces, Wavelets, check_traces, check_wavelets
from .methods import get_method
from .noise_in_band import resolve_noise_level
from .settings import InversionSettings

_AT_ONCE, _MANY_BATCHES = 32, 8


def invert(
    data: ArrayLike,
    wavelets: Wavelets,
    settings: InversionSettings | None = None,
    *,
    sample_interval: float,
    noise_level: float | None = None,
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
    noise_level : float, optional
        The norm of the white noise in all live traces. By default it is estimated from the
        frequencies at which the wavelets have no energy or, if the data have been filtered,
        from the residuals of trial inversions.
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
    level = _find_noise_level(noise_level, traces, sources)
    shift = settings.dip / sample_interval
    gathers = Gathers(traces.data, traces.dead, settings.traces_together, shift)
    n_live = n_samples * int(np.count_nonzero(~traces.dead))
    plan = _Plan(settings, gathers, sources, level / np.sqrt(n_live))
    kept = None
    if checkpoint is not None:
        key = fingerprint([traces.data, *sources], (settings, level, sample_interval))
        kept = Checkpoint(checkpoint, key)
    found = _collect(plan.run(n_jobs, kept), gathers, progress)
    if kept is not None:
        kept.remove()
    if found.n_unconverged:
        from sklearn.exceptions import ConvergenceWarning  # which takes a second to load

        warn_caller(f"{found.n_unconverged} of the solutions did not converge", ConvergenceWarning)
    return Inversion(
        reflectivity=found.reflectivity if traces.is_section else found.reflectivity[:, 0],
        reflectors=found.reflectors if traces.is_section else found.reflectors[0],
        sample_interval=float(sample_interval),
        method=settings.method,
        noise_level=level,
        dead=traces.dead,
        residual_norm=_compute_residual_norm(traces, sources, found.reflectivity),
        n_unconverged=found.n_unconverged,
        seconds=perf_counter() - began,
    )


class _Plan(NamedTuple):
    """The batches of an inversion; `deviation` is the standard deviation of the noise."""

    settings: InversionSettings
    gathers: Gathers
    wavelets: list[Array]
    deviation: float

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
        chosen = [wavelets[shot] for shot in self.gathers.find_shots(part)]
        return Batch(data, chosen, self.deviation / scale, self.settings)


def _collect(
    results: Iterable[tuple[Part, InvertedBatch]],
    gathers: Gathers,
    progress: Callable[[int, int], None] | None,
) -> InvertedBatch:
    """Return the reflectivity (shot, trace, time) and the reflectors of all traces."""
    n_traces = gathers.data.shape[1]
    reflectivity = np.zeros_like(gathers.data)
    reflectors = [np.empty(0, np.intp)] * n_traces
    n_unconverged, n_done = 0, int(np.count_nonzero(gathers.dead.all(axis=0)))
    for part, result in results:
        gathers.place(part, result.reflectivity, reflectivity)
        for trace, samples in gathers.assign_reflectors(part, result.reflectors).items():
            reflectors[trace] = samples
        n_unconverged += result.n_unconverged
        n_done += part.traces.size
        if progress is not None:
            progress(n_done, n_traces)
    return InvertedBatch(reflectivity, reflectors, n_unconverged)


def _find_noise_level(given: float | None, traces: Traces, wavelets: list[Array]) -> float:
    if given is not None:
        check_not_negative("noise_level", given)
        return float(given)
    return resolve_noise_level(traces.data, wavelets, quiet_by=wavelets)


def _compute_residual_norm(traces: Traces, wavelets: list[Array], reflectivity: Array) -> float:
    """Return the norm of the residual of the live traces, computed shot by shot."""
    squares = 0.0
    for data, dead, wavelet, found in zip(
        traces.data, traces.dead, wavelets, reflectivity, strict=True
    ):
        operator = make_source_operator(wavelet, data.shape)
        residual = (data - operator.apply(found))[~dead]
        squares += float((residual.astype(float) ** 2).sum())
    return float(np.sqrt(squares))
