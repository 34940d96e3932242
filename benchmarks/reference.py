"""The GPDASC with a fresh factorisation at every step, which is kept with the tests."""

from __future__ import annotations

import runpy
from pathlib import Path

_FILE = Path(__file__).parents[1] / "tests" / "toolkit" / "fresh_gpdasc.py"

fresh_gpdasc = runpy.run_path(str(_FILE))["fresh_gpdasc"]
