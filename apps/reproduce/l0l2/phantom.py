"""Table II of the l0(l2) paper: the phantom from partial Fourier data."""

from __future__ import annotations

from dataclasses import dataclass

from ....toolkit.arrays import Array
from ....toolkit.solvers import BlockOMP
from ...mri.phantom import (
    PUBLISHED,
    make_phantom_settings,
    own_peak_psnr,
    run_phantom_trial,
    simulate_phantom,
    warm_up_phantom,
)
from ...mri.reconstruct import make_problem
from ..experiment import Row
from .images import ImageExperiment

# The application's names of the methods, and their starts.
_SETTINGS = {
    "gpdasc": ("gpdasc", None),
    "spun": ("gpdasc", "spinning"),
    "l21": ("l21", None),
    "mcp": ("mcp", None),
}


@dataclass(frozen=True, kw_only=True)
class Phantom(ImageExperiment):
    """The phantom of `groupsparse.apps.mri.phantom`, by its methods."""

    def reconstruct(self, method: str, seed: int) -> tuple[Array, Row]:
        """Reconstruct one phantom; the oracle knows which wavelet coefficients are not zero."""
        if method == "gomp":
            return _reconstruct_greedily(seed)
        name, start = _SETTINGS[method]
        warm_up_phantom(name, start)
        trial = run_phantom_trial(name, seed, start=start)
        row = {
            "psnr": trial.psnr,
            "oracle_psnr": trial.oracle_psnr,
            "zero_filled_psnr": trial.zero_filled_psnr,
            "n_found": trial.groups,
            "seconds": trial.seconds,
        }
        return trial.images, row

    def make_truth(self, seed: int) -> Array:
        """Return the phantom."""
        truth = simulate_phantom(seed).truth
        assert truth is not None
        return truth

    def make_displayable(self, image: Array) -> Array:
        """Return the first channel, which has the original intensities of the phantom."""
        channel: Array = image[0]
        return channel


def _reconstruct_greedily(seed: int) -> tuple[Array, Row]:
    """Reconstruct one phantom by group OMP, which the application does not offer."""
    data = simulate_phantom(seed)
    problem, wavelet = make_problem(data, make_phantom_settings())
    solution = BlockOMP(noise_level=data.noise_level).solve(problem)
    images = wavelet.apply(solution.coef)
    assert data.truth is not None
    row = {
        "psnr": own_peak_psnr(images, data.truth),
        "n_found": int(solution.active_groups.size),
        "seconds": solution.seconds,
    }
    return images, row


TABLE_2 = Phantom(
    name="l0l2-table2",
    title="Phantom from 22 radial lines",
    source="l0(l2) paper, table II",
    default_trials=5,
    version=2,
    timed=True,
    note="The paper does not describe its phantom and noise fully: compare with the oracle, "
    "the least-squares fit on the true coefficients of the same data. l2,1 is penalised here, by a "
    "strength from the noise level; group MCP's is chosen by Mallows' Cp. GPDASC from spinning "
    "starts with the groups that exceed the noise in images by thresholds in shifted wavelets, "
    "which know more than one fixed basis: it may exceed that basis' oracle. PSNR in dB with the "
    "largest magnitude of each reconstruction as its peak.",
    methods=("gpdasc", "spun", "gomp", "l21", "mcp"),
    published=(
        ("gpdasc", *PUBLISHED["gpdasc"]),
        ("gomp", 37.3, 203.0),
        ("l21", *PUBLISHED["l21"]),
        ("mcp", *PUBLISHED["mcp"]),
    ),
)
