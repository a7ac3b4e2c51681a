from __future__ import annotations

import shutil
from dataclasses import replace

import pypdfium2
import pytest

from app.reports.summary_content import AsOf, KeyFigures, Paragraphs, SummaryTable
from app.reports.summary_layout import summary_layout
from app.reports.summary_photos import pair_of
from app.usecases.records import close_session, delete_record, open_session, save_record
from app.usecases.summary import Period, gather_summary, summary_content, summary_pdf
from app.workspace import open_workspace
from core.errors import KnownError
from core.statistics.figures import figure_of
from tests.conftest import FakeClock
from tests.sampled import sampled_records

COUNTY, TOWNSHIP, VILLAGE = "330523000000", "330523108000", "330523108204"


@pytest.fixture(scope="module")
def workspace(sampled_once, tmp_path_factory):
    """Read by all tests here; who changes something takes `own`."""
    folder = tmp_path_factory.mktemp("summary") / "ws"
    shutil.copytree(sampled_once, folder)
    with open_workspace(folder, clock=FakeClock()) as opened:
        yield opened


@pytest.fixture(scope="module")
def county(workspace):
    return gather_summary(workspace, COUNTY)


@pytest.fixture(scope="module")
def records(sampled_once):
    return sampled_records(sampled_once)


@pytest.fixture
def own(sampled, clock):
    with open_workspace(sampled, clock=clock) as opened:
        yield opened


def edit(workspace, record, answers):
    open_session(workspace, record)
    save_record(workspace, record, answers)
    close_session(workspace, record)


def figures(content):
    (section,) = [one for one in content.sections if isinstance(one, KeyFigures)]
    return {cell.label: f"{cell.value} {cell.unit}".strip() for cell in section.cells}


def notes(content):
    return "\n".join(t for one in content.sections if isinstance(one, Paragraphs) for t in one.texts)


def head(content):
    return dict(content.sections[0].lines)


def pages_of(printed):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed.pdf)]


def test_a_county_is_summed_up_from_all_forms_that_lie_in_it(county):
    shown = figures(summary_content(county))
    assert shown["已有定稿的村"] == "1 个"
    assert shown["已定稿记录"] == "7 份"
    assert shown["总户数"] == "286 户"
    assert shown["估算合计"] == "72848.33 元"


def test_what_refers_to_a_village_over_three_steps_lies_in_it(workspace, records):
    found = {record.record_id for record in gather_summary(workspace, VILLAGE).records}
    wanted = {key for key in records if key.startswith("yucun")}
    assert {records[key] for key in wanted} == found


def test_an_unfinished_record_is_counted_apart_and_is_in_no_figure(own, records):
    edit(own, records["yucun"], {"/households": 999})
    content = summary_content(gather_summary(own, COUNTY))
    shown = figures(content)
    assert shown["总户数"] == "—"
    assert (shown["已定稿记录"], shown["未完成记录"]) == ("6 份", "1 份")


def test_a_village_whose_records_are_all_unfinished_is_missing_and_marked(own, records):
    for key in [key for key in records if key.startswith("yucun")]:
        title = {"yucun_house": "/address", "yucun_toilet": "/notes"}.get(key)
        session = open_session(own, records[key])
        text = next(
            q.path for q in session.form.questions()
            if q.kind == "string" and q.asked and q.path.count("/") == 1 and not q.unique
            and q.calculate is None and session.relevant(q.path)
        )  # fmt: skip
        edit(own, records[key], {title or text: "改过（示例）"})
    content = summary_content(gather_summary(own, TOWNSHIP))
    assert VILLAGE in {village.code for village in content.missing}
    (table,) = [one for one in content.sections if isinstance(one, SummaryTable) and one.lists_missing]
    assert "余村村委会＊" in table.rows[0][3]


def test_missing_villages_are_those_of_the_table_without_records(workspace):
    content = summary_content(gather_summary(workspace, TOWNSHIP))
    known = {code for code, _ in workspace.divisions.children(TOWNSHIP)}
    assert {village.code for village in content.missing} == known - {VILLAGE}


def test_deleted_records_are_nowhere(own, records):
    delete_record(own, records["yucun"])
    assert figures(summary_content(gather_summary(own, COUNTY)))["总户数"] == "—"


def test_only_the_days_of_the_period_and_the_chosen_forms_count(county):
    before = summary_content(county, period=Period(last="2020-12-31"))
    assert figures(before)["已定稿记录"] == "0 份"
    only = summary_content(county, forms=["building"])
    assert figures(only)["已定稿记录"] == "1 份"
    assert "总户数" not in figures(only)
    assert head(before)["时段"] == "截至2020年12月31日"


def test_without_a_server_it_says_that_the_data_are_of_this_machine(county):
    assert head(summary_content(county))["数据截至"].startswith("本机数据")


def test_two_profiles_of_one_village_are_added_up_and_told(records, county):
    one = next(record for record in county.records if record.record_id == records["yucun"])
    twice = type(county)(
        county.territory, county.forms, county.questions, (*county.records, one), county.pairs, county.as_of
    )
    content = summary_content(twice)
    assert figures(content)["总户数"] == "572 户"
    assert "余村村委会" in notes(content)


def test_the_paper_shows_the_numbers_of_the_screen(workspace, county):
    content = summary_content(county)
    text = "".join(pages_of(summary_pdf(workspace, content))).replace("\r\n", "")
    for label, value in figures(content).items():
        assert label in text
        assert value.split(" ", maxsplit=1)[0] in text
    for section in content.sections:
        if isinstance(section, SummaryTable) and not section.lists_missing:
            for row in section.rows:
                assert row[0].split("（", maxsplit=1)[0] in text


def test_every_question_that_its_form_sums_up_is_in_the_tables(county):
    content = summary_content(county)
    rows = {
        (one.form, row[0].removesuffix("（多选）"))
        for one in content.sections
        if isinstance(one, SummaryTable) and one.form
        for row in one.rows
    }
    for question in county.questions.values():
        if figure_of(question, county.records).answered:
            assert (county.forms[question.form_id], question.label) in rows


def test_the_same_place_gives_the_same_bytes(workspace, county):
    content = summary_content(county)
    assert summary_pdf(workspace, content).pdf == summary_pdf(workspace, content).pdf


def test_the_file_says_what_it_is_and_has_an_outline(workspace, county):
    content = summary_content(county)
    opened = pypdfium2.PdfDocument(summary_pdf(workspace, content).pdf)
    facts = opened.get_metadata_dict()
    assert (facts["Title"], facts["Author"]) == ("浙江省湖州市安吉县村庄调查汇总", "示例协调员")
    titles = [entry.get_title() for entry in opened.get_toc()]
    assert titles[0] == "一、总体情况"
    assert "（一）村庄概况调查" in titles


def test_page_numbers_stand_as_in_official_documents(workspace, county):
    pages = pages_of(summary_pdf(workspace, summary_content(county)))
    for number, text in enumerate(pages, 1):
        assert f"— {number} —" in text
        assert f"第 {number} 页，共 {len(pages)} 页" in text


def test_the_same_view_stands_before_and_after_with_its_direction_and_days(county):
    (pair,) = summary_content(county).pairs
    assert "方位角 75 度" in pair.heading
    assert "余村" in pair.heading
    assert (pair.before.caption, pair.after.caption) == ("改造前　2026年9月12日", "改造后　2026年11月13日")
    assert pair.before.stamp == "余村 330523108204-S001-P01　2026年9月12日"


def test_a_photo_of_people_who_did_not_agree_is_not_in_the_book(workspace, records):
    session = open_session(workspace, records["yucun_square_point"])
    before = next(row for row in session.rows("/photos") if session.value(f"{row}/period") == "before")
    session.set(f"{before}/has_people", "yes")
    session.set(f"{before}/people_consent", "no")
    (layout,) = summary_layout().photos
    pair = pair_of(session, "r", "余村", layout, "zh")
    assert pair.before.digests == ()
    assert pair.before.reason == "照片中的人未同意，未印出"
    assert pair.after.digests


@pytest.mark.parametrize("code", ["330000000000", "330523999999", "安吉", ""])
def test_what_is_no_division_of_a_summary_is_refused_with_a_sentence(workspace, code):
    with pytest.raises(KnownError) as refused:
        gather_summary(workspace, code)
    assert refused.value.code == "summary_place"


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (AsOf("2026-11-21T08:00:00+08:00", "示例项目"), "已接入「示例项目」，还没有同步过"),
        (
            AsOf("2026-11-21T08:00:00+08:00", "示例项目", "2026-11-20T18:30:00+08:00"),
            "2026年11月20日 18:30 与「示例项目」同步",
        ),
        (
            AsOf(
                "2026-11-21T08:00:00+08:00", "示例项目", "2026-11-20T18:30:00+08:00", failed=True, waiting=3
            ),
            "2026年11月20日 18:30 与「示例项目」同步；最近一次同步没有完成；本机还有 3 份记录没有送出",
        ),
    ],
)
def test_with_a_server_it_says_as_of_which_sync_and_what_was_not_sent(workspace, as_of, said):
    content = summary_content(replace(gather_summary(workspace, VILLAGE), as_of=as_of))
    assert head(content)["数据截至"] == said


def test_villages_of_one_name_are_told_apart_by_their_township(county):
    content = summary_content(county)
    (table,) = [
        one for one in content.sections if isinstance(one, SummaryTable) and one.title == "分村主要数字"
    ]
    assert table.rows[0][0] == "天荒坪镇　余村村委会"


def test_a_township_shows_its_villages_once(workspace):
    content = summary_content(gather_summary(workspace, TOWNSHIP))
    titles = [one.title for one in content.sections if isinstance(one, SummaryTable)]
    assert "分地区主要数字" not in titles
    assert titles.count("分村主要数字") == 1
