"""Rows that show another record's title follow it, without anybody asking."""

from __future__ import annotations

import pytest

from app.changes import Changes
from app.usecases.records import save_record
from tests.app.ui.conftest import rest
from tests.builders import a_record
from tests.linked_forms import a_linked_workspace


@pytest.fixture
def workspace(tmp_path, clock):
    with a_linked_workspace(tmp_path / "linked", clock) as opened:
        yield opened


def test_the_window_renews_outdated_rows_at_its_start_and_after_every_change(workspace, open_window):
    village = a_record(workspace, form_id="village", title="甲村", name=None)
    site = a_record(workspace, form_id="site", village_ref=village, kind="路口", name=None)
    save_record(workspace, village, {"/title": "新村"})
    window = open_window(workspace)
    assert workspace.records.row(site).title == "新村 路口"
    save_record(workspace, village, {"/title": "老村"})
    window.changes.publish(Changes(records=frozenset({village})))
    rest(window)
    assert workspace.records.row(site).title == "老村 路口"
