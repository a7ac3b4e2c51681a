from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from random import Random

import openpyxl
import pytest

from core.errors import KnownError
from core.forms.authoring.form_reading import read_sheets
from core.forms.workbook.reading import read_csv_sheets, read_workbook

TABLE = [["type", "name", "label"], ["text", "a", "甲"], [], ["integer", "b", "乙"]]


def an_xlsx(rows=TABLE, title="survey"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def repacked(content, **members):
    """The xlsx with other members in the place of those of these names, or beside them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, members.pop(stem, None) or old.read(name))
        for name, data in members.items():
            new.writestr(name, data)
    return out.getvalue()


def test_rows_keep_the_numbers_that_excel_shows():
    rows = read_workbook(an_xlsx(), "xlsx").rows("survey")
    assert [(row.number, row.cells["name"]) for row in rows] == [(2, "a"), (4, "b")]


def test_a_csv_of_a_chinese_excel_is_read():
    text = "type,name,label\ntext,a,村名\n"
    for encoding in ("utf-8-sig", "gb18030"):
        (row,) = read_workbook(text.encode(encoding), "csv").rows("survey")
        assert row.cells["label"] == "村名"


def test_a_csv_of_all_sheets_and_a_zip_of_them_say_the_same():
    together = "survey,,\n,type,name\n,select_one l,a\nchoices,,,\n,list_name,name,label\n,l,1,甲\n"
    apart = {
        "survey.csv": b"type,name\nselect_one l,a\n",
        "choices.csv": "list_name,name,label\nl,1,甲\n".encode(),
        "notes.txt": b"passed over",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in apart.items():
            archive.writestr(f"form/{name}", data)
    books = [
        read_workbook(together.encode(), "csv"),
        read_csv_sheets(apart),
        read_workbook(packed.getvalue(), "zip"),
    ]
    cells = [{name: [row.cells for row in book.rows(name)] for name in book.sheets} for book in books]
    assert cells[0] == cells[1] == cells[2]
    assert set(cells[0]) == {"survey", "choices"}


def test_numbers_dates_and_truths_are_written_as_forms_mean_them():
    rows = [["type", "name", "default"], ["integer", "a", 3.0], ["text", "b", True], ["decimal", "c", 2.5]]
    assert [row.cells["default"] for row in read_workbook(an_xlsx(rows), "xlsx").rows("survey")] == [
        "3", "TRUE", "2.5",
    ]  # fmt: skip


def test_a_formula_without_its_value_is_an_error_in_its_cell():
    book = read_workbook(an_xlsx([["type", "name", "label"], ["text", "a", "=B2&B2"]]), "xlsx")
    (found,) = book.found
    assert (found.code, found.sheet, found.row, found.column) == ("formula_empty", "survey", 2, "label")


def test_a_zip_bomb_is_refused_before_it_is_read():
    bomb = repacked(an_xlsx(), **{"xl/bomb.xml": b"0" * 140_000_000})
    assert len(bomb) < 1_000_000
    with pytest.raises(KnownError) as caught:
        read_workbook(bomb, "xlsx")
    assert caught.value.code == "workbook_hostile"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_a_workbook_are_refused(encoding):
    lol = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
    with pytest.raises(KnownError) as caught:
        read_workbook(repacked(an_xlsx(), sheet1=lol.encode(encoding)), "xlsx")
    assert caught.value.code == "workbook_hostile"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([["type", "name"], *[["text", "a"]] * 20_002], "rows"),
        ([["type", "name"], ["text", "x" * 32_768]], "cell"),
        ([[f"c{n}" for n in range(301)], ["text"]], "columns"),
    ],
)
def test_a_sheet_beyond_any_form_is_refused(rows, reason):
    text = "\n".join(",".join(row) for row in rows)
    with pytest.raises(KnownError) as caught:
        read_csv_sheets({"survey.csv": text.encode()})
    assert (caught.value.code, caught.value.values["reason"]) == ("workbook_hostile", reason)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "zip", "md"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04cut", b"\xd0\xcf\x11\xe0" + b"x" * 999, b"<html/>"])
def test_what_is_no_workbook_is_a_known_error(kind, content):
    with pytest.raises(KnownError) as caught:
        read_workbook(content, kind)
    assert caught.value.code == "workbook_unreadable"


def test_a_cut_workbook_is_a_known_error():
    whole = an_xlsx()
    for length in range(10, len(whole), 401):
        with pytest.raises(KnownError):
            read_workbook(whole[:length], "xlsx")


def test_a_workbook_of_an_old_excel_is_read():
    """`old_excel.xls` was written by xlwt 1.3.0: BIFF8, an empty row, a whole number, a date."""
    book = read_workbook((Path(__file__).parent / "old_excel.xls").read_bytes(), "xls")
    cells = [(row.number, row.cells["name"], row.cells.get("default")) for row in book.rows("survey")]
    assert cells == [(2, "owner", None), (4, "people", "3"), (5, "day", "2026-11-21"), (6, "ok", "yes")]
    form = read_sheets(book, {}).form
    assert form is not None and (form.form_id, form.version) == ("old_excel", "1")


def test_an_endless_sheet_is_refused_while_it_is_read():
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("survey")
    for row in chain([["type", "name"]], repeat(["text", "a"], 25_000)):
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    with pytest.raises(KnownError) as caught:
        read_workbook(kept.getvalue(), "xlsx")
    assert caught.value.code == "workbook_hostile"


OLD_EXCEL = (Path(__file__).parent / "old_excel.xls").read_bytes()


def test_an_old_workbook_whose_sectors_go_in_a_circle_is_refused_at_once():
    """xlrd follows them until memory is full."""
    (table,) = struct.unpack_from("<I", OLD_EXCEL, 76)
    for sector in range(4):
        circle = bytearray(OLD_EXCEL)
        struct.pack_into("<I", circle, 512 + table * 512 + 4 * sector, sector)
        with pytest.raises(KnownError) as caught:
            read_workbook(bytes(circle), "xls")
        assert caught.value.code == "workbook_unreadable"


def test_a_zip_with_a_password_is_told_so():
    packed = bytearray(an_xlsx())
    for at in range(len(packed) - 4):
        if packed[at : at + 4] == b"PK\x01\x02":
            packed[at + 8] |= 1  # the mark of encryption in the directory
    for kind in ("xlsx", "zip"):
        with pytest.raises(KnownError) as caught:
            read_workbook(bytes(packed), kind)
        assert caught.value.code == "workbook_password"


@pytest.mark.parametrize(("content", "kind"), [(an_xlsx(), "xlsx"), (OLD_EXCEL, "xls")], ids=["xlsx", "xls"])
def test_a_damaged_workbook_is_read_or_is_a_known_error(content, kind):
    chance = Random(5)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(KnownError):
            read_workbook(bytes(damaged), kind)
