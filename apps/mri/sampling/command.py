"""The command line of masks: make one, write it, say what it samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...terminal.options import Json, Overwrite, Quiet, shows_text


def mask_command(
    description: Annotated[
        str,
        typer.Argument(
            metavar="DESCRIPTION",
            help="KIND:AMOUNT[,OPTION=VALUE...], such as lines:4,calibration=24, caipi:2x2, "
            "poisson:6, variable:0.3, radial:80 or partial:0.625; or a file.",
        ),
    ],
    shape: Annotated[str, typer.Option(help="y,x of the image or z,y,x of the volume.")],
    out: Annotated[Path, typer.Option(help="The mask to write: .npy, .png or .tif.")],
    channels: Annotated[
        int, typer.Option(help="Number of masks, for descriptions with per-channel.")
    ] = 1,
    real: Annotated[
        bool, typer.Option("--real", help="For a real image: variable masks are symmetric.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of random masks.")] = 0,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write a sampling mask, zero frequency in the middle, and print what it samples.

    Example: groupsparse mri mask lines:4,calibration=24 --shape 256,256 --out mask.npy
    """
    from ...files.atomic import check_distinct_paths
    from ...terminal.json_output import check_json, write_json
    from ..files.images import check_output, write_image
    from .masks import describe_mask, make_masks

    check_distinct_paths([out, json_to], read=[description])
    check_json(json_to, overwrite=overwrite)
    space = _parse_shape(shape)
    masks = make_masks(description, space, channels, symmetric=real, random_state=seed)
    if len(space) == 3 and len(masks) > 1:
        raise ValueError(f"masks of {len(masks)} channels must be of images y,x, got {shape}")
    pages = masks[0] if len(space) == 3 else masks
    check_output(out, len(pages), overwrite=overwrite)
    axis = None if masks.ndim == 3 and len(masks) == 1 else 0
    is_npy = out.suffix.lower() == ".npy"
    pixels = pages if is_npy else pages.astype("float32")
    write_image(out, pixels, channel_axis=axis, peak=1.0, white=0xFF, overwrite=overwrite)
    summary = describe_mask(masks[0])
    values = {
        "mask": description,
        "sampled_fraction": summary.sampled_fraction,
        "acceleration": summary.acceleration,
        "calibration": list(summary.calibration),
    }
    write_json(json_to, values, overwrite=overwrite)
    if shows_text(quiet=quiet, json_to=json_to):
        typer.echo(f"{description} samples {summary}")
        typer.echo(f"mask: {out}")


def _parse_shape(text: str) -> tuple[int, ...]:
    """Return the sizes between commas."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--shape must be as 256,256 or 64,256,256, got {text!r}") from None
