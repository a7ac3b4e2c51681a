"""A form in two versions: what the comparison says, and what really becomes of the records."""

from __future__ import annotations

import pytest

from app.usecases.backup import backup_sealed
from app.usecases.conflicts import conflict_detail, list_conflicts, resolve_conflict
from app.usecases.forms import install_read, read_form
from app.usecases.history import record_history
from app.usecases.older_answers import older_answers
from app.usecases.records import close_session, create_record, keep_draft, open_session, save_record
from app.usecases.reports import record_pdf, record_word
from app.workspace import open_workspace
from core.errors import KnownError
from core.forms.version_order import version_order
from core.forms.workbook.xlsform import compile_xlsform
from tests.builders import a_workspace, carry, values_of

HEADINGS = "type | name | label | constraint | required | relevant"
LIST = ("l | a | 甲", "l | b | 乙", "l | c | 丙")
FIRST = (
    "text | name | 名称", "integer | people | 人口", "select_one l | kind | 类型", "select_multiple l | uses | 用途",
    "text | gone | 去掉的", "text | moved | 移动的", "text | old_name | 会改名的", "date | day | 日期",
    "integer | area | 面积", "begin repeat | houses | 房屋", "text | owner | 户主", "end repeat |",
)  # fmt: skip
SECOND = (
    "text | name | 村庄名称", "integer | people | 人口 | . < 5", "select_one l | kind | 类型",
    "select_multiple l | uses | 用途", "text | new_name | 会改名的", "integer | day | 日期", "text | area | 面积",
    "text | added | 新加的", "begin repeat | houses | 房屋", "text | owner | 户主", "text | moved | 移动的",
    "end repeat |",
)  # fmt: skip
ANSWERS = {
    "/name": "示例村", "/people": 9, "/kind": "b", "/uses": ["a", "b"], "/gone": "旧", "/moved": "移的",
    "/old_name": "改的", "/day": "2026-11-21", "/area": 12, "/unheard_of": {"x": [1, None, "二"]},
}  # fmt: skip


def a_version(version, survey, choices=LIST):
    sheets = (
        ("survey", HEADINGS, survey),
        ("choices", "list_name | name | label", choices),
        ("settings", "form_id | version | form_title", (f"houses | {version} | 房屋表",)),
    )
    lines = [
        line
        for name, headings, rows in sheets
        for line in (f"| {name} |", f"| | {headings} |", *(f"| | {r} |" for r in rows))
    ]
    return compile_xlsform("\n".join(lines), "md")


V1 = a_version("9", FIRST)
V2 = a_version("10", SECOND, (LIST[0], LIST[2]))


def install(workspace, xml):
    with workspace.database.transaction():
        form = workspace.forms.install(xml)
        workspace.records.refresh(workspace.records.ids(form_id=form.form_id))


@pytest.fixture
def record(workspace):
    """A record of the first version with an answer everywhere, and one that nobody ever asked for."""
    install(workspace, V1)
    made = create_record(workspace, "houses")
    save_record(workspace, made, ANSWERS)
    return made


def read(workspace, folder, xml):
    (folder / "form.xml").write_bytes(xml)
    return read_form(workspace, folder / "form.xml")


def opened(workspace, record):
    session = open_session(workspace, record)
    close_session(workspace, record)
    return session


def test_every_change_is_named_with_the_records_it_touches(workspace, record, tmp_path):
    reading = read(workspace, tmp_path, V2)
    said = [(one.change.kind, one.change.path, one.records) for one in reading.effects]
    assert said == [
        ("reworded", "/name", 1),
        ("rules", "/people", 1),
        ("choices", "/kind", 1),
        ("choices", "/uses", 1),
        ("renamed", "/new_name", 1),
        ("retyped", "/day", 1),
        ("retyped", "/area", 1),
        ("added", "/added", 0),
        ("moved", "/houses/moved", 1),
        ("removed", "/gone", 1),
    ]
    assert reading.effects[1].change.rules == ("constraint",)
    assert reading.installable and not reading.older, "10 comes after 9"


def test_what_the_comparison_says_happens_to_the_records_happens(workspace, record, tmp_path):
    install_read(workspace, read(workspace, tmp_path, V2))
    session = opened(workspace, record)
    assert session.form.version == "10"
    kept = {path: session.value(path) for path in ("/name", "/people", "/kind", "/uses", "/area", "/day")}
    assert kept == {
        "/name": "示例村", "/people": 9, "/kind": "b", "/uses": ["a", "b"], "/area": "12", "/day": None,
    }  # fmt: skip
    assert {(one.code, one.path) for one in session.problems()} == {
        ("constraint", "/people"),
        ("type", "/day"),
    }
    listed = {one.path: (one.label, one.text) for one in older_answers(workspace, session, "zh")}
    assert listed.pop("/unheard_of") == ("unheard_of", '{"x":[1,null,"二"]}')
    assert listed == {
        "/gone": ("去掉的", "旧"), "/moved": ("移动的", "移的"), "/old_name": ("会改名的", "改的"),
        "/day": ("日期", "2026-11-21"), "/kind": ("类型", "乙"), "/uses": ("用途", "甲、乙"),
    }  # fmt: skip


def test_saving_in_the_newer_version_loses_nothing_and_the_older_one_finds_it_again(workspace, record):
    before = dict(values_of(workspace, record))
    install(workspace, V2)
    session = open_session(workspace, record)
    session.set("/added", "新")
    keep_draft(workspace, record, session.changed_since_open())
    save_record(workspace, record)
    close_session(workspace, record)
    assert values_of(workspace, record) == before | {"/added": "新"}
    install(workspace, a_version("11", FIRST))
    session = opened(workspace, record)
    assert {path: session.value(path) for path in ANSWERS if path != "/unheard_of"} == {
        path: value for path, value in ANSWERS.items() if path != "/unheard_of"
    }
    assert [one.path for one in older_answers(workspace, session, "zh")] == ["/added", "/unheard_of"]


def test_a_record_goes_on_paper_in_the_newer_version(workspace, record):
    install(workspace, V2)
    assert record_pdf(workspace, record).pdf.startswith(b"%PDF")
    assert record_word(workspace, record)


def test_two_machines_with_two_versions_lose_nothing_of_each_other(workspace, record, tmp_path, clock):
    with a_workspace(tmp_path / "other", clock=clock, name="另一人") as other:
        install(other, V1)
        carry(workspace, other)
        install(workspace, V2)
        save_record(workspace, record, {"/added": "新", "/houses[r1]/@pos": "a0", "/houses[r1]/moved": "搬"})
        save_record(other, record, {"/gone": "旧二"})
        carry(other, workspace)
        assert not list_conflicts(workspace)
        shown = {one.path: one.text for one in older_answers(workspace, opened(workspace, record), "zh")}
        assert shown["/gone"] == "旧二"
        carry(workspace, other)
        session = opened(other, record)
        shown = {one.path for one in older_answers(other, session, "zh")}
        assert session.form.version == "9" and {"/added", "/houses[r1]/moved"} <= shown
        install(other, V2)
        session = opened(other, record)
        assert (session.value("/added"), session.value("/houses[r1]/moved")) == ("新", "搬")
        assert rows_of(other, record) == rows_of(workspace, record), "byte for byte"


def test_one_question_of_two_types_on_two_machines_is_a_conflict_that_can_be_decided(
    workspace, record, tmp_path, clock
):
    with a_workspace(tmp_path / "other", clock=clock, name="另一人") as other:
        install(other, V1)
        carry(workspace, other)
        install(workspace, V2)
        save_record(workspace, record, {"/area": "十二亩"})
        save_record(other, record, {"/area": 13})
        carry(other, workspace)
    (conflict,) = conflict_detail(workspace, record)
    assert {one.value for one in conflict.candidates} == {"十二亩", 13}
    assert record_history(workspace, record).lines
    resolve_conflict(workspace, record, {"/area": 13}, seen=conflict.seen)
    assert opened(workspace, record).value("/area") == "13" and not list_conflicts(workspace)


def test_a_copy_put_back_has_every_answer_byte_for_byte(workspace, record, tmp_path, clock):
    install(workspace, V2)
    before = rows_of(workspace, record)
    backup_sealed(workspace, tmp_path / "copy")
    with open_workspace(tmp_path / "copy", clock=clock) as again:
        assert rows_of(again, record) == before
        assert again.forms.digests() == workspace.forms.digests()


def test_a_record_of_a_version_that_is_not_here_yet_says_so(workspace, record, tmp_path, clock):
    install(workspace, V2)
    late = create_record(workspace, "houses")
    save_record(workspace, late, {"/added": "新"})
    with a_workspace(tmp_path / "other", clock=clock, name="另一人") as other:
        install(other, V1)
        carry(workspace, other)
        with pytest.raises(KnownError) as caught:
            opened(other, late)
        assert caught.value.code == "form_missing"
        install(other, V2)
        assert opened(other, late).value("/added") == "新"


def rows_of(workspace, record):
    with workspace.database.read() as tables:
        return dict(tables.execute("SELECT path, value FROM head WHERE rec = ?", [record]).fetchall())


def test_one_version_with_other_content_on_two_machines_loses_no_answer(workspace, record, tmp_path, clock):
    """Each made its own version 10: sync brings both to both, and both show the same one."""
    twin = a_version("10", (*FIRST, "text | extra | 别的"))
    with a_workspace(tmp_path / "other", clock=clock, name="另一人") as other:
        install(other, V1)
        carry(workspace, other)
        install(workspace, V2)
        install(other, twin)
        assert read(other, tmp_path, V2).same_version, "not by hand"
        save_record(workspace, record, {"/added": "新"})
        save_record(other, record, {"/extra": "别"})
        for one, xml in ((workspace, twin), (other, V2)):
            install(one, xml)
        carry(workspace, other)
        carry(other, workspace)
        here, there = opened(workspace, record), opened(other, record)
        assert here.form.digest == there.form.digest
        assert here.answers() == there.answers()
        assert (here.answers()["/added"], here.answers()["/extra"]) == ("新", "别")
        assert {"/added", "/extra"} & {one.path for one in older_answers(other, there, "zh")}


def test_a_version_counts_as_its_author_counts():
    endless = "9" * 5_000
    versions = [endless, "", "1", "2", "9", "10", "v1.9", "v1.10", "v2", "2026112101", "2026112102"]
    ordered = sorted(versions, key=version_order)
    assert ordered == ["", "1", "2", "9", "10", "2026112101", "2026112102", endless, "v1.9", "v1.10", "v2"]
