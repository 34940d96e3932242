"""Try the installed package: the help of every verb, each application, and the given extras.

Run it away from the checkout, as ``python smoke.py io dask``. It works in a temporary folder.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from typing import Any

import numpy as np
import pandas as pd
import tifffile
import typer
from typer.testing import CliRunner

from groupsparse import GroupLasso
from groupsparse.apps.cli import app

SURVEY = ("--traces", "2", "--shots", "2", "--duration", "0.2", "--snr", "20")
INVERT = ("--wavelets", "ricker:30", "--jobs", "1", "--quiet")


def main(extras: list[str]) -> None:
    """Run the steps of the package and of the extras, and print how long each takes."""
    steps = [every_help, wrong_use, start, regression, mri, features, seismic]
    steps += [step for extra in extras for step in (EXTRAS.get(extra, ()))]
    with tempfile.TemporaryDirectory(prefix="groupsparse-smoke-") as folder:
        os.chdir(folder)
        for extra in ("", *extras):
            run(f"imports of {extra or 'the package'}", import_requirements, extra)
        for step in steps:
            run(step.__name__, step)


def run(name: str, step: Any, *args: str) -> None:
    begin = time.perf_counter()
    step(*args)
    print(f"  {name}: {time.perf_counter() - begin:.1f} s", flush=True)


def command(*args: str, code: int = 0) -> str:
    """Run a command line in this process and return what it prints."""
    result = CliRunner().invoke(app, args)
    if result.exit_code != code:
        print(result.output, file=sys.stderr)
        raise RuntimeError(f"groupsparse {' '.join(args)} failed") from result.exception
    return result.output


def import_requirements(extra: str) -> None:
    """Import every library that an extra (or the package itself) requires."""
    modules: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules.setdefault(canonical(distribution), set()).add(module)
    for line in requires("groupsparse") or []:
        asks = re.search(r"extra == ['\"](\w+)['\"]", line)
        if (asks[1] if asks else "") == extra:
            name = canonical(re.split(r"[^\w.-]", line)[0])
            public = [m for m in modules.get(name, ()) if not m.startswith("_")]
            if not public:
                raise RuntimeError(f"{name} is not installed")
            for module in public:
                importlib.import_module(module)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def every_help() -> None:
    """Ask the command, every group and every verb for help."""
    verbs = list(walk(typer.main.get_command(app)))
    assert len(verbs) > 10, verbs
    for verb in verbs:
        assert "Usage" in command(*verb, "--help"), verb


def wrong_use() -> None:
    """Leave out a required argument, and pass an unknown option."""
    assert "Missing argument" in command("mri", "reconstruct", code=2)
    assert "No such option" in command("demo", "--no-such-option", code=2)


def walk(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, child in getattr(node, "commands", {}).items():
        yield from walk(child, (*path, name))


def start() -> None:
    """Start the command in a separate process, in both ways."""
    for program in (["-m", "groupsparse"], ["-c", "from groupsparse.apps.cli import main; main()"]):
        subprocess.run([sys.executable, *program, "--version"], check=True, capture_output=True)


def regression() -> None:
    """Fit an estimator on data with a known active group."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 20))
    y = X[:, 4:8] @ [1.0, -1.0, 2.0, 1.0]
    assert list(GroupLasso(alpha=0.1, groups=4).fit(X, y).active_groups_) == [1]


def mri() -> None:
    """Reconstruct a small TIFF image into TIFF and PNG."""
    tifffile.imwrite("image.tif", np.kron(np.eye(4), np.ones((8, 8))).astype(np.float32))
    for out in ("again.tif", "again.png"):
        command("mri", "reconstruct", "image.tif", "--out", out, "--max-iter", "20", "--quiet")
    assert tifffile.imread("again.tif").shape == (32, 32)


def features() -> None:
    """Select columns of a CSV file, and write a table and a page."""
    numbers().to_csv("samples.csv", index=False)
    select("samples.csv", "--out", "chosen.csv", "--report", "chosen.html")
    assert len(pd.read_csv("chosen.csv")) == 2


def seismic() -> None:
    """Model a small survey and invert it, with a page."""
    model_and_invert("npz", "--report", "survey.html")


def parquet() -> None:
    numbers().to_parquet("samples.parquet")
    select("samples.parquet", "--out", "chosen.parquet")
    assert len(pd.read_parquet("chosen.parquet")) == 2


def h5ad() -> None:
    import anndata

    anndata.AnnData(numbers().rename(index=str)).write_h5ad("samples.h5ad")
    select("samples.h5ad", "--out", "chosen.h5ad")
    assert anndata.read_h5ad("chosen.h5ad").shape == (30, 6)


def mat_of_version_7_3() -> None:
    import h5py

    with h5py.File("samples.mat", "w", userblock_size=512) as file:
        matrix = file.create_dataset("X", data=numbers().to_numpy().T)
        matrix.attrs["MATLAB_class"] = np.bytes_("double")
    with open("samples.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    select("samples.mat", "--out", "of-mat.csv")


def segy() -> None:
    model_and_invert("sgy")


def zarr() -> None:
    model_and_invert("zarr")


def dask() -> None:
    """Run jobs on the workers of a cluster."""
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    from groupsparse.toolkit.execution.parallel import run_parallel

    with (
        LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster),
        parallel_config("dask"),
    ):
        assert run_parallel(divmod, [(7, 2), (9, 4)], n_jobs=2) == [(3, 1), (2, 1)]


def nufft() -> None:
    """Reconstruct an image from samples off the grid."""
    from groupsparse.apps.mri.measurements.trajectory import sample_trajectory
    from groupsparse.apps.mri.reconstruct import reconstruct

    trajectory = np.random.default_rng(0).uniform(-8, 8, (200, 2))
    data = sample_trajectory(np.ones((1, 200)), trajectory, (16, 16), 0.1)
    assert reconstruct(data).images.shape == (1, 16, 16)


EXTRAS = {
    "io": (parquet, h5ad, mat_of_version_7_3, segy),
    "dask": (zarr, dask),
    "nufft": (nufft,),
}


def numbers() -> pd.DataFrame:
    values = np.random.default_rng(0).standard_normal((30, 6))
    return pd.DataFrame(values, columns=list("abcdef"))


def select(*args: str) -> None:
    command("features", "select", *args, "--n-features", "2", "--quiet")


def model_and_invert(suffix: str, *more: str) -> None:
    survey, out = f"survey.{suffix}", f"reflectivity.{suffix}"
    command("seismic", "model", "--out", survey, *SURVEY)
    command("seismic", "invert", survey, "--out", out, *INVERT, *more)
    assert os.path.exists(out)


if __name__ == "__main__":
    main(sys.argv[1:])
