"""A designer: a village without a network, a power cut, and the way home over a bad line."""

from __future__ import annotations

from pathlib import Path

from tools.sessions.screen import Program, Screen
from tools.sessions.stage import DESIGNERS, Server, Show


def play(screen: Screen, work: Path, server: Server, show: Show) -> None:
    """Surveys 余村, is cut off, goes on where the work stood, and syncs."""
    data, there = work / "designer", server.files()
    program = Program(screen, data)
    show("designer-1-first-start")
    program.key("ctrl+n")
    program.key("Down", "Return")  # the first of the menu: the village profile
    program.key("shift+Tab")
    program.type("安吉余村")
    program.answered("Return")
    show("designer-2-village-found")
    program.key("ctrl+shift+p")
    program.type(str(DESIGNERS))
    program.answered("Return")
    show("designer-3-photo")
    program.kill()
    program = Program(screen, data)
    show("designer-4-after-the-power-cut")
    program.key("ctrl+2", "Down")
    program.answered("Return")
    show("designer-5-where-the-work-stood")
    program.key("ctrl+s")
    program.key("ctrl+6")
    program.type("示例设计师乙")
    program.key("Tab", "space")
    program.type(str(server.ticket(work / "designer.json", "surveyor")))
    program.answered("Return")
    show("designer-6-where-the-ticket-leads")
    program.key("space")
    program.key("F5")
    program.wait(lambda: server.files() >= there + 2, "the photo and its preview on the server")
    show("designer-7-over-a-bad-line")
    program.close()
