"""All that a workspace holds, as JSON data: made beside each golden workspace, and compared for ever after."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from app.storage.listing import RecordFilter
from app.usecases.records import list_records
from app.usecases.references import linked_to
from app.workspace import Workspace

PHOTO = bytes(range(256)) * 300  # more than one frame; no picture, storage does not mind


def contents(workspace: Workspace) -> dict[str, Any]:
    """All that a workspace holds, as JSON data."""
    logs = workspace.operations.replicas()
    records = sorted(workspace.records.ids())
    merged = {record: workspace.records.merged(record) for record in records}
    rows = [workspace.records.row(record) for record in records]
    return {
        "bin": sorted(row.record_id for row in rows if row is not None and row.life == "deleted"),
        "links": {
            record: sorted(link.row.title for link in linked_to(workspace, record)) for record in records
        },
        "found": sorted(row.record_id for row in list_records(workspace, RecordFilter(text="示例"))),
        "divisions": sorted(found.name for found in workspace.divisions.find("示例新村")),
        "person": asdict(workspace.person),
        "logs": {log.id: [line.line.decode() for line in workspace.operations.log(log.id)] for log in logs},
        "states": {log.id: [line.state for line in workspace.operations.log(log.id)] for log in logs},
        "hashes": {log.id: log.last_hash.hex() for log in logs},
        "values": {record: one.values for record, one in merged.items() if one is not None},
        "rows": [{**asdict(row), "columns": dict(row.columns)} for row in rows if row is not None],
        "conflicts": [asdict(conflict) for conflict in workspace.records.conflicts()],
        "drafts": {
            record: {path: answer.value for path, answer in workspace.drafts.answers(record).items()}
            for record in sorted(workspace.drafts.records())
        },
        "photos": [asdict(photo) for photo in workspace.photos.here()],
        "forms": sorted(workspace.forms.digests()),
        "servers": _servers(workspace),
        "sent": _sent(workspace, records),
        "told": [asdict(one) for record in records for one in workspace.sendings.of_record(record)],
    }


def _servers(workspace: Workspace) -> list[Any]:
    """The servers of others, how one gets in, and the forms that came from each."""
    return [
        [one.identity, workspace.openrosa.access(one.num), workspace.openrosa.forms_of(one.num)]
        for one in workspace.openrosa.servers()
    ]


def _sent(workspace: Workspace, records: list[str]) -> list[Any]:
    """What was last sent of each record to each of them, with its files."""
    found = [
        next(reversed(workspace.submissions.all_of(server.num, record)), None)
        for server in workspace.openrosa.servers()
        for record in records
    ]
    return [
        [
            {**asdict(one), "xml": one.xml.decode(), "error": None},
            [asdict(file) for file in workspace.submissions.files_of(one.num)],
        ]
        for one in found
        if one is not None
    ]
