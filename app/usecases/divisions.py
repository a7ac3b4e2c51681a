"""Find a division, add one that no table has, and tell the county of a position."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.changes import Changes
from app.saving import save_answers
from app.storage.known_divisions import CODE, LOCAL_FORM, NAME, DivisionFound
from app.workspace import Workspace
from core.divisions import Level, ancestors_of, is_code, levels_of, parent_of
from core.errors import KnownError
from core.ids import new_uuid7
from core.values import Value

RECENT_RECORDS = 60
PICTURE_STEPS = 800
FIRST_FREE = 900
"""Parts of codes from here on are free: townships end at 599, villages at 599 (统计用区划代码编制规则)."""


@dataclass(frozen=True)
class CountyOutline:
    """A county to draw: its name, where that stands (latitude, longitude), rings of (longitude, latitude)."""

    code: str
    name: str
    label_at: tuple[float, float]
    rings: list[list[tuple[float, float]]]


def find_divisions(
    workspace: Workspace, typed: str, *, within: str = "", near: str = "", limit: int = 50
) -> list[DivisionFound]:
    """The best divisions for 汉字, pinyin, initials or a code. The first call takes about a second."""
    return workspace.divisions.find(typed, within=within, near=near, limit=limit)


def prepare_divisions(workspace: Workspace) -> None:
    """Reads what searching needs, so that the first search is as quick as the others."""
    workspace.divisions.prepare()


def recent_divisions(workspace: Workspace, limit: int = 8) -> list[DivisionFound]:
    """The places of the records changed last, one a record, each once."""
    with workspace.database.read() as tables:
        rows = tables.execute(_RECENT, [RECENT_RECORDS, LOCAL_FORM]).fetchall()
    places: dict[str, str] = {}
    for record, code in rows:
        if is_code(code):
            places[record] = max(code, places.get(record, code), key=lambda one: len(one.rstrip("0")))
    found = (workspace.divisions.describe(code) for code in dict.fromkeys(places.values()))
    return [one for one in found if one is not None][:limit]


def suggest_code(workspace: Workspace, parent: str) -> str:
    """A free code for a division to be added below: the first one that official tables do not use.

    Raises KnownError "division_parent" for a village or no division.
    """
    if not is_code(parent) or _level_above(parent) in {"province", "village"}:
        raise KnownError("division_parent", division=parent)
    taken = {code for code, _ in workspace.divisions.children(parent)}
    start, width = {"prefecture": (4, 2), "county": (6, 3), "township": (9, 3)}[_level_above(parent)]
    numbers = range(90 if width == 2 else FIRST_FREE, 10**width)
    codes = (f"{parent[:start]}{number:0{width}}".ljust(12, "0") for number in numbers)
    free = next((code for code in codes if code not in taken), None)
    if free is None:
        raise KnownError("division_codes_used_up", division=parent)
    return free


def add_local_division(
    workspace: Workspace, parent: str, name: str, code: str, *, basis: str = ""
) -> Changes:
    """Adds a division below another one as a record of its own, durable and synced like every record.

    Raises KnownError "division_parent", "division_code" (not one level below the parent),
    "division_known" (an official one), "division_name" (empty), "form_missing".
    """
    name = name.strip()
    if not is_code(parent) or _level_above(parent) == "village":
        raise KnownError("division_parent", division=parent)
    if not is_code(code) or parent_of(code) != parent or code == parent:
        raise KnownError("division_code", division=code, parent=workspace.divisions.name(parent) or parent)
    if not name:
        raise KnownError("division_name")
    known = workspace.divisions.describe(code)
    if known is not None and not known.local:
        raise KnownError("division_known", division=code, name=known.full_name)
    form = workspace.forms.newest(LOCAL_FORM)
    if form is None:
        raise KnownError("form_missing", form=LOCAL_FORM)
    answers: dict[str, Value] = {CODE: code, NAME: name}
    for above in ancestors_of(parent):  # one code may be several steps of the cascade
        answers |= {f"/{level}": above for level in levels_of(above) if level != "village"}
    if basis:
        answers["/basis"] = basis
    record_id = new_uuid7(workspace.clock)
    with workspace.database.transaction():
        workspace.drafts.begin(record_id, form.digest, {})
        return save_answers(workspace, record_id, answers)


def install_county_polygons(workspace: Workspace, pack: Path) -> int:
    """Takes over a pack of county borders in place of an older one; how many counties it has.

    Raises KnownError "county_pack_unreadable", "disk_full", …; then the older one stays.
    """
    return workspace.divisions.borders.install(pack)


def county_at(workspace: Workspace, longitude: float, latitude: float) -> DivisionFound | None:
    """The county around a WGS-84 position; None near a border, and where no borders are installed."""
    code = workspace.divisions.county_at(longitude, latitude)
    return None if code is None else workspace.divisions.describe(code)


def county_outlines(
    workspace: Workspace, west: float, south: float, east: float, north: float
) -> list[CountyOutline]:
    """The counties that touch a box in degrees, drawn as finely as a picture of it shows."""
    tolerance = max(east - west, north - south) / PICTURE_STEPS
    found = workspace.divisions.borders.outlines(west, south, east, north, tolerance)
    return [
        CountyOutline(code, workspace.divisions.name(code) or code, (inside[1], inside[0]), rings)
        for code, inside, rings in found
    ]


def has_county_borders(workspace: Workspace) -> bool:
    """Whether a pack of county borders is installed."""
    return workspace.divisions.borders.installed


def _level_above(parent: str) -> Level:
    """The level a division takes as a parent: the deepest it is used at above villages."""
    levels = levels_of(parent)
    return levels[-1] if levels[-1] != "village" or len(levels) == 1 else levels[-2]


_RECENT = """SELECT link.rec, link.target FROM
    (SELECT id, arrival FROM rec WHERE life = 'alive' AND form_id != ?2
     ORDER BY arrival DESC LIMIT ?1) AS last
    JOIN link ON link.rec = last.id WHERE length(link.target) = 12 ORDER BY last.arrival DESC"""
