"""Start-up: whole processes that import a package and fit once."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from statistics import median

from ..tables import format_table, format_time
from ..timing import run_in_turns

_DATA = """
import numpy as np
rng = np.random.default_rng(0)
X = np.asfortranarray(rng.standard_normal((200, 400)))
y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + rng.standard_normal(200)
"""
_FITS = {
    "groupsparse": (
        "GroupLasso",
        "from groupsparse import GroupLasso; GroupLasso(groups=4).fit(X, y)",
    ),
    "celer": ("GroupLasso", "from celer import GroupLasso; GroupLasso(groups=4).fit(X, y)"),
    "skglm": ("GroupLasso", "from skglm import GroupLasso; GroupLasso(groups=4).fit(X, y)"),
    "scikit-learn": ("Lasso", "from sklearn.linear_model import Lasso; Lasso().fit(X, y)"),
}
_NOTE = (
    "Wall time of new processes on 200 x 400, median and largest, after a first one that fills the "
    "cache\nof compiled code, if a package has one. The first row is NumPy and the data alone."
)


def time_start_up(arguments: Namespace, packages: Sequence[str]) -> str:
    """Run new processes in turns."""
    scripts = {("numpy", "data only"): _DATA}
    for package, (estimator, fit) in _FITS.items():
        if package in packages:
            scripts[package, estimator] = _DATA + fit
    tasks = {key: lambda script=script: _run_process(script) for key, script in scripts.items()}
    for task in tasks.values():
        task()
    seconds = run_in_turns(tasks, arguments.repeats, lambda key, result: None, slow=60.0)
    rows = [
        (*key, format_time(median(times)), format_time(max(times)))
        for key, times in seconds.items()
    ]
    header = ("package", "fit", "median", "largest")
    return f"Start-up\n\n{format_table(header, rows, n_left=2)}\n\n{_NOTE}"


def _run_process(script: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)
