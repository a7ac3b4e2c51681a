"""Who may do what: a role and the divisions it holds for.

Pure rules, decided by the server when an operation comes in. What is not allowed is kept and set aside with
its reason, never refused. Where a record lies is read from the answers alone: an answer that is the code of
a division places the record there, and so does the place of a record that it refers to
(`docs/decisions/0060-roles-by-place.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from core.divisions import code_prefix, is_code
from core.records.operation import RETURNED
from core.values import Value

Role = Literal["applicant", "surveyor", "reviewer", "coordinator", "administrator"]
Refusal = Literal["not-own-record", "other-division", "return-not-allowed"]
OWN_RECORDS: Final = "own"
"""The sight of an applicant."""
MAY_RETURN: Final = frozenset({"reviewer", "coordinator"})
_PREFIX: Final = re.compile(r"(?:[1-9]\d(?:\d\d(?:\d\d(?:\d{3}(?:\d{3})?)?)?)?)?", re.ASCII)
_RECORD_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Grant(msgspec.Struct, frozen=True):
    """A role, and the digits that the codes of its divisions begin with ("" for the whole project)."""

    role: Role
    division: str = ""

    @property
    def sight(self) -> str:
        """What it sees beside its own records: nothing (`OWN_RECORDS`) or divisions with these digits."""
        return OWN_RECORDS if self.role == "applicant" else self.division


BEFORE_ROLES: Final = Grant("coordinator")
"""What everybody could do on servers that knew no roles yet."""


class Standing(msgspec.Struct, frozen=True):
    """A record as the server knows it when an operation on it comes in. `places`: codes of divisions."""

    known: bool
    own: bool
    places: frozenset[str]


def division_of(text: str) -> str | None:
    """The first digits of the division that a code or its first digits name; None: it names none."""
    digits = code_prefix(text) if is_code(text) else text
    return digits if _PREFIX.fullmatch(digits) else None


def sees_all_of(wide: str, narrow: str) -> bool:
    """Whether who had the one sight has been given all that the other one sees."""
    return narrow == OWN_RECORDS or (wide != OWN_RECORDS and narrow.startswith(wide))


def refusal(
    grant: Grant, standing: Standing, fields: Mapping[str, Value], claimed: Iterable[str]
) -> Refusal | None:
    """Why an operation is set aside, or None. `claimed`: where its author says that the record lies."""
    if fields.get(RETURNED) is not None and grant.role not in MAY_RETURN:
        return "return-not-allowed"
    if grant.role == "applicant" and standing.known and not standing.own:
        return "not-own-record"
    if any(_within(code, grant.division) for code in standing.places):
        return None
    if standing.known and not standing.own:
        return None if not grant.division else "other-division"
    return None if _may_claim(grant.division, claimed) else "other-division"


def places_in(fields: Mapping[str, Value]) -> set[str]:
    """The codes of divisions among the answers."""
    return {text for text in _texts(fields, 12) if is_code(text)}


def records_in(fields: Mapping[str, Value]) -> set[str]:
    """The ids of records among the answers."""
    return {text for text in _texts(fields, 36) if _RECORD_ID.fullmatch(text)}


def _may_claim(division: str, claimed: Iterable[str]) -> bool:
    """Nothing said yet, nothing more exact than a division above, or something within."""
    codes = list(claimed)
    return any(_within(code, division) for code in codes) or all(
        division.startswith(code_prefix(code)) for code in codes
    )


def _within(code: str, division: str) -> bool:
    return code.startswith(division)


def _texts(fields: Mapping[str, Value], length: int) -> list[str]:
    """The answers, or parts of them, that are texts of this length."""
    lists = [value for value in fields.values() if isinstance(value, list)]
    return [
        part
        for values in (fields.values(), *lists)
        for part in values
        if isinstance(part, str) and len(part) == length
    ]
