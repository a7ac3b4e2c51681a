"""The ladder back from a damaged database: log, newest sound copy, operations found, photos, server.

Everything is built beside and put in place at the end; what was damaged is kept. Nothing here asks anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from app.i18n import tr
from app.jobs import Progress
from app.log import subject
from app.storage.database import Database
from app.storage.durable_files import file_errors, make_folder
from app.storage.folder import WorkspaceFolder
from app.storage.folder_lock import FolderLock
from app.storage.key_search import keep_key, surviving_key
from app.storage.mark import Mark, Marked
from app.storage.operations import Replica
from app.storage.recovery_files import (
    best_standing,
    clear,
    damaged_sets,
    pages_of,
    put_in_place,
    rows_of_lists,
    start_from,
    what_is_wrong,
)
from app.storage.returned import ReturnedRows
from app.storage.salvage import Found, Kind, found_rows
from app.sync.membership import read_membership
from app.workspace import Workspace, assemble, begin
from core.clock import Clock
from core.errors import KnownError
from core.records.operation import OpRef, genesis_hash

LOG = subject("recovery")
_A_TRANSACTION = 2000
_RECORDS_A_TRANSACTION = 200


@dataclass(frozen=True)
class Damage:
    """What is wrong with a workspace, and what is there to build on.

    `code`: of a KnownError. `copy`: the database that is stood upon, a copy or the present one; `operations`:
    what it holds; `found`: operations that can still be read in the damaged files; `photos`: photo files.
    """

    code: str
    copy: Path | None
    operations: int
    found: int
    photos: int


@dataclass(frozen=True)
class Recovery:
    """What came back. `lost`: own operations that were known to be and stand nowhere any more.

    `standing`: the copy it was built on; None: nothing but what was found. `found`: operations that were
    found beyond it. `joined`: what others wrote, and what the server holds of `lost`, comes with the next
    sync. `aside`: where the damaged files lie; None: it was the key alone.
    """

    code: str
    standing: Path | None
    found: int
    records: int
    photos: int
    photos_missing: int
    lost: tuple[OpRef, ...]
    joined: bool
    aside: Path | None


def look_at_damage(path: Path, progress: Progress) -> Damage:
    """What is wrong and what is left. Changes nothing but damaged key files. Raises as `recover`."""
    folder = WorkspaceFolder(path)
    with closing(_Lock(folder)), file_errors(path):
        key, key_mended = _key(folder, None)
        code = what_is_wrong(folder, key) or ("key_damaged" if key_mended else None)
        if code is None:
            raise KnownError("nothing_to_restore", folder=str(path))
        standing = best_standing(folder, key)
        found = set[bytes]()
        for file, log in damaged_sets(folder):
            with closing(pages_of(folder, file, log, key)) as pages:
                rows = found_rows(pages, {Kind.OPERATION}, progress, tr("recovery.step.looking"))
                found |= {row.values[5] for row in rows}
        photos = sum(1 for _ in folder.blobs.glob("*/*"))
        return Damage(
            code,
            None if standing is None else standing.database,
            0 if standing is None else standing.operations,
            len(found),
            photos,
        )


def recover(path: Path, clock: Clock, progress: Progress, key_from: Path | None = None) -> Recovery:
    """Builds the best database that can be had and puts it in place; the damaged files are kept beside.

    `key_from`: a backup folder whose key is to be used. Nothing has changed if it raises: KnownError
    "nothing_to_restore", "workspace_missing", "workspace_in_use", "key_missing", "key_damaged",
    "key_foreign", "disk_full", …, JobCancelledError.
    """
    folder = WorkspaceFolder(path)
    lock = _Lock(folder)
    with closing(lock), file_errors(path):
        key, key_mended = _key(folder, key_from)
        code = what_is_wrong(folder, key)
        if code is None and key_mended:
            return _only_the_key(folder, key)
        if code is None:
            raise KnownError("nothing_to_restore", folder=str(path))
        building = folder.tmp / "recovery.part"
        clear(building)
        try:
            return _Rebuilding(folder, clock, progress, key, lock.held).run(code, building)
        except BaseException:
            clear(building)
            raise


class _Lock:
    """The folder's lock, for a workspace that is there."""

    def __init__(self, folder: WorkspaceFolder) -> None:
        if not folder.path.is_dir() or not any(folder.path.iterdir()):
            raise KnownError("workspace_missing", folder=str(folder.path))
        if not (folder.key.exists() or folder.copies.is_dir() or folder.database.exists()):
            raise KnownError("workspace_missing", folder=str(folder.path))
        self.held = FolderLock(folder.lock)

    def close(self) -> None:
        self.held.release()


def _key(folder: WorkspaceFolder, elsewhere: Path | None) -> tuple[bytes, bool]:
    """The key that opens the folder, which now stands in both places, and whether it had to be mended."""
    key = surviving_key(folder, elsewhere)
    for place in (folder.tmp, folder.copies, folder.blobs):
        make_folder(place)
    mended = keep_key(folder, key)
    folder.complete()
    return key, mended


def _only_the_key(folder: WorkspaceFolder, key: bytes) -> Recovery:
    """A workspace to which nothing had happened but to its key."""
    records, photos = rows_of_lists(folder.database, key)
    return Recovery(
        code="key_damaged",
        standing=folder.database,
        found=0,
        records=records,
        photos=photos,
        photos_missing=0,
        lost=(),
        joined=False,
        aside=None,
    )


class _Rebuilding:
    """One recovery, step by step."""

    def __init__(
        self, folder: WorkspaceFolder, clock: Clock, progress: Progress, key: bytes, lock: FolderLock
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._progress = progress
        self._key = key
        self._lock = lock
        self._touched: set[str] = set()
        self._found = 0

    def run(self, code: str, building: Path) -> Recovery:
        """From the best copy to the workspace in its place."""
        self._progress.step(0, 0, tr("recovery.step.copy"))
        standing = best_standing(self._folder, self._key)
        if standing is not None:
            start_from(standing, building, self._key)
        with closing(Database(building, self._key, self._folder.tmp)) as database:
            workspace = assemble(self._folder, self._clock, database, self._key, self._lock)
            for file, log in damaged_sets(self._folder):
                self._take_from(workspace, file, log)
            begin(workspace)
            lost = self._settle_log(workspace, self._folder.mark.read())
            records = workspace.records.ids() if standing is not None else self._touched
            self._read_records_anew(workspace, sorted(self._touched))
            photos, missing = self._find_photos(workspace)
            made = Recovery(
                code=code,
                standing=None if standing is None else standing.database,
                found=self._found,
                records=len(records),
                photos=photos,
                photos_missing=missing,
                lost=lost,
                joined=read_membership(workspace.kv) is not None,
                aside=None,
            )
            own = workspace.operations.own()
        return self._put_in_place(made, own, building)

    def _take_from(self, workspace: Workspace, file: Path, log: Path) -> None:
        """Everything readable of one damaged file that is not here yet."""
        text = tr("recovery.step.finding")
        with closing(pages_of(self._folder, file, log, self._key)) as pages:
            few = list(found_rows(pages, set(Kind) - {Kind.OPERATION}, self._progress, text))
            returned = ReturnedRows(workspace.database)
            before = _own_count(workspace)
            with workspace.database.transaction():
                returned.put_logs(row for row in few if row.kind is Kind.LOG)
            rows = found_rows(pages, {Kind.OPERATION}, self._progress, text)
            for piece in _pieces(rows, _A_TRANSACTION):
                with workspace.database.transaction():
                    for row in piece:
                        returned.put_operation(row)
            with workspace.database.transaction():
                returned.settle()
            newest = max((row.values[3] for row in few if row.kind is Kind.LOG), default=0)
            with workspace.database.transaction():
                returned.put_rest(few, newer=newest >= before)
        self._touched |= returned.records
        self._found += returned.operations
        LOG.info("rows found", operations=returned.operations, nameless=returned.nameless)

    def _settle_log(self, workspace: Workspace, marked: Marked | None) -> tuple[OpRef, ...]:
        """The own log as it stands, if nothing of it is missing; else a new one. What is missing."""
        own = workspace.operations.own()
        prefix, numbers = _sound_prefix(workspace, own)
        last = max(own.last_n, own.acked, prefix)
        if marked is not None and marked.log == own.id:
            last = max(last, marked.n)
        missing = [OpRef(own.id, n) for n in range(prefix + 1, last + 1) if n not in numbers]
        if marked is not None and marked.log != own.id:  # nothing that was found names this log
            known = {line.n for line in workspace.operations.log(marked.log)}
            missing += [OpRef(marked.log, n) for n in range(1, marked.n + 1) if n not in known]
        if missing or marked is None or prefix < last:
            with workspace.database.transaction():
                self._touched |= workspace.own_log.fork(workspace.person, after=prefix)
        return tuple(missing)

    def _read_records_anew(self, workspace: Workspace, records: list[str]) -> None:
        for done in range(0, len(records), _RECORDS_A_TRANSACTION):
            self._progress.raise_if_cancelled()
            self._progress.step(done, len(records), tr("recovery.step.records"))
            with workspace.database.transaction():
                workspace.records.refresh(records[done : done + _RECORDS_A_TRANSACTION])

    def _find_photos(self, workspace: Workspace) -> tuple[int, int]:
        """Photos whose files are here count as here, the others are wanted: how many of each."""
        everything = workspace.photos.here() + workspace.photos.to_fetch(limit=-1)
        here = 0
        for done in range(0, len(everything), _A_TRANSACTION):
            self._progress.step(done, len(everything), tr("recovery.step.photos"))
            with workspace.database.transaction():
                for photo in everything[done : done + _A_TRANSACTION]:
                    if workspace.photo_files.looks_whole(photo.digest, photo.size):
                        here += 1
                        if not photo.here:
                            workspace.photos.add(photo.digest, photo.size, photo.mime, lane=photo.lane)
                    elif photo.here:
                        workspace.photos.damaged(photo.digest)
        return here, len(everything) - here

    def _put_in_place(self, made: Recovery, own: Replica, building: Path) -> Recovery:
        self._progress.raise_if_cancelled()
        report = {
            "code": made.code,
            "standing": None if made.standing is None else made.standing.name,
            "operations_found": made.found,
            "operations_lost": [list(ref) for ref in made.lost],
            "photos_missing": made.photos_missing,
        }
        aside = put_in_place(self._folder, building, self._clock.now(), report)
        Mark(self._folder.database).note(own.id, own.last_n)
        LOG.info("recovered", found=made.found, lost=len(made.lost), records=made.records)
        return replace(made, aside=aside)


def _own_count(workspace: Workspace) -> int:
    """How far the own log has come in what is stood upon; -1 if there is none yet."""
    own = [one for one in workspace.operations.replicas() if one.role == "own"]
    return own[0].last_n if own else -1


def _sound_prefix(workspace: Workspace, own: Replica) -> tuple[int, set[int]]:
    """How far the own log goes without a hole and with every hash right, and all its numbers."""
    prefix, previous, numbers = 0, genesis_hash(own.id), set[int]()
    for line in workspace.operations.log(own.id):
        numbers.add(line.n)
        if line.n == prefix + 1 and line.prev == previous:
            prefix, previous = line.n, line.hash
    return prefix, numbers


def _pieces(rows: Iterable[Found], size: int) -> Iterable[list[Found]]:
    piece: list[Found] = []
    for row in rows:
        piece.append(row)
        if len(piece) == size:
            yield piece
            piece = []
    yield piece
