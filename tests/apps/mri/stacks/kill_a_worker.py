"""Reconstructs a stack on a Dask cluster of which one worker is killed in the middle.

Arguments: the stack, and the folder of the result; a file in it says that a worker was killed.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import distributed

from groupsparse.apps.mri.stacks import stack as stack_module
from groupsparse.apps.mri.stacks.one_slice import StackSettings, reconstruct_slice

QUICK = StackSettings(noise=0.01, magnitude=True)


def reconstruct_or_die(mark, source, number, settings, alone):
    """Reconstruct a slice, but end the whole worker at the first attempt at the third."""
    if number == 2 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return reconstruct_slice(source, number, settings, alone)


def main(source: str, folder: str) -> None:
    stack_module.reconstruct_slice = partial(reconstruct_or_die, str(Path(folder) / "killed"))
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with cluster:
        where = stack_module.Where(scheduler=cluster.scheduler_address)
        out = Path(folder) / "out.npy"
        result = stack_module.reconstruct_stack(Path(source), out, QUICK, where=where)
    assert not result.failed


if __name__ == "__main__":
    main(*sys.argv[1:])
