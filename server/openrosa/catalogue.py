"""The forms that devices left here, as phones ask for them: by id and version."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import KnownError
from core.forms.model.form import Form
from core.forms.version_order import version_order
from core.forms.xform.reading import parse_xform
from core.protocol.form_package import unpack_form
from core.protocol.wire_errors import WireError
from server.queries import holdings
from server.sync_service import Server

_INSTANCE = re.compile(rb"<(?:\w+:)?instance\s[^>]*>")
_ATTRIBUTE = re.compile(rb'\b(id|src)\s*=\s*"([^"]*)"')
_FORMS_KEPT = 8  # parsed; a form of 500 questions takes some megabytes


@dataclass(frozen=True)
class FormVersion:
    """A version of a form. `broken` is why nobody can fill it in, "" for one that is sound.

    `lists` are the outside lists that it asks, the divisions and records of forms, each with the name of the
    file that the form reads it from.
    """

    digest: str
    form_id: str
    version: str
    title: str
    md5: str
    lists: Mapping[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    broken: str = ""


class Catalogue:
    """All versions that are here; each is read once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._versions: dict[str, FormVersion] = {}
        self._forms: OrderedDict[str, Form] = OrderedDict()

    def versions(self) -> list[FormVersion]:
        """Every version in the order they came."""
        with self._lock:
            with self._server.database.read() as connection:
                digests = holdings.form_digests(connection, self._server.identity.project)
            for digest in digests:
                if digest not in self._versions:
                    self._versions[digest] = self._read(digest)
            return [self._versions[digest] for digest in digests]

    def newest(self) -> list[FormVersion]:
        """The greatest version of each form, of equal ones the last that came; broken ones do not count."""
        best: dict[str, FormVersion] = {}
        for one in self.versions():
            known = best.get(one.form_id)
            if not one.broken and (known is None or not _is_newer(known, one)):
                best[one.form_id] = one
        return list(best.values())

    def find(self, form_id: str, version: str) -> FormVersion | None:
        """That version of that form; of several with the same name the last that came."""
        found = (one for one in reversed(self.versions()) if not one.broken)
        return next((one for one in found if (one.form_id, one.version) == (form_id, version)), None)

    def of_digest(self, digest: str) -> FormVersion | None:
        """The version of that digest."""
        return next((one for one in self.versions() if one.digest == digest), None)

    def form(self, digest: str) -> Form:
        """The form of a version that is here and not broken."""
        with self._lock:
            form = self._forms.get(digest)
            if form is None:
                form = self._forms[digest] = parse_xform(*self.files(digest), checked=True)
            self._forms.move_to_end(digest)
            while len(self._forms) > _FORMS_KEPT:
                self._forms.popitem(last=False)
            return form

    def files(self, digest: str) -> tuple[bytes, dict[str, bytes]]:
        """The XForm and its media as they were left. Raises WireError `unknown-form`."""
        with self._server.database.read() as connection:
            package = holdings.form_package(connection, self._server.identity.project, digest)
        if package is None:
            raise WireError("unknown-form")
        return unpack_form(digest, package)

    def _read(self, digest: str) -> FormVersion:
        try:
            form = parse_xform(*self.files(digest))
        except (KnownError, WireError) as broken:
            reason = broken.values.get("reason", "") if isinstance(broken, KnownError) else broken.code.name
            return FormVersion(digest, "", "", "", "", broken=f"form-broken {reason}".strip())
        return FormVersion(
            digest,
            form.form_id,
            form.version,
            form.title(""),
            md5(form.xml),
            _list_files(form),
            tuple(form.media),
        )


def _is_newer(one: FormVersion, other: FormVersion) -> bool:
    return version_order(one.version) > version_order(other.version)


def _list_files(form: Form) -> dict[str, str]:
    found = (dict(_ATTRIBUTE.findall(tag)) for tag in _INSTANCE.findall(form.xml))
    named = {one.get(b"id", b"").decode(): one.get(b"src", b"").decode() for one in found}
    return {name: named.get(name, "").rpartition("/")[2] for name in sorted(form.external_lists)}


def md5(content: bytes) -> str:
    """What OpenRosa compares files by."""
    return "md5:" + hashlib.md5(content, usedforsecurity=False).hexdigest()
