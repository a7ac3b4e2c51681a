from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from app.usecases.openrosa import add_server, known_servers
from app.usecases.records import create_record, finalise_record
from tests.app.ui.conftest import rest
from tests.builders import SMALL_FORM
from tests.openrosa_server import OpenRosaServer


@pytest.fixture
def server():
    with OpenRosaServer() as running:
        running.offer("small", "2026112101", SMALL_FORM)
        yield running


@pytest.fixture
def added(workspace, server):
    add_server(workspace, server.address)
    return known_servers(workspace)[0].num


def words(page):
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def press(page, name):
    page.findChild(QPushButton, name).click()
    rest(page.window())


def a_final(workspace):
    record = create_record(workspace, "small")
    assert finalise_record(workspace, record, {"/name": "示例记录"}).done
    return record


def test_a_server_is_added_tested_and_removed_in_the_settings(window, workspace, server):
    page = window.open_place("settings")
    rest(window)
    assert "还没有添加" in words(page)
    press(page, "addServer")
    adding = page.servers.adding
    adding.fields["address"].setText(f"{server.root}/nothing")
    press(page, "save_server")
    assert "没有 OpenRosa 服务" in words(page) and known_servers(workspace) == []
    adding.fields["address"].setText(server.address)
    press(page, "save_server")
    assert "已添加：服务器有 1 份表单" in words(page) and not adding.isVisible()
    assert "TOKEN0123456789" not in words(page) and "未加密" in words(page)
    num = known_servers(workspace)[0].num
    press(page, f"server_try_{num}")
    assert "连接正常" in words(page)
    press(page, f"server_forget_{num}")
    assert known_servers(workspace), "removing asks first"
    (remove,) = [one for one in page.servers.say.findChildren(QPushButton) if one.text() == "移除"]
    remove.click()
    rest(window)
    assert known_servers(workspace) == []


def test_a_form_goes_from_the_server_to_a_sent_record(window, workspace, server, added):
    window.open_server(added)
    rest(window)
    page = window.page
    assert "新表单" in words(page) and "示例 small" in words(page)
    press(page, "fetch_small")
    assert window.page is not page and "本机还没有这种表单" in words(window.page)
    press(window.page, "installForm")
    assert "已安装" in words(window.page)
    (back,) = [one for one in window.page.banner.findChildren(QPushButton) if "服务器" in one.text()]
    back.click()
    rest(window)
    assert "已安装" in words(window.page)
    window.open_place("settings")
    rest(window)
    assert f"来自 127.0.0.1:{server.port}/v1/projects/1" in words(window.page)
    record = a_final(workspace)
    window.open_place("sync")
    rest(window)
    page = window.page
    assert "待发 1 条　已发 0 条" in words(page)
    press(page, f"send_{added}")
    assert "已送达 1 条" in words(page) and "待发 0 条　已发 1 条" in words(page)
    assert list(server.submissions) == [f"uuid:{record}"]
    window.open_place("records")
    window.open_place("sync")
    rest(window)
    assert page.sending.say.message == "", "it is news once"


def test_who_comes_back_while_the_list_is_read_sees_it(window, added):
    window.open_server(added)
    window.open_place("start")
    window.open_place("server_forms")
    rest(window)
    assert "示例 small" in words(window.page) and "已停止" not in words(window.page)


def test_a_refusal_and_a_broken_line_are_told_with_what_to_do(window, workspace, server, added):
    window.open_server(added)
    rest(window)
    press(window.page, "fetch_small")
    press(window.page, "installForm")
    a_final(workspace)
    page = window.open_place("sync")
    rest(window)
    server.script = [404, "cut"]
    press(page, f"send_{added}")
    assert "1 条没有收下" in words(page) and "服务器的原话：said 404" in words(page)
    start = window.open_place("start")
    rest(window)
    (waiting,) = [row for row in start.rows if row.words == "1 条记录没有被其他服务器收下"]
    waiting.click()
    rest(window)
    assert window.page is page
    press(page, f"send_{added}")
    assert "网络中途断开" in words(page)
    (again,) = [one for one in page.sending.say.findChildren(QPushButton) if one.text() == "再发一次"]
    again.click()
    rest(window)
    assert "已送达 1 条" in words(page) and len(server.submissions) == 1


def test_without_a_server_the_sync_page_says_nothing_of_them(window):
    page = window.open_place("sync")
    rest(window)
    assert not page.sending.isVisibleTo(page)
    window.open_place("server_forms")
    rest(window)
    assert "还没有添加服务器" in words(window.page)
