"""Regular expressions as Java writes them, which forms use, said in Python's words."""

from __future__ import annotations

import re
from functools import lru_cache

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# The classes a form may name with \p{…}; those of POSIX are of ASCII in Java.
_CLASSES = {
    "Lower": "a-z", "Upper": "A-Z", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~", "XDigit": "0-9a-fA-F", "Space": r"\s", "Blank": r" \t", "ASCII": r"\x00-\x7f",
    "IsHan": _HAN, "script=Han": _HAN, "sc=Han": _HAN, "IsLatin": "a-zA-Z\u00c0-\u024f",
    "InCJK_UNIFIED_IDEOGRAPHS": r"\u4e00-\u9fff", "IsIdeographic": _HAN,
}  # fmt: skip
_TOKEN = re.compile(r"\\p\{(?P<named>[^}]*)\}|\\P\{(?P<other>[^}]*)\}|\\.|\[|\]|.", re.DOTALL)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python. Raises re.error for what Java or we cannot read."""
    parts: list[str] = []
    depth = 0
    for token in _TOKEN.finditer(pattern):
        named, text = token["named"] or token["other"], token[0]
        if named is not None:
            text = _class(named, negated=token["other"] is not None, inside=depth > 0)
        elif text == "[" and depth:
            raise re.error("classes inside of classes", pattern, token.start())
        elif text in "[]":
            depth = int(text == "[")
        parts.append(text)
    return re.compile("".join(parts), re.ASCII)


def _class(name: str, *, negated: bool, inside: bool) -> str:
    if name not in _CLASSES or (negated and inside):
        raise re.error(f"unknown class {name}")
    if inside:
        return _CLASSES[name]
    return f"[{'^' if negated else ''}{_CLASSES[name]}]"


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches; nothing matches a pattern that cannot be read."""
    try:
        return compiled(pattern).fullmatch(text) is not None
    except re.error:
        return False
