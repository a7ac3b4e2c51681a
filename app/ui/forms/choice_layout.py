"""How the choices of a question stand: in a flow, in equal columns, or as one line of a grid."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QWidget

from app.ui.widgets.wrapping_layout import WrappingLayout

_COLUMNS = re.compile(r"(?:columns|compact|quickcompact|horizontal)-(\d{1,2})")
_EQUAL = frozenset({"columns", "horizontal"})
_IN_A_LINE = {"likert": "line", "list": "line", "label": "header", "list-nolabel": "bare"}


class Arrangement(NamedTuple):
    """`line`: one line under the words of the choices; `header`: these words alone; `bare`: without them.

    `columns` are as many as the author wants, 0 for as many as fit.
    """

    kind: Literal["flow", "columns", "line", "header", "bare"]
    columns: int = 0

    @property
    def in_line(self) -> bool:
        """Whether it is a line of a grid."""
        return self.kind in ("line", "header", "bare")


FLOW = Arrangement("flow")


def arrangement_of(appearance: str) -> Arrangement | None:
    """What the author says of how choices stand; None if nothing."""
    for word in appearance.split():
        if word in _IN_A_LINE:
            return Arrangement(_IN_A_LINE[word])  # type: ignore[arg-type]  # the kinds of a line
        if (counted := _COLUMNS.fullmatch(word)) and int(counted[1]):
            return Arrangement("columns", int(counted[1]))
        if word in _EQUAL:
            return Arrangement("columns")
        if word in ("columns-pack", "horizontal-compact", "compact", "quickcompact", "columns-flex"):
            return FLOW
    return None


class EqualColumns(WrappingLayout):
    """Columns of one width, filled line by line; 0 columns are as many as the widest item lets."""

    def __init__(self, columns: int, *, centred: bool = False, gap: int = 12, line_gap: int = 2) -> None:
        super().__init__(None, gap, line_gap)
        self._columns = columns
        self._centred = centred

    def set_columns(self, columns: int) -> None:
        """So many columns from now on."""
        self._columns = columns
        self.invalidate()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(400))

    def minimumSize(self) -> QSize:
        return QSize(40, 0)

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def arrange(self, area: QRect, *, apply: bool) -> int:
        shown = [item for item in self._items if not item.isEmpty()]
        columns = self._columns or self._that_fit(area.width())
        step = (area.width() + self._gap) / columns
        y = 0
        for start in range(0, len(shown), columns):
            line = shown[start : start + columns]
            widths = [round((at + 1) * step) - round(at * step) - self._gap for at in range(len(line))]
            heights = [
                item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
                for item, width in zip(line, widths, strict=True)
            ]
            for at, (item, width) in enumerate(zip(line, widths, strict=True)):
                taken = min(width, item.sizeHint().width()) if self._centred else width
                left = area.x() + round(at * step) + (width - taken) // 2
                if apply:
                    item.setGeometry(QRect(left, area.y() + y, max(taken, 1), max(heights)))
            y += max(heights) + self._line_gap
        return max(0, y - self._line_gap)

    def _that_fit(self, width: int) -> int:
        widest = max((item.sizeHint().width() for item in self._items if not item.isEmpty()), default=1)
        return max(1, (width + self._gap) // (widest + self._gap))


def in_columns(parent: QWidget, columns: int, *, centred: bool = False) -> EqualColumns:
    """Equal columns that lay out `parent`."""
    layout = EqualColumns(columns, centred=centred)
    parent.setLayout(layout)
    return layout
