"""What writing and reading of instances share: names, signs that XML cannot carry, bounded parsing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from core.errors import KnownError
from core.forms.xform_names import NAMESPACES, local_name

_OURS: Final = f"{{{NAMESPACES['cj']}}}"
EXACT_VALUE: Final = f"{_OURS}value"
"""An attribute beside a text: the answer in our own form, where the text alone would not give it back."""
ROW_ID: Final = f"{_OURS}row"
"""An attribute of a row whose form has no question for its identity."""
UNREAD: Final = "/meta/@unread."
"""Answers whose path begins so keep what a form did not know of an instance: its place, a line break, XML."""
HEAD_NAMES: Final = frozenset({"instanceID", "deprecatedID", "instanceName"})
"""What stands in `meta` and says which instance it is: no answers."""

INSTANCE_BYTES_LIMIT: Final = 64 * 1024 * 1024
"""Of one instance: 10,000 rows of 40 questions with names and answers of 80 characters are half of it."""
_DEEPEST: Final = 100
"""Levels of nesting; a form has at most 60 (`core.forms.xform.reading`)."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(rb"<!\[CDATA\[.*?\]\]>|((?:&#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});)+)", re.DOTALL)
_HIDDEN = re.compile("\U0010fffe([0-9a-f]{1,4})\U0010fffe")
_FOREIGN_RECORDS = uuid.UUID("8f0f4f0e-9d1b-5f27-8d52-4f0d3b1c9e60")


def xml_text(text: str) -> str:
    """The text with U+FFFD for what XML 1.0 cannot carry (2.2: control characters, half surrogates)."""
    return _NO_XML.sub("\ufffd", text)


def json_text(json: str) -> str:
    """JSON in which characters that XML cannot carry are written as JSON's own escapes."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found.group()):04x}", json)


def escaped(text: str) -> str:
    """A text as it stands between tags or in an attribute; a carriage return survives (XML 1.0, 2.11)."""
    safe = xml_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("\r", "&#13;")


def quoted(text: str) -> str:
    """A text as the value of an attribute, with its quotation marks."""
    inner = escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{inner}"'


def record_of_instance(instance_id: str) -> str:
    """The id of the record that an instance is: its UUID in lower case, else one made of its whole name."""
    prefix, _, own = instance_id.strip().partition(":")
    if prefix.lower() == "uuid" and _UUID.match(own):
        return own.lower()
    return str(uuid.uuid5(_FOREIGN_RECORDS, instance_id))


def parse_instance(xml: bytes) -> Element:
    """The root of an instance document. Raises KnownError "submission_broken" (`reason` "xml" or "large").

    Entities, a document type and nesting beyond a hundred levels are refused. References to characters that
    XML forbids, which JavaRosa writes for control characters and for signs beyond the basic plane, are read.
    """
    if len(xml) > INSTANCE_BYTES_LIMIT:
        raise submission_broken("large", "/")
    try:
        return _parsed(xml)
    except (ParseError, ExpatError, DefusedXmlException, ValueError, LookupError) as e:
        with suppress(ParseError, ExpatError, DefusedXmlException, ValueError, LookupError):
            return _with_hidden_shown(_parsed(_REFERENCE.sub(_hidden, xml)))
        raise submission_broken("xml", "/") from e


def submission_broken(reason: str, place: str) -> KnownError:
    """The error that an instance cannot be read: a code for the reason, and where."""
    return KnownError("submission_broken", reason=reason, place=place)


class _ShallowBuilder(TreeBuilder):
    """Builds the tree and refuses one that is nested too deeply for the recursion that reads it."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("nested too deeply")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _parsed(xml: bytes) -> Element:
    parser = DefusedXMLParser(target=_ShallowBuilder(), forbid_dtd=True)
    parser.feed(xml)
    root: Element = parser.close()
    return root


def _hidden(found: re.Match[bytes]) -> bytes:
    """References to characters, those that XML forbids put between two signs that nobody writes."""
    if found.group(1) is None:
        return found.group()
    numbers = [
        int(number[1:], 16) if number[:1] == b"x" else int(number)
        for number in re.findall(rb"&#(\w+);", found.group(1))
    ]
    if any(number > 0x10FFFF for number in numbers):
        raise ValueError("no character")
    text = "".join(map(chr, numbers)).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return "".join(
        f"\U0010fffe{ord(sign):x}\U0010fffe" if _NO_XML.match(sign) else f"&#{ord(sign)};" for sign in text
    ).encode()


def _with_hidden_shown(root: Element) -> Element:
    for element in root.iter():
        element.text, element.tail = (
            text and _HIDDEN.sub(lambda found: chr(int(found.group(1), 16)), text)
            for text in (element.text, element.tail)
        )
    return root


def stray_texts(element: Element) -> Iterator[str]:
    """What stands between the children of a group: nothing, in a document that is none too strange."""
    for text in (element.text, *(child.tail for child in element)):
        if text and text.strip():
            yield text


def meta_texts(root: Element) -> dict[str, str]:
    """What `meta` says by local name (instanceID, deprecatedID …), whatever namespace it is in."""
    return {
        local_name(child.tag): xml_text((child.text or "").strip())
        for meta in root
        if local_name(meta.tag) == "meta"
        for child in meta
    }
