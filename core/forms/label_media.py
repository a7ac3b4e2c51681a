"""Files that the texts of a form name (pictures, sounds, videos) and that did not come with it."""

from __future__ import annotations

from collections.abc import Iterator

from core.forms.findings import Finding
from core.forms.model import MEDIA_FORMS, Form, Text
from core.forms.workbook import Workbook


def missing_media(form: Form, workbook: Workbook) -> Iterator[Finding]:
    """A warning for each file that is named and not there, at the first cell that names it.

    Names that depend on answers are known only when the form is filled in.
    """
    named: dict[str, tuple[str, list[str]]] = {}
    for text_id, text in form.texts.items():
        for name, language in _names(text):
            _, languages = named.setdefault(name, (text_id, []))
            if language not in languages:
                languages.append(language)
    for name, (text_id, languages) in named.items():
        if name not in form.media:
            sheet, row, column = _cell_naming(name, workbook)
            everywhere = len(languages) == len(form.languages)
            code = "media_missing" if everywhere else "media_missing_in"
            values = {"name": name, "place": text_id, "languages": ", ".join(languages)}
            yield Finding(code, "warning", sheet, row, column, values)


def _names(text: Text) -> Iterator[tuple[str, str]]:
    for form in MEDIA_FORMS:
        for language, parts in text.forms.get(form, Text()).languages.items():
            if all(isinstance(part, str) for part in parts):
                name = "".join(map(str, parts)).strip().rpartition("/")[2]
                if name:
                    yield name, language


def _cell_naming(name: str, workbook: Workbook) -> tuple[str, int | None, str]:
    for sheet in ("survey", "choices"):
        for row in workbook.rows(sheet):
            for column, text in row.cells.items():
                if text.strip() == name and set(MEDIA_FORMS) & set(column.split("::")):
                    return sheet, row.number, column
    return "", None, ""
