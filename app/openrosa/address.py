"""The address of an OpenRosa server: as people paste it, as it is called, and as it may be shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from core.errors import KnownError

_ENDPOINTS: Final = re.compile(r"/+(formList|submission)?/*$", re.IGNORECASE)
_PROJECT: Final = re.compile(r"(/v1(?:/key/[^/]+)?/projects/\d+)/forms(?:/.*)?(?<!/draft)$")
"""Something in a project of ODK Central, which lists its forms and takes submissions at its own address."""
_PROJECT_PAGE: Final = re.compile(r"/projects/\d+")
_KOBO_HOSTS: Final = {
    "kf.kobotoolbox.org": "kc.kobotoolbox.org",
    "eu.kobotoolbox.org": "kc-eu.kobotoolbox.org",
}
"""Where KoboToolbox is seen in a browser, and where it speaks OpenRosa
(https://support.kobotoolbox.org/kobocollect-android.html)."""
_HOST: Final = re.compile(r"[\w.:%-]{1,253}")
_TOKEN: Final = re.compile(r"/(?:key|test|collector)/[^/]+")
"""A token in an address: of an app user or a draft of ODK Central, of a data collector of KoboToolbox. Our
own server gives tokens like the first."""
_LONGEST: Final = 2_000
_SETTINGS_BYTES: Final = 64 * 1024
_SHOWN_OF_TOKEN: Final = 4
_MARK_DIGITS: Final = 16


class ServerAccess(msgspec.Struct, frozen=True):
    """What it takes to talk to a server. All of it is secret: the address may hold a token."""

    url: str
    """Without a slash at its end; `/formList` and `/submission` are put behind it."""
    user: str = ""
    password: str = ""
    authority: str = ""
    """A certificate authority (PEM) to be trusted beside those of the system."""

    @property
    def encrypted(self) -> bool:
        return self.url.startswith("https://")

    @property
    def identity(self) -> str:
        """The same for every token and every user: host and path alone."""
        parts = urlsplit(self.url)
        return f"{parts.netloc.lower()}{_TOKEN.sub('', parts.path)}"

    @property
    def shown(self) -> str:
        """The address for people to recognise, its token hidden."""
        hidden = _TOKEN.sub(_without_most_of_it, self.url)
        return hidden.removeprefix("https://")


def read_access(given: str, user: str = "", password: str = "", authority: str = "") -> ServerAccess:
    """The access that a pasted address means, or the settings in a QR code of ODK Central or ODK Collect.

    `user` and `password` count before those in the address. Raises KnownError "openrosa_address".
    """
    text = given.strip()
    settings = _collect_settings(text)
    if settings is not None:
        text = str(settings.get("server_url", "")).strip()
        user, password = user or _word(settings, "username"), password or _word(settings, "password")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise KnownError("openrosa_address") from error
    known_kind = parts.scheme in {"https", "http"} and len(text) <= _LONGEST
    if not known_kind or host is None or not _HOST.fullmatch(host):
        raise KnownError("openrosa_address")
    host = _KOBO_HOSTS.get(host, host)
    shown_host = f"[{host}]" if ":" in host else host
    netloc = shown_host if port is None else f"{shown_host}:{port}"
    path = _ENDPOINTS.sub("", parts.path)
    if path == "" and (page := _PROJECT_PAGE.match(parts.fragment)):
        path = f"/v1{page[0]}"  # as the address bar shows it
    path = _PROJECT.sub(r"\1", path)
    return ServerAccess(
        urlunsplit((parts.scheme, netloc, path, "", "")),
        user or unquote(parts.username or ""),
        password or unquote(parts.password or ""),
        authority,
    )


def told_as(identity: str) -> str:
    """What everybody's log calls a server of that identity: its host, and a mark in place of its path.

    A path may name a user, as those of KoboToolbox do.
    """
    host, slash, path = identity.partition("/")
    return host + slash + (hashlib.sha256(path.encode()).hexdigest()[:_MARK_DIGITS] if path else "")


def _without_most_of_it(token: re.Match[str]) -> str:
    place, _, secret = token.group().rpartition("/")
    return f"{place}/{secret[:_SHOWN_OF_TOKEN]}…"


def _collect_settings(text: str) -> dict[str, Any] | None:
    """The general settings in what a QR code for ODK Collect says: JSON, deflated, in base64; None: no such.

    https://docs.getodk.org/collect-import-export/#list-of-keys-for-all-settings
    """
    try:
        if not text.startswith("{"):
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(base64.b64decode(text, validate=True), _SETTINGS_BYTES).decode()
        said = json.loads(text)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return None
    general = said.get("general") if isinstance(said, dict) else None
    return general if isinstance(general, dict) else None


def _word(settings: dict[str, Any], name: str) -> str:
    word = settings.get(name, "")
    return word if isinstance(word, str) else ""
