"""A repeat of photos as a grid, with the other questions of the chosen photo under it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.form_parts import image_in
from app.ui.forms.grid import Grid
from app.ui.look import Look
from app.ui.models.photo_model import PhotoItem, PhotoModel
from app.ui.widgets.card import Card, button, named_label
from app.ui.widgets.photo_grid import PhotoGrid
from app.ui.widgets.photo_inlet import PhotoInlet, Source
from core.forms.filling.session import NodeView
from core.forms.model.items import Question, Repeat
from core.values import photo_digests


class PhotoPanel(Card):
    """The photos of one repeat, which may be dropped or pasted here; `cancelled` stops the attaching."""

    cancelled = Signal()

    def __init__(
        self,
        look: Look,
        binding: FormBinding,
        view: NodeView,
        parent: QWidget,
    ) -> None:
        assert isinstance(view.node, Repeat)
        super().__init__(" ", parent)
        self._look, self._binding = look, binding
        self.path, self._repeat = view.path, view.node
        self._image = image_in(view.node).step
        self.model = PhotoModel(self)
        self.grid = PhotoGrid(look, self.model)
        self.grid.opened.connect(binding.photo_opened)
        self.grid.moved.connect(partial(binding.move_row, self.path))
        self.model.thumbnail_wanted.connect(lambda digest: binding.thumbnail_wanted.emit(digest, self.model))
        self._inlet = PhotoInlet(self)
        self._inlet.given.connect(self.give)
        self.grid.chosen.connect(self._show_details)
        self._remove = button(look, "", "trash-2", "flat")
        self._remove.setToolTip(tr("photos.remove"))
        self._remove.setAccessibleName(tr("photos.remove"))
        self._remove.clicked.connect(self.remove_chosen)
        self.heading.addWidget(self._remove)
        self._hint = named_label("hint", tr("photos.drop_here"), wrap=True)
        self._details = QWidget()
        self._details_column = QVBoxLayout(self._details)
        self._details_column.setContentsMargins(0, 4, 0, 0)
        self.body.addWidget(self.grid)
        self.body.addWidget(self._hint)
        self.body.addWidget(self._details)
        self.body.addLayout(self._progress_row())
        self.add_button = button(look, tr("photos.add"), "image-plus")
        self.add_button.clicked.connect(self.choose_files)
        self.body.addWidget(self.add_button)
        self._shown_row = ""
        self._details_grid: Grid | None = None
        binding.rows_changed.connect(self._follow_rows)
        binding.refreshed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the rows as the session has them."""
        session = self._binding.session
        self.setVisible(session.relevant(self.path))
        rows = session.rows(self.path)
        self.model.show_items([self._item(row) for row in rows])
        self.title.setText(
            tr("photos.title", title=session.label(self.path, self._binding.language), count=len(rows))
        )
        self._hint.setVisible(not rows)
        self.grid.setVisible(bool(rows))
        if self._shown_row and self._shown_row not in rows:
            self._show_details(None)
        self._remove.setVisible(bool(self._shown_row))

    def choose_files(self) -> None:
        """Ask for photos with the system's dialog."""
        self._binding.photos_asked.emit(self.path, True)

    def give(self, sources: list[Source]) -> None:
        """Attach these files or pictures here."""
        self._binding.photos_given.emit(self.path, sources)

    def remove_chosen(self) -> None:
        """Take the chosen photos out of the record; their files stay in its history."""
        for item in self.grid.chosen_items():
            self._binding.remove_row(self.path, item.row_path)

    def show_progress(self, done: int, total: int) -> None:
        """How far attaching is; `total` 0 hides it."""
        self._bar.setVisible(total > 0)
        self._stop.setVisible(total > 0)
        self.add_button.setEnabled(total == 0)
        self._bar.setMaximum(max(1, total))
        self._bar.setValue(done)
        self._bar.setFormat(tr("photos.attaching", done=done, total=total))

    def choose(self, at: int) -> None:
        """Choose the photo at this place."""
        self.grid.setCurrentIndex(self.model.index(at))

    def _item(self, row: str) -> PhotoItem:
        session, lang = self._binding.session, self._binding.language
        digest = next(photo_digests(session.value(f"{row}/{self._image}")), "")
        texts = [
            session.shown(f"{row}/{one.step}", lang)
            for one in self._repeat.children
            if isinstance(one, Question) and one.kind in {"select_one", "string"} and one.asked
        ]
        return PhotoItem(row, digest, " · ".join(text for text in texts if text))

    def _show_details(self, item: PhotoItem | None) -> None:
        row = item.row_path if item is not None else ""
        if row == self._shown_row:
            return
        self._shown_row = row
        if self._details_grid is not None:
            self._details_grid.retire()
            self._details_grid = None
        while (old := self._details_column.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
        if row:
            grid = Grid(self._look, self._binding, self._details)
            grid.fill(row, self._repeat, skip=frozenset({f"{row}/{self._image}"}))
            self._details_column.addWidget(grid)
            self._details_grid = grid
        self._details.setVisible(bool(row))
        self._remove.setVisible(bool(row))

    def _follow_rows(self, path: str) -> None:
        if path in {"", self.path} and self._shown_row not in self._binding.session.rows(self.path):
            self._show_details(None)

    def _progress_row(self) -> QHBoxLayout:
        self._bar = QProgressBar()
        self._stop = button(self._look, tr("photos.stop"), kind="flat")
        self._stop.clicked.connect(self.cancelled)
        self._bar.hide()
        self._stop.hide()
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self._stop)
        return row
