"""What every page works with, handed in by the main window."""

from __future__ import annotations

import msgspec

from app.ui.answer_keeper import AnswerKeeper
from app.ui.change_bus import ChangeBus
from app.ui.job_runner import JobRunner
from app.ui.look import Look
from app.ui.preferences import Preferences
from app.workspace import Workspace


class Desk(msgspec.Struct, frozen=True):
    """The opened workspace and the window's one way to work, to hear of changes and to draw."""

    workspace: Workspace
    jobs: JobRunner
    changes: ChangeBus
    preferences: Preferences
    look: Look
    keeper: AnswerKeeper
