"""What the server writes about its work: a line of JSON each, ids and numbers, nobody's name or answer."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import httpx2
import pytest
import structlog
from litestar.testing import RequestFactory

from app.usecases.records import save_record
from app.usecases.sync import sync_now
from server.app import _problem
from tests.builders import a_photo, a_record, a_workspace
from tests.servers import ServerProcess, a_picture, a_server

NAME, ANSWER = "示例姓名甲乙", "示例住址丙丁"


def test_a_whole_day_of_work_leaves_no_name_answer_or_secret_in_the_log(tmp_path):
    server = ServerProcess(tmp_path / "server")
    try:
        ticket = server.ticket()
        with a_workspace(tmp_path / "a", name=NAME) as workspace:
            server.join(workspace, NAME)
            record = a_record(workspace, name=ANSWER)
            save_record(workspace, record, {"/photos[r]/photo": a_photo(workspace, a_picture())})
            sync_now(workspace)
            secrets = [workspace.kv.get("secret.sync_token"), workspace.kv.get("secret.device_key")]
    finally:
        server.stop()
    written = (tmp_path / "server.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in written.splitlines()]
    assert {"device enrolled", "batch", "photo"} <= {line["event"] for line in lines}
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    code = json.loads(ticket)["code"]
    for secret in (
        NAME,
        ANSWER,
        code,
        *secrets,
        *(word.encode("unicode_escape").decode() for word in (NAME, ANSWER)),
    ):
        assert secret is not None and secret not in written


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_log_that_can_not_be_written_costs_no_request(tmp_path):
    (tmp_path / "server.log").symlink_to("/dev/full")
    with a_server(tmp_path / "server") as server:
        context = ssl.create_default_context(cafile=str(server.data / "keys" / "ca.pem"))
        refused = httpx2.get(f"https://127.0.0.1:{server.port}/svp/1/feed", verify=context, trust_env=False)
    assert (refused.status_code, refused.headers["svp"]) == (400, "1")


def test_a_defect_is_told_by_its_place_and_not_by_its_words():
    try:
        {}[ANSWER]
    except LookupError as error:
        with structlog.testing.capture_logs() as written:
            reply = _problem(RequestFactory().get("/svp/1/hello"), error)
    assert reply.status_code == 500
    assert written[0]["kind"] == "KeyError" and "test_logs.py" in written[0]["at"][-1]
    assert ANSWER not in str(written)
