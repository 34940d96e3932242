"""Install a wheel with extras into a new environment, and try what was installed.

usage: python .ci/installs.py lowest|newest WHEEL [EXTRA ...]

``lowest`` pins every requirement of the wheel to the lowest version that it declares, and leaves
indirect requirements free. The versions are read from the wheel, so they cannot differ from the
declared ones. Needs `packaging`.
"""

from __future__ import annotations

import email
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

SMOKE = Path(__file__).resolve().with_name("smoke.py")


def main(which: str, wheel: Path, extras: list[str]) -> None:
    """Install and try; the first failure ends the program with its exit code."""
    # A stopped program also stops its children and removes its folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    lowest = lowest_versions(wheel, extras)
    with tempfile.TemporaryDirectory(prefix="groupsparse-installs-") as folder:
        environment, constraints = Path(folder, "venv"), Path(folder, "constraints.txt")
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        python = environment / "bin" / "python"
        options: list[str | Path] = []
        if which == "lowest":
            constraints.write_text("".join(f"{n}=={v}\n" for n, v in lowest.items()))
            # Versions without a wheel for this Python cannot be called supported.
            options = ["-c", constraints, "--only-binary", ",".join(lowest)]
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
        target = f"{wheel}[{','.join(extras)}]"
        subprocess.run([*pip, "install", "-q", *options, target], check=True)
        subprocess.run([*pip, "check"], check=True)
        subprocess.run([*pip, "freeze", "--exclude", "groupsparse"], check=True)
        subprocess.run([python, SMOKE, *extras], check=True, cwd=folder)


def lowest_versions(wheel: Path, extras: list[str]) -> dict[str, str]:
    """Return the lowest declared version of each requirement of the wheel and its extras."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        lines = email.message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    lowest = {}
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        applies = marker is None or any(marker.evaluate({"extra": e}) for e in ("", *extras))
        if not applies or requirement.name == "groupsparse":
            continue
        versions = [s.version for s in requirement.specifier if s.operator in (">=", "~=", "==")]
        if len(versions) != 1:
            sys.exit(f"{requirement} declares no lowest version")
        lowest[requirement.name] = versions[0]
    return lowest


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("lowest", "newest"):
        sys.exit(__doc__)
    try:
        main(sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3:])
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed with exit code {error.returncode}: {' '.join(map(str, error.cmd))}")
