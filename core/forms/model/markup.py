"""The markup of labels, hints and messages read into words and how they look.

It is what ODK Collect reads in them: emphasis, headings and links of Markdown, and a little HTML. Lists are
those that Enketo reads besides. Where the two take too much for markup (the underscores of `file_name_x`, a
row of underscores to write on), the words stay as they are. `markup_tokens.py` tells the signs apart, and
`quoting.py` keeps the answers shown inside of a label from being taken for any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby
from typing import Final

from core.forms.model.markup_tokens import PLAIN, Look, Token, pairs_in, tokens_in

_MAYBE: Final = re.compile(r"[\x01\x02\\*_#<&\[\r\n]")
"""A label without one of these signs has no markup."""


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
        """All of them, without the mark."""
        return "".join(run.words for run in self.runs)


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
    tokens = list(tokens_in(text))
    return tuple(_tidy(_Lines(pairs_in(tokens)).read(tokens)))


def _plain_line(line: Line, *, addresses: bool) -> str:
    words = line.words
    if addresses:
        links = groupby(line.runs, lambda run: run.look.address)
        words = "".join(_with_address("".join(run.words for run in runs), address) for address, runs in links)
    return f"{line.mark} {words}" if line.mark else words


def _with_address(words: str, address: str) -> str:
    """The words of a link with its address behind them, unless they are the address."""
    hidden = address and address.removeprefix("mailto:") != words.strip()
    return f"{words} ({address})" if hidden else words


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

    def read(self, tokens: list[Token]) -> Iterator[Line]:
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
                self._say(token.text, self.looks[-1].joined(token.look))
            elif at not in self.paired:
                self._say(token.text, self.looks[-1])
            elif self.paired[at]:
                self.looks.append(self.looks[-1].joined(token.look))
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

    def _break(self, token: Token) -> Iterator[Line]:
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
