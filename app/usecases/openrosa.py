"""OpenRosa servers: add one, try it, forget it, see what forms it offers, and fetch one of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from app.errors import known_os_error
from app.given_files import read_given
from app.jobs import Progress
from app.log import subject
from app.openrosa.address import read_access
from app.openrosa.endpoint import Endpoint, md5_of
from app.openrosa.form_list import ListedFile, ListedForm
from app.openrosa_servers import kept_access, open_access, open_server
from app.storage.openrosa import FetchedForm, FormOrigin
from app.workspace import Workspace
from core.clock import iso_seconds
from core.errors import KnownError
from core.forms.model.form import Form

LOG = subject("openrosa")
FORM_FILES_LIMIT = 256 * 1024 * 1024
"""Bytes of all files of one form."""
_AUTHORITY_BYTES = 1024 * 1024
_PICTURE_BYTES = 64 * 1024 * 1024
_KEPT_DAYS = 7
"""Files that were fetched for a form which nobody installed."""

Standing = Literal["new", "newer", "files", "unlinked", "here"]


class KnownServer(msgspec.Struct, frozen=True):
    """A server as the list of them shows it. `ready`: its address is known; else it is to be added anew."""

    num: int
    shown: str
    user: str
    encrypted: bool
    ready: bool


class ServerForm(msgspec.Struct, frozen=True):
    """A form that a server offers, and how it stands to what is installed.

    new: no version of it is here; newer: this version is not; files: only its files differ; unlinked: it is
    here and came another way; here. `installed` is the newest version here.
    """

    listed: ListedForm
    standing: Standing
    installed: str | None


def known_servers(workspace: Workspace) -> list[KnownServer]:
    """The servers of this workspace, as they were added."""
    servers = []
    for server in workspace.openrosa.servers():
        access = kept_access(workspace, server.num)
        if access is None:
            servers.append(KnownServer(server.num, server.identity, "", encrypted=True, ready=False))
        else:
            servers.append(
                KnownServer(server.num, access.shown, access.user, encrypted=access.encrypted, ready=True)
            )
    return servers


def add_server(
    workspace: Workspace, given: str, user: str = "", password: str = "", authority: Path | None = None
) -> int:
    """Keeps a server that answers with a list of forms; how many forms it offers.

    `given` is its address, or the text of a QR code for ODK Collect; `authority` a file (PEM) of the
    certificate authority that vouches for it. Where it is known already, this way in takes the place of the
    one before. Raises KnownError "openrosa_address", "openrosa_authority" and those of the link; then
    nothing is kept.
    """
    access = read_access(given, user, password, _authority(authority))
    with open_access(workspace, access, Progress()) as endpoint:
        offered = len(endpoint.form_list())
    with workspace.database.transaction():
        num = workspace.openrosa.keep_server(access.identity, msgspec.json.encode(access).decode())
    LOG.info("server added", server=num, forms=offered)
    return offered


def read_code(file: Path) -> str:
    """The text of the QR code for ODK Collect in a picture, for `add_server`.

    Raises KnownError "openrosa_no_code", and for what is no picture.
    """
    from app.media.qr import read_qr  # noqa: PLC0415  # brings Pillow, and only a picture needs it

    try:
        picture = read_given(file, _PICTURE_BYTES)
    except OSError as error:
        raise known_os_error(error, file) from error
    for text in read_qr(picture):
        with suppress(KnownError):
            read_access(text)
            return text
    raise KnownError("openrosa_no_code", file=file.name)


def try_server(workspace: Workspace, server: int) -> int:
    """How many forms the server offers now. Raises KnownError when it does not answer as it should."""
    with open_server(workspace, server, Progress()) as endpoint:
        return len(endpoint.form_list())


def forget_server(workspace: Workspace, server: int) -> None:
    """Forgets address, user and password. Forms and records stay, and what the server holds stays known."""
    with workspace.database.transaction():
        workspace.openrosa.forget_server(server)


def list_server_forms(
    workspace: Workspace, server: int, progress: Progress | None = None
) -> list[ServerForm]:
    """The forms that the server offers, those that would change something here first."""
    progress = progress or Progress()
    noted = workspace.openrosa.forms_of(server)
    forms = []
    with open_server(workspace, server, progress) as endpoint:
        listed = endpoint.form_list()
        for done, form in enumerate(listed):
            progress.raise_if_cancelled()
            progress.step(done, len(listed), form.name)
            forms.append(_standing(workspace, endpoint, form, noted))
    order = ("newer", "files", "new", "unlinked", "here")
    return sorted(forms, key=lambda form: (order.index(form.standing), form.listed.name))


def fetch_form(
    workspace: Workspace, server: int, form: ListedForm, progress: Progress | None = None
) -> FetchedForm:
    """A form with its files, whole and compared with their hashes; nothing is installed by that.

    Files that are here already, or came before a fetch was cut, are not fetched again. Raises KnownError
    "openrosa_hash", "openrosa_too_large" and those of the link.
    """
    progress = progress or Progress()
    noted = workspace.openrosa.forms_of(server)
    long_ago = iso_seconds(workspace.clock.now() - timedelta(days=_KEPT_DAYS))
    with workspace.database.transaction():
        workspace.openrosa.drop_fetched(before=long_ago)
    with open_server(workspace, server, progress) as endpoint:
        files = endpoint.manifest(form)
        progress.step(0, len(files) + 1, form.name)
        xml = endpoint.xform(form)
        here = _files_here(workspace, form.form_id, noted)
        media: dict[str, bytes] = {}
        for done, file in enumerate(files, 1):
            progress.raise_if_cancelled()
            progress.step(done, len(files) + 1, file.name)
            media[file.name] = here.get(_key(file)) or _fetched(workspace, endpoint, file)
            if sum(map(len, media.values())) > FORM_FILES_LIMIT:
                raise KnownError("openrosa_too_large", limit_mb=FORM_FILES_LIMIT // 1_000_000)
    LOG.info("form fetched", server=server, files=len(media), bytes=len(xml))
    return FetchedForm(form.name, xml, media, FormOrigin(server, {file.name: file.hash for file in files}))


def find_listed(forms: list[ServerForm], form_id: str) -> ListedForm:
    """The form of that id that the server offers. Raises KnownError "openrosa_form_unknown"."""
    found = next((form.listed for form in forms if form.listed.form_id == form_id), None)
    if found is None:
        raise KnownError("openrosa_form_unknown", form=form_id)
    return found


def _standing(
    workspace: Workspace, endpoint: Endpoint, listed: ListedForm, noted: Mapping[str, Mapping[str, str]]
) -> ServerForm:
    versions = workspace.forms.versions(listed.form_id)
    if not versions:
        return ServerForm(listed, "new", None)
    same = [form for form in versions if _is_version(form, listed)]
    if not same:
        return ServerForm(listed, "newer", versions[0].version)
    wanted = {file.name: file.hash for file in endpoint.manifest(listed)}
    standing: Standing = "files"
    if noted.get(same[0].digest) == wanted:
        standing = "here"
    elif any(_hashes(form) == wanted for form in same):
        standing = "unlinked"
    return ServerForm(listed, standing, versions[0].version)


def _is_version(form: Form, listed: ListedForm) -> bool:
    return md5_of(form.xml) == listed.hash if listed.hash else form.version == listed.version


def _hashes(form: Form) -> dict[str, str]:
    return {name: md5_of(content) for name, content in form.media.items()}


def _files_here(
    workspace: Workspace, form_id: str, noted: Mapping[str, Mapping[str, str]]
) -> dict[str, bytes]:
    """The files of every version that is here, by the key that the server's list would give them."""
    here = {}
    for form in workspace.forms.versions(form_id):
        for name, content in form.media.items():
            given = noted.get(form.digest, {}).get(name) or md5_of(content)
            here[_key(ListedFile(name, given, ""))] = content
    return here


def _fetched(workspace: Workspace, endpoint: Endpoint, file: ListedFile) -> bytes:
    """The file from an earlier fetch that was cut, else from the server; kept as soon as it is whole."""
    kept = workspace.openrosa.fetched(_key(file)) if file.hash else None
    if kept is not None:
        return kept
    content = endpoint.file(file)
    if file.hash:
        with workspace.database.transaction():
            workspace.openrosa.keep_fetched(_key(file), content)
    return content


def _key(file: ListedFile) -> str:
    return f"{file.hash} {file.name}"


def _authority(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return read_given(file, _AUTHORITY_BYTES).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError("openrosa_authority") from error
