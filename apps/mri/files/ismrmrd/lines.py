"""Raw data in ISMRMRD's HDF5 layout: lines of k-space with counters and flags.

Lines are put where their counters and limits of encoding say, partial echoes where their centre is;
reversed ones are turned, equal ones averaged. Lines without an image (navigators, phase
correction) are left out, and noise measurements become the noise scan. The oversampling of the
readout is removed by cutting the field of view. Contrasts and sets are channels; slices, phases and
repetitions are the slices of the scan. Source: see `header`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .....toolkit.arrays import Array, IntArray, Shape
from ....files.damage import explain_errors
from ..scan import KSPACE, Scan, ScanSlice, crop_middle
from .header import Encoding, parse_header

if TYPE_CHECKING:
    import h5py

NAME = "ISMRMRD"
DATA = "dataset/data"
_XML = "dataset/xml"
_STEPS = ("kspace_encoding_step_1", "kspace_encoding_step_2")
_CHANNELS, _SLICES = ("contrast", "set"), ("slice", "phase", "repetition")


def _select_flags(*numbers: int) -> np.uint64:
    return np.uint64(sum(1 << (number - 1) for number in numbers))


_NOISE, _CALIBRATION_ONLY, _REVERSED = (_select_flags(number) for number in (19, 20, 22))
# Navigators, phase correction, feedback, dummies, surface coil correction, phase stabilization.
_NO_IMAGE = _select_flags(19, 23, 24, 26, 27, 28, 29, 30, 31)


@dataclass(frozen=True, eq=False)
class _Lines:
    """The lines of k-space: their numbers in the file, and where each of them belongs."""

    numbers: IntArray
    heads: Array
    slices: IntArray
    channels: IntArray
    rows: IntArray  # in the encoded matrix (z, y)
    n_coils: int
    encoding: Encoding

    @property
    def matrix(self) -> Shape:
        """The encoded matrix (z, y, x), x with its oversampling."""
        return self.encoding.matrix[::-1]

    def find_start(self, line: int) -> int:
        """Return the column of the first kept sample of a line that is turned the right way."""
        head = self.heads[line]
        n_samples, centre = int(head["number_of_samples"]), int(head["center_sample"])
        n_columns = self.matrix[-1]
        if centre == 0 and n_samples == n_columns:  # not set by the writer
            centre = n_samples // 2
        before = int(head["discard_pre"])
        if head["flags"] & _REVERSED:
            centre, before = n_samples - 1 - centre, int(head["discard_post"])
        start = n_columns // 2 - centre + before
        last = start + n_samples - int(head["discard_pre"]) - int(head["discard_post"])
        if start < 0 or last > n_columns:
            raise ValueError(
                f"acquisition {self.numbers[line]} reaches from column {start} to {last - 1}, the "
                f"encoded matrix has {n_columns} columns"
            )
        return start


def has_acquisitions(keys: set[str]) -> bool:
    """Return whether an HDF5 file with these keys is of this layout."""
    return {DATA, _XML} <= keys


def open_ismrmrd(path: Path, axes: str | None = None) -> Scan:
    """Return the scan in a file, whose slices are read when they are asked for."""
    import h5py

    with explain_errors(path, NAME), h5py.File(path) as file:
        text = file[_XML][0]
        heads = file[DATA].fields("head")[:]
        lines, n_channels, notes = _sort_lines(heads, parse_header(text))
        noise = _read_noise(file[DATA], heads, lines)
    crop = lines.encoding.find_crop()[::-1]
    matrix = (*lines.matrix[:2], crop[-1])
    space, shown = (matrix, crop) if matrix[0] > 1 else (matrix[1:], crop[1:])
    n_slices = int(lines.slices.max()) + 1
    firsts = [np.flatnonzero(lines.slices == number)[0] for number in range(n_slices)]
    return Scan(
        path,
        NAME,
        KSPACE,
        n_slices,
        (n_channels, lines.n_coils, *space),
        partial(_read_slice, path, lines, (n_channels, lines.n_coils, *space)),
        noise,
        crop=None if shown == space else shown,
        header={"xml": text, "heads": lines.heads[firsts], "encoding": lines.encoding},
        by_slice=("heads",),
        notes=notes,
    )


def _sort_lines(heads: Array, encodings: list[Encoding]) -> tuple[_Lines, int, tuple[str, ...]]:
    """Return the lines of images, the number of channels, and what is to be noted."""
    numbers = np.flatnonzero(heads["flags"] & _NO_IMAGE == 0)
    if not numbers.size:
        raise ValueError(f"none of its {len(heads)} acquisitions is a line of an image")
    chosen = _choose_encoding(heads[numbers], encodings)
    numbers = numbers[heads["encoding_space_ref"][numbers] == chosen]
    kept, encoding = heads[numbers], encodings[chosen]
    if encoding.trajectory != "cartesian":
        raise ValueError(f"its trajectory must be cartesian, got {encoding.trajectory}")
    counts = np.unique(kept["active_channels"])
    if len(counts) > 1 or counts[0] == 0:
        raise ValueError(f"all acquisitions must have as many coils, got {counts.tolist()}")
    channels, slices = _number_groups(kept, _CHANNELS), _number_groups(kept, _SLICES)
    n_channels, n_slices = int(channels.max()) + 1, int(slices.max()) + 1
    present = np.zeros((n_slices, n_channels), dtype=bool)
    present[slices, channels] = True
    if not present.all():
        missing = np.argwhere(~present)[0].tolist()
        raise ValueError(f"slice {missing[0]} has no lines of channel {missing[1]}")
    rows = np.stack([_find_rows(kept, encoding, axis) for axis in (1, 0)], axis=1)
    lines = _Lines(numbers, kept, slices, channels, rows, int(counts[0]), encoding)
    return lines, n_channels, _note_missing(lines, n_channels)


def _choose_encoding(heads: Array, encodings: list[Encoding]) -> int:
    """Return the encoding of the image's lines; lines for calibration only may have another."""
    references = heads["encoding_space_ref"]
    if references.max() >= len(encodings):
        raise ValueError(
            f"its acquisitions refer to encoding {references.max()}, its header has "
            f"{len(encodings)}"
        )
    imaging = references[heads["flags"] & _CALIBRATION_ONLY == 0]
    found, counts = np.unique(imaging if imaging.size else references, return_counts=True)
    if len(found) > 1:
        pairs = zip(found.tolist(), counts.tolist(), strict=True)
        several = ", ".join(f"{number} ({count} lines)" for number, count in pairs)
        raise ValueError(f"it has several encodings, {several}; store each in a file of its own")
    return int(found[0])


def _number_groups(heads: Array, names: tuple[str, ...]) -> IntArray:
    """Return for each line the rank of its counters of these names."""
    counters = np.stack([heads["idx"][name] for name in names], axis=1)
    numbers: IntArray = np.unique(counters, axis=0, return_inverse=True)[1].ravel()
    return numbers


def _find_rows(heads: Array, encoding: Encoding, axis: int) -> IntArray:
    """Return where the lines lie in the encoded matrix, along y (0) or z (1)."""
    length = encoding.matrix[axis + 1]
    steps = heads["idx"][f"kspace_encode_step_{axis + 1}"].astype(np.intp)
    limits = encoding.limits.get(_STEPS[axis])
    rows = steps if limits is None else steps - limits[2] + length // 2
    if rows.min() < 0 or rows.max() >= length:
        raise ValueError(
            f"its lines lie from {rows.min()} to {rows.max()} along {'yz'[axis]}, the encoded "
            f"matrix has {length}"
        )
    return rows


def _note_missing(lines: _Lines, n_channels: int) -> tuple[str, ...]:
    """Return a note if lines are missing that the header's acceleration does not explain."""
    if lines.encoding.acceleration != (1, 1):
        return ()
    n_rows = 1
    for axis, name in enumerate(_STEPS):
        smallest, largest, _ = lines.encoding.limits.get(name, (0, lines.matrix[1 - axis] - 1, 0))
        n_rows *= largest - smallest + 1
    expected = n_rows * n_channels * (int(lines.slices.max()) + 1)
    places = np.column_stack([lines.slices, lines.channels, lines.rows])
    missing = expected - len(np.unique(places, axis=0))
    if missing <= 0:
        return ()
    return (f"{missing} of {expected} lines are missing, without acceleration in the header",)


def _read_noise(data: h5py.Dataset, heads: Array, lines: _Lines) -> Array | None:
    """Return the samples of the noise measurements, scaled to the bandwidth of the images."""
    numbers = np.flatnonzero(heads["flags"] & _NOISE)
    fitting = numbers[heads["active_channels"][numbers] == lines.n_coils]
    if not fitting.size:
        return None
    found = [_read_line(data, number, heads[number]) for number in fitting]
    dwell, noise_dwell = (
        float(head["sample_time_us"]) for head in (lines.heads[0], heads[fitting[0]])
    )
    scale = np.sqrt(noise_dwell / dwell) if dwell > 0 and noise_dwell > 0 else 1.0
    places = np.column_stack([lines.slices, lines.channels, lines.rows])
    n_averages = len(places) / len(np.unique(places, axis=0))
    samples: Array = np.concatenate(found, axis=1) * np.float32(scale / np.sqrt(n_averages))
    return samples


def _read_line(data: h5py.Dataset, number: int, head: Any) -> Array:
    """Return the samples (coil, n) of an acquisition."""
    shape = int(head["active_channels"]), int(head["number_of_samples"])
    values = np.asarray(data[int(number)]["data"], dtype=np.float32)
    if values.size != 2 * shape[0] * shape[1]:
        raise ValueError(
            f"acquisition {number} has {values.size // 2} samples, its header says {shape[0]} "
            f"coils of {shape[1]}"
        )
    return values.view(np.complex64).reshape(shape)


def _read_slice(path: Path, lines: _Lines, shape: Shape, number: int) -> ScanSlice:
    import h5py

    kspace = np.zeros((*shape[:2], *lines.matrix), dtype=np.complex64)
    counts = np.zeros((shape[0], *lines.matrix), dtype=np.int32)
    with explain_errors(path, NAME), h5py.File(path) as file:
        for line in np.flatnonzero(lines.slices == number):
            head = lines.heads[line]
            samples = _read_line(file[DATA], lines.numbers[line], head)
            samples = samples[:, int(head["discard_pre"]) :]
            samples = samples[:, : samples.shape[1] - int(head["discard_post"])]
            if head["flags"] & _REVERSED:
                samples = samples[:, ::-1]
            start = lines.find_start(int(line))
            columns = slice(start, start + samples.shape[1])
            channel, (z, y) = lines.channels[line], lines.rows[line]
            kspace[channel, :, z, y, columns] += samples
            counts[channel, z, y, columns] += 1
    kspace /= np.maximum(counts, 1)[:, None]
    kspace, mask = _remove_oversampling(kspace, counts > 0, shape[-1])
    mask = mask.reshape(shape[0], *shape[2:])
    shared = mask[0] if (mask == mask[0]).all() else mask
    return ScanSlice(kspace.reshape(shape), shared)


def _remove_oversampling(kspace: Array, mask: Array, n_columns: int) -> tuple[Array, Array]:
    """Return k-space and mask of the middle of the field of view along x, which has n columns."""
    before = kspace.shape[-1]
    if n_columns == before:
        return kspace, mask
    lines = _transform(np.fft.ifft, kspace)
    cut = _transform(np.fft.fft, crop_middle(lines, (n_columns,)))
    places = (np.arange(n_columns) - n_columns // 2) * (before / n_columns) + before // 2
    below = np.clip(np.floor(places).astype(np.intp), 0, before - 1)
    above = np.clip(np.ceil(places).astype(np.intp), 0, before - 1)
    sampled = mask[..., below] & mask[..., above]
    return (cut * sampled[:, None]).astype(np.complex64), sampled


def _transform(transform: Any, values: Array) -> Array:
    """Return a centred, orthonormal Fourier transform along the last axis."""
    shifted = transform(np.fft.ifftshift(values, axes=-1), norm="ortho")
    result: Array = np.fft.fftshift(shifted, axes=-1)
    return result
