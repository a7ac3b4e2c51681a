from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.fonts import register_fonts
from app.reports.strips import RowStrip, TextStrip, fill_columns, text_cell, text_strip
from app.reports.styles import STYLES

PAGE = 400.0
WIDTH = 440.0


def row(text="示例", **more):
    register_fonts()
    cells = (
        text_cell("标签", STYLES["field_label"], 80, label=True),
        text_cell(text, STYLES["field_value"], 360),
    )
    return RowStrip(cells, **more)


def heading():
    return text_strip("一、标题", STYLES["heading"], WIDTH, space_before_pt=10, keep_next=True)


def strips_of(columns):
    return [[strip for strip, _ in column.placed] for column in columns]


def text_of(strip):
    lines = strip.lines if isinstance(strip, TextStrip) else strip.cells[1].lines
    return "".join(piece.text for line in lines for piece in line.pieces)


def test_a_heading_never_ends_a_page():
    rows = [row() for _ in range(14)]
    used = sum(one.height_pt for one in rows)
    pages = strips_of(fill_columns([*rows, heading(), row()], used + heading().height_pt + 12))
    assert [type(strip).__name__ for strip in pages[1]] == ["TextStrip", "RowStrip"]


def test_the_head_of_a_table_is_repeated_on_every_page():
    head = row("表头", keep_next=True)
    pages = strips_of(fill_columns([head, *[row(str(n), header=head) for n in range(60)]], PAGE))
    assert len(pages) > 2
    assert all(page[0] is head for page in pages)


def test_a_row_that_fits_on_a_page_is_not_torn():
    pages = strips_of(
        fill_columns([row() for _ in range(18)] + [row("三行\n三行\n三行")], 18 * row().height_pt + 30)
    )
    assert text_of(pages[1][0]) == "三行三行三行"


def test_a_row_higher_than_a_page_goes_on_with_its_label():
    text = "长文本" * 1500
    pages = strips_of(fill_columns([row(text)], PAGE))
    assert len(pages) > 2
    assert "".join(text_of(page[0]) for page in pages) == text
    assert all(page[0].cells[0].lines for page in pages)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=25))
def test_pages_hold_everything_once_and_nothing_over_their_end(parts):
    strips = [replace(row("字" * length), keep_next=tied) if length else heading() for length, tied in parts]
    columns = fill_columns(strips, PAGE)
    shown = "".join(text_of(strip) for column in columns for strip, _ in column.placed)
    assert shown == "".join(text_of(strip) for strip in strips)
    assert all(column.used_pt <= PAGE + 0.01 for column in columns)
    assert all(column.placed for column in columns)
