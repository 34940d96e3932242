"""The words for masks: ``kind:amount[,option=value...]``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .kinds.request import Options

_FLAGS = ("symmetric", "per_channel")


def split_description(description: str) -> tuple[str, str, list[str]]:
    """Return kind, amount and options of a description.

    >>> split_description("lines:2,calibration=24,partial=0.75")
    ('lines', '2', ['calibration=24', 'partial=0.75'])
    """
    kind, _, rest = description.partition(":")
    amount, *options = rest.split(",")
    return kind.strip(), amount.strip(), [option.strip() for option in options]


def read_options(
    description: str, texts: Sequence[str], allowed: Sequence[str], spacings: Sequence[str]
) -> Options:
    """Return the options of a description; a `ValueError` names those a kind does not have.

    >>> read_options("lines:2,calibration=24", ["calibration=24"], ["calibration"], [])
    Options(calibration=24, partial=1.0, axis=None, spacing=None, shift=1, centre=0.08, power=3.0, \
symmetric=False, per_channel=False)
    """
    values: dict[str, object] = {}
    for text in texts:
        word, has_value, value = text.partition("=")
        name = word.replace("-", "_")
        if name not in allowed:
            shown = ", ".join(option.replace("_", "-") for option in allowed)
            raise ValueError(
                f"mask {description!r}: option {word!r} is not one of its options: {shown}"
            )
        if name in values:
            raise ValueError(f"mask {description!r}: option {word!r} is given twice")
        if (name in _FLAGS) == bool(has_value):
            expected = f"{word} without a value" if name in _FLAGS else f"{word}=VALUE"
            raise ValueError(f"mask {description!r}: expected {expected}, got {text!r}")
        values[name] = True if name in _FLAGS else _read_value(description, word, value, spacings)
    return Options(**values)  # type: ignore[arg-type]


def _read_value(description: str, word: str, text: str, spacings: Sequence[str]) -> object:
    """Return the value of one option."""
    if word in ("axis", "spacing"):
        allowed = ("z", "y", "x") if word == "axis" else spacings
        if text in allowed:
            return text
        raise ValueError(
            f"mask {description!r}: {word} must be one of {', '.join(allowed)}, got {text!r}"
        )
    kind, is_valid, expected = _NUMBERS[word]
    try:
        number = kind(text)
    except ValueError:
        number = float("nan")
    if not is_valid(number):
        raise ValueError(f"mask {description!r}: {word} must be {expected}, got {text!r}")
    return number


_Number = tuple[Callable[[str], float], Callable[[float], bool], str]
_NUMBERS: dict[str, _Number] = {
    "calibration": (int, lambda n: n >= 0, "a whole number that is not negative"),
    "partial": (float, lambda x: 0.5 < x <= 1, "above 0.5 and at most 1"),
    "shift": (int, lambda n: n >= 0, "a whole number that is not negative"),
    "centre": (float, lambda x: 0 <= x <= 2, "a radius from 0 to 2"),
    "power": (float, lambda x: 0 <= x <= 100, "a number from 0 to 100"),
}
