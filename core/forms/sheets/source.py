"""The parts of an installed XForm by their paths: what the rows and cells of its sheets are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from core.forms.model.form import Form
from core.forms.sheets.texts import SheetTexts
from core.forms.xform_names import NAMESPACES, XFORMS, XHTML, local_name

Cells = dict[str, str]
"""The filled cells of one row by their columns."""

SELECTS: Final = {"select1": "select_one", "select": "select_multiple", "rank": "rank"}
_CONTROLS: Final = {"input", "secret", "upload", "trigger", "range", *SELECTS}
_PREFIX: Final = {uri: prefix for prefix, uri in NAMESPACES.items()}


class SheetSource:
    """One XForm, whose elements are found by the path they stand for (`/data/group/question`).

    `top` is the path of the root. `unique` are the names that stand only once; where it is `friendly`, texts
    and expressions write `${name}` for their paths.
    """

    def __init__(self, form: Form, *, friendly: bool) -> None:
        root: Element = fromstring(form.xml, forbid_dtd=True)
        model, body = root.find(f"{XHTML}head/{XFORMS}model"), root.find(f"{XHTML}body")
        assert model is not None  # it was read before
        assert body is not None  # as above
        self.form, self.model, self.body = form, model, body
        self.title = (root.findtext(f"{XHTML}head/{XHTML}title") or "").strip()
        self.data = model.findall(f"{XFORMS}instance")[0][0]
        self.top = "/" + local_name(self.data.tag)
        names = Counter(item.name for item in form.items())
        self.unique = {name for name, times in names.items() if times == 1}
        self.texts = SheetTexts(model, self.unique if friendly else set())
        self.binds = {
            (bind.get("nodeset") or bind.get("ref") or "").strip(): bind
            for bind in model.findall(f"{XFORMS}bind")
        }
        self.controls: dict[str, Element] = {}
        """What asks, groups or repeats at a path; of a repeat it is the group around it with its label."""
        self.repeats: dict[str, Element] = {}
        self._read_body(body)
        self.triggers: dict[str, list[tuple[str, Element]]] = {}
        """Path that is set -> (path of the question whose change sets it, the action)."""
        for asked, action in _changes(body):
            self.triggers.setdefault(action.get("ref", ""), []).append((asked, action))

    def node(self, ref: str) -> Element:
        """The element of the instance at a path that it has."""
        found = self.data
        for name in ref.split("/")[2:]:
            found = next(child for child in found if local_name(child.tag) == name)
        return found

    def _read_body(self, parent: Element) -> None:
        for element in parent:
            tag, ref = local_name(element.tag), element.get("ref") or element.get("nodeset")
            if tag == "repeat" and ref:
                self.repeats[ref] = element
                self.controls.setdefault(ref, element)
            elif ref and (tag == "group" or tag in _CONTROLS):
                self.controls[ref] = element
            if tag in {"group", "repeat"}:
                self._read_body(element)


def _changes(body: Element) -> Iterator[tuple[str, Element]]:
    for control in body.iter():
        if local_name(control.tag) != "repeat":
            for action in control.findall(f"{XFORMS}setvalue"):
                yield control.get("ref", ""), action


def prefixed(key: str) -> str:
    """The name of an attribute as columns write it: `cj:unit`."""
    uri, closing, local = key.removeprefix("{").partition("}")
    return f"{_PREFIX.get(uri, uri)}:{local}" if closing else key
