"""Files that the texts of a form name (pictures, sounds, films): whether they came and can be shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.documents import HEAD_BYTES, recording_mime
from core.forms.findings import Finding
from core.forms.model.form import Form
from core.forms.model.texts import MEDIA_FORMS, Text
from core.forms.model.vector_pictures import is_vector_picture
from core.forms.workbook.workbook import Workbook
from core.forms.xform.search_choices import searched_columns

_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


def media_doubts(form: Form, workbook: Workbook) -> Iterator[Finding]:
    """A warning for each file that is named and not there, or can not be shown, at the first cell naming it.

    Names that depend on answers are known only when the form is filled in.
    """
    named: dict[str, tuple[str, str, list[str]]] = {}
    columns = searched_columns(form)
    for text_id, text in form.texts.items():
        for kind, name, language in _names(text):
            if name in columns:
                continue
            _, _, languages = named.setdefault(name, (text_id, kind, []))
            if language not in languages:
                languages.append(language)
    for name, (text_id, kind, languages) in named.items():
        code = "media_missing" if len(languages) == len(form.languages) else "media_missing_in"
        if name in form.media:
            if _is_shown(kind, form.media[name]):
                continue
            code = "media_unknown"
        sheet, row, column = _cell_naming(name, workbook)
        values = {"name": name, "place": text_id, "languages": ", ".join(languages)}
        yield Finding(code, "warning", sheet, row, column, values)


def _is_shown(kind: str, data: bytes) -> bool:
    """Whether a picture, sound or film begins as one that is shown or played here."""
    head = data[:HEAD_BYTES]
    if kind in {"audio", "video"}:
        return recording_mime(head) is not None
    return (
        head.startswith(_PICTURES) or head[8:12] == b"WEBP" or head[4:8] == b"ftyp" or is_vector_picture(data)
    )


def _names(text: Text) -> Iterator[tuple[str, str, str]]:
    for form in MEDIA_FORMS:
        for language, parts in text.forms.get(form, Text()).languages.items():
            if all(isinstance(part, str) for part in parts):
                name = "".join(map(str, parts)).strip().rpartition("/")[2]
                if name:
                    yield form, name, language


def _cell_naming(name: str, workbook: Workbook) -> tuple[str, int | None, str]:
    for sheet in ("survey", "choices"):
        for row in workbook.rows(sheet):
            for column, text in row.cells.items():
                if text.strip() == name and set(MEDIA_FORMS) & set(column.split("::")):
                    return sheet, row.number, column
    return "", None, ""
