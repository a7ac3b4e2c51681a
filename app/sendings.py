"""What other servers are known to hold of a record: by everybody's log, and by what was sent from here."""

from __future__ import annotations

from collections.abc import Sequence

from app.openrosa.address import told_as
from app.storage.submissions import MAYBE_THERE, NOT_THERE, SENT, THERE, Submission
from app.workspace import Workspace
from core.records.operation import INSTANCE
from core.records.sending import Sending, Standing, standing


def tell_sendings(workspace: Workspace) -> None:
    """Writes into the log what was sent from here and it does not tell yet: colleagues go on from there.

    Also what earlier versions of this program sent, and what was cut before it could be told.
    """
    untold = workspace.submissions.untold()
    if not untold:
        return
    with workspace.database.transaction():
        workspace.own_log.tell_who(workspace.person)
        for one in untold:
            sending = Sending(
                record=one.record,
                server=told_as(one.identity),
                instance=one.instance,
                edits=one.edits,
                there=one.known >= THERE,
                content=one.content if one.known > THERE else "",
            )
            workspace.own_log.tell_sending(sending)
            workspace.submissions.note_told(one)


def known_standing(workspace: Workspace, server: int, record: str, own: Sequence[Submission]) -> Standing:
    """What that server holds of the record; `own` are the submissions from here."""
    name = _name(workspace, server)
    told = [one for one in workspace.sendings.of_record(record) if one.server == name]
    from_here = [
        Sending(
            record,
            name,
            one.instance,
            one.deprecated,
            one.held == THERE,
            one.content if one.state == SENT else "",
        )
        for one in own
        if one.held >= MAYBE_THERE
    ]
    refuted = {one.instance for one in own if one.held == NOT_THERE}
    known = standing([*told, *from_here])
    return Standing(
        known.newest, known.content, tuple(doubt for doubt in known.doubts if doubt not in refuted)
    )


def newest_elsewhere(workspace: Workspace, server: int, record: str) -> list[str]:
    """The instances that the record is known by in other places, each the newest there.

    A server that has another address now holds what it held under the old one; one that a phone sends to
    holds what came from there by cable.
    """
    name, root = _name(workspace, server), f"uuid:{record}"
    by_server: dict[str, list[Sending]] = {}
    for one in workspace.sendings.of_record(record):
        by_server.setdefault(one.server, []).append(one)
    by_server.pop(name, None)
    found = [standing(told).newest for _, told in sorted(by_server.items())]
    merged = workspace.records.merged(record)
    document = None if merged is None else merged.values.get(INSTANCE)
    if isinstance(document, list) and document and document[0] != root:
        instance = str(document[0])
        found += [] if workspace.sendings.is_of_another(record, instance) else [instance]
    return list(dict.fromkeys(filter(None, found)))


def _name(workspace: Workspace, server: int) -> str:
    """What the log calls a server of this workspace."""
    return told_as(workspace.openrosa.identity_of(server))
