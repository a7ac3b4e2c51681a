"""Strips and pages: a report is a column of strips, and pages are filled with them from top to bottom.

A strip is as wide as the type area and knows its height. `keep_next` ties it to the strip below (a heading to
its first row), `header` is drawn again when a page begins with this strip (the head of a table).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from app.reports.document import Pen
from app.reports.lines import Line, break_lines
from app.reports.styles import HAIRLINE_PT, MM, TextStyle

PAD_X_PT: Final = 1.5 * MM
PAD_Y_PT: Final = 1.2 * MM
LABEL_TINT: Final = 0.95
MOVED_WHOLE_PT: Final = 36 * MM  # text higher than this goes on over a page's end instead of leaving it empty
SMALLEST_PART_LINES: Final = 3
SMALLEST_PART_PT: Final = 18 * MM  # so much of a divisible strip must follow its heading on the same page


class Strip(Protocol):
    """One piece of a page's height."""

    @property
    def height_pt(self) -> float: ...
    @property
    def space_before_pt(self) -> float: ...
    @property
    def keep_next(self) -> bool: ...
    @property
    def header(self) -> Strip | None: ...
    @property
    def tied_pt(self) -> float:
        """The least height of it that must follow a heading on the same page."""

    def draw(self, pen: Pen, x: float, top: float) -> None:
        """Draws it with its upper left corner there."""

    def split(self, room_pt: float) -> tuple[Strip, Strip] | None:
        """A part at most that high and the rest, or None if it cannot be divided there."""


@dataclass(frozen=True)
class TextStrip:
    """Lines of text over the whole width."""

    lines: tuple[Line, ...]
    style: TextStyle
    width_pt: float
    space_before_pt: float = 0.0
    keep_next: bool = False
    header: Strip | None = None
    outline: int = 0
    """Its level in the outline of the file, 0 for none."""

    @property
    def text(self) -> str:
        """What it says, without its breaks."""
        return "".join(piece.text for line in self.lines for piece in line.pieces)

    @property
    def height_pt(self) -> float:
        return len(self.lines) * self.style.leading_pt

    @property
    def tied_pt(self) -> float:
        return _tied_text_pt(self.height_pt)

    def draw(self, pen: Pen, x: float, top: float) -> None:
        pen.lines(self.lines, self.style, x, top, self.width_pt)

    def split(self, room_pt: float) -> tuple[Strip, Strip] | None:
        count = int(room_pt / self.style.leading_pt)
        count = min(count, len(self.lines) - SMALLEST_PART_LINES)
        if self.height_pt <= MOVED_WHOLE_PT or count < SMALLEST_PART_LINES:
            return None
        return (
            replace(self, lines=self.lines[:count], keep_next=False),
            replace(self, lines=self.lines[count:], space_before_pt=0.0),
        )


@dataclass(frozen=True)
class Cell:
    """One cell of a row: its width with padding and its lines. A label is tinted, and repeated if divided."""

    width_pt: float
    lines: tuple[Line, ...]
    style: TextStyle
    label: bool = False

    @property
    def height_pt(self) -> float:
        return len(self.lines) * self.style.leading_pt + 2 * PAD_Y_PT


@dataclass(frozen=True)
class RowStrip:
    """A row of a ruled table. Rows touch, so that their rules meet."""

    cells: tuple[Cell, ...]
    space_before_pt: float = 0.0
    keep_next: bool = False
    header: Strip | None = None

    @property
    def height_pt(self) -> float:
        least = max(cell.style.leading_pt for cell in self.cells) + 2 * PAD_Y_PT
        return max(least, *(cell.height_pt for cell in self.cells))

    @property
    def tied_pt(self) -> float:
        return _tied_text_pt(self.height_pt)

    def draw(self, pen: Pen, x: float, top: float) -> None:
        height = self.height_pt
        for cell in self.cells:
            if cell.label:
                pen.tint(x, top, cell.width_pt, height, LABEL_TINT)
            pen.frame(x, top, cell.width_pt, height, HAIRLINE_PT)
            inner = top + (height - cell.height_pt) / 2 + PAD_Y_PT
            pen.lines(cell.lines, cell.style, x + PAD_X_PT, inner, cell.width_pt - 2 * PAD_X_PT)
            x += cell.width_pt

    def split(self, room_pt: float) -> tuple[Strip, Strip] | None:
        longest = max(len(cell.lines) for cell in self.cells)
        leading = max(cell.style.leading_pt for cell in self.cells)
        count = min(int((room_pt - 2 * PAD_Y_PT) / leading), longest - SMALLEST_PART_LINES)
        if self.height_pt <= MOVED_WHOLE_PT or count < SMALLEST_PART_LINES:
            return None
        first = (replace(cell, lines=cell.lines[:count]) for cell in self.cells)
        rest = (
            cell if cell.label and len(cell.lines) <= count else replace(cell, lines=cell.lines[count:])
            for cell in self.cells
        )
        return (
            replace(self, cells=tuple(first), keep_next=False),
            replace(self, cells=tuple(rest), space_before_pt=0.0),
        )


@dataclass(frozen=True)
class PhotoBox:
    """A picture with its caption. `data` reads the prepared JPEG; without it `absent` stands in the frame.

    `stamp` is written on the picture itself.
    """

    caption: tuple[Line, ...]
    data: Callable[[], bytes | None]
    absent: tuple[Line, ...]
    stamp: str = ""


@dataclass(frozen=True)
class PhotoStrip:
    """Photos side by side, each with its caption below: they never part."""

    boxes: tuple[PhotoBox, ...]
    box_width_pt: float
    box_height_pt: float
    gap_pt: float
    style: TextStyle
    space_before_pt: float = 0.0
    keep_next: bool = False
    header: Strip | None = None

    @property
    def height_pt(self) -> float:
        captions = max(len(box.caption) for box in self.boxes) * self.style.leading_pt
        return self.box_height_pt + 1.5 * MM + captions

    @property
    def tied_pt(self) -> float:
        return self.height_pt

    def draw(self, pen: Pen, x: float, top: float) -> None:
        for box in self.boxes:
            data = box.data()
            if data is None:
                pen.frame(x, top, self.box_width_pt, self.box_height_pt, HAIRLINE_PT, 0.5)
                middle = top + (self.box_height_pt - len(box.absent) * self.style.leading_pt) / 2
                pen.lines(box.absent, self.style, x, middle, self.box_width_pt)
            else:
                pen.photo(data, x, top, self.box_width_pt, self.box_height_pt, box.stamp)
            below = top + self.box_height_pt + 1.5 * MM
            pen.lines(box.caption, self.style, x, below, self.box_width_pt)
            x += self.box_width_pt + self.gap_pt

    def split(self, room_pt: float) -> tuple[Strip, Strip] | None:  # noqa: ARG002 - photo and caption stay
        return None


def _tied_text_pt(height_pt: float) -> float:
    return height_pt if height_pt <= MOVED_WHOLE_PT else SMALLEST_PART_PT


@dataclass
class Column:
    """The strips of one page, each with its distance from the top of the type area."""

    placed: list[tuple[Strip, float]] = field(default_factory=list)
    used_pt: float = 0.0

    def put(self, strip: Strip) -> None:
        top = self.used_pt + (strip.space_before_pt if self.placed else 0.0)
        self.placed.append((strip, top))
        self.used_pt = top + strip.height_pt

    def draw(self, pen: Pen, x: float, top: float) -> None:
        for strip, below in self.placed:
            strip.draw(pen, x, top + below)
            if isinstance(strip, TextStrip) and strip.outline:
                pen.outline(strip.text, strip.outline, top + below)


def text_strip(
    text: str, style: TextStyle, width_pt: float, *, space_before_pt: float = 0.0, keep_next: bool = False
) -> TextStrip:
    """A text broken into lines of that width."""
    lines = break_lines(text, style.face, width_pt / style.size_pt, indent_em=style.indent_em)
    return TextStrip(tuple(lines), style, width_pt, space_before_pt, keep_next)


def text_cell(text: str, style: TextStyle, width_pt: float, *, label: bool = False) -> Cell:
    """A cell with a text broken into lines between its paddings."""
    lines = break_lines(text, style.face, (width_pt - 2 * PAD_X_PT) / style.size_pt)
    return Cell(width_pt, tuple(lines), style, label)


def fill_columns(strips: Sequence[Strip], height_pt: float) -> list[Column]:
    """The pages that these strips make: nothing is cut, no heading ends a page, table heads are repeated."""
    columns = [Column()]
    waiting = list(reversed(strips))
    while waiting:
        strip = waiting.pop()
        column = columns[-1]
        if not column.placed and strip.header is not None:
            column.put(strip.header)
        room = height_pt - column.used_pt - (strip.space_before_pt if column.placed else 0.0)
        if strip.height_pt + _tied_height(strip, waiting) <= room:
            column.put(strip)
            continue
        parts = strip.split(room)
        if parts is not None:
            column.put(parts[0])
            waiting.append(parts[1])
        elif _movable(column, strip):
            waiting.append(strip)
        else:
            column.put(strip)
            continue
        columns.append(Column())
    return columns


def _movable(column: Column, strip: Strip) -> bool:
    """Whether the strip would stand better at the top of another page."""
    return any(placed is not strip.header for placed, _ in column.placed)


def _tied_height(strip: Strip, waiting: Sequence[Strip]) -> float:
    """The height of what must stand on the same page below a strip."""
    height, place = 0.0, len(waiting) - 1
    while strip.keep_next and place >= 0:
        strip = waiting[place]
        height += strip.space_before_pt + strip.tied_pt
        place -= 1
    return height
