"""Read form files, compare them with what is installed, install them, and see which there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.changes import Changes
from app.errors import known_os_error
from app.given_files import file_name, read_given, write_given
from app.paths import resources_folder
from app.storage.openrosa import FetchedForm, FormOrigin
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.digest import form_digest
from core.forms.version_order import version_order

if TYPE_CHECKING:
    from core.forms.authoring.comparison import QuestionChange
    from core.forms.authoring.form_reading import ReadForm
    from core.forms.findings import Finding
    from core.forms.model.form import Form
    from core.forms.workbook.reading import WorkbookKind
    from core.forms.workbook.workbook import Workbook

FORM_BYTES_LIMIT = 32 * 1024 * 1024
"""A form file larger than this is no form."""
_WORKBOOKS: dict[str, WorkbookKind] = {
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".csv": "csv", ".zip": "zip", ".md": "md",
}  # fmt: skip
FORM_ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".zip", ".xml")
"""Of the files that a form may come in, for whoever asks for one."""
_ORDER_OF_WORK = (
    "village_profile", "traditional_village", "building", "facility", "facelift_site", "photo_point",
    "facelift_design", "estimate", "toilet_design", "cluster_application", "local_division",
)  # fmt: skip
_SHORTCUTS = {".lnk", ".url", ".desktop"}
_SHEET_FILES = frozenset({"survey.csv", "choices.csv", "settings.csv"})


class Effect(msgspec.Struct, frozen=True):
    """One change between the installed version and the new one; `records` have an answer that it touches."""

    change: QuestionChange
    records: int


class FormReading(msgspec.Struct, frozen=True):
    """A form file looked at and not installed. `form` is None where an error stands in the way."""

    file: Path
    form: Form | None
    findings: tuple[Finding, ...]
    xml: bytes
    media: Mapping[str, bytes]
    installed: Form | None
    known: bool
    effects: tuple[Effect, ...]
    records: int
    origin: FormOrigin | None = None
    """The server it came from; None for a file, and where that is known already."""

    @property
    def installable(self) -> bool:
        """Whether installing changes anything and says which version is which."""
        changes = not self.known or self.origin is not None
        return self.form is not None and changes and not self.same_version

    @property
    def new_files(self) -> bool:
        """Whether a server gives the installed version other files, as servers may without a new number."""
        return (
            self.origin is not None
            and self.installed is not None
            and not self.known
            and self.xml == self.installed.xml
        )

    @property
    def older(self) -> bool:
        """Whether a newer version is installed: then this one would not be shown."""
        return (
            self.form is not None
            and self.installed is not None
            and version_order(self.form.version) < version_order(self.installed.version)
        )

    @property
    def same_version(self) -> bool:
        """Whether another form of the very version is installed: one of the two needs a new number."""
        same = (
            self.form is not None
            and self.installed is not None
            and self.form.version == self.installed.version
        )
        return same and not self.known and not self.new_files


def read_form(workspace: Workspace, file: Path, language: str = "zh") -> FormReading:
    """What installing that file or folder of sheets would do, with everything that is wrong in it.

    Raises KnownError "form_unreadable", "form_kind", "form_lock_file", "form_shortcut",
    "workbook_unreadable", "workbook_password", "workbook_hostile".
    """
    return _reading(workspace, file, _read_file(file), language)


def read_fetched(workspace: Workspace, fetched: FetchedForm, language: str = "zh") -> FormReading:
    """What installing a form from a server would do, as `read_form` says it of a file."""
    from core.forms.authoring.form_reading import read_xform  # noqa: PLC0415  # pyxform takes 0.7 s

    read = read_xform(fetched.xml, fetched.media)
    reading = _reading(workspace, Path(fetched.name), read, language)
    form, noted = reading.form, workspace.openrosa.forms_of(fetched.origin.server)
    if form is not None and noted.get(form.digest) == fetched.origin.media:
        shown = next(one for one in workspace.forms.versions(form.form_id) if one.version == form.version)
        if shown.digest == form.digest:
            return reading
    return msgspec.structs.replace(reading, origin=fetched.origin)


def _reading(workspace: Workspace, file: Path, read: ReadForm, language: str) -> FormReading:
    form = read.form
    if form is None:
        return FormReading(file, None, read.findings, b"", {}, None, known=False, effects=(), records=0)
    installed = workspace.forms.newest(form.form_id)
    known = form.digest in workspace.forms.digests()
    effects = () if installed is None or known else _effects(workspace, installed, form, language)
    records = len(workspace.records.ids(form_id=form.form_id))
    return FormReading(file, form, read.findings, read.xml, read.media, installed, known, effects, records)


def install_read(workspace: Workspace, reading: FormReading) -> Changes:
    """Installs what `read_form` gave.

    Raises KnownError "form_broken" where an error stands in the way, "form_same_version" where another form
    of that version is here: records could not tell which one they were written in.
    """
    if reading.form is None:
        raise _broken(reading.findings)
    if reading.same_version:
        raise KnownError("form_same_version", version=reading.form.version)
    return _install(workspace, reading.xml, reading.media, reading.origin)


def install_form(workspace: Workspace, file: Path) -> Changes:
    """Installs a form version from an XForm (`.xml`), a workbook, or a zip or folder of its sheets.

    Files in a folder `<name>-media` beside it belong to it, as ODK lays forms out. Records of that form are
    shown in its newest version from now on. Raises KnownError "form_unreadable", "form_broken",
    "workbook_unreadable", "workbook_hostile".
    """
    if file.suffix.lower() == ".xml":  # those that come with the program, at each start
        return _install(workspace, _read(file), _media(file))
    read = _read_file(file)
    if read.form is None:
        raise _broken(read.findings)
    return _install(workspace, read.xml, read.media)


def list_forms(workspace: Workspace) -> list[Form]:
    """The newest version of every form to fill in here: ours in the order of the work, then others."""
    place = {form_id: at for at, form_id in enumerate(_ORDER_OF_WORK)}
    return sorted(workspace.forms.newest_of_each(), key=lambda form: place.get(form.form_id, len(place)))


class InstalledForm(msgspec.Struct, frozen=True):
    """A form as the list of them shows it. `bundled`: its newest version came with the program.

    `server`: the OpenRosa server that gave it, "" for none.
    """

    form: Form
    records: int
    bundled: bool
    server: str


def installed_forms(workspace: Workspace) -> list[InstalledForm]:
    """The newest version of every form, in the order the forms first came."""
    return [
        InstalledForm(
            form,
            len(workspace.records.ids(form_id=form.form_id)),
            bundled=_bundled_folder(form) is not None,
            server=workspace.openrosa.origin_of(form.digest),
        )
        for form in workspace.forms.newest_of_each()
    ]


def export_form(workspace: Workspace, form_id: str, file: Path) -> None:
    """Writes the newest version, its media into the folder `<name>-media` beside it.

    A name that ends in `.xml` gets the XForm byte for byte, any other a workbook: the sheets that its authors
    wrote where we have them, else made from the XForm so that they compile to the same form. Raises
    KnownError "form_missing", "form_not_sheets", "disk_full", ….
    """
    from core.forms.sheets.form_sheets import form_sheets  # noqa: PLC0415  # pyxform takes 0.7 s
    from core.forms.workbook.writing import write_xlsx  # noqa: PLC0415  # as above

    form = workspace.forms.newest(form_id)
    if form is None:
        raise KnownError("form_missing", form=form_id)
    as_xform = file.suffix.lower() == ".xml"
    content = form.xml if as_xform else write_xlsx(_own_sheets(form) or form_sheets(form))
    folder = file.with_name(f"{file.stem}-media")
    if form.media:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise known_os_error(error, folder) from error
    for name, data in form.media.items():
        write_given(folder / file_name(Path(name).stem, Path(name).suffix), data)
    write_given(file, content)


def _bundled_folder(form: Form) -> Path | None:
    """Where a form of the program lies, None for another form or another version."""
    folder = resources_folder() / "forms" / file_name(form.form_id, "")
    here = (folder / "form.xml").is_file() and _read(folder / "form.xml") == form.xml
    return folder if here else None


def _own_sheets(form: Form) -> Workbook | None:
    """The sheets that a form of the program was compiled from, None where we have none."""
    from core.forms.workbook.reading import read_csv_sheets  # noqa: PLC0415  # only authors need it

    folder = _bundled_folder(form)
    if folder is None or not (folder / "survey.csv").is_file():
        return None
    return read_csv_sheets(_sheet_files(folder))


def _sheet_files(folder: Path) -> dict[str, bytes]:
    return {name: _read(folder / name) for name in sorted(_SHEET_FILES) if (folder / name).is_file()}


def _install(
    workspace: Workspace, xml: bytes, media: Mapping[str, bytes], origin: FormOrigin | None = None
) -> Changes:
    if origin is None and form_digest(xml, media) in workspace.forms.digests():
        return Changes()
    with workspace.database.transaction():
        form = workspace.forms.install(xml, media)
        if origin is not None:
            workspace.openrosa.note_form(origin, form.digest, form.form_id)
        touched = workspace.records.ids(form_id=form.form_id)
        workspace.records.refresh(touched)
    return Changes(records=frozenset(touched), forms=frozenset({form.form_id}))


def _read_file(file: Path) -> ReadForm:
    from core.forms.authoring.form_reading import read_sheets, read_xform  # noqa: PLC0415  # pyxform takes 0.7 s
    from core.forms.workbook.reading import read_csv_sheets, read_workbook  # noqa: PLC0415  # as above

    folder = _folder_of_sheets(file)
    if folder is not None:
        read = read_csv_sheets(_sheet_files(folder))
        return read_sheets(read, _files(folder / "form-media"), folder.name)
    _refuse_other_kinds(file)
    content = _read(file)
    kind = _WORKBOOKS.get(file.suffix.lower())
    if kind is None:
        return read_xform(content, _media(file))
    return read_sheets(read_workbook(content, kind), _media(file), file.stem)


def _refuse_other_kinds(file: Path) -> None:
    """Raises KnownError for what people drop and is no form: a lock of Excel, a shortcut, a document."""
    if file.name.startswith("~$"):
        raise KnownError("form_lock_file", file=file.name, open=file.name.removeprefix("~$"))
    if file.suffix.lower() in _SHORTCUTS:
        raise KnownError("form_shortcut", file=file.name)
    if file.suffix.lower() not in {*_WORKBOOKS, ".xml"}:
        raise KnownError("form_kind", file=file.name, kinds=" ".join(FORM_ENDINGS))


def _folder_of_sheets(file: Path) -> Path | None:
    """The folder of sheets that a person names by itself or by one of its sheets."""
    try:
        if file.is_dir():
            return file
    except OSError as error:  # a name that no file can have
        raise KnownError("form_unreadable", file=file.name) from error
    return file.parent if file.name.lower() in _SHEET_FILES else None


def _effects(workspace: Workspace, old: Form, new: Form, language: str) -> tuple[Effect, ...]:
    from core.forms.authoring.comparison import compare_forms  # noqa: PLC0415  # only authors compare

    return tuple(
        Effect(
            change,
            workspace.forms.records_answering(new.form_id, change.old_path or change.path, _gone(change)),
        )
        for change in compare_forms(old, new, language)
    )


def _gone(change: QuestionChange) -> frozenset[str] | None:
    """The choices that records may still have, None for any answer."""
    return frozenset(value for value, _ in change.choices_removed) if change.kind == "choices" else None


def _broken(findings: tuple[Finding, ...]) -> KnownError:
    first = next(one for one in findings if one.stands_in_the_way)
    place = " ".join(str(part) for part in (first.sheet, first.row or "", first.column) if part)
    return KnownError(
        "form_broken",
        place=place or "/",
        reason=first.code,
        detail=first.values.get("detail", ""),
        findings=findings,
    )


def _media(file: Path) -> dict[str, bytes]:
    return _files(file.with_name(f"{file.stem}-media"))


def _files(folder: Path) -> dict[str, bytes]:
    return {entry.name: _read(entry) for entry in sorted(folder.glob("*")) if entry.is_file()}


def _read(file: Path) -> bytes:
    try:
        return read_given(file, FORM_BYTES_LIMIT)
    except OSError as error:
        raise KnownError("form_unreadable", file=file.name) from error
