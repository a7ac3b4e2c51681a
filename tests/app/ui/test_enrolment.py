"""The enrolment card: what comes in by file, drop, text or picture, and what is shown before joining."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from core.protocol.roles import Grant
from core.protocol.ticket import decode_ticket, ticket_line
from server.app import open_server
from server.config import ServerConfig
from server.tickets import draw_ticket
from tests.servers import a_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("enrolment") / "server") as running:
        yield running


@pytest.fixture
def page(window, settle):
    opened = window.open_place("sync")
    settle(window)
    opened.join_card.name.setText("示例人员")
    return opened


def shown(card) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())


def test_it_says_which_server_project_role_and_division_before_joining(window, settle, page, server):
    page.join_card.text.setText(ticket_line(decode_ticket(server.ticket(grant=Grant("surveyor", "330523")))))
    page.join_card.text_button.click()
    settle(window)
    words = shown(page.join_card)
    for part in (f"127.0.0.1:{server.port}", "村匠", "调查员", "浙江省湖州市安吉县"):
        assert part in words
    assert not page.state.joined
    page.join_card.decline_button.click()
    assert "调查员" not in shown(page.join_card)
    assert page.join_card.file_button.isVisible()


def test_a_qr_picture_dropped_on_the_page_is_read(window, settle, page, server, tmp_path):
    picture = tmp_path / "码.png"
    draw_ticket(decode_ticket(server.ticket(grant=Grant("applicant"))), picture)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(picture))])
    place, copy = QPoint(300, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(place, copy, mime, left, none))
    QApplication.sendEvent(page, QDropEvent(QPointF(place), copy, mime, left, none))
    settle(window)
    assert "申报户" in shown(page.join_card), page.banner.message
    page.join_card.agree_button.click()
    settle(window)
    assert page.state.joined
    assert not page.join_card.isVisible()
    assert window.focusWidget() is page.sync_button
    assert page.lanes.records.text().startswith("没有待上传的记录")


def test_what_is_set_aside_says_why_and_what_to_do(window, settle, page, server, a_village):
    page.join_card.read(server.ticket(grant=Grant("surveyor", "330523")))
    settle(window)
    page.join_card.agree_button.click()
    settle(window)
    a_village(village_name="余村", county="330521000000")
    page.sync_button.click()
    settle(window)
    assert "不归您负责" in page.aside_text.text()
    assert (page.badge.text(), page.table.item(0, 1).text()) == ("有未采用", "已送达，未采用")
    assert "调查员，浙江省湖州市安吉县" in page.server_text.text()
    with open_server(ServerConfig(server.data)) as opened:
        assert opened.auth.revoke(window.desk.workspace.person.device)
    page.sync_button.click()
    settle(window)
    assert "已被停止同步" in page.banner.message
    assert page.badge.text() == "已不能同步"
    page.join_card.read(server.ticket())
    settle(window)
    page.join_card.agree_button.click()
    settle(window)
    page.sync_button.click()
    settle(window)
    assert "同步完成" in page.banner.message
    assert not page.join_card.isVisible()
