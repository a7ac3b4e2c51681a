"""Regular expressions as Java writes them, which forms use, said in the words of the `regex` package.

That package knows classes inside of classes, their intersections and the properties of Unicode, and it stops
at a time. What Java takes for ASCII (digits, words, spaces, POSIX classes) is written out.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import regex

LONGEST_MATCH_S: Final = 0.1
"""A pattern that tries for longer is one that never ends (`(a+)+b`), and counts as not matching."""

_ASCII = {
    "Lower": "a-z", "Upper": "A-Z", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-\~", "Graph": r"!-\~", "Print": r" -\~", "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r", "Blank": r" \t", "Cntrl": r"\x00-\x1f\x7f", "ASCII": r"\x00-\x7f",
    "javaLowerCase": r"\p{Lowercase}", "javaUpperCase": r"\p{Uppercase}", "javaWhitespace": r"\s",
}  # fmt: skip
_SHORT = {
    "d": "0-9", "w": "a-zA-Z_0-9", "s": r" \t\n\x0b\f\r", "v": r"\n\x0b\f\r\x85\u2028\u2029",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
}  # fmt: skip
_ANY = r"[^\n\r\x85\u2028\u2029]"
_FLAGS = re.compile(r"\(\?(?P<on>[a-zA-Z]*)(?:-(?P<off>[a-zA-Z]*))?(?P<end>[:)])")
_REPEATED = re.compile(r"\{\d+(,\d*)?\}")
_KNOWN_FLAGS = frozenset("imsxu")
_JAVA_ALONE = re.compile(r"&&|[*+?}]\+|\\[pPQhHRAzZG]|\(\?[a-z>]|\[[^]]*\[")
_ESCAPE = re.compile(
    r"\\(?:Q(?P<quoted>.*?)(?:\\E|\Z)|(?P<sign>[pP])(?:\{(?P<name>[^}]*)\}|(?P<letter>[A-Z]))"
    r"|u(?P<four>[0-9a-fA-F]{4})|x(?P<two>[0-9a-fA-F]{2})|x\{(?P<any>[0-9a-fA-F]{1,6})\}"
    r"|0(?P<octal>[0-3]?[0-7]{1,2})|c(?P<control>.)|k<(?P<group>\w+)>|(?P<other>.))",
    re.DOTALL,
)


class PatternError(ValueError):
    """A pattern that Java does not read, or we do not."""


@lru_cache(maxsize=512)
def compiled(pattern: str) -> regex.Pattern[str]:
    """The pattern, ready. Raises PatternError for what Java or we cannot read."""
    import regex  # noqa: PLC0415  # 40 ms, and few forms have a pattern

    try:
        return regex.compile(_Translation(pattern).text, regex.VERSION1)
    except (regex.error, ValueError, OverflowError, RecursionError) as e:
        raise PatternError(str(e)) from e


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches; nothing matches a pattern that cannot be read or takes too long."""
    try:
        return compiled(pattern).fullmatch(text, timeout=LONGEST_MATCH_S) is not None
    except (PatternError, TimeoutError):
        return False


def pattern_doubts(pattern: str) -> frozenset[str]:
    """What a browser makes otherwise of it: it looks for the pattern anywhere, and reads JavaScript's."""
    begins, ends = pattern.startswith(("^", ".*")), pattern.endswith(("$", ".*"))
    found = {"regex_open"} if not (begins and ends) else set()
    if _JAVA_ALONE.search(pattern):
        found.add("regex_java")
    return frozenset(found)


class _Translation:
    """One pattern read from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._dot = _ANY

    @cached_property
    def text(self) -> str:
        parts: list[str] = []
        while self._at < len(self._pattern):
            parts.append(self._outside())
        return "".join(parts)

    def _outside(self) -> str:
        """What stands next, outside of a class."""
        character = self._pattern[self._at]
        if character == "\\":
            return self._escape(inside=False)
        if character == "[":
            return self._class()
        flags = _FLAGS.match(self._pattern, self._at)
        if flags is not None:
            return self._flags(flags)
        repeated = _REPEATED.match(self._pattern, self._at)
        if repeated is not None:
            self._at = repeated.end()
            return repeated[0]
        self._at += 1
        if character == "{":
            raise PatternError(f"no number of times at {self._at}")
        return self._dot if character == "." else character

    def _flags(self, match: re.Match[str]) -> str:
        self._at = match.end()
        on, off = match["on"], match["off"] or ""
        if not {*on, *off} <= _KNOWN_FLAGS:
            raise PatternError(f"unknown flags {match[0]}")
        if "s" in on:
            self._dot = r"(?s:.)"
        kept, gone = on.replace("u", "").replace("s", ""), off.replace("u", "").replace("s", "")
        if "i" in kept:
            gone += "f"
        return f"(?{kept}{'-' if gone else ''}{gone}{match['end']}" if kept or gone else f"(?:{match['end']}"

    def _class(self) -> str:
        """A class from its bracket to the one that closes it."""
        self._at += 1
        opening = "["
        if self._pattern.startswith("^", self._at):
            self._at += 1
            opening = "[^"
        parts: list[str] = []
        while True:
            if self._at >= len(self._pattern):
                raise PatternError("a class is not closed")
            character = self._pattern[self._at]
            if character == "]" and parts:
                self._at += 1
                return f"{opening}{''.join(parts)}]"
            parts.append(self._inside(character, parts))

    def _inside(self, character: str, before: list[str]) -> str:
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape(inside=True)
        if self._pattern.startswith("&&", self._at):
            self._at += 2
            return "&&"
        self._at += 1
        following = self._pattern[self._at : self._at + 1]
        ranges = character == "-" and before and before[-1] not in ("&&", "-") and following not in ("]", "")
        return character if ranges or character.isalnum() else _literal(character)

    def _escape(self, *, inside: bool) -> str:
        match = _ESCAPE.match(self._pattern, self._at)
        if match is None:
            raise PatternError("nothing behind the last backslash")
        self._at = match.end()
        kind = match.lastgroup
        if kind == "quoted":
            return "".join(map(_literal, match["quoted"]))
        if kind in ("name", "letter"):
            return _property(match["name"] or match["letter"], negated=match["sign"] == "P", inside=inside)
        if kind in ("four", "two", "any"):
            return _literal(_character(int(match[kind], 16)))
        if kind == "octal":
            return _literal(chr(int(match["octal"], 8)))
        if kind == "control":
            return _literal(chr(ord(match["control"]) ^ 64))
        if kind == "group":
            return f"(?P={match['group']})"
        return _one_letter(match["other"], inside=inside)


def _one_letter(letter: str, *, inside: bool) -> str:
    lower = letter.lower()
    if lower in _SHORT:
        return _set(_SHORT[lower], negated=letter != lower, inside=inside)
    if letter in "tnrfae":
        return {"e": r"\x1b"}.get(letter, f"\\{letter}")
    if letter == "R" and not inside:
        return r"(?:\r\n|[\n\x0b\f\r\x85\u2028\u2029])"
    if letter in "zZ" and not inside:
        return r"\Z"
    if not inside and (letter in "bBAG" or letter in "123456789"):
        return f"\\{letter}"
    if letter.isascii() and letter.isalnum():
        raise PatternError(f"unknown escape \\{letter}")
    return _literal(letter)


def _property(name: str, *, negated: bool, inside: bool) -> str:
    if name in _ASCII:
        return _set(_ASCII[name], negated=negated, inside=inside)
    if name.startswith("Is") and "=" not in name:
        name = name[2:]
    if not re.fullmatch(r"[A-Za-z_ -]+(=[A-Za-z_ -]+)?", name):
        raise PatternError(f"unknown class {name}")
    return f"\\{'P' if negated else 'p'}{{{name}}}"


def _set(members: str, *, negated: bool, inside: bool) -> str:
    if inside and not negated:
        return members
    return f"[{'^' if negated else ''}{members}]"


def _character(code: int) -> str:
    if code > 0x10FFFF:
        raise PatternError(f"no such character {code:x}")
    return chr(code)


def _literal(character: str) -> str:
    return character if character.isalnum() or character > "\x7f" else re.escape(character)
