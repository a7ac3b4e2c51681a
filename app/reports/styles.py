"""Paper, margins, sizes and text styles of official documents.

Source: GB/T 9704-2012 5.2 (paper, margins, type area) and 7 (faces and sizes); the point values of 字号 are
the usual ones of Chinese typesetting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from app.reports.fonts import Face

MM: Final = 72 / 25.4  # points

PAGE_WIDTH_MM: Final = 210.0
PAGE_HEIGHT_MM: Final = 297.0
MARGIN_TOP_MM: Final = 37.0
MARGIN_LEFT_MM: Final = 28.0
MARGIN_RIGHT_MM: Final = 26.0
MARGIN_BOTTOM_MM: Final = 35.0
TYPE_WIDTH_MM: Final = PAGE_WIDTH_MM - MARGIN_LEFT_MM - MARGIN_RIGHT_MM  # 156
TYPE_HEIGHT_MM: Final = PAGE_HEIGHT_MM - MARGIN_TOP_MM - MARGIN_BOTTOM_MM  # 225

SIZES_PT: Final[dict[str, float]] = {
    "初号": 42, "小初": 36, "一号": 26, "小一": 24, "二号": 22, "小二": 18, "三号": 16, "小三": 15,
    "四号": 14, "小四": 12, "五号": 10.5, "小五": 9, "六号": 7.5,
}  # fmt: skip

HAIRLINE_PT: Final = 0.5
FRAME_PT: Final = 1.0

Align = Literal["left", "centre", "right", "justify"]


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How text is set. `leading_em` is the distance of baselines in sizes, `grey` 0 is black."""

    face: Face
    size_pt: float
    leading_em: float = 1.5
    align: Align = "left"
    indent_em: float = 0.0
    grey: float = 0.0

    @property
    def leading_pt(self) -> float:
        return self.size_pt * self.leading_em

    def sized(self, size_pt: float) -> TextStyle:
        """The same style in another size."""
        return replace(self, size_pt=size_pt)


STYLES: Final[dict[str, TextStyle]] = {
    "attachment": TextStyle("Hei", SIZES_PT["三号"]),
    "title": TextStyle("SongBold", SIZES_PT["二号"], align="centre", leading_em=1.4),
    "subtitle": TextStyle("Kai", SIZES_PT["四号"], align="centre"),
    "heading": TextStyle("Hei", SIZES_PT["四号"], leading_em=1.6),
    "subheading": TextStyle("Kai", SIZES_PT["小四"], leading_em=1.6),
    "label": TextStyle("Hei", SIZES_PT["小四"], align="centre"),
    "value": TextStyle("Song", SIZES_PT["小四"]),
    "paragraph": TextStyle("Song", SIZES_PT["小四"], leading_em=1.6, align="justify", indent_em=2.0),
    "note": TextStyle("Song", SIZES_PT["小四"], leading_em=1.6),
    "field_label": TextStyle("Hei", SIZES_PT["五号"], leading_em=1.4),
    "field_value": TextStyle("Song", SIZES_PT["五号"], leading_em=1.4),
    "column_head": TextStyle("Hei", SIZES_PT["五号"], leading_em=1.4, align="centre"),
    "caption": TextStyle("Song", SIZES_PT["小五"], leading_em=1.4, align="centre"),
    "stamp": TextStyle("Hei", SIZES_PT["六号"], leading_em=1.5),
    "figure": TextStyle("SongBold", SIZES_PT["小二"], leading_em=1.3, align="centre"),
    "bar_label": TextStyle("Song", SIZES_PT["五号"], leading_em=1.2, align="right"),
    "bar_value": TextStyle("Song", SIZES_PT["五号"], leading_em=1.2),
    "small": TextStyle("Song", SIZES_PT["小五"], leading_em=1.4, grey=0.3),
    "page_number": TextStyle("Song", SIZES_PT["四号"]),
    "footer": TextStyle("Song", SIZES_PT["五号"], align="centre"),
    "mark": TextStyle("Hei", SIZES_PT["三号"], align="centre"),
}
