"""Which editor asks which question."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.forms.choice_editors import (
    AcknowledgeEditor,
    CheckEditor,
    ComboEditor,
    RadioEditor,
    chooses_by_radio,
)
from app.ui.forms.editor import Editor
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.forms.text_editors import DateEditor, DecimalEditor, IntegerEditor, LineEditor, LongTextEditor
from app.ui.look import Look
from core.forms.model import Choice, Question


def make_editor(look: Look, question: Question, choices: Sequence[Choice], room: int) -> Editor | None:
    """The editor for this question; None if it is only shown (notes, calculates, kinds not asked here).

    `room` is how many half-width characters of choices fit side by side.
    """
    if question.calculate is not None:
        return None
    match question.kind:
        case "string" if question.has_appearance("multiline"):
            return LongTextEditor()
        case "string" | "barcode" | "time" | "dateTime" | "geotrace" | "geoshape":
            return LineEditor(question.unit)
        case "int":
            return IntegerEditor(question.unit)
        case "decimal":
            return DecimalEditor(question.unit)
        case "date":
            return DateEditor(look)
        case "geopoint":
            return GeopointEditor()
        case "select_one":
            changing = question.itemset is not None and question.itemset.filtered
            few = not changing and chooses_by_radio(choices, question.appearance, room)
            return RadioEditor() if few else ComboEditor()
        case "select_multiple" | "rank":
            return CheckEditor()
        case "boolean":
            return AcknowledgeEditor(stored=True)
        case "acknowledge":
            return AcknowledgeEditor(stored="OK")
    return None
