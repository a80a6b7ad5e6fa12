"""Make the virtual environments of the packages that relprod is measured beside.

    python benchmarks/environments.py [FOLDER] [--old-python PYTHON]

Each has a pinned requirements file here. `old-python` is a Python 3.8 to 3.10 for precon; by default, the first found on the path.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT_FOLDER = Path(tempfile.gettempdir()) / "relprod-benchmark-environments"
OLD_PYTHONS = ("python3.10", "python3.9", "python3.8")


@dataclass(frozen=True)
class Environment:
    """The interpreter of an environment, or the reason why there is none."""

    name: str
    python: Path | None
    reason: str = ""


def environments(folder: Path, old_python: str | None = None) -> list[Environment]:
    """Return the environments in a folder, made where they are not there yet."""
    old = old_python or next((found for name in OLD_PYTHONS if (found := shutil.which(name))), None)
    return [_made("pyindexnum", sys.executable, folder), _made("precon", old, folder)]


def _made(name: str, base_python: str | None, folder: Path) -> Environment:
    python = folder / name / "bin" / "python"
    ready = folder / name / "ready"
    if ready.exists():
        return Environment(name, python)
    if base_python is None:
        return Environment(name, None, f"needs one of {', '.join(OLD_PYTHONS)} on the path, or --old-python")
    requirements = str(HERE / f"requirements-{name}.txt")
    steps = (
        [base_python, "-m", "venv", "--clear", str(folder / name)],
        [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--no-deps", "--requirement", requirements],
        [str(python), "-c", f"import {name}"],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands, no shell
        if done.returncode:
            why = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
            return Environment(name, None, f"cannot be installed: {why}")
    ready.touch()
    return Environment(name, python)


def main() -> None:
    """Make the environments and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--old-python", help="a Python 3.8 to 3.10, for precon")
    options = parser.parse_args()
    for environment in environments(options.folder, options.old_python):
        print(f"{environment.name}: {environment.python or environment.reason}")


if __name__ == "__main__":
    main()
