"""A bar that shows how far a job has come."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar


class JobProgress(QProgressBar):
    """Hidden until something runs; moving to and fro until the job tells its first step."""

    def __init__(self) -> None:
        super().__init__()
        self.hide()

    def show_running(self, running: bool) -> None:
        """A job begins, or has ended."""
        self.setVisible(running)
        self.setRange(0, 0)

    def show_step(self, done: int, total: int, text: str) -> None:
        """So many of so many are done; `text` says what is being done."""
        self.setRange(0, max(total, 0))
        self.setValue(done)
        self.setFormat(text)
