"""Wavelets from short descriptions such as "ricker:30"."""

from __future__ import annotations

from ....toolkit.arrays import Array
from ....toolkit.checks import check_count
from ...files.damage import is_file
from ..signal.wavelets import klauder, ormsby, ricker
from .wavelet_file import read_wavelets

ESTIMATE = "estimate"

# The number of parameters of a kind, an example, and the parameters in words.
_FORMS = {
    "ricker": (1, "ricker:30", "a frequency"),
    "ormsby": (4, "ormsby:5-10-40-60", "four frequencies"),
    "klauder": (3, "klauder:8-80-6", "two frequencies and the sweep's seconds"),
}


def parse_wavelets(text: str, n_shots: int, sample_interval: float) -> list[Array] | None:
    """Return one wavelet per shot from a description or a file.

    Parameters
    ----------
    text : str
        "ricker:30" (hertz), "ormsby:5-10-40-60" (hertz), "klauder:8-80-6" (hertz, hertz, seconds of
        the sweep); one for all shots, or one per shot separated by commas, "ricker:25,30,35". Or
        the path of a file, or "estimate".
    n_shots : int
    sample_interval : float
        Seconds.

    Returns
    -------
    list of ndarray or None
        None for "estimate": the caller needs `estimate_wavelets`.

    Raises
    ------
    FileNotFoundError
        If `text` is neither a description nor a file.
    ValueError
        If a number is missing or out of range, the number of wavelets does not match the shots, or
        the file cannot be read.

    Examples
    --------
    >>> [w.size for w in parse_wavelets("ricker:25,50", 2, 0.002)]
    [49, 25]
    >>> parse_wavelets("estimate", 2, 0.002) is None
    True
    """
    check_count("n_shots", n_shots)
    if text == ESTIMATE:
        return None
    kind, _, rest = text.partition(":")
    if kind in _FORMS:
        parts = rest.split(",")
        if len(parts) not in (1, n_shots):
            raise ValueError(
                f"wavelets {text!r}: expected one {kind} wavelet or {n_shots}, one for each shot, "
                f"got {len(parts)}"
            )
        wavelets = [_make_wavelet(text, kind, part, sample_interval) for part in parts]
        return wavelets * n_shots if len(wavelets) == 1 else wavelets
    if not is_file(text):
        examples = ", ".join(example for _, example, _ in _FORMS.values())
        raise FileNotFoundError(
            f"wavelets {text!r} are neither a file nor a description ({examples}, {ESTIMATE})"
        )
    return read_wavelets(text, n_shots, sample_interval=sample_interval)


def _make_wavelet(text: str, kind: str, part: str, sample_interval: float) -> Array:
    """Return the wavelet of one kind with the numbers in `part`."""
    numbers = _parse_numbers(text, kind, part)
    try:
        if kind == "ricker":
            return ricker(numbers[0], sample_interval)
        if kind == "ormsby":
            return ormsby(numbers, sample_interval)
        return klauder(numbers[:2], numbers[2], sample_interval)
    except ValueError as error:
        raise ValueError(f"wavelets {text!r}: {error}") from error


def _parse_numbers(text: str, kind: str, part: str) -> list[float]:
    count, example, words = _FORMS[kind]
    try:
        numbers = [float(number) for number in part.split("-")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise ValueError(
            f"wavelets {text!r}: expected {words} after {kind!r} as in {example}, got {part!r}"
        )
    return numbers
