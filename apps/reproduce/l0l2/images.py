"""The images of the l0(l2) paper: PSNR and seconds beside published ones, and pictures."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ....toolkit.arrays import Array
from ..experiment import Experiment, Row, Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {
    "gpdasc": "l0(l2), GPDASC",
    "spun": "GPDASC from spinning",
    "gomp": "group OMP",
    "l21": "l2,1",
    "mcp": "group MCP",
    "oracle": "oracle",
}
_WIDTH, _HEIGHT = 2.0, 4.6


@dataclass(frozen=True, kw_only=True)
class ImageExperiment(Experiment):
    """PSNR and seconds of several methods on one kind of image.

    Attributes
    ----------
    methods : tuple of str
        Keys of `NAMES`; each is a separate trial.
    published : tuple of (str, float, float)
        Method, PSNR in dB, seconds.
    """

    methods: tuple[str, ...]
    published: tuple[tuple[str, float, float], ...]

    @abstractmethod
    def reconstruct(self, method: str, seed: int) -> tuple[Array, Row]:
        """Return the image of shape (3, y, x) and its row: "psnr", "n_found", "seconds", ..."""

    @abstractmethod
    def make_truth(self, seed: int) -> Array:
        """Return the true image, shape (3, y, x)."""

    @abstractmethod
    def make_displayable(self, image: Array) -> Array:
        """Return the displayed part of an image: (y, x) in grey, or (y, x, 3) from 0 to 1."""

    def list_tasks(self, n_trials: int) -> list[Task]:
        """List seeds, and for each the methods."""
        return [
            {"seed": seed, "method": method} for seed in range(n_trials) for method in self.methods
        ]

    def run(self, task: Task) -> list[Row]:
        """Reconstruct one image by one method."""
        return [self.reconstruct(task["method"], task["seed"])[1]]

    def summarise(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Return means beside the published values; methods that were not run come last."""
        published = {method: (psnr, seconds) for method, psnr, seconds in self.published}
        numbers = trials.select_dtypes("number").drop(columns=["seed", "jobs"])
        means = numbers.groupby(trials["method"]).mean()
        counts = trials.groupby("method").size()
        rows: list[dict[str, Any]] = []
        for method in dict.fromkeys([*self.methods, *published]):
            row: dict[str, Any] = {"method": NAMES[method], "n_trials": int(counts.get(method, 0))}
            if method in means.index:
                row.update(means.loc[method])
            psnr, seconds = published.get(method, (None, None))
            rows.append({**row, "published_psnr": psnr, "published_seconds": seconds})
        return pd.DataFrame(rows)

    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw the truth and the reconstructions of seed 0, with their errors below."""
        from matplotlib.figure import Figure

        truth = self.make_truth(0)
        n_columns = len(self.methods) + 1
        figure = Figure(figsize=(_WIDTH * n_columns, _HEIGHT), layout="constrained")
        grid = figure.subplots(2, n_columns, squeeze=False)
        shown = self.make_displayable(truth)
        grey = (float(shown.min()), float(shown.max()))
        self._draw_image(grid[0, 0], truth, grey, "truth")
        grid[1, 0].axis("off")
        images = {method: self.reconstruct(method, 0)[0] for method in self.methods}
        errors = {method: np.abs(image - truth).max(axis=0) for method, image in images.items()}
        limit = 2 * float(errors[self.methods[0]].max())
        for column, method in enumerate(self.methods, start=1):
            self._draw_image(
                grid[0, column], images[method], grey, self._make_title(method, trials)
            )
            drawn = grid[1, column].imshow(errors[method], cmap="magma", vmin=0, vmax=limit)
            grid[1, column].axis("off")
        bar = figure.colorbar(drawn, ax=grid[1, 0], location="left", fraction=0.5, extend="max")
        bar.set_label("absolute error, largest\nover the three channels", fontsize=9)
        return figure

    def _draw_image(self, axes: Axes, image: Array, grey: tuple[float, float], title: str) -> None:
        shown = self.make_displayable(image)
        axes.imshow(shown, cmap="gray", vmin=grey[0], vmax=grey[1], interpolation="nearest")
        axes.set_title(title, fontsize=9)
        axes.axis("off")

    def _make_title(self, method: str, trials: pd.DataFrame) -> str:
        first = trials[(trials["method"] == method) & (trials["seed"] == 0)].iloc[0]
        published = {name: psnr for name, psnr, _ in self.published}
        title = f"{NAMES[method]}\n{first['psnr']:.1f} dB"
        return title + (f"\n(published {published[method]} dB)" if method in published else "\n")
