"""What phones sent and the server could not take in yet: listed, and laid out for people to read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from server.openrosa.kept import KeptSubmissions
from server.queries import submissions
from server.sync_service import Server


class Waiting(NamedTuple):
    """A submission that is set aside: who sent it, when, in which form, and why it waits."""

    digest: str
    name: str
    form_id: str
    version: str
    reason: str
    received_at: str


def waiting(server: Server) -> list[Waiting]:
    """All that are set aside, oldest first."""
    project = server.identity.project
    with server.database.read() as connection:
        rows = submissions.set_aside(connection, project)
        names = submissions.senders(connection, project)
    return [
        Waiting(row.digest, names.get(row.device, ""), row.form_id, row.version, row.reason, row.received_at)
        for row in rows
    ]


def write_waiting(server: Server, archive: Path, folder: Path) -> None:
    """A folder for each: the XML as it came, and its files under the last part of their names.

    A file that the disk has spoiled, and that was put aside, is left out.
    """
    kept, project = KeptSubmissions(archive), server.identity.project
    for one in waiting(server):
        found = kept.read(one.digest)
        if found is None:
            continue
        place = folder / one.digest.removeprefix("sha256:")[:16]
        place.mkdir(parents=True, exist_ok=True)
        (place / "submission.xml").write_bytes(found.xml)
        sound = [file for file in found.files if server.blobs.size(project, file.blob) is not None]
        for n, file in enumerate(sound, 1):
            plain = PurePosixPath(file.name.replace("\\", "/")).name
            shown = "".join(sign for sign in plain if sign.isalnum() or sign in " ._-")[-80:].lstrip(".")
            with (place / f"{n}-{shown}").open("wb") as written:
                for piece in server.blobs.read(project, file.blob):
                    written.write(piece)
