"""The honest line at the foot of the window, in words."""

from __future__ import annotations

from app.i18n import tr
from app.usecases.status import Standing


def status_words(standing: Standing) -> str:
    """Where this workspace belongs, what is here, what waits for the server."""
    waits = standing.records_waiting or standing.photos_waiting
    alone = standing.project_name is None
    parts = [
        tr("status.alone") if alone else tr("status.joined", project=standing.project_name),
        tr("status.local", count=standing.records),
        tr("status.waiting", records=standing.records_waiting, photos=standing.photos_waiting)
        if waits
        else tr("status.nothing_waits"),
    ]
    return "  ·  ".join(parts)
