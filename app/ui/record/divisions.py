"""What the division lines of the open record ask for: finds, codes for new divisions, and adding one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt

from app.i18n import tr
from app.jobs import Job
from app.ui.forms.binding import FormBinding
from app.ui.forms.division_adder import DivisionAdder, NewDivision
from app.ui.forms.division_line import DivisionLine
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.forms.place_dialog import PlaceDialog
from app.ui.record.tasks import FormTasks
from app.usecases.divisions import (
    add_local_division,
    find_divisions,
    has_county_borders,
    prepare_divisions,
    recent_divisions,
    suggest_code,
)

FINDS_LIMIT = 30


class RecordDivisions(FormTasks):
    """Asks off the window's thread and hands the answers to whoever asked."""

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now."""
        super().follow(binding)
        binding.divisions_asked.connect(self.find)
        binding.division_begun.connect(self.suggest)
        binding.division_added.connect(self.add)
        binding.map_asked.connect(self.choose_on_map)

    def find(self, typed: str, near: str, line: DivisionLine) -> None:
        """The best divisions; for nothing typed the places used last, and what searching needs is read."""
        workspace = self._desk.workspace
        if typed:
            work = partial(find_divisions, workspace, typed, near=near, limit=FINDS_LIMIT)
        else:
            work = partial(recent_divisions, workspace)
            prepare = Job("divisions", tr("divisions.searching"), lambda _: prepare_divisions(workspace))
        job = Job("divisions", tr("divisions.searching"), lambda _: work())
        self._desk.jobs.start(line, job, partial(line.show_finds, typed), stream="finds")
        if not typed:
            self._desk.jobs.start(line, prepare)

    def choose_on_map(self, editor: GeopointEditor) -> None:
        """Show the county borders to choose a position on; without any say where they come from."""
        if not has_county_borders(self._desk.workspace):
            self.told.emit("info", tr("place.map_missing"))
            return
        dialog = PlaceDialog(self._desk, editor, editor.position)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.taken.connect(editor.take_position)
        dialog.open()

    def suggest(self, parent: str, adder: DivisionAdder) -> None:
        """A free code below the parent; none where nothing can be added."""
        work = partial(suggest_code, self._desk.workspace, parent)
        job = Job("divisions", tr("divisions.searching"), lambda _: work())
        self._desk.jobs.start(adder, job, adder.show_code, failed=adder.show_error, stream="code")

    def add(self, new: NewDivision, adder: DivisionAdder) -> None:
        """Add it as a record."""
        work = partial(add_local_division, self._desk.workspace, new.parent, new.name, new.code)
        job = Job("divisions", tr("divisions.add_title"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(adder, job, lambda _: adder.show_added(new), failed=adder.show_error)
