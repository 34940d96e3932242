"""Check that dist/ is complete: the source distribution, and the wheel built from it.

usage: python .ci/distributions.py

Run it after ``make wheel``. The source distribution must contain all tracked files, and the wheel
the same files as a wheel built from the checkout itself. Needs `build`, and git for the first.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    source, wheel = only("groupsparse-*.tar.gz"), only("groupsparse-*.whl")
    if (ROOT / ".git").exists():
        compare(tracked(), sources(source), f"in the checkout and in {source.name}")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        if built.returncode:
            sys.exit(built.stdout + built.stderr)
        for left in ("build", "groupsparse.egg-info"):
            shutil.rmtree(ROOT / left, ignore_errors=True)
        (other,) = Path(folder).glob("*.whl")
        compare(contents(other), contents(wheel), f"in the wheel of the checkout and {wheel.name}")
    print(f"{source.name} holds all that is tracked, {wheel.name} all that the tree's wheel does")


def only(pattern: str) -> Path:
    found = list((ROOT / "dist").glob(pattern))
    if len(found) != 1:
        sys.exit(f"expected one dist/{pattern}, got {[path.name for path in found]}")
    return found[0]


def tracked() -> set[object]:
    """Return the files that git tracks, and new files that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in names.split("\0") if name and (ROOT / name).is_file()}


def sources(archive: Path) -> set[object]:
    """Return the files of a source distribution, without those that setuptools adds."""
    with tarfile.open(archive) as file:
        names = {m.name.partition("/")[2] for m in file.getmembers() if m.isfile()}
    made = {"PKG-INFO", "setup.cfg"}
    return {name for name in names - made if not name.startswith("groupsparse.egg-info/")}


def contents(wheel: Path) -> set[object]:
    """Return names and check sums of the files in a wheel."""
    with zipfile.ZipFile(wheel) as file:
        return {(info.filename, info.CRC) for info in file.infolist()}


def compare(first: set[object], second: set[object], where: str) -> None:
    if first != second:
        lines = [f"not the same {where}:"]
        lines += [f"  only in the first: {item}" for item in sorted(first - second, key=str)]
        lines += [f"  only in the second: {item}" for item in sorted(second - first, key=str)]
        sys.exit("\n".join(lines))


if __name__ == "__main__":
    main()
