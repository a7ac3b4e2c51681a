"""The signs of markup in a label told apart, and how what stands between them looks.

What opens a look has effect only where something closes it (`pairs_in`); `markup.py` makes lines of it all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Final, Literal
from urllib.parse import quote

from core.forms.model.quoting import END, unquoted

_SCHEMES: Final = ("http://", "https://", "mailto:")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?|[A-Za-z]{3,24}")
_FONT: Final = re.compile(r"[\w ,'\-]{1,80}")
_ATTRIBUTE: Final = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TOKEN: Final = re.compile(
    r"""\x01(?P<said>[^\x02]*)\x02
    |\\(?P<escaped>[\\`*_{}\[\]()\#+\-.!<>&])
    |^[ \t]*(?P<hashes>\#{1,6})(?=[^#\n]*[^\s#])[ \t]*
    |^[ \t]*(?P<bullet>[-*+])[ \t]+(?=\S)
    |^[ \t]*(?P<number>\d{1,4}[.)])[ \t]+(?=\S)
    |(?P<newline>\r\n?|\n)
    |\[(?P<words>(?:\x01[^\x02]*\x02|[^\[\]\n\x01]){0,500})\]
      \((?P<address>(?:\x01[^\x02]*\x02|[^()\s\x01]){1,2000})\)
    |(?P<mark>\*+|_+)
    |<\s?(?P<closing>/?)\s?(?P<tag>[A-Za-z][A-Za-z0-9]*)
      (?P<attributes>(?:\s+[\w-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*/?>
    |(?P<entity>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,32});)
    """,
    re.VERBOSE | re.MULTILINE,
)
_BREAKS: Final = frozenset(
    {"br", "p", "div", "li", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_WITHOUT_EFFECT: Final = frozenset({"small", "big", "sub", "sup", "s", "strike", "del", "ins", "tt", "code"})


@dataclass(frozen=True)
class Look:
    """How a run of words looks. `colour` and `font` as CSS names them, `address` of a link; "" for none."""

    strong: bool = False
    emphasis: bool = False
    underlined: bool = False
    colour: str = ""
    font: str = ""
    address: str = ""

    def joined(self, other: Look) -> Look:
        """The look of words in both; of the other where only one can be."""
        if other == PLAIN:
            return self
        return Look(
            self.strong or other.strong,
            self.emphasis or other.emphasis,
            self.underlined or other.underlined,
            other.colour or self.colour,
            other.font or self.font,
            other.address or self.address,
        )


PLAIN: Final = Look()
_INLINE: Final = {
    "b": Look(strong=True), "strong": Look(strong=True), "i": Look(emphasis=True), "em": Look(emphasis=True),
    "cite": Look(emphasis=True), "dfn": Look(emphasis=True), "u": Look(underlined=True),
    "span": PLAIN, "font": PLAIN, "a": PLAIN,
}  # fmt: skip
_BY_MARK: Final = (PLAIN, Look(emphasis=True), Look(strong=True), Look(strong=True, emphasis=True))

TokenKind = Literal["words", "open", "newline", "heading", "item", "break"]


@dataclass
class Token:
    """A piece of the text. What opens or closes a look has a `key`; unpaired it is words."""

    kind: TokenKind
    text: str
    look: Look = PLAIN
    key: str = ""
    opens: bool = False
    closes: bool = False
    level: int = 0


def tokens_in(text: str) -> Iterator[Token]:
    """The pieces of a label, in order; items of lists only where the label has several lines."""
    listing = "\n" in text.strip()
    at = 0
    for match in _TOKEN.finditer(text):
        if match.start() > at:
            yield Token("words", text[at : match.start()])
        at = match.end()
        yield from _token(match, text, listing=listing)
    if at < len(text):
        yield Token("words", text[at:])


def _token(match: re.Match[str], text: str, *, listing: bool) -> Iterator[Token]:
    kind, whole = str(match.lastgroup), match.group()
    found = match.groupdict()
    if found["said"] is not None or found["escaped"] is not None:
        yield Token("words", found["said"] if found["said"] is not None else found["escaped"])
    elif kind == "newline":
        yield Token("newline", "\n")
    elif kind == "hashes":
        yield Token("heading", whole, level=len(found["hashes"]))
    elif kind in ("bullet", "number") and listing:
        yield Token("item", "•" if kind == "bullet" else found["number"])
    elif kind == "address":
        yield from _link(found["words"], found["address"], whole)
    elif kind == "mark" and len(whole) <= 3:
        yield _mark(whole, text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1])
    elif found["tag"] is not None:
        yield _tag(found["tag"].lower(), whole, found["attributes"], closing=bool(found["closing"]))
    elif kind == "entity":
        yield Token("words", unescape(whole))
    else:
        yield Token("words", whole)


def _link(words: str, address: str, whole: str) -> Iterator[Token]:
    address = "".join(
        quote(part[:-1], safe="") if part.endswith(END) else part
        for part in re.split(r"\x01([^\x02]*\x02)", address)
    )
    if not address.lower().startswith(_SCHEMES):
        yield Token("words", unquoted(whole))
        return
    look = Look(address=address)
    yield from (replace(token, look=look) if token.kind == "words" else token for token in tokens_in(words))


def _mark(mark: str, before: str, after: str) -> Token:
    opens, closes = bool(after.strip()), bool(before.strip())
    if mark[0] == "_":  # inside a word it is a letter of a name
        opens, closes = opens and not _is_letter(before), closes and not _is_letter(after)
    return Token("open", mark, _BY_MARK[len(mark)], mark, opens, closes)


def _is_letter(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _tag(tag: str, whole: str, attributes: str, *, closing: bool) -> Token:
    if tag in _BREAKS:
        level = int(tag[1]) if tag[0] == "h" and not closing else 0
        return Token("break", tag, level=level, closes=closing)
    if tag in _WITHOUT_EFFECT:
        return Token("words", "")
    if tag in _INLINE:
        look = _INLINE[tag] if closing else _styled(_INLINE[tag], attributes)
        return Token("open", whole, look, f"<{tag}>", not closing, closing)
    return Token("words", whole)


def _styled(look: Look, attributes: str) -> Look:
    """The look with the colour, the font and the address that a tag names; other styles have no effect."""
    given = {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(attributes)}
    for style in given.pop("style", "").split(";"):
        name, _, value = style.partition(":")
        given.setdefault(name.strip().lower(), value.strip())
    colour, font = given.get("color", "").strip(), given.get("font-family", given.get("face", "")).strip()
    address = given.get("href", "").strip()
    return replace(
        look,
        colour=colour if _COLOUR.fullmatch(colour) else "",
        font=font if _FONT.fullmatch(font) else "",
        address=address if address.lower().startswith(_SCHEMES) else "",
    )


def pairs_in(tokens: list[Token]) -> dict[int, bool]:
    """The places of what opens (True) and closes a look. What stays alone is words."""
    waiting: list[int] = []
    open_now: Counter[str] = Counter()
    paired: dict[int, bool] = {}
    for at, token in enumerate(tokens):
        if token.kind != "open":
            continue
        if token.closes and open_now[token.key]:
            while True:
                other = waiting.pop()
                open_now[tokens[other].key] -= 1
                if tokens[other].key == token.key:
                    break
            paired[other], paired[at] = True, False
        elif token.opens:
            waiting.append(at)
            open_now[token.key] += 1
    return paired
