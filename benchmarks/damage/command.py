"""``python -m benchmarks damage``: a table of what all readers do with damaged files."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread
from typing import IO

from ..arguments import make_names_parser, parse_count
from .readers import READERS

NAME = "damage"
SUMMARY = "Damaged files for every reader: read as they are, or refused by one line."

_SECONDS = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("--files", type=parse_count, default=1000, help="files for each reader")
    parser.add_argument("--seed", type=int, default=0, help="of the first file; then seed + 1, ...")
    parser.add_argument(
        "--readers",
        type=make_names_parser(READERS, "reader"),
        default=list(READERS),
        help="comma-separated names",
    )


def run(arguments: argparse.Namespace) -> None:
    """Print the outcomes for each reader, and every fault with its seed; exit 1 after a fault."""
    print(f"{'reader':<20}{'read':>8}{'refused':>9}{'faults':>8}", flush=True)
    n_faults = 0
    for name in arguments.readers:
        counts = {"read": 0, "refused": 0, "fault": 0}
        faults = []
        for found in try_seeds(name, arguments.seed, arguments.seed + arguments.files):
            counts[str(found["outcome"])] += 1
            if found["outcome"] == "fault":
                faults.append(f"    --readers {name} --seed {found['seed']}: {found['why']}")
        read, refused, fault = counts.values()
        print(f"{name:<20}{read:>8}{refused:>9}{fault:>8}", *faults, sep="\n", flush=True)
        n_faults += fault
    if n_faults:
        raise SystemExit(1)


def try_seeds(name: str, first: int, last: int) -> Iterator[dict[str, object]]:
    """Yield the outcome of each seed; a worker that ends or hangs is replaced by another."""
    while first < last:
        why = "the worker could not start"
        command = [sys.executable, "-m", f"{__package__}.worker", name, str(first), str(last)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as worker:
            assert worker.stdout is not None
            assert worker.stderr is not None
            lines = _read_lines(worker.stdout)
            errors = _read_lines(worker.stderr)
            try:
                while line := lines.get(timeout=_SECONDS):
                    found = json.loads(line)
                    yield found
                    first = int(found["seed"]) + 1
                why = f"the worker ended with code {worker.wait()}"
            except Empty:
                why = f"no answer after {_SECONDS:.0f} seconds"
            worker.kill()
        if first < last:
            last_words = list(iter(errors.get, b""))[-1:]
            shown = b"".join(last_words).decode(errors="replace").strip()
            yield {"seed": first, "outcome": "fault", "why": f"{why} {shown}"}
            first += 1


def _read_lines(stream: IO[bytes]) -> Queue[bytes]:
    """Return a queue of the lines of a stream, at its end an empty one."""
    lines: Queue[bytes] = Queue()

    def collect() -> None:
        for line in stream:
            lines.put(line)
        lines.put(b"")

    Thread(target=collect, daemon=True).start()
    return lines
