"""Folders that earlier versions wrote must open and say the same for ever. Never make a golden folder anew.

Every `workspace-*` here is tried, with the JSON beside it of what it held when it was made.
"""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from app.storage import engine
from app.storage.database import MIGRATED
from app.usecases.backup import backup_plain, backup_sealed, check_workspace
from app.usecases.health import recover_workspace
from app.usecases.records import open_session, save_record
from app.workspace import open_workspace
from core.forms.digest import form_digest
from tests.builders import a_workspace, values_of
from tests.golden.contents import PHOTO, contents
from tests.servers import a_service, join_in_process, sync_in_process

HERE = Path(__file__).parent
VERSIONS = sorted(folder.name for folder in HERE.glob("workspace-*") if folder.is_dir())


@pytest.fixture(params=VERSIONS)
def folder(tmp_path, request):
    """A workspace of an earlier version, as a copy."""
    shutil.copytree(HERE / request.param, tmp_path / request.param)
    return tmp_path / request.param


@pytest.fixture
def golden(folder, clock):
    """It, opened by today's program."""
    with open_workspace(folder, clock=clock, create=False) as workspace:
        yield workspace


@pytest.fixture
def known(folder):
    return json.loads((HERE / f"{folder.name}.json").read_text("utf-8"))


def said(workspace, known):
    """What the workspace holds, as far as the version that made it told: later ones tell more of each thing."""
    return like(contents(workspace), known)


def like(now, then):
    if isinstance(then, dict):
        return {key: like(now[key], then[key]) for key in then if key in now}
    if isinstance(then, list) and then and isinstance(then[0], dict) and len(now) == len(then):
        return [like(one, other) for one, other in zip(now, then, strict=True)]
    return now


def test_every_earlier_version_says_what_it_always_said(golden, known):
    assert golden.database.check(thorough=True) == []
    assert said(golden, known) == known


def test_it_is_migrated_and_its_copy_from_before_reads_back(golden, folder):
    with golden.database.read() as tables:
        done = [row[0] for row in tables.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid")]
    assert done == list(MIGRATED)
    copies = list((folder / "copies").glob("before-*.db"))
    assert copies or folder.name != "workspace-1"  # the newest golden folder may be of the present format
    for copy in copies:
        with closing(engine.connect(copy, bytes.fromhex((folder / "key").read_text().strip()))) as before:
            assert before.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_its_records_read_anew_from_their_operations_are_the_same(golden, known):
    with golden.database.transaction() as tables:
        for table in ("head", "conflict", "rec", "blob_ref"):
            tables.execute(f"DELETE FROM {table}")
        golden.records.refresh(known["values"])
    assert said(golden, known) == known


def test_its_photo_reads_back(golden, known):
    assert golden.photo_files.read(known["photos"][0]["digest"]) == PHOTO


def test_its_forms_are_there_byte_for_byte(golden, known):
    for digest in known["forms"]:
        assert form_digest(*golden.forms.source(digest)) == digest


def test_work_goes_on_in_it(golden, known):
    (record,) = known["drafts"]
    assert open_session(golden, record).value("/remark") == "只打了字"
    save_record(golden, record, {"/kind": "今天"})
    assert values_of(golden, record)["/kind"] == "今天"
    assert values_of(golden, record)["/remark"] == "只打了字"
    own = golden.operations.own().id
    assert [line.line.decode() for line in golden.operations.log(own)][: len(known["logs"][own])] == known[
        "logs"
    ][own]


def test_it_is_backed_up_and_the_backup_opens(golden, known, tmp_path):
    backup_plain(golden, tmp_path / "plain")
    backup_sealed(golden, tmp_path / "sealed")
    assert check_workspace(golden).sound
    with open_workspace(tmp_path / "sealed", create=False) as copy:
        assert said(copy, known) == known


def test_it_joins_a_server_and_everything_arrives(folder, known, tmp_path):
    with (
        open_workspace(folder, create=False) as golden,
        a_workspace(tmp_path / "other") as other,
        a_service(tmp_path / "server") as server,
    ):
        with golden.database.transaction():  # no server has seen it yet, whatever it was told once
            golden.operations.acknowledge(golden.operations.own().id, acked=0)
        sync_in_process(join_in_process(server, golden), golden)
        sync_in_process(join_in_process(server, other), other)
        own = golden.operations.own().id
        mine = {line.record for line in golden.operations.log(own) if line.record is not None}
        assert mine <= set(other.records.ids())


def test_it_is_recovered_when_its_first_page_is_gone(folder, known):
    with (folder / "survey.db").open("r+b") as file:
        file.write(bytes(4096))
    assert recover_workspace(folder).lost == ()
    with a_workspace(folder) as workspace:
        for record, values in known["values"].items():
            assert dict(workspace.records.merged(record).values) == values
