"""What an author says of how a question looks, and what of it this program passes over or does otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.forms.model.form import Form
from core.forms.model.items import Group, Item, Question, Repeat
from core.forms.model.ranges import is_range, range_of

# Sources: the appearance table of xlsform.org, docs.getodk.org/form-question-types, Enketo's grid theme.
_CALENDARS: Final = frozenset({
    "bikram-sambat", "buddhist", "coptic", "ethiopian", "islamic", "myanmar", "persian",
})  # fmt: skip
_SELECTIONS: Final = frozenset({
    "minimal", "autocomplete", "search", "quick", "quickcompact", "compact", "columns", "columns-pack",
    "columns-flex", "no-buttons", "horizontal", "horizontal-compact", "list", "label", "list-nolabel", "map",
    "image-map",
})  # fmt: skip
_DAYS: Final = _CALENDARS | {"no-calendar", "month-year", "year"}
_NUMBERS: Final = frozenset({"thousands-sep", "bearing", "masked", "numbers"})
_RANGES: Final = frozenset({"vertical", "no-ticks", "picker", "rating"})
_PLACES: Final = frozenset({"maps", "placement-map", "hide-input"})
_OF_KIND: Final = {
    "string": frozenset({"multiline", "numbers", "thousands-sep", "url", "masked"}),
    "barcode": frozenset({"front", "hidden-answer"}),
    "int": _NUMBERS | {"counter"},
    "decimal": _NUMBERS,
    "date": _DAYS,
    "dateTime": _DAYS,
    "select_one": _SELECTIONS | {"likert"},
    "select_multiple": _SELECTIONS,
    "geopoint": _PLACES, "geotrace": _PLACES, "geoshape": _PLACES,
    "image": frozenset({"signature", "draw", "annotate", "new", "new-front", "selfie"}),
    "video": frozenset({"new", "new-front", "selfie"}),
    "audio": frozenset({"new"}),
    "note": frozenset({"cj-warning", "multiline", "url"}),
}  # fmt: skip
_COLUMNS: Final = re.compile(r"(?:columns|compact|quickcompact)-\d{1,2}")
_SHARE: Final = re.compile(r"w(?:[1-9]|1[0-2])")
_CALL: Final = re.compile(r"(search|ex:[^\s(]+|printer:[^\s(]+)\s*\((?:[^()]|\([^()]*\))*\)")
_OTHERWISE_HERE: Final = _CALENDARS | {"bearing"}
"""Words whose question is answered in another way here."""


def look_doubts(form: Form) -> Iterator[tuple[str, str, str]]:
    """(place, code, detail) of each look that is passed over or means something else here.

    Codes: appearance_unknown, appearance_otherwise (what a phone does and a desktop does not),
    appearance_search (a `search()` that is not read or has no file), range_invalid.
    """
    for item in form.items():
        place = "/" + "/".join(item.full_path)
        for code, word in _doubts_of(item):
            yield f"{place} appearance", code, word
        if isinstance(item, Question) and is_range(item) and range_of(item) is None:
            told = " ".join(f"{name}={item.parameters.get(name, '')}" for name in ("start", "end", "step"))
            yield f"{place} parameters", "range_invalid", told


def share_of_line(appearance: str) -> int | None:
    """How many of the four parts of a line it takes (w1 to w12 of Enketo's grid theme); None: unsaid."""
    return next((int(word[1:]) for word in appearance.split() if _SHARE.fullmatch(word)), None)


def _doubts_of(item: Item) -> Iterator[tuple[str, str]]:
    plain = _CALL.sub("", item.appearance)
    for call in _CALL.finditer(item.appearance):
        if call[1] != "search":
            yield "appearance_otherwise", call[1]
        elif not isinstance(item, Question) or item.itemset is None:
            yield "appearance_search", call[0]
    for word in plain.split():
        if word in _OTHERWISE_HERE or word.startswith(("ex:", "printer:")):
            yield "appearance_otherwise", word
        elif not _is_known(item, word):
            yield "appearance_unknown", word


def _is_known(item: Item, word: str) -> bool:
    if _SHARE.fullmatch(word):
        return True
    if isinstance(item, Repeat):
        return word in ("field-list", "cj-photos")
    if isinstance(item, Group):
        return word in ("field-list", "table-list")
    if is_range(item) and word in _RANGES:
        return True
    choices = item.is_selection and item.kind != "rank" and _COLUMNS.fullmatch(word) is not None
    return choices or word in _OF_KIND.get(item.kind, ())
