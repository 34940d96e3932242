"""Table I of the l0(l2) paper: a colour picture with few lit pixels."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ....datasets import GroupSparseData, draw_lit_pixels, make_lit_pixels, reshape_to_picture
from ....toolkit.arrays import Array
from ....toolkit.diagnostics import oracle_solution
from ...mri.phantom import own_peak_psnr
from ..experiment import Row
from .images import ImageExperiment
from .setting import score_support, solve_timed


@dataclass(frozen=True, kw_only=True)
class LitPixels(ImageExperiment):
    """A 48 x 48 picture from random sums of its pixels; a group is a pixel's three colours.

    Attributes
    ----------
    n_rows : int
        n, the number of sums.
    theta, sigma : float
        Correlation inside a group; standard deviation of the noise.
    """

    n_rows: int = 1152
    theta: float = 10.0
    sigma: float = 1e-3

    def reconstruct(self, method: str, seed: int) -> tuple[Array, Row]:
        """Reconstruct the picture; the oracle knows which pixels are lit."""
        data = make_lit_pixels(self.n_rows, theta=self.theta, sigma=self.sigma, random_state=seed)
        if method == "oracle":
            return _reconstruct_by_oracle(data)
        solution, seconds = solve_timed(method, data)
        psnr = own_peak_psnr(solution.coef, data.coef)
        return reshape_to_picture(solution.coef), {
            "psnr": psnr,
            **score_support(solution, data, seconds),
        }

    def make_truth(self, seed: int) -> Array:
        """Return the picture, which is always the same."""
        return draw_lit_pixels()

    def make_displayable(self, image: Array) -> Array:
        """Return the colours."""
        shown: Array = np.clip(np.moveaxis(image, 0, -1), 0, 1)
        return shown


def _reconstruct_by_oracle(data: GroupSparseData) -> tuple[Array, Row]:
    """Fit the true groups by least squares."""
    began = perf_counter()
    coef = oracle_solution(data.problem, data.active_groups)
    seconds = perf_counter() - began
    error = float(np.linalg.norm(coef - data.coef) / np.linalg.norm(data.coef))
    row = {"psnr": own_peak_psnr(coef, data.coef), "exact": 1, "n_found": data.active_groups.size}
    rest = {"n_wrong": 0, "n_missed": 0, "relative_error": error, "seconds": seconds}
    return reshape_to_picture(coef), {**row, **rest, "status": "CONVERGED"}


TABLE_1 = LitPixels(
    name="l0l2-table1",
    title="Colour picture with 152 lit pixels",
    source="l0(l2) paper, table I",
    default_trials=10,
    timed=True,
    note="The paper's picture is not available: this one is our own drawing of the same size, with "
    "as many lit pixels and the same largest value. PSNR in dB with the largest value of each "
    "reconstruction as its peak; l2,1 is the constrained problem; the oracle knows which pixels "
    "are lit.",
    methods=("gpdasc", "gomp", "l21", "mcp", "oracle"),
    published=(
        ("gpdasc", 48.2, 5.70),
        ("gomp", 47.9, 10.9),
        ("l21", 22.2, 2.85),
        ("mcp", 48.1, 33.9),
    ),
)
