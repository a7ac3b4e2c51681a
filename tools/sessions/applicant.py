"""An applicant: the official form without any account, on paper and as a Word file."""

from __future__ import annotations

from pathlib import Path

from tools.sessions.screen import Program, Screen
from tools.sessions.stage import Show


def play(screen: Screen, work: Path, show: Show) -> None:
    """Fills in 特色聚集区合作共建申报表, looks at its paper, saves it."""
    program = Program(screen, work / "applicant")
    program.key("ctrl+n")
    program.key("Up", "Return")  # the last of the menu
    program.key("shift+Tab")
    program.type("泉州德化")
    program.answered("Return")
    show("applicant-1-place")
    program.key("Tab", times=6)
    program.type("示例：德化白瓷产业集群")
    show("applicant-2-typing")
    program.key("ctrl+p")
    show("applicant-3-paper")
    program.close()
