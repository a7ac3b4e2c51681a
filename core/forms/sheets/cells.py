"""The cells that binds, controls and actions of an XForm make in the row of a question, group or repeat."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from core.forms.sheets.source import Cells, SheetSource, prefixed
from core.forms.xform_names import JAVAROSA, NAMESPACES, XFORMS

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
_BIND_PARAMETERS: Final = {
    f"{{{NAMESPACES['orx']}}}max-pixels": "max-pixels",
    f"{{{NAMESPACES['odk']}}}quality": "quality",
    f"{{{NAMESPACES['odk']}}}allow-mock-accuracy": "allow-mock-accuracy",
}


def logic_cells(source: SheetSource, ref: str) -> Cells:
    """What the bind of a path says: its expressions and messages, parameters, and our own columns."""
    bind = source.binds.get(ref)
    if bind is None:
        return {}
    cells: Cells = {}
    for attribute, column in _LOGIC.items():
        written = bind.get(attribute)
        if written:
            yes = written == "true()" and column in {"required", "readonly"}
            cells[column] = "yes" if yes else source.texts.expression(written)
    for attribute, column in _MESSAGES.items():
        if bind.get(attribute):
            cells |= source.texts.message(bind.get(attribute, ""), column)
    parameters = [f"{name}={bind.get(key)}" for key, name in _BIND_PARAMETERS.items() if bind.get(key)]
    if parameters:
        cells["parameters"] = " ".join(parameters)
    for key, value in bind.attrib.items():
        if key not in _SAID_ELSEWHERE and key not in _BIND_PARAMETERS:
            cells[f"bind::{prefixed(key)}"] = value
    return cells


def control_cells(element: Element) -> Cells:
    """What the attributes of a control say: its appearance and parameters, and those of other programs."""
    cells: Cells = {}
    parameters = []
    for key, value in element.attrib.items():
        if key == "appearance":
            cells["appearance"] = value
        elif key in _PARAMETERS:
            parameters.append(f"{_PARAMETERS[key]}={value}")
        elif key not in {"ref", "nodeset", "mediatype", f"{JAVAROSA}count", f"{JAVAROSA}noAddRemove"}:
            cells[f"body::{prefixed(key)}"] = value
    if parameters:
        cells["parameters"] = " ".join(parameters)
    return cells


def default_cells(source: SheetSource, ref: str) -> Cells:
    """What a question is answered with: at the start, or when another one changes."""
    cells: Cells = {}
    triggers = source.triggers.get(ref)
    if triggers is not None:
        cells["trigger"] = ", ".join(f"${{{asked.rpartition('/')[2]}}}" for asked, _ in triggers)
        action = triggers[0][1]
        if action.get("value"):
            cells["calculation"] = source.texts.expression(action.get("value", ""))
    dynamic = _first_action(source, ref)
    static = (source.node(ref).text or "").strip()
    default = source.texts.expression(dynamic.get("value", "")) if dynamic is not None else static
    return cells | ({"default": default} if default else {})


def _first_action(source: SheetSource, ref: str) -> Element | None:
    """The action that sets the path when a record or a row is new."""
    parents = (source.model, *source.body.iter(f"{XFORMS}repeat"))
    actions = (action for parent in parents for action in parent.findall(f"{XFORMS}setvalue"))
    return next((action for action in actions if action.get("ref") == ref), None)
