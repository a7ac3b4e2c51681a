"""The rows of a repeat as a table whose cells are edited by the editors of their questions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.editor import Editor
from app.ui.forms.make_editor import make_editor
from app.ui.forms.paste_preview import PastePreview
from app.ui.forms.pasted_rows import Pasted, read_table
from app.ui.forms.typed_values import IN_CELLS
from app.ui.look import Look
from app.ui.models.repeat_model import PATH_ROLE, RepeatModel
from app.ui.widgets.card import button
from app.ui.widgets.tinted_cells import TintedCells
from core.forms.model.choices import Choice
from core.forms.model.items import Group, Question, Repeat

ROW_PX = 34
ROWS_SHOWN = 12
LEAST_COLUMN_PX, MOST_COLUMN_PX = 90, 260
WIDE_EDITOR_PX = 300

Index = QModelIndex | QPersistentModelIndex


def grid_questions(repeat: Repeat | Group) -> tuple[Question, ...]:
    """What a table of the rows shows; nothing where rows hold photos, rows of their own or other records."""
    found: list[Question] = []
    for child in repeat.children:
        if isinstance(child, Group):
            inner = grid_questions(child)
            if not inner:
                return ()
            found += inner
        elif isinstance(child, Repeat):
            return ()
        elif child.asked or (child.calculate is not None and child.text):
            if child.asked and (child.kind not in IN_CELLS or child.refers):
                return ()
            found.append(child)
    return tuple(found)


class RepeatGrid(QWidget):
    """Enter and typing edit a cell, Tab goes on, Delete empties, Ctrl+V brings rows of a spreadsheet."""

    def __init__(self, look: Look, binding: FormBinding, path: str, repeat: Repeat, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._binding, self._path = look, binding, path
        self._own_rows = repeat.own_rows
        self.model = RepeatModel(binding, path, grid_questions(repeat), look.tokens, self)
        self.view = QTableView()
        self._set_up()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view)
        column.addLayout(self._tool_row())
        for made in self.buttons.values():
            made.setVisible(self._own_rows)
        binding.rows_changed.connect(self._follow)
        binding.refreshed.connect(self._follow)
        binding.flush_wanted.connect(self._finish)
        self._follow()

    def edit_row(self, row: str) -> None:
        """Bring the person to the first cell of a row."""
        index = self.model.index(self.model.rows.index(row), 0)
        self.view.setCurrentIndex(index)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.view.edit(index)

    def select_row(self, row: str) -> None:
        """Bring a row into sight."""
        index = self.model.index(self.model.rows.index(row), 0)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)

    def paste(self, text: str) -> None:
        """Show what a copied table would add, and add it when the person agrees."""
        pasted = read_table(text, self._asked(), self._choices, self._binding.language)
        if pasted.rows:
            preview = PastePreview(self._look, pasted, self._binding.language, self)
            preview.agreed.connect(lambda: self._add(pasted))
            preview.open()

    def retire(self) -> None:
        """The repeat is shown no longer here."""
        self._binding.rows_changed.disconnect(self._follow)
        self._binding.refreshed.disconnect(self._follow)
        self._binding.flush_wanted.disconnect(self._finish)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.matches(QKeySequence.StandardKey.Paste) and self._own_rows:
                self.paste(QGuiApplication.clipboard().text())
                return True
            if event.matches(QKeySequence.StandardKey.Copy):
                QGuiApplication.clipboard().setText(self._selected_text())
                return True
            if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
                self._empty_selected()
                return True
        return super().eventFilter(watched, event)

    def _set_up(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setItemDelegate(_CellDelegate(self._look, self._binding, self._choices, view))
        view.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        view.setObjectName("cells")
        view.setAccessibleName(self._binding.session.label(self._path, self._binding.language))
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.setAlternatingRowColors(False)
        view.verticalHeader().setDefaultSectionSize(ROW_PX)
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        for at in range(self.model.columnCount()):
            title = str(self.model.headerData(at, Qt.Orientation.Horizontal))
            room = header.fontMetrics().horizontalAdvance(title) + 34
            room = max(room, view.sizeHintForColumn(at), LEAST_COLUMN_PX)
            header.resizeSection(at, min(room, MOST_COLUMN_PX))
        view.installEventFilter(self)

    def _tool_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons: dict[str, QWidget] = {}
        for name, icon, run in (
            ("paste_rows", "clipboard-paste", lambda: self.paste(QGuiApplication.clipboard().text())),
            ("remove_row", "trash-2", self._remove_selected),
            ("row_up", "arrow-up", lambda: self._step(-1)),
            ("row_down", "arrow-down", lambda: self._step(1)),
        ):
            made = button(self._look, tr(f"form.{name}"), icon, "flat")
            made.clicked.connect(run)
            self.buttons[name] = made
            row.addWidget(made)
        row.addStretch(1)
        return row

    def _follow(self, path: str = "") -> None:
        if path not in {"", self._path}:
            return
        current = self.view.currentIndex()
        at, column = current.row(), current.column()
        self.model.reload()
        if at >= 0 and not self.view.currentIndex().isValid() and self.model.rows:
            self.view.setCurrentIndex(self.model.index(min(at, len(self.model.rows) - 1), max(0, column)))
        rows = min(max(len(self.model.rows), 1), ROWS_SHOWN)
        bar = self.view.horizontalScrollBar().sizeHint().height()
        self.view.setFixedHeight(self.view.horizontalHeader().sizeHint().height() + rows * ROW_PX + bar + 4)

    def _finish(self) -> None:
        """Hand in the cell that is being edited, and go on editing it."""
        editor = next((one for one in self.view.viewport().findChildren(Editor)), None)
        if editor is not None and editor.isVisible():
            self._binding.commit(self.model.path_at(self.view.currentIndex()), editor.value())

    def _asked(self) -> list[Question]:
        return [one for one in self.model.questions if one.asked and one.calculate is None]

    def _choices(self, question: Question, row: str = "") -> list[Choice]:
        """What a row offers; "": what a new one would."""
        if not question.is_selection:
            return []
        session, lang = self._binding.session, self._binding.language
        if not row:
            session = session.with_answers({})
            row = session.add_row(self._path)
        return session.choices(f"{row}/{question.step}", lang)

    def _add(self, pasted: Pasted) -> None:
        self._binding.answer_rows(self._path, pasted.answers())

    def _rows_selected(self) -> list[str]:
        rows = sorted({index.row() for index in self.view.selectedIndexes()})
        return [self.model.rows[at] for at in rows]

    def _remove_selected(self) -> None:
        self._binding.remove_rows(self._path, self._rows_selected())

    def _step(self, step: int) -> None:
        at = self.view.currentIndex()
        if at.isValid():
            row, column = self.model.rows[at.row()], at.column()
            self._binding.step_row(self._path, row, step)
            self.view.setCurrentIndex(self.model.index(self.model.rows.index(row), column))

    def _empty_selected(self) -> None:
        for index in self.view.selectedIndexes():
            if self.model.flags(index) & Qt.ItemFlag.ItemIsEditable:
                self._binding.commit(self.model.path_at(index), None)

    def _selected_text(self) -> str:
        lines: dict[int, list[str]] = {}
        for index in sorted(self.view.selectedIndexes(), key=lambda one: (one.row(), one.column())):
            lines.setdefault(index.row(), []).append(str(index.data() or ""))
        return "\n".join("\t".join(cells) for cells in lines.values())


class _CellDelegate(TintedCells):
    """Puts the editor of a question over its cell."""

    def __init__(
        self,
        look: Look,
        binding: FormBinding,
        choices: Callable[[Question, str], list[Choice]],
        view: QTableView,
    ) -> None:
        super().__init__(view)
        self._look, self._binding, self._choices = look, binding, choices
        self.closeEditor.connect(self._let_go)  # before the view hears of it and takes the keyboard away

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        assert isinstance(model, RepeatModel)
        question, row = model.questions[index.column()], model.rows[index.row()]
        choices = self._choices(question, row)
        editor = make_editor(self._look, question, choices, room=0)
        assert editor is not None
        editor.setParent(parent)
        if question.is_selection:
            editor.set_choices(choices)
        editor.setAutoFillBackground(True)
        if (typed_into := editor.focusProxy()) is not None:
            typed_into.installEventFilter(self)
        editor.next_wanted.connect(lambda: self._finish(editor))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, Editor)
        if editor.property("filled"):
            return  # what is typed stays while the rest is shown anew
        editor.setProperty("filled", True)
        path = index.data(PATH_ROLE)
        editor.show_value(self._binding.session.value(path))

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, Editor)
        path = index.data(PATH_ROLE)
        self._binding.commit(path, editor.value())
        self._binding.leave(path)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        assert isinstance(editor, Editor)
        place = QRect(option.rect)
        if editor.wide:
            place.setWidth(max(place.width(), WIDE_EDITOR_PX))
            tall = editor.heightForWidth(place.width()) if editor.hasHeightForWidth() else -1
            place.setHeight(max(place.height(), tall, editor.sizeHint().height()))
            room = editor.parentWidget().rect()
            place.moveRight(min(place.right(), room.right()))
            place.moveBottom(max(min(place.bottom(), room.bottom()), place.height() - 1))
        editor.setGeometry(place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the cell as it was, Tab goes to the next; Enter is the editor's own."""
        part: QObject | None = watched
        while not isinstance(part, Editor) and isinstance(part, QWidget):
            part = part.parentWidget()
        key = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        if key == Qt.Key.Key_Escape and isinstance(part, QWidget):
            self.closeEditor.emit(part, QAbstractItemDelegate.EndEditHint.RevertModelCache)
            return True
        return super().eventFilter(watched if part is None else part, event)

    def _finish(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def _let_go(self, editor: QWidget) -> None:
        if (typed_into := editor.focusProxy()) is not None:
            typed_into.removeEventFilter(self)
