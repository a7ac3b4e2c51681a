"""Folders that earlier versions wrote must open and say the same for ever. Never make a golden folder anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.usecases.records import open_session, save_record
from app.workspace import open_workspace
from core.forms.xform import form_digest
from tests.builders import values_of
from tests.golden.make_workspace_1 import PHOTO, contents

HERE = Path(__file__).parent


@pytest.fixture
def golden(tmp_path, clock):
    """The workspace of the first release, as a copy, opened by today's program."""
    shutil.copytree(HERE / "workspace-1", tmp_path / "workspace-1")
    with open_workspace(tmp_path / "workspace-1", clock=clock, create=False) as workspace:
        yield workspace


@pytest.fixture
def known():
    return json.loads((HERE / "workspace-1.json").read_text("utf-8"))


def said(workspace, known):
    """What the workspace holds, without what later versions have come to tell about rows and photos."""
    now = contents(workspace)
    for list_name in ("rows", "photos"):
        then = known[list_name]
        now[list_name] = [{key: one[key] for key in then[0]} for one in now[list_name]]
    return now


def test_the_first_workspace_says_what_it_always_said(golden, known):
    assert golden.database.check(thorough=True) == []
    assert said(golden, known) == known


def test_its_records_read_anew_from_their_operations_are_the_same(golden, known):
    with golden.database.transaction() as tables:
        for table in ("head", "conflict", "rec", "blob_ref"):
            tables.execute(f"DELETE FROM {table}")
        golden.records.refresh(known["values"])
    assert said(golden, known) == known


def test_its_photo_reads_back(golden, known):
    (photo,) = known["photos"]
    assert golden.photo_files.read(photo["digest"]) == PHOTO


def test_its_form_is_there_byte_for_byte(golden, known):
    (digest,) = known["forms"]
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
