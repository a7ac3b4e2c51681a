"""Instance XML out and in: what a phone or an OpenRosa server sends and takes."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import KnownError
from core.forms.answer_tree import ROW_ID_QUESTION
from core.forms.answers import WrongTypeError, answer_text, parse_text
from core.forms.instance import Node
from core.forms.model import Form, Group, Question, Repeat
from core.forms.paths import POSITION, position_between, row_path
from core.forms.session import FormSession
from core.ids import row_uuid
from core.values import Value

OPENROSA = "http://openrosa.org/xforms"


def to_instance_xml(session: FormSession) -> bytes:
    """The answers as an instance document. Irrelevant answers are left out, as JavaRosa leaves them out.

    A photo's answer is its file name; `meta/instanceID` is `uuid:` and the record's id.
    """
    form = session.form
    root = Element(form.root.name, dict(form.instance_attributes))
    _write_children(session, session.root, root)
    meta = root.find("meta")
    if meta is None:
        meta = SubElement(root, "meta")
    for name, text in (("instanceID", f"uuid:{session.record_id}"), ("instanceName", session.title(""))):
        if text:
            found = meta.find(name)
            (found if found is not None else SubElement(meta, name)).text = _xml_text(text)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _write_children(session: FormSession, node: Node, element: Element) -> None:
    for name in node.spec.instance_order:
        for child in node.children[name]:
            if not child.relevant:
                continue
            written = SubElement(element, _tag(child.name))
            if isinstance(child.spec, Question):
                written.text = _xml_text(answer_text(session.value(child.path)))
            else:
                _write_children(session, child, written)


def _tag(name: str) -> str:
    return f"{{{OPENROSA}}}{name[4:]}" if name.startswith("orx:") else name


def _xml_text(text: str) -> str:
    """The text without the characters XML cannot carry (control characters, half surrogates)."""
    return "".join(
        character
        for character in text
        if character in "\t\n\r" or "\x20" <= character < "\ud800" or "\ue000" <= character < "\ufffe"
        or character > "\uffff"
    )  # fmt: skip


def answers_from_instance_xml(form: Form, xml: bytes) -> dict[str, Value]:
    """The answers in an instance document, by path; calculations are left out, they are recomputed.

    A row keeps the identity in its `cj_id`; else it gets one made from instanceID, repeat and place. A photo
    arrives as its file name, a text, for whoever holds the files to replace. Raises KnownError
    "submission_broken" (`reason`: xml, other_form, type; `place`).
    """
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as e:
        raise KnownError("submission_broken", reason="xml", place="/") from e
    if _local(root) != form.root.name or root.get("id", form.form_id) != form.form_id:
        raise KnownError("submission_broken", reason="other_form", place=root.get("id", _local(root)))
    owner = _instance_id(root)
    return dict(_read_children(form.root, root, "", owner))


def _instance_id(root: Element) -> str:
    for element in root.iter():
        if _local(element) == "instanceID":
            return (element.text or "").strip()
    return ""


def _read_children(
    item: Group | Repeat, element: Element, prefix: str, owner: str
) -> Iterator[tuple[str, Value]]:
    for child in item.children:
        if child.name in ("meta", "orx:meta") and prefix == "":
            continue
        found = [one for one in element if _local(one) == child.name]
        if isinstance(child, Repeat):
            yield from _read_rows(child, found, prefix, owner)
        elif found and isinstance(child, Group):
            yield from _read_children(child, found[0], prefix, owner)
        elif found and isinstance(child, Question):
            yield from _read_answer(child, found[0], prefix)


def _read_rows(repeat: Repeat, rows: list[Element], prefix: str, owner: str) -> Iterator[tuple[str, Value]]:
    position: str | None = None
    repeat_path = f"{prefix}/{repeat.name}"
    for ordinal, row in enumerate(rows, 1):
        kept = next(((one.text or "").strip() for one in row if _local(one) == ROW_ID_QUESTION), "")
        row_id = kept if _is_row_id(kept) else row_uuid(owner, repeat_path, ordinal)
        path = row_path(repeat_path, row_id)
        position = position_between(position, None)
        yield f"{path}/{POSITION}", position
        yield from _read_children(repeat, row, path, owner)


def _is_row_id(text: str) -> bool:
    return text != "" and not set(text) & set("[]/@ ")


def _read_answer(question: Question, element: Element, prefix: str) -> Iterator[tuple[str, Value]]:
    path = f"{prefix}/{question.name}"
    calculated = question.calculate is not None and not question.calculate.fires_once
    text = element.text or ""
    if calculated or not text or question.name == ROW_ID_QUESTION:
        return
    if question.datatype == "binary":
        yield path, text.strip()
        return
    try:
        yield path, parse_text(question.datatype, text)
    except WrongTypeError as e:
        raise KnownError("submission_broken", reason="type", place=path) from e


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
