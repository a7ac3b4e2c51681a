"""When a division answers what somebody typed: 汉字, full pinyin, initials, or the digits of a code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["code", "letters", "characters"]

KINDS_OF_PLACES: Final = (
    "",
    *"省市县区镇乡村盟旗",
    "街道",
    "社区",
    "地区",
    "苏木",
    "嘎查",
    "自治区",
    "自治州",
    "自治县",
)
"""What a name may end in beyond the typed word and still be that very place: 安吉 is 安吉县."""
_KINDS_IN_FULL: Final = frozenset(
    {
        *("", "sheng", "shi", "xian", "qu", "zhen", "xiang", "cun", "meng", "qi", "jiedao", "shequ", "diqu"),
        *("sumu", "gacha", "zizhiqu", "zizhizhou", "zizhixian"),
    }
)
_KINDS_IN_INITIALS: Final = frozenset(
    {"", "s", "x", "q", "z", "c", "m", "jd", "sq", "dq", "sm", "gc", "zzq", "zzz", "zzx"}
)

COMMITTEES: Final = ("", "委会", "民委员会", "居委会", "居民委员会", "居委员会")
"""What a short name leaves away: the ending of the committee that is the division of this name."""
_COMMITTEE = re.compile(r"(?<=村)(?:民委员会|委会)$|(?<=.)居(?:委会|民委员会|委员会)$")
_COMMITTEE_TYPED = re.compile(r"(?<=村)(?:民?委(?:员|员会|会)?)$|居民?委(?:员|员会|会)?$")
_COMMITTEE_SPELLED = re.compile(r"(?<=cun)(?:min)?wei(?:yuan)?(?:hui)?$|ju(?:min)?wei(?:yuan)?hui$")
_NARROW = {ord("\u3000"): " "} | {
    wide: wide - 0xFEE0 for wide in range(0xFF10, 0xFF5B) if chr(wide).isalnum()
}
_IGNORED = re.compile(r"['’\-·•]")


def short_name(name: str) -> str:
    """The name without the committee that bears it: 桐杭村 for 桐杭村委会."""
    return _COMMITTEE.sub("", name)


@dataclass(frozen=True)
class Wanted:
    """What was typed, as names are compared with it. `words` are parts of an address, the widest first."""

    kind: Kind
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it in one piece."""
        return "".join(self.words)

    def addresses(self) -> list[tuple[str, ...]]:
        """The ways to read it as places one within the other: as the spaces say, else cut in two anywhere."""
        if len(self.words) > 1:
            return [self.words]
        least = 2
        cuts = range(least, len(self.text) - (1 if self.kind == "letters" else 0))
        return [(self.text[:at], self.text[at:]) for at in cuts]


def read_wanted(typed: str) -> Wanted | None:
    """What was typed without signs, upper case and a committee's ending; None if nothing remains."""
    text = typed.translate(_NARROW)
    spelled = _IGNORED.sub("", text.casefold()).replace("ü", "v")
    words = (spelled if spelled.isascii() else text).split()
    if not words:
        return None
    if all(word.isascii() and word.isdigit() for word in words):
        return Wanted("code", ("".join(words),))
    kind: Kind = "letters" if all(word.isascii() for word in words) else "characters"
    ending = _COMMITTEE_SPELLED if kind == "letters" else _COMMITTEE_TYPED
    words[-1] = ending.sub("", words[-1]) or words[-1]
    return Wanted(kind, tuple(words))


def rank_of_code(wanted: Wanted, code: str) -> int | None:
    """0 for this very code, its zeros at the end left away or not; 1 for one that begins so; else None."""
    if wanted.kind != "code" or not code.startswith(wanted.text):
        return None
    return 0 if code == wanted.text.ljust(12, "0") else 1


def rank_of_name(wanted: Wanted, name: str, spellings: Iterable[tuple[str, str]]) -> int | None:
    """How well a name answers, 0 the best; None if it does not.

    汉字: the place itself, begins so, has it inside. Letters: the place in full pinyin, in initials, begins
    so in full pinyin, in initials. `spellings` are (full, initials) of the short name.
    """
    text, short = wanted.text, short_name(name)
    if wanted.kind == "code":
        return None
    if wanted.kind == "characters":
        if short.startswith(text):
            return 0 if short[len(text) :] in KINDS_OF_PLACES else 1
        return 2 if text in short else None
    ranks: set[int] = set()
    for full, initials in spellings:
        if full.startswith(text):
            ranks.add(0 if full[len(text) :] in _KINDS_IN_FULL else 2)
        if initials.startswith(text):
            ranks.add(1 if initials[len(text) :] in _KINDS_IN_INITIALS else 3)
    return min(ranks, default=None)


def the_place_itself(wanted: Wanted, text: str) -> list[tuple[str, ...]]:
    """What a name may be to be the very place: by 汉字, or first by full pinyin and then by initials."""
    if wanted.kind == "characters":
        return [tuple(text + kind for kind in KINDS_OF_PLACES)]
    kinds = (_KINDS_IN_FULL, _KINDS_IN_INITIALS)
    return [tuple(text + kind for kind in sorted(of)) for of in kinds]
