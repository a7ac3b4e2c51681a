"""Records as instance documents with their files, in a folder or zip as Briefcase lays them down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from app.errors import known_os_error
from app.given_files import file_name, replacing
from app.jobs import Progress
from app.log import subject
from app.saving import form_in_use
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.forms.submission.writing import Submission, write_submission
from core.records.operation import INSTANCE

LOG = subject("instances")
_FOLDER: Final = "instances"
_XML: Final = "submission.xml"


@dataclass(frozen=True)
class ExportedInstances:
    """How many records were written to `place`; `missing` are the names of files that are not here."""

    place: Path
    records: int
    missing: tuple[str, ...] = ()
    cancelled: bool = False


def export_instances(
    workspace: Workspace, records: Sequence[str], target: Path, progress: Progress | None = None
) -> ExportedInstances:
    """Writes `instances/<name>/submission.xml` with its files for each record, into a folder or a `.zip`.

    A zip is whole or not there; in a folder older files of these names are replaced. Raises KnownError
    "record_missing", "form_missing", "disk_full", "no_permission", "file_in_use" and its like.
    """
    progress, missing, done = progress or Progress(), list[str](), 0
    try:
        with _opened(target) as place:
            for done, record in enumerate(records):
                if progress.cancelled:
                    break
                name, written = _written(workspace, record)
                progress.step(done, len(records), name)
                place.put(f"{_FOLDER}/{name}/{_XML}", iter([written.xml]))
                missing += _put_files(workspace, place, f"{_FOLDER}/{name}", written)
            else:
                done = len(records)
    except OSError as error:
        raise known_os_error(error, target) from error
    LOG.info("instances exported", records=done, missing=len(missing))
    return ExportedInstances(target, done, tuple(missing), progress.cancelled)


def _written(workspace: Workspace, record: str) -> tuple[str, Submission]:
    """The name of the record's folder, and its document: what is typed and not saved yet is in it."""
    with workspace.database.read():
        merged = workspace.records.merged(record)
        form = form_in_use(workspace, record, merged)
        typed = {path: answer.value for path, answer in workspace.drafts.answers(record).items()}
        session = workspace.records.session(record, form, visible_answers(merged) | typed)
        said = None if merged is None else merged.values.get(INSTANCE)
        instance = str(said[0]) if isinstance(said, list) and said else f"uuid:{record}"
        name = file_name(session.title("zh") or form.title("zh"), f"_{record[-12:]}")
        return name, write_submission(session, instance)


def _put_files(workspace: Workspace, place: _Place, folder: str, written: Submission) -> list[str]:
    """The names of the files that are not here, or damaged here; the others are put."""
    missing = []
    for one in written.attachments:
        digest = str(one.value["b"])
        if workspace.photo_files.has(digest) and workspace.photo_files.is_sound(digest):
            place.put(f"{folder}/{one.name}", workspace.photo_files.chunks(digest))
        else:
            missing.append(one.name)
    return missing


class _Place(Protocol):
    """Where files are put."""

    def put(self, name: str, pieces: Iterator[bytes]) -> None: ...


class _InFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, pieces: Iterator[bytes]) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as beside, beside.open("wb") as opened:
            opened.writelines(pieces)


class _InZip:
    def __init__(self, packed: ZipFile) -> None:
        self._packed = packed

    def put(self, name: str, pieces: Iterator[bytes]) -> None:
        entry = ZipInfo(name)  # without a time, so that the same records make the same bytes
        entry.compress_type = ZIP_DEFLATED if name.endswith(".xml") else ZIP_STORED
        with self._packed.open(entry, "w", force_zip64=True) as opened:
            for piece in pieces:
                opened.write(piece)


@contextmanager
def _opened(target: Path) -> Iterator[_Place]:
    if target.suffix.lower() != ".zip":
        target.mkdir(parents=True, exist_ok=True)
        yield _InFolder(target)
        return
    with replacing(target) as beside, ZipFile(beside, "w") as packed:
        yield _InZip(packed)
