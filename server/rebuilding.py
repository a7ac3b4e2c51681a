"""The database made anew from what lies beside it: the archive of batches, the roll, the photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import KnownError
from core.protocol.wire_errors import WireError
from server.app import assemble
from server.archive import KeptBatch
from server.config import ServerConfig
from server.database import Database, set_aside
from server.openrosa.gateway import Gateway
from server.queries import holdings
from server.roll import read_roll, restore_roll
from server.sync_service import Server, SyncService

LOG = structlog.get_logger("rebuild")


@dataclass(frozen=True)
class Rebuilt:
    """What came back. `damaged` are files that did not read back; `refused` batches that fit no log.

    `set_aside` is the folder of the old database, None if there was none.
    """

    batches: int
    photos: int
    devices: int
    damaged: tuple[str, ...]
    refused: tuple[str, ...]
    set_aside: Path | None


def rebuild(config: ServerConfig, clock: Clock) -> Rebuilt:
    """Makes the database again; the old one is put aside, never deleted. Forms come back with the next syncs.

    Safe to cut: the new file takes its place when it is whole. The caller holds the data folder's lock.
    Raises KnownError "server_nothing_to_rebuild" without a readable roll.
    """
    page = read_roll(config.roll_file)
    if page is None:
        raise KnownError("server_nothing_to_rebuild", file=config.roll_file.name)
    beside = config.database_file.with_name("rebuilding.db")
    for leftover in config.data.glob("rebuilding.db*"):
        leftover.unlink()
    database = Database(beside)
    try:
        with database.transaction() as connection:
            restore_roll(connection, page)
        server = assemble(config, database, clock, page.project_name)
        batches, refused, damaged = _replay(server)
        Gateway(server, config.archive).rebuild()
        photos, broken = _note_photos(server)
    finally:
        database.close()
    aside = set_aside(config.database_file, f"{clock.now():%Y%m%dT%H%M%S}")
    beside.replace(config.database_file)
    LOG.info("rebuilt", batches=batches, photos=photos)
    return Rebuilt(batches, photos, len(page.devices), (*damaged, *broken), refused, aside)


def _replay(server: Server) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Takes every archived batch in the order of receipt; how many, which were refused, which damaged.

    The order is that of the log, whatever the server's clock said; the time parts those of one moment.

    Batches that came while another was on its way may stand before what they follow: they are tried again
    as long as any other was taken.
    """
    found = list(server.archive.kept())
    damaged = tuple(str(one) for one in found if isinstance(one, Path))
    batches = [one for one in found if isinstance(one, KeptBatch)]
    waiting = sorted(batches, key=lambda one: (one.after, one.received.timestamp(), one.batch.header.first))
    taken = 0
    while True:
        left = [one for one in waiting if not _taken(server, one)]
        taken += len(waiting) - len(left)
        if len(left) in {0, len(waiting)}:
            return taken, tuple(one.path for one in left), damaged
        waiting = left


def _taken(server: Server, kept: KeptBatch) -> bool:
    device = server.device(kept.device)
    if device is None:
        return False
    try:
        SyncService(server, device).take_again(kept)
    except WireError as refused:
        LOG.info("batch refused", path=kept.path, code=refused.code.name)
        return False
    return True


def _note_photos(server: Server) -> tuple[int, tuple[str, ...]]:
    """Writes the rows of all photos whose files are sound; how many, and the names of the damaged ones."""
    sound, damaged = 0, []
    for project, digest in server.blobs.whole():
        mime, size = server.blobs.mime(project, digest), server.blobs.size(project, digest)
        if mime is None or size is None:
            damaged.append(digest)
            continue
        with server.database.transaction() as connection:
            holdings.add_blob(connection, project, digest, size=size, mime=mime, device="", at=server.now())
        sound += 1
    return sound, tuple(damaged)
