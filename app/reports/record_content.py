"""What a record says on paper, as plain data: headings, fields, tables, photos in the order of its form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from app.i18n import Language, words
from core.documents import shown_size
from core.forms.answers import answer_text
from core.forms.filling.session import FormSession, NodeView
from core.forms.filling.shown_answers import shown_answer
from core.forms.model.items import Question, Repeat
from core.forms.model.markup import plain_words
from core.forms.model.ranges import label_of_number
from core.forms.model.vector_pictures import is_vector_picture
from core.forms.paths import path_beside
from core.privacy import mask_personal
from core.values import Value, photo_digests

MOST_COLUMNS: Final = 6  # a repeat with more questions is printed row by row
WIDEST_TABLE: Final = 8  # columns of a repeat that is a table in any case; the others follow in the next one
LONG_TEXT: Final = 24  # characters from which a value gets the whole width
CHECKSUM_DIGITS: Final = 16  # of a SHA-256: enough to tell any two files apart that a record can have
MOST_ILLUSTRATED: Final = 24  # choices of one question whose pictures are printed: a page and a half
FORM_FILE: Final = "form:"  # before the name of a picture that lies in the form and not among the photos
DAYS: Final = frozenset({"date", "dateTime"})
HIDEABLE: Final = frozenset({"string", "barcode"})  # kinds whose text can be hidden in part


@dataclass(frozen=True)
class Heading:
    """The title of a group; level 1 is the outermost."""

    text: str
    level: int


@dataclass(frozen=True)
class Field:
    """A question and its answer with unit; `wide` asks for the whole width."""

    label: str
    value: str
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """The rows of a repeat."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    """The columns of numbers."""


@dataclass(frozen=True)
class Photo:
    """A photo by the digests of its original and its preview; `reason` is printed where neither can be.

    A picture of the form stands by its name, after FORM_FILE.
    `stamp` is written on the printed picture.
    """

    caption: str
    digests: tuple[str, ...]
    reason: str = ""
    stamp: str = ""


Entry = Heading | Field | Table | Photo


@dataclass(frozen=True)
class RecordContent:
    """A record ready for paper."""

    title: str
    subtitle: str
    entries: tuple[Entry, ...]
    masked: bool = False
    number: str = ""
    """The record's own number, as people write it; "" where its form gives none."""

    @property
    def photos(self) -> int:
        """How many photos there are to print."""
        return sum(1 for entry in self.entries if isinstance(entry, Photo) and entry.digests)


def read_record(
    session: FormSession,
    lang: Language,
    *,
    calculated: Mapping[str, Value] | None = None,
    hide_personal: bool = True,
    blank: str = "",
) -> RecordContent:
    """The relevant answers of a record. Personal ones are hidden in part unless told otherwise; what its form
    keeps off paper, and photos of people who did not agree, are never in it.

    `calculated` are the calculations as seen when the record was finalised; they are printed, not new ones.
    `blank` stands where nothing was answered.
    """
    reader = _Reader(session, lang, calculated or {}, hide=hide_personal, blank=blank)
    entries = tuple(reader.entries("", 1))
    number = _number_of(session, lang)
    return RecordContent(session.form.title(lang), session.title(lang), entries, reader.hid, number)


class _Reader:
    """Walks a form; remembers whether it hid anything."""

    def __init__(
        self, session: FormSession, lang: Language, calculated: Mapping[str, Value], *, hide: bool, blank: str
    ) -> None:
        self._session = session
        self._calculated = calculated
        self._lang = lang
        self._say: Mapping[str, str] = words(lang)
        self._hide = hide
        self._blank = blank
        self.hid = False
        self._photos = 0

    def entries(self, path: str, level: int) -> Iterator[Entry]:
        for view in self._session.children(path):
            if not self._session.relevant(view.path) or view.node.paper == "never":
                continue
            if view.kind == "group":
                label = self._label(view.path)
                if label:
                    yield Heading(" ".join(label.split()), level)
                yield from self.entries(view.path, level + 1 if label else level)
            elif view.kind == "repeat":
                yield from self._repeat(view, level)
            else:
                yield from self._question(view)

    def _question(self, view: NodeView) -> Iterator[Entry]:
        question = cast(Question, view.node)
        label = self._label(view.path)
        if not label or question.has_appearance("label") or self._only_says(view.path, question):
            return
        if question.kind == "image":
            if self._session.value(view.path) is not None:
                yield self._photo(view.path, question, [label])
            return
        value = self._value(view.path, question)
        wide = question.width == "full" or question.has_appearance("multiline") or len(value) > LONG_TEXT
        yield Field(label, value or self._blank, wide)
        if not value and not self._blank:
            yield from self._illustrations(view.path, question, label)

    def _illustrations(self, path: str, question: Question, label: str) -> Iterator[Photo]:
        """The form's pictures of a question that is still open, and of what can be chosen: help to decide.

        An SVG is drawn on screen alone.
        """
        files = self._session.form.media
        if not files:
            return
        shown = [(self._session.media(path, self._lang).image, label)]
        if question.is_selection and not question.refers:
            choices = self._session.choices(path, self._lang)[:MOST_ILLUSTRATED]
            shown += [(choice.media.image, choice.label) for choice in choices]
        for name, caption in shown:
            if name in files and not is_vector_picture(files[name]):
                yield Photo(caption, (f"{FORM_FILE}{name}",), self._say["paper.picture_absent"])

    def _repeat(self, view: NodeView, level: int) -> Iterator[Entry]:
        repeat = cast(Repeat, view.node)
        label = repeat.label(self._lang)
        rows = self._session.rows(view.path)
        picture = next((c for c in repeat.children if isinstance(c, Question) and c.kind == "image"), None)
        if picture is not None:
            for row in rows:
                if self._session.value(f"{row}/{picture.step}") is not None:
                    yield self._photo(f"{row}/{picture.step}", picture, self._beside(row, picture))
            return
        columns = [child for child in repeat.children if isinstance(child, Question) and self._printed(child)]
        if label:
            yield Heading(label, level)
        if not rows:
            yield Field(label or repeat.name, self._say["paper.nothing"], wide=True)
        elif repeat.paper == "table":
            yield from self._tables(columns, rows)
        elif len(columns) <= MOST_COLUMNS and all(isinstance(child, Question) for child in repeat.children):
            yield self._table(columns, rows)
        else:
            for number, row in enumerate(rows, 1):
                yield Heading(self._row_name(repeat, row, number), level + 1)
                yield from self.entries(row, level + 2)

    def _label(self, path: str) -> str:
        """The words of a label; paper cannot be clicked, so the addresses of its links stand in it."""
        return plain_words(self._session.marked(path, self._lang, "label"), addresses=True)

    def _only_says(self, path: str, question: Question) -> bool:
        """Whether it is a note. A text that may only be read is one too, but for its answer."""
        return question.kind == "note" and self._session.value(path) is None

    def _row_name(self, repeat: Repeat, row: str, number: int) -> str:
        """The name that a row's own answers give it, else its number."""
        numbered, own = self._say["paper.row_number"].format(number=number), self._label(row)
        named = own and own != repeat.text.plain(self._lang)
        return f"{numbered}　{' '.join(own.split())}" if named else numbered

    def _printed(self, question: Question) -> bool:
        shown = question.kind != "note" and question.paper != "never"
        return shown and bool(question.label(self._lang))

    def _tables(self, columns: list[Question], rows: list[str]) -> Iterator[Table]:
        """The columns that anybody answered; the first one, which tells the rows apart, begins each table."""
        first, *others = columns
        answered = [one for one in others if any(self._cell(f"{row}/{one.step}", one) for row in rows)]
        step = WIDEST_TABLE - 1
        for start in range(0, max(1, len(answered)), step):
            part = [first, *answered[start : start + step]]
            cells = (tuple(self._cell(f"{row}/{one.step}", one) for one in part) for row in rows)
            yield Table(tuple(map(self._head, part)), tuple(cells), _numeric(part))

    def _table(self, columns: list[Question], rows: list[str]) -> Table:
        heads = (self._say["paper.number"], *(self._head(column) for column in columns))
        lines = []
        for number, row in enumerate(rows, 1):
            cells = [self._cell(f"{row}/{column.step}", column) for column in columns]
            lines.append((str(number), *cells))
        return Table(heads, tuple(lines), frozenset(place + 1 for place in _numeric(columns)))

    def _head(self, question: Question) -> str:
        label = question.short_label(self._lang)
        return f"{label}（{question.unit}）" if question.unit else label

    def _cell(self, path: str, question: Question) -> str:
        return self._value(path, question, unit=False) if self._session.relevant(path) else ""

    def _beside(self, row: str, picture: Question) -> list[str]:
        """The other answers of a photo's row, for its caption."""
        texts = []
        for view in self._session.children(row):
            question = view.node
            if isinstance(question, Question) and question is not picture and self._printed(question):
                hidden = self._hides(question)
                if not hidden and self._session.relevant(view.path):
                    texts.append(self._value(view.path, question))
        return [text for text in texts if text]

    def _photo(self, path: str, question: Question, texts: list[str]) -> Photo:
        self._photos += 1
        number = self._say["paper.photo_number"].format(number=self._photos)
        caption = "　".join([number, *texts])
        if self._hides(question):
            self.hid = True
            return Photo(caption, (), self._say["paper.photo_hidden"])
        if not may_print(self._session, path, question):
            return Photo(caption, (), self._say["paper.photo_no_consent"])
        digests = tuple(photo_digests(self._session.value(path)))
        stamp = stamp_of(self._session, path, question, self._calculated, self._lang)
        return Photo(caption, digests, self._say["paper.photo_absent"], stamp)

    def _hides(self, question: Question) -> bool:
        return self._hide and question.personal in {"personal", "sensitive"}

    def _value(self, path: str, question: Question, *, unit: bool = True) -> str:
        value = self._calculated.get(path, self._session.value(path))
        if value is None or value == "":
            return ""
        text = self._readable(path, question, value)
        if self._hides(question):
            self.hid = True
            return mask_personal(text) if question.kind in HIDEABLE else self._say["paper.hidden"]
        return f"{text} {question.unit}" if unit and question.unit and text else text

    def _readable(self, path: str, question: Question, value: Value) -> str:
        match question.kind, value:
            case "geopoint", {"g": {"coordinates": [longitude, latitude, *_]}}:
                text = self._say["paper.point"].format(latitude=latitude, longitude=longitude)
                accuracy = cast(dict[str, dict[str, str]], value).get("acc", {}).get("d")
                return text + (self._say["paper.accuracy"].format(metres=accuracy) if accuracy else "")
            case (("date" | "dateTime"), str()):
                return _shown_date(question, value, self._lang)
            case (("boolean" | "acknowledge"), bool()):
                return self._say["paper.yes" if value else "paper.no"]
            case "acknowledge", "OK":
                return self._say["paper.yes"]
            case "rank", list():
                names = (self._session.shown_value(path, [name], self._lang) for name in value)
                return "　".join(f"{place}. {name}" for place, name in enumerate(names, 1))
            case (("int" | "decimal"), _):
                told = label_of_number(question, value, self._session.choices(path, self._lang))
                return " ".join(filter(None, (shown_answer(question, answer_text(value)), told)))
            case (("time" | "geotrace" | "geoshape"), _):
                return shown_answer(question, answer_text(value))
            case (("file" | "audio" | "video"), {"b": str() as digest, "n": int() as size}):
                name, checksum = answer_text(value), digest.rpartition(":")[2][:CHECKSUM_DIGITS]
                return self._say["paper.file"].format(name=name, size=shown_size(size), checksum=checksum)
        return self._session.shown_value(path, value, self._lang)


def stamp_of(
    session: FormSession, path: str, question: Question, calculated: Mapping[str, Value], lang: Language
) -> str:
    """What its form wants written on a printed photo, with the day it was taken; "" for nothing.

    `calculated` as in `read_record`.
    """
    asked = session.form.beside(question, question.stamp)
    if asked is None:
        return ""
    said = path_beside(path, asked.path)
    text = answer_text(calculated.get(said, session.value(said)))
    if not text:
        return ""
    beside = session.children(path.rpartition("/")[0])
    days = (view.path for view in beside if isinstance(view.node, Question) and view.node.kind in DAYS)
    taken = next((str(session.value(day) or "")[:10] for day in days), "")
    return f"{text}　{shown_day(taken, lang)}" if taken else text


def _number_of(session: FormSession, lang: Language) -> str:
    """The answer that no other record of the form should have."""
    unique = (question.path for question in session.form.questions() if question.unique)
    path = next((path for path in unique if session.relevant(path)), "")
    return session.shown(path, lang) if path else ""


def _numeric(columns: Sequence[Question]) -> frozenset[int]:
    """The places of those that are answered with numbers."""
    return frozenset(place for place, one in enumerate(columns) if one.datatype in {"int", "decimal"})


def may_print(session: FormSession, path: str, question: Question) -> bool:
    """Whether those on a photo agree to its use, where its form asks for that."""
    asked = session.form.beside(question, question.consent)
    said = path_beside(path, asked.path) if asked is not None else ""
    if asked is None or not session.relevant(said):
        return True
    return session.value(said) == "yes"


def _shown_date(question: Question, text: str, lang: Language) -> str:
    """A day, or no more of it than is asked for."""
    shown = shown_answer(question, text)
    if shown == text or question.kind != "date":
        return shown_day(text, lang)
    year, _, month = shown.partition("-")
    key = "paper.month" if month else "paper.year"
    return words(lang)[key].format(year=int(year), month=int(month or 1))


def shown_day(text: str, lang: Language) -> str:
    """An ISO date, or date and time, as people write it; what is neither stays as it is."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    key = "paper.moment" if "T" in text else "paper.day"
    return words(lang)[key].format(year=when.year, month=when.month, day=when.day, time=f"{when:%H:%M}")
