"""Records of the bundled forms filled with invented answers, the same at each run, for JavaRosa to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Final

from core.forms.filling.session import FormSession, NodeView
from core.forms.model.form import Form
from core.forms.model.items import Question, Repeat
from core.forms.paths import template_path
from core.forms.xform.reading import parse_xform
from core.values import Value, photo_value, point_value
from tests.oracle.replay import RECORD, StandingClock
from tools.compile_forms import FORMS
from tools.oracle.corpus import Script

_DIVISIONS = (
    ("330000000000", "示例省", "", "province"), ("330500000000", "示例市", "330000000000", "prefecture"),
    ("330523000000", "示例县", "330500000000", "county"),
    ("330523101000", "示例镇", "330523000000", "township"),
    ("330523101201", "示例村", "330523101000", "village"),
)  # fmt: skip
_TEXTS = (
    "示例", "示例 <&> \"'", "两行\n示例", "𠀀 示例", "]]> 示例", "13800000000", "2024",
    "330523000000-T001", "5Y 8/1", "#f5f5f5", "330523101900", "330523900000",
)  # fmt: skip
_NUMBERS = (0, 1, 2, 3, 5, 8, 10, 12, 15, 20, 30, 60, 100, 350, 2000, 2015, 2026)
_DAYS = ("2026-11-01", "2026-03-05", "2025-06-30", "2024-02-29")
REFERRED: Final = ("0193e8a0-0000-7000-8000-00000000000a", "0193e8a0-0000-7000-8000-00000000000b")
"""The ids of the records in lists of other records."""
_TRIES = 1500
_MOST_ROWS = 3
_SHARE = 0.9  # of the questions, answered at first


def filled_records() -> Iterator[tuple[Script, FormSession]]:
    """Of each form two, settled: one with as few problems as chance mends, and one filled at random."""
    for form_id in sorted(folder.name for folder in FORMS.iterdir() if (folder / "form.xml").exists()):
        script = installed(form_id)
        form = parse_xform(script.xml, script.media, checked=True)  # no list stands for records
        for told in ("complete", "at random"):
            session = FormSession(form, RECORD, StandingClock())
            chance = Random(f"{form_id} {told}")  # noqa: S311  # no secret
            _fill(session, chance, "")
            if told == "complete":
                _mend(session, chance)
            yield Script(f"{form_id}, {told}", script.xml, (), script.media), session


def installed(form_id: str) -> Script:
    """A bundled form with files in place of the lists outside, as a phone gets them."""
    folder = FORMS / form_id
    xml = (folder / "form.xml").read_bytes()
    media = {file.name: file.read_bytes() for file in (folder / "form-media").glob("*")}
    for name in parse_xform(xml, media).external_lists:
        media[f"{name}.csv"] = _divisions() if name == "divisions" else _records_of(name)
    return Script(form_id, xml, (), media)


def _divisions() -> bytes:
    return _table([("name", "label", "parent", "level"), *_DIVISIONS])


def _records_of(form_id: str) -> bytes:
    """Two records of a form as a list: id, title and every answer outside of repeats."""
    folder = FORMS / form_id
    media = {file.name: file.read_bytes() for file in (folder / "form-media").glob("*")}
    form = parse_xform((folder / "form.xml").read_bytes(), media)
    questions = [one for one in form.questions() if one.asked and one.path.count("/") == 1]
    rows = [(record, "示例", *(_cell(form, one, record) for one in questions)) for record in REFERRED]
    return _table([("name", "label", *(one.name for one in questions)), *rows])


def _table(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cell(form: Form, question: Question, record: str) -> str:
    if question.kind in ("int", "decimal"):
        return "3"
    itemset = question.itemset
    if itemset is None:
        return "示例" if question.kind == "string" else ""
    if itemset.instance_id not in form.lists:
        return record
    items = form.lists[itemset.instance_id].children.get("item", [])
    return items[0].children[itemset.value_column][0].text if items else ""


def _fill(session: FormSession, chance: Random, place: str) -> None:
    for view in session.children(place):
        if isinstance(view.node, Repeat) and view.kind == "repeat" and view.node.count is None:
            for _ in range(chance.randrange(2)):
                session.add_row(view.path)
        if view.kind != "question":
            _fill(session, chance, view.path)
        elif isinstance(view.node, Question) and _is_answered(view.node) and chance.random() < _SHARE:
            session.set(view.path, _answer(session, view.path, view.node, chance))


def _is_answered(question: Question) -> bool:
    return question.asked and question.calculate is None


def _mend(session: FormSession, chance: Random) -> None:
    """Other answers where there is a problem, until there is none or chance finds no better."""
    for _ in range(_TRIES):
        wrong = [one for one in session.problems() if one.severity == "error"]
        if not wrong:
            return
        path = chance.choice(wrong).path
        question = session.form.question(template_path(path))
        if question is None or question.calculate is not None:  # too few rows, or a total of other answers
            _change_another(session, chance)
        else:
            session.set(path, _answer(session, path, question, chance))


def _change_another(session: FormSession, chance: Random) -> None:
    views = list(_everything(session, ""))
    view = chance.choice(views)
    if view.kind == "repeat":
        _fill(session, chance, session.add_row(view.path))
    elif isinstance(view.node, Question):
        session.set(view.path, _answer(session, view.path, view.node, chance))


def _everything(session: FormSession, place: str) -> Iterator[NodeView]:
    """What can be changed: the repeats and the questions that a person answers."""
    for view in session.children(place):
        item = view.node
        mine = isinstance(item, Question) and _is_answered(item)
        if mine or (
            isinstance(item, Repeat) and view.kind == "repeat" and _takes_more(session, view.path, item)
        ):
            yield view
        if view.kind != "question":
            yield from _everything(session, view.path)


def _takes_more(session: FormSession, path: str, repeat: Repeat) -> bool:
    return repeat.count is None and session.relevant(path) and len(session.rows(path)) < _MOST_ROWS


def _answer(session: FormSession, path: str, question: Question, chance: Random) -> Value:
    if question.is_selection:
        offered = [one.value for one in session.choices(path, "zh")]
        several = chance.sample(offered, min(len(offered), chance.randrange(1, 4)))
        return several if question.kind != "select_one" else next(iter(several), None)
    match question.datatype:
        case "int" | "decimal":
            return str(chance.choice(_NUMBERS))
        case "date":
            return chance.choice(_DAYS)
        case "dateTime":
            return f"{chance.choice(_DAYS)}T08:15:00+08:00"
        case "geopoint":
            return point_value(30.5 + chance.randrange(50) / 1000, 119.75, altitude_m=12.0, accuracy_m="4.5")
        case "binary":
            name = chance.choice(("示例 照片.jpg", "1607.jpg", None))
            digest = sha256(str(chance.random()).encode()).hexdigest()
            return photo_value(f"sha256:{digest}", 5, "image/jpeg", name=name)
        case "string":
            return "OK" if question.kind == "acknowledge" else chance.choice(_TEXTS)
    raise ValueError(question.datatype)
