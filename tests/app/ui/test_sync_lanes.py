"""The sync page's three lanes: figures, the rule for originals, and what to do about each photo."""

from __future__ import annotations

from app.usecases.records import create_record, save_record
from tests.builders import SMALL_FORM, a_photo
from tests.servers import a_picture, a_server


def photo_states(page):
    table = page.lanes.table
    return [[table.item(row, column).text() for column in range(4)] for row in range(table.rowCount())]


def test_the_three_lanes_stand_apart_and_originals_go_when_asked(window, settle, tmp_path):
    workspace = window.desk.workspace
    with workspace.database.transaction():
        workspace.forms.install(SMALL_FORM)
    record = create_record(workspace, "small")
    photo = a_photo(workspace, a_picture(1, side_px=800))
    save_record(workspace, record, {"/name": "示例记录", "/photos[r]/photo": photo})
    with a_server(tmp_path / "server") as server:
        server.join(workspace)
        page = window.open_place("sync")
        settle(window)
        lanes = page.lanes
        lanes.rule.setCurrentIndex(lanes.rule.findData("hand"))
        settle(window)
        page.sync_button.click()
        settle(window)
        assert "全部已送达" in lanes.records.text() and "1 张待上传" in lanes.originals.text()
        assert photo_states(page) == [["示例记录", "原图", "待上传", "按“现在上传原图”"]]
        assert page.table.item(0, 1).text() == "已核实，原图未齐"
        opened = []
        page.record_wanted.connect(opened.append)
        lanes.table.cellActivated.emit(0, 0)
        assert opened == [record]
        lanes.send_button.click()
        settle(window)
    assert "1 张回执已核实" in lanes.originals.text() and photo_states(page) == []
    assert page.table.item(0, 1).text() == "回执已核实"
    assert not lanes.send_button.isEnabled() and not lanes.fetch_button.isEnabled()
