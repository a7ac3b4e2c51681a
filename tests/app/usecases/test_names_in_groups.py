"""A form in which one name stands in two groups, from its workbook to paper, other machines and newer versions."""

from __future__ import annotations

import pytest

from app.storage.listing import RecordFilter
from app.usecases.conflicts import conflict_detail
from app.usecases.forms import install_form
from app.usecases.history import record_history
from app.usecases.instance_export import export_instances
from app.usecases.older_answers import OlderAnswer, older_answers
from app.usecases.records import close_session, create_record, list_records, open_session, save_record
from app.usecases.reports import record_pdf
from tests.builders import a_workspace, carry, values_of

HEAD = "type,name,label,bind::cj:list\n"
SETTINGS = 'form_id,version,namespaces\ncouple,{},"cj=""urn:cunjiang:forms"""\n'
WIFE = "begin_group,wife,妻,\ntext,name,姓名,1\nend_group,,,\n"
HUSBAND = "begin_group,husband,夫,\ntext,name,姓名,2\nend_group,,,\n"
CHILDREN = "begin_group,more,其他,\nbegin_repeat,child,子女,\nbegin_group,a,甲,\ntext,name,姓名,\nend_group,,,\nbegin_group,b,乙,\ntext,name,姓名,\nend_group,,,\nend_repeat,,,\nend_group,,,\n"


def install(workspace, folder, version, *groups):
    folder = folder / version
    folder.mkdir(parents=True)
    (folder / "survey.csv").write_text(HEAD + "".join(groups), "utf-8")
    (folder / "settings.csv").write_text(SETTINGS.format(version), "utf-8")
    return install_form(workspace, folder / "survey.csv")


@pytest.fixture
def couple(workspace, tmp_path):
    install(workspace, tmp_path, "1", WIFE, HUSBAND, CHILDREN)
    record = create_record(workspace, "couple")
    save_record(workspace, record, {"/wife~name": "示例甲", "/husband~name": "示例乙"})
    return record


def test_answers_of_both_groups_are_saved_found_printed_and_told_apart(workspace, couple):
    assert values_of(workspace, couple)["/wife~name"] == "示例甲"
    assert values_of(workspace, couple)["/husband~name"] == "示例乙"
    for text in ("示例甲", "示例乙"):
        assert [row.record_id for row in list_records(workspace, RecordFilter(text=text))] == [couple]
    told = {line.what: line.after for line in record_history(workspace, couple).lines}
    assert (told["妻 · 姓名"], told["夫 · 姓名"]) == ("示例甲", "示例乙")
    assert record_pdf(workspace, couple).pdf.startswith(b"%PDF")


def test_questions_of_one_name_in_rows_keep_apart(workspace, couple):
    session = open_session(workspace, couple)
    row = session.add_row("/child")
    session.set(f"{row}/a~name", "示例子")
    session.set(f"{row}/b~name", "示例丑")
    save_record(workspace, couple, session.changed_since_open())
    close_session(workspace, couple)
    assert {values_of(workspace, couple)[f"{row}/{name}"] for name in ("a~name", "b~name")} == {
        "示例子",
        "示例丑",
    }


def test_two_people_meet_only_where_they_answer_the_same_question(workspace, couple, tmp_path):
    with a_workspace(tmp_path / "other", name="另一人") as other:
        install(other, tmp_path / "theirs", "1", WIFE, HUSBAND, CHILDREN)
        carry(workspace, other)
        save_record(other, couple, {"/husband~name": "示例丙"})
        save_record(workspace, couple, {"/wife~name": "示例丁"})
        carry(other, workspace)
    assert conflict_detail(workspace, couple) == []
    assert values_of(workspace, couple)["/wife~name"] == "示例丁"
    assert values_of(workspace, couple)["/husband~name"] == "示例丙"


def test_a_newer_version_in_which_the_name_is_single_lists_what_was_answered_elsewhere(
    workspace, couple, tmp_path
):
    install(workspace, tmp_path, "2", WIFE, CHILDREN)
    session = open_session(workspace, couple)
    assert session.value("/name") is None
    close_session(workspace, couple)
    assert older_answers(workspace, session, "zh") == [
        OlderAnswer("/husband~name", "夫 · 姓名", "示例乙"),
        OlderAnswer("/wife~name", "妻 · 姓名", "示例甲"),
    ]


def test_a_file_of_answers_comes_back_to_the_right_questions(workspace, couple, tmp_path):
    export_instances(workspace, [couple], tmp_path / "out")
    xml = next((tmp_path / "out").rglob("submission.xml"))
    assert "<wife><name>示例甲</name></wife><husband><name>示例乙</name></husband>" in xml.read_text("utf-8")
