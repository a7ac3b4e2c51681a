from __future__ import annotations

from contextlib import contextmanager
from datetime import date

import pytest

from app.storage.listing import RecordFilter
from app.usecases.records import create_record, delete_record, finalise_record, keep_draft, save_record
from app.usecases.returning import return_record
from app.usecases.start import forms_due, next_day, read_agenda
from tests.builders import SMALL_FORM, a_record, a_workspace

DUE_FORM = SMALL_FORM.replace(b'<data id="small"', b'<data id="small" cj:due="04-30"')


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock, form=DUE_FORM) as opened:
        yield opened


def test_a_new_workspace_has_nothing_to_do_and_says_so(workspace):
    agenda = read_agenda(workspace)
    assert agenda.nothing_yet
    assert (agenda.last, agenda.recent, agenda.villages, forms_due(workspace)) == ("", (), (), [])


def test_the_numbers_are_those_of_the_lists(workspace):
    whole, lacking, binned = a_record(workspace), a_record(workspace, name=""), a_record(workspace)
    returned = a_record(workspace)
    for record in (whole, returned):
        assert finalise_record(workspace, record).done
    delete_record(workspace, binned)
    return_record(workspace, returned, "理由")
    agenda = read_agenda(workspace)
    assert (agenda.records, agenda.unfinished, agenda.missing) == (3, 2, 1)
    assert agenda.records == workspace.records.count(RecordFilter())
    assert [row.record_id for row in agenda.returned_rows] == [returned]
    assert agenda.returned == workspace.records.count(RecordFilter(returned=True)) == 1
    assert [row.record_id for row in agenda.recent] == [returned, whole, lacking]
    assert agenda.last == returned


def test_a_record_begun_and_never_saved_is_unfinished_and_the_last_one(workspace):
    saved = a_record(workspace)
    begun = create_record(workspace, "small")
    keep_draft(workspace, begun, {"/remark": "二"})
    agenda = read_agenda(workspace)
    assert (agenda.records, agenda.unfinished, agenda.last) == (2, 2, begun)
    assert [row.record_id for row in agenda.recent] == [begun, saved]
    assert agenda.missing == sum(row.problems for row in agenda.recent) > 0


def test_photos_that_no_longer_read_back_are_told(workspace, clock):
    with workspace.database.transaction():
        workspace.photos.add("sha256:" + "0" * 64, 5, "image/jpeg")
        workspace.photos.damaged("sha256:" + "0" * 64)
    assert read_agenda(workspace).photos_damaged == 1


def test_the_days_left_are_those_to_the_next_day_of_that_name(workspace, clock):
    record = a_record(workspace)
    today = clock.now().date()
    (due,) = forms_due(workspace)
    assert (due.day, due.unfinished, due.overdue) == (next_day("04-30", today), 1, 0)
    assert due.days_left == (due.day - today).days
    finalise_record(workspace, record)
    assert forms_due(workspace) == []


def test_what_was_begun_before_the_last_day_has_missed_it(workspace, clock):
    save_record(workspace, a_record(workspace), {"/remark": "一"})
    clock.advance(days=366)
    (due,) = forms_due(workspace)
    assert due.overdue == 1


@pytest.mark.parametrize(
    ("today", "day"),
    [("2026-04-30", "2026-04-30"), ("2026-05-01", "2027-04-30"), ("2026-01-01", "2026-04-30")],
)
def test_the_day_itself_counts(today, day):
    assert next_day("04-30", date.fromisoformat(today)) == date.fromisoformat(day)


def test_no_number_of_the_start_page_looks_at_every_record(workspace):
    """Each query of the agenda reads an index made for it; only the count of all records walks one along."""
    a_record(workspace)
    asked = []
    real = workspace.database.read

    @contextmanager
    def listening():
        with real() as tables:
            tables.conn.set_trace_callback(asked.append)
            try:
                yield tables
            finally:
                tables.conn.set_trace_callback(None)

    object.__setattr__(workspace.database, "read", listening)
    try:
        read_agenda(workspace)
    finally:
        object.__delattr__(workspace.database, "read")
    with workspace.database.read() as tables:
        plans = {
            query: [row[3] for row in tables.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()]
            for query in asked
            if query.lstrip().startswith("SELECT")
        }
    assert plans
    walked = {
        query: plan
        for query, plan in plans.items()
        if "LIMIT" not in query
        and {"SCAN rec", "SEARCH rec USING COVERING INDEX rec_list (life=?)"} & {*plan}
    }
    assert walked == {}
