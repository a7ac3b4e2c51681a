"""The namespaces of an XForm, and the names of its elements as paths write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

XFORMS: Final = "{http://www.w3.org/2002/xforms}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"
JAVAROSA: Final = "{http://openrosa.org/javarosa}"
CUNJIANG: Final = "{urn:cunjiang:forms}"
"""What stands before the names of elements and attributes of a namespace, as ElementTree writes it."""
NAMESPACES: Final = {
    "jr": "http://openrosa.org/javarosa",
    "orx": "http://openrosa.org/xforms",
    "odk": "http://www.opendatakit.org/xforms",
    "ev": "http://www.w3.org/2001/xml-events",
    "cj": "urn:cunjiang:forms",
}
"""Those that names in paths and attributes may come from, by the prefix that is written here."""
_PREFIXES: Mapping[str, str] = {f"{{{uri}}}": f"{prefix}:" for prefix, uri in NAMESPACES.items()}


def local_name(tag: object) -> str:
    """An element's name without its namespace."""
    return str(tag).rpartition("}")[2]


def path_name(tag: str) -> str:
    """An element's name as paths write it: prefixed only for the namespaces ODK knows."""
    namespace, closing, local = tag.rpartition("}")
    return _PREFIXES.get(namespace + closing, "") + local


def foreign_namespace(tag: str) -> str:
    """The namespace that an element has in an instance document, "" where its name or the XForm says it."""
    namespace, closing, _ = tag.rpartition("}")
    known = namespace + closing in _PREFIXES or namespace + closing == XFORMS
    return "" if known else namespace[1:]
