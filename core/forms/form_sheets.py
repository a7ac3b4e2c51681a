"""The sheets of an installed form, made from its XForm: what its author would have written in XLSForm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from core.errors import KnownError
from core.forms.answer_tree import ROW_ID_QUESTION
from core.forms.comparison import form_content
from core.forms.model import Form, Repeat
from core.forms.sheet_texts import SheetTexts
from core.forms.workbook import Row, Sheet, Workbook
from core.forms.xform import CUNJIANG, JAVAROSA, XHTML, parse_xform
from core.forms.xform_texts import NAMESPACES, XFORMS, local_name
from core.forms.xlsform import compile_sheets

Cells = dict[str, str]
Sheets = dict[str, list[Cells]]

_PREFIX: Final = {uri: prefix for prefix, uri in NAMESPACES.items()}
_ITEMSET = re.compile(
    r"\s*(?P<random>randomize\()?\s*(?:instance\('(?P<list>[^']+)'\)/root/item|(?P<rows>/[\w./-]+))"
    r"\s*(?:\[(?P<filter>.*)\])?"
    r"\s*(?:,(?P<seed>[^\])]*(?:\([^)]*\))?[^\])]*))?\)?\s*",
    re.DOTALL,
)
_OWN_CELL = re.compile(r" ?\./([\w.-]+) ?")
_FIRST: Final = (
    "type", "list_name", "form_title", "form_id", "version", "name", "label", "hint", "required",
    "required_message", "constraint", "constraint_message", "relevant", "readonly", "calculation", "trigger",
    "default", "choice_filter", "repeat_count", "appearance", "parameters",
)  # fmt: skip
"""Columns in the order in which authors look for them; others follow as they come."""
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
_SELECTS: Final = {"select1": "select_one", "select": "select_multiple", "rank": "rank"}
_CONTROLS: Final = {"input", "secret", "upload", "trigger", "range", *_SELECTS}
_LOGIC: Final = {
    "relevant": "relevant", "constraint": "constraint", "calculate": "calculation", "required": "required",
    "readonly": "readonly",
}  # fmt: skip
_MESSAGES: Final = {
    f"{JAVAROSA}constraintMsg": "constraint_message",
    f"{JAVAROSA}requiredMsg": "required_message",
}
_SAID_ELSEWHERE: Final = {
    "nodeset", "type", f"{JAVAROSA}preload", f"{JAVAROSA}preloadParams", *_LOGIC, *_MESSAGES,
}  # fmt: skip
_PARAMETERS: Final = {
    "start": "start", "end": "end", "step": "step", "rows": "rows", "incremental": "incremental",
    "accuracyThreshold": "capture-accuracy", "unacceptableAccuracyThreshold": "warning-accuracy",
    f"{{{NAMESPACES['odk']}}}tick-interval": "tick_interval",
    f"{{{NAMESPACES['odk']}}}placeholder": "placeholder",
}  # fmt: skip
_ODK: Final = f"{{{NAMESPACES['odk']}}}"
_BIND_PARAMETERS: Final = {
    f"{{{NAMESPACES['orx']}}}max-pixels": "max-pixels",
    f"{{{NAMESPACES['odk']}}}quality": "quality",
    f"{{{NAMESPACES['odk']}}}allow-mock-accuracy": "allow-mock-accuracy",
}


def form_sheets(form: Form) -> Workbook:
    """The sheets survey, choices and settings, which compile to a form that says the same.

    References are written as `${name}` where that comes back as it was. Raises KnownError "form_not_sheets"
    for a form with parts that XLSForm cannot say.
    """
    wanted = form_content(form)
    for friendly in (True, False):
        sheets = _Sheets(form, friendly=friendly).sheets()
        try:
            again = parse_xform(compile_sheets(sheets).xml, form.media)
        except KnownError:
            continue
        if form_content(again) == wanted:
            return Workbook({name: _sheet(rows) for name, rows in sheets.items() if rows})
    raise KnownError("form_not_sheets", form=form.form_id)


def _sheet(rows: list[Cells]) -> Sheet:
    columns = dict.fromkeys(column for row in rows for column in row)
    places = {column: at for at, column in enumerate(_FIRST)}
    ordered = sorted(columns, key=lambda column: places.get(column.partition("::")[0], len(places)))
    return Sheet(tuple(ordered), tuple(Row(at, row) for at, row in enumerate(rows, 2)))


class _Sheets:
    """Walks one XForm once, in the order of its body."""

    def __init__(self, form: Form, *, friendly: bool) -> None:
        root: Element = fromstring(form.xml, forbid_dtd=True)
        model, body = root.find(f"{XHTML}head/{XFORMS}model"), root.find(f"{XHTML}body")
        assert model is not None  # it was read before
        assert body is not None  # as above
        self._form, self._model, self._body = form, model, body
        self._title = (root.findtext(f"{XHTML}head/{XHTML}title") or "").strip()
        self._data = model.findall(f"{XFORMS}instance")[0][0]
        self._top = "/" + local_name(self._data.tag)
        names = Counter(item.name for item in form.items())
        self._unique = {name for name, times in names.items() if times == 1}
        self._texts = SheetTexts(model, self._unique if friendly else set())
        self._binds = {
            (bind.get("nodeset") or bind.get("ref") or "").strip(): bind
            for bind in model.findall(f"{XFORMS}bind")
        }
        self._controls: dict[str, Element] = {}
        self._repeats: dict[str, Element] = {}
        self._read_body(body)
        self._places = {ref: at for at, ref in enumerate(self._controls)}
        self._triggers: dict[str, list[tuple[str, Element]]] = {}
        for asked, one in self._changes(body):
            self._triggers.setdefault(one.get("ref", ""), []).append((asked, one))
        self._lists: dict[str, Element] = {}
        self._files: dict[str, str] = {}
        self._asked_files: set[str] = set()
        self._choices: list[Cells] = []
        self._read_lists()

    def sheets(self) -> Sheets:
        """Everything, the settings last because they name the languages."""
        survey = [*self._inside(self._data, self._top), *self._audit()]
        for name in sorted(set(self._files) - self._asked_files):
            ending = self._files[name].rpartition(".")[2]
            row = {"type": f"{'xml' if ending == 'xml' else 'csv'}-external", "name": name}
            survey.insert(self._place_of_list(survey, name), row)
        return {"survey": survey, "choices": self._choices, "settings": [self._settings()]}

    def _audit(self) -> Iterator[Cells]:
        """The row that asks phones to write down how the form was filled in."""
        bind = self._binds.get(f"{self._top}/meta/audit")
        if bind is not None:
            said = (
                f"{local_name(key)}={value}" for key, value in bind.attrib.items() if key.startswith(_ODK)
            )
            yield {"type": "audit", "name": "audit"} | (
                {"parameters": text} if (text := " ".join(said)) else {}
            )

    def _place_of_list(self, survey: list[Cells], name: str) -> int:
        """The first row, or inside the first group where a question of that name stands beside it."""
        if all(local_name(child.tag) != name for child in self._data):
            return 0
        return next((at for at, row in enumerate(survey, 1) if row["type"] == "begin_group"), 0)

    # The rows, in the order of the instance

    def _read_body(self, parent: Element) -> None:
        for element in parent:
            tag, ref = local_name(element.tag), element.get("ref") or element.get("nodeset")
            if tag == "repeat" and ref:
                self._repeats[ref] = element
                self._controls.setdefault(ref, element)
            elif ref and (tag == "group" or tag in _CONTROLS):
                self._controls[ref] = element
            if tag in {"group", "repeat"}:
                self._read_body(element)

    def _inside(self, element: Element, path: str) -> Iterator[Cells]:
        for name in self._names(element, path):
            ref = f"{path}/{name}"
            control, node = self._controls.get(ref), self._node(ref)
            if ref in self._repeats and control is not None:
                yield self._repeat(self._repeats[ref], control, ref)
                yield from self._inside(node, ref)
                yield {"type": "end_repeat"}
            elif control is not None and local_name(control.tag) == "group":
                yield self._begun(control, "begin_group", ref)
                yield from self._inside(node, ref)
                yield {"type": "end_group"}
            elif control is not None:
                yield self._question(control, local_name(control.tag))
            elif len(node):
                raise KnownError("form_not_sheets", form=self._form.form_id)
            else:
                cells = self._hidden(ref, name)
                if not (name == ROW_ID_QUESTION and cells.get("calculation", "").strip() == "once(uuid())"):
                    yield cells

    def _names(self, element: Element, path: str) -> list[str]:
        """What stands in a group, in the order of the instance; of the body, where the two differ."""
        written = dict.fromkeys(local_name(child.tag) for child in element)
        names = [name for name in written if (path, name) != (self._top, "meta")]
        asked = [name for name in names if f"{path}/{name}" in self._controls]
        shown = sorted(asked, key=lambda name: self._places[f"{path}/{name}"])
        return names if asked == shown else [*shown, *(name for name in names if name not in shown)]

    def _repeat(self, repeat: Element, heading: Element, ref: str) -> Cells:
        cells = self._begun(heading, "begin_repeat", ref)
        if not cells.get("appearance") and repeat.get("appearance"):
            cells["appearance"] = repeat.get("appearance", "")
        item = self._form.at(tuple(ref.split("/")[1:]))
        if isinstance(item, Repeat) and not item.first_rows and "cj-photos" not in item.appearance:
            cells["bind::cj:first"] = "none"
        count = repeat.get(f"{JAVAROSA}count")
        name = (count or "").strip().rpartition("/")[2]
        if count and name in self._unique:
            cells["repeat_count"] = f"${{{name}}}"  # any other expression gets a hidden question of its own
        elif count:
            cells["repeat_count"] = self._texts.expression(count)
        return cells

    def _begun(self, element: Element, kind: str, ref: str) -> Cells:
        cells = {"type": kind, "name": ref.rpartition("/")[2], **self._texts.shown(element)}
        return cells | self._attributes(element) | self._logic(ref)

    def _question(self, element: Element, tag: str) -> Cells:
        ref = element.get("ref", "")
        bind = self._binds.get(ref)
        stored = (bind.get("type", "string") if bind is not None else "string").rpartition(":")[2]
        cells = {"type": "", "name": ref.rpartition("/")[2], **self._texts.shown(element)}
        cells |= self._attributes(element) | self._logic(ref) | self._defaults(ref)
        if tag in _SELECTS:
            cells |= self._select(element, tag, cells)
            usual = "odk:rank" if tag == "rank" else "string"
        elif tag == "upload":
            media = element.get("mediatype", "").partition("/")[0]
            cells["type"], usual = media if media in {"image", "audio", "video"} else "file", "binary"
        elif tag in {"trigger", "range"}:
            cells["type"], usual = ("acknowledge", "string") if tag == "trigger" else ("range", stored)
            itemset = element.find(f"{XFORMS}itemset")
            if itemset is not None and (labels := _ITEMSET.fullmatch(itemset.get("nodeset", ""))):
                cells["parameters"] += f" tick_labelset={labels.group('list')}"
        else:
            note = bind is not None and bind.get("readonly") == "true()" and stored == "string"
            cells["type"] = "note" if note and not self._is_filled(cells) else _TYPES.get(stored, "text")
            usual = stored if stored in _TYPES else "string"
            if cells["type"] == "note":
                del cells["readonly"]
        if stored != usual and tag != "rank":
            cells["bind::type"] = stored
        return cells

    @staticmethod
    def _is_filled(cells: Cells) -> bool:
        return bool(cells.get("calculation") or cells.get("default"))

    def _select(self, element: Element, tag: str, cells: Cells) -> Cells:
        itemset = element.find(f"{XFORMS}itemset")
        kind = _SELECTS[tag]
        if itemset is None:
            listed = f"{cells['name']}_choices"
            self._choices += [
                {"list_name": listed, "name": (item.findtext(f"{XFORMS}value") or "").strip()}
                | self._texts.of(item.find(f"{XFORMS}label"), "label")
                for item in element.findall(f"{XFORMS}item")
            ]
            return {"type": f"{kind} {listed}"}
        match = _ITEMSET.fullmatch(itemset.get("nodeset", ""))
        if match is None:
            raise KnownError("form_not_sheets", form=self._form.form_id)
        value = itemset.find(f"{XFORMS}value")
        of_rows = value.get("ref", "") if value is not None and match.group("rows") else ""
        listed = f"${{{of_rows}}}" if of_rows else match.group("list")
        written = {"type": f"{kind} {listed}"}
        if listed in self._files:
            self._asked_files.add(listed)
            written["type"] = f"{kind}_from_file {self._files[listed]}"
        said = [cells["parameters"]] if cells.get("parameters") else []
        if match.group("random"):
            said.append("randomize=true")
            said += [f"seed={self._texts.expression(match.group('seed'))}"] if match.group("seed") else []
        if listed in self._files:
            said += self._columns(itemset)
        if said:
            written["parameters"] = " ".join(said)
        if of_rows and match.group("filter") != f"./{of_rows} != ''":  # else pyxform puts it there
            written["choice_filter"] = _OWN_CELL.sub(r"${\1}", match.group("filter") or "true()")
        elif match.group("filter") and not of_rows:
            written["choice_filter"] = self._texts.expression(match.group("filter"))
        return written

    def _columns(self, itemset: Element) -> Iterator[str]:
        for part, usual in (("value", "name"), ("label", "label")):
            found = itemset.find(f"{XFORMS}{part}")
            column = found.get("ref", usual) if found is not None else usual
            if column != usual:
                yield f"{part}={column}"

    def _hidden(self, ref: str, name: str) -> Cells:
        bind = self._binds.get(ref)
        words = self._texts.named(f"{ref}:label", "label")  # shown nowhere, and yet its author's
        cells = {"type": "hidden", "name": name, **words, **self._logic(ref), **self._defaults(ref)}
        if bind is None:
            return cells
        preload = bind.get(f"{JAVAROSA}preload", ""), bind.get(f"{JAVAROSA}preloadParams", "")
        if preload in _PRELOADS:
            return cells | {"type": _PRELOADS[preload]}
        stored = bind.get("type", "string").rpartition(":")[2]
        kind = "calculate" if cells.get("calculation") else "hidden"
        return cells | {"type": kind} | ({"bind::type": stored} if stored != "string" else {})

    # The cells of a row

    def _logic(self, ref: str) -> Cells:
        bind = self._binds.get(ref)
        if bind is None:
            return {}
        cells: Cells = {}
        for attribute, column in _LOGIC.items():
            source = bind.get(attribute)
            if source:
                cells[column] = "yes" if source == "true()" and column in {"required", "readonly"} else (
                    self._texts.expression(source)
                )  # fmt: skip
        for attribute, column in _MESSAGES.items():
            if bind.get(attribute):
                cells |= self._texts.message(bind.get(attribute, ""), column)
        parameters = [f"{name}={bind.get(key)}" for key, name in _BIND_PARAMETERS.items() if bind.get(key)]
        if parameters:
            cells["parameters"] = " ".join(parameters)
        for key, value in bind.attrib.items():
            if key not in _SAID_ELSEWHERE and key not in _BIND_PARAMETERS:
                cells[f"bind::{_prefixed(key)}"] = value
        return cells

    def _attributes(self, element: Element) -> Cells:
        cells: Cells = {}
        parameters = []
        for key, value in element.attrib.items():
            if key == "appearance":
                cells["appearance"] = value
            elif key in _PARAMETERS:
                parameters.append(f"{_PARAMETERS[key]}={value}")
            elif key not in {"ref", "nodeset", "mediatype", f"{JAVAROSA}count", f"{JAVAROSA}noAddRemove"}:
                cells[f"body::{_prefixed(key)}"] = value
        if parameters:
            cells["parameters"] = " ".join(parameters)
        return cells

    def _defaults(self, ref: str) -> Cells:
        """What a question is answered with: at the start, or when another one changes."""
        cells: Cells = {}
        triggers = self._triggers.get(ref)
        if triggers is not None:
            cells["trigger"] = ", ".join(f"${{{asked.rpartition('/')[2]}}}" for asked, _ in triggers)
            action = triggers[0][1]
            if action.get("value"):
                cells["calculation"] = self._texts.expression(action.get("value", ""))
        dynamic = next(
            (
                one
                for parent in (self._model, *self._body.iter(f"{XFORMS}repeat"))
                for one in parent.findall(f"{XFORMS}setvalue")
                if one.get("ref") == ref
            ),
            None,
        )
        static = (self._node(ref).text or "").strip()
        default = self._texts.expression(dynamic.get("value", "")) if dynamic is not None else static
        return cells | ({"default": default} if default else {})

    def _changes(self, body: Element) -> Iterator[tuple[str, Element]]:
        for control in body.iter():
            if local_name(control.tag) != "repeat":
                for action in control.findall(f"{XFORMS}setvalue"):
                    yield control.get("ref", ""), action

    def _node(self, ref: str) -> Element:
        found = self._data
        for name in ref.split("/")[2:]:
            found = next(child for child in found if local_name(child.tag) == name)
        return found

    # Lists and settings

    def _read_lists(self) -> None:
        for instance in self._model.findall(f"{XFORMS}instance")[1:]:
            listed, source = instance.get("id", ""), instance.get("src", "")
            if listed in self._form.last_saved:
                continue  # compiled for whoever refers to it
            if not len(instance):
                self._files[listed] = source.rpartition("/")[2]
                continue
            for item in instance[0]:
                cells = {"list_name": listed}
                for cell in item:
                    column, text = local_name(cell.tag), (cell.text or "").strip()
                    cells |= self._texts.named(text, "label") if column == "itextId" else {column: text}
                self._choices.append(cells)

    def _settings(self) -> Cells:
        cells = {"form_title": self._title, "form_id": self._form.form_id, "version": self._form.version}
        if self._top != "/data":
            cells["name"] = self._top[1:]
        space = str(self._data.tag)[1:].partition("}")[0] if str(self._data.tag).startswith("{") else ""
        if space and f"{{{space}}}" != XFORMS:
            cells["instance_xmlns"] = space
        if self._texts.default:
            cells["default_language"] = self._texts.default
        name = self._binds.get(f"{self._top}/meta/instanceName")
        if name is not None and name.get("calculate"):
            cells["instance_name"] = self._texts.expression(name.get("calculate", ""))
        named = Counter((row["list_name"], row.get("name", "")) for row in self._choices)
        if max(named.values(), default=0) > 1:
            cells["allow_choice_duplicates"] = "yes"
        if self._body.get("class"):
            cells["style"] = self._body.get("class", "")
        own = {key: value for key, value in self._data.attrib.items() if key not in {"id", "version"}}
        written = (*own, *(key for bind in self._binds.values() for key in bind.attrib))
        none = any(isinstance(one, Repeat) and not one.first_rows for one in self._form.items())
        if none or any(key.startswith(CUNJIANG) for key in written):
            cells["namespaces"] = 'cj="urn:cunjiang:forms"'
        cells |= {f"attribute::{_prefixed(key)}": value for key, value in own.items()}
        return {column: text for column, text in cells.items() if text}


def _prefixed(key: str) -> str:
    uri, closing, local = key.removeprefix("{").partition("}")
    return f"{_PREFIX.get(uri, uri)}:{local}" if closing else key
