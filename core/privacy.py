"""Personal data as it may be shown to others: “张*”, “138****5678”.

Basis: 个人信息保护法 Art. 6 and 51 (least necessary, de-identified); the shapes are those usual in China.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

STAR: Final = "*"
HIDDEN_DIGITS: Final = 4
TAIL_DIGITS: Final = 4
LONGEST_NAME: Final = 4
"""Signs of a Chinese name; one of a minority has a dot within and is two words to us."""
COMPOUND_SURNAMES: Final = frozenset(
    {
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯",
        "端木", "百里", "呼延", "南宫", "西门", "独孤", "宇文", "长孙", "司空", "公冶", "申屠", "太史",
        "澹台", "轩辕", "钟离", "闻人",
    }
)  # fmt: skip

_PARTS = re.compile(
    r"(?P<id>(?<!\d)\d{17}[\dXx](?!\d))"
    r"|(?P<number>\+?\d(?:[-() ]?\d){6,})"
    r"|(?P<digits>\d+)"
    r"|(?P<between>[\s,，、。；;：:/()（）·•+-]+)"
    r"|(?P<word>[^\s,，、。；;：:/()（）·•+\d-]+)"
)


def mask_name(name: str) -> str:
    """The surname (one sign or a compound one) and one star, however long the given name; "" for ""."""
    name = name.strip()
    if not name:
        return ""
    surname = name[:2] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[0]
    return surname + STAR


def mask_phone(number: str) -> str:
    """A telephone number with four of its digits before the last four as stars; separators stay.

    A number of fewer than eight digits shows fewer at its end.
    """
    number = unicodedata.normalize("NFKC", number)
    places = [place for place, character in enumerate(number) if character.isdigit()]
    tail = max(0, min(TAIL_DIGITS, len(places) - HIDDEN_DIGITS))
    hidden = set(places[: len(places) - tail][-HIDDEN_DIGITS:])
    return "".join(STAR if place in hidden else character for place, character in enumerate(number))


def mask_id(number: str) -> str:
    """An identity number (GB 11643) with its first three and last four signs; the birthday is hidden."""
    number = unicodedata.normalize("NFKC", number).strip()
    if len(number) <= 7:
        return STAR * len(number)
    return number[:3] + STAR * (len(number) - 7) + number[-4:]


def mask_personal(text: str) -> str:
    """A text with every part hidden after its kind: identity and telephone numbers, names.

    What is neither, such as an address, is hidden whole: “***”.
    """
    parts = list(_PARTS.finditer(unicodedata.normalize("NFKC", text)))
    if any(_tells_more(part) for part in parts):
        return STAR * 3
    return "".join(_masked(part) for part in parts)


def _tells_more(part: re.Match[str]) -> bool:
    """Whether it is no part of a name or number: “村委会东侧第三户”, the 12 of “示例路12号”."""
    return part.lastgroup == "digits" or (
        part.lastgroup == "word" and len(part.group()) > LONGEST_NAME and not part.group().isascii()
    )


def _masked(part: re.Match[str]) -> str:
    found = part.group()
    match part.lastgroup:
        case "id":
            return mask_id(found)
        case "number":
            return mask_phone(found)
        case "word":
            return mask_name(found)
    return found
