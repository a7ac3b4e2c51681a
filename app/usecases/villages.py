"""Villages: find one, see everything that was recorded in it, begin its profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from app.storage.listing import RecordFilter
from app.storage.pinyin import bundled_pinyin
from app.storage.record_rows import RecordRow
from app.storage.search_tokens import finds, normalised
from app.storage.villages import PROFILE_FORM, FormCount, VillageCount
from app.workspace import Workspace
from core.divisions import ancestors_of, is_code, levels_of, parent_of
from core.errors import KnownError
from core.forms.model.form import Form
from core.ids import new_uuid7

NAMES_KEPT = 20_000
UNPLACED_SHOWN = 100
PROFILES_SHOWN = 6
LATEST_SHOWN = 12
PHOTOS_SHOWN = 8


@dataclass(frozen=True)
class Village:
    """A village in a list: its name, where it lies, and its records in numbers.

    `code` is "" for a profile without a division; `profile` is the record id of its profile, "" for none.
    `findable` is what a search compares.
    """

    code: str
    name: str
    place: str
    profile: str
    records: int
    unfinished: int
    in_conflict: int
    photos: int
    updated: str
    findable: str


@dataclass(frozen=True)
class FormInVillage:
    """The records of one form in a village; `begin_at` is where a new one names the village's profile."""

    form: Form
    counts: FormCount
    begin_at: str


@dataclass(frozen=True)
class VillageDetail:
    """Everything of one village. `profiles`: several when its natural villages have one each.

    `photos` are some of those of the latest records, with their previews ("" for none); `asked` are the
    label and the unit of the profile's list columns, in the order of its form.
    """

    code: str
    name: str
    place: str
    profiles: tuple[RecordRow, ...]
    forms: tuple[FormInVillage, ...]
    latest: tuple[RecordRow, ...]
    photos: tuple[tuple[str, str], ...]
    asked: Mapping[str, tuple[str, str]]

    def facts(self, profile: RecordRow) -> list[tuple[str, str]]:
        """(label, shown answer with its unit) of what lists show of a profile."""
        shown = ((label, profile.columns.get(path, ""), unit) for path, (label, unit) in self.asked.items())
        return [(label, f"{text} {unit}".strip()) for label, text, unit in shown if text]


def list_villages(workspace: Workspace) -> list[Village]:
    """Every village with records, the one where something changed last first."""
    with workspace.database.read():
        counts = workspace.villages.all()
        profiles: dict[str, tuple[str, str]] = {}
        for code, record, title in workspace.villages.profiles():
            profiles.setdefault(code, (record, title))
        unplaced = workspace.records.rows_of(workspace.villages.unplaced_profiles(UNPLACED_SHOWN))
        places = {above: _full_name(workspace, above) for above in {parent_of(one.code) for one in counts}}
        names = _names(workspace, {one.code for one in counts if not profiles.get(one.code, ("", ""))[1]})
        villages = [
            _village(one, profiles.get(one.code, ("", "")), names, places[parent_of(one.code)])
            for one in counts
        ]
    return sorted([*villages, *map(_unplaced, unplaced.values())], key=lambda one: one.updated, reverse=True)


def find_villages(villages: Iterable[Village], typed: str) -> list[Village]:
    """Those of which every word typed is in the name, the place, the code, their pinyin or their initials."""
    return [village for village in villages if finds(typed, [village.findable])]


def village_detail(workspace: Workspace, code: str, language: str = "zh") -> VillageDetail:
    """All that was recorded in one village, named by a code alone too. Raises KnownError "division_code"."""
    if not is_code(code):
        raise KnownError("division_code", division=code, parent="")
    with workspace.database.read():
        counts = {one.form_id: one for one in workspace.villages.forms_in(code)}
        profiled = workspace.villages.profiles_in(code, PROFILES_SHOWN)
        rows = workspace.records.rows_of(record for record, _ in profiled)
        latest = workspace.records.page(RecordFilter(place=code), limit=LATEST_SHOWN)
        names = [title for _, title in profiled if title]
        return VillageDetail(
            code,
            next(iter(names), "") or workspace.divisions.name(code) or code,
            _full_name(workspace, parent_of(code)),
            tuple(rows[record] for record, _ in profiled),
            tuple(_forms(workspace, counts)),
            tuple(latest),
            tuple(workspace.villages.photos_of((row.record_id for row in latest), PHOTOS_SHOWN)),
            _asked(workspace, language),
        )


def begin_profile(workspace: Workspace, code: str) -> str:
    """The id of a new village profile with its division chosen. As after any beginning, nothing stays
    unless somebody answers something. Raises KnownError "form_missing".
    """
    form = workspace.forms.newest(PROFILE_FORM)
    if form is None:
        raise KnownError("form_missing", form=PROFILE_FORM)
    record_id = new_uuid7(workspace.clock)
    session = workspace.records.session(record_id, form, None)
    for division in ancestors_of(code):
        for level in levels_of(division):
            session.set(f"/{level}", division)
    with workspace.database.transaction():
        workspace.drafts.begin(record_id, form.digest, session.answers())
    return record_id


def _asked(workspace: Workspace, language: str) -> dict[str, tuple[str, str]]:
    form = workspace.forms.newest(PROFILE_FORM)
    columns = form.list_columns if form is not None else []
    return {question.path: (question.label(language), question.unit) for question in columns}


def _names(workspace: Workspace, codes: AbstractSet[str]) -> dict[str, str]:
    """The names of these villages, asked township by township: one by one 10,000 take a second."""
    townships = {parent_of(code) for code in codes}
    return {code: name for above in townships for code, name in workspace.divisions.children(above)}


def _village(count: VillageCount, profile: tuple[str, str], names: Mapping[str, str], place: str) -> Village:
    record, title = profile
    name = title or names.get(count.code, count.code)
    return Village(
        count.code, name, place, record, count.records, count.unfinished, count.in_conflict, count.photos,
        count.updated, f"{_findable(name)}\n{_findable(place)}\n{count.code}",
    )  # fmt: skip


def _unplaced(row: RecordRow) -> Village:
    draft = int(row.state == "draft")
    return Village(
        "", row.title, "", row.record_id, 1, draft, int(row.conflicts > 0), row.photos, row.updated,
        _findable(row.title),
    )  # fmt: skip


@lru_cache(NAMES_KEPT)
def _findable(name: str) -> str:
    pinyin = bundled_pinyin()
    return "\n".join([normalised(name), pinyin.full(name), pinyin.initials(name)])


def _full_name(workspace: Workspace, code: str) -> str:
    return workspace.divisions.full_name(code) or ""


def _forms(workspace: Workspace, counts: dict[str, FormCount]) -> list[FormInVillage]:
    """The forms with records in the village, and those of which one can be begun there; the profile first."""
    found = []
    for form in workspace.forms.newest_of_each():
        references = (one for one in form.questions() if one.refers == PROFILE_FORM)
        begin_at = next((one.path for one in references if one.path.count("/") == 1), "")
        if form.form_id in counts or begin_at:
            nothing = FormCount(form.form_id, 0, 0, 0, 0, 0)
            found.append(FormInVillage(form, counts.get(form.form_id, nothing), begin_at))
    return sorted(found, key=lambda one: one.form.form_id != PROFILE_FORM)
