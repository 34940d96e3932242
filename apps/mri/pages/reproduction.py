"""The command line that repeats a reconstruction."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import fields

from ..job import Job

# Settings that have no option on the command line, and the input, which is none.
_WITHOUT_OPTION = {
    *("source", "settings", "penalise_coarse", "rho", "max_inner", "tol", "thresholds", "joint"),
}


def format_command(job: Job, out: str) -> str:
    """Return the command that reconstructs what `job` says, without options at their defaults.

    >>> format_command(Job("sample:head", noise=0.02, kspace=True), "a b.npy")
    "groupsparse mri reconstruct sample:head --kspace --noise 0.02 --out 'a b.npy'"
    """
    words = ["groupsparse", "mri", "reconstruct", job.source]
    for part in (job, job.settings):
        for field in fields(part):
            value = getattr(part, field.name)
            if field.name not in _WITHOUT_OPTION and value != field.default:
                words += _format_option(field.name, value)
    return shlex.join([*words, "--out", out])


def _format_option(name: str, value: object) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    if value is True:
        return [option]
    many = isinstance(value, Sequence) and not isinstance(value, str)
    return [option, ",".join(map(str, value)) if many else str(value)]  # type: ignore[call-overload]
