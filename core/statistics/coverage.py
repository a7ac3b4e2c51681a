"""Which villages of a division have records and which have none, and what stands of each form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.divisions import code_prefix, is_code, level_of
from core.statistics.facts import CountedRecord, within
from core.statistics.figures import percent


@dataclass(frozen=True)
class Place:
    """A division by code and name. `local`: people added it, no official table has it."""

    code: str
    name: str
    local: bool = False


@dataclass(frozen=True)
class Territory:
    """A division, the parts it is shown by (one level below) and the villages known in each."""

    place: Place
    full_name: str
    parts: tuple[Place, ...]
    villages: tuple[Place, ...]


@dataclass(frozen=True)
class PartCoverage:
    """How far one part is surveyed: villages known, those with a finalised record, and the others by name.

    `begun` are those of the missing that have unfinished records.
    """

    place: Place
    known: int
    covered: int
    missing: tuple[Place, ...]
    begun: tuple[Place, ...]

    @property
    def percent(self) -> Decimal:
        """The share of known villages that are covered."""
        return percent(self.covered, self.known)


@dataclass(frozen=True)
class Coverage:
    """The coverage of a territory. `unknown` are village codes of records that no table has.

    `higher`: records that name only a division above villages.
    """

    parts: tuple[PartCoverage, ...]
    whole: PartCoverage
    unknown: tuple[str, ...]
    higher: int


@dataclass(frozen=True)
class FormStanding:
    """How many living records of a form are finalised, unfinished, in conflict, with warnings."""

    form_id: str
    final: int
    unfinished: int
    conflicts: int
    warnings: int


def coverage_of(territory: Territory, facts: Sequence[CountedRecord]) -> Coverage:
    """The coverage by these records: a village counts with its first finalised record of any form."""
    states: dict[str, bool] = {}
    for fact in facts:
        states[fact.division] = states.get(fact.division, False) or fact.final
    known = {village.code for village in territory.villages}
    unknown = sorted(code for code in states if code not in known and _is_village(code))
    higher = sum(1 for fact in facts if not _is_village(fact.division) and fact.division not in known)
    parts = tuple(_part(part, territory.villages, states) for part in territory.parts)
    return Coverage(parts, _part(territory.place, territory.villages, states), tuple(unknown), higher)


def standings(form_ids: Sequence[str], facts: Sequence[CountedRecord]) -> list[FormStanding]:
    """The standing of each form, in this order."""
    by_form: defaultdict[str, list[CountedRecord]] = defaultdict(list)
    for fact in facts:
        by_form[fact.form_id].append(fact)
    return [
        FormStanding(
            form_id,
            final=sum(1 for fact in by_form[form_id] if fact.final),
            unfinished=sum(1 for fact in by_form[form_id] if not fact.final),
            conflicts=sum(1 for fact in by_form[form_id] if fact.conflicts),
            warnings=sum(1 for fact in by_form[form_id] if fact.final and fact.warnings),
        )
        for form_id in form_ids
    ]


def doubled(form_id: str, facts: Sequence[CountedRecord]) -> tuple[str, ...]:
    """The villages with several finalised records of a form: their numbers are added up, and may be twice."""
    seen: set[str] = set()
    twice: set[str] = set()
    for fact in facts:
        if fact.final and fact.form_id == form_id and _is_village(fact.division):
            (twice if fact.division in seen else seen).add(fact.division)
    return tuple(sorted(twice))


def beyond_parts(territory: Territory, facts: Sequence[CountedRecord]) -> list[CountedRecord]:
    """The records that lie in none of the parts: of the division itself, or of a code that no table has."""
    inside = {fact.record_id for part in territory.parts for fact in within(facts, part.code)}
    return [fact for fact in facts if fact.record_id not in inside]


def _part(part: Place, villages: Sequence[Place], states: dict[str, bool]) -> PartCoverage:
    prefix = code_prefix(part.code)
    inside = [village for village in villages if village.code.startswith(prefix)]
    missing = tuple(village for village in inside if not states.get(village.code, False))
    begun = tuple(village for village in missing if village.code in states)
    return PartCoverage(part, len(inside), len(inside) - len(missing), missing, begun)


def _is_village(code: str) -> bool:
    return is_code(code) and level_of(code) == "village"
