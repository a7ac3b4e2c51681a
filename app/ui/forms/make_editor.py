"""Which editor asks which question."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.forms.choice_editors import (
    AcknowledgeEditor,
    CheckEditor,
    ComboEditor,
    RadioEditor,
    RankEditor,
    chooses_by_radio,
)
from app.ui.forms.editor import Editor
from app.ui.forms.file_editor import FileEditor
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.forms.photo_editor import PhotoEditor
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.forms.text_editors import DateEditor, DecimalEditor, IntegerEditor, LineEditor, LongTextEditor
from app.ui.look import Look
from core.forms.model import Choice, Question


def make_editor(look: Look, question: Question, choices: Sequence[Choice], room: int) -> Editor | None:
    """The editor for this question; None for what is only shown (notes, calculates).

    `room` is how many half-width characters of choices fit side by side.
    """
    if question.calculate is not None:
        return None
    match question.kind:
        case "string" | "barcode" | "time" | "dateTime" | "geotrace" | "geoshape":
            return LongTextEditor() if question.has_appearance("multiline") else LineEditor(question.unit)
        case "int":
            return IntegerEditor(question.unit)
        case "decimal":
            return DecimalEditor(question.unit)
        case "date":
            return DateEditor(look)
        case "geopoint":
            return GeopointEditor(look)
        case "select_one" | "select_multiple" | "rank":
            return _choosing(look, question, choices, room)
        case "image":
            return PhotoEditor(look)
        case "file" | "audio" | "video":
            return FileEditor(look, question.kind)
        case "boolean" | "acknowledge":
            return AcknowledgeEditor(stored=True if question.kind == "boolean" else "OK")
    return None


def _choosing(look: Look, question: Question, choices: Sequence[Choice], room: int) -> Editor:
    """A search where records are chosen; buttons for few short choices that stay the same, else a list."""
    if question.refers:
        return ReferenceEditor(look, several=question.kind == "select_multiple")
    if question.kind != "select_one":
        return RankEditor() if question.kind == "rank" else CheckEditor()
    changing = question.itemset is not None and question.itemset.filtered
    few = not changing and chooses_by_radio(choices, question.appearance, room)
    return RadioEditor() if few else ComboEditor()
