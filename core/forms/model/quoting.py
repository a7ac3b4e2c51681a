"""Answers inside of labels: words between two characters that no XML can hold are never taken for markup."""

from __future__ import annotations

from typing import Final

BEGIN: Final = "\x01"
END: Final = "\x02"
"""What stands around quoted words: XML 1.0 (2.2) lets no document hold either."""
_QUOTES: Final = str.maketrans("", "", BEGIN + END)


def literal(text: str) -> str:
    """Words to put into a label shown as they are, whatever they look like; none keep signs apart."""
    return f"{BEGIN}{text.translate(_QUOTES)}{END}"


def unquoted(text: str) -> str:
    """A label as expressions see it: its markup and the answers in it as one text."""
    return text.translate(_QUOTES) if BEGIN in text else text
