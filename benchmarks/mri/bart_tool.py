"""BART's reconstructions, through its command line and files; only the tool's time counts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from groupsparse.toolkit.arrays import Array

from .cases import CALIBRATION, Case

# Axes of BART's files, in which the first varies fastest: images, coils, contrasts.
_N_AXES, _COILS, _CONTRASTS = 16, 3, 5
ITERATIONS = 100


def find_version() -> str | None:
    """Return BART's version, or None where it is not installed."""
    if shutil.which("bart") is None:
        return None
    shown = subprocess.run(["bart", "version"], capture_output=True, text=True, check=False)
    return re.sub(r"^v", "", shown.stdout.strip())


def reconstruct(case: Case, strength: float, wavelet: str, n_threads: int) -> tuple[Array, float]:
    """Return images and the seconds of the tool, those of the estimation of maps included."""
    axis = _COILS if case.has_coils else _CONTRASTS
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "kspace", case.kspace, axis)
        seconds = 0.0
        if case.has_coils:
            calibrate = ["ecalib", "-m", "1", "-c", "0", "-r", str(CALIBRATION)]
            seconds += _run(folder, [*calibrate, "kspace", "maps"], n_threads)
        else:
            _write(folder / "maps", np.ones((1, *case.mask.shape), np.complex64), _COILS)
        joint = 0 if case.has_coils else 1 << _CONTRASTS
        penalty = f"W:3:{joint}:{strength:g}"
        solve = ["pics", "-S", "-i", str(ITERATIONS), "--wavelet", wavelet, "-R", penalty]
        seconds += _run(folder, [*solve, "kspace", "maps", "images"], n_threads)
        return _read(folder / "images").reshape(case.truth.shape), seconds


def _run(folder: Path, arguments: list[str], n_threads: int) -> float:
    """Run the tool and return its seconds."""
    began = perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": str(n_threads)}
    done = subprocess.run(
        ["bart", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    spent = perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"bart {arguments[0]}: {done.stderr.strip()[-200:]}")
    return spent


def _write(path: Path, channels: Array, axis: int) -> None:
    """Write arrays (channel, y, x) as a pair of files, with the channels along an axis of BART."""
    sizes = [1] * _N_AXES
    sizes[0], sizes[1], sizes[axis] = channels.shape[2], channels.shape[1], channels.shape[0]
    path.with_suffix(".hdr").write_text("# Dimensions\n" + " ".join(map(str, sizes)) + "\n")
    np.ascontiguousarray(channels, dtype=np.complex64).tofile(path.with_suffix(".cfl"))


def _read(path: Path) -> Array:
    """Return the array of a pair of files, flat, the last of BART's axes first."""
    result: Array = np.fromfile(path.with_suffix(".cfl"), dtype=np.complex64)
    return result
