"""Availability and versions of the packages that take part."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from importlib.metadata import version


def explain_missing(package: str) -> str | None:
    """Return why a package cannot be imported, or None if it can."""
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        return "not installed" if error.name == package else f"needs {error.name}, not installed"
    except ImportError as error:
        return f"cannot be imported: {error}"
    return None


def describe_versions(packages: list[str]) -> str:
    """Return one line with versions and machine, without which times mean little."""
    versions = [f"{package} {version(package)}" for package in [*packages, "numpy"]]
    return f"{', '.join(versions)}; Python {platform.python_version()}, {os.cpu_count()} CPUs"
