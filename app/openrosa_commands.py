"""What `cunjiang openrosa …` does, with answers for people and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.bootstrap import open_data
from app.commands import Answer
from app.errors import finding_sentence, sentence
from app.i18n import language, tr
from app.jobs import Progress
from app.paths import Places
from app.usecases import forms, openrosa, submitting
from app.workspace import Workspace
from core.errors import KnownError

if TYPE_CHECKING:
    from app.usecases.forms import FormReading

_CHANGING = frozenset({"new", "newer", "files"})
"""What is fetched when no form is named: what changes something here."""


def list_servers(places: Places) -> Answer:
    """The servers that were added, with the numbers that the other commands take."""
    with open_data(places) as workspace:
        servers = openrosa.known_servers(workspace)
    lines = [tr("cli_openrosa.line", num=one.num, shown=one.shown, user=one.user) for one in servers]
    return Answer(tuple(lines) or (tr("openrosa.none"),), {"servers": msgspec.to_builtins(servers)})


def add_server(places: Places, address: str, user: str, password: str, authority: Path | None) -> Answer:
    """Keeps a server that answers with a list of forms."""
    with open_data(places) as workspace:
        count = openrosa.add_server(workspace, address, user, password, authority)
    return Answer((tr("cli_openrosa.added", count=count),), {"forms": count})


def forget_server(places: Places, server: int) -> Answer:
    """Takes the way into a server away."""
    with open_data(places) as workspace:
        openrosa.forget_server(workspace, _number(workspace, server))
    return Answer((tr("cli_openrosa.forgotten"),), {})


def list_forms(places: Places, server: int) -> Answer:
    """What the server offers, and how it stands to what is here."""
    with open_data(places) as workspace:
        found = openrosa.list_server_forms(workspace, _number(workspace, server), Progress())
    lines = [
        tr(
            "cli_openrosa.form_line",
            standing=tr(f"server_forms.{one.standing}"),
            form=one.listed.form_id,
            version=one.listed.version,
            name=one.listed.name,
        )
        for one in found
    ]
    said = [
        {
            "form": one.listed.form_id,
            "name": one.listed.name,
            "version": one.listed.version,
            "standing": one.standing,
            "installed": one.installed,
        }
        for one in found
    ]
    return Answer((*lines, tr("cli_openrosa.count", count=len(found))), {"forms": said})


def fetch_forms(places: Places, form_ids: tuple[str, ...], server: int) -> Answer:
    """Fetches and installs these forms, or all that are new or changed; what cannot be installed is told."""
    installed, refused = list[dict[str, str]](), list[dict[str, str]]()
    lines = []
    with open_data(places) as workspace:
        num = _number(workspace, server)
        offered = openrosa.list_server_forms(workspace, num, Progress())
        wanted = [openrosa.find_listed(offered, form_id) for form_id in form_ids] or [
            one.listed for one in offered if one.standing in _CHANGING
        ]
        for listed in wanted:
            fetched = openrosa.fetch_form(workspace, num, listed, Progress())
            reading = forms.read_fetched(workspace, fetched, language())
            why = _install(workspace, reading)
            facts = {"form": listed.form_id, "version": listed.version}
            if why:
                refused.append({**facts, "reason": why})
                lines.append(tr("cli_openrosa.not_installed", title=listed.name, reason=why))
            else:
                installed.append(facts)
                lines.append(tr("cli_openrosa.installed", title=listed.name, version=listed.version))
    said = {"installed": installed, "not_installed": refused}
    return Answer(tuple(lines) or (tr("cli_openrosa.unchanged"),), said, complete=not refused)


def send_records(places: Places, server: int) -> Answer:
    """Sends what waits for the server; what it did not take is told with the reason."""
    with open_data(places) as workspace:
        result = submitting.send_records(workspace, _number(workspace, server), Progress())
    told = [(one.record, one.title, sentence(one.error), one.error.code) for one in result.refused]
    lines = [tr("sending.refusal", title=title or record, reason=reason) for record, title, reason, _ in told]
    refused = [{"record": record, "code": code, "reason": reason} for record, _, reason, code in told]
    done = tr("cli_openrosa.sent", sent=result.sent, refused=len(refused))
    return Answer((*lines, done), {"sent": result.sent, "refused": refused}, complete=not refused)


def _install(workspace: Workspace, reading: FormReading) -> str:
    """Installs what was fetched; "" or why that could not be."""
    if reading.form is None:
        return finding_sentence(next(one for one in reading.findings if one.stands_in_the_way))
    try:
        forms.install_read(workspace, reading)
    except KnownError as error:
        return sentence(error)
    return ""


def _number(workspace: Workspace, server: int) -> int:
    """The number of the server that is meant: the only one where none is named (0)."""
    numbers = [one.num for one in openrosa.known_servers(workspace)]
    if server in numbers:
        return server
    if server == 0 and len(numbers) == 1:
        return numbers[0]
    raise KnownError("openrosa_server_unknown")
