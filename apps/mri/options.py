"""Options that do not go together, named in one sentence, instead of one that is ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .job import Job
from .methods import AUTO

# Of methods: the options that no other takes.
_OF_METHODS = {"max_iter": ("l21", "mcp", "spinning")}


def parse_strength(text: str | None) -> float | str | None:
    """Return a number, or "auto"; None if the option is not given.

    >>> parse_strength("0.5"), parse_strength("auto")
    (0.5, 'auto')
    """
    if text in (None, AUTO):
        return text
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--strength must be a number or {AUTO}, got {text!r}") from None


def check_options(job: Job, given: Mapping[str, object]) -> None:
    """Raise a `ValueError` if an option was given that the input or the method ignores.

    `given` are the options of the command line by name; None and False stand for those left out.
    """
    named = {name for name, value in given.items() if value is not None and value is not False}
    for (name, rival), reason in _CONFLICTS.items():
        if name in named and rival in named:
            raise ValueError(f"{_show(name)} does not go with {_show(rival)}: {reason}")
    for name, methods in _OF_METHODS.items():
        if name in named and job.settings.method not in methods:
            raise ValueError(
                f"{_show(name)} is for methods {', '.join(methods)} only, got method "
                f"{job.settings.method!r}"
            )
    for name, (is_used, reason) in _NEEDS.items():
        if name in named and not is_used(job):
            raise ValueError(f"{_show(name)} has no effect here: {reason}")


def refuse_noise(noise: str | None) -> ValueError:
    """Return the error of a noise that would leave an empty image."""
    return ValueError(f"--noise {noise} is above all of the signal: the image would be empty")


def _show(name: str) -> str:
    return "--" + name.replace("_", "-")


def _has_chance(job: Job) -> bool:
    """Return whether mask or noise are random."""
    kind = (job.mask or "").partition(":")[0]
    return not (job.kspace or job.is_scan) or kind in ("variable", "lines", "poisson")


_CONFLICTS = {
    ("coils", "kspace"): "it simulates coils that see an image, and k-space is measured by coils",
    ("uncentred", "coils"): "simulated k-space is centred",
}
_NEEDS: dict[str, tuple[Callable[[Job], bool], str]] = {
    "seed": (_has_chance, "measured k-space has no simulated noise, and the mask is not random"),
    "slice": (lambda job: job.is_scan, "the input is a single image"),
    "channel_axis": (
        lambda job: not job.source.startswith("sample:") and not job.is_scan,
        "samples and scans have their channels where they belong",
    ),
    "uncentred": (
        lambda job: (
            (job.kspace and not job.is_scan) or (job.mask is not None and Path(job.mask).is_file())
        ),
        "neither k-space nor a mask is read from a file",
    ),
}
