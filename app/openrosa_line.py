"""`cunjiang openrosa …`: its commands and options."""

from __future__ import annotations

import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from app.i18n import tr

if TYPE_CHECKING:
    from app.commands import Answer
    from app.paths import Places


class OpenRosaLine:
    """`run` gives each command the places and prints its answer."""

    def __init__(self, run: Callable[[Callable[[Places, Any], Answer]], int]) -> None:
        self._run = run

    def build(self) -> App:
        """The commands in the language spoken now."""
        app = App(name="openrosa", help=tr("cli_openrosa.about"))
        commands: tuple[Callable[..., int], ...] = (
            self.servers, self.add, self.forget, self.list, self.fetch, self.send,
        )  # fmt: skip
        for command in commands:
            app.command(command, name=command.__name__, help=tr(f"cli_openrosa.{command.__name__}"))
        return app

    def servers(self) -> int:
        """Lists servers."""
        return self._run(lambda places, c: c.list_servers(places))

    def add(
        self,
        address: Annotated[str, Parameter(help=tr("cli_openrosa.address"))],
        *,
        user: Annotated[str, Parameter(help=tr("cli_openrosa.user"))] = "",
        authority: Annotated[Path | None, Parameter(help=tr("cli_openrosa.authority"))] = None,
    ) -> int:
        """Adds a server."""
        password = _password() if user else ""
        return self._run(lambda places, c: c.add_server(places, address, user, password, authority))

    def forget(self, *, server: Annotated[int, Parameter(help=tr("cli_openrosa.server"))] = 0) -> int:
        """Forgets a server."""
        return self._run(lambda places, c: c.forget_server(places, server))

    def list(self, *, server: Annotated[int, Parameter(help=tr("cli_openrosa.server"))] = 0) -> int:
        """Lists forms."""
        return self._run(lambda places, c: c.list_forms(places, server))

    def fetch(
        self,
        *forms: Annotated[str, Parameter(help=tr("cli_openrosa.forms"))],
        server: Annotated[int, Parameter(help=tr("cli_openrosa.server"))] = 0,
    ) -> int:
        """Fetches forms."""
        return self._run(lambda places, c: c.fetch_forms(places, forms, server))

    def send(self, *, server: Annotated[int, Parameter(help=tr("cli_openrosa.server"))] = 0) -> int:
        """Sends records."""
        return self._run(lambda places, c: c.send_records(places, server))


def _password() -> str:
    """One line: typed unseen, or from a program; never an argument, which others could see."""
    if sys.stdin.isatty():
        return getpass(tr("cli_openrosa.ask_password"))
    return sys.stdin.readline().rstrip("\r\n")
