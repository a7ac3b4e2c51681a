"""Instance XML in: the answers of a document that a phone, a server or a person sent."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from xml.etree.ElementTree import Element, tostring
from zlib import crc32

from core.forms.filling.answer_tree import ROW_ID_QUESTION
from core.forms.model.form import Form
from core.forms.model.items import Group, Question, Repeat
from core.forms.paths import POSITION, position_between, row_path, template_path
from core.forms.submission.values import exact_value, read_value
from core.forms.submission.xml import (
    EXACT_VALUE,
    HEAD_NAMES,
    ROW_ID,
    UNREAD,
    escaped,
    meta_texts,
    parse_instance,
    record_of_instance,
    stray_texts,
    submission_broken,
)
from core.forms.xform_names import local_name
from core.ids import row_uuid
from core.values import Value, text_value

_TEMPLATE: Final = "{http://openrosa.org/javarosa}template"
_FRAGMENT_LIMIT = 100_000
"""Bytes kept of one thing that is not understood: an operation holds 256 KB (core.records.operation)."""
_LONGEST_PATH = 500
_ROW_NAME = re.compile(r"[^\[\]/@\s]{1,64}\Z")

Reason = Literal["unknown", "type", "extra", "text", "large"]


@dataclass(frozen=True)
class Unread:
    """What a form does not understand of an instance. `path` is that of the answer it would be.

    `reason`: "unknown" (the form has no such question), "type" (no answer of the question's type), "extra"
    (a second answer to one question), "text" (between questions), "large" (unknown, and too long to keep).
    """

    path: str
    text: str
    reason: Reason


@dataclass(frozen=True)
class ReadSubmission:
    """What an instance document says.

    `answers` are stored as they are: rows with their positions, texts of the wrong type where they stand, and
    what is not understood under the paths that `unread` lists and those of `UNREAD`, which put it back when
    the record is written again. `files` are the names of photos and files by path of the question.
    `calculated` are the texts of what is computed anew and never stored.
    """

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str
    answers: dict[str, Value] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    calculated: dict[str, str] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


def read_submission(form: Form, xml: bytes, record_id: str = "") -> ReadSubmission:
    """The answers in an instance document of that form (in whatever version).

    A row keeps the identity that it has (`cj_id`, or `cj:row`); else it gets one made of the record, repeat
    and place, the same each time. `record_id` is that of the record that an edit belongs to; without it, it
    is that of the instance. Raises KnownError "submission_broken": `place`, and `reason` xml, large,
    other_form or encrypted.
    """
    root = parse_instance(xml)
    head = head_of(root)
    if root.get("encrypted") == "yes":
        raise submission_broken("encrypted", "/")
    if head.form_id != form.form_id:
        raise submission_broken("other_form", head.form_id or local_name(root.tag))
    return _Reader(form, record_id or record_of_instance(head.instance_id)).read(head, root)


class SubmissionHead(NamedTuple):
    """What an instance says of itself, "" for what it leaves out."""

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str


def head_of_submission(xml: bytes) -> SubmissionHead:
    """What an instance document says of itself. Raises KnownError "submission_broken" (xml, large)."""
    return head_of(parse_instance(xml))


def head_of(root: Element) -> SubmissionHead:
    """The same of a parsed document."""
    meta = meta_texts(root)
    namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    return SubmissionHead(
        root.get("id") or namespace,
        root.get("version") or root.get("{http://openrosa.org/javarosa}version") or "",
        meta.get("instanceID") or root.get("instanceID") or "",
        meta.get("deprecatedID", ""),
    )


class _Reader:
    """Reads one document; the form says what each element is. What it does not know is looked at last."""

    def __init__(self, form: Form, record_id: str) -> None:
        self._form, self._record_id = form, record_id
        self._answers: dict[str, Value] = {}
        self._files: dict[str, str] = {}
        self._calculated: dict[str, str] = {}
        self._unread: list[Unread] = []
        self._unknown: list[tuple[Element, str, str]] = []
        self._found: set[str] = set()
        """The paths of the questions that the document has, empty ones too."""
        self._positions: dict[str, str] = {}
        self._fragments = 0

    def read(self, head: SubmissionHead, root: Element) -> ReadSubmission:
        self._inside(self._form.root, root, "", "")
        for element, prefix, place in self._unknown:
            self._take_unknown(element, prefix, place)
        return ReadSubmission(
            head.form_id,
            head.version,
            head.instance_id,
            head.deprecated_id,
            self._answers,
            self._files,
            self._calculated,
            tuple(self._unread),
        )

    def _inside(self, item: Group | Repeat, element: Element, prefix: str, place: str) -> None:
        """What stands in a group or row. `prefix`: the path of answers to it; `place`: that by elements."""
        children = {child.name.rpartition(":")[2]: child for child in item.children}
        rows: dict[str, int] = {}
        read: set[str] = set()
        for one in element:
            name = local_name(one.tag)
            child = children.get(name)
            if place in ("/meta", "/orx:meta") and name in HEAD_NAMES:
                continue
            if isinstance(child, Repeat):
                if one.get(_TEMPLATE) is None:
                    rows[name] = rows.get(name, 0) + 1
                    self._row(child, one, rows[name], prefix, place)
            elif child is None and place == "" and name == "meta":
                self._inside(_NO_META, one, prefix, "/orx:meta")
            elif child is None or (isinstance(child, Question) and len(one)):
                self._unknown.append((one, prefix, place))
            elif name in read:
                self._keep(one, f"{prefix}/{child.step}", place, "extra")
            else:
                read.add(name)
                self._read_known(child, one, prefix, place)
        for text in stray_texts(element):
            self._keep_fragment(escaped(text), f"{prefix}/{local_name(element.tag)}", text, place, "text")

    def _read_known(self, child: Group | Question, element: Element, prefix: str, place: str) -> None:
        if isinstance(child, Group):
            self._inside(child, element, prefix, f"{place}/{child.name}")
        else:
            self._answer(child, element, f"{prefix}/{child.step}")

    def _row(self, repeat: Repeat, element: Element, ordinal: int, prefix: str, place: str) -> None:
        path = self._begin_row(f"{prefix}/{repeat.step}", element, ordinal)
        self._inside(repeat, element, path, f"{place}/{repeat.name}{path[path.rindex('[') :]}")

    def _begin_row(self, repeat_path: str, element: Element, ordinal: int) -> str:
        """The path of a row, its place among the others noted."""
        own = next(
            ((one.text or "").strip() for one in element if local_name(one.tag) == ROW_ID_QUESTION), ""
        )
        row_id = own or element.get(ROW_ID, "")
        path = row_path(repeat_path, row_id)
        if not _ROW_NAME.match(row_id) or f"{path}/{POSITION}" in self._answers:  # none, or that of another
            path = row_path(repeat_path, row_uuid(self._record_id, repeat_path, ordinal))
        self._positions[repeat_path] = position_between(self._positions.get(repeat_path), None)
        self._answers[f"{path}/{POSITION}"] = self._positions[repeat_path]
        return path

    def _answer(self, question: Question, element: Element, path: str) -> None:
        self._found.add(path)
        text = element.text or ""
        if question.name == ROW_ID_QUESTION or not (text.strip() or EXACT_VALUE in element.attrib):
            return
        if question.calculate is not None and not question.calculate.fires_once:
            self._calculated[path] = text
        elif question.datatype == "binary":
            self._files[path] = text.strip()
        else:
            value = exact_value(question.datatype, element.get(EXACT_VALUE, ""), text)
            value = value if value is not None else read_value(question.datatype, text)
            if value is None:
                value = text_value(text)
                self._unread.append(Unread(path, text, "type"))
            self._answers[path] = value

    # What the form does not know

    def _take_unknown(self, element: Element, prefix: str, place: str) -> None:
        """Questions that stand in another group in this version; else answers of a version not here."""
        leaves = [leaf for leaf in element.iter() if not len(leaf)]
        moved = {one.name: (one, leaf) for leaf in leaves if (one := self._free_question(leaf, prefix))}
        if len(moved) == len(leaves):
            for name, (question, leaf) in moved.items():
                self._answer(question, leaf, f"{prefix}/{name}")
            return
        path = f"{prefix}/{local_name(element.tag)}"
        known = self._form.item(template_path(path)) is not None
        self._keep(element, path, place, "extra" if known else "unknown")
        if not known:
            self._answer_leaves(element, prefix)

    def _free_question(self, leaf: Element, prefix: str) -> Question | None:
        """The question of that name, in whatever group, if the document has it nowhere else."""
        path = f"{prefix}/{local_name(leaf.tag)}"
        return self._form.question(template_path(path)) if path not in self._found else None

    def _answer_leaves(self, element: Element, prefix: str) -> None:
        """Texts under the paths where a version that asks for them finds them."""
        path = f"{prefix}/{local_name(element.tag)}"
        if not len(element):
            if len(path) <= _LONGEST_PATH and self._form.item(template_path(path)) is None and element.text:
                self._answers.setdefault(path, text_value(element.text))
            return
        names = Counter(local_name(child.tag) for child in element if len(child))
        seen: Counter[str] = Counter()
        for child in element:
            name = local_name(child.tag)
            seen[name] += 1
            if names[name] > 1 and len(child):
                row = self._begin_row(f"{prefix}/{name}", child, seen[name])
                for inner in child:
                    self._answer_leaves(inner, row)
            else:
                self._answer_leaves(child, prefix)

    def _keep(self, element: Element, path: str, place: str, reason: Reason) -> None:
        tail, element.tail = element.tail, None
        fragment = tostring(element, encoding="unicode")
        element.tail = tail
        text = " ".join("".join(element.itertext()).split())
        self._keep_fragment(fragment, path, text, place, reason)

    def _keep_fragment(self, fragment: str, path: str, text: str, place: str, reason: Reason) -> None:
        """XML that goes back to its place when the record is written, and what is said about it."""
        kept = f"{place}\n{fragment}"
        plain = kept.encode("utf-8", "surrogatepass")
        if len(plain) > _FRAGMENT_LIMIT:
            reason = "large"
        else:  # named by its place and content: what two documents leave over never stands against each other
            self._answers[f"{UNREAD}{self._fragments:04d}.{crc32(plain):08x}"] = text_value(kept)
            self._fragments += 1
        self._unread.append(Unread(path, text, reason))


_NO_META = Group("meta", "", ())
