"""The binds of an XForm, which say what is required, computed or shown where, and its actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from core.forms.answer_paths import FullPath
from core.forms.model.form import SetValue
from core.forms.xform.expressions import Expressions
from core.forms.xform.instance import FirstInstance
from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import NAMESPACES, XFORMS

EVENTS: Final = {
    "odk-instance-first-load": "odk-instance-first-load", "xforms-ready": "odk-instance-first-load",
    "odk-new-repeat": "odk-new-repeat", "jr-insert": "jr-insert",
    "odk-instance-load": "odk-instance-load", "xforms-value-changed": "xforms-value-changed",
    "xforms-revalidate": "xforms-revalidate",
}  # fmt: skip
"""Events by their names. `jr-insert` is known and never happens, as in JavaRosa."""


class Binds:
    """The attributes of the binds by the path they speak of."""

    def __init__(self, model: Element, instance: FirstInstance, errors: Errors) -> None:
        self.by_path: dict[FullPath, dict[str, str]] = {}
        self.passed_over: list[tuple[str, str, str]] = []
        """As in the form."""
        self._named: dict[str, FullPath] = {}
        for bind in model.findall(f"{XFORMS}bind"):
            reference = bind.get("nodeset") or bind.get("ref")
            with errors.noting():
                given = instance.full_path(reference, (), f"bind {reference}")
                path = instance.inside(given)
                if path != given:
                    self._pass_over(given, "path_of_another_form")
                elif instance.element_at(path) is None:
                    self._pass_over(path, "bind_to_nothing")
                self.by_path[path] = {**self.by_path.get(path, {}), **bind.attrib}
                self._named[bind.get("id", "")] = path

    def _pass_over(self, path: FullPath, code: str) -> None:
        self.passed_over.append((f"bind /{'/'.join(path)}", code, f"/{'/'.join(path)}"))

    def at(self, path: FullPath) -> Mapping[str, str]:
        """What is bound there; empty for nothing."""
        return self.by_path.get(path, {})

    def named_by(self, element: Element) -> FullPath | None:
        """The path of the bind that an element names instead of a path, None if it names none."""
        return self._named.get(element.get("bind") or "-")


class Actions:
    """The actions of one form as they are read, in `set_values`."""

    def __init__(
        self, instance: FirstInstance, binds: Binds, expressions: Expressions, errors: Errors
    ) -> None:
        self._instance, self._binds, self._expressions, self._errors = instance, binds, expressions, errors
        self.set_values: list[SetValue] = []

    def read(self, parent: Element, trigger: FullPath) -> None:
        """Takes the actions in the model (`trigger` is empty), or in the control or repeat of that path."""
        for action in parent.findall(f"{XFORMS}setvalue"):
            with self._errors.noting():
                self._read_one(action, trigger)

    def _read_one(self, action: Element, trigger: FullPath) -> None:
        place = f"setvalue {action.get('ref') or action.get('bind')}"
        target = self._binds.named_by(action) or self._instance.inside(
            self._instance.full_path(action.get("ref"), trigger, place)
        )
        source = action.get("value") or _literal(action.text or "")
        value = self._expressions.expression(source, place)
        event = action.get("event") or action.get(f"{{{NAMESPACES['ev']}}}event") or ""
        for name in event.split():
            if name not in EVENTS:
                raise form_broken(place, "unsupported", name)
            self.set_values.append(SetValue(EVENTS[name], target, value, trigger))


def _literal(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"
