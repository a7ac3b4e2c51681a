"""Install forms and see which there are."""

from __future__ import annotations

from pathlib import Path

from app.changes import Changes
from app.given_files import read_given
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.model import Form, form_digest
from core.forms.xlsform import WorkbookKind, compile_xlsform

FORM_BYTES_LIMIT = 32 * 1024 * 1024
"""A form file larger than this is no form."""
_WORKBOOKS: dict[str, WorkbookKind] = {".xlsx": "xlsx", ".xls": "xls", ".md": "md", ".csv": "csv"}


def install_form(workspace: Workspace, file: Path) -> Changes:
    """Installs a form version from an XForm (`.xml`) or a workbook (`.xlsx`, `.xls`, `.csv`, `.md`).

    Files in a folder `<name>-media` beside it belong to it, as ODK lays forms out. Records of that form are
    shown in its newest version from now on. Raises KnownError "form_unreadable", "form_broken".
    """
    content = _read(file)
    workbook = _WORKBOOKS.get(file.suffix.lower())
    xml = content if workbook is None else compile_xlsform(content, workbook)
    folder = file.with_name(f"{file.stem}-media")
    media = {entry.name: _read(entry) for entry in sorted(folder.glob("*")) if entry.is_file()}
    if form_digest(xml, media) in workspace.forms.digests():
        return Changes()
    with workspace.database.transaction():
        form = workspace.forms.install(xml, media)
        touched = workspace.records.ids(form_id=form.form_id)
        workspace.records.refresh(touched)
    return Changes(records=frozenset(touched), forms=frozenset({form.form_id}))


def list_forms(workspace: Workspace) -> list[Form]:
    """The newest version of every form that can be filled in here."""
    return workspace.forms.newest_of_each()


def _read(file: Path) -> bytes:
    try:
        return read_given(file, FORM_BYTES_LIMIT)
    except OSError as error:
        raise KnownError("form_unreadable", file=file.name) from error
