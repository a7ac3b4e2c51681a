"""A repeat on screen: its rows as cards, or as a table, with "add", "remove", "up" and "down"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.field_box import FieldBox
from app.ui.forms.label_media import PlaceMedia, has_media
from app.ui.forms.pages import CARDS_SHOWN, Pages
from app.ui.forms.repeat_grid import RepeatGrid, grid_questions
from app.ui.look import Look
from app.ui.widgets.card import button, named_label
from core.forms.model.items import Repeat


class RowGrid(Protocol):
    """The questions of one row."""

    def retire(self) -> None: ...


class RepeatBox(QWidget):
    """Cards at first; `show_table` sets the same rows out as a table, where every question fits a cell.

    Many rows are a table from the beginning, or cards of which one turns the pages.
    """

    def __init__(
        self,
        look: Look,
        binding: FormBinding,
        path: str,
        repeat: Repeat,
        make_grid: Callable[[str, QWidget], QWidget],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._look, self._binding, self._make_grid = look, binding, make_grid
        self.path, self._repeat = path, repeat
        self.rows: dict[str, QFrame] = {}
        self._grids: dict[str, RowGrid] = {}
        self.table: RepeatGrid | None = None
        self._first = 0
        self._title = repeat.text.plain(binding.language).rstrip("：: ")
        self._own_rows = repeat.own_rows
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        self._lay_out()
        binding.rows_changed.connect(self._follow)
        binding.refreshed.connect(self._follow)
        many = len(binding.session.rows(path)) > CARDS_SHOWN and len(grid_questions(repeat)) > 1
        if path in binding.tables or many:
            self.show_table(on=True)
        else:
            self._follow(path)

    @property
    def wanted(self) -> bool:
        """Whether the repeat is relevant."""
        return self._binding.session.relevant(self.path)

    def add(self) -> None:
        """One row more, with the person in its first question."""
        row = self._binding.add_row(self.path)
        if self.table is not None:
            self.table.edit_row(row)
            return
        self.reveal(row)
        for box in self.rows[row].findChildren(FieldBox)[:1]:
            QTimer.singleShot(0, box, box.set_focus)

    def reveal(self, path: str) -> None:
        """Turn to the page of cards on which a row, or a question of it, stands; select it in a table."""
        rows = self._binding.session.rows(self.path)
        at = next((at for at, row in enumerate(rows) if path == row or path.startswith(f"{row}/")), None)
        if at is None:
            return
        if self.table is not None:
            self.table.select_row(rows[at])
        elif not self._first <= at < self._first + CARDS_SHOWN:
            self._turn_to(at - at % CARDS_SHOWN)

    def _turn_to(self, first: int) -> None:
        self._binding.flush_wanted.emit()
        self._first = first
        self._follow()

    def show_table(self, *, on: bool) -> None:
        """The rows as a table, or as cards again."""
        if on == (self.table is not None):
            return
        self._binding.flush_wanted.emit()
        (self._binding.tables.add if on else self._binding.tables.discard)(self.path)
        if on:
            self._take_cards_away()
            self.table = RepeatGrid(self._look, self._binding, self.path, self._repeat, self)
            self._column.addWidget(self.table)
        elif self.table is not None:
            self.table.retire()
            self._column.removeWidget(self.table)
            self.table.hide()
            self.table.deleteLater()
            self.table = None
        self.table_button.setChecked(on)
        self._follow()

    def retire(self) -> None:
        """The row it stands in is gone."""
        self._binding.rows_changed.disconnect(self._follow)
        self._binding.refreshed.disconnect(self._follow)
        if self._media is not None:
            self._media.retire()
        if self.table is not None:
            self.table.retire()
        for grid in self._grids.values():
            grid.retire()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        self.heading = named_label("subsection", self._title)
        self.add_button = button(self._look, tr("form.add_row", title=self._title), "plus", "flat")
        self.add_button.clicked.connect(self.add)
        self.table_button = button(self._look, tr("form.as_table"), "table-2", "flat")
        self.table_button.setCheckable(True)
        self.table_button.setAccessibleName(tr("form.as_table_of", title=self._title))
        self.table_button.toggled.connect(lambda on: self.show_table(on=on))
        column.addWidget(self.heading)
        self._media: PlaceMedia | None = None
        if has_media(self._repeat.text):
            self._media = PlaceMedia(self._look, self._binding, self.path, self)
            column.addWidget(self._media)
        column.addLayout(self._column)
        self.pages = Pages(self._look, self)
        self.pages.wanted.connect(self._turn_to)
        column.addWidget(self.pages)
        below = QHBoxLayout()
        below.addWidget(self.add_button)
        below.addStretch(1)
        below.addWidget(self.table_button)
        column.addLayout(below)
        self.told = named_label("hint", wrap=True)
        column.addWidget(self.told)
        self.told.hide()
        self.add_button.setVisible(self._own_rows)
        self.table_button.setVisible(len(grid_questions(self._repeat)) > 1)

    def _follow(self, path: str = "") -> None:
        if path not in {"", self.path} or not self.wanted:
            return
        self._tell()
        rows = self._binding.session.rows(self.path)
        self._first = min(self._first, max(0, len(rows) - 1) // CARDS_SHOWN * CARDS_SHOWN)
        self.pages.show_page(self._first, len(rows) if self.table is None else 0)
        if self.table is not None:
            return
        wanted = rows[self._first : self._first + CARDS_SHOWN]
        for gone in [row for row in self.rows if row not in wanted]:
            self._take_card(gone)
        for at, row in enumerate(wanted):
            if row not in self.rows:
                self.rows[row] = self._row_frame(row)
            if self._column.indexOf(self.rows[row]) != at:
                self._column.removeWidget(self.rows[row])
                self._column.insertWidget(at, self.rows[row])
        for at, row in enumerate(wanted):
            self._number(row, self._first + at, len(rows))

    def _tell(self) -> None:
        """Who says how many rows there are, and what is kept beyond them."""
        surplus = self._binding.session.surplus_rows(self.path)
        told = [] if self._own_rows else [tr("widgets.counted_rows")]
        told += [tr("widgets.surplus", count=surplus)] if surplus else []
        self.told.setText("\n".join(told))
        self.told.setVisible(bool(told))

    def _number(self, row: str, at: int, rows: int) -> None:
        frame = self.rows[row]
        number = frame.findChild(QLabel, "subsection")
        assert number is not None
        title = self._binding.session.label(row, self._binding.language)
        number.setText(tr("form.row", title=title, number=at + 1))
        for name, there in (("up", at > 0), ("down", at < rows - 1)):
            for made in frame.findChildren(QWidget, f"row_{name}"):
                made.setEnabled(there)
                made.setVisible(rows > 1 and self._own_rows)

    def _take_card(self, row: str) -> None:
        frame = self.rows.pop(row)
        self._grids.pop(row).retire()
        self._column.removeWidget(frame)
        frame.hide()
        frame.deleteLater()

    def _take_cards_away(self) -> None:
        for row in list(self.rows):
            self._take_card(row)

    def _row_frame(self, row: str) -> QFrame:
        frame = QFrame(self)
        frame.setObjectName("row")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        heading = QHBoxLayout()
        heading.addWidget(named_label("subsection"))
        heading.addStretch(1)
        for name, icon, step in (("up", "arrow-up", -1), ("down", "arrow-down", 1)):
            move = button(self._look, "", icon, "flat")
            move.setObjectName(f"row_{name}")
            move.setToolTip(tr(f"form.row_{name}"))
            move.setAccessibleName(tr(f"form.row_{name}"))
            move.clicked.connect(lambda _=False, step=step: self._binding.step_row(self.path, row, step))
            heading.addWidget(move)
        remove = button(self._look, tr("form.remove_row"), "trash-2", "flat")
        remove.clicked.connect(lambda: self._binding.remove_row(self.path, row))
        heading.addWidget(remove)
        column.addLayout(heading)
        remove.setVisible(self._own_rows)
        grid = self._make_grid(row, frame)
        self._grids[row] = grid  # type: ignore[assignment]  # a widget that is a RowGrid
        column.addWidget(grid)
        return frame
