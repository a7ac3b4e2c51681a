"""How this workspace gets into its OpenRosa servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec

from app.jobs import Progress
from app.openrosa.address import ServerAccess
from app.openrosa.endpoint import Endpoint
from app.sync.membership import read_membership
from app.workspace import Workspace
from core.errors import KnownError

_PORTS = {"https": 443, "http": 80}


def kept_access(workspace: Workspace, server: int) -> ServerAccess | None:
    """What was kept for getting into a server; None where only its name is known, as after a plain backup."""
    kept = workspace.openrosa.access(server)
    return None if kept is None else msgspec.json.decode(kept, type=ServerAccess)


@contextmanager
def open_server(workspace: Workspace, server: int, progress: Progress) -> Iterator[Endpoint]:
    """A connection to a server. Raises KnownError "openrosa_no_access": its address is to be given anew."""
    access = kept_access(workspace, server)
    if access is None:
        raise KnownError("openrosa_no_access")
    with open_access(workspace, access, progress) as endpoint:
        yield endpoint


@contextmanager
def open_access(workspace: Workspace, access: ServerAccess, progress: Progress) -> Iterator[Endpoint]:
    """A connection by an access that need not be kept yet; what is read stops when `progress` says so.

    Raises KnownError "openrosa_own_server" for the server that this workspace syncs with: a record that got
    there both ways would be two people's, and in conflict with itself.
    """
    from app.openrosa.connection import Connection  # noqa: PLC0415  # pages show what is known without it

    membership = read_membership(workspace.kv)
    urls, project = ((), "") if membership is None else (membership.urls, membership.project)
    if _place(access.url) in map(_place, urls):
        raise KnownError("openrosa_own_server")
    with Connection(access, workspace.clock, progress.raise_if_cancelled, synced=project) as connection:
        yield Endpoint(connection, workspace.person.device)


def _place(url: str) -> tuple[str | None, int]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
