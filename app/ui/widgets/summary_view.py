"""The numbers of a summary on the screen, section by section as they stand on paper."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.look import Look
from app.ui.tokens import GAP
from app.ui.widgets.card import Card, clear_layout, named_label
from app.ui.widgets.row_table import read_by_rows
from app.usecases.summary import (
    BarChart,
    Head,
    KeyFigures,
    Paragraphs,
    PhotoPairs,
    Section,
    SummaryContent,
    SummaryTable,
)

CELLS_A_ROW = 4
ROW_PX, MOST_ROWS = 30, 12
BAR_ROW_PX, BAR_PX, LABEL_PX, VALUE_PX = 26, 12, 150, 130
CODE = int(Qt.ItemDataRole.UserRole) + 1


class SummaryView(QWidget):
    """All sections one below the other; `village_chosen` carries the code of a missing village."""

    village_chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("pageBody")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look = look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 4, GAP)
        self._column.setSpacing(GAP)
        self.missing = QListWidget()

    def show_content(self, content: SummaryContent) -> None:
        """Show this in place of what was shown."""
        clear_layout(self._column)
        for section in content.sections:
            card = self._card(section, content)
            if card is not None:
                self._column.addWidget(card)
        self._column.addStretch(1)

    def _card(self, section: Section, content: SummaryContent) -> Card | None:
        match section:
            case Head():
                return self._head(section)
            case KeyFigures():
                return self._figures(section)
            case SummaryTable() if section.lists_missing:
                return self._missing(section, content)
            case SummaryTable():
                return _titled(section.title, section.form, _table(section), section.note)
            case BarChart():
                return _titled(section.title, "", _Bars(self._look, section), section.note)
            case PhotoPairs():
                words = tr("summary_page.pairs", count=len(section.pairs))
                return _titled(section.title, "", named_label("muted", words))
            case Paragraphs():
                return _titled(section.title, "", named_label("", "\n".join(section.texts), wrap=True))

    def _head(self, head: Head) -> Card:
        card = Card(f"{head.place}　{head.title}")
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, (name, text) in enumerate(head.lines):
            grid.addWidget(named_label("muted", name), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(named_label("", text, wrap=True, selectable=True), row, 1)
        card.body.addLayout(grid)
        return card

    def _figures(self, section: KeyFigures) -> Card:
        card = Card(section.title)
        grid = QGridLayout()
        grid.setSpacing(GAP)
        for place, cell in enumerate(section.cells):
            box = QFrame()
            box.setObjectName("figureCell")
            inside = QVBoxLayout(box)
            inside.setContentsMargins(12, 8, 12, 8)
            inside.setSpacing(0)
            number = named_label("figureNumber", f"{cell.value} {cell.unit}".strip(), selectable=True)
            number.setAccessibleName(f"{cell.label} {cell.value} {cell.unit}".strip())
            inside.addWidget(number)
            inside.addWidget(named_label("muted", cell.label))
            grid.addWidget(box, place // CELLS_A_ROW, place % CELLS_A_ROW)
        for column in range(CELLS_A_ROW):
            grid.setColumnStretch(column, 1)
        card.body.addLayout(grid)
        return card

    def _missing(self, section: SummaryTable, content: SummaryContent) -> Card:
        """The villages one can go to: clicked, or Enter on one."""
        self.missing = QListWidget()
        self.missing.setObjectName("missing")
        self.missing.setAccessibleName(section.title)
        self.missing.setFlow(QListWidget.Flow.LeftToRight)
        self.missing.setWrapping(True)
        self.missing.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.missing.setSpacing(3)
        self.missing.setFixedHeight(ROW_PX * min(MOST_ROWS, 2 + len(content.missing) // 5))
        for village in content.missing:
            item = QListWidgetItem(village.name)
            item.setData(CODE, village.code)
            self.missing.addItem(item)
        self.missing.itemClicked.connect(self._go)
        self.missing.itemActivated.connect(self._go)
        title = tr("summary_page.missing", count=len(content.missing))
        return _titled(title, "", self.missing, tr("summary_page.missing_hint"))

    def _go(self, item: QListWidgetItem) -> None:
        self.village_chosen.emit(item.data(CODE))


class _Bars(QWidget):
    """Bars as on paper: the whole quiet, the part in the colour of the theme."""

    def __init__(self, look: Look, chart: BarChart) -> None:
        super().__init__()
        self._tokens, self._bars = look.tokens, chart.bars
        self.setMinimumHeight(BAR_ROW_PX * len(chart.bars))
        self.setAccessibleName("; ".join(f"{bar.label} {bar.shown}" for bar in chart.bars))

    def sizeHint(self) -> QSize:
        return QSize(600, BAR_ROW_PX * len(self._bars))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = max(40, self.width() - LABEL_PX - VALUE_PX)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        for row, bar in enumerate(self._bars):
            top = row * BAR_ROW_PX
            painter.setPen(QColor(self._tokens.text))
            name = painter.fontMetrics().elidedText(bar.label, Qt.TextElideMode.ElideRight, LABEL_PX - 12)
            right = middle | int(Qt.AlignmentFlag.AlignRight)
            painter.drawText(0, top, LABEL_PX - 12, BAR_ROW_PX, right, name)
            painter.drawText(LABEL_PX + field + 10, top, VALUE_PX - 10, BAR_ROW_PX, middle, bar.shown)
            painter.setPen(Qt.PenStyle.NoPen)
            whole = QRectF(LABEL_PX, top + (BAR_ROW_PX - BAR_PX) / 2, field, BAR_PX)
            painter.setBrush(QColor(self._tokens.quiet_soft))
            painter.drawRoundedRect(whole, 3, 3)
            part = float(bar.value / bar.whole) if bar.whole else 0.0
            if part > 0:
                whole.setWidth(max(3.0, field * min(1.0, part)))
                painter.setBrush(QColor(self._tokens.accent))
                painter.drawRoundedRect(whole, 3, 3)


def _titled(title: str, form: str, body: QWidget, note: str = "") -> Card:
    card = Card(f"{title}　{form}" if form else title)
    card.body.addWidget(body)
    if note:
        card.body.addWidget(named_label("muted", note, wrap=True))
    return card


def _table(section: SummaryTable) -> QTableWidget:
    """Rows as they stand on paper; a long table scrolls in itself."""
    table = QTableWidget(len(section.rows), len(section.heads))
    table.setAccessibleName(section.title)
    table.setHorizontalHeaderLabels(list(section.heads))
    read_by_rows(table, ROW_PX)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    wide = len(section.heads) - 1 if len(section.heads) - 1 not in section.right else 0
    header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
    for column in range(len(section.heads)):
        table.horizontalHeaderItem(column).setTextAlignment(_side(section, column))
    for row, texts in enumerate(section.rows):
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            item.setTextAlignment(_side(section, column))
            if section.total and row == len(section.rows) - 1:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            table.setItem(row, column, item)
    table.setFixedHeight(ROW_PX * (min(len(section.rows), MOST_ROWS) + 1) + 12)
    return table


def _side(section: SummaryTable, column: int) -> Qt.AlignmentFlag:
    """Numbers stand on the right, under their heads."""
    side = Qt.AlignmentFlag.AlignRight if column in section.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
