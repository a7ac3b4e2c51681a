"""What a server answered to a submission."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from app.openrosa.documents import named, root_of
from app.openrosa.link import LinkError, RefusedError
from core.errors import KnownError

_RECEIVED: Final = frozenset({201, 202})
_MESSAGE_SIGNS: Final = 300


class Reply(msgspec.Struct, frozen=True):
    """The answer to one POST. `openrosa`: it came with the header that only an OpenRosa server gives."""

    status: int
    openrosa: bool
    content: bytes

    @property
    def message(self) -> str:
        """What the server says to people, on one line, a dash for nothing."""
        root = self._response()
        said = [one.text or "" for one in named(root, "message")] if root is not None else []
        return " ".join("".join(said[:1]).split())[:_MESSAGE_SIGNS] or "—"

    def raise_if_refused(self) -> None:
        """Nothing if the submission was received: 201 or 202 with an OpenRosaResponse and the header.

        Raises RefusedError for what the server refuses about this submission, LinkError or KnownError for
        what no other submission would get past either.
        """
        if self.status in _RECEIVED and self.openrosa and self._response() is not None:
            return
        match self.status:
            case 401:
                raise KnownError("openrosa_login")
            case 423 | 429 | 502 | 503 | 504:  # 423: KoboToolbox is at this very record
                raise LinkError("openrosa_busy")
            case status if status < 400 or status == 511:
                raise LinkError("openrosa_portal")
            case 413:
                raise RefusedError("openrosa_too_big")
        if not self.openrosa and self.status >= 500:
            raise LinkError("openrosa_trouble", status=self.status)
        if not self.openrosa and self.status != 400:
            raise LinkError("openrosa_not_found" if self.status == 404 else "openrosa_portal")
        match self.status:
            case 409:
                raise RefusedError("openrosa_conflict")
            case 404:
                raise RefusedError("openrosa_form_closed", message=self.message)
            case status if status >= 500:
                raise RefusedError("openrosa_trouble_with", status=status)
        raise RefusedError("openrosa_refused", status=self.status, message=self.message)

    def _response(self) -> Element | None:
        return root_of(self.content, "OpenRosaResponse")
