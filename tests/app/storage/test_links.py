from __future__ import annotations

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.jobs import Progress
from app.storage.links import MOST_ROUNDS
from app.storage.listing import RecordFilter
from app.storage.records import PROJECTION
from app.usecases.records import delete_record, list_records, renew_projection, restore_record, save_record
from app.workspace import open_workspace
from core.clock import SystemClock
from tests.builders import a_record, carry
from tests.linked_forms import a_linked_workspace

TOWN = "330523104000"
VILLAGE_CODE = "330523104203"


@pytest.fixture
def linked(tmp_path, clock):
    with a_linked_workspace(tmp_path / "linked", clock) as workspace:
        yield workspace


def lists(workspace):
    return workspace.records.session("none", workspace.forms.newest("visit"), {})._links._source


def title_of(workspace, record):
    return workspace.records.row(record).title


def renew(workspace):
    return renew_projection(workspace, Progress())


def stand(workspace):
    """Everything that records are found and shown by."""
    with workspace.database.transaction() as tables:
        tables.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.token USING fts5vocab(main, search, instance)"
        )
        return [
            tables.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5").fetchall()
            for table in (
                "rec",
                "(SELECT *, '' FROM link)",
                "sorting",
                "(SELECT *, '' FROM token)",
                "inside",
                "(SELECT *, '', '', '', '' FROM waiting)",
            )
        ]


def rebuilt(workspace):
    """As `stand`, after all of it was lost and made again from the operations."""
    with workspace.database.transaction() as tables:
        records = workspace.records.ids()
        for table in ("rec", "head", "link", "mention", "stale", "conflict", "sorting", "search", "inside"):
            tables.execute(f"DELETE FROM {table}")
        workspace.records.refresh(records)
    renew(workspace)
    return stand(workspace)


def test_rows_have_the_answers_by_name_and_are_found_by_what_links_them(linked):
    village = a_record(linked, form_id="village", title="甲村", place=VILLAGE_CODE, number="N1", name=None)
    site = a_record(linked, form_id="site", village_ref=village, kind="路口", name=None)
    source = lists(linked)
    (row,) = source.items_where("site", "village_ref", village)
    assert (row["name"], row["label"], row["kind"], row["village_ref"]) == (
        site, "甲村 路口", "路口", village,
    )  # fmt: skip
    assert [row["name"] for row in source.items_where("village", "place", VILLAGE_CODE)] == [village]
    assert [row["name"] for row in source.items_where("village", "number", "N1")] == [village]
    assert source.items_where("site", "kind", "路口") == []
    assert source.items_where("village", "village_ref", village) == []
    assert source.item("village", site) is None
    assert "@life" not in row and set(row) >= {"name", "label", "kind", "village_ref"}


def test_several_choices_link_each_and_equal_one_that_stands_alone(linked):
    one, two = (a_record(linked, form_id="site", kind=kind, name=None) for kind in "一二")
    both = a_record(linked, form_id="visit", sites=sorted([one, two]), name=None)
    alone = a_record(linked, form_id="visit", sites=[one], name=None)
    assert {link.record_id for link in linked.records.links.referrers(one)} == {both, alone}
    assert [row["name"] for row in lists(linked).items_where("visit", "sites", one)] == [alone]


def test_an_answer_that_is_changed_or_not_in_force_links_no_longer(linked):
    first, second = (a_record(linked, form_id="village", title=title, name=None) for title in "甲乙")
    site = a_record(linked, form_id="site", village_ref=first, name=None)
    visit = a_record(linked, form_id="visit", village_ref=first, site_ref=site, name=None)
    assert [link.path for link in linked.records.links.referrers(site)] == ["/site_ref"]
    save_record(linked, visit, {"/village_ref": second})
    assert linked.records.links.referrers(site) == []
    save_record(linked, site, {"/village_ref": second})
    renew(linked)
    assert [link.record_id for link in linked.records.links.referrers(site)] == [visit]


def test_a_deleted_record_is_found_by_its_id_alone(linked):
    village = a_record(linked, form_id="village", title="甲村", number="N1", name=None)
    delete_record(linked, village)
    source = lists(linked)
    assert source.items_where("village", "number", "N1") == []
    assert source.other_with("village", "/number", "N1", "another") is None
    row = source.item("village", village)
    assert (row["@life"], row["label"]) == ("deleted", "甲村")
    restore_record(linked, village)
    assert source.other_with("village", "/number", "N1", "another") == "甲村"
    assert source.other_with("village", "/number", "N1", village) is None


def test_a_new_place_reaches_what_is_found_by_it_over_several_records(linked):
    village = a_record(linked, form_id="village", title="甲村", name=None)
    site = a_record(linked, form_id="site", village_ref=village, name=None)
    visit = a_record(linked, form_id="visit", sites=[site], name=None)
    renew(linked)
    for place, found in ((VILLAGE_CODE, {village, site, visit}), (None, set())):
        save_record(linked, village, {"/place": place})
        renew(linked)
        rows = list_records(linked, RecordFilter(place=VILLAGE_CODE))
        assert {row.record_id for row in rows} == found


def test_what_is_not_here_or_has_no_title_is_said_in_words(linked):
    untitled = a_record(linked, form_id="village", number="N1", name=None)
    source = lists(linked)
    assert source.stand_in("village", "gone", "zh") == "本机没有这条记录"
    assert source.stand_in("village", untitled, "en") == "(untitled)"
    assert source.stand_in("divisions", "330523104999", "zh") == ""
    assert source.other_with("village", "/number", "N1", "another") == "（未命名）"


def test_text_that_sqlite_cannot_carry_is_asked_for_without_harm(linked):
    half = {"x": "7aCA"}  # half a surrogate pair, as some keyboards leave it
    a_record(linked, form_id="village", number=half, name=None)
    assert lists(linked).items_where("village", "number", "\ud800") != []
    assert lists(linked).item("village", "\ud800") is None


def test_a_new_title_reaches_who_refers_to_it_and_who_refers_to_those(linked):
    village = a_record(linked, form_id="village", title="甲村", name=None)
    site = a_record(linked, form_id="site", village_ref=village, kind="路口", name=None)
    visit = a_record(linked, form_id="visit", village_ref=village, site_ref=site, name=None)
    assert title_of(linked, visit) == "看 甲村 路口"
    save_record(linked, village, {"/title": "新村"})
    assert title_of(linked, visit) == "看 甲村 路口"  # not at once
    assert renew(linked).records == {site, visit}
    assert title_of(linked, visit) == "看 新村 路口"
    assert not renew(linked)


def test_a_record_cleared_from_the_bin_links_to_nothing_and_is_no_longer_here(linked):
    village = a_record(linked, form_id="village", title="甲村", name=None)
    site = a_record(linked, form_id="site", village_ref=village, name=None)
    visit = a_record(linked, form_id="visit", site_ref="unknown", village_ref=village, name=None)
    with linked.database.transaction():
        linked.records.forget([village, visit])
    renew(linked)
    assert linked.records.row(site).columns["/village_ref"] == "本机没有这条记录"
    with linked.database.read() as tables:
        for table in ("link", "mention"):
            assert tables.execute(f"SELECT 1 FROM {table} WHERE rec = ?", [visit]).fetchall() == []


def test_what_changes_neither_title_nor_links_outdates_nobody(linked):
    village = a_record(linked, form_id="village", title="甲村", name=None)
    a_record(linked, form_id="visit", village_ref=village, name=None)
    renew(linked)
    save_record(linked, village, {"/remark": "x"})
    assert linked.records.outdated_count() == 0


def test_a_referred_record_that_comes_later_gives_its_title_then(tmp_path, clock):
    with (
        a_linked_workspace(tmp_path / "one", clock) as one,
        a_linked_workspace(tmp_path / "two", clock) as two,
        a_linked_workspace(tmp_path / "three", clock) as three,
    ):
        village = a_record(one, form_id="village", title="甲村", name=None)
        carry(one, two)
        site = a_record(two, form_id="site", village_ref=village, kind="路口", name=None)
        carry(two, three)
        assert three.records.row(site).columns["/village_ref"] == "本机没有这条记录"
        carry(one, three)
        renew(three)
        assert three.records.row(site).columns["/village_ref"] == "甲村"
        assert title_of(three, site) == "甲村 路口"


def test_records_that_refer_in_a_circle_are_read_a_few_times_and_then_left(linked):
    first = a_record(linked, form_id="site", kind="甲", name=None)
    second = a_record(linked, form_id="site", kind="乙", next_ref=first, name=None)
    save_record(linked, first, {"/next_ref": second})
    itself = a_record(linked, form_id="site", kind="丙", name=None)
    save_record(linked, itself, {"/next_ref": itself})
    renew(linked)
    save_record(linked, first, {"/kind": "丁"})
    assert renew(linked).records <= {first, second}
    assert linked.records.outdated_count() == 0


def test_titles_that_grow_in_a_circle_stop(linked, monkeypatch):
    """Even where every reading makes another title, as no form of ours does."""
    number = iter(range(10_000))
    monkeypatch.setattr("core.forms.filling.session.FormSession.title", lambda *_: f"{next(number)}")
    first = a_record(linked, form_id="site", name=None, kind="甲")
    second = a_record(linked, form_id="site", next_ref=first, name=None)
    save_record(linked, first, {"/next_ref": second})
    renew(linked)
    assert linked.records.outdated_count() == 0
    assert next(number) < 20 * MOST_ROUNDS


def test_a_program_that_reads_more_reads_every_record_anew_once(linked):
    records = {a_record(linked, form_id="village", title=f"{n}村", name=None) for n in range(30)}
    renew(linked)
    assert linked.kv.get("projection") == PROJECTION
    with linked.database.transaction() as tables:
        tables.execute("DELETE FROM link")
        linked.kv.put("projection", "an older one")
    steps = []
    assert renew_projection(linked, Progress(lambda *step: steps.append(step[:2]))).records == records
    assert steps == [(0, 30), (20, 30)]
    assert not renew(linked)


def test_renewing_goes_on_where_it_was_stopped(linked):
    records = {a_record(linked, form_id="village", title=f"{n}村", name=None) for n in range(30)}
    with linked.database.transaction():
        linked.kv.put("projection", "an older one")
    progress = Progress(lambda done, *_: progress.cancel())
    first = renew_projection(linked, progress).records
    assert len(first) == 20
    assert renew(linked).records == records - first


def test_a_file_of_the_first_release_is_read_anew_once(tmp_path, clock, checkout):
    shutil.copytree(checkout / "tests" / "golden" / "workspace-1", tmp_path / "old")
    with open_workspace(tmp_path / "old", clock=clock, create=False) as old:
        before = list_records(old)
        saved = {row.record_id for row in list_records(old, RecordFilter(deleted=None)) if row.updated}
        renewed = renew(old).records
        assert renewed and renewed <= saved
        assert list_records(old) == before
        assert old.records.outdated_count() == 0


FIELDS = {
    "village": [("/title", ["甲", "乙", None]), ("/place", [VILLAGE_CODE, None]), ("/number", ["1", "2"])],
    "site": [("/village_ref", "village"), ("/kind", ["路", "河"]), ("/next_ref", "site")],
    "visit": [("/village_ref", "village"), ("/site_ref", "site"), ("/sites", "site")],
}
STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 2), st.integers(0, 6), st.booleans()),
    max_size=12,
)


@settings(max_examples=25)
@given(steps=STEPS, order=st.permutations(range(2)), cut=st.integers(0, 30))
def test_links_kept_step_by_step_are_those_made_anew_from_all_operations(tmp_path_factory, steps, order, cut):
    """Whatever two people do to villages, sites and visits, and in whatever order it arrives."""
    folder = tmp_path_factory.mktemp("projection")
    clock = SystemClock()
    with (
        a_linked_workspace(folder / "one", clock) as one,
        a_linked_workspace(folder / "two", clock) as two,
        a_linked_workspace(folder / "three", clock) as three,
    ):
        people = [one, two]
        records = [
            a_record(one, form_id=form_id, name=None, **({"title": "村"} if form_id == "village" else {}))
            for form_id in ("village", "village", "site", "site", "visit", "visit")
        ]
        carry(one, two)
        for who, which, field, value, deleting in steps:
            _change(people[who], records, which, field, value, deleting=deleting and value == 0)
        for source in (people[place] for place in order):
            carry(source, three)
            if cut % 3:
                renew(three)
        for workspace in (one, two, three):
            renew(workspace)
            assert stand(workspace) == rebuilt(workspace)


def _change(workspace, records, which, field, value, *, deleting):
    form_id = workspace.records.row(records[which]).form_id
    if deleting:
        delete_record(workspace, records[which])
        return
    path, values = FIELDS[form_id][field]
    if isinstance(values, list):
        answer = values[value % len(values)]
    else:
        candidates = [row.record_id for row in list_records(workspace) if row.form_id == values] + ["unknown"]
        answer = candidates[value % len(candidates)]
        answer = [answer] if path == "/sites" else answer
    save_record(workspace, records[which], {path: answer})
