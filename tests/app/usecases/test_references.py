from __future__ import annotations

import pytest

from app.jobs import Progress
from app.reports.record_content import read_record
from app.usecases.conflicts import conflict_detail
from app.usecases.history import record_history
from app.usecases.records import (
    create_record,
    delete_record,
    finalise_record,
    keep_draft,
    open_session,
    read_session,
    renew_projection,
    save_record,
)
from app.usecases.references import create_linked, find_targets, linkable_forms, linked_to, target_of
from core.errors import KnownError
from tests.builders import a_record, carry
from tests.linked_forms import a_linked_workspace
from tests.servers import a_service, endpoint_of, join_in_process, sync_in_process


@pytest.fixture
def linked(tmp_path, clock):
    with a_linked_workspace(tmp_path / "linked", clock) as workspace:
        yield workspace


def a_village(workspace, title):
    return a_record(workspace, form_id="village", title=title, name=None)


def a_site(workspace, village, kind):
    return a_record(workspace, form_id="site", village_ref=village, kind=kind, name=None)


def found(workspace, record, path, text="", **more):
    return [target.title for target in find_targets(workspace, record, path, text, **more)]


def test_without_a_filter_one_searches_among_all_living_records_of_the_form(linked):
    for title in ("东山村", "西河村", "西山村"):
        village = a_village(linked, title)
    delete_record(linked, a_village(linked, "西湖村"))
    record = create_record(linked, "site")
    assert found(linked, record, "/village_ref") == ["西山村", "西河村", "东山村"]
    assert found(linked, record, "/village_ref", "西") == ["西山村", "西河村"]
    assert found(linked, record, "/village_ref", limit=1) == ["西山村"]
    assert find_targets(linked, record, "/village_ref", "西山")[0].record_id == village
    assert find_targets(linked, record, "/kind") == []


def test_a_filter_narrows_what_can_be_found(linked):
    here, there = a_village(linked, "甲村"), a_village(linked, "乙村")
    for village, kind in ((here, "路口"), (there, "路口"), (here, "池塘")):
        a_site(linked, village, kind)
    visit = create_record(linked, "visit")
    assert found(linked, visit, "/site_ref") == []
    keep_draft(linked, visit, {"/village_ref": here})
    assert found(linked, visit, "/site_ref") == ["甲村 池塘", "甲村 路口"]
    assert found(linked, visit, "/site_ref", "路口") == ["甲村 路口"]


def test_a_record_does_not_find_itself(linked):
    village = a_village(linked, "甲村")
    one, two = a_site(linked, village, "一"), a_site(linked, village, "二")
    assert [target.record_id for target in find_targets(linked, one, "/next_ref")] == [two]


def test_a_target_tells_itself_from_others_and_says_when_it_is_not_here(linked):
    village = a_village(linked, "甲村")
    site = a_site(linked, village, "路口")
    target = target_of(linked, site)
    assert (target.title, target.form_id) == ("甲村 路口", "site")
    assert "甲村" not in target.detail and "路口" not in target.detail
    absent = target_of(linked, "gone")
    assert (absent.title, absent.form_id, absent.record_id) == ("本机没有这条记录", "", "gone")
    assert target_of(linked, a_record(linked, form_id="village", number="7", name=None)).title == "（未命名）"


def test_what_refers_to_a_record_is_listed_with_its_question(linked):
    village = a_village(linked, "甲村")
    site = a_site(linked, village, "路口")
    visit = a_record(linked, form_id="visit", village_ref=village, sites=[site], name=None)
    delete_record(linked, a_site(linked, village, "删了的"))
    assert [(link.form_id, link.question_label, link.row.record_id) for link in linked_to(linked, village)] == [
        ("site", "所在村", site), ("visit", "村", visit),
    ]  # fmt: skip
    assert [(link.question_label, link.row.record_id) for link in linked_to(linked, site)] == [
        ("也看了", visit)
    ]
    assert linked_to(linked, visit) == []


def test_the_forms_that_could_refer_to_a_record(linked):
    assert [(form, path) for form, _, path in linkable_forms(linked, a_village(linked, "甲村"))] == [
        ("site", "/village_ref"), ("visit", "/village_ref"),
    ]  # fmt: skip
    site = a_site(linked, a_village(linked, "乙村"), "路口")
    assert [path for *_, path in linkable_forms(linked, site)] == ["/next_ref", "/site_ref", "/sites"]


def test_a_linked_record_starts_with_all_that_follows(linked):
    code = "330523104203"
    village = a_record(linked, form_id="village", title="甲村", place=code, name=None)
    site = create_linked(linked, "site", "/village_ref", village)
    session = open_session(linked, site)
    assert (session.value("/village_ref"), session.value("/number")) == (village, f"{code}-1")
    save_record(linked, site, {"/kind": "路口"})
    other = create_linked(linked, "site", "/village_ref", village)
    assert read_session(linked, other).value("/number") == f"{code}-2"
    visit = create_linked(linked, "visit", "/site_ref", site)
    session = read_session(linked, visit)
    assert (session.value("/village_ref"), session.value("/site_ref")) == (village, site)
    assert read_session(linked, create_linked(linked, "visit", "/sites", site)).value("/sites") == [site]
    with pytest.raises(KnownError, match="form_missing"):
        create_linked(linked, "gone", "/village_ref", village)


def test_a_target_not_yet_saved_is_saved_with_the_record_that_refers_to_it(linked):
    village = create_record(linked, "village")
    keep_draft(linked, village, {"/title": "新村"})
    site = create_linked(linked, "site", "/village_ref", village)
    assert read_session(linked, site).shown("/village_ref", "zh") == "新村"


def test_two_records_with_one_number_are_warned_about_and_saved(linked):
    a_record(linked, form_id="village", title="甲村", number="N1", name=None)
    record = a_record(linked, form_id="village", title="乙村", number="N1", name=None)
    problem = read_session(linked, record).problem("/number")
    assert (problem.code, problem.severity, problem.values["title"]) == ("not_unique", "warning", "甲村")
    assert finalise_record(linked, record).done


def test_history_conflicts_and_paper_show_titles_of_records(tmp_path, clock):
    with (
        a_linked_workspace(tmp_path / "one", clock) as one,
        a_linked_workspace(tmp_path / "two", clock) as two,
    ):
        first, second = a_village(one, "甲村"), a_village(one, "乙村")
        site = a_site(one, first, "路口")
        carry(one, two)
        save_record(one, site, {"/village_ref": second})
        save_record(two, site, {"/village_ref": None})
        carry(two, one)
        lines = [line for line in record_history(one, site).lines if line.what == "所在村"]
        assert {(line.before, line.after) for line in lines} == {("", "甲村"), ("甲村", "乙村"), ("甲村", "")}
        (conflict,) = [found for found in conflict_detail(one, site) if found.path == "/village_ref"]
        session = read_session(one, site)
        shown = {session.shown_value("/village_ref", one.value, "zh") for one in conflict.candidates}
        assert shown == {"乙村", ""}
        save_record(one, site, {"/village_ref": first})
        fields = {entry.label: entry.value for entry in read_record(read_session(one, site), "zh").entries}
        assert fields["所在村"] == "甲村"


def test_a_record_that_arrives_before_what_it_refers_to_shows_it_once_it_comes(tmp_path, clock):
    """The village's author syncs last: until then the site says that the village is not here."""
    with (
        a_service(tmp_path / "server", clock) as server,
        a_linked_workspace(tmp_path / "one", clock) as one,
        a_linked_workspace(tmp_path / "two", clock) as two,
        a_linked_workspace(tmp_path / "three", clock) as three,
    ):
        for workspace in (one, two, three):
            join_in_process(server, workspace)
        village = a_village(one, "甲村")
        carry(one, two)
        site = a_site(two, village, "路口")

        def sync(workspace):
            sync_in_process(endpoint_of(server, workspace), workspace)
            renew_projection(workspace, Progress())

        sync(two)
        sync(three)
        assert read_session(three, site).shown("/village_ref", "zh") == "本机没有这条记录"
        assert read_session(three, site).value("/village_ref") == village
        assert three.records.row(site).columns["/village_ref"] == "本机没有这条记录"
        sync(one)
        sync(three)
        assert three.records.row(site).columns["/village_ref"] == "甲村"
        assert [link.row.title for link in linked_to(three, village)] == ["甲村 路口"]
