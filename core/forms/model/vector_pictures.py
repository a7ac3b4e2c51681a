"""SVG pictures of a form: what of them is drawn, which choice each shape stands for, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import KnownError
from core.forms.xform_names import local_name

MOST_BYTES: Final = 4_000_000
_MOST_ELEMENTS: Final = 5_000  # counted as often as they are used; a country's counties are 3,000
_DEEPEST: Final = 60
_MOST_STYLES: Final = 32_768
_MOST_WORDS: Final = 20_000
_MOST_IMAGES: Final = 8
_PAINTED: Final = frozenset({
    "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use", "image",
    "a", "switch",
})  # fmt: skip
_DRAWN: Final = _PAINTED | {
    "svg", "defs", "symbol", "style", "linearGradient", "radialGradient", "stop", "solidColor",
}  # fmt: skip
"""Those of SVG Tiny 1.2 and `symbol`; filters, masks, patterns, films, scripts, foreign content are not."""
_PASSED_OVER: Final = re.compile(r"filter|mask|clip-path|marker(-\w+)?|cursor|stroke-dash\w+")
"""Dashes too: a short line of tiny ones took QtSvg minutes (6.11)."""
_DASHES: Final = re.compile(r"stroke-dash\w+\s*:[^;}]*", re.IGNORECASE)
_PAINT: Final = re.compile(
    r"class|style|fill(-opacity)?|stroke(-opacity|-dasharray|-dashoffset)?|opacity|color"
)
_ELSEWHERE: Final = re.compile(r"@import|url\(\s*['\"]?(?!#)|expression\(", re.IGNORECASE)
_EMBEDDED: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)
_XLINK: Final = "http://www.w3.org/1999/xlink"
_HEAD: Final = re.compile(rb"<(?:\w+:)?svg[\s>]")


def is_vector_picture(data: bytes) -> bool:
    """Whether the file begins like an SVG."""
    return data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and _HEAD.search(data[:4096]) is not None


@dataclass(frozen=True, eq=False)
class VectorPicture:
    """An SVG that runs nothing, reaches nowhere and has a bounded number of elements."""

    root: Element

    def drawn(self) -> bytes:
        """The picture as an SVG file."""
        return _written(self.root)

    def shapes_of(self, values: Iterable[str]) -> dict[str, str]:
        """Value -> the `id` of its shape, else its `name`; also in other case, as in ODK Collect."""
        named: dict[str, str] = {}
        for element in self.root.iter():
            for name in (element.get("id"), element.get("name")):
                if name and element.tag in _PAINTED:
                    named.setdefault(name, name)
        folded = {name.casefold(): name for name in reversed(named)}
        found = {value: named.get(value) or folded.get(value.casefold()) for value in values}
        return {value: name for value, name in found.items() if name}

    def regions(self, colours: Mapping[str, str]) -> bytes:
        """An SVG of the named shapes alone, full in their colours, also those that are not seen.

        What stands inside of one and has a colour of its own, has that.
        """
        root = Element("svg", {**_unpainted(self.root), "fill": "none", "stroke": "none"})
        _paint(self.root, root, colours, "")
        return _written(root)


def read_vector_picture(data: bytes, embedded: Callable[[str], str]) -> VectorPicture:
    """The picture in an SVG file; `embedded` makes a safe `data:` address of one, or "" to leave it out.

    Raises KnownError "vector_picture_refused": broken XML, entities, too much, or something that uses itself.
    """
    if len(data) > MOST_BYTES:
        raise KnownError("vector_picture_refused", reason="too large")
    try:
        read = fromstring(data, forbid_entities=True, forbid_external=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as e:
        raise KnownError("vector_picture_refused", reason=str(e)) from e
    if local_name(read.tag) != "svg" or sum(1 for _ in read.iter()) > 10 * _MOST_ELEMENTS:
        raise KnownError("vector_picture_refused", reason="no svg, or too many elements")
    root = Element("svg", _attributes(read))
    _Keeping(embedded).children(read, root, 1)
    _bound(root)
    return VectorPicture(root)


class _Keeping:
    """Copies what is drawn and leaves out the rest."""

    def __init__(self, embedded: Callable[[str], str]) -> None:
        self._embedded = embedded
        self._images = self._words = self._styles = 0

    def children(self, source: Element, made: Element, depth: int) -> None:
        """Fill `made` with what of the children of `source` is drawn."""
        if depth > _DEEPEST:
            raise KnownError("vector_picture_refused", reason="nested too deeply")
        for child in source:
            tag = local_name(child.tag)
            if tag not in _DRAWN or tag == "svg":
                continue
            one = Element(tag, _attributes(child))
            if tag == "image" and not self._keep_image(one):
                continue
            if tag in {"text", "tspan", "style"}:
                one.text = self._text(tag, child.text or "")
            if made.tag in {"text", "tspan"}:
                one.tail = self._text("text", child.tail or "")
            made.append(one)
            self.children(child, one, depth + 1)

    def _text(self, tag: str, words: str) -> str:
        if tag == "style":
            self._styles += len(words)
            words = "" if _ELSEWHERE.search(words) else _DASHES.sub("", words)
        else:
            self._words += len(words)
        if self._words > _MOST_WORDS or self._styles > _MOST_STYLES:
            raise KnownError("vector_picture_refused", reason="too many words")
        return words

    def _keep_image(self, image: Element) -> bool:
        """Put the safe copy of an embedded picture in; False where there is none."""
        self._images += 1
        address = image.get("xlink:href", "")
        safe = self._embedded(address) if self._images <= _MOST_IMAGES and _EMBEDDED.match(address) else ""
        image.set("xlink:href", safe)
        return bool(safe)


def _attributes(element: Element) -> dict[str, str]:
    """Those that mean something in a still picture and lead nowhere outside of it."""
    kept: dict[str, str] = {}
    for name, value in element.attrib.items():
        namespace, _, local = name.rpartition("}")
        if (
            namespace.lstrip("{") not in {"", _XLINK}
            or local.startswith("on")
            or _PASSED_OVER.fullmatch(local)
        ):
            continue
        if local == "href":
            if value.startswith("#") or _EMBEDDED.match(value):
                kept["xlink:href"] = value
        elif local == "style":
            kept["style"] = ";".join(_declarations(value))
        elif namespace == "" and not _ELSEWHERE.search(value):
            kept[local] = value
    return kept


def _declarations(style: str) -> Iterator[str]:
    for declaration in style.split(";"):
        name = declaration.partition(":")[0].strip()
        if name and not _PASSED_OVER.fullmatch(name) and not _ELSEWHERE.search(declaration):
            yield declaration


def _bound(root: Element) -> None:
    """Raises KnownError "vector_picture_refused" for more than is drawn in bounded time, and for circles."""
    named = {name: element for element in root.iter() if (name := element.get("id"))}
    sizes: dict[Element, tuple[int, int]] = {}

    def size(element: Element, around: int) -> tuple[int, int]:
        """(elements drawn, levels) of an element with all that it uses."""
        if around > _DEEPEST:
            raise KnownError("vector_picture_refused", reason="uses itself, or nested too deeply")
        if element not in sizes:
            parts = [*element]
            used = named.get(element.get("xlink:href", "")[1:]) if element.tag != "image" else None
            parts += [used] if used is not None else []
            below = [size(part, around + 1) for part in parts]
            sizes[element] = (
                1 + sum(count for count, _ in below),
                1 + max((deep for _, deep in below), default=0),
            )
        count, deep = sizes[element]
        if count > _MOST_ELEMENTS or around + deep > _DEEPEST + 1:
            raise KnownError("vector_picture_refused", reason="too many elements")
        return count, deep

    size(root, 0)


def _unpainted(element: Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if not _PAINT.fullmatch(name)}


def _paint(source: Element, made: Element, colours: Mapping[str, str], colour: str) -> None:
    """Copy the shapes below `source`, painted in the colour around them or in their own."""
    for child in source:
        if child.tag in {"style", "linearGradient", "radialGradient", "solidColor"} or _hidden(child):
            continue
        own = colours.get(child.get("id", "")) or colours.get(child.get("name", "")) or colour
        if child.tag == "image":
            one = SubElement(made, "rect", {k: v for k, v in _unpainted(child).items() if k != "xlink:href"})
        else:
            one = SubElement(made, child.tag, _unpainted(child))
            one.text, one.tail = child.text, child.tail
        if own and _is_line(child):
            one.attrib.update(
                {"fill": "none", "stroke": own, "stroke-width": _told(child, "stroke-width") or "1"}
            )
        elif own:
            one.set("fill", own)
        _paint(child, one, colours, own)


def _is_line(element: Element) -> bool:
    """Whether nobody would point into it: a line that does not close and is not filled."""
    if element.tag in {"path", "polyline"}:
        return _told(element, "fill") == "none" and "z" not in element.get("d", "").lower()
    return element.tag == "line"


def _hidden(element: Element) -> bool:
    return _told(element, "display") == "none"


def _told(element: Element, name: str) -> str:
    """What the element itself says of how it is painted, in its `style` or as an attribute; "" if nothing."""
    style = dict(part.partition(":")[::2] for part in element.get("style", "").replace(" ", "").split(";"))
    return style.get(name) or element.get(name, "").strip()


def _written(root: Element) -> bytes:
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("xmlns:xlink", _XLINK)
    written: bytes = tostring(root, "utf-8")
    return written
