"""The markup of labels, hints and messages read into words and how they look.

It is what ODK Collect reads in them: emphasis, headings and links of Markdown, and a little HTML. Lists are
those that Enketo reads besides. Where the two take too much for markup (the underscores of `file_name_x`, a
row of underscores to write on), the words stay as they are. Answers shown inside of a label are never markup:
they stand between two characters that no XML can hold (`literal`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import unescape
from itertools import groupby
from typing import Final, Literal
from urllib.parse import quote

_BEGIN, _END = "\x01", "\x02"  # XML 1.0 (2.2) lets no document hold them
_QUOTES: Final = str.maketrans("", "", _BEGIN + _END)
_SCHEMES: Final = ("http://", "https://", "mailto:")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?|[A-Za-z]{3,24}")
_FONT: Final = re.compile(r"[\w ,'\-]{1,80}")
_ATTRIBUTE: Final = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MAYBE: Final = re.compile(r"[\x01\x02\\*_#<&\[\r\n]")
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


PLAIN: Final = Look()


@dataclass(frozen=True)
class Run:
    """Words that look alike."""

    words: str
    look: Look = PLAIN


@dataclass(frozen=True)
class Line:
    """One line. `mark` stands before the item of a list ("•", "1."); `level` 1 to 6 is that of a heading."""

    runs: tuple[Run, ...] = ()
    level: int = 0
    mark: str = ""

    @property
    def words(self) -> str:
        return "".join(run.words for run in self.runs)


_INLINE: Final = {
    "b": Look(strong=True), "strong": Look(strong=True), "i": Look(emphasis=True), "em": Look(emphasis=True),
    "cite": Look(emphasis=True), "dfn": Look(emphasis=True), "u": Look(underlined=True),
    "span": PLAIN, "font": PLAIN, "a": PLAIN,
}  # fmt: skip
_BY_MARK: Final = (PLAIN, Look(emphasis=True), Look(strong=True), Look(strong=True, emphasis=True))


def literal(text: str) -> str:
    """Words to put into a label shown as they are, whatever they look like; none keep signs apart."""
    return f"{_BEGIN}{text.translate(_QUOTES)}{_END}"


def unquoted(text: str) -> str:
    """A label as expressions see it: its markup and the answers in it as one text."""
    return text.translate(_QUOTES) if _BEGIN in text else text


def is_marked(text: str) -> bool:
    """Whether a label looks otherwise than plain words."""
    if not _MAYBE.search(text):
        return False
    return any(
        line.level or line.mark or any(run.look != PLAIN for run in line.runs) for line in lines_in(text)
    )


def plain_words(text: str, *, addresses: bool = False) -> str:
    """The words of a label without its markup; with `addresses` those of its links stand behind them."""
    if not _MAYBE.search(text):
        return text
    return "\n".join(_plain_line(line, addresses=addresses) for line in lines_in(text)).strip()


def one_line(text: str) -> str:
    """The words of a label on one line, for titles and columns."""
    return " ".join(plain_words(text).split()) if _MAYBE.search(text) else text


@lru_cache(maxsize=4096)
def lines_in(text: str) -> tuple[Line, ...]:
    """The lines of a label. An empty line has no runs; none is first or last, no two follow each other."""
    tokens = list(_tokens(text))
    return tuple(_tidy(_Lines(_paired(tokens)).read(tokens)))


def _plain_line(line: Line, *, addresses: bool) -> str:
    words = line.words
    if addresses:
        links = groupby(line.runs, lambda run: run.look.address)
        words = "".join(with_address("".join(run.words for run in runs), address) for address, runs in links)
    return f"{line.mark} {words}" if line.mark else words


def with_address(words: str, address: str) -> str:
    """The words of a link with its address behind them, unless they are the address."""
    hidden = address and address.removeprefix("mailto:") != words.strip()
    return f"{words} ({address})" if hidden else words


# Reading


Kind = Literal["words", "open", "newline", "heading", "item", "break"]


@dataclass
class _Token:
    """A piece of the text. What opens or closes a look has a `key`; unpaired it is words."""

    kind: Kind
    text: str
    look: Look = PLAIN
    key: str = ""
    opens: bool = False
    closes: bool = False
    level: int = 0


def _tokens(text: str) -> Iterator[_Token]:
    listing = "\n" in text.strip()
    at = 0
    for match in _TOKEN.finditer(text):
        if match.start() > at:
            yield _Token("words", text[at : match.start()])
        at = match.end()
        yield from _token(match, text, listing=listing)
    if at < len(text):
        yield _Token("words", text[at:])


def _token(match: re.Match[str], text: str, *, listing: bool) -> Iterator[_Token]:
    kind, whole = str(match.lastgroup), match.group()
    found = match.groupdict()
    if found["said"] is not None or found["escaped"] is not None:
        yield _Token("words", found["said"] if found["said"] is not None else found["escaped"])
    elif kind == "newline":
        yield _Token("newline", "\n")
    elif kind == "hashes":
        yield _Token("heading", whole, level=len(found["hashes"]))
    elif kind in ("bullet", "number") and listing:
        yield _Token("item", "•" if kind == "bullet" else found["number"])
    elif kind == "address":
        yield from _link(found["words"], found["address"], whole)
    elif kind == "mark" and len(whole) <= 3:
        yield _mark(whole, text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1])
    elif found["tag"] is not None:
        yield _tag(found["tag"].lower(), whole, found["attributes"], closing=bool(found["closing"]))
    elif kind == "entity":
        yield _Token("words", unescape(whole))
    else:
        yield _Token("words", whole)


def _link(words: str, address: str, whole: str) -> Iterator[_Token]:
    address = "".join(
        quote(part[:-1], safe="") if part.endswith(_END) else part
        for part in re.split(r"\x01([^\x02]*\x02)", address)
    )
    if not address.lower().startswith(_SCHEMES):
        yield _Token("words", unquoted(whole))
        return
    look = Look(address=address)
    yield from (replace(token, look=look) if token.kind == "words" else token for token in _tokens(words))


def _mark(mark: str, before: str, after: str) -> _Token:
    opens, closes = bool(after.strip()), bool(before.strip())
    if mark[0] == "_":  # inside a word it is a letter of a name
        opens, closes = opens and not _is_letter(before), closes and not _is_letter(after)
    return _Token("open", mark, _BY_MARK[len(mark)], mark, opens, closes)


def _is_letter(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _tag(tag: str, whole: str, attributes: str, *, closing: bool) -> _Token:
    if tag in _BREAKS:
        level = int(tag[1]) if tag[0] == "h" and not closing else 0
        return _Token("break", tag, level=level, closes=closing)
    if tag in _WITHOUT_EFFECT:
        return _Token("words", "")
    if tag in _INLINE:
        look = _INLINE[tag] if closing else _styled(_INLINE[tag], attributes)
        return _Token("open", whole, look, f"<{tag}>", not closing, closing)
    return _Token("words", whole)


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


def _paired(tokens: list[_Token]) -> dict[int, bool]:
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


@dataclass
class _Lines:
    """Puts tokens into lines."""

    paired: dict[int, bool]
    runs: list[Run] = field(default_factory=list)
    looks: list[Look] = field(default_factory=lambda: [PLAIN])
    counts: list[int] = field(default_factory=list)
    level: int = 0
    mark: str = ""
    broke: bool = False

    def read(self, tokens: list[_Token]) -> Iterator[Line]:
        for at, token in enumerate(tokens):
            if token.kind == "newline":
                if not self.broke:
                    yield self._line()
                self.broke = False
            elif token.kind == "break":
                yield from self._break(token)
            elif token.kind == "heading":
                self.level = token.level
            elif token.kind == "item":
                self.mark = token.text
            elif token.kind == "words":
                self._say(token.text, _over(self.looks[-1], token.look))
            elif at not in self.paired:
                self._say(token.text, self.looks[-1])
            elif self.paired[at]:
                self.looks.append(_over(self.looks[-1], token.look))
            else:
                self.looks.pop()
        yield self._line()

    def _say(self, words: str, look: Look) -> None:
        if not words:
            return
        self.broke = False
        if self.runs and self.runs[-1].look == look:
            words = self.runs.pop().words + words
        self.runs.append(Run(words, look))

    def _break(self, token: _Token) -> Iterator[Line]:
        if token.text in ("ul", "ol"):
            if token.closes:
                self.counts = self.counts[:-1]
            else:
                self.counts.append(0 if token.text == "ol" else -1)
        if self.runs or token.text == "br":
            yield self._line()
        self.broke = True
        self.level = token.level
        if token.text == "li" and not token.closes:
            self.mark = self._next_mark()

    def _next_mark(self) -> str:
        if not self.counts or self.counts[-1] < 0:
            return "•"
        self.counts[-1] += 1
        return f"{self.counts[-1]}."

    def _line(self) -> Line:
        line = Line(tuple(self.runs), self.level, self.mark)
        self.runs, self.level, self.mark = [], 0, ""
        return line


def _over(look: Look, other: Look) -> Look:
    """The look of words in both."""
    if other == PLAIN:
        return look
    return Look(
        look.strong or other.strong,
        look.emphasis or other.emphasis,
        look.underlined or other.underlined,
        other.colour or look.colour,
        other.font or look.font,
        other.address or look.address,
    )


def _tidy(lines: Iterable[Line]) -> Iterator[Line]:
    """Without empty lines at the ends or in a row, and without the spaces and # at a line's end."""
    gap, begun = False, False
    for line in lines:
        trimmed = _trimmed(line)
        if not trimmed.words.strip():
            gap = begun
            continue
        if gap:
            yield Line()
        gap, begun = False, True
        yield trimmed


def _trimmed(line: Line) -> Line:
    runs = list(line.runs)
    while runs and not runs[-1].words.rstrip("# \t" if line.level else " \t"):
        runs.pop()
    if runs:
        runs[-1] = replace(runs[-1], words=runs[-1].words.rstrip("# \t" if line.level else " \t"))
    return replace(line, runs=tuple(runs))
