"""Answers on their way from screen to disk; what the disk refuses waits here and goes with the next."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from app.changes import Changes
from app.usecases.records import Finalised, finalise_record, keep_draft, look_at, save_record
from app.workspace import Workspace
from core.values import Value

if TYPE_CHECKING:
    from core.forms.filling.session import FormSession


class AnswerKeeper:
    """Keeps, saves and opens records of one workspace.

    Its methods are called by jobs; jobs of one record run one after the other, so nothing here is locked.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._refused: dict[str, dict[str, Value]] = {}

    @property
    def waiting(self) -> bool:
        """Whether answers of any record are on no disk."""
        return bool(self._refused)

    def waits(self, record_id: str) -> bool:
        """Whether answers of this record are on no disk."""
        return record_id in self._refused

    def keep(self, record_id: str, answers: Mapping[str, Value]) -> None:
        """Put answers, and those refused before, into the draft. Raises as `keep_draft`; then they wait."""
        self._refused[record_id] = self._refused.get(record_id, {}) | dict(answers)
        keep_draft(self._workspace, record_id, self._refused[record_id])
        del self._refused[record_id]

    def save(self, record_id: str) -> Changes:
        """Save the draft and what waits. Raises as `save_record`."""
        changes = save_record(self._workspace, record_id, self._refused.get(record_id))
        self._refused.pop(record_id, None)
        return changes

    def finalise(self, record_id: str) -> Finalised:
        """Save the draft and what waits, and finalise. Raises as `finalise_record`."""
        result = finalise_record(self._workspace, record_id, self._refused.get(record_id))
        self._refused.pop(record_id, None)
        return result

    def look_at(self, record_id: str) -> tuple[FormSession, int]:
        """The record with its draft and with what waits laid over, as `look_at` of the use case gives it."""
        session, arrival = look_at(self._workspace, record_id)
        for path, value in self._refused.get(record_id, {}).items():
            with suppress(KeyError, ValueError):  # rows and marks that no person sets still wait to be saved
                session.set(path, value)
        return session, arrival
