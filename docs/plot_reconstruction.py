"""Draws reconstruction.jpg: a photograph and a head scan from few Fourier samples.

``python docs/plot_reconstruction.py`` takes about ten seconds and gives the same picture every
time. Both images ship with libraries that groupsparse needs.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np

from groupsparse.apps.mri.job import Job, prepare
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.toolkit.diagnostics import psnr

mpl.use("Agg")
from matplotlib import pyplot as plt

TARGET = Path(__file__).with_name("reconstruction.jpg")
SETTINGS = Settings("spinning")
ROWS = {
    "photograph, three colours": Job("sample:astronaut", "variable:0.15", noise=0.01),
    "head, four coils": Job("sample:head", "variable:0.2", coils=4, noise=0.01),
}


def draw(axes: np.ndarray, name: str, job: Job) -> None:
    """Draw the original, the sampled frequencies, zero filling and the reconstruction."""
    prepared = prepare(job)
    data = prepared.acquisition
    truth = prepared.make_displayable(data.truth)
    share = f"{100 * data.sampled_fraction:.0f} % of the frequencies"
    panels = [(name, truth), (share, data.mask[None].astype(float))]
    found = {
        "zero filled": data.zero_fill(),
        "reconstructed jointly": reconstruct(data, SETTINGS).images,
    }
    for label, images in found.items():
        shown = prepared.make_displayable(images)
        quality = psnr(shown, truth, data_range=prepared.peak)
        panels.append((f"{label}: {quality:.1f} dB", shown))
    for ax, (title, image) in zip(axes, panels, strict=True):
        ax.imshow(np.moveaxis(image.clip(0, 1), 0, -1), cmap="gray", vmin=0, vmax=1)
        ax.set_title(title, fontsize=10)
        ax.set_axis_off()


def main() -> None:
    """Reconstruct, and draw."""
    figure, axes = plt.subplots(len(ROWS), 4, figsize=(10, 5.3), layout="constrained")
    for row, (name, job) in zip(axes, ROWS.items(), strict=True):
        draw(row, name, job)
    figure.savefig(TARGET, dpi=90, pil_kwargs={"quality": 85, "optimize": True})


if __name__ == "__main__":
    main()
