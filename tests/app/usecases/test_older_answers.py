from __future__ import annotations

import pytest

from app.usecases.forms import install_form, read_form
from app.usecases.history import record_history
from app.usecases.older_answers import OlderAnswer, older_answers
from app.usecases.records import close_session, keep_draft, open_session, save_record
from core.forms.paths import POSITION
from tests.builders import SMALL_FORM, a_record

REMOVED = ("village", "area")
PERSON = "/hh[00000000-0000-7000-8000-000000000001]"


@pytest.fixture
def newer(workspace, tmp_path):
    """Installs a version that asks neither village nor area nor who lives there."""

    def install():
        xml = SMALL_FORM.replace(b'version="2026112101"', b'version="2026112102"')
        for name in (*REMOVED, "hh/person"):
            tag = name.rpartition("/")[2]
            xml = xml.replace(f"<{tag}/>".encode(), b"", 1)
            xml = b"\n".join(line for line in xml.splitlines() if f'="/data/{name}"'.encode() not in line)
        (tmp_path / "newer.xml").write_bytes(xml)
        return install_form(workspace, tmp_path / "newer.xml")

    return install


@pytest.fixture
def record(workspace):
    kept = a_record(workspace, village="示例村", area={"d": "12.5"}, remark="留着")
    save_record(
        workspace,
        kept,
        {f"{PERSON}/{POSITION}": "a0", f"{PERSON}/person": "示例户主", "/strange": [1, {"x": None}]},
    )
    return kept


def shown(workspace, record):
    session = open_session(workspace, record)
    close_session(workspace, record)
    return older_answers(workspace, session, "zh")


def test_what_the_newest_version_no_longer_asks_is_listed_with_its_question(workspace, record, newer):
    assert [one.path for one in shown(workspace, record)] == ["/strange"]
    newer()
    assert shown(workspace, record) == [
        OlderAnswer("/area", "面积", "12.5"),
        OlderAnswer(f"{PERSON}/person", "户主", "示例户主"),
        OlderAnswer("/strange", "strange", shown(workspace, record)[2].text),
        OlderAnswer("/village", "村", "示例村"),
    ]


def test_the_history_names_questions_that_only_older_versions_ask(workspace, record, newer):
    newer()
    told = {line.change.path: (line.what, line.after) for line in record_history(workspace, record).lines}
    assert told["/village"] == ("村", "示例村")
    assert told[f"{PERSON}/person"] == ("户主", "示例户主")
    assert told["/strange"][0] == "strange"


def test_saving_in_the_newest_version_loses_nothing(workspace, record, newer):
    newer()
    session = open_session(workspace, record)
    before = session.answers()
    session.set("/remark", "改了")
    keep_draft(workspace, record, session.changed_since_open())
    save_record(workspace, record, {})
    close_session(workspace, record)
    after = open_session(workspace, record).answers()
    assert after == before | {"/remark": "改了"}
    assert after["/strange"] == [1, {"x": None}]
    heads = workspace.database.read
    with heads() as tables:
        rows = dict(tables.execute("SELECT path, value FROM head WHERE rec = ?", [record]).fetchall())
    assert rows["/strange"] == '[1,{"x":null}]', "byte for byte"


def test_the_reading_counts_the_records_that_a_removed_question_touches(workspace, record, newer, tmp_path):
    a_record(workspace, remark="别的")
    xml = SMALL_FORM.replace(b'version="2026112101"', b'version="2026112103"')
    xml = b"\n".join(line for line in xml.splitlines() if b'="/data/hh/person"' not in line).replace(
        b"<person/>", b""
    )
    xml = xml.replace(b'nodeset="/data/area" type="decimal"', b'nodeset="/data/area" type="int"')
    (tmp_path / "third.xml").write_bytes(xml)
    reading = read_form(workspace, tmp_path / "third.xml")
    touched = {(one.change.kind, one.change.path): one.records for one in reading.effects}
    assert touched == {("removed", "/hh/person"): 1, ("retyped", "/area"): 1}
    assert reading.records == 2


def test_a_removed_row_shows_no_older_answer(workspace, record, newer):
    newer()
    save_record(workspace, record, {f"{PERSON}/@life": "deleted"})
    assert PERSON not in "".join(one.path for one in shown(workspace, record))
