from __future__ import annotations

import pypdfium2
import pytest

from app.reports.official_form import official_layout, official_pdf
from core.errors import KnownError

MM = 72 / 25.4
FILLED = {
    "/applying_region": "广东省广州市番禺区",
    "/applying_unit": "广东省广州市番禺区示例局",
    "/industry_profile": "示例" * 150,
    "/contact_name": "张示例",
    "/contact_title": "科长",
    "/contact_phone": "020-12345678",
}


@pytest.fixture
def layout():
    return official_layout("cluster_application")


def page_of(printed, number=0):
    return pypdfium2.PdfDocument(printed.pdf)[number]


def text_in(page, left_mm, top_mm, right_mm, bottom_mm):
    """The text inside a box measured from the upper left corner, without line ends."""
    height = page.get_height()
    box = {
        "left": left_mm * MM, "right": right_mm * MM,
        "top": height - top_mm * MM, "bottom": height - bottom_mm * MM,
    }  # fmt: skip
    return page.get_textpage().get_text_bounded(**box).replace("\r\n", "").strip()


def rules_mm(page):
    """The vertical and the horizontal lines of a page in mm from the upper left corner: (across, down)."""
    across, down = set(), set()
    for thing in page.get_objects():
        if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH:
            left, bottom, right, top = (side / MM for side in thing.get_bounds())
            bottom, top = 297 - bottom, 297 - top
            across |= (
                {round((left + right) / 2)} if right - left < 1 else {round(left + 0.1), round(right - 0.1)}
            )
            down |= (
                {round((top + bottom) / 2)} if bottom - top < 1 else {round(top + 0.1), round(bottom - 0.1)}
            )
    return sorted(across), sorted(down)


def test_the_table_is_156_mm_wide_with_the_columns_and_rows_of_the_layout(layout):
    across, down = rules_mm(page_of(official_pdf(layout, None)))
    assert across == [28, 60, 106, 134, 184]
    assert [line - down[0] for line in down] == [0, 18, 138, 152]
    assert down[-1] + 15 < 297 - 35


def test_every_cell_stands_in_its_place(layout):
    page = page_of(official_pdf(layout, FILLED))
    _, (top, first, second, bottom) = rules_mm(page)
    assert text_in(page, 28, top, 60, first) == "申报地区"
    assert text_in(page, 60, top, 106, first) == "广东省广州市番禺区"
    assert text_in(page, 106, top, 134, first) == "申报单位"
    assert text_in(page, 134, top, 184, first) == "广东省广州市番禺区示例局"
    assert text_in(page, 28, first, 60, second) == "本地区工艺美术产业情况简介"
    assert text_in(page, 60, first, 184, second) == "示例" * 150
    assert text_in(page, 28, second, 60, bottom) == "联系人及职务"
    assert text_in(page, 60, second, 106, bottom) == "张示例 科长"
    assert text_in(page, 106, second, 134, bottom) == "联系电话"
    assert text_in(page, 134, second, 184, bottom) == "020-12345678"
    assert text_in(page, 20, 30, 190, top) == "附件 2工艺美术创新发展特色聚集区合作共建申报表"
    note = "(请填写该表并反馈至电子邮箱：gongyms@126.com 或传真：010-68205540)"
    assert text_in(page, 20, bottom, 190, 297) == note


def test_a_blank_form_shows_its_placeholders_and_a_filled_one_leaves_empty_cells_empty(layout):
    blank = page_of(official_pdf(layout, None)).get_textpage().get_text_range()
    assert blank.count("【") == blank.count("】") == 3
    assert "【不超过 300 字】" in blank
    assert "【" not in page_of(official_pdf(layout, {})).get_textpage().get_text_range()


def test_a_profile_of_300_characters_fits_at_12_points(layout):
    printed = official_pdf(layout, FILLED)
    assert printed.pages == 1
    sizes = {
        round(thing.get_font_size())
        for thing in page_of(printed).get_objects()
        if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT
    }
    assert sizes <= {12, 16, 22}


@pytest.mark.parametrize("length", [301, 600, 700])
def test_a_longer_profile_is_set_smaller_and_stays_whole(layout, length):
    text = ("示例产区，" * length)[:length]
    printed = official_pdf(layout, {**FILLED, "/industry_profile": text})
    page = page_of(printed)
    _, (_, first, second, _) = rules_mm(page)
    assert printed.pages == 1
    assert text_in(page, 60, first, 184, second) == text


def test_a_profile_too_long_for_any_size_goes_on_on_an_annex(layout):
    text = "示例产区。" * 600
    printed = official_pdf(layout, {**FILLED, "/industry_profile": text})
    assert printed.pages > 1
    annex = "".join(
        text_in(page_of(printed, number), 20, 36, 190, 262.5) for number in range(1, printed.pages)
    )
    assert annex.endswith(text)
    assert "（未完，全文见附页）" in page_of(printed).get_textpage().get_text_range()


def test_a_cell_that_refuses_a_long_text_says_which(layout):
    import msgspec

    cell = msgspec.structs.replace(layout.rows[0].cells[1], fit="refuse")
    row = msgspec.structs.replace(
        layout.rows[0], cells=(layout.rows[0].cells[0], cell, *layout.rows[0].cells[2:])
    )
    strict = msgspec.structs.replace(layout, rows=(row, *layout.rows[1:]))
    with pytest.raises(KnownError) as raised:
        official_pdf(strict, {**FILLED, "/applying_region": "很长的地名" * 30})
    assert raised.value.code == "print_too_long"
    assert raised.value.values == {"cell": "申报地区"}


@pytest.mark.parametrize(
    "text", ["x" * 5000, "字" * 5000, "，" * 5000, "<b>&amp;</b>" * 40, "\x00", "\n" * 300]
)
def test_hostile_texts_print(layout, text):
    assert official_pdf(layout, dict.fromkeys(FILLED, text)).pages >= 1


def test_a_mark_stands_above_the_table_and_nothing_over_it(layout):
    page = page_of(official_pdf(layout, FILLED, mark="草稿"))
    across, down = rules_mm(page)
    assert text_in(page, 165, 30, 190, 47) == "草稿"
    assert down[0] < down[1] < 60 < down[2]
    assert across[-1] == 184


def test_a_form_of_ours_without_official_paper_has_no_layout():
    assert official_layout("village_profile") is None
