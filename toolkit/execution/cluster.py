"""A Dask cluster as the place where parallel jobs run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from joblib import parallel_config


@contextmanager
def use_cluster(scheduler: str | None) -> Iterator[None]:
    """Let `run_parallel` and `iterate_parallel` inside run on the workers of a Dask cluster.

    Parameters
    ----------
    scheduler : str, optional
        The address of its scheduler, as in "tcp://host:8786"; None leaves the jobs here.

    Raises
    ------
    ValueError
        If Dask is not installed.
    OSError
        If no scheduler answers there.
    """
    if scheduler is None:
        yield
        return
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise ValueError(
            'distributed is needed for a scheduler: pip install "groupsparse[dask]"'
        ) from error
    try:
        client = distributed.Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OSError(f"no scheduler of Dask answers at {scheduler!r}: {error}") from error
    with client, parallel_config("dask", client=client):
        yield
