"""The rows of the survey sheet, made from an XForm: a question, group or repeat each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from core.errors import KnownError
from core.forms.filling.answer_tree import ROW_ID_QUESTION
from core.forms.model.items import Repeat
from core.forms.sheets.cells import control_cells, default_cells, logic_cells
from core.forms.sheets.lists import SheetLists, tick_labels
from core.forms.sheets.source import SELECTS, Cells, SheetSource
from core.forms.xform_names import JAVAROSA, NAMESPACES, local_name

_TYPES: Final = {
    "string": "text", "int": "integer", "decimal": "decimal", "date": "date", "time": "time",
    "dateTime": "dateTime", "geopoint": "geopoint", "geotrace": "geotrace", "geoshape": "geoshape",
    "barcode": "barcode",
}  # fmt: skip
_PRELOADS: Final = {
    ("timestamp", "start"): "start", ("timestamp", "end"): "end", ("date", "today"): "today",
    ("property", "deviceid"): "deviceid", ("property", "username"): "username",
    ("property", "email"): "email", ("property", "phonenumber"): "phonenumber",
}  # fmt: skip
_ODK: Final = f"{{{NAMESPACES['odk']}}}"


def survey_rows(source: SheetSource, lists: SheetLists) -> list[Cells]:
    """The rows of the survey; lists of questions with choices of their own come to `lists`.

    Raises KnownError "form_not_sheets" for a form with parts that XLSForm cannot say.
    """
    survey = [*_SurveyRows(source, lists).inside(source.data, source.top), *_audit(source)]
    for row in lists.rows_of_files():
        survey.insert(_place_of_list(source, survey, row["name"]), row)
    return survey


def _audit(source: SheetSource) -> Iterator[Cells]:
    """The row that asks phones to write down how the form was filled in."""
    bind = source.binds.get(f"{source.top}/meta/audit")
    if bind is not None:
        said = (f"{local_name(key)}={value}" for key, value in bind.attrib.items() if key.startswith(_ODK))
        parameters = " ".join(said)
        yield {"type": "audit", "name": "audit"} | ({"parameters": parameters} if parameters else {})


def _place_of_list(source: SheetSource, survey: list[Cells], name: str) -> int:
    """The first row, or inside the first group where a question of that name stands beside it."""
    if all(local_name(child.tag) != name for child in source.data):
        return 0
    return next((at for at, row in enumerate(survey, 1) if row["type"] == "begin_group"), 0)


class _SurveyRows:
    """Walks one XForm once, in the order of its body."""

    def __init__(self, source: SheetSource, lists: SheetLists) -> None:
        self._source, self._lists = source, lists
        self._places = {ref: at for at, ref in enumerate(source.controls)}

    def inside(self, element: Element, path: str) -> Iterator[Cells]:
        """The rows of what stands in an element of the instance."""
        for name in self._names(element, path):
            ref = f"{path}/{name}"
            control, node = self._source.controls.get(ref), self._source.node(ref)
            if ref in self._source.repeats and control is not None:
                yield self._repeat(self._source.repeats[ref], control, ref)
                yield from self.inside(node, ref)
                yield {"type": "end_repeat"}
            elif control is not None and local_name(control.tag) == "group":
                yield self._begun(control, "begin_group", ref)
                yield from self.inside(node, ref)
                yield {"type": "end_group"}
            elif control is not None:
                yield self._question(control, local_name(control.tag))
            elif len(node):
                raise KnownError("form_not_sheets", form=self._source.form.form_id)
            else:
                cells = self._hidden(ref, name)
                if not (name == ROW_ID_QUESTION and cells.get("calculation", "").strip() == "once(uuid())"):
                    yield cells

    def _names(self, element: Element, path: str) -> list[str]:
        """What stands in a group, in the order of the instance; of the body, where the two differ."""
        written = dict.fromkeys(local_name(child.tag) for child in element)
        names = [name for name in written if (path, name) != (self._source.top, "meta")]
        asked = [name for name in names if f"{path}/{name}" in self._source.controls]
        shown = sorted(asked, key=lambda name: self._places[f"{path}/{name}"])
        return names if asked == shown else [*shown, *(name for name in names if name not in shown)]

    def _repeat(self, repeat: Element, heading: Element, ref: str) -> Cells:
        cells = self._begun(heading, "begin_repeat", ref)
        if not cells.get("appearance") and repeat.get("appearance"):
            cells["appearance"] = repeat.get("appearance", "")
        item = self._source.form.at(tuple(ref.split("/")[1:]))
        if isinstance(item, Repeat) and not item.first_rows and "cj-photos" not in item.appearance:
            cells["bind::cj:first"] = "none"
        count = repeat.get(f"{JAVAROSA}count")
        name = (count or "").strip().rpartition("/")[2]
        if count and name in self._source.unique:
            cells["repeat_count"] = f"${{{name}}}"  # any other expression gets a hidden question of its own
        elif count:
            cells["repeat_count"] = self._source.texts.expression(count)
        return cells

    def _begun(self, element: Element, kind: str, ref: str) -> Cells:
        cells = {"type": kind, "name": ref.rpartition("/")[2], **self._source.texts.shown(element)}
        return cells | control_cells(element) | logic_cells(self._source, ref)

    def _question(self, element: Element, tag: str) -> Cells:
        ref = element.get("ref", "")
        bind = self._source.binds.get(ref)
        stored = (bind.get("type", "string") if bind is not None else "string").rpartition(":")[2]
        cells = {"type": "", "name": ref.rpartition("/")[2], **self._source.texts.shown(element)}
        cells |= control_cells(element) | logic_cells(self._source, ref) | default_cells(self._source, ref)
        if tag in SELECTS:
            cells |= self._lists.select_cells(element, tag, cells)
            usual = "odk:rank" if tag == "rank" else "string"
        elif tag == "upload":
            media = element.get("mediatype", "").partition("/")[0]
            cells["type"], usual = media if media in {"image", "audio", "video"} else "file", "binary"
        elif tag in {"trigger", "range"}:
            cells["type"], usual = ("acknowledge", "string") if tag == "trigger" else ("range", stored)
            if labels := tick_labels(element):
                cells["parameters"] += f" tick_labelset={labels}"
        else:
            note = bind is not None and bind.get("readonly") == "true()" and stored == "string"
            filled = cells.get("calculation") or cells.get("default")
            cells["type"] = "note" if note and not filled else _TYPES.get(stored, "text")
            usual = stored if stored in _TYPES else "string"
            if cells["type"] == "note":
                del cells["readonly"]
        if stored != usual and tag != "rank":
            cells["bind::type"] = stored
        return cells

    def _hidden(self, ref: str, name: str) -> Cells:
        bind = self._source.binds.get(ref)
        words = self._source.texts.named(f"{ref}:label", "label")  # shown nowhere, and yet its author's
        cells = {"type": "hidden", "name": name, **words}
        cells |= logic_cells(self._source, ref) | default_cells(self._source, ref)
        if bind is None:
            return cells
        preload = bind.get(f"{JAVAROSA}preload", ""), bind.get(f"{JAVAROSA}preloadParams", "")
        if preload in _PRELOADS:
            return cells | {"type": _PRELOADS[preload]}
        stored = bind.get("type", "string").rpartition(":")[2]
        kind = "calculate" if cells.get("calculation") else "hidden"
        return cells | {"type": kind} | ({"bind::type": stored} if stored != "string" else {})
