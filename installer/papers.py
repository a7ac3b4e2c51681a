"""The papers that lie beside the program: its version, its licences, and how Qt is replaced."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from installer.contents import ROOT
from installer.licences import Part

README: Final = Path(__file__).with_name("README.txt")
_HEAD: Final = """# Licences

村匠 Cunjiang stands under the Apache License 2.0 (CUNJIANG.txt). It brings along what is listed here,
each with its licence in the folder of its name or of the package that it lies in. `A OR B`: taken under
the first of them that is no GPL. Nothing in the program stands under the GPL alone: of PyInstaller only
its loader is here, which its exception lets any program carry, and of GCC only what its runtime exception
covers. How the parts under the LGPL are replaced: ../README.txt.

| name | version | licence | home |
|---|---|---|---|
"""


def write_licences(parts: Sequence[Part], folder: Path) -> None:
    """LIST.md, our own licence, and a folder of texts for every part."""
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "LICENSE", folder / "CUNJIANG.txt")
    rows = [f"| {part.name} | {part.version or '-'} | {part.licence} | {part.home} |\n" for part in parts]
    (folder / "LIST.md").write_text(_HEAD + "".join(rows), encoding="utf-8")
    for part in (one for one in parts if one.texts):
        place = folder / part.name.replace("/", "-").replace(" ", "-").replace(",", "")
        place.mkdir(exist_ok=True)
        for number, text in enumerate(part.texts):
            name = (
                text.name
                if text.name not in {one.name for one in part.texts[:number]}
                else f"{number}-{text.name}"
            )
            shutil.copyfile(text, place / name)


def write_version(folder: Path, version: str, commit: str) -> None:
    """`version.json`: what this is, and of what source and Python it was made."""
    said = {
        "name": "cunjiang",
        "version": version,
        "commit": commit,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()),
    }
    (folder / "version.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def write_readme(folder: Path) -> None:
    """How to start, to carry it on a memory stick, and to replace what stands under the LGPL."""
    shutil.copyfile(README, folder / "README.txt")
