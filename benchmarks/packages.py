"""Which of the packages to compare with are there."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from importlib.metadata import version


def why_missing(package: str) -> str | None:
    """Return why a package cannot be imported, None if it can."""
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        return "not installed" if error.name == package else f"needs {error.name}, not installed"
    except ImportError as error:
        return f"cannot be imported: {error}"
    return None


def describe(packages: list[str]) -> str:
    """Return one line on versions and machine, without which times mean little."""
    versions = [f"{package} {version(package)}" for package in [*packages, "numpy"]]
    return f"{', '.join(versions)}; Python {platform.python_version()}, {os.cpu_count()} CPUs"
