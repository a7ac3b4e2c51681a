"""The body of an XForm: what asks for each answer, with its labels, in the order in which it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from core.forms.answer_paths import FullPath
from core.forms.xform.binds import Actions, Binds
from core.forms.xform.instance import FirstInstance
from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import JAVAROSA, XFORMS, local_name

DEEPEST = 60  # levels of nesting; nobody writes more, and recursion stays far from its limit
_CONTROLS = frozenset({"input", "secret", "select", "select1", "upload", "trigger", "range", "rank"})


@dataclass
class Control:
    """What the body says about one node."""

    order: int
    tag: str = ""
    element: Element | None = None
    label: Element | None = None
    hint: Element | None = None
    appearance: str = ""
    count: str = ""
    rows_fixed: bool = False


class BodyReader:
    """Reads one body into `controls` by their paths; its actions go to `actions`."""

    def __init__(self, instance: FirstInstance, binds: Binds, actions: Actions, errors: Errors) -> None:
        self._instance, self._binds, self._actions, self._errors = instance, binds, actions, errors
        self.controls: dict[FullPath, Control] = {}

    def read(self, parent: Element, context: FullPath = (), depth: int = 0) -> None:
        """Takes the controls in an element. Raises KnownError "form_broken" if it is nested too deeply."""
        if depth > DEEPEST:
            raise form_broken("", "unsupported", "nested too deeply")
        for element in parent:
            with self._errors.noting():
                self._read_element(element, context, depth)

    def _read_element(self, element: Element, context: FullPath, depth: int) -> None:
        tag = local_name(element.tag)
        if tag == "group":
            path = self._body_path(element, "ref", context)
            if path != context:
                self._control(path, tag, element)
            self.read(element, path, depth + 1)
        elif tag == "repeat":
            path = self._body_path(element, "nodeset", context)
            control = self._control(path, tag, element)
            control.count = element.get(f"{JAVAROSA}count", "")
            control.rows_fixed = element.get(f"{JAVAROSA}noAddRemove", "").startswith("true")
            self._actions.read(element, path)
            self.read(element, path, depth + 1)
        elif tag in _CONTROLS:
            path = self._body_path(element, "ref", context)
            self._control(path, tag, element)
            self._actions.read(element, path)

    def _body_path(self, element: Element, attribute: str, context: FullPath) -> FullPath:
        bound = self._binds.named_by(element)
        if bound is not None:
            return bound
        reference = element.get(attribute) or element.get("nodeset")
        if reference is None and local_name(element.tag) == "group":
            return context
        return self._instance.full_path(reference, context, f"body {local_name(element.tag)}")

    def _control(self, path: FullPath, tag: str, element: Element) -> Control:
        control = self.controls.get(path)
        if control is None:
            control = self.controls[path] = Control(order=len(self.controls))
        elif control.tag not in ("group", "repeat"):
            raise form_broken("/" + "/".join(path), "duplicate_name", path[-1])
        control.tag, control.element = tag, element
        label, hint = element.find(f"{XFORMS}label"), element.find(f"{XFORMS}hint")
        control.label = label if label is not None else control.label
        control.hint = hint if hint is not None else control.hint
        control.appearance = element.get("appearance") or control.appearance
        return control
