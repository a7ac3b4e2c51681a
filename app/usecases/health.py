"""How sound the workspace is, and the way back when it is not."""

from __future__ import annotations

from pathlib import Path

from app.i18n import tr
from app.jobs import Progress
from app.recovering import Damage, Recovery, look_at_damage, recover
from core.clock import Clock, SystemClock

NAMED = 10
"""Of so many lost operations the numbers are told one by one."""


def look_at(path: Path, progress: Progress | None = None) -> Damage:
    """What is wrong with a workspace that does not open, and what is left. Raises as `recover_workspace`."""
    return look_at_damage(path, progress or Progress())


def recover_workspace(
    path: Path, clock: Clock | None = None, progress: Progress | None = None, key_from: Path | None = None
) -> Recovery:
    """Brings back all that can be had of a workspace that is not open; the damaged files are kept beside.

    `key_from`: a backup folder whose key is to be used. Nothing has changed if it raises: KnownError
    "nothing_to_restore", "workspace_missing", "workspace_in_use", "key_missing", "key_damaged",
    "key_foreign", "disk_full", …, JobCancelledError.
    """
    return recover(path, clock or SystemClock(), progress or Progress(), key_from)


def told(recovery: Recovery) -> list[str]:
    """What came back and what did not, in sentences."""
    lines = [tr("recovery.done", records=recovery.records, photos=recovery.photos)]
    if recovery.found and recovery.standing is not None:
        lines.append(tr("recovery.found", count=recovery.found))
    if recovery.lost:
        numbers = ", ".join(str(ref.n) for ref in recovery.lost[:NAMED])
        if len(recovery.lost) > NAMED:
            numbers = tr("recovery.lost_more", first=numbers)
        lines.append(tr("recovery.lost", count=len(recovery.lost), numbers=numbers))
    else:
        lines.append(tr("recovery.nothing_lost"))
    if recovery.photos_missing:
        lines.append(tr("recovery.photos_missing", count=recovery.photos_missing))
    if recovery.joined:
        lines.append(tr("recovery.sync_next"))
    if recovery.aside is not None:
        lines.append(tr("recovery.aside", folder=recovery.aside))
    return lines
