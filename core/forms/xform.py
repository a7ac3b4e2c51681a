"""XForm XML read into a Form: one way in for our own forms and for those of any OpenRosa server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import KnownError
from core.forms.answer_paths import PlaceKind, answer_paths
from core.forms.digest import form_digest
from core.forms.expressions import ExpressionError
from core.forms.graph import logic_errors
from core.forms.list_files import list_in_file, list_in_xml
from core.forms.model import (
    Form,
    Group,
    Item,
    Itemset,
    Kind,
    Question,
    Repeat,
    SetValue,
    StaticChoice,
)
from core.forms.secondary import ListRoot
from core.forms.xform_texts import NAMESPACES, XFORMS, TextReader, form_broken, local_name

XHTML = "{http://www.w3.org/1999/xhtml}"
JAVAROSA = "{http://openrosa.org/javarosa}"
CUNJIANG = "{urn:cunjiang:forms}"

_TEMPLATE = f"{JAVAROSA}template"
_MOST_ERRORS = 200
"""That are told of one form; nobody mends more at a time."""
_DEEPEST = 60  # levels of nesting; nobody writes more, and recursion stays far from its limit
DATATYPES = {
    "": "string", "string": "string", "int": "int", "integer": "int", "long": "int", "decimal": "decimal",
    "double": "decimal", "float": "decimal", "boolean": "boolean", "date": "date", "time": "time",
    "dateTime": "dateTime", "datetime": "dateTime", "geopoint": "geopoint", "geotrace": "geotrace",
    "geoshape": "geoshape", "binary": "binary", "barcode": "barcode", "select": "select_multiple",
    "select1": "select_one", "rank": "rank", "intent": "string",
}  # fmt: skip
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)+")
_MEDIA_KINDS: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}
EVENTS = {
    "odk-instance-first-load": "odk-instance-first-load", "xforms-ready": "odk-instance-first-load",
    "odk-new-repeat": "odk-new-repeat", "jr-insert": "jr-insert",
    "odk-instance-load": "odk-instance-load", "xforms-value-changed": "xforms-value-changed",
    "xforms-revalidate": "xforms-revalidate",
}  # fmt: skip
"""Events by their names. `jr-insert` is known and never happens, as in JavaRosa."""
_LAST_SAVED = "jr://instance/last-saved"
_CONTROLS = frozenset({"input", "secret", "select", "select1", "upload", "trigger", "range", "rank"})


def parse_xform(
    xml: bytes, media: Mapping[str, bytes] = MappingProxyType({}), *, checked: bool = False
) -> Form:
    """The form in this XForm. `media` holds its files by name.

    Of one that was `checked` when it was installed the expressions are compiled as they are needed.
    Raises KnownError "form_broken" with `place` (where in the form), `reason` (a code: xml, hostile_xml,
    incomplete, expression, unknown_reference, duplicate_name, unknown_list, whole_list, link, cycle,
    encrypted, unsupported) and `detail`; all that can be found at once stands in `others`.
    """
    try:
        root = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as e:
        raise form_broken("", "hostile_xml", type(e).__name__) from e
    except (ParseError, ValueError, LookupError) as e:
        raise form_broken("", "xml", str(e)) from e
    return _Reader(root, xml, dict(media), checking=not checked).form()


@dataclass
class _Control:
    """What the body says about one node."""

    order: int
    tag: str = ""
    element: Element | None = None
    label: Element | None = None
    hint: Element | None = None
    appearance: str = ""
    count: str = ""
    rows_fixed: bool = False
    parameters: dict[str, str] = field(default_factory=dict)


class _Reader(TextReader):
    """Reads one XForm. Instance gives the structure, binds the logic, the body labels and order."""

    def __init__(self, root: Element, xml: bytes, media: dict[str, bytes], *, checking: bool) -> None:
        self._xml, self._media = xml, media
        head, body = root.find(f"{XHTML}head"), root.find(f"{XHTML}body")
        model = head.find(f"{XFORMS}model") if head is not None else None
        if head is None or body is None or model is None:
            raise form_broken("", "incomplete", "head, model or body is missing")
        self._title = (head.findtext(f"{XHTML}title") or "").strip()
        super().__init__(model, checking=checking)
        self._body = body
        primary = model.find(f"{XFORMS}instance")
        if primary is None or len(primary) != 1:
            raise form_broken("", "incomplete", "the first instance must hold one element")
        self._data = primary[0]
        self._root_name = local_name(self._data.tag)
        self._children_named: dict[Element, dict[str, Element]] = {}
        self._controls: dict[tuple[str, ...], _Control] = {}
        self._set_values: list[SetValue] = []
        self._named_binds: dict[str, tuple[str, ...]] = {}
        self._binds = self._read_binds()
        self._paths: dict[tuple[str, ...], str] = {}

    def form(self) -> Form:
        submission = self._model.find(f"{XFORMS}submission")
        if submission is not None and submission.get("base64RsaPublicKey"):
            self._broken.append(form_broken("/submission", "encrypted", "base64RsaPublicKey"))
        self._read_actions(self._model, trigger=())
        self._read_body(self._body, (), 0)
        lists, external = self._read_lists()
        self._paths = answer_paths(dict(self._places()))
        root = self._group(self._data, (self._root_name,), 0)
        if not isinstance(root, Group):
            raise form_broken("/" + self._root_name, "unsupported", "the root cannot repeat")
        for path in (*self._binds, *self._controls):
            if self._element_at(path) is None:
                place = "/" + "/".join(path)
                self._broken.append(form_broken(place, "unknown_reference", "no such node in the instance"))
        name = self._instance_name()
        form = Form(
            form_id=self._data.get("id") or self._namespace_id(),
            version=self._version(),
            digest=form_digest(self._xml, self._media),
            titles=self._titles(),
            languages=self._languages,
            root=root,
            texts=self._texts,
            lists=lists,
            external_lists=external,
            due=self._due(),
            last_saved=self._last_saved(),
            reads=frozenset(self._data.get(f"{CUNJIANG}reads", "").split()),
            instance_name=self._expression(name, "/instanceName") if name else None,
            set_values=tuple(self._set_values),
            xml=self._xml,
            media=self._media,
        )
        if self._checking:
            self._broken += [one for one in logic_errors(form) if not self._follows(one)]
        self._give_up_if_broken()
        return form

    def _follows(self, error: KnownError) -> bool:
        """Whether a reference leads to nothing only because what is there was left out as wrong."""
        path = tuple(str(error.values["detail"]).split("/")[1:])
        left_out = bool(self._broken) and error.values["reason"] == "unknown_reference"
        return left_out and self._element_at(path) is not None

    def _give_up_if_broken(self) -> None:
        if self._broken:
            first, *others = {str(one): one for one in self._broken}.values()
            raise KnownError(first.code, **first.values, others=tuple(others[:_MOST_ERRORS]))

    def _version(self) -> str:
        spellings = ("version", f"{{{NAMESPACES['orx']}}}version", f"{JAVAROSA}version")
        return next((found for spelling in spellings if (found := self._data.get(spelling))), "")

    def _last_saved(self) -> frozenset[str]:
        """The lists that stand for the record of this form that was saved last."""
        instances = self._model.findall(f"{XFORMS}instance")[1:]
        return frozenset(one.get("id", "") for one in instances if one.get("src") == _LAST_SAVED)

    def _instance_name(self) -> str:
        """The expression that names a record, "" if there is none."""
        for meta in ("meta", "orx:meta"):
            for path, bind in self._binds.items():
                if path[:2] == (self._root_name, meta) and path[-1].endswith("instanceName"):
                    return bind.get("calculate", "")
        return ""

    def _namespace_id(self) -> str:
        namespace = self._data.tag[1:].partition("}")[0] if self._data.tag.startswith("{") else ""
        if not namespace or namespace == XFORMS[1:-1]:
            self._broken.append(form_broken("/" + self._root_name, "incomplete", "the form has no id"))
        return namespace

    def _titles(self) -> dict[str, str]:
        """The title, and its translations from `cj:title_<code>` on the root element."""
        titles = {next(iter(self._languages), ""): self._title}
        for key, value in self._data.attrib.items():
            if key.startswith(f"{CUNJIANG}title_"):
                titles[key.removeprefix(f"{CUNJIANG}title_")] = value
        return titles

    def _due(self) -> str:
        """The day of every year that `cj:due` on the root element names, "" for none."""
        due = self._data.get(f"{CUNJIANG}due", "")
        try:
            return due and date.fromisoformat(f"2001-{due}").strftime("%m-%d")
        except ValueError as e:
            raise form_broken("/" + self._root_name, "unsupported", f"cj:due {due}") from e

    # Paths

    def _full_path(self, reference: str | None, context: tuple[str, ...], place: str) -> tuple[str, ...]:
        if not reference or not reference.strip():
            raise form_broken(place, "incomplete", "a reference is empty")
        if _PLAIN_PATH.fullmatch(reference):
            return tuple(reference[1:].split("/"))
        expression = self._expression(reference, place)
        if len(expression.references) != 1:
            raise form_broken(place, "unsupported", reference)
        try:
            steps = expression.references[0].from_context(context or (self._root_name,))
        except ExpressionError as e:
            raise form_broken(place, "expression", f"{reference}: {e}") from e
        return tuple(step.name for step in steps)

    def _element_at(self, path: tuple[str, ...]) -> Element | None:
        if not path or path[0] != self._root_name:
            return None
        element: Element | None = self._data
        for name in path[1:]:
            if element is None or name.startswith("@"):
                return element
            element = self._first_named(element).get(name)
        return element

    def _first_named(self, element: Element) -> dict[str, Element]:
        """The children by name, of equal names the first; a form asks 20,000 times."""
        found = self._children_named.get(element)
        if found is None:
            found = self._children_named[element] = {}
            for child in element:
                found.setdefault(_name(child.tag), child)
        return found

    # Binds, actions, body

    def _read_binds(self) -> dict[tuple[str, ...], dict[str, str]]:
        binds: dict[tuple[str, ...], dict[str, str]] = {}
        for bind in self._model.findall(f"{XFORMS}bind"):
            reference = bind.get("nodeset") or bind.get("ref")
            with self._noting():
                path = self._full_path(reference, (), f"bind {reference}")
                binds[path] = {**binds.get(path, {}), **bind.attrib}
                self._named_binds[bind.get("id", "")] = path
        return binds

    def _read_actions(self, parent: Element, trigger: tuple[str, ...]) -> None:
        for action in parent.findall(f"{XFORMS}setvalue"):
            with self._noting():
                self._read_action(action, trigger)

    def _read_action(self, action: Element, trigger: tuple[str, ...]) -> None:
        place = f"setvalue {action.get('ref') or action.get('bind')}"
        target = self._bound(action) or self._full_path(action.get("ref"), trigger, place)
        source = action.get("value") or _literal(action.text or "")
        value = self._expression(source, place)
        event = action.get("event") or action.get(f"{{{NAMESPACES['ev']}}}event") or ""
        for name in event.split():
            if name not in EVENTS:
                raise form_broken(place, "unsupported", name)
            self._set_values.append(SetValue(EVENTS[name], target, value, trigger))

    def _bound(self, element: Element) -> tuple[str, ...] | None:
        """The path of the bind that an element names instead of a path, None if it names none."""
        return self._named_binds.get(element.get("bind") or "-")

    def _read_body(self, parent: Element, context: tuple[str, ...], depth: int) -> None:
        if depth > _DEEPEST:
            raise form_broken("", "unsupported", "nested too deeply")
        for element in parent:
            with self._noting():
                self._read_element(element, context, depth)

    def _read_element(self, element: Element, context: tuple[str, ...], depth: int) -> None:
        tag = local_name(element.tag)
        if tag == "group":
            path = self._body_path(element, "ref", context)
            if path != context:
                self._control(path, tag, element)
            self._read_body(element, path, depth + 1)
        elif tag == "repeat":
            path = self._body_path(element, "nodeset", context)
            control = self._control(path, tag, element)
            control.count = element.get(f"{JAVAROSA}count", "")
            control.rows_fixed = element.get(f"{JAVAROSA}noAddRemove", "").startswith("true")
            self._read_actions(element, trigger=path)
            self._read_body(element, path, depth + 1)
        elif tag in _CONTROLS:
            path = self._body_path(element, "ref", context)
            self._control(path, tag, element)
            self._read_actions(element, trigger=path)

    def _body_path(self, element: Element, attribute: str, context: tuple[str, ...]) -> tuple[str, ...]:
        bound = self._bound(element)
        if bound is not None:
            return bound
        reference = element.get(attribute) or element.get("nodeset")
        if reference is None and local_name(element.tag) == "group":
            return context
        return self._full_path(reference, context, f"body {local_name(element.tag)}")

    def _control(self, path: tuple[str, ...], tag: str, element: Element) -> _Control:
        control = self._controls.get(path)
        if control is None:
            control = self._controls[path] = _Control(order=len(self._controls))
        elif control.tag not in ("group", "repeat"):
            raise form_broken("/" + "/".join(path), "duplicate_name", path[-1])
        control.tag, control.element = tag, element
        label, hint = element.find(f"{XFORMS}label"), element.find(f"{XFORMS}hint")
        control.label = label if label is not None else control.label
        control.hint = hint if hint is not None else control.hint
        control.appearance = element.get("appearance") or control.appearance
        return control

    # The structure

    def _places(self) -> Iterator[tuple[tuple[str, ...], PlaceKind]]:
        """Everything in the instance by its path, parents first, and what it is."""
        ahead: list[tuple[tuple[str, ...], Element]] = [((self._root_name,), self._data)]
        while ahead:
            full, element = ahead.pop()
            control = self._controls.get(full)
            if control is not None and control.tag == "repeat":
                yield full, "repeat"
            else:
                is_group = len(element) > 0 or (control is not None and control.tag == "group")
                yield full, "group" if is_group else "question"
            if len(full) <= _DEEPEST + 2:  # one level more than is read
                ahead += [((*full, _name(child.tag)), child) for child in element]

    def _children(self, element: Element, full: tuple[str, ...], depth: int) -> tuple[Item, ...]:
        if depth > _DEEPEST:
            raise form_broken("/" + "/".join(full), "unsupported", "nested too deeply")
        by_name: dict[str, list[Element]] = {}
        for child in element:
            if isinstance(child.tag, str):
                by_name.setdefault(_name(child.tag), []).append(child)
        items: list[Item] = []
        for name, elements in by_name.items():
            with self._noting():
                items.append(self._item(elements, (*full, name), depth + 1))
        return tuple(sorted(items, key=self._order))

    def _order(self, item: Item) -> float:
        control = self._controls.get(item.full_path)
        return float("inf") if control is None else control.order

    def _item(self, elements: list[Element], full: tuple[str, ...], depth: int) -> Item:
        control = self._controls.get(full)
        element = elements[0]
        if control is not None and control.tag == "repeat":
            return self._repeat(elements, full, depth)
        if len(elements) > 1:
            raise form_broken("/" + "/".join(full), "duplicate_name", full[-1])
        if len(element) or (control is not None and control.tag == "group"):
            return self._group(element, full, depth)
        return self._question(element, full)

    def _group(self, element: Element, full: tuple[str, ...], depth: int) -> Group:
        control = self._controls.get(full)
        return Group(
            **self._shared(full, element),
            children=self._children(element, full, depth),
            instance_order=_names_inside(element),
            visible=control is not None or len(full) == 1,
        )

    def _repeat(self, elements: list[Element], full: tuple[str, ...], depth: int) -> Repeat:
        template = next((one for one in elements if one.get(_TEMPLATE) is not None), None)
        rows = [one for one in elements if one.get(_TEMPLATE) is None]
        row = template if template is not None else rows[0]
        count, shared = self._controls[full].count, self._shared(full, row)
        starts_empty = (
            shared["attributes"].get("first") == "none" or "cj-photos" in shared["appearance"].split()
        )
        first = [] if starts_empty else self._rows_in_new_record(full)
        return Repeat(
            **shared,
            children=self._children(row, full, depth),
            instance_order=_names_inside(row),
            count=self._optional(count, f"{shared['path']} jr:count"),
            rows_fixed=self._controls[full].rows_fixed,
            first_rows=len(first),
            first_answers=tuple(dict(_texts_inside(one, full)) for one in first),
            template_rows=0 if starts_empty else len(rows),
        )

    def _rows_in_new_record(self, full: tuple[str, ...]) -> list[Element]:
        """The rows at that path in the instance, within the first row of each repeat around it."""
        around, rows = [self._data], [self._data]
        for name in full[1:]:
            rows = [child for child in around[0] if _name(child.tag) == name and child.get(_TEMPLATE) is None]
            if not rows:
                return []
            around = rows
        return rows

    def _shared(self, full: tuple[str, ...], element: Element) -> dict[str, Any]:
        bind, control = self._binds.get(full, {}), self._controls.get(full)
        place = "/" + "/".join(full)
        return {
            "name": full[-1],
            "path": self._paths[full],
            "full_path": full,
            "text": self._text(control.label if control else None, f"{place} label"),
            "hint_text": self._text(control.hint if control else None, f"{place} hint"),
            "appearance": control.appearance if control else "",
            "relevant": self._optional(bind.get("relevant"), f"{place} relevant"),
            "readonly": self._optional(bind.get("readonly"), f"{place} readonly"),
            "attributes": {
                key.removeprefix(CUNJIANG): value for key, value in bind.items() if key.startswith(CUNJIANG)
            },
            "instance_attributes": {key: value for key, value in element.attrib.items() if key != _TEMPLATE},
            "instance_namespace": _namespace(element.tag),
        }

    def _question(self, element: Element, full: tuple[str, ...]) -> Question:
        bind, control = self._binds.get(full, {}), self._controls.get(full)
        place = "/" + "/".join(full)
        datatype = DATATYPES.get(bind.get("type", "").rpartition(":")[2], "string")
        preload = bind.get(f"{JAVAROSA}preload")
        kind = self._kind(datatype, bind, control)
        itemset, static = self._choices(control, place)
        return Question(
            **self._shared(full, element),
            kind=kind,
            datatype=kind if kind in ("select_one", "select_multiple", "rank") else datatype,
            required=self._optional(bind.get("required"), f"{place} required"),
            required_text=self._message(bind.get(f"{JAVAROSA}requiredMsg"), f"{place} requiredMsg"),
            constraint=self._optional(bind.get("constraint"), f"{place} constraint"),
            constraint_text=self._message(bind.get(f"{JAVAROSA}constraintMsg"), f"{place} constraintMsg"),
            calculate=self._optional(bind.get("calculate"), f"{place} calculate"),
            default=(element.text or "").strip(),
            preload=(preload, bind.get(f"{JAVAROSA}preloadParams", "")) if preload else None,
            itemset=itemset,
            static_choices=static,
            parameters=_parameters(bind, control),
        )

    def _kind(self, datatype: str, bind: Mapping[str, str], control: _Control | None) -> Kind:
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

    # Choices and lists

    def _choices(
        self, control: _Control | None, place: str
    ) -> tuple[Itemset | None, tuple[StaticChoice, ...]]:
        with_choices = ("select", "select1", "rank", "range")  # those of a range are labels of its ticks
        if control is None or control.element is None or control.tag not in with_choices:
            return None, ()
        itemset = control.element.find(f"{XFORMS}itemset")
        if itemset is not None:
            return self._itemset(itemset, f"{place} choices"), ()
        static = tuple(
            StaticChoice(
                (item.findtext(f"{XFORMS}value") or "").strip(),
                self._text(item.find(f"{XFORMS}label"), f"{place} choices"),
            )
            for item in control.element.findall(f"{XFORMS}item")
        )
        return None, static

    def _itemset(self, element: Element, place: str) -> Itemset:
        value, label = element.find(f"{XFORMS}value"), element.find(f"{XFORMS}label")
        if value is None:
            raise form_broken(place, "incomplete", "an itemset without value")
        nodeset = self._expression(element.get("nodeset", ""), place)
        shown = (label.get("ref", "") if label is not None else value.get("ref", "")).strip()
        text_id = re.fullmatch(r"jr:itext\(\s*([\w.-]+)\s*\)", shown)
        return Itemset(
            nodeset=nodeset,
            filtered="[" in nodeset.source,
            value_column=value.get("ref", "").strip(),
            label_column=text_id.group(1) if text_id else shown,
            label_is_text_id=text_id is not None,
        )

    def _read_lists(self) -> tuple[dict[str, ListRoot], frozenset[str]]:
        lists: dict[str, ListRoot] = {}
        external: set[str] = set()
        for instance in self._model.findall(f"{XFORMS}instance")[1:]:
            with self._noting():
                self._read_list(instance, lists, external)
        return lists, frozenset(external)

    def _read_list(self, instance: Element, lists: dict[str, ListRoot], external: set[str]) -> None:
        instance_id, source = instance.get("id", ""), instance.get("src", "")
        file_name = source.rpartition("/")[2]
        if len(instance):
            lists[instance_id] = list_in_xml(instance[0])
        elif source == _LAST_SAVED:
            lists[instance_id] = ListRoot("root")
        elif file_name in self._media:
            lists[instance_id] = list_in_file(file_name, self._media[file_name])
        else:
            external.add(instance_id)


def _names_inside(element: Element) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_name(child.tag) for child in element))


def _texts_inside(element: Element, full: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for child in element:
        path = (*full, _name(child.tag))
        if len(child):
            yield from _texts_inside(child, path)
        else:
            yield path, (child.text or "").strip()


def _parameters(bind: Mapping[str, str], control: _Control | None) -> dict[str, str]:
    """start, end, step of a range; max-pixels of an image; accuracy limits and the like, by plain name."""
    taken: dict[str, str] = {}
    if control is not None and control.element is not None:
        skipped = ("ref", "nodeset", "appearance", "mediatype")
        taken = {
            local_name(key): value for key, value in control.element.attrib.items() if key not in skipped
        }
    max_pixels = bind.get(f"{{{NAMESPACES['orx']}}}max-pixels")
    return {**taken, "max-pixels": max_pixels} if max_pixels else taken


def _literal(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


_PREFIXES: Mapping[str, str] = {f"{{{uri}}}": f"{prefix}:" for prefix, uri in NAMESPACES.items()}


def _name(tag: str) -> str:
    """An element's name as paths write it: prefixed only for the namespaces ODK knows."""
    namespace, closing, local = tag.rpartition("}")
    return _PREFIXES.get(namespace + closing, "") + local


def _namespace(tag: str) -> str:
    """The namespace that an element has in an instance document, "" where its name or the XForm says it."""
    namespace, closing, _ = tag.rpartition("}")
    known = namespace + closing in _PREFIXES or namespace + closing == XFORMS
    return "" if known else namespace[1:]
