"""What the files are called that records are saved as."""

from __future__ import annotations

from app.i18n import Language
from app.saving import form_in_use
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.forms.filling.session import FormSession
from core.forms.list_names import DIVISIONS


def export_name(workspace: Workspace, record_id: str, lang: Language = "zh") -> str:
    """A record's name for a file: division code, title, form and today's date, joined by "_"; no ending.

    What a record has not is left out. It may hold signs that no file name has. Raises KnownError
    "record_missing", "form_missing".
    """
    with workspace.database.read():
        merged = workspace.records.merged(record_id)
        form = form_in_use(workspace, record_id, merged)
        drafts = workspace.drafts.answers(record_id)
        answers = visible_answers(merged) | {path: answer.value for path, answer in drafts.items()}
        session = workspace.records.session(record_id, form, answers)
        parts = (_division(session), session.title(lang).strip(), form.title(lang))
    day = f"{workspace.clock.now():%Y%m%d}"
    return "_".join(filter(None, (*parts, day)))


def _division(session: FormSession) -> str:
    """The code of the smallest division that is answered outside of rows, "" for none."""
    codes = [
        session.value(question.path)
        for question in session.form.questions()
        if question.itemset is not None and question.itemset.instance_id == DIVISIONS
        if question.path.count("/") == 1
    ]
    return next((code for code in reversed(codes) if isinstance(code, str) and code), "")
