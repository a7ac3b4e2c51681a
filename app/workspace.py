"""One opened data folder: the first argument of every use case. There is no other way to the data."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from app.log import subject
from app.paths import resources_folder
from app.storage.agenda import Agenda
from app.storage.bin import Bin
from app.storage.county_borders import PACK_FILE, CountyBorders
from app.storage.database import Database
from app.storage.divisions import DivisionTable
from app.storage.drafts import Drafts
from app.storage.durable_files import file_errors, make_folder
from app.storage.feed import Feed
from app.storage.folder import WorkspaceFolder
from app.storage.folder_lock import FolderLock
from app.storage.foreign_logs import ForeignLogs
from app.storage.forms import Forms
from app.storage.known_divisions import Divisions
from app.storage.kv import KeyValues
from app.storage.mark import Mark
from app.storage.opened_files import clear_opened
from app.storage.openrosa import OpenRosaServers
from app.storage.operations import Operations, Person
from app.storage.own_log import OwnLog
from app.storage.photo_files import PhotoFiles
from app.storage.photos import Photos
from app.storage.quarantine import Quarantine
from app.storage.records import PROJECTION, Records
from app.storage.sendings import Sendings
from app.storage.submissions import Submissions
from app.storage.thumbnails import Thumbnails
from app.storage.villages import Villages
from core.clock import Clock, SystemClock
from core.ids import new_uuid7

LOG = subject("storage")


class Workspace(msgspec.Struct, frozen=True):
    """The stores of one opened folder. Close it, or use it as a context manager."""

    folder: WorkspaceFolder
    clock: Clock
    database: Database
    kv: KeyValues
    operations: Operations
    own_log: OwnLog
    foreign_logs: ForeignLogs
    forms: Forms
    photos: Photos
    photo_files: PhotoFiles
    thumbnails: Thumbnails
    divisions: Divisions
    records: Records
    villages: Villages
    agenda: Agenda
    bin: Bin
    drafts: Drafts
    feed: Feed
    quarantine: Quarantine
    openrosa: OpenRosaServers
    submissions: Submissions
    sendings: Sendings
    lock: FolderLock

    @property
    def person(self) -> Person:
        """Who works here, on which device. The name is empty until somebody gives one."""
        kv = self.kv
        return Person(kv.get("device") or "", kv.get("user") or "", kv.get("person_name") or "")

    def close(self) -> None:
        """Waits for the write that is under way, then lets the folder go."""
        try:
            self.database.close()
            clear_opened(self.folder.opened)
        finally:
            self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_workspace(path: Path, *, clock: Clock | None = None, create: bool = True) -> Workspace:
    """Opens a workspace folder, making it or completing a half-made one.

    Raises KnownError: "workspace_missing", "folder_not_empty", "newer_workspace", "workspace_in_use",
    "key_missing", "key_damaged", "database_lags", and what `Database` raises.
    """
    started = time.monotonic()
    clock = clock or SystemClock()
    folder = WorkspaceFolder(path)
    folder.refuse_foreign(create=create)
    with file_errors(path):
        make_folder(path)
    lock = FolderLock(folder.lock)
    try:
        key = folder.complete()
        folder.mark.refuse_older(key)
        database = Database(folder.database, key, folder.copies)
    except BaseException:
        lock.release()
        raise
    workspace = assemble(folder, clock, database, key, lock)
    try:
        workspace.photo_files.sweep(older_than_s=0)
        clear_opened(folder.opened)
        begin(workspace)
    except BaseException:
        workspace.close()
        raise
    LOG.info("workspace opened", ms=round((time.monotonic() - started) * 1000))
    return workspace


def assemble(
    folder: WorkspaceFolder, clock: Clock, database: Database, key: bytes, lock: FolderLock
) -> Workspace:
    """The stores of a folder over this database."""
    operations = Operations(database)
    forms, photos = Forms(database, clock), Photos(database)
    tables = resources_folder() / "divisions"
    divisions = Divisions(
        DivisionTable(tables), tables, database, CountyBorders(folder.path / PACK_FILE, folder.tmp)
    )
    return Workspace(
        folder=folder,
        clock=clock,
        database=database,
        kv=KeyValues(database),
        operations=operations,
        own_log=OwnLog(database, operations, clock, Mark(database.path)),
        foreign_logs=ForeignLogs(database),
        forms=forms,
        photos=photos,
        photo_files=PhotoFiles(folder.blobs, folder.tmp, key),
        thumbnails=Thumbnails(),
        divisions=divisions,
        records=Records(database, operations, forms, photos, divisions, clock),
        villages=Villages(database),
        agenda=Agenda(database),
        bin=Bin(database),
        drafts=Drafts(database, clock),
        feed=Feed(database),
        quarantine=Quarantine(database, clock),
        openrosa=OpenRosaServers(database, clock),
        submissions=Submissions(database, clock),
        sendings=Sendings(database),
        lock=lock,
    )


def begin(workspace: Workspace) -> None:
    """What a new workspace needs once: an own log, ids of device and user; what a crash left is tidied."""
    logless = all(log.role != "own" for log in workspace.operations.replicas())
    nameless = workspace.kv.get("device") is None
    if not (logless or nameless or workspace.drafts.has_untouched()):
        return
    with workspace.database.transaction():
        if logless:
            workspace.own_log.start()
        if nameless:
            workspace.kv.put("device", new_uuid7(workspace.clock))
            workspace.kv.put("user", new_uuid7(workspace.clock))
            workspace.kv.put("projection", PROJECTION)  # there is no record yet to read anew
        workspace.drafts.drop_untouched()
