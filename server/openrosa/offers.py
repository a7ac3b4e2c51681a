"""Which forms a phone is offered, and the files that come with each: its media, and the lists that it asks.

Lists come as CSV with the columns that the form mentions and no others: nothing more leaves the server.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from core.forms.list_names import DIVISIONS
from core.protocol.wire_errors import WireError
from server.auth import Device
from server.openrosa.catalogue import Catalogue, FormVersion
from server.openrosa.divisions import division_rows
from server.openrosa.record_lists import RecordLists

_LOCAL_DIVISION: Final = "local_division"
_NAME = re.compile(r"[^\W\d][\w.-]*")
_NO_COLUMN = re.compile(r"(?:current\(\)\s*|(?<![\w\])./*-])\s*)/[\w./-]*|['\"][^'\"]*['\"]")
"""A path of the form itself, from its root or the own row, or a text: no column of a list."""
_DIVISION_COLUMNS: Final = ("name", "label", "parent", "level")
_LISTS_KEPT = 4


class Offers:
    """The forms of one server as phones see them."""

    def __init__(self, catalogue: Catalogue, records: RecordLists) -> None:
        self._catalogue = catalogue
        self._records = records

    def forms(self, device: Device, form_id: str | None = None, *, every: bool = False) -> list[FormVersion]:
        """The newest version of each form that this phone can fill in, or `every` version."""
        known = self._catalogue.versions() if every else self._catalogue.newest()
        return [one for one in known if form_id in {None, one.form_id} and not self.refusal(one, device)]

    def left_out(self, device: Device) -> list[tuple[FormVersion, str]]:
        """The forms that this phone is not offered, and why."""
        broken = [one for one in self._catalogue.versions() if one.broken]
        newest = [*self._catalogue.newest(), *broken]
        return [(one, why) for one in newest if (why := self.refusal(one, device))]

    def refusal(self, version: FormVersion, device: Device) -> str:
        """Why a phone cannot fill in a form: form-broken, list-not-csv, divisions-too-many; "" if it can."""
        if version.broken:
            return version.broken
        if any(not file.endswith(".csv") for file in version.lists.values()):
            return "list-not-csv"
        if DIVISIONS in version.lists and self._division_list(device) is None:
            return "divisions-too-many"
        return ""

    def names(self, version: FormVersion) -> list[str]:
        """The files that come with a form: media and lists."""
        return sorted({*version.media, *version.lists.values()})

    def file(self, version: FormVersion, name: str, device: Device) -> bytes:
        """One of them. Raises WireError `unknown-form` for another name."""
        for instance, file in version.lists.items():
            if file == name:
                return self._list(version, instance, device)
        if name not in version.media:
            raise WireError("unknown-form")
        return self._catalogue.files(version.digest)[1][name]

    def _list(self, version: FormVersion, instance: str, device: Device) -> bytes:
        if instance == DIVISIONS:
            return self._division_list(device) or b""
        xml, _ = self._catalogue.files(version.digest)
        rows = self._records.rows(instance, device)
        known = {column for row in rows for column in row} | self._questions(instance)
        mentioned = _mentioned(xml.decode("utf-8", "replace"), instance)
        return _csv(rows, ["name", "label", *sorted((known & mentioned) - {"name", "label"})])

    def _questions(self, form_id: str) -> set[str]:
        """The names that answers of that form outside of rows have."""
        found = next((one for one in self._catalogue.newest() if one.form_id == form_id), None)
        if found is None:
            return set()
        return {
            one.name for one in self._catalogue.form(found.digest).questions() if one.path.count("/") == 1
        }

    def _division_list(self, device: Device) -> bytes | None:
        """The divisions of the account's place as CSV; None if those are more than a phone can take."""
        rows = self._records.rows(_LOCAL_DIVISION, device)
        added = frozenset((row["code"], row["label"]) for row in rows if row.get("code"))
        return _division_csv(device.grant.division, added)


@lru_cache(_LISTS_KEPT)
def _division_csv(prefix: str, added: frozenset[tuple[str, str]]) -> bytes | None:
    rows = division_rows(prefix, dict(added))
    return None if rows is None else _csv(rows, _DIVISION_COLUMNS)


def _mentioned(xml: str, instance: str) -> set[str]:
    """The names in all expressions that ask this list."""
    asking = re.findall(rf"instance\(\s*['\"]{re.escape(instance)}['\"]\s*\)[^\"<>]*", xml)
    near = re.findall(rf"nodeset=\"instance\('{re.escape(instance)}'\).*?</itemset>", xml, re.DOTALL)
    shown = [ref for text in near for ref in re.findall(r'ref="([^"]*)"', text)]
    joined = [re.sub(r"([\])])\s+/", r"\1/", text) for text in (*asking, *shown)]
    return {name for text in joined for name in _NAME.findall(_NO_COLUMN.sub(" ", text))}


def _csv(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue().encode()
