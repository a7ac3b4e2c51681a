"""What working papers are set from: headings, ruled tables, photos two a row, as wide as the type area."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from app.reports.lines import Line, break_lines, text_width_em
from app.reports.record_content import Photo
from app.reports.strips import (
    PAD_X_PT,
    PhotoBox,
    PhotoStrip,
    RowStrip,
    Strip,
    TextStrip,
    text_cell,
    text_strip,
)
from app.reports.styles import MM, STYLES, TYPE_WIDTH_MM, TextStyle

WIDTH_PT: Final = TYPE_WIDTH_MM * MM
KEPT_WHOLE_PT: Final = 45 * MM
MOST_CAPTION_LINES: Final = 5
PHOTO_GAP_PT: Final = 6 * MM
PHOTO_WIDTH_PT: Final = (WIDTH_PT - PHOTO_GAP_PT) / 2
PHOTO_HEIGHT_PT: Final = PHOTO_WIDTH_PT * 3 / 4
WIDEST_COLUMN_EM: Final = 16.0
FEW_COLUMNS: Final = 4
SHORT_HEAD_EM: Final = 3.0

PhotoReader = Callable[[tuple[str, ...]], bytes | None]


def heading_strip(level: int, text: str) -> TextStrip:
    """A heading; the space above tells its level, and the file's outline has it."""
    style = STYLES["heading" if level == 1 else "subheading"]
    space = 5 * MM if level == 1 else 3 * MM
    strip = text_strip(text, style, WIDTH_PT, space_before_pt=space, keep_next=True)
    return replace(strip, outline=level)


def block(rows: Sequence[RowStrip], space_pt: float) -> list[RowStrip]:
    """Rows as one block: a small one stays whole, of a large one no row stands alone at a page's end."""
    small = sum(row.height_pt for row in rows) <= KEPT_WHOLE_PT
    last = len(rows) - 1
    tied = [small or number in {0, last - 1} or row.keep_next for number, row in enumerate(rows)]
    return [
        replace(row, space_before_pt=0.0 if number else space_pt, keep_next=tie and number < last)
        for number, (row, tie) in enumerate(zip(rows, tied, strict=True))
    ]


def table_rows(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: frozenset[int] = frozenset(),
    *,
    total: bool = False,
) -> list[RowStrip]:
    """A head and its rows; the head is repeated on every page.

    Columns in `right` are numbers, set to the right; `total`: the last row is a sum and stands out.
    """
    widths = column_widths(heads, rows, right)
    head = RowStrip(
        tuple(
            text_cell(text, STYLES["column_head"], width, label=True)
            for text, width in zip(heads, widths, strict=True)
        ),
        keep_next=True,
    )
    body = []
    for number, row in enumerate(rows, 1):
        sums = total and number == len(rows)
        cells = (
            text_cell(text, _cell_style(column in right, sums=sums), width, label=sums)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        body.append(RowStrip(tuple(cells), header=head))
    return [head, *body]


def _cell_style(right: bool, *, sums: bool) -> TextStyle:
    style = STYLES["field_label" if sums else "field_value"]
    return replace(style, align="right") if right else style


def column_widths(heads: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int]) -> list[float]:
    """Widths that share the page after what stands in the columns.

    A long text asks for 16 em at most, among few columns for twice that; the head of numbers may take two
    lines, so that names need not.
    """
    style = STYLES["field_value"]
    most_em = WIDEST_COLUMN_EM * (2 if len(heads) <= FEW_COLUMNS else 1)
    wanted = []
    for column, (head, *texts) in enumerate(zip(heads, *rows, strict=True)):
        head_em = text_width_em(head, style.face)
        if column in right:
            words = (text_width_em(word, style.face) for word in re.findall("[!-~]+", head))
            head_em = max(head_em / 2, min(head_em, SHORT_HEAD_EM), *words)
        widest = max([head_em, *(text_width_em(text, style.face) for text in texts)])
        wanted.append(min(widest, most_em) * style.size_pt + 2 * PAD_X_PT)
    return _shared(wanted)


def _shared(wanted: Sequence[float]) -> list[float]:
    """The width of the page in these proportions; where it is too narrow, only wide columns lose."""
    fair = WIDTH_PT / len(wanted)
    kept = [width if sum(wanted) > WIDTH_PT and width <= fair else 0.0 for width in wanted]
    left = sum(width for width, own in zip(wanted, kept, strict=True) if not own)
    scale = (WIDTH_PT - sum(kept)) / left if left else 1.0
    return [own or width * scale for width, own in zip(wanted, kept, strict=True)]


def photo_rows(photos: Sequence[Photo], read_photo: PhotoReader, *, space_pt: float = 4 * MM) -> list[Strip]:
    """Photos two by two. A caption longer than a few lines stands whole below its pair."""
    style = STYLES["caption"]
    strips: list[Strip] = []
    for start in range(0, len(photos), 2):
        pair = photos[start : start + 2]
        boxes = tuple(_photo_box(photo, style, read_photo) for photo in pair)
        strips.append(PhotoStrip(boxes, PHOTO_WIDTH_PT, PHOTO_HEIGHT_PT, PHOTO_GAP_PT, style, space_pt))
        strips += [
            text_strip(photo.caption, STYLES["small"], WIDTH_PT, space_before_pt=2 * MM)
            for photo in pair
            if len(_caption(photo, style)) > MOST_CAPTION_LINES
        ]
    return strips


def _photo_box(photo: Photo, style: TextStyle, read_photo: PhotoReader) -> PhotoBox:
    absent = break_lines(photo.reason, style.face, PHOTO_WIDTH_PT / style.size_pt)
    return PhotoBox(
        tuple(_caption(photo, style)[:MOST_CAPTION_LINES]),
        partial(_photo_data, photo.digests, read_photo),
        tuple(absent),
        photo.stamp,
    )


def _caption(photo: Photo, style: TextStyle) -> list[Line]:
    return break_lines(photo.caption, style.face, PHOTO_WIDTH_PT / style.size_pt)


def _photo_data(digests: tuple[str, ...], read_photo: PhotoReader) -> bytes | None:
    return read_photo(digests) if digests else None
