"""What one asks of an OpenRosa server: its forms, a form's files, and to take a submission."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from app.openrosa.form_list import (
    LIST_BYTES_LIMIT,
    ListedFile,
    ListedForm,
    read_form_list,
    read_manifest,
)
from app.openrosa.multipart import Post
from core.errors import KnownError

if TYPE_CHECKING:
    from app.openrosa.connection import Connection

XFORM_BYTES_LIMIT: Final = 32 * 1024 * 1024
FILE_BYTES_LIMIT: Final = 64 * 1024 * 1024
"""Of one file that belongs to a form."""
USUAL_POST_BYTES: Final = 10_000_000
"""What a server takes that says nothing, as ODK Collect assumes (InstanceServerUploader.java)."""
_LEAST_POST_BYTES: Final = 64 * 1024
_LENGTH: Final = "x-openrosa-accept-content-length"


class Endpoint:
    """A server over an open connection. `device` tells it which device asks; servers may keep it."""

    def __init__(self, connection: Connection, device: str) -> None:
        self._connection = connection
        self._device = {"deviceID": f"cunjiang:{device}"}
        self._target = ""
        self.post_bytes = USUAL_POST_BYTES

    def form_list(self) -> tuple[ListedForm, ...]:
        """The forms that the server offers. Raises KnownError for the link, the login, what is no list."""
        url = self._connection.at("formList")
        return read_form_list(self._connection.get(url, LIST_BYTES_LIMIT, params=self._device))

    def manifest(self, form: ListedForm) -> tuple[ListedFile, ...]:
        """The files that belong to a form."""
        if not form.manifest_url:
            return ()
        return read_manifest(self._connection.get(form.manifest_url, LIST_BYTES_LIMIT))

    def xform(self, form: ListedForm) -> bytes:
        """The XForm, byte for byte. Raises KnownError "openrosa_hash" if it is not what the list says."""
        xml = self._connection.get(form.url, XFORM_BYTES_LIMIT, of_openrosa=False)
        if form.hash and md5_of(xml) != form.hash:
            raise KnownError("openrosa_hash", file=form.name)
        return xml

    def file(self, file: ListedFile) -> bytes:
        """A file that belongs to a form. Raises KnownError "openrosa_hash" if it is not what was listed.

        The hash of a list that the server makes when it is asked for is none of its bytes (ODK Central before
        2024 does not say which these are): a CSV counts when it comes twice alike.
        """
        content = self._connection.get(file.url, FILE_BYTES_LIMIT, of_openrosa=False)
        if not file.hash or file.is_entity_list or md5_of(content) == file.hash:
            return content
        made_anew = file.name.lower().endswith(".csv")
        if made_anew and self._connection.get(file.url, FILE_BYTES_LIMIT, of_openrosa=False) == content:
            return content
        raise KnownError("openrosa_hash", file=file.name)

    def prepare(self) -> None:
        """Asks where submissions go and how large a POST may be."""
        self._target, headers = self._connection.ask(self._connection.at("submission"))
        said = headers.get(_LENGTH, "")
        if said.isdecimal() and len(said) < 16:
            self.post_bytes = max(int(said), _LEAST_POST_BYTES)

    def submit(self, post: Post) -> None:
        """Sends one POST. When this returns, the server has said that it holds what was in it.

        Raises RefusedError for this submission alone, LinkError when nobody knows whether it arrived,
        KnownError for what no submission would get past.
        """
        url = self._target or self._connection.at("submission")
        self._connection.post(self._with_device(url), post.content_type, post.size, post).raise_if_refused()

    def _with_device(self, url: str) -> str:
        mark = "&" if "?" in url else "?"
        return f"{url}{mark}deviceID={self._device['deviceID']}"


def md5_of(content: bytes) -> str:
    """The MD5 as servers give it, for comparing only."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
