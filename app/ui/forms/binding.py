"""Between the form session and the form on screen: what was typed goes in, what must be kept goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from app.i18n import language
from app.ui.forms.undoing import Step, Undoing
from core.forms.filling.completeness import Judgement
from core.forms.filling.edits import Edit
from core.forms.filling.session import FormSession
from core.forms.model.items import Repeat
from core.problems import Problem
from core.values import Value, same_value

TYPING_MS = 2000  # the longest that typing stays only on screen


class FormBinding(QObject):
    """One open record. Nothing here is saved: `draft` carries the answers that must be kept now."""

    refreshing = Signal()  # much may come and go next: nothing needs to be laid out before `arranged`
    refreshed = Signal()  # answers were computed anew: show them
    arranged = Signal()  # everything shows its answer: lay it out
    rows_changed = Signal(str)  # a repeat has other rows now; carries its path, "" for any repeat
    draft = Signal(dict)  # path -> value, since the last time
    flush_wanted = Signal()  # whoever has typed text hands it in now
    photos_given = Signal(str, list)  # path of a photo repeat or question, files or bytes to attach there
    photos_asked = Signal(str, bool)  # path, whether several: ask the person for files
    photo_opened = Signal(object)  # PhotoItem
    thumbnail_wanted = Signal(str, object)  # digest, who takes it by set_thumbnail or set_missing
    ground_wanted = Signal(str, object)  # digest of a photo to mark, who takes it by set_ground
    positions_asked = Signal(object)  # the GeopointEditor that offers the positions of the record's photos
    map_asked = Signal(object)  # the GeopointEditor whose position is to be chosen on a picture
    shape_file_asked = Signal(object)  # the ShapeEditor that takes the points of a file
    shape_file_given = Signal(object, object)  # Path, the ShapeEditor it was dropped on
    files_given = Signal(str, list)  # path of a file question, files to attach there
    files_asked = Signal(str)  # path: ask the person for files
    file_opened = Signal(str, str)  # digest, name
    form_picture_wanted = Signal(str, int, object)  # a file of the form, pixels, who takes it by set_picture
    form_map_wanted = Signal(str, list, object)  # a file of the form, values, who takes it by set_map
    form_picture_opened = Signal(str, str)  # a file of the form to show large, what it shows
    form_file_played = Signal(str)  # a sound or film of the form
    divisions_asked = Signal(str, str, object)  # what was typed, the place one works in, who takes the finds
    division_begun = Signal(str, object)  # the division above a new one, who takes a code for it
    division_added = Signal(object, object)  # NewDivision, who hears what became of it
    targets_searched = Signal(str, str, object)  # path, text, the ReferenceEditor that shows what is found
    targets_named = Signal(list, object)  # record ids, the ReferenceEditor that shows their titles
    record_opened = Signal(str)  # a record that is referred to
    record_begun = Signal(str)  # path of a question that is to refer to a new record

    def __init__(self, session: FormSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.language = language()
        self.touched: set[str] = set()
        """Questions that were changed and left: from then on a missing answer is named there."""
        self.tables: set[str] = set()
        """Repeats whose rows the person looks at as a table."""
        self._changed: set[str] = set()
        self.show_all_problems = False
        self._kept: dict[str, Value] = dict(session.changed_since_open())
        self._shown: frozenset[str] | None = None
        """What `refreshed` is about; None: everything."""
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.flush_wanted)
        form = session.form
        counted = {one.path for one in form.items() if isinstance(one, Repeat) and one.count is not None}
        self.undoing = Undoing(counted)
        session.take_edit()
        self.judgement = Judgement(session)

    def typed(self) -> None:
        """Something is being typed: it will be asked for within two seconds."""
        if not self._typing.isActive():
            self._typing.start()

    def commit(self, path: str, value: Value) -> None:
        """Take an answer in and let everything that depends on it follow."""
        if same_value(self.session.value(path), value) and not self.is_unreadable(path):
            return
        self._changed.add(path)
        self.session.set(path, value)
        self.after_change(path)

    def concerns(self, path: str) -> bool:
        """Whether what was just `refreshed` may have changed how this path looks."""
        return self._shown is None or path in self._shown

    def choose_in_turn(self, paths: Sequence[str], wanted: Sequence[str]) -> None:
        """Answer the questions of a cascade one after the other, as one change.

        Each takes the first of the wanted values that it offers then and that is not above an earlier answer;
        the others lose their answer.
        """
        left = list(wanted)
        for path in paths:
            offered = {choice.value for choice in self.session.choices(path, self.language)}
            chosen = next((value for value in left if value in offered), None)
            left = left[left.index(chosen) :] if chosen is not None else left
            if not self.session.readonly(path):
                self._changed.add(path)
                self.session.set(path, chosen)
        self.after_change()

    def leave(self, path: str) -> None:
        """The question was left; one that was changed shows from now on also that its answer is missing."""
        self.undoing.leave(path)
        if path in self._changed and path not in self.touched:
            self.touched.add(path)
            self._show(frozenset({path}))

    def add_row(self, repeat_path: str) -> str:
        """The path of a new row at the end."""
        row = self.session.add_row(repeat_path)
        self.after_change()
        self.rows_changed.emit(repeat_path)
        return row

    def remove_row(self, repeat_path: str, row_path: str) -> None:
        """Take a row away; it stays in the history."""
        self.remove_rows(repeat_path, [row_path])  # first what shows it goes, then the rest is shown anew

    def remove_rows(self, repeat_path: str, rows: Sequence[str]) -> None:
        """Take several rows away as one change."""
        with self.session.together():
            for row in rows:
                self.session.remove_row(row)
        self.rows_changed.emit(repeat_path)
        self.after_change()

    def move_row(self, repeat_path: str, row_path: str, before: str | None) -> None:
        """Put a row before another one, None: behind the last."""
        self.session.move_row(row_path, before)
        self.rows_changed.emit(repeat_path)
        self.after_change()

    def step_row(self, repeat_path: str, row_path: str, step: int) -> None:
        """Move a row up (-1) or down (1) by one."""
        rows = self.session.rows(repeat_path)
        at = rows.index(row_path) + step
        if 0 <= at < len(rows):
            others = [row for row in rows if row != row_path]
            self.move_row(repeat_path, row_path, others[at] if at < len(others) else None)

    def answer_rows(self, repeat_path: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Add rows with these answers, by the last steps of their paths, as one change."""
        with self.session.together():
            for answers in rows:
                row = self.session.add_row(repeat_path)
                for step, value in answers.items():
                    self.session.set(f"{row}/{step}", value)
        self.after_change()
        self.rows_changed.emit(repeat_path)

    def fill_empty(self, answers: Mapping[str, Value]) -> int:
        """Answer those of these questions that are asked and empty, as one change; how many there were."""
        filled = 0
        for path, value in answers.items():
            session = self.session
            if session.relevant(path) and session.value(path) is None and not session.readonly(path):
                session.set(path, value)
                filled += session.value(path) is not None
        self.after_change()
        return filled

    def undo(self) -> str | None:
        """Take the last change back; where it was ("" for rows), None if there is none."""
        return self._put_back(self.undoing.undo, back=True) if self.undoing.can_undo else None

    def redo(self) -> str | None:
        """Do again what was taken back last; as `undo`."""
        return self._put_back(self.undoing.redo, back=False) if self.undoing.can_redo else None

    def after_change(self, path: str = "") -> None:
        """Keep what differs and let the screen follow; `path` is the question that was answered."""
        edit = self.session.take_edit()
        self.undoing.note(path, edit)
        self.judgement.follow(edit.touched, reordered=edit.reordered)
        self._keep_changes(edit)
        self._show(edit.touched)

    def _show(self, paths: frozenset[str] | None) -> None:
        self._shown = paths
        self.refreshing.emit()
        self.refreshed.emit()
        self.arranged.emit()
        self._shown = None

    def _put_back(self, take: Callable[[], Step], *, back: bool) -> str:
        step, before = take(), self.session
        self.session = before.put_back(step.before if back else step.after)
        edit = self.session.take_edit()
        if self.session is before:
            self.judgement.follow(edit.touched, reordered=edit.reordered)
        else:
            self.judgement = Judgement(self.session)
        if edit.reordered:
            self.rows_changed.emit("")
        self._keep_changes(edit)
        self._show(edit.touched)
        return step.path

    def _keep_changes(self, edit: Edit) -> None:
        fresh = {
            path: value
            for path, value in edit.after.items()
            if not same_value(self._kept.get(path, edit.before.get(path)), value)
            or (path not in self._kept and path not in edit.before)
        }
        self._kept |= fresh
        if fresh:
            self.draft.emit(fresh)

    def take_over(self, before: FormBinding) -> None:
        """Show as much of what is wrong as the binding of this record did before."""
        self.touched, self._changed = set(before.touched), set(before._changed)
        self.show_all_problems = before.show_all_problems
        self.tables = before.tables
        self.undoing = before.undoing

    def problem(self, path: str) -> Problem | None:
        """What is wrong with this answer, if it is time to say so."""
        found = self.judgement.found(path)
        if found is None or self.show_all_problems or path in self.touched:
            return found
        return None if found.code == "required" else found

    def is_unreadable(self, path: str) -> bool:
        """Whether what was typed is no number or date: the words stay on screen, the answer is empty."""
        found = self.judgement.found(path)
        return found is not None and found.code == "type"

    @property
    def problems(self) -> list[Problem]:
        """Everything found: errors stand in the way of finalising, warnings do not."""
        return list(self.judgement.problems.values())

    def reveal_problems(self) -> None:
        """Show also what is missing in questions nobody has been to."""
        self.show_all_problems = True
        self._show(None)
