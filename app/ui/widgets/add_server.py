"""Where a server is described before it is kept: address or code, user, password, certificate."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.widgets.card import button, named_label
from app.ui.widgets.composition import CompositionGuard
from app.usecases.openrosa import add_server, read_code

LABEL_WIDTH_PX = 96
FIELDS = ("address", "user", "password")


class AddServer(QWidget):
    """`added` carries how many forms the server offers, `failed` what went wrong."""

    added = Signal(int)
    failed = Signal(object)
    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._authority: Path | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(1, 1)
        self.fields = {name: QLineEdit() for name in FIELDS}
        for at, (name, field) in enumerate(self.fields.items()):
            label = named_label("label", tr(f"openrosa.{name}"))
            label.setFixedWidth(LABEL_WIDTH_PX)
            label.setBuddy(field)
            field.setObjectName(f"server_{name}")
            field.returnPressed.connect(self.save)
            grid.addWidget(label, at, 0)
            grid.addWidget(field, at, 1)
        self._guards = [CompositionGuard(self.fields[name]) for name in ("address", "user")]
        self.fields["address"].setPlaceholderText(tr("openrosa.address_example"))
        self.fields["user"].setPlaceholderText(tr("openrosa.user_example"))
        self.fields["password"].setEchoMode(QLineEdit.EchoMode.Password)
        self.code_button = button(desk.look, tr("openrosa.code"), "image")
        self.code_button.clicked.connect(self.choose_code)
        grid.addWidget(self.code_button, 0, 2)
        self._build_authority(grid)
        self._build_end(grid)

    def open(self) -> None:
        """Begin with nothing in the fields."""
        for field in self.fields.values():
            field.clear()
        self.use_authority(None)
        self.show()
        self.fields["address"].setFocus(Qt.FocusReason.OtherFocusReason)

    def choose_code(self) -> None:
        """Ask for a picture of the code that ODK Central shows for an app user."""
        folder, kinds = self._desk.preferences.last_folder, f"{tr('openrosa.pictures')} (*)"
        name, _ = QFileDialog.getOpenFileName(self, tr("openrosa.code"), folder, kinds)
        if name:
            self.read_code(Path(name))

    def read_code(self, file: Path) -> None:
        """Put what the code in this picture says into the address."""
        self._desk.preferences.use_folder(file.parent)
        job = Job("openrosa.code", tr("openrosa.adding"), lambda _: read_code(file))
        self._desk.jobs.start(self, job, self.fields["address"].setText, failed=self.failed.emit)

    def choose_authority(self) -> None:
        """Ask for the file of a certificate authority."""
        folder = self._desk.preferences.last_folder
        kinds = f"{tr('openrosa.authority_files')} (*.pem *.crt *.cer);;{tr('import_form.any_file')} (*)"
        name, _ = QFileDialog.getOpenFileName(self, tr("openrosa.authority_choose"), folder, kinds)
        if name:
            self._desk.preferences.use_folder(Path(name).parent)
            self.use_authority(Path(name))

    def use_authority(self, file: Path | None) -> None:
        """Trust this authority beside those of the system."""
        self._authority = file
        self.authority_words.setText(tr("openrosa.authority_system") if file is None else file.name)

    def save(self) -> None:
        """Connect, and keep the server if it answers."""
        if not self.isEnabled() or not self.fields["address"].text().strip():
            return
        self.setEnabled(False)
        address, user, password = (self.fields[name].text() for name in FIELDS)
        work = partial(add_server, self._desk.workspace, address, user.strip(), password, self._authority)
        job = Job("openrosa", tr("openrosa.adding"), lambda _: work())
        self._desk.jobs.start(self, job, self._added, failed=self._fail)

    def _added(self, count: int) -> None:
        self.setEnabled(True)
        self.fields["password"].clear()
        self.hide()
        self.added.emit(count)

    def _fail(self, error: BaseException) -> None:
        self.setEnabled(True)
        self.failed.emit(error)

    def _build_authority(self, grid: QGridLayout) -> None:
        label = named_label("label", tr("openrosa.authority"))
        label.setFixedWidth(LABEL_WIDTH_PX)
        self.authority_words = named_label("shown")
        choose = button(self._desk.look, tr("openrosa.authority_choose"), "folder-open")
        choose.clicked.connect(self.choose_authority)
        grid.addWidget(label, len(FIELDS), 0)
        grid.addWidget(self.authority_words, len(FIELDS), 1)
        grid.addWidget(choose, len(FIELDS), 2)

    def _build_end(self, grid: QGridLayout) -> None:
        self.save_button = button(self._desk.look, tr("openrosa.save"), "check", "primary")
        self.save_button.setObjectName("save_server")
        self.save_button.clicked.connect(self.save)
        cancel = button(self._desk.look, tr("openrosa.cancel"))
        cancel.clicked.connect(self.hide)
        cancel.clicked.connect(self.left)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.save_button)
        row.addWidget(cancel)
        row.addStretch(1)
        grid.addLayout(row, len(FIELDS) + 1, 1, 1, 2)
