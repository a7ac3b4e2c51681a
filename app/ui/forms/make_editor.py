"""Which editor asks which question."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.forms.choice_buttons import ButtonsEditor, CheckEditor, RadioEditor
from app.ui.forms.choice_editors import AcknowledgeEditor, ComboEditor, chooses_by_radio
from app.ui.forms.choice_layout import FLOW, arrangement_of
from app.ui.forms.date_editors import DateEditor, MomentEditor, MonthEditor, TimeEditor, YearEditor
from app.ui.forms.editor import Editor
from app.ui.forms.file_editor import FileEditor
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.forms.image_map_editor import ImageMapEditor
from app.ui.forms.number_editors import CounterEditor, DecimalEditor, IntegerEditor
from app.ui.forms.photo_editor import PhotoEditor
from app.ui.forms.range_editor import MOST_IN_A_LIST, MOST_STARS, PickerEditor, SliderEditor, StarsEditor
from app.ui.forms.rank_editor import RankEditor
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.forms.shape_editor import ShapeEditor
from app.ui.forms.text_editors import AddressEditor, DigitsEditor, HiddenEditor, LineEditor, LongTextEditor
from app.ui.look import Look
from core.forms.model.choices import Choice
from core.forms.model.items import Question
from core.forms.model.ranges import NumberRange, range_of

WAYS_TO_DRAW = ("draw", "signature", "annotate")
MOST_ARRANGED = 200  # choices that are shown as buttons because their author wants it
_ROWS_DIGITS = 4  # of the parameter `rows`


def make_editor(look: Look, question: Question, choices: Sequence[Choice], room: int) -> Editor | None:
    """The editor for this question; None for what is only shown (notes, calculates).

    `room` is how many half-width characters of choices fit side by side.
    """
    if question.calculate is not None:
        return None
    match question.kind:
        case "string" | "barcode":
            return _writing(look, question)
        case "geotrace" | "geoshape":
            return ShapeEditor(look, closed=question.kind == "geoshape")
        case "int" | "decimal":
            return _counting(look, question, choices)
        case "date" | "time" | "dateTime":
            return _dating(look, question)
        case "geopoint":
            return GeopointEditor(look)
        case "select_one" | "select_multiple" | "rank":
            return _choosing(look, question, choices, room)
        case "image":
            return PhotoEditor(look, next(filter(question.has_appearance, WAYS_TO_DRAW), ""))
        case "file" | "audio" | "video":
            return FileEditor(look, question.kind)
        case "boolean" | "acknowledge":
            return AcknowledgeEditor(stored=True if question.kind == "boolean" else "OK")
    return None


def _writing(look: Look, question: Question) -> Editor:
    told = question.parameters.get("rows", "")
    rows = int(told) if told.isdecimal() and len(told) <= _ROWS_DIGITS else 0
    if question.has_appearance("multiline") or rows > 1:
        return LongTextEditor(rows) if rows else LongTextEditor()
    if question.has_appearance("masked") or question.has_appearance("hidden-answer"):
        return HiddenEditor(question.unit)
    if question.has_appearance("url"):
        return AddressEditor(look)
    return DigitsEditor(question.unit) if question.has_appearance("numbers") else LineEditor(question.unit)


def _counting(look: Look, question: Question, labels: Sequence[Choice]) -> Editor:
    numbers = range_of(question)
    if numbers is not None:
        return _ranging(look, question, numbers, labels)
    if question.kind == "int" and question.has_appearance("counter"):
        return CounterEditor(question.unit)
    editor = IntegerEditor if question.kind == "int" else DecimalEditor
    return editor(question.unit, thousands=question.has_appearance("thousands-sep"))


def _ranging(look: Look, question: Question, numbers: NumberRange, labels: Sequence[Choice]) -> Editor:
    """A list, stars for few whole numbers, else a slider."""
    if question.has_appearance("picker") and numbers.steps < MOST_IN_A_LIST:
        return PickerEditor(numbers)
    if question.has_appearance("rating") and numbers.steps < MOST_STARS:
        return StarsEditor(numbers)
    return SliderEditor(look, numbers, question, labels)


def _dating(look: Look, question: Question) -> Editor:
    if question.kind == "time":
        return TimeEditor()
    if question.kind == "dateTime":
        return MomentEditor()
    if question.has_appearance("year"):
        return YearEditor()
    if question.has_appearance("month-year"):
        return MonthEditor()
    return DateEditor(look, calendar=not question.has_appearance("no-calendar"))


def _choosing(look: Look, question: Question, choices: Sequence[Choice], room: int) -> Editor:
    """A search where records are chosen, an order where they are ranked, a picture, or a list."""
    if question.refers:
        return ReferenceEditor(look, several=question.kind == "select_multiple")
    if question.kind == "rank":
        return RankEditor(look)
    choosing = _listing(look, question, choices, room)
    if room and question.has_appearance("image-map"):  # a cell of a table has no room for a picture
        return ImageMapEditor(look, choosing, several=question.kind == "select_multiple")
    return choosing


def _listing(
    look: Look, question: Question, choices: Sequence[Choice], room: int
) -> ButtonsEditor | ComboEditor:
    """Buttons where the author arranged them, or for few short choices that stay the same; else a list."""
    arrangement = arrangement_of(question.appearance) if room else None  # a cell has no heads above it
    searched = question.has_appearance("autocomplete") or question.has_appearance("search")
    if question.kind == "select_multiple":
        search = searched or question.has_appearance("minimal")
        return CheckEditor(look.tokens, arrangement or FLOW, search=search)
    changing = question.itemset is not None and question.itemset.filtered
    few = not changing and chooses_by_radio(choices, question.appearance, room)
    arranged = arrangement is not None and (changing or len(choices) <= MOST_ARRANGED)
    pictured = any(choice.media for choice in choices) and not changing
    arranged = arranged or (pictured and len(choices) <= MOST_ARRANGED)
    if few or (arranged and not searched and not question.has_appearance("minimal")):
        editor = RadioEditor(look.tokens, arrangement or FLOW)
        editor.wide = editor.wide or pictured
        return editor
    return ComboEditor(search=searched)
