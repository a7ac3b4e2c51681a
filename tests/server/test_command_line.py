"""`cunjiang-server` as a person starts it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zlib

import pytest

from app.media.qr import read_qr
from app.usecases.sync import sync_now
from core.errors import KnownError
from core.protocol.roles import Grant
from core.protocol.ticket import decode_ticket
from server.__main__ import SENTENCES, app
from server.app import open_server
from server.config import ServerConfig
from server.openrosa.gateway import Gateway
from server.openrosa.waiting import waiting
from server.tickets import write_address
from tests.builders import SMALL_FORM, a_workspace
from tests.server.phones import a_submission
from tests.servers import ROOT, a_server


def command(*args):
    return subprocess.run(
        [sys.executable, "-m", "server", *map(str, args)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_runs_gives_a_ticket_refuses_a_second_one_and_stops_when_told(tmp_path):
    data = tmp_path / "server"
    with a_server(data) as server:
        second = command("run", "--data", data, "--port", 0)
        assert second.returncode == 1 and "另一个服务器进程" in second.stderr
        assert command("ticket", "--data", data, "--file", tmp_path / "t", "--hours", "1").returncode == 0
        ticket = decode_ticket((tmp_path / "t").read_bytes())
        assert ticket.urls == [f"https://127.0.0.1:{server.port}"]
        assert os.name == "nt" or (tmp_path / "t").stat().st_mode & 0o077 == 0
        picture = tmp_path / "码.png"
        made = command(
            "ticket", "--data", data, "--role", "reviewer", "--division", "330523000000", "--qr", picture
        )
        assert made.returncode == 0 and "72 小时" in made.stdout, made.stderr
        assert command("devices", "--data", data).stdout == "还没有设备加入。\n"
        [line] = read_qr(picture.read_bytes())
        assert decode_ticket(line.encode()).grant == Grant("reviewer", "330523")
        wrong = command("ticket", "--data", data, "--division", "浙江")
        assert wrong.returncode == 1 and "不是区划代码" in wrong.stderr
        for hours in ("-5", "nan", "1e12"):
            timeless = command("ticket", "--data", data, "--hours", hours)
            assert timeless.returncode == 1 and "有效小时数" in timeless.stderr
        nowhere = command("ticket", "--data", data, "--file", tmp_path / "no" / "t")
        assert nowhere.returncode == 1 and "不能写" in nowhere.stderr
        gone = command("revoke", "--data", data, "--device", "nobody")
        assert gone.returncode == 1 and "nobody" in gone.stderr
        assert server.stop() == 0
    assert not (data / "server.db-wal").exists()


def test_devices_are_listed_get_another_role_and_are_shut_out(tmp_path):
    data = tmp_path / "server"
    with a_server(data) as server, a_workspace(tmp_path / "a") as workspace:
        server.join(workspace, "示例王工")
        device = workspace.person.device
        changed = command("set-role", "--data", data, "--device", device, "--role", "coordinator")
        assert changed.stdout == "从它下次同步起：协调员，整个项目。\n", changed.stderr
        sync_now(workspace)
        listed = json.loads(command("devices", "--data", data, "--json").stdout)
        assert (listed["id"], listed["name"], listed["role"]) == (device, "示例王工", "coordinator")
        assert listed["seen"] and listed["revoked"] is None
        assert command("revoke", "--data", data, "--device", device).returncode == 0
        shown = command("devices", "--data", data).stdout
        assert "示例王工  协调员  整个项目" in shown and "已停用" in shown


def test_a_ticket_needs_a_server_that_has_run(tmp_path):
    refused = command("ticket", "--data", tmp_path / "new")
    assert refused.returncode == 1 and "还没有运行过" in refused.stderr


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    refused = command("run", "--data", tmp_path, "--port", 0)
    assert refused.returncode == 1 and "别的东西" in refused.stderr
    assert {entry.name for entry in tmp_path.iterdir()} == {"photo.jpg"}


def test_private_keys_are_the_owners_alone(tmp_path):
    data = tmp_path / "server"
    with a_server(data):
        pass
    for name in ("ca.key", "server.key", "signing.key"):
        assert os.name == "nt" or (data / "keys" / name).stat().st_mode & 0o077 == 0
    assert json.loads((data / "address.json").read_text())["urls"]


def test_a_phone_gets_an_account_a_code_and_an_address_and_loses_them(tmp_path, capsys):
    data, code = tmp_path / "server", tmp_path / "码.png"

    def said(*args):
        chosen, bound, _ = app.parse_args([*map(str, args), "--data", str(data)])
        chosen(*bound.args, **bound.kwargs)
        return capsys.readouterr().out

    with pytest.raises(KnownError) as early:
        said("phone", "add", "示例手机")
    assert early.value.code == "server_never_ran" and "还没有手机账号" in said("phone", "list")
    write_address(ServerConfig(data), 8443)
    made = said("phone", "add", "示例手机", "--division", "330523", "--qr", code)
    told = dict(line.split("：", 1) for line in made.splitlines() if "：" in line)
    assert (told["地址"], told["账号"]) == ("https://127.0.0.1:8443", "phone1")
    assert told["不用密码的地址"].startswith("https://127.0.0.1:8443/key/")
    [text] = read_qr(code.read_bytes())
    settings = json.loads(zlib.decompress(base64.b64decode(text)))
    assert settings["general"]["server_url"] == told["地址"]
    assert (settings["general"]["username"], settings["general"]["password"]) == ("phone1", told["密码"])
    assert settings["admin"] == {} and settings["project"]["name"]
    assert os.name == "nt" or code.stat().st_mode & 0o077 == 0
    listed = said("phone", "list")
    assert "phone1  示例手机  调查员  330523  还没有来过" in listed and told["密码"] not in listed
    elsewhere = said("phone", "renew", "phone1", "--url", "https://odk.example.org/")
    assert "https://odk.example.org/key/" in elsewhere and told["密码"] not in elsewhere
    said("phone", "revoke", "phone1")
    assert "已停用" in said("phone", "list")
    for wrong in (
        ("add", "又一台", "--login", "phone1"),
        ("add", ""),
        ("add", "坏\x1b[31m"),
        *(
            ("add", "又一台", "--url", url)
            for url in ("odk.example.org", "http://odk.example.org", "https://a/b?c")
        ),
        ("revoke", "nobody"),
        ("renew", "nobody"),
    ):
        with pytest.raises(KnownError) as refused:
            said("phone", *wrong)
        assert refused.value.code in SENTENCES


def test_forms_are_given_to_phones_before_any_desktop_has_synced_one(tmp_path, capsys):
    config = ServerConfig(tmp_path / "server")

    def offered(*forms):
        capsys.readouterr()  # what the server logs here goes to the same place
        chosen, bound, _ = app.parse_args(["phone", "offer", *map(str, forms), "--data", str(config.data)])
        chosen(*bound.args, **bound.kwargs)
        return capsys.readouterr().out.splitlines()

    def listed_aside():
        capsys.readouterr()
        chosen, bound, _ = app.parse_args(["aside", "--data", str(config.data)])
        chosen(*bound.args, **bound.kwargs)
        return capsys.readouterr().out.splitlines()

    with open_server(config) as server:
        gateway = Gateway(server, config.archive)
        phone = gateway.phones.by_login(gateway.phones.add("示例手机", Grant("surveyor", "330523")).login)
        (tmp_path / "small.xml").write_bytes(SMALL_FORM)
        hostile = a_submission(form="&#x9b;31m&#10;small", name="早")
        assert listed_aside() == ["没有搁置的。"]
        assert gateway.receive(phone, hostile, []).state == "aside"
        [shown] = listed_aside()
        assert shown.isprintable() and " 31m" in shown
        assert gateway.receive(phone, a_submission(name="早"), []).state == "aside"
        assert offered(tmp_path / "small.xml") == ["small  2026112101  示例表"]
        assert gateway.receive(phone, a_submission(name="晚"), []).state == "taken"
        assert [one.form_id for one in waiting(server)] == ["\x9b31m\nsmall"]
        folders = list((ROOT / "resources" / "forms").glob("*/form.xml"))
        assert len(offered()) == len(folders) == len(offered())
        assert len(gateway.offers.forms(phone.device)) == len(folders) + 1
    (tmp_path / "bad.xml").write_bytes(b"<x/>")
    for wrong in (tmp_path / "bad.xml", tmp_path / "none.xml"):
        with pytest.raises(KnownError) as refused:
            offered(wrong)
        assert refused.value.code == "form_refused"


def test_what_phones_sent_and_waits_is_listed_and_laid_out(tmp_path, capsys):
    config = ServerConfig(tmp_path / "server")
    with open_server(config) as server:
        gateway = Gateway(server, config.archive)
        phone = gateway.phones.by_login(gateway.phones.add("示例手机", Grant("surveyor")).login)
        gateway.receive(phone, b'<data id="later" version="1"/>', [])
    chosen, bound, _ = app.parse_args(["aside", "--data", str(config.data), "--to", str(tmp_path / "out")])
    chosen(*bound.args, **bound.kwargs)
    assert "示例手机  表单还没有送到  later 1" in capsys.readouterr().out
    [folder] = (tmp_path / "out").iterdir()
    assert (folder / "submission.xml").read_bytes() == b'<data id="later" version="1"/>'
