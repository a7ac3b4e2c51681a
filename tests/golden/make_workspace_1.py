"""Makes tests/golden/workspace-1 and what is known to be in it. Run once; the result is never made anew.

`python -m tests.golden.make_workspace_1 FOLDER`. Every later version must read what this one wrote.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.usecases.records import delete_record, finalise_record, keep_draft, save_record
from app.workspace import Workspace
from core.records.operation import FINAL
from tests.builders import a_photo, a_record, a_workspace, carry

PHOTO = bytes(range(256)) * 300  # more than one frame; no picture, storage does not mind


class SteppingClock:
    """A minute later each time somebody looks."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time

    def monotonic_ms(self) -> int:
        return 1000


def make(folder: Path) -> None:
    """A workspace with every kind of thing in it: photo, repeat, bin, conflict, unsaved answer, another's log."""
    clock = SteppingClock()
    with tempfile.TemporaryDirectory() as elsewhere:
        workspace = a_workspace(folder / "workspace-1", name="示例甲", clock=clock)
        other = a_workspace(Path(elsewhere) / "other", name="示例乙", clock=clock)
        photo = a_photo(workspace, PHOTO)
        with_photo = a_record(
            workspace,
            name="示例：有照片",
            village="示例村",
            village_code="330523000000",
            area={"d": "12.50"},
            households=21,
            **{"hh[r1]/person": "示例户主", "hh[r1]/age": 64, "photos[p1]/photo": photo},
        )
        disputed = a_record(workspace, name="示例：有争议", remark="起初")
        deleted = a_record(workspace, name="示例：已删除", remark="𠮷野家 🏠")
        unsaved = a_record(workspace, name="示例：没保存完")
        carry(workspace, other)
        save_record(workspace, disputed, {"/remark": "甲的说法"})
        save_record(other, disputed, {"/remark": "乙的说法", "/kind": "乙也改了这个"})
        carry(other, workspace)
        delete_record(workspace, deleted)
        assert finalise_record(workspace, with_photo).done
        keep_draft(workspace, unsaved, {"/remark": "只打了字"})
        with workspace.database.transaction():
            workspace.operations.acknowledge(workspace.operations.own().id, acked=3, durable=2)
        known = contents(workspace)
        assert [row["state"] for row in known["rows"]].count(FINAL) == 1
        workspace.close()
        other.close()
    for name in ("lock", "tmp", "copies"):
        part = folder / "workspace-1" / name
        part.unlink() if part.is_file() else shutil.rmtree(part)
    text = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "workspace-1.json").write_text(text + "\n", "utf-8")


def contents(workspace: Workspace) -> dict[str, Any]:
    """All that a workspace holds, as JSON data."""
    logs = workspace.operations.replicas()
    records = sorted(workspace.records.ids())
    merged = {record: workspace.records.merged(record) for record in records}
    rows = [workspace.records.row(record) for record in records]
    return {
        "person": vars(workspace.person),
        "logs": {log.id: [line.line.decode() for line in workspace.operations.log(log.id)] for log in logs},
        "states": {log.id: [line.state for line in workspace.operations.log(log.id)] for log in logs},
        "hashes": {log.id: log.last_hash.hex() for log in logs},
        "values": {record: one.values for record, one in merged.items() if one is not None},
        "rows": [{**vars(row), "columns": dict(row.columns)} for row in rows if row is not None],
        "conflicts": [vars(conflict) for conflict in workspace.records.conflicts()],
        "drafts": {
            record: {path: answer.value for path, answer in workspace.drafts.answers(record).items()}
            for record in sorted(workspace.drafts.records())
        },
        "photos": [vars(photo) for photo in workspace.photos.here()],
        "forms": sorted(workspace.forms.digests()),
    }


if __name__ == "__main__":
    make(Path(sys.argv[1]))
