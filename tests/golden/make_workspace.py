"""Makes a golden workspace of the present format and what is known to be in it, once before each release.

`python -m tests.golden.make_workspace N FOLDER` writes FOLDER/workspace-N and FOLDER/workspace-N.json; moved to
`tests/golden/`, every later version must read them, and they are never made anew. workspace-1 was made by 0.1.0.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from app.openrosa.address import read_access
from app.paths import resources_folder
from app.sendings import tell_sendings
from app.storage.openrosa import FormOrigin
from app.storage.submissions import FileToSend
from app.usecases.divisions import add_local_division
from app.usecases.forms import install_form
from app.usecases.instance_import import import_instances
from app.usecases.records import create_record, delete_record, finalise_record, keep_draft, save_record
from app.usecases.references import create_linked
from app.workspace import Workspace
from core.records.operation import FINAL
from tests.builders import a_photo, a_record, a_workspace, carry
from tests.golden.contents import PHOTO, contents

FORMS = ("village_profile", "facelift_site", "local_division")
COUPLE = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>示例：一户两人</h:title><model><instance><data id="couple" version="1"><wife><name/></wife><husband><name/>
</husband><meta><instanceID/></meta></data></instance><bind nodeset="/data/wife/name" type="string"/>
<bind nodeset="/data/husband/name" type="string"/></model></h:head><h:body>
<group ref="/data/wife"><label>妻</label><input ref="/data/wife/name"><label>姓名</label></input></group>
<group ref="/data/husband"><label>夫</label><input ref="/data/husband/name"><label>姓名</label></input></group>
</h:body></h:html>""".encode()  # one name in two groups
SUBMISSION = """<data id="couple" version="1"><wife><name>示例甲</name></wife><husband><name>示例乙</name></husband>
<later unit="间">来自新版本</later><meta><instanceID>uuid:6b2f8a52-0d5e-4c1c-9d3a-0c6b1a2f3e4d</instanceID></meta>
</data>""".encode()  # with an element that the form does not know
TOWNSHIP = "330523103000"  # 安吉县 below which an invented village is added


class SteppingClock:
    """A minute later each time somebody looks."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time

    def monotonic_ms(self) -> int:
        return 1000


def make(name: str, folder: Path) -> None:
    """Every kind of thing: photo, repeat, bin, conflict, unsaved answer, another log, references, divisions."""
    clock = SteppingClock()
    with tempfile.TemporaryDirectory() as elsewhere:
        workspace = a_workspace(folder / name, name="示例甲", clock=clock)
        other = a_workspace(Path(elsewhere) / "other", name="示例乙", clock=clock)
        _fill(workspace, other)
        _meet_others(workspace, Path(elsewhere))
        known = contents(workspace)
        assert [row["state"] for row in known["rows"]].count(FINAL) == 2
        parts = ("drafts", "conflicts", "photos", "bin", "links", "servers", "sent", "told")
        assert all(known[part] for part in parts)
        workspace.close()
        other.close()
    for part in ("lock", "mark", "tmp", "copies"):
        place = folder / name / part
        place.unlink() if place.is_file() else shutil.rmtree(place)
    text = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / f"{name}.json").write_text(text + "\n", "utf-8")


def _fill(workspace: Workspace, other: Workspace) -> None:
    photo = a_photo(workspace, PHOTO)
    with_photo = a_record(
        workspace,
        name="示例：有照片",
        village="示例村",
        village_code="330523000000",
        area={"d": "12.50"},
        households=21,
        **{"hh[r1]/person": "示例户主", "hh[r1]/age": 64, "photos[p1]/photo": photo},
    )
    disputed = a_record(workspace, name="示例：有争议", remark="起初")
    deleted = a_record(workspace, name="示例：已删除", remark="𠮷野家 🏠")
    unsaved = a_record(workspace, name="示例：没保存完")
    _refer(workspace)
    carry(workspace, other)
    save_record(workspace, disputed, {"/remark": "甲的说法"})
    save_record(other, disputed, {"/remark": "乙的说法", "/kind": "乙也改了这个"})
    carry(other, workspace)
    delete_record(workspace, deleted)
    assert finalise_record(workspace, with_photo).done
    keep_draft(workspace, unsaved, {"/remark": "只打了字"})
    with workspace.database.transaction():
        workspace.operations.acknowledge(workspace.operations.own().id, acked=3, durable=2)


def _refer(workspace: Workspace) -> None:
    """Records that refer to each other, and a division of the workspace's own."""
    for form in FORMS:
        install_form(workspace, resources_folder() / "forms" / form / "form.xml")
    village = create_record(workspace, "village_profile")
    save_record(workspace, village, {"/village_name": "示例：被引用的村"})
    site = create_linked(workspace, "facelift_site", "/village_ref", village)
    save_record(workspace, site, {"/site_name": "示例：引用村的点位"})
    add_local_division(workspace, TOWNSHIP, "示例新村", suggest(TOWNSHIP), basis="示例依据")


def _meet_others(workspace: Workspace, elsewhere: Path) -> None:
    """A server of others, what came from it and went there, and what a phone had on its cable."""
    access = read_access("https://odk.example/v1/projects/1", "demo", "demo", "")
    form = workspace.forms.newest("small")
    sent = workspace.records.ids(form_id="small")[0]
    file = FileToSend("1.jpg", workspace.photos.here()[0].digest, len(PHOTO), "image/jpeg")
    with workspace.database.transaction():
        server = workspace.openrosa.keep_server(access.identity, msgspec.json.encode(access).decode())
        workspace.openrosa.note_form(FormOrigin(server, {}), form.digest, form.form_id)
        for instance, deprecated in (("uuid:1", ""), ("uuid:2", "uuid:1")):
            arrival = workspace.submissions.arrival_of(sent)
            num = workspace.submissions.begin(
                server, sent, instance, deprecated, form.digest, arrival, "content", b"<data/>", [file]
            )
            workspace.submissions.note_attempt(num)
        workspace.submissions.note_there(num - 1, [file.name])
    tell_sendings(workspace)
    (elsewhere / "couple.xml").write_bytes(COUPLE)
    install_form(workspace, elsewhere / "couple.xml")
    instance = elsewhere / "instances" / "示例夫妻"
    instance.mkdir(parents=True)
    (instance / "示例夫妻.xml").write_bytes(SUBMISSION)
    assert import_instances(workspace, [elsewhere / "instances"]).count("added") == 1


def suggest(township: str) -> str:
    """A code below a township that no official village has."""
    return township[:9] + "998"


if __name__ == "__main__":
    make(f"workspace-{sys.argv[1]}", Path(sys.argv[2]))
