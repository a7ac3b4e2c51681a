"""How sound the workspace is: checks that run beside the work, and the way back when something is damaged."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from app.changes import Changes
from app.i18n import tr
from app.jobs import Progress
from app.log import subject
from app.recovering import Damage, Recovery, look_at_damage, recover
from app.storage.database_copies import regular_copies
from app.storage.photos import Photo
from app.workspace import Workspace
from core.clock import Clock, SystemClock
from core.errors import KnownError

LOG = subject("health")
SCRUB_EVERY = timedelta(days=7)
PIECE_S = 0.3
"""How long one piece of a scrub reads before it writes down how far it has come."""
_CHECKED, _SCRUB = "health.checked", "health.scrub"
DAMAGE = {"database_damaged", "database_unreadable"}
"""What reading a damaged database raises."""
T = TypeVar("T")
NOTHING = Changes()
NAMED = 10
"""So many runs of numbers of lost operations are told; the report beside the damaged files names all."""


@dataclass(frozen=True)
class KeptCopy:
    """A regular copy of the database, by its file's time."""

    file: Path
    made: datetime
    size: int


@dataclass(frozen=True)
class Health:
    """What is known about the soundness of a workspace. Times are ISO texts; None: not yet.

    `database`: what SQLite found wrong at the last check; `photos`: damaged or lost here and not brought
    again; `scrubbed`: when everything was last read back; `scrub_at`: how far the present one is, 0 to 1.
    """

    checked: str | None
    database: tuple[str, ...]
    photos: tuple[str, ...]
    copies: tuple[KeptCopy, ...]
    scrubbed: str | None
    scrub_at: float | None
    changes: Changes = NOTHING

    @property
    def sound(self) -> bool:
        return not self.database and not self.photos


class _Checked(msgspec.Struct):
    at: str


class _Scrub(msgspec.Struct):
    """How far a scrub has come: the tables that are still to be read, then photos after a digest."""

    begun: str | None = None
    tables: list[str] = []
    after: str = ""
    finds: list[str] = []
    ended: str | None = None


def health_of(workspace: Workspace) -> Health:
    """What the last checks found, and the copies there are."""
    try:
        return _known(workspace)
    except KnownError as error:
        if error.code not in DAMAGE:
            raise
        return _damaged(workspace, [error.code])


def _known(workspace: Workspace) -> Health:
    checked, scrub = _read(workspace, _CHECKED, _Checked), _read(workspace, _SCRUB, _Scrub)
    return Health(
        checked=None if checked is None else checked.at,
        database=() if scrub is None else tuple(scrub.finds),
        photos=tuple(workspace.photos.damaged_here()),
        copies=_copies(workspace),
        scrubbed=None if scrub is None else scrub.ended,
        scrub_at=None if scrub is None or scrub.begun is None else _share(workspace, scrub),
    )


def _damaged(workspace: Workspace, finds: list[str]) -> Health:
    """A damaged database is neither asked nor written any further."""
    now = workspace.clock.now().isoformat()
    return Health(now, tuple(finds), (), _copies(workspace), None, None)


def _copies(workspace: Workspace) -> tuple[KeptCopy, ...]:
    """The regular copies, the newest first."""
    copies = [
        KeptCopy(file, datetime.fromtimestamp(file.stat().st_mtime).astimezone(), file.stat().st_size)
        for file in regular_copies(workspace.folder.copies)
    ]
    return tuple(sorted(copies, key=lambda copy: copy.made, reverse=True))


def check_at_start(workspace: Workspace, progress: Progress) -> Health:
    """SQLite's quick check and a look at each photo's file; what is damaged is wanted again.

    Some seconds for a large workspace; others may read and write meanwhile. Raises JobCancelledError.
    """
    started = time.monotonic()
    try:
        finds = workspace.database.check(stop=lambda: progress.cancelled)
    except KnownError as error:
        if error.code not in DAMAGE:
            raise
        finds = [error.code]
    if finds:
        LOG.info("damage found", finds=len(finds))
        return _damaged(workspace, finds)
    missing = [
        photo
        for photo in workspace.photos.here()
        if not workspace.photo_files.looks_whole(photo.digest, photo.size)
    ]
    changes = _want_again(workspace, missing)
    _write(workspace, _CHECKED, _Checked(workspace.clock.now().isoformat()))
    LOG.info("checked", photos=len(missing), ms=round((time.monotonic() - started) * 1000))
    return replace(health_of(workspace), changes=changes)


def scrub_is_due(workspace: Workspace) -> bool:
    """Whether a scrub is under way, or the last one is a week ago (or dated in the future)."""
    scrub = _read(workspace, _SCRUB, _Scrub)
    if scrub is None or scrub.ended is None or scrub.begun is not None:
        return True
    return abs(workspace.clock.now() - datetime.fromisoformat(scrub.ended)) > SCRUB_EVERY


def scrub(workspace: Workspace, progress: Progress, *, piece_s: float = PIECE_S) -> bool:
    """Reads back one more piece of everything, tables first, then photos; whether the whole is done.

    How far it has come is kept, so that it goes on after a restart. Damaged photos are wanted again. Raises
    JobCancelledError with nothing lost but the piece.
    """
    state = _read(workspace, _SCRUB, _Scrub)
    if state is None or state.begun is None:
        ended = None if state is None else state.ended
        state = _Scrub(workspace.clock.now().isoformat(), workspace.database.table_names(), ended=ended)
    until = time.monotonic() + piece_s
    damaged: list[Photo] = []
    done = False
    while True:
        progress.raise_if_cancelled()
        if state.tables:
            state.finds += _check_table(workspace, state.tables[0], progress)
            state.tables = state.tables[1:]
        else:
            following = workspace.photos.here(after=state.after, limit=1)
            done = not following
            for photo in following:
                damaged += [] if workspace.photo_files.is_sound(photo.digest) else [photo]
                state.after = photo.digest
        if done or time.monotonic() >= until:
            break
    if done:
        LOG.info("scrubbed", finds=len(state.finds))
        state.begun, state.after, state.ended = None, "", workspace.clock.now().isoformat()
    _want_again(workspace, damaged)
    _write(workspace, _SCRUB, state)
    return done


def look_at(path: Path, progress: Progress | None = None) -> Damage:
    """What is wrong with a workspace that does not open, and what is left. Raises as `recover_workspace`."""
    return look_at_damage(path, progress or Progress())


def recover_workspace(
    path: Path, clock: Clock | None = None, progress: Progress | None = None, key_from: Path | None = None
) -> Recovery:
    """Brings back all that can be had of a workspace that is not open; the damaged files are kept beside.

    `key_from`: a backup folder whose key is to be used. Nothing has changed if it raises: KnownError
    "nothing_to_restore", "workspace_missing", "workspace_in_use", "key_missing", "key_damaged",
    "key_foreign", "disk_full", …, JobCancelledError.
    """
    return recover(path, clock or SystemClock(), progress or Progress(), key_from)


def told(recovery: Recovery) -> list[str]:
    """What came back and what did not, in sentences."""
    lines = [tr("recovery.done", records=recovery.records, photos=recovery.photos)]
    if recovery.found and recovery.standing is not None:
        lines.append(tr("recovery.found", count=recovery.found))
    if recovery.lost:
        runs = _runs([ref.n for ref in recovery.lost])
        numbers = ", ".join(runs[:NAMED])
        if len(runs) > NAMED:
            numbers = tr("recovery.lost_more", first=numbers)
        lines.append(tr("recovery.lost", count=len(recovery.lost), numbers=numbers))
    else:
        lines.append(tr("recovery.nothing_lost"))
    if recovery.photos_missing:
        lines.append(tr("recovery.photos_missing", count=recovery.photos_missing))
    if recovery.joined:
        lines.append(tr("recovery.sync_next"))
    if recovery.aside is not None:
        lines.append(tr("recovery.aside", folder=recovery.aside))
    return lines


def _runs(numbers: list[int]) -> list[str]:
    """Numbers, those in a row as "23–31"."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def _check_table(workspace: Workspace, table: str, progress: Progress) -> list[str]:
    try:
        return workspace.database.check(thorough=True, table=table, stop=lambda: progress.cancelled)
    except KnownError as error:
        if error.code not in DAMAGE:
            raise
        return [error.code]


def _want_again(workspace: Workspace, damaged: list[Photo]) -> Changes:
    if damaged:
        LOG.info("photos are wanted again", count=len(damaged))
        with workspace.database.transaction():
            for photo in damaged:
                workspace.photos.damaged(photo.digest)
    return Changes(photos=frozenset(photo.digest for photo in damaged))


def _share(workspace: Workspace, scrub: _Scrub) -> float:
    """How much of a scrub is done, counted in photos; the tables are a tenth of it."""
    if scrub.tables:
        return 0.0
    here = workspace.photos.here()
    return 0.1 + 0.9 * sum(photo.digest <= scrub.after for photo in here) / max(1, len(here))


def _read(workspace: Workspace, key: str, kind: type[T]) -> T | None:
    text = workspace.kv.get(key)
    return None if text is None else msgspec.json.decode(text, type=kind)


def _write(workspace: Workspace, key: str, state: msgspec.Struct) -> None:
    with workspace.database.transaction():
        workspace.kv.put(key, msgspec.json.encode(state).decode())
