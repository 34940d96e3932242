"""Many slices, reconstructed one by one: larger than memory, resumable, on cores or a cluster.

Every slice is the problem of `reconstruct` on its own. A job reads its slice, estimates its noise
and its maps, and returns its images, which are kept in a folder of finished parts. When all are
there, the file with all of them is written and the folder removed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from ....toolkit.arrays import Shape
from ....toolkit.checks import check_instance
from ....toolkit.execution.cluster import use_cluster
from ....toolkit.execution.parallel import iterate_parallel
from ...files.atomic import check_distinct_paths
from ...files.kept_parts import KeptParts, fingerprint
from ..files.scan import Scan
from .one_slice import SliceResult, StackSettings, reconstruct_slice
from .output import check_stack_output, write_stack
from .source import SliceSource, open_stack

_MOST_NAMED = 5


@dataclass(frozen=True)
class Where:
    """Where slices are reconstructed.

    Parameters
    ----------
    n_jobs : int, optional
        How many processes at once: one by default, -1 for one per core.
    scheduler : str, optional
        The address of the scheduler of a Dask cluster, whose workers then read the source; in the
        place of `n_jobs`.
    """

    n_jobs: int | None = None
    scheduler: str | None = None


@dataclass(frozen=True)
class StackResult:
    """What was written.

    Attributes
    ----------
    out : Path
    shape : tuple of int
        (slice, [channel,] y, x).
    noise : list of float
        The standard deviation of the noise in every slice, in the data's units.
    empty : list of int
        The slices of which no wavelet is above the noise.
    failed : dict
        Why slices have no images, by their number.
    n_kept : int
        The slices that a run before had finished.
    seconds : float
    """

    out: Path
    shape: Shape
    noise: list[float]
    empty: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    n_kept: int = 0
    seconds: float = 0.0

    def list_figures(self) -> dict[str, object]:
        """Return everything but the path, for a JSON file."""
        return {
            "shape": list(self.shape),
            "noise": self.noise,
            "empty": self.empty,
            "failed": {str(number): why for number, why in self.failed.items()},
            "kept": self.n_kept,
            "seconds": self.seconds,
        }


class FailedSlicesError(ValueError):
    """Slices could not be reconstructed; the others are kept."""


def find_partial(out: str | os.PathLike[str]) -> Path:
    """Return the folder that keeps the finished slices until all are there."""
    return Path(out).with_name(Path(out).name + ".partial")


def reconstruct_stack(
    source: str | os.PathLike[str] | SliceSource,
    out: str | os.PathLike[str],
    settings: StackSettings | None = None,
    *,
    where: Where | None = None,
    progress: Callable[[int, int], None] | None = None,
    axis: int | None = 0,
    fill_failed: bool = False,
    overwrite: bool = False,
) -> StackResult:
    """Reconstruct every slice of a stack, and write their images to a file.

    Parameters
    ----------
    source : path-like or SliceSource
        K-space (slice, y, x), (slice, coil, y, x) or (slice, channel, coil, y, x) in an NPY file or
        a Zarr store, or a scan in another format of `open_scan`. One slice at a time is read.
    out : path-like
        .npy, .zarr, or .h5 with the data set "reconstruction": complex images, or their magnitudes,
        in single precision, of shape (slice, [channel,] y, x), slice by slice. Or another format of
        `write_images`, which holds all images in memory and keeps the metadata of a scan.
    settings : StackSettings, optional
        Of every slice.
    where : Where, optional
        On how many cores, or on which cluster.
    progress : callable, optional
        Called with the number of slices done and that of all, at first with those of a run before.
    axis : int, optional
        That of the slices in the array that is written; None for the images of a single one.
    fill_failed : bool, default False
        Whether slices that fail are filled with NaN. Otherwise nothing is written if one does.
    overwrite : bool, default False
        Whether a file at `out` may be replaced.

    Returns
    -------
    StackResult

    Raises
    ------
    FileExistsError, FileNotFoundError
        If `out` exists, or `source` does not.
    FailedSlicesError
        If slices failed; it names them. The others are kept in the folder `out` + ".partial", as
        after Ctrl-C: the same call continues from them.
    ValueError
        If a file has another format or shape, or a setting is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> np.save("slices.npy", rng.standard_normal((2, 4, 32, 32)).astype(np.complex64))
    >>> reconstruct_stack("slices.npy", "images.npy").shape
    (2, 32, 32)
    """
    began = perf_counter()
    chosen = StackSettings() if settings is None else settings
    check_instance("settings", chosen, StackSettings)
    place = Where() if where is None else where
    check_instance("where", place, Where)
    final = Path(out)
    check_stack_output(final, overwrite=overwrite)
    slices = source if isinstance(source, SliceSource) else open_stack(source)
    check_distinct_paths([final], read=[slices.path])
    scan = slices.open_scan()
    if chosen.noise_scan is None:
        chosen = replace(chosen, noise_scan=scan.noise_scan)
    arrays = [] if chosen.noise_scan is None else [chosen.noise_scan]
    key = fingerprint(arrays, (slices.describe(), chosen))
    kept = KeptParts(find_partial(final), f"slices-{key}")
    todo = [n for n in range(len(slices)) if kept.read(n) is None]
    n_kept = len(slices) - len(todo)
    failed: dict[int, str] = {}
    if progress is not None:
        progress(n_kept, len(slices))
    for n_done, (number, result) in enumerate(_run(slices, todo, chosen, place), n_kept + 1):
        if result.images is None:
            failed[number] = result.error
        else:
            kept.write(number, result._asdict())
        if progress is not None:
            progress(n_done, len(slices))
    if failed and not (fill_failed and len(failed) < len(slices)):
        raise FailedSlicesError(_describe(slices.path, failed, kept))
    joined = _join(kept, final, scan, axis=axis, overwrite=overwrite)
    kept.remove()
    return replace(joined, failed=failed, n_kept=n_kept, seconds=perf_counter() - began)


def _run(
    source: SliceSource, todo: list[int], settings: StackSettings, where: Where
) -> Iterator[tuple[int, SliceResult]]:
    """Yield the results of slices, in order, each as soon as it is there."""
    n_jobs = where.n_jobs if where.scheduler is None and len(todo) > 1 else None
    alone = where.scheduler is None and n_jobs in (None, 1)
    arguments = ((source, number, settings, alone) for number in todo)
    with use_cluster(where.scheduler):
        results = iterate_parallel(reconstruct_slice, arguments, n_jobs=n_jobs, prefer="processes")
        yield from zip(todo, results, strict=True)


def _join(
    kept: KeptParts, out: Path, scan: Scan, *, axis: int | None, overwrite: bool
) -> StackResult:
    """Write all finished slices to one file; others are NaN there."""
    n_slices = scan.n_slices
    first = next(part for part in map(kept.read, range(n_slices)) if part is not None)["images"]
    image: Shape = first.shape if len(first) > 1 else first.shape[1:]
    shape = image
    if axis is not None:
        axis = range(len(image) + 1)[axis]
        shape = (*image[:axis], n_slices, *image[axis:])
    result = StackResult(out, shape, [])
    with write_stack(out, shape, first.dtype, axis=axis, like=scan, overwrite=overwrite) as put:
        for number in range(n_slices):
            part = kept.read(number)
            if part is None:
                result.noise.append(np.nan)
                put(number, np.full(image, np.nan, first.dtype))
                continue
            result.noise.append(float(part["noise"]))
            if part["is_empty"]:
                result.empty.append(number)
            put(number, part["images"].reshape(image))
    return result


def _describe(path: Path, failed: dict[int, str], kept: KeptParts) -> str:
    """Return which slices failed and why."""
    named = "; ".join(f"slice {n}: {why}" for n, why in list(failed.items())[:_MOST_NAMED])
    more = f"; and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    return (
        f"{path}: {len(failed)} slices (counted from 0) could not be reconstructed: {named}{more}. "
        f"Finished slices are kept in {kept.root}"
    )
