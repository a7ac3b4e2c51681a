"""What can go wrong between here and an OpenRosa server."""

from __future__ import annotations

from core.errors import KnownError


class LinkError(KnownError):
    """The server was not reached, or the line broke. Whatever was under way can be tried again as it is."""


class RefusedError(KnownError):
    """The server does not take this one submission; it may take others."""
