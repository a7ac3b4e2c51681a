"""A workspace with very many records, built in minutes: real records are saved once, then copied in bulk.

Every copy is what saving it would have made: its operations in the own log, numbered and chained, and all rows
that are read from them. `tests/test_big_workspace.py` reads some of them anew and compares.
`python -m tests.big_workspace FOLDER RECORDS PHOTOS` makes one by hand.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from app.paths import resources_folder
from app.storage.listed import Listed, text_key
from app.storage.listing import Listing
from app.storage.records import visible_answers
from app.storage.shown_record import LIST_LANGUAGE, shown_record
from app.usecases.forms import install_form
from app.usecases.records import create_record, delete_record, finalise_record, save_record
from app.workspace import Workspace, open_workspace
from core.clock import Clock, SystemClock
from core.ids import new_uuid7
from core.records.operation import chain_hash
from core.values import Value, photo_value

VILLAGES = ("330523001002", "330523002001", "330523103202", "330523104200")
"""Villages of 安吉县 whose code the forms look up; the names of the records are invented."""
POINTS = 9  # records of the second form to each village
NAME, PHONE = "标记标记村", "13900000000"  # what a copy puts its own in place of
FIRST = "东南西北上下前后大小新老长高青白红金银石"
SECOND = "山水河湖桥塘田林沙坪坝湾冲岭坡园溪竹茶果"
NUMBER = "{n}"  # in place of the number of an operation
LISTED = "@listed"
COPIED_NOT = {"op", "draft", "begun", "stale"}
ARRIVAL_COLUMNS = {("head", "n"), ("rec", "arrival")}
SETS_AT_ONCE = 200

POINT_FORM = """<?xml version="1.0" encoding="UTF-8"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
        xmlns:jr="http://openrosa.org/javarosa" xmlns:cj="urn:cunjiang:forms">
  <h:head>
    <h:title>示例点位</h:title>
    <model>
      <instance>
        <data id="point" version="2026112101">
          <name/><village_ref/><number/><phone/><households/><remark/>
          <photos jr:template=""><photo/></photos>
          <meta><instanceID/><instanceName/></meta>
        </data>
      </instance>
      <instance id="village_profile" src="jr://file-csv/village_profile.csv"/>
      <bind nodeset="/data/name" type="string" required="true()" cj:list="1"/>
      <bind nodeset="/data/village_ref" type="string" cj:refers="village_profile"/>
      <bind nodeset="/data/number" type="string" cj:list="2"/>
      <bind nodeset="/data/phone" type="string" cj:personal="personal"/>
      <bind nodeset="/data/households" type="int" cj:list="3"/>
      <bind nodeset="/data/remark" type="string"/>
      <bind nodeset="/data/photos/photo" type="binary"/>
      <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
      <bind nodeset="/data/meta/instanceName" type="string" calculate="/data/name"/>
    </model>
  </h:head>
  <h:body>
    <input ref="/data/name"><label>名称</label></input>
    <select1 ref="/data/village_ref"><label>所属村</label>
      <itemset nodeset="instance('village_profile')/root/item"><value ref="name"/><label ref="label"/></itemset>
    </select1>
    <input ref="/data/number"><label>编号</label></input>
    <input ref="/data/phone"><label>电话</label></input>
    <input ref="/data/households"><label>户数</label></input>
    <input ref="/data/remark"><label>备注</label></input>
    <group ref="/data/photos"><label>照片</label><repeat nodeset="/data/photos" appearance="cj-photos">
      <upload ref="/data/photos/photo" mediatype="image/*"><label>照片</label></upload>
    </repeat></group>
  </h:body>
</h:html>
""".encode()


@dataclass(frozen=True)
class _Set:
    """A village and its points, saved one after the other: what they are in every table, as JSON text."""

    records: tuple[str, ...]
    digests: tuple[str, ...]
    first: int  # number of the first operation
    rows: str  # {table: rows}, and under LISTED what lists and searches have of each record
    lines: tuple[tuple[str, str, str], ...]  # kind, record, line with NUMBER in place of its own


def make_big_workspace(folder: Path, records: int, photos: int, *, clock: Clock | None = None) -> None:
    """A workspace at `folder` with so many records, a tenth of them villages, the others points in them.

    `photos` are spread evenly; their rows are there, their files have not come yet. The server has acknowledged
    all but the last hundredth. Of every tenth set the last point is in the bin.
    """
    clock = clock or SystemClock()
    with open_workspace(folder, clock=clock) as workspace:
        install_form(workspace, resources_folder() / "forms" / "village_profile" / "form.xml")
        with workspace.database.transaction():
            workspace.forms.install(POINT_FORM)
            workspace.kv.put("person_name", "示例人员")
            workspace.own_log.tell_who(workspace.person)
        made = _Made(workspace, photos / records)
        kinds = [made.template(number) for number in range(min(10, -(-records // (POINTS + 1))))]
        whole, rest = divmod(records, POINTS + 1)
        numbers = range(len(kinds), whole)
        for start in range(0, len(numbers), SETS_AT_ONCE):
            with workspace.database.transaction():
                made.copy(kinds, numbers[start : start + SETS_AT_ONCE])
        for _ in range(rest if whole >= len(kinds) else 0):
            made.save_point("", 0)
        made.finish()


class _Made:
    """What has been made so far."""

    def __init__(self, workspace: Workspace, photos_each: float) -> None:
        self._workspace = workspace
        self._listing = Listing(workspace.database)
        self._photos_each = photos_each
        self._photo_numbers = count()
        self._photos = 0.0

    def template(self, number: int) -> _Set:
        """A set saved the way a person's are."""
        first = self._workspace.operations.own().last_n + 1
        village = self._save("village_profile", self._village_answers(number))
        points = [self.save_point(village, number) for number in range(POINTS)]
        finalise_record(self._workspace, points[0])
        if number == 0:
            delete_record(self._workspace, points[-1])
        return self._taken((village, *points), first)

    def save_point(self, village: str, number: int) -> str:
        return self._save(
            "point",
            {
                "/name": f"{NAME}点位{number}",
                "/village_ref": village or None,
                "/number": f"S{number:03}",
                "/phone": PHONE,
                "/households": number * 7 + 1,
                "/remark": "示例：夯土墙，小青瓦屋面，院墙用块石砌筑",
            },
        )

    def copy(self, kinds: list[_Set], numbers: range) -> None:
        """Sets with these numbers, each a copy of one of `kinds`."""
        workspace = self._workspace
        tables = workspace.database.written().conn
        own = workspace.operations.own()
        n, previous = own.last_n, own.last_hash
        rows: dict[str, list[list[Any]]] = {}
        operations, to_list = [], list[tuple[dict[str, Any], int]]()
        for number in numbers:
            one = kinds[number % len(kinds)]
            swap = self._swap(one, number)
            for kind, record, line in one.lines:
                n += 1
                body = swap(line).replace(NUMBER, str(n), 1).encode()
                digest = chain_hash(previous, body)
                operations.append((own.num, n, kind, swap(record), digest, previous, body, "local"))
                previous = digest
            shift = n - len(one.lines) + 1 - one.first
            copied = json.loads(swap(one.rows))
            to_list += [(some, shift) for some in copied.pop(LISTED)]
            for table, some in copied.items():
                rows.setdefault(table, []).extend(_shifted(some, self._arrivals(table), shift))
        tables.executemany(
            "INSERT INTO op (replica, n, kind, rec, hash, prev, body, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            operations,
        )
        tables.execute("UPDATE replica SET last_n = ?, last_hash = ? WHERE num = ?", [n, previous, own.num])
        for table, some in rows.items():
            places = ", ".join("?" * len(some[0]))
            tables.executemany(f"INSERT INTO {table} VALUES ({places})", some)
        for one_listed, shift in to_list:
            self._list(one_listed, shift)

    def finish(self) -> None:
        """The server has all but the last hundredth."""
        own = self._workspace.operations.own()
        with self._workspace.database.transaction():
            held = own.last_n - max(1, own.last_n // 100)
            self._workspace.operations.acknowledge(own.id, acked=held, durable=held)

    def _save(self, form_id: str, answers: Mapping[str, Value]) -> str:
        form = self._workspace.forms.newest(form_id)
        assert form is not None
        known = {path: value for path, value in answers.items() if form.question(path) is not None}
        record = create_record(self._workspace, form_id)
        self._photos += self._photos_each
        for row in range(int(self._photos)):
            value = photo_value(_digest(next(self._photo_numbers)), 400_000, "image/jpeg")
            known[f"/photos[p{row}]/photo"] = value
        self._photos -= int(self._photos)
        save_record(self._workspace, record, known)
        return record

    @staticmethod
    def _village_answers(number: int) -> dict[str, Value]:
        code = VILLAGES[number % len(VILLAGES)]
        return {
            "/province": code[:2] + "0" * 10,
            "/prefecture": code[:4] + "0" * 8,
            "/county": code[:6] + "0" * 6,
            "/township": code[:9] + "000",
            "/village": code,
            "/village_name": NAME,
            "/households": 300 + number,
            "/registered_pop": 1000 + number,
            "/resident_pop": 800 + number,
        }

    def _taken(self, records: tuple[str, ...], first: int) -> _Set:
        """The set as it stands in the tables."""
        marks = ", ".join("?" * len(records))
        with self._workspace.database.read() as tables:
            here = [
                str(row[0]) for row in tables.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            with_record = [
                name
                for name in here
                if name not in COPIED_NOT
                and any(row[1] == "rec" for row in tables.execute(f"PRAGMA table_info({name})"))
            ]
            rows = {
                name: _rows(tables, f"SELECT * FROM {name} WHERE rec IN ({marks})", records)
                for name in with_record
            }
            rows["rec"] = _rows(tables, f"SELECT * FROM rec WHERE id IN ({marks})", records)
            listed = [self._listed(record) for record in records]
            digests = sorted({row[1] for row in rows["blob_ref"]})
            wanted = ", ".join("?" * len(digests))
            rows["blob"] = _rows(tables, f"SELECT * FROM blob WHERE digest IN ({wanted})", digests)
            lines = tables.execute("SELECT kind, rec, body, n FROM op WHERE n >= ? ORDER BY n", [first])
            operations = tuple((kind, rec, _numbered(body.decode(), n)) for kind, rec, body, n in lines)
        there = {name: some for name, some in rows.items() if some}
        text = json.dumps({**there, LISTED: listed}, ensure_ascii=False)
        return _Set(records, tuple(digests), first, text, operations)

    def _listed(self, record: str) -> dict[str, Any]:
        """What lists and searches have of a saved record."""
        records, merged = self._workspace.records, self._workspace.records.merged(record)
        assert merged is not None
        form = records.form_of(merged.form or "")
        assert form is not None
        shown = shown_record(records.session, record, form, visible_answers(merged))
        with self._workspace.database.read() as tables:
            found = tables.execute("SELECT * FROM rec WHERE id = ?", [record])
            row = dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))
        # a key without the record's own name is the same in every copy
        keys = {path: None if NAME in shown.columns[path] else key for path, key in shown.listed.keys.items()}
        return {
            "row": row, "form": form.title(LIST_LANGUAGE), "columns": dict(shown.columns), "keys": keys,
            "texts": shown.listed.texts, "spelled": shown.listed.spelled, "targets": sorted(shown.listed.targets),
        }  # fmt: skip

    def _list(self, one: dict[str, Any], shift: int) -> None:
        row = one["row"] | {"arrival": one["row"]["arrival"] + shift}
        keys = {path: key or text_key(one["columns"][path]) for path, key in one["keys"].items()}
        listed = Listed(keys, tuple(one["texts"]), tuple(one["spelled"]), frozenset(one["targets"]))
        self._listing.write(row, listed, form_title=one["form"])

    def _swap(self, one: _Set, number: int) -> Any:
        """Puts a copy's own ids, names and photos in place of those of the original."""
        own = {record: new_uuid7(self._workspace.clock) for record in one.records}
        own |= {digest: _digest(next(self._photo_numbers)) for digest in one.digests}
        own |= {NAME: name_of(number), PHONE: f"139{number:08}"}
        pattern = re.compile("|".join(map(re.escape, own)))
        return lambda text: pattern.sub(lambda found: own[found[0]], text)

    def _arrivals(self, table: str) -> list[int]:
        """Which columns of a table are numbers of operations."""
        with self._workspace.database.read() as tables:
            names = [row[1] for row in tables.execute(f"PRAGMA table_info({table})")]
        return [at for at, name in enumerate(names) if (table, name) in ARRIVAL_COLUMNS]


def name_of(number: int) -> str:
    """The invented name of the village with this number."""
    first, second = FIRST[number % len(FIRST)], SECOND[number // len(FIRST) % len(SECOND)]
    return f"示例{first}{second}村{number}"


def _digest(number: int) -> str:
    return "sha256:" + hashlib.sha256(f"photo {number}".encode()).hexdigest()


def _rows(tables: Any, query: str, values: Any) -> list[list[Any]]:
    return [list(row) for row in tables.execute(query, list(values)).fetchall()]


def _numbered(line: str, n: int) -> str:
    """The line with a mark in place of its number, which stands before the record's id."""
    marked, times = re.subn(rf'"n":{n},"r":', f'"n":{NUMBER},"r":', line)
    assert times == 1
    return marked


def _shifted(rows: list[list[Any]], columns: list[int], shift: int) -> Iterator[list[Any]]:
    for row in rows:
        for at in columns:
            row[at] += shift
        yield row


if __name__ == "__main__":
    make_big_workspace(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
