"""The one row of the sheet of settings, made from an XForm."""

from __future__ import annotations

from collections import Counter

from core.forms.model.items import Repeat
from core.forms.sheets.source import Cells, SheetSource, prefixed
from core.forms.xform_names import CUNJIANG, XFORMS


def settings_row(source: SheetSource, choices: list[Cells]) -> Cells:
    """The filled cells: names and version of the form, its languages, and what applies to it as a whole."""
    form, data, top = source.form, source.data, source.top
    own = {key: value for key, value in data.attrib.items() if key not in {"id", "version"}}
    cells = {
        "form_title": source.title,
        "form_id": form.form_id,
        "version": form.version,
        "name": top[1:] if top != "/data" else "",
        "instance_xmlns": _namespace(source),
        "default_language": source.texts.default,
        "instance_name": _instance_name(source),
        "allow_choice_duplicates": "yes" if _some_twice(choices) else "",
        "style": source.body.get("class", ""),
        "namespaces": 'cj="urn:cunjiang:forms"' if _is_ours(source, own) else "",
    }
    cells |= {f"attribute::{prefixed(key)}": value for key, value in own.items()}
    return {column: text for column, text in cells.items() if text}


def _namespace(source: SheetSource) -> str:
    """The namespace of the instance, "" for that of XForms."""
    tag = str(source.data.tag)
    space = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    return "" if f"{{{space}}}" == XFORMS else space


def _instance_name(source: SheetSource) -> str:
    bind = source.binds.get(f"{source.top}/meta/instanceName")
    return source.texts.expression(bind.get("calculate", "")) if bind is not None else ""


def _some_twice(choices: list[Cells]) -> bool:
    named = Counter((row["list_name"], row.get("name", "")) for row in choices)
    return max(named.values(), default=0) > 1


def _is_ours(source: SheetSource, own: Cells) -> bool:
    """Whether the sheets have columns of our own."""
    written = (*own, *(key for bind in source.binds.values() for key in bind.attrib))
    none = any(isinstance(one, Repeat) and not one.first_rows for one in source.form.items())
    return none or any(key.startswith(CUNJIANG) for key in written)
