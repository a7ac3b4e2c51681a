from __future__ import annotations

import io
import json
import sys

import pytest

from app.bootstrap import open_data
from app.command_line import run_command_line
from app.paths import find_places
from app.usecases.records import create_record, finalise_record
from tests.builders import SMALL_FORM
from tests.openrosa_server import OpenRosaServer

BROKEN = SMALL_FORM.replace(b'"small"', b'"broken"').replace(b"* 2", b"* (")


@pytest.fixture
def server():
    with OpenRosaServer(login="digest") as running:
        running.offer("small", "2026112101", SMALL_FORM)
        yield running


@pytest.fixture
def run(tmp_path, capsys):
    """Runs `cunjiang --json openrosa …`: exit code, and what was said on standard output."""

    def ran(*given):
        code = run_command_line(["--data-dir", str(tmp_path / "data"), "--json", "openrosa", *given])
        said = capsys.readouterr().out
        return code, json.loads(said) if said else None

    return ran


def test_forms_come_and_records_go_by_the_command_line(run, server, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{server.password}\n"))
    assert run("add", server.address, "--user", server.user) == (0, {"ok": True, "forms": 1})
    code, said = run("list")
    assert (code, said["forms"][0]["standing"], said["forms"][0]["form"]) == (0, "new", "small")
    code, said = run("fetch")
    assert (code, said["installed"]) == (0, [{"form": "small", "version": "2026112101"}])
    assert run("fetch") == (0, {"ok": True, "installed": [], "not_installed": []})
    with open_data(find_places(tmp_path / "data")) as workspace:
        records = [create_record(workspace, "small") for _ in range(2)]
        for record in records:
            assert finalise_record(workspace, record, {"/name": "示例"}).done
    server.script = [400]
    code, said = run("send")
    assert (code, said["ok"], said["sent"]) == (1, False, 1)
    assert [(one["record"], one["code"]) for one in said["refused"]] == [(records[0], "openrosa_refused")]
    assert run("send") == (0, {"ok": True, "sent": 1, "refused": []})
    code, said = run("servers")
    assert server.password not in json.dumps(said, ensure_ascii=False) and "TOKEN01" not in json.dumps(said)
    assert run("forget")[0] == 0 and run("servers")[1]["servers"] == []


def test_what_cannot_be_done_is_said_with_exit_code_one(run, server):
    server.login = ""
    assert run("list")[0] == 1
    assert run("add", "ftp://example.org")[0] == 1
    assert run("add", server.address)[0] == 0
    assert run("fetch", "nowhere")[0] == 1
    assert run("send", "--server", "7")[0] == 1
    server.offer("broken", "1", BROKEN)
    code, said = run("fetch", "broken")
    assert (code, [one["form"] for one in said["not_installed"]]) == (1, ["broken"])
    assert run("list", "--nonsense")[0] == 2
