"""GPDASC with a new factorisation at every step, the reference that the tests use."""

from __future__ import annotations

import runpy
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "tests" / "toolkit" / "solvers" / "active_set"

fresh_gpdasc = runpy.run_path(str(_FOLDER / "fresh_gpdasc.py"))["fresh_gpdasc"]
