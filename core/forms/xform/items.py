"""The groups, repeats and questions of an XForm, made of its instance, its binds and its body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element

from core.forms.answer_paths import FullPath, PlaceKind, answer_paths
from core.forms.model.items import Group, Item, Kind, Question, Repeat
from core.forms.xform.binds import Binds
from core.forms.xform.body import DEEPEST, Control
from core.forms.xform.choices import ChoiceReader, Lists
from core.forms.xform.expressions import Expressions
from core.forms.xform.instance import TEMPLATE, FirstInstance
from core.forms.xform.texts import TextReader
from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import CUNJIANG, JAVAROSA, NAMESPACES, foreign_namespace, local_name, path_name

DATATYPES: Final = {
    "": "string", "string": "string", "int": "int", "integer": "int", "long": "int", "decimal": "decimal",
    "double": "decimal", "float": "decimal", "boolean": "boolean", "date": "date", "time": "time",
    "dateTime": "dateTime", "datetime": "dateTime", "geopoint": "geopoint", "geotrace": "geotrace",
    "geoshape": "geoshape", "binary": "binary", "barcode": "barcode", "select": "select_multiple",
    "select1": "select_one", "rank": "rank", "intent": "string",
}  # fmt: skip
_MEDIA_KINDS: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}


class ItemReader:
    """Makes the items of one form: its instance gives structure, binds logic, the body labels and order."""

    def __init__(
        self,
        instance: FirstInstance,
        binds: Binds,
        controls: Mapping[FullPath, Control],
        texts: TextReader,
        expressions: Expressions,
        lists: Lists,
        errors: Errors,
    ) -> None:
        self._instance, self._binds, self._controls = instance, binds, controls
        self._texts, self._expressions, self._errors = texts, expressions, errors
        self._choices = ChoiceReader(texts, expressions, lists)
        self._paths = answer_paths(dict(self._places()))

    def root(self) -> Group:
        """The form as a group with all that is in it; what is wrong in an item is noted, and it is left out.

        Raises KnownError "form_broken" if groups are nested too deeply.
        """
        return self._group(self._instance.root, (self._instance.name,), 0)

    def _places(self) -> Iterator[tuple[FullPath, PlaceKind]]:
        """Everything in the instance by its path, parents first, and what it is."""
        ahead: list[tuple[FullPath, Element]] = [((self._instance.name,), self._instance.root)]
        while ahead:
            full, element = ahead.pop()
            control = self._controls.get(full)
            if control is not None and control.tag == "repeat":
                yield full, "repeat"
            else:
                is_group = len(element) > 0 or (control is not None and control.tag == "group")
                yield full, "group" if is_group else "question"
            if len(full) <= DEEPEST + 2:  # one level more than is read
                ahead += [((*full, path_name(child.tag)), child) for child in element]

    def _children(self, element: Element, full: FullPath, depth: int) -> tuple[Item, ...]:
        if depth > DEEPEST:
            raise form_broken("/" + "/".join(full), "unsupported", "nested too deeply")
        by_name: dict[str, list[Element]] = {}
        for child in element:
            if isinstance(child.tag, str):
                by_name.setdefault(path_name(child.tag), []).append(child)
        items: list[Item] = []
        for name, elements in by_name.items():
            with self._errors.noting():
                items.append(self._item(elements, (*full, name), depth + 1))
        return tuple(sorted(items, key=self._order))

    def _order(self, item: Item) -> float:
        control = self._controls.get(item.full_path)
        return float("inf") if control is None else control.order

    def _item(self, elements: list[Element], full: FullPath, depth: int) -> Item:
        control = self._controls.get(full)
        element = elements[0]
        if control is not None and control.tag == "repeat":
            return self._repeat(elements, full, depth)
        if len(elements) > 1:
            raise form_broken("/" + "/".join(full), "duplicate_name", full[-1])
        if len(element) or (control is not None and control.tag == "group"):
            return self._group(element, full, depth)
        return self._question(element, full)

    def _group(self, element: Element, full: FullPath, depth: int) -> Group:
        control = self._controls.get(full)
        return Group(
            **self._shared(full, element),
            children=self._children(element, full, depth),
            instance_order=_names_inside(element),
            visible=control is not None or len(full) == 1,
        )

    def _repeat(self, elements: list[Element], full: FullPath, depth: int) -> Repeat:
        template = next((one for one in elements if one.get(TEMPLATE) is not None), None)
        rows = [one for one in elements if one.get(TEMPLATE) is None]
        row = template if template is not None else rows[0]
        count, shared = self._controls[full].count, self._shared(full, row)
        starts_empty = (
            shared["attributes"].get("first") == "none" or "cj-photos" in shared["appearance"].split()
        )
        first = [] if starts_empty else self._instance.rows_in_new_record(full)
        return Repeat(
            **shared,
            children=self._children(row, full, depth),
            instance_order=_names_inside(row),
            count=self._expressions.optional(count, f"{shared['path']} jr:count"),
            rows_fixed=self._controls[full].rows_fixed,
            first_rows=len(first),
            first_answers=tuple(dict(_texts_inside(one, full)) for one in first),
            template_rows=0 if starts_empty else len(rows),
        )

    def _shared(self, full: FullPath, element: Element) -> dict[str, Any]:
        bind, control = self._binds.at(full), self._controls.get(full)
        place = "/" + "/".join(full)
        return {
            "name": full[-1],
            "path": self._paths[full],
            "full_path": full,
            "text": self._texts.text(control.label if control else None, f"{place} label"),
            "hint_text": self._texts.text(control.hint if control else None, f"{place} hint"),
            "appearance": control.appearance if control else "",
            "relevant": self._expressions.optional(bind.get("relevant"), f"{place} relevant"),
            "readonly": self._expressions.optional(bind.get("readonly"), f"{place} readonly"),
            "attributes": {
                key.removeprefix(CUNJIANG): value for key, value in bind.items() if key.startswith(CUNJIANG)
            },
            "instance_attributes": {key: value for key, value in element.attrib.items() if key != TEMPLATE},
            "instance_namespace": foreign_namespace(element.tag),
        }

    def _question(self, element: Element, full: FullPath) -> Question:
        bind, control = self._binds.at(full), self._controls.get(full)
        place = "/" + "/".join(full)
        datatype = DATATYPES.get(bind.get("type", "").rpartition(":")[2], "string")
        preload = bind.get(f"{JAVAROSA}preload")
        kind = _kind(datatype, bind, control)
        itemset, static = self._choices.choices(control, full)
        return Question(
            **self._shared(full, element),
            kind=kind,
            datatype=kind if kind in ("select_one", "select_multiple", "rank") else datatype,
            required=self._expressions.optional(bind.get("required"), f"{place} required"),
            required_text=self._texts.message(bind.get(f"{JAVAROSA}requiredMsg"), f"{place} requiredMsg"),
            constraint=self._expressions.optional(bind.get("constraint"), f"{place} constraint"),
            constraint_text=self._texts.message(
                bind.get(f"{JAVAROSA}constraintMsg"), f"{place} constraintMsg"
            ),
            calculate=self._expressions.optional(bind.get("calculate"), f"{place} calculate"),
            default=(element.text or "").strip(),
            preload=(preload, bind.get(f"{JAVAROSA}preloadParams", "")) if preload else None,
            itemset=itemset,
            static_choices=static,
            parameters=_parameters(bind, control),
        )


def _kind(datatype: str, bind: Mapping[str, str], control: Control | None) -> Kind:
    if control is None:
        return "calculate"
    if control.tag in ("select1", "select", "rank"):
        kinds: dict[str, Kind] = {"select1": "select_one", "select": "select_multiple", "rank": "rank"}
        return kinds[control.tag]
    if control.tag == "trigger":
        return "acknowledge"
    if control.tag == "upload" and control.element is not None:
        return _MEDIA_KINDS.get(control.element.get("mediatype", "").partition("/")[0], "file")
    if control.tag == "input" and datatype == "string" and bind.get("readonly") == "true()":
        return "string" if bind.get("required") else "note"
    if datatype == "binary":
        return "file"
    return datatype  # type: ignore[return-value]  # the remaining datatypes are kinds of the same name


def _names_inside(element: Element) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path_name(child.tag) for child in element))


def _texts_inside(element: Element, full: FullPath) -> Iterator[tuple[FullPath, str]]:
    for child in element:
        path = (*full, path_name(child.tag))
        if len(child):
            yield from _texts_inside(child, path)
        else:
            yield path, (child.text or "").strip()


def _parameters(bind: Mapping[str, str], control: Control | None) -> dict[str, str]:
    """start, end, step of a range; max-pixels of an image; accuracy limits and the like, by plain name."""
    taken: dict[str, str] = {}
    if control is not None and control.element is not None:
        skipped = ("ref", "nodeset", "appearance", "mediatype")
        taken = {
            local_name(key): value for key, value in control.element.attrib.items() if key not in skipped
        }
    max_pixels = bind.get(f"{{{NAMESPACES['orx']}}}max-pixels")
    return {**taken, "max-pixels": max_pixels} if max_pixels else taken
