"""How the entries of a record stand together on paper, whatever the paper is made with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.i18n import Language
from app.reports.record_content import Entry, Field, Heading, Table

DIGITS: Final = "零一二三四五六七八九"
_OWN_NUMBER: Final = re.compile(
    r"第?[一二三四五六七八九十]+[、．.章节部]|[（(](?:[一二三四五六七八九十]+|\d+)[）)]"
    r"|\d+(?:\.\d+)*[、．.)）]|\d+\.\d+ "
)


def blocks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries in runs of one kind, each to be set as one; a heading with nothing below is left out."""
    block: list[Entry] = []
    for entry in _without_empty_headings(entries):
        if block and (type(entry) is not type(block[0]) or isinstance(entry, Heading | Table)):
            yield block
            block = []
        block.append(entry)
    if block:
        yield block


def _without_empty_headings(entries: Sequence[Entry]) -> list[Entry]:
    """A heading followed by one of its own or a higher level, or by nothing, has nothing below it."""
    kept: list[Entry] = []
    for entry in reversed(entries):
        after = kept[-1] if kept else None
        empty = after is None or (isinstance(after, Heading) and after.level <= _level(entry))
        if not (isinstance(entry, Heading) and empty):
            kept.append(entry)
    return kept[::-1]


def _level(entry: Entry) -> int:
    return entry.level if isinstance(entry, Heading) else 0


def numbered(heading: Heading, numbers: list[int], lang: Language) -> tuple[int, str]:
    """Level and text of a heading, numbered as official documents are: 一、（一）1. (GB/T 9704-2012, 7.3.3).

    `numbers` are those given so far, one a level; they are counted on. One that its author numbered stays so.
    """
    level = min(heading.level, len(numbers))
    numbers[level - 1] += 1
    numbers[level:] = [0] * (len(numbers) - level)
    number = numbers[level - 1]
    if _OWN_NUMBER.match(heading.text):
        mark = ""
    elif lang == "zh":
        mark = (f"{chinese_number(number)}、", f"（{chinese_number(number)}）", f"{number}. ")[level - 1]
    else:
        mark = ".".join(str(n) for n in numbers[:level]) + " "
    return level, mark + heading.text


def chinese_number(number: int) -> str:
    """1 to 99 as 一 to 九十九; beyond as digits."""
    if not 1 <= number <= 99:
        return str(number)
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else ("十" if tens == 1 else DIGITS[tens] + "十")
    return ten + (DIGITS[ones] if ones else "")


def paired(fields: Sequence[Field]) -> Iterator[tuple[Field, ...]]:
    """Two fields a row; a wide one, or one without a neighbour, has a row of its own."""
    waiting: Field | None = None
    for field in fields:
        if waiting is not None and not field.wide:
            yield waiting, field
            waiting = None
            continue
        if waiting is not None:
            yield (waiting,)
        waiting = None if field.wide else field
        if field.wide:
            yield (field,)
    if waiting is not None:
        yield (waiting,)
