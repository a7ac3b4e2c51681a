from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.changes import Changes
from app.usecases.records import (
    RecordFilter,
    RecordSort,
    close_session,
    count_as_seen,
    count_records,
    create_record,
    delete_record,
    finalise_record,
    keep_draft,
    list_records,
    look_at,
    open_session,
    page_records,
    place_of_record,
    restore_record,
    save_record,
)
from app.usecases.status import read_standing
from app.workspace import open_workspace
from core.errors import KnownError
from core.records.operation import decode_line
from tests.big_workspace import make_big_workspace
from tests.builders import SMALL_FORM, a_record, a_workspace, carry, values_of


def log_of(workspace):
    return [decode_line(line.line) for line in workspace.operations.log(workspace.operations.own().id)]


def puts_of(workspace):
    return [op for op in log_of(workspace) if op.k not in {"who", "rep"}]


def reopened(workspace):
    folder = workspace.folder.path
    workspace.close()
    return a_workspace(folder, clock=workspace.clock)


def test_saving_makes_one_operation_with_all_answers(workspace):
    record = create_record(workspace, "small")
    keep_draft(workspace, record, {"/name": "示例", "/village": "甲村"})
    changes = save_record(workspace, record, {"/remark": "好"})
    assert changes == Changes(records=frozenset({record}), sync=True)
    (op,) = puts_of(workspace)
    assert op.r == record
    assert op.b == {}
    assert op.seen == []
    assert op.s == {
        "/@state": "draft",
        "/name": "示例",
        "/village": "甲村",
        "/village_code": None,
        "/households": 3,
        "/remark": "好",
        **{path: value for path, value in op.s.items() if path.startswith("/meta") or path == "/instanceID"},
    }


def test_saving_without_a_change_makes_no_operation(workspace):
    record = a_record(workspace, remark="好")
    before = len(log_of(workspace))
    assert not save_record(workspace, record)
    assert not save_record(workspace, record, {"/remark": "好"})
    keep_draft(workspace, record, {"/remark": "坏"})
    keep_draft(workspace, record, {"/remark": "好"})
    assert not save_record(workspace, record)
    assert len(log_of(workspace)) == before
    assert not list_records(workspace)[0].unsaved


def test_own_changes_need_no_base(workspace):
    record = a_record(workspace, remark="一")
    save_record(workspace, record, {"/remark": "二"})
    op = puts_of(workspace)[-1]
    assert (op.s, op.b, op.seen) == ({"/remark": "二"}, {}, [])


def test_numbers_have_no_gap_and_hashes_chain(workspace):
    record = a_record(workspace)
    for number in range(5):
        save_record(workspace, record, {"/remark": str(number)})
    lines = list(workspace.operations.log(workspace.operations.own().id))
    assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0].prev == workspace.operations.hash_at(workspace.operations.own().id, 0)
    assert all(one.hash == two.prev for one, two in pairwise(lines))


def test_what_was_typed_survives_without_saving(workspace):
    record = create_record(workspace, "small")
    keep_draft(workspace, record, {"/name": "没保存"})
    with reopened(workspace) as again:
        (row,) = list_records(again)
        assert (row.record_id, row.title, row.unsaved, row.state) == (record, "没保存", True, "draft")
        assert open_session(again, record).value("/name") == "没保存"
        assert not puts_of(again)


def test_a_record_left_untouched_leaves_no_trace(workspace):
    create_record(workspace, "small")
    assert list_records(workspace) == []
    with reopened(workspace) as again, again.database.read() as tables:
        assert tables.execute("SELECT count(*) FROM begun").fetchone() == (0,)
        assert tables.execute("SELECT count(*) FROM draft").fetchone() == (0,)


def test_a_list_shows_title_columns_and_state(workspace):
    record = a_record(workspace, name="示例甲", village="甲村")
    row = list_records(workspace)[0]
    assert (row.record_id, row.form_id, row.title) == (record, "small", "示例甲")
    assert dict(row.columns) == {"/name": "示例甲", "/village": "甲村"}
    assert (row.state, row.life, row.conflicts, row.unsent, row.unsaved) == ("draft", "alive", 0, True, False)


def test_lists_can_be_narrowed(workspace):
    first = a_record(workspace, name="东山村", remark="100%_好")
    second = a_record(workspace, name="西河村")
    delete_record(workspace, second)

    def ids(**wanted):
        return [row.record_id for row in list_records(workspace, RecordFilter(**wanted))]

    assert ids() == [first]
    assert ids(deleted=True) == [second]
    assert ids(deleted=None) == [second, first]
    assert ids(text="山") == [first]
    assert ids(text="100%_好") == [first]
    assert ids(text="%西%") == []
    assert ids(form_id="another") == []
    assert ids(state="final") == []
    assert ids(in_conflict=True) == []


def test_a_list_comes_in_pages_of_any_size_and_order(workspace):
    made = [a_record(workspace, name=f"村{number}", households=100 - number) for number in range(9)]
    begun = create_record(workspace, "small")
    keep_draft(workspace, begun, {"/name": "没保存"})
    for sort in (RecordSort(), RecordSort("@title", descending=False), RecordSort("/village")):
        whole = [row.record_id for row in page_records(workspace, sort=sort)]
        assert whole[0] == begun and sorted(whole[1:]) == sorted(made)
        assert count_records(workspace) == 10
        for size in (1, 3, 4, 20):
            pages = [page_records(workspace, sort=sort, offset=at, limit=size) for at in range(0, 10, size)]
            assert [row.record_id for page in pages for row in page] == whole
        assert [place_of_record(workspace, one, sort=sort) for one in whole] == list(range(10))
    assert place_of_record(workspace, made[0], RecordFilter(text="村3")) is None


def test_sensitive_answers_are_not_found_and_personal_ones_are(tmp_path, clock):
    secret, phone = b'<bind nodeset="/data/remark" ', b'<bind nodeset="/data/kind" '
    form = SMALL_FORM.replace(secret, secret + b'cj:personal="sensitive" ').replace(
        phone, phone + b'cj:personal="personal" '
    )
    with a_workspace(tmp_path / "personal", clock=clock, form=form) as workspace:
        record = a_record(workspace, remark="330523197001011234", kind="13857385738")
        assert list_records(workspace, RecordFilter(text="1970")) == []
        assert [row.record_id for row in list_records(workspace, RecordFilter(text="5738"))] == [record]


def test_a_list_can_be_narrowed_to_a_place_by_what_a_record_refers_to(tmp_path):
    make_big_workspace(tmp_path / "big", records=40, photos=0)
    with open_workspace(tmp_path / "big") as workspace:
        everywhere = count_records(workspace, RecordFilter(deleted=None))
        inside = RecordFilter(place="330523103000", deleted=None)
        villages = page_records(workspace, replace(inside, form_id="village_profile"))
        points = page_records(workspace, replace(inside, form_id="point"))
        assert (everywhere, len(villages), len(points)) == (40, 1, 9)
        assert count_records(workspace, RecordFilter(place="330523", deleted=None)) == 40
        assert count_records(workspace, RecordFilter(place="3301", deleted=None)) == 0


def test_what_waits_for_the_server_can_be_listed(workspace):
    first, second = a_record(workspace), a_record(workspace)
    own = workspace.operations.own()
    with workspace.database.transaction():
        workspace.operations.acknowledge(own.id, acked=own.last_n - 1)
    assert [row.record_id for row in list_records(workspace, RecordFilter(unsent=True))] == [second]
    assert [row.record_id for row in list_records(workspace, RecordFilter(unsent=False))] == [first]
    assert read_standing(workspace).records_waiting == 1


def test_finalising_names_what_is_missing_and_saves_a_draft(workspace):
    record = create_record(workspace, "small")
    result = finalise_record(workspace, record, {"/remark": "没有名称"})
    assert not result.done
    assert [(problem.path, problem.code) for problem in result.problems] == [("/name", "required")]
    assert list_records(workspace)[0].state == "draft"
    assert values_of(workspace, record)["/remark"] == "没有名称"


def test_finalising_keeps_the_calculated_values_as_seen(workspace):
    record = create_record(workspace, "small")
    result = finalise_record(workspace, record, {"/name": "示例", "/households": 21})
    assert result.done
    assert result.changes
    (op,) = puts_of(workspace)
    assert op.s["/@state"] == "final"
    assert op.c["/double"] == 42
    assert "/double" not in op.s
    assert list_records(workspace)[0].state == "final"
    assert not finalise_record(workspace, record).changes or puts_of(workspace)[-1].s["/@state"] == "final"


def test_an_edit_makes_a_finalised_record_a_draft_again(workspace):
    record = create_record(workspace, "small")
    finalise_record(workspace, record, {"/name": "示例"})
    save_record(workspace, record, {"/remark": "后来"})
    assert list_records(workspace)[0].state == "draft"


def test_a_deleted_record_comes_back_with_what_was_typed(workspace):
    record = a_record(workspace)
    keep_draft(workspace, record, {"/remark": "没保存的"})
    delete_record(workspace, record)
    assert list_records(workspace) == []
    restore_record(workspace, record)
    assert list_records(workspace)[0].record_id == record
    assert values_of(workspace, record)["/remark"] == "没保存的"
    assert not restore_record(workspace, record)


def test_deleting_says_what_had_been_seen(workspace, other):
    record = a_record(workspace)
    carry(workspace, other)
    save_record(other, record, {"/remark": "对方"})
    carry(other, workspace)
    delete_record(workspace, record)
    numbers = {op.i: op.id for op in log_of(workspace) if op.k == "rep"}
    op = puts_of(workspace)[-1]
    assert op.k == "del"
    assert {numbers[i]: n for i, n in op.seen} == {other.operations.own().id: other.operations.own().last_n}
    assert list_records(workspace) == []


def test_what_came_while_the_record_was_open_is_not_overwritten(workspace, other):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    open_session(workspace, record)
    save_record(other, record, {"/remark": "对方"})
    carry(other, workspace)
    save_record(workspace, record, {"/remark": "我方"})
    (row,) = list_records(workspace)
    assert row.conflicts == 1
    carry(workspace, other)
    assert list_records(other)[0].conflicts == 1


def test_what_was_read_but_not_shown_yet_does_not_count_as_seen(workspace, other):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    open_session(workspace, record)
    save_record(other, record, {"/remark": "对方"})
    carry(other, workspace)
    _, arrival = look_at(workspace, record)
    keep_draft(workspace, record, {"/remark": "二"})  # typed into the old view while the new one was read
    count_as_seen(workspace, record, arrival)
    save_record(workspace, record)
    merged = workspace.records.merged(record)
    assert {head.value for head in merged.fields["/remark"].heads} == {"二", "对方"}
    save_record(workspace, record, {"/remark": "三"})
    assert workspace.records.merged(record).conflicts == ()


def test_a_draft_keeps_what_its_author_had_seen_over_a_restart(workspace, other):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    keep_draft(workspace, record, {"/remark": "我方"})
    save_record(other, record, {"/remark": "对方", "/kind": "对方"})
    carry(other, workspace)
    with reopened(workspace) as again:
        session = open_session(again, record)
        assert session.value("/remark") == "我方"
        assert session.value("/kind") == "对方"
        save_record(again, record, {"/kind": "我方看过"})
        merged = again.records.merged(record)
        assert [conflict.path for conflict in merged.conflicts] == ["/remark"]
        assert values_of(again, record)["/kind"] == "我方看过"


def test_typing_on_in_a_draft_does_not_pretend_to_have_seen_the_others(workspace, other):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    keep_draft(workspace, record, {"/remark": "我"})
    save_record(other, record, {"/remark": "对方"})
    carry(other, workspace)
    assert open_session(workspace, record).value("/remark") == "我"
    keep_draft(workspace, record, {"/remark": "我方"})
    save_record(workspace, record)
    assert [conflict.path for conflict in workspace.records.merged(record).conflicts] == ["/remark"]


def test_leaving_a_record_lets_the_list_speak(workspace, other):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    open_session(workspace, record)
    close_session(workspace, record)
    save_record(other, record, {"/remark": "对方"})
    carry(other, workspace)
    save_record(workspace, record, {"/remark": "看过对方"})
    assert list_records(workspace)[0].conflicts == 0


def test_two_surveyors_changing_different_answers_merge_softly(workspace, other):
    record = a_record(workspace, remark="一", kind="一")
    carry(workspace, other)
    save_record(workspace, record, {"/remark": "我方"})
    save_record(other, record, {"/kind": "对方"})
    carry(workspace, other)
    carry(other, workspace)
    for side in (workspace, other):
        (row,) = list_records(side)
        assert (row.conflicts, row.parallel) == (0, True)
    assert values_of(workspace, record) == values_of(other, record)
    assert values_of(workspace, record)["/remark"] == "我方"
    assert values_of(workspace, record)["/kind"] == "对方"


def test_a_place_and_its_code_stay_together(workspace, other):
    record = a_record(workspace, village="甲村", village_code="1")
    carry(workspace, other)
    save_record(workspace, record, {"/village": "乙村", "/village_code": "2"})
    save_record(other, record, {"/village_code": "9"})
    carry(workspace, other)
    carry(other, workspace)
    merged = workspace.records.merged(record)
    assert {conflict.path for conflict in merged.conflicts} == {"/village", "/village_code"}
    shown = {merged.fields[path].shown.ref for path in ("/village", "/village_code")}
    assert len(shown) == 1
    assert merged.fields["/village"].heads[0].ref == merged.fields["/village_code"].heads[0].ref


def test_a_record_of_nobody_is_a_known_error(workspace):
    for act in (open_session, save_record):
        with pytest.raises(KnownError) as caught:
            act(workspace, "01900000-0000-7000-8000-000000000000")
        assert caught.value.code == "record_missing"
    with pytest.raises(KnownError) as caught:
        create_record(workspace, "no such form")
    assert caught.value.code == "form_missing"


def test_an_answer_beyond_the_limit_is_refused_and_the_rest_is_kept(workspace):
    record = a_record(workspace)
    keep_draft(workspace, record, {"/remark": "长" * 100_000})
    with pytest.raises(KnownError) as caught:
        save_record(workspace, record)
    assert caught.value.code == "answer_too_long"
    assert list_records(workspace)[0].unsaved
    save_record(workspace, record, {"/remark": "短"})
    assert values_of(workspace, record)["/remark"] == "短"


def test_many_long_answers_become_several_operations_of_one_save(workspace):
    long = "长" * 60_000
    record = a_record(workspace, remark=long, kind=long)
    assert len(puts_of(workspace)) > 1
    assert values_of(workspace, record)["/remark"] == long
    assert values_of(workspace, record)["/kind"] == long


PATHS = ["/name", "/remark", "/kind", "/village", "/village_code", "/households", "/hh[r1]/person"]
ANSWERS = st.one_of(st.none(), st.text(max_size=8), st.integers(-5, 10**9))


class DraftsAndSaves(RuleBasedStateMachine):
    """Typing, saving, giving up and reopening give the values of a plain dictionary."""

    @initialize(folder=st.uuids())
    def start(self, folder):
        import tempfile
        from pathlib import Path

        self.place = tempfile.TemporaryDirectory()
        self.workspace = a_workspace(Path(self.place.name) / "ws")
        self.record = a_record(self.workspace)
        self.saved = dict(values_of(self.workspace, self.record))
        self.typed = {}

    @rule(path=st.sampled_from(PATHS), value=ANSWERS)
    def type_answer(self, path, value):
        if isinstance(value, str):
            value = "".join(letter for letter in value if letter.isprintable())
        keep_draft(self.workspace, self.record, {path: value})
        self.typed[path] = value

    @rule()
    def save(self):
        save_record(self.workspace, self.record)
        self.saved |= {
            path: value for path, value in self.typed.items() if path in self.saved or path in self.typed
        }
        self.typed = {}

    @rule()
    def reopen(self):
        folder = self.workspace.folder.path
        self.workspace.close()
        self.workspace = a_workspace(folder)

    @invariant()
    def the_values_are_those_of_a_dictionary(self):
        if hasattr(self, "workspace"):
            kept = dict(values_of(self.workspace, self.record))
            unasked = {path for path in ("/village", "/village_code") if kept.get(path, 0) is None}
            expected = {
                path: value for path, value in self.saved.items() if path not in unasked or value is not None
            }
            assert {p: v for p, v in kept.items() if p in expected} == expected
            assert kept.keys() - expected.keys() <= unasked
            drafts = self.workspace.drafts.answers(self.record)
            assert {path: answer.value for path, answer in drafts.items()} == self.typed

    def teardown(self):
        if hasattr(self, "workspace"):
            self.workspace.close()
            self.place.cleanup()


DraftsAndSaves.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestDraftsAndSaves = DraftsAndSaves.TestCase


def test_lists_show_personal_answers_in_part_and_find_them_whole(tmp_path):
    form = SMALL_FORM.replace(b'cj:list="2"', b'cj:list="2" cj:personal="personal"')
    with a_workspace(tmp_path, form=form) as workspace:
        a_record(workspace, village="王示例")
        (row,) = list_records(workspace, RecordFilter(text="王示例"))
        assert row.columns == {"/name": "示例记录", "/village": "王*"}
