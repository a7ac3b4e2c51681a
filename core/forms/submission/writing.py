"""Instance XML out: the document that ODK Collect would send for the same answers, and the files with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from core.forms.answers import answer_text, media_name
from core.forms.filling.answer_tree import ROW_ID_QUESTION
from core.forms.filling.session import FormSession
from core.forms.instance import Node
from core.forms.model.items import Question, Repeat
from core.forms.submission.values import exact_beside, instance_text
from core.forms.submission.xml import (
    EXACT_VALUE,
    ROW_ID,
    UNREAD,
    escaped,
    quoted,
)
from core.forms.xform_names import NAMESPACES, local_name
from core.values import Value, text_of

_PREFIX_OF: Final = {uri: prefix for prefix, uri in NAMESPACES.items()}
_LONGEST_NAME = 120  # characters; 255 bytes of UTF-8 are what file systems take
_UNSAFE_IN_NAMES: Final = frozenset('<>:"/\\|?*')
_RESERVED: Final = frozenset(
    {"submission.xml", "xml_submission_file", "con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)
"""The XML's own names in a folder and in a POST, and what Windows takes for devices (naming-a-file)."""


@dataclass(frozen=True)
class Attachment:
    """A file of a submission: its name in the XML, and the answer (digest, size, type) that it stands for."""

    name: str
    value: dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """What is sent: the instance document and the files that it names."""

    xml: bytes
    attachments: tuple[Attachment, ...]


def write_submission(
    session: FormSession, instance: str, *, deprecated: str = "", earlier: Iterable[dict[str, Any]] = ()
) -> Submission:
    """The answers in force as JavaRosa writes them: irrelevant nodes, templates and rows too many left out.

    `instance` becomes meta/instanceID, `deprecated` the instance that it replaces. `earlier` are files that
    the record had, in their order: another file gets another name than theirs. An answer that its text
    would not give back (a control character, a position's source) has it in full beside it, as `cj:value`;
    so has a row its identity, as `cj:row`, where the form has no question for it. What was read of an
    instance and not understood is put back in its place.
    """
    return _Writer(session, instance, deprecated, _FileNames(earlier)).submission()


class _Writer:
    """Writes one document, inner parts first: the namespaces they need stand in the root's tag."""

    def __init__(self, session: FormSession, instance: str, deprecated: str, names: _FileNames) -> None:
        self._session = session
        self._head = {"instanceID": instance, "deprecatedID": deprecated}
        self._stored = session.answers()
        self._kept = _kept_fragments(self._stored)
        self._prefixes: dict[str, str] = {}
        self._names = names
        self._zone = session.now().tzinfo

    def submission(self) -> Submission:
        root = self._session.root
        inner = "".join(self._inside(root, ""))
        attributes = self._attributes(root.spec.instance_attributes)
        own = root.spec.instance_namespace
        spaces = "".join(f" xmlns:{prefix}={quoted(uri)}" for uri, prefix in self._prefixes.items())
        spaces += f" xmlns={quoted(own)}" if own else ""
        document = f"<{root.name}{attributes}{spaces}>{inner}</{root.name}>"
        xml = f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'
        return Submission(xml.encode(), self._names.attachments())

    def _inside(self, node: Node, place: str) -> Iterator[str]:
        """The children of a node as XML; `place` is the path to it by elements, rows by their ids."""
        spec = node.spec
        for name in spec.instance_order:
            for child in node.children[name]:
                if child.relevant:
                    yield self._element(child, f"{place}/{name}")
        if node.parent is None and not _meta_of(node):
            self._prefix(NAMESPACES["orx"])
            yield f"<orx:meta>{''.join(self._head_elements('orx:', frozenset()))}</orx:meta>"
        elif node.parent is not None and node is _meta_of(node.parent):
            prefix = node.name.removesuffix("meta")
            yield from self._head_elements(prefix, frozenset(node.children))
        yield from self._kept.get(place, ())

    def _head_elements(self, prefix: str, asked: frozenset[str]) -> Iterator[str]:
        """What says which instance it is, as far as the form has no node for it."""
        for name, text in self._head.items():
            if text and not asked & {name, f"orx:{name}"}:
                yield f"<{prefix}{name}>{escaped(text)}</{prefix}{name}>"

    def _element(self, node: Node, place: str) -> str:
        tag, attributes = self._tag(node), dict(node.spec.instance_attributes)
        if isinstance(node.spec, Question):
            text, exact = self._answer(node)
            if exact:
                attributes[EXACT_VALUE] = exact
        else:
            if isinstance(node.spec, Repeat):
                place = f"{place}[{node.row_id}]"
                if ROW_ID_QUESTION not in node.children:
                    attributes[ROW_ID] = node.row_id
            text = "".join(self._inside(node, place))
        opening = f"{tag}{self._attributes(attributes)}"
        return f"<{opening}>{text}</{tag}>" if text else f"<{opening} />"

    def _answer(self, node: Node) -> tuple[str, str]:
        """The text of a question; and the answer in our own form, where the text does not give it back."""
        question: Question = node.spec
        value = self._session.value(node.path)
        in_meta = len(node.lineage) == 3 and node.parent is _meta_of(node.lineage[0])  # root, meta, it
        if in_meta and (head := self._head.get(node.name.removeprefix("orx:"))) is not None:
            return escaped(head), ""
        if value is None:
            return escaped(self._misfit(node)), ""
        if isinstance(value, dict) and "b" in value:
            return escaped(self._names.name_for(value)), ""
        text = instance_text(question.datatype, value, self._zone)
        return escaped(text), exact_beside(question.datatype, text, value)

    def _misfit(self, node: Node) -> str:
        """What is stored and none of the question's type: it goes back as it came."""
        stored = self._stored.get(node.path)
        if stored is None:
            return ""
        problem = self._session.problem(node.path)
        return answer_text(stored) if problem is not None and problem.code == "type" else ""

    def _tag(self, node: Node) -> str:
        prefix, colon, _ = node.name.rpartition(":")
        if colon:
            return f"{self._prefix(NAMESPACES[prefix])}:{node.name.removeprefix(prefix + colon)}"
        foreign = node.spec.instance_namespace
        plain = foreign in ("", self._session.root.spec.instance_namespace)
        return node.name if plain else f"{self._prefix(foreign)}:{node.name}"

    def _attributes(self, attributes: Mapping[str, str]) -> str:
        return "".join(f" {self._key(key)}={quoted(text)}" for key, text in attributes.items())

    def _key(self, key: str) -> str:
        namespace = key[1:].partition("}")[0] if key.startswith("{") else ""
        return f"{self._prefix(namespace)}:{local_name(key)}" if namespace else key

    def _prefix(self, uri: str) -> str:
        known = _PREFIX_OF.get(uri) or f"ns{len(self._prefixes)}"
        return self._prefixes.setdefault(uri, known)


def _meta_of(root: Node) -> Node | None:
    found = root.children.get("meta") or root.children.get("orx:meta")
    return found[0] if found else None


def _kept_fragments(stored: Mapping[str, Value]) -> dict[str, list[str]]:
    """Place -> the XML that was read there and not understood."""
    kept: dict[str, list[str]] = {}
    for path, value in sorted(stored.items()):
        if path.startswith(UNREAD) and (text := text_of(value)):
            place, _, fragment = text.partition("\n")
            kept.setdefault(place, []).append(fragment)
    return kept


class _FileNames:
    """Names that no two different files share, also where capitals do not count."""

    def __init__(self, earlier: Iterable[dict[str, Any]]) -> None:
        self._taken: dict[str, str] = dict.fromkeys(_RESERVED, "")
        self._attachments: dict[tuple[str, str], Attachment] = {}
        for value in earlier:
            self._free(_wanted_name(value), str(value["b"]))

    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(self._attachments.values())

    def name_for(self, value: dict[str, Any]) -> str:
        """The name of that file: the same for the same file under the same name."""
        digest = str(value["b"])
        wanted = _wanted_name(value)
        made = self._attachments.get((wanted.casefold(), digest))
        if made is None:
            made = Attachment(self._free(wanted, digest), value)
            self._attachments[wanted.casefold(), digest] = made
        return made.name

    def _free(self, wanted: str, digest: str) -> str:
        name, number = wanted, 1
        while self._taken.setdefault(name.casefold(), digest) != digest:
            number += 1
            stem, dot, ending = wanted.rpartition(".")
            name = f"{stem or ending}-{number}{dot if stem else ''}{ending if stem else ''}"
        return name


def _wanted_name(value: dict[str, Any]) -> str:
    digest = str(value["b"])
    return _safe_name(media_name(digest, value.get("name"), value.get("m"))) or digest[-16:]


def _safe_sign(sign: str) -> str:
    """The sign, a blank for other blank space, _ for what names cannot have or nobody would see."""
    category = unicodedata.category(sign)
    if category.startswith("Z"):
        return " "
    return "_" if category.startswith("C") or sign in _UNSAFE_IN_NAMES else sign


def _safe_name(name: str) -> str:
    """A file name that every system and server takes: no folders, no reserved signs, not too long."""
    path = PurePosixPath("".join(map(_safe_sign, unicodedata.normalize("NFC", name))).strip(" ."))
    stem, ending = path.stem, path.suffix[:12]
    if stem.casefold() in _RESERVED:
        stem = f"{stem}_"
    return f"{stem[: _LONGEST_NAME - len(ending)]}{ending}"
