"""Builds the program that is handed over: `python3 dev.py package`.

The result is `dist/cunjiang-<version>-<system>/`, one folder that needs neither Python nor an installation.
Building the same commit twice on one machine gives the same files.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from app import __version__
from installer.contents import ROOT
from installer.papers import write_readme, write_version
from installer.trial import try_program

WORK = ROOT / "build" / "installer"


def main() -> None:
    """Builds, tells the size, and with --check tries what was built."""
    parser = argparse.ArgumentParser(prog="dev.py package", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to (default: dist)")
    parser.add_argument("--check", action="store_true", help="try the program where no Python is to be seen")
    asked = parser.parse_args()
    program = build(asked.out)
    print(f"{program}: {_size_mb(program):.0f} MB")
    if asked.check:
        try_program(program)


def build(out: Path) -> Path:
    """The folder of the built program inside `out`; one that is there already is replaced."""
    target = out / f"cunjiang-{__version__}-{platform.system().lower()}-{platform.machine()}"
    shutil.rmtree(WORK, ignore_errors=True)
    ran = subprocess.run(
        [
            sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR",
            "--distpath", str(WORK / "dist"), "--workpath", str(WORK / "work"),
            str(ROOT / "installer" / "program.spec"),
        ],
        cwd=ROOT,
        env=_surroundings(),
        check=False,
    )  # fmt: skip
    if ran.returncode:
        sys.exit("The program was not built; why stands above.")
    made = WORK / "dist" / "cunjiang"
    write_version(made, __version__, _git("rev-parse", "HEAD"))
    write_readme(made)
    shutil.rmtree(target, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    shutil.move(made, target)
    return target


def _surroundings() -> dict[str, str]:
    """What makes two builds of one commit the same: no random order, the commit's time instead of today's."""
    fixed = {"PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": _git("log", "-1", "--format=%ct") or "0"}
    return {**os.environ, **fixed, "PYTHONPATH": str(ROOT)}


def _git(*command: str) -> str:
    """What git says of this checkout; empty without git."""
    try:
        said = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return said.stdout.strip()


def _size_mb(folder: Path) -> float:
    return (
        sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        / 1e6
    )


if __name__ == "__main__":
    main()
