"""The window: navigation, menus, the pages and an honest status line. Pages are made when first seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from app.changes import Changes
from app.errors import sentence
from app.i18n import tr
from app.jobs import Job, Jobs
from app.ui.answer_keeper import AnswerKeeper
from app.ui.change_bus import ChangeBus
from app.ui.desk import Desk
from app.ui.form_inlet import FormInlet
from app.ui.job_runner import JobRunner
from app.ui.look import Look
from app.ui.menus import Menus
from app.ui.navigation import Navigation
from app.ui.page import Page, Standpoint
from app.ui.places import PLACES, Trail, make_page
from app.ui.preferences import Preferences
from app.ui.status import StatusLine
from app.ui.tokens import Tokens
from app.ui.window_body import WindowBody
from app.ui.workspaces import Workspaces
from app.usecases.records import RecordFilter, renew_projection
from app.usecases.returning import may_return
from app.workspace import Workspace
from core.errors import KnownError

if TYPE_CHECKING:
    from app.ui.caretaker import Caretaker
    from app.usecases.forms import FormReading
    from app.usecases.health import Health

FIRST_SIZE = QSize(1360, 860)
LEAST_SIZE = QSize(960, 600)


class MainWindow(QMainWindow):
    """One window on one workspace. `dress` puts a theme on the application and gives the look back."""

    recovery_wanted = Signal()
    workspace_wanted = Signal(object)  # the folder to go to, None for the program's own

    def __init__(
        self,
        workspace: Workspace,
        jobs: Jobs,
        preferences: Preferences,
        dress: Callable[[Tokens], Look],
    ) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self._workspace = workspace
        self._stack: QStackedWidget
        self.navigation: Navigation
        self._preferences = preferences
        self._dress = dress
        self._keeper = AnswerKeeper(workspace)  # outlives the pages: a new theme loses no answer
        self._told_of_waiting = False
        self._caretaker: Caretaker | None = None
        self.changes = ChangeBus(self)
        self.jobs = JobRunner(jobs, self.changes, self)
        self.jobs.failed.connect(self._show_error)
        self.changes.changed.connect(self._follow)
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        self.setMinimumSize(LEAST_SIZE)
        inlet = FormInlet(self)
        inlet.given.connect(lambda files: self.open_place("import_form").read_files(files))
        inlet.instances_given.connect(self.take_instances)
        inlet.refused.connect(self._refuse)
        self._restore_place()
        self._build(self._first_page)
        QTimer.singleShot(0, self, self._look_after)

    # Where one is

    @property
    def page(self) -> Page:
        """The page in front."""
        page = self._stack.currentWidget()
        assert isinstance(page, Page)
        return page

    def open_place(self, key: str) -> Page:
        """Bring a page to the front; the one before keeps what it has."""
        page = self._pages.get(key)
        if page is None:
            page = self._make_page(key)
        if page is not self._stack.currentWidget():
            if isinstance(self._stack.currentWidget(), Page):
                self.page.leave()
            self._stack.setCurrentWidget(page)
        self._trail.place = key
        self.navigation.show_chosen(self._trail.navigated)
        page.enter()
        self._show_actions()
        return page

    def open_record(self, record_id: str, *, beside: list[str] | None = None) -> None:
        """Open a record; `beside` are the records of the list it comes from, for previous and next."""
        self._trail.leave_for_record()
        if beside is None:
            beside = self.page.record_ids or self._listed()
        self.open_place("record").open(record_id, beside)

    def open_village(self, code: str) -> None:
        """Show everything of the village with this division code."""
        self._trail.leave_for_village()
        self.open_place("village").open_village(code)

    def import_form(self, file: Path) -> None:
        """Read a form file and show what installing it would do."""
        self.open_place("import_form").read_files([file])

    def import_instances(self, *, zipped: bool) -> None:
        """Ask for submission files of a phone or an export, and take them in."""
        from app.ui.instances import choose_instances  # noqa: PLC0415  # seldom asked for

        choose_instances(self.page, zipped=zipped)

    def take_instances(self, sources: list[Path]) -> None:
        """Take in the submission files of these folders and zips."""
        from app.ui.instances import take_instances  # noqa: PLC0415  # seldom asked for

        take_instances(self.page, sources)

    def review_form(self, reading: FormReading) -> None:
        """Show what installing a form would do that was fetched from a server."""
        self.open_place("import_form").review(reading)

    def open_server(self, num: int) -> None:
        """Show the forms that an OpenRosa server offers."""
        self.open_place("server_forms").open_server(num)

    def open_list(self, wanted: RecordFilter) -> None:
        """Show these records in the list."""
        self.open_place("records").narrow(wanted)

    def open_linked(self, record_id: str, standpoint: Standpoint) -> None:
        """Open a record from another one; going back leads to where one was there."""
        self._trail.leave_for_linked(standpoint)
        self.open_place("record").open(record_id, [record_id])

    def open_preview(self, record_id: str) -> None:
        """Show the paper of a record."""
        self._show_beside("preview", record_id)

    def open_history(self) -> None:
        """Show what happened to the record that is open."""
        if self.page.record_id:
            self._show_beside("history", self.page.record_id)

    def open_conflict(self, record_id: str) -> None:
        """Show what there is to decide in a record."""
        page = self.open_place("conflicts")
        page.choose(record_id)

    def go_back(self) -> None:
        """Where one came from: the record before, the village, the list."""
        back = self._trail.back()
        if isinstance(back, Standpoint):
            self.page.return_to(back)
        else:
            self.open_place(back)

    def on_page(self, name: str, place: str = "") -> None:
        """Do it on the page in front if it can, else on the page of `place`."""
        target = self.page if hasattr(self.page, name) else (self.open_place(place) if place else None)
        if target is not None:
            getattr(target, name)()

    def rebuild(self) -> None:
        """Build everything anew after the language or the theme changed; one stays where one is."""
        place, page = self._trail.place, self.page
        page.leave()
        self._build("records")
        if place == "record" and page.record_id:
            self.open_record(page.record_id, beside=[])
        elif place == "village":
            self.open_village(page.code)
        elif place in PLACES:
            self.open_place(place)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.page.leave()
        if self._keeper.waiting and not self._told_of_waiting:
            self._told_of_waiting = True  # a second try closes: nobody is locked in
            self.page.banner.show_message("bad", tr("window.answers_wait"))
            self.page.enter()
            event.ignore()
            return
        if self._caretaker is not None:
            self._caretaker.stop()
        self._preferences.remember("geometry", bytes(self.saveGeometry().toBase64().data()).decode("ascii"))
        event.accept()

    def choose_first_page(self) -> None:
        """From now on the window opens at the place in front."""
        if self._trail.place in PLACES:
            self._preferences.remember("first_page", self._trail.place)
        self._show_actions()

    def show_keys(self) -> None:
        """Every key, in a dialog."""
        from app.ui.help import keys_dialog  # noqa: PLC0415  # seldom asked for

        keys_dialog(self, self.menus.shown_keys()).open()

    def show_about(self) -> None:
        """What this program is, in a dialog."""
        from app.ui.help import about_dialog  # noqa: PLC0415  # seldom asked for

        folder = str(self._workspace.folder.path)
        about_dialog(self, [(tr("help.folder"), folder), (tr("help.state"), self.status.text())]).open()

    @property
    def actions_by_name(self) -> dict[str, QAction]:
        """The entries of the menus by their names."""
        return self.menus.actions

    @property
    def _first_page(self) -> str:
        place = self._preferences.remembered("first_page", "start")
        return place if place in PLACES else "start"

    # Building

    def _build(self, place: str) -> None:
        look = self._dress(self._preferences.tokens)
        self.desk = Desk(self._workspace, self.jobs, self.changes, self._preferences, look, self._keeper)
        self.setWindowTitle(tr("app.title"))
        self._pages: dict[str, Page] = {}
        self._trail = Trail(place)
        self.status = StatusLine(self._workspace, self.jobs)
        body = WindowBody(look, self.status)
        self.navigation, self._stack = body.navigation, body.stack
        self.navigation.chosen.connect(self.open_place)
        self.setCentralWidget(body)
        self.workspaces = Workspaces(
            self,
            self._preferences,
            self._workspace.folder.path,
            lambda: self.page,
            self.workspace_wanted.emit,
        )
        self.menus = Menus(self, tuple(PLACES))
        self.open_place(place)
        QTimer.singleShot(0, self, self.status.renew)
        QTimer.singleShot(0, self, self._renew_rows)

    def _make_page(self, key: str) -> Page:
        page = make_page(key, self.desk)
        page.record_wanted.connect(self.open_record)
        page.conflict_wanted.connect(self.open_conflict)
        page.linked_wanted.connect(self.open_linked)
        page.preview_wanted.connect(self.open_preview)
        page.page_wanted.connect(self._lead)
        page.village_wanted.connect(self.open_village)
        page.list_wanted.connect(self.open_list)
        page.sync_wanted.connect(partial(self.on_page, "sync_now", "sync"))
        page.back_wanted.connect(self.go_back)
        page.recovery_wanted.connect(self.recovery_wanted)
        page.form_read.connect(self.review_form)
        page.server_wanted.connect(self.open_server)
        self._pages[key] = page
        self._stack.addWidget(page)
        return page

    def _show_actions(self) -> None:
        self.menus.offer(
            self.page, self._trail.place, first_page=self._first_page, may_return=may_return(self._workspace)
        )

    # Following

    def _listed(self) -> list[str]:
        return self._pages["records"].record_ids if "records" in self._pages else []

    def _lead(self, key: str) -> None:
        if key == "rebuild":
            QTimer.singleShot(0, self, self.rebuild)
        else:
            self.open_place(key)

    def _show_beside(self, key: str, record_id: str) -> None:
        """A page that looks at a record and leads back to where one was."""
        self._trail.leave_for_beside()
        self.open_place(key).open(record_id)

    def _follow(self, changes: Changes) -> None:
        self.status.renew()
        if changes.records:
            self._renew_rows()

    def _renew_rows(self) -> None:
        """Read the records anew that lists show as they were before a record they refer to changed."""
        renew = partial(renew_projection, self._workspace)
        self.jobs.start(self, Job("projection", tr("status.renewing"), renew), stream="projection")

    def _look_after(self) -> None:
        """Checks and copies, once the window stands; it may be closed again by then."""
        if not self.isVisible():
            return
        from app.ui.caretaker import Caretaker  # noqa: PLC0415  # long after the first picture

        self._caretaker = Caretaker(self._workspace, self.jobs, self)
        self._caretaker.found.connect(self._tell_of_damage)

    def _tell_of_damage(self, health: Health) -> None:
        if health.database:
            words, mend = tr("health.database_damaged"), self.recovery_wanted.emit
            self.page.banner.show_message("bad", words, tr("health.mend"), mend)
        else:
            words = tr("health.photos_damaged", count=len(health.photos))
            self.page.banner.show_message("warn", words, tr("health.show"), self._show_health)

    def _show_health(self) -> None:
        self.open_place("settings")

    def _refuse(self, files: list[Path]) -> None:
        self.page.banner.show_message("warn", tr("window.not_taken", file=files[0].name, count=len(files)))

    def _show_error(self, error: BaseException) -> None:
        mend = isinstance(error, KnownError) and error.code in {"database_damaged", "database_unreadable"}
        action = tr("health.mend") if mend else ""
        self.page.banner.show_message("bad", sentence(error), action, self.recovery_wanted.emit)

    def _restore_place(self) -> None:
        geometry = self._preferences.remembered("geometry")
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(geometry.encode("ascii"))))
