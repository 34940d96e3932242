"""A volume, slice by slice where its sampling permits, else as one problem in three axes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ...files.atomic import check_distinct_paths
from ...files.kept_parts import fingerprint
from .hybrid import WholeVolume, find_readout, transform_readout
from .one_slice import StackSettings
from .output import check_stack_output
from .source import ArraySource, open_array
from .stack import StackResult, Where, find_partial, reconstruct_stack


def reconstruct_volume(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    settings: StackSettings | None = None,
    *,
    where: Where | None = None,
    progress: Callable[[int, int], None] | None = None,
    fill_failed: bool = False,
    overwrite: bool = False,
) -> StackResult:
    """Reconstruct a volume, and write its images to a file.

    Where one axis of k-space is fully sampled, as the read-out is, an inverse transform along it
    leaves independent slices, which are reconstructed as by `reconstruct_stack`: in little memory
    and on many cores. Otherwise all of k-space is one problem with wavelets of three axes, in
    memory.

    Parameters
    ----------
    source : path-like
        K-space (z, y, x), (coil, z, y, x) or (channel, coil, z, y, x) in a file as for
        `reconstruct_stack`.
    out : path-like
        The images, of shape ([channel,] z, y, x).
    settings, where, progress, fill_failed, overwrite
        As for `reconstruct_stack`. A mask is that of a slice.

    Returns
    -------
    StackResult

    Raises
    ------
    FileExistsError, FileNotFoundError, FailedSlicesError, ValueError
        As for `reconstruct_stack`.

    Notes
    -----
    The phases of maps are chosen in every slice, so those of complex images may jump from one slice
    to the next along the read-out.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> np.save("volume.npy", rng.standard_normal((8, 32, 32)).astype(np.complex64))
    >>> reconstruct_volume("volume.npy", "image.npy").shape
    (8, 32, 32)
    """
    final, volume = Path(out), open_array(source)
    check_stack_output(final, overwrite=overwrite)
    check_distinct_paths([final], read=[volume.path])
    axis = find_readout(volume)
    slices: ArraySource = WholeVolume(volume)
    folder = find_partial(final)
    hybrid = folder / f"hybrid-{fingerprint([], volume.describe())}.npy"
    if axis is not None:
        folder.mkdir(parents=True, exist_ok=True)
        slices = transform_readout(volume, axis, hybrid)
    result = reconstruct_stack(
        slices,
        final,
        settings,
        where=where,
        progress=progress,
        axis=axis,
        fill_failed=fill_failed,
        overwrite=overwrite,
    )
    hybrid.unlink(missing_ok=True)
    with suppress(OSError):  # it is not there, or holds parts of other work
        folder.rmdir()
    return result
