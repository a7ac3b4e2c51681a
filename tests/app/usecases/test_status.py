from __future__ import annotations

from app.usecases.photos import attach_photos
from app.usecases.records import create_record, keep_draft, save_record
from app.usecases.status import Standing, read_standing
from tests.builders import a_record, a_workspace, carry
from tests.servers import a_picture


def test_previews_are_not_counted_and_drafts_wait(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        record = a_record(workspace)
        attach_photos(workspace, record, "/photos", [a_picture(1), a_picture(2)])
        save_record(workspace, record)
        keep_draft(workspace, create_record(workspace, "small"), {"/name": "示例"})
        assert read_standing(workspace) == Standing(None, 2, 2, 2, 0, 0)


def test_records_in_conflict_are_counted(tmp_path, clock):
    with (
        a_workspace(tmp_path / "a", name="甲", clock=clock) as mine,
        a_workspace(tmp_path / "b", name="乙", clock=clock) as theirs,
    ):
        record = a_record(mine, remark="一")
        carry(mine, theirs)
        save_record(mine, record, {"/remark": "甲写的"})
        save_record(theirs, record, {"/remark": "乙写的"})
        carry(theirs, mine)
        assert read_standing(mine).records_in_conflict == 1
