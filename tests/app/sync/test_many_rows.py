"""A record with thousands of rows: saved, finalised, sent and merged like any other."""

from __future__ import annotations

from app.usecases.forms import install_form
from app.usecases.records import create_record, finalise_record, open_session, record_row, save_record
from app.usecases.sync import sync_now, sync_state
from benchmarks.long_forms import rows_form
from core.forms.paths import position_between
from core.records.operation import FINAL
from tests.builders import a_workspace

ROWS = 4_000


def answers() -> dict[str, object]:
    found: dict[str, object] = {}
    position = None
    for at in range(ROWS):
        row, position = f"/hh[0190a0b0-0000-7000-8000-{at:012d}]", position_between(position, None)
        found |= {f"{row}/@pos": position, f"{row}/age": at % 90}
    return found


def test_a_record_of_thousands_of_rows_is_finalised_sent_and_merged(tmp_path, shared_server):
    form = tmp_path / "rows.xml"
    form.write_bytes(rows_form(0))
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        for name, workspace in (("甲", a), ("乙", b)):
            shared_server.join(workspace, name)
            install_form(workspace, form)
        record = create_record(a, "rows")
        save_record(a, record, answers())
        assert finalise_record(a, record).done
        assert record_row(a, record).state == FINAL
        assert sync_now(a).receipt.complete
        sync_now(b)
        session = open_session(b, record)
        rows = session.rows("/hh")
        assert len(rows) == ROWS and session.value(f"{rows[77]}/made") == 154
        save_record(a, record, {f"{rows[5]}/age": 80})
        save_record(b, record, {f"{rows[6]}/age": 81})
        sync_now(a), sync_now(b), sync_now(a)
        for workspace in (a, b):
            merged = open_session(workspace, record)
            assert (merged.value(f"{rows[5]}/age"), merged.value(f"{rows[6]}/age")) == (80, 81)
            assert record_row(workspace, record).conflicts == 0
        assert sync_state(a).records[record] == "confirmed"
