"""Paths of answers: `/hh[<row id>]/name`. They name repeats and the question (sync format).

Groups are in them only where one name stands in several: `/hh[<row id>]/wife~name`, see
`core.forms.answer_paths`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

POSITION = "@pos"  # the place of a row among its rows, a fractional index
LIFE = "@life"  # "deleted" once the row is removed
DELETED = "deleted"

_ROW = re.compile(r"\[([^\[\]/]+)\]")
_STEP = re.compile(r"/([^/\[\]]+)(?:\[([^\[\]/]+)\])?")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def template_path(path: str) -> str:
    """The path without row ids: what the form knows a question by."""
    return _ROW.sub("", path)


def row_path(repeat_path: str, row_id: str) -> str:
    """The path of one row of a repeat (whose own path may lie in a row)."""
    return f"{repeat_path}[{row_id}]"


def rows_on(path: str) -> Iterator[tuple[str, str]]:
    """(repeat path, row id) of every row a path leads through, outermost first."""
    for match in _STEP.finditer(path):
        if match.group(2) is not None:
            yield path[: match.end(1)], match.group(2)


def path_beside(path: str, template: str) -> str:
    """The path of the question with that template path, in the rows that the first path leads through."""
    around = path.split("/")[: template.count("/")]
    return "/".join([*around, template.rpartition("/")[2]])


def position_between(before: str | None, after: str | None) -> str:
    """A text that sorts (by code point) between two positions; None is an open end.

    Appending counts on (`a0`, `a1`, … `az`, `b00`, …), so that many rows keep short positions; putting a row
    in between adds a digit. Two rows may get one position on two laptops: rows sort by (position, id).
    """
    if after is None:
        return _next_integer(before)
    return _midpoint(before or "", after)


def _next_integer(before: str | None) -> str:
    if before is None or before < "a0":
        return "a0"
    head = before[0]
    length = ord(head) - ord("a") + 1
    digits = [_DIGITS.index(digit) for digit in before[1 : 1 + length].ljust(length, "0")]
    for at in reversed(range(length)):
        if digits[at] < len(_DIGITS) - 1:
            digits[at] += 1
            return head + "".join(_DIGITS[digit] for digit in digits)
        digits[at] = 0
    return chr(ord(head) + 1) + "0" * (length + 1)


def _midpoint(before: str, after: str) -> str:
    shared = 0
    while shared < len(after) and (before[shared : shared + 1] or "0") == after[shared]:
        shared += 1
    if shared:
        return after[:shared] + _midpoint(before[shared:], after[shared:])
    low = _DIGITS.index(before[0]) if before else 0
    high = _DIGITS.index(after[0]) if after else len(_DIGITS)
    if high - low > 1:
        return _DIGITS[(low + high) // 2]
    if len(after) > 1:
        return after[0]
    return _DIGITS[low] + _midpoint(before[1:], "")
