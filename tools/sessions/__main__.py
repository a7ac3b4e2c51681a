"""`python -m tools.sessions [WHO …]`: plays the sessions named, or all, and keeps their pictures."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.demo.server_child import running_server
from tools.sessions import applicant, author, coordinator, designer
from tools.sessions.bad_line import BadLine
from tools.sessions.screen import Screen
from tools.sessions.stage import KEPT, Server, keeper, survey_before

WHO = ("designer", "applicant", "coordinator", "author")


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m tools.sessions", description=__doc__)
    parser.add_argument("who", nargs="*", metavar="WHO", help=", ".join(WHO))
    parser.add_argument("--to", type=Path, default=KEPT, help="where the pictures go")
    given = parser.parse_args()
    people = given.who or list(WHO)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "server") as child,
        BadLine(child.port) as line,
    ):
        work, direct = Path(folder), Server(child, child.port)
        plays: dict[str, Callable[..., None]] = {
            "designer": partial(designer.play, server=Server(child, line.port)),
            "applicant": applicant.play,
            "coordinator": partial(coordinator.play, server=direct),
            "author": author.play,
        }
        if "coordinator" in people:
            survey_before(direct, work)
        for who in people:
            with Screen() as screen:
                plays[who](screen, work, show=keeper(screen, given.to))
            print(f"{who}: played")


if __name__ == "__main__":
    main()
