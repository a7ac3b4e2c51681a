"""Saves records and attaches photos as fast as it can, and says each one on stdout once it is acknowledged.

Run as `python saving_child.py WORKSPACE SEED`; a test kills it. One line a save: record, path, value (JSON).
"""

from __future__ import annotations

import json
import random
import sys
from itertools import count
from pathlib import Path

from app.usecases.records import keep_draft, save_record
from app.workspace import open_workspace
from core.values import Value
from tests.builders import a_photo, a_record


def main(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    with open_workspace(folder, create=False) as workspace:
        say("ready")
        records: list[str] = []
        for number in count():
            if len(records) < 3 or rng.random() < 0.2:
                records.append(a_record(workspace, remark=f"{seed}:{number}"))
                say(records[-1], "/remark", f"{seed}:{number}")
                continue
            record = rng.choice(records)
            if rng.random() < 0.5:
                photo = a_photo(workspace, rng.randbytes(rng.randrange(1, 200_000)))
                change: dict[str, Value] = {f"/photos[p{seed}-{number}]/photo": photo}
            else:
                change = {rng.choice(["/remark", "/kind", "/village"]): f"{seed}:{number}"}
            if rng.random() < 0.5:
                keep_draft(workspace, record, change)
                save_record(workspace, record)
            else:
                save_record(workspace, record, change)
            for path, value in change.items():
                say(record, path, value)


def say(*words: Value) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
