"""What a search compares: the words of a record cut into tokens, and a person's words as a query for them.

Chinese has no spaces, so its text is cut into pairs of signs (安吉 吉县) and a query of several signs is the
phrase of its pairs: two signs are found like twenty. Numbers are cut into threes, so that three digits out of
a telephone number or a code are found. Words in Latin letters are found by their beginning, Chinese titles
also by the letters one types for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from app.storage.pinyin import bundled_pinyin
from core.values import safe_text

BREAK = "\ue000"
"""A token nobody types, after every word: no phrase reaches from one into the next."""
LONGEST_SEARCH = 100  # signs; a page that somebody pastes would be looked for by the minute
SPELLED_SIGNS = 8  # nobody types the letters of more signs at once
_LATIN = "0-9a-zß-ɏ"
_WORDS = re.compile(r"[^\W_]+")
_RUNS = re.compile(rf"[{_LATIN}]+|[^\W_{_LATIN}]+")
_DIGITS = re.compile("[0-9]{3,}")


class SearchTokens(msgspec.Struct, frozen=True):
    """The three columns of the search table, tokens with spaces between them."""

    words: str
    signs: str
    letters: str


def normalised(text: str) -> str:
    """The text as searches compare it: full-width forms as ordinary ones, capitals as small letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", safe_text(text)).casefold())


def tokens_of(texts: Iterable[str], spelled: Iterable[str]) -> SearchTokens:
    """The tokens of a record's texts, and of the letters for those of them that are also `spelled`."""
    words: list[str] = []
    signs: set[str] = set()
    for text in dict.fromkeys(map(normalised, texts)):
        for word in _WORDS.findall(text):
            for run in _RUNS.findall(word):
                words += _tokens(run)
                signs |= set() if _is_latin(run) else set(run)
            words.append(BREAK)
    letters = {letter for text in spelled for letter in _letters(normalised(text))}
    return SearchTokens(" ".join(words), " ".join(sorted(signs)), " ".join(sorted(letters)))


def match_of(text: str) -> str:
    """The query for what a person typed: every word must be there, in any order; "" for no word at all."""
    return " AND ".join(_clause(word) for word in dict.fromkeys(_wanted(text)))


def finds(text: str, texts: Iterable[str]) -> bool:
    """Whether every word that a person typed is in one of the texts: for the few that no table holds."""
    inside = normalised("\n".join(texts))
    return all(word in inside for word in _wanted(text))


def _wanted(text: str) -> list[str]:
    """The words that a person typed."""
    return _WORDS.findall(normalised(text[:LONGEST_SEARCH]))


def _clause(word: str) -> str:
    """The query for one word, whose parts must stand side by side; its last part may go on in the text."""
    runs = _RUNS.findall(word)
    if len(runs[0]) == 1 and not _is_latin(word):  # the last sign of a longer run has no token of its own
        rest = word[1:]
        return f'signs : "{word[0]}"' + (f" AND {_clause(rest)}" if rest else "")
    *before, last = runs
    if _is_latin(last) and not _DIGITS.fullmatch(last):
        columns, tail, more = ("words" if before else "{words letters}"), [last], " *"
    else:
        columns, tail, more = "words", list(_tokens(last)), " *" if len(last) == 1 else ""
    tokens = [token for run in before for token in _tokens(run)] + tail
    return f'{columns} : "{" ".join(tokens)}"{more}'


def _tokens(run: str) -> Iterator[str]:
    if not _is_latin(run):
        yield from _pairs(run) if len(run) > 1 else run
        return
    if not _DIGITS.fullmatch(run):
        yield run
    for digits in _DIGITS.findall(run):
        yield from _threes(digits)


def _is_latin(run: str) -> bool:
    return re.match(f"[{_LATIN}]", run) is not None


def _pairs(run: str) -> list[str]:
    return [one + two for one, two in pairwise(run)]


def _threes(digits: str) -> list[str]:
    return [digits[at : at + 3] for at in range(len(digits) - 2)]


def _letters(text: str) -> Iterator[str]:
    """The letters from every sign on, whole syllables and initials, by every usual reading."""
    pinyin = bundled_pinyin()
    for run in _RUNS.findall(text):
        if not _is_latin(run):
            for at in range(len(run)):
                for spelling in pinyin.spellings(run[at : at + SPELLED_SIGNS]):
                    yield from spelling
