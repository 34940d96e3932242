"""Availability and versions of the packages that take part."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version

# Packages whose module has another name.
_MODULES = {"scikit-learn": "sklearn", "scikit-survival": "sksurv"}


def report_packages(packages: Iterable[str]) -> list[str]:
    """Print versions and the packages that are missing; return those that can be imported."""
    reasons = {package: explain_missing(package) for package in dict.fromkeys(packages)}
    present = [package for package, reason in reasons.items() if reason is None]
    print(describe_versions(present))
    for package, reason in reasons.items():
        if reason is not None:
            print(f"{package}: {reason}")
    return present


def explain_missing(package: str) -> str | None:
    """Return why a package cannot be imported, or None if it can."""
    module = _MODULES.get(package, package)
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        return "not installed" if error.name == module else f"needs {error.name}, not installed"
    except ImportError as error:
        return f"cannot be imported: {error}"
    return None


def describe_versions(packages: list[str]) -> str:
    """Return one line with versions and machine, without which times mean little."""
    versions = [f"{package} {version(package)}" for package in [*packages, "numpy"]]
    return f"{', '.join(versions)}; Python {platform.python_version()}, {os.cpu_count()} CPUs"
