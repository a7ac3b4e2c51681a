"""Compiles the forms of `resources/forms/` from their sheets: `python -m tools.compile_forms [--check]`.

Each folder holds survey.csv, choices.csv and settings.csv; the compiled form.xml stands beside them and is
committed. With --check nothing is written and the exit code is 1 when a form.xml is not what its sheets say.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.errors import KnownError
from core.forms.filling.logic_check import references_to_nothing
from core.forms.workbook.xlsform import compile_sheets, sheet_rows
from core.forms.xform.reading import parse_xform

FORMS = Path(__file__).resolve().parent.parent / "resources" / "forms"
SHEETS = ("survey", "choices", "settings")


def compiled(folder: Path) -> bytes:
    """The XForm of the sheets in a folder, read once by our own reader.

    Raises KnownError "form_broken", also for a path to nothing, which is only a warning in others' forms.
    """
    sheets = {
        sheet: sheet_rows((folder / f"{sheet}.csv").read_text(encoding="utf-8"))
        for sheet in SHEETS
        if (folder / f"{sheet}.csv").exists()
    }
    xml = compile_sheets(sheets).xml
    media = folder / "form-media"
    form = parse_xform(
        xml, {file.name: file.read_bytes() for file in media.glob("*")} if media.exists() else {}
    )
    for place, path in references_to_nothing(form):
        raise KnownError("form_broken", place=place, reason="reference_to_nothing", detail=path)
    return xml


def main(arguments: list[str] | None = None) -> int:
    """0 when every form is compiled; 1 when one is broken or, with --check, out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args(arguments).check
    wrong = 0
    for sheet in sorted(FORMS.glob("*/survey.csv")):
        target = sheet.parent / "form.xml"
        try:
            xml = compiled(sheet.parent)
        except KnownError as e:
            print(f"{sheet.parent.name}: {e}", file=sys.stderr)
            wrong += 1
            continue
        same = target.exists() and target.read_bytes() == xml
        if not same and check:
            print(f"{sheet.parent.name}: form.xml is not what its sheets say", file=sys.stderr)
            wrong += 1
        elif not same:
            target.write_bytes(xml)
            print(f"{sheet.parent.name}: {len(xml):,} bytes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
