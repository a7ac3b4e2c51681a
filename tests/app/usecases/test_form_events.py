"""What a form asks about the desk it is filled in at: the record saved last, the person, the end."""

from __future__ import annotations

import pytest

from app.usecases.forms import install_form
from app.usecases.people import name_person
from app.usecases.records import create_record, delete_record, finalise_record, open_session, save_record
from core.forms.workbook.xlsform import compile_xlsform

SHEETS = """
| survey |
| | type | name | label | default | calculation |
| | text | crew | Crew | ${last-saved#crew} | |
| | begin_repeat | house | House | | |
| | integer | rooms | Rooms | | |
| | end_repeat | | | | |
| | integer | more | More | sum(${last-saved#rooms}) | |
| | start | start | | | |
| | end | end | | | |
| | username | who | | | |
| | deviceid | machine | | | |
| settings |
| | form_id | version |
| | visit | 1 |
"""


@pytest.fixture
def visits(workspace, tmp_path):
    (tmp_path / "visit.xml").write_bytes(compile_xlsform(SHEETS, "md"))
    install_form(workspace, tmp_path / "visit.xml")
    return workspace


def test_a_new_record_takes_over_from_the_one_saved_last(visits):
    first = create_record(visits, "visit")
    session = open_session(visits, first)
    assert session.value("/crew") is None
    session.set("/crew", "示例一组")
    session.set(f"{session.rows('/house')[0]}/rooms", 3)
    session.set(f"{session.add_row('/house')}/rooms", 4)
    save_record(visits, first, session.answers())
    second = open_session(visits, create_record(visits, "visit"))
    assert (second.value("/crew"), second.value("/more")) == ("示例一组", 7)


def test_a_deleted_record_is_not_the_one_saved_last(visits):
    first = create_record(visits, "visit")
    save_record(visits, first, {"/crew": "示例二组"})
    delete_record(visits, first)
    assert open_session(visits, create_record(visits, "visit")).value("/crew") is None


def test_a_record_knows_who_began_it_where_and_when_it_was_finished(visits, clock):
    name_person(visits, "示例调查员")
    record = create_record(visits, "visit")
    session = open_session(visits, record)
    assert session.value("/who") == "示例调查员"
    assert session.value("/machine") == visits.person.device
    assert session.value("/start") is not None
    save_record(visits, record, {"/crew": "示例三组"})
    assert open_session(visits, record).value("/end") is None
    assert finalise_record(visits, record).done
    assert open_session(visits, record).value("/end").startswith(f"{clock.now():%Y-%m-%dT%H:%M}")
