"""XML that servers answer with: from anybody, read without document types and entities."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.forms.xform_names import local_name

_NO_XML: Final = (ParseError, DefusedXmlException, ValueError, LookupError)


def root_of(content: bytes, name: str) -> Element | None:
    """The root of a document of that name, in whatever namespace; None for anything else."""
    try:
        root: Element = fromstring(content.strip(), forbid_dtd=True)
    except _NO_XML:
        return None
    return root if local_name(root.tag) == name else None


def named(root: Element, name: str) -> list[Element]:
    """The elements of that name right below the root."""
    return [one for one in root if local_name(one.tag) == name]
