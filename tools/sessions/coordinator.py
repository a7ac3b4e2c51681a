"""A coordinator: joins by a QR code, syncs, and prints the summary of a county."""

from __future__ import annotations

from pathlib import Path

from tools.sessions.screen import Program, Screen
from tools.sessions.stage import Server, Show


def play(screen: Screen, work: Path, server: Server, show: Show) -> None:
    """Gets what the designers sent, looks at 安吉县, previews its summary."""
    program = Program(screen, work / "coordinator")
    program.key("ctrl+6")
    program.type("示例协调员")
    program.key("Tab", "space")
    program.type(str(server.ticket(work / "coordinator.png", "coordinator")))
    program.answered("Return")
    show("coordinator-1-joining-by-qr-code")
    program.key("space", "F5")
    show("coordinator-2-everything-has-come")
    program.key("ctrl+4")
    program.type("安吉县")
    program.answered("Return")
    show("coordinator-3-summary")
    program.key("ctrl+p")
    show("coordinator-4-summary-on-paper")
    program.close()
