"""What of the ODK specification this program does not do yet: a form that uses it says so when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from defusedxml.ElementTree import fromstring

from core.forms.findings import Finding
from core.forms.model.form import Form
from core.forms.xform_names import NAMESPACES, local_name

_ODK: Final = f"{{{NAMESPACES['odk']}}}"
_ENTITIES: Final = "{http://www.opendatakit.org/xforms/entities}"
_ELEMENTS: Final = {
    f"{_ENTITIES}entity": "entities",
    f"{_ODK}setgeopoint": "waits_setgeopoint",
    f"{_ODK}recordaudio": "waits_recordaudio",
}


def waiting_features(form: Form) -> Iterator[Finding]:
    """A warning for each feature that has no effect here, with the place of the first that uses it."""
    named: dict[str, str] = {}
    for element in fromstring(form.xml, forbid_dtd=True).iter():
        if not isinstance(element.tag, str):
            continue
        code = _ELEMENTS.get(element.tag, "")
        if local_name(element.tag) == "audit":
            code = "waits_audit"
        elif local_name(element.tag).startswith("select") and "map" in element.get("appearance", "").split():
            code = "waits_map"
        elif local_name(element.tag) == "input" and element.get("query"):
            code = "waits_query"
        if code:
            named.setdefault(code, element.get("ref", "") or local_name(element.tag))
    for code, place in named.items():
        yield Finding(code, "warning", values={"detail": place, "place": place})
