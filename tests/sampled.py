"""A workspace with the sample records, all finalised, for tests that read many kinds of records."""

from __future__ import annotations

import json
from itertools import cycle, islice
from pathlib import Path

from app.bootstrap import install_bundled_forms
from app.demo.samples import fill_in, read_samples
from app.workspace import open_workspace
from core.clock import Clock

PICTURES = Path(__file__).parent / "pictures"


def make_sampled(folder: Path, clock: Clock) -> None:
    """Makes the workspace at `folder`; beside it the id of each record by the key of its sample."""
    supply = cycle(sorted(PICTURES.glob("*.jpg")))
    records: dict[str, str] = {}
    with open_workspace(folder, clock=clock) as workspace:
        install_bundled_forms(workspace)
        with workspace.database.transaction():
            workspace.kv.put("person_name", "示例协调员")
        for sample in read_samples():
            taken = list(islice(supply, sample.photo_count))
            records[sample.key] = fill_in(workspace, sample, taken, records)
    folder.with_suffix(".json").write_text(json.dumps(records), encoding="utf-8")


def sampled_records(folder: Path) -> dict[str, str]:
    """The id of each record by the key of its sample."""
    return json.loads(folder.with_suffix(".json").read_text(encoding="utf-8"))
