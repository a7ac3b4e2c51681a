"""A client process that saves, photographs and syncs until it is killed. Run with a workspace folder and a seed.

Each save is said on standard output after it was acknowledged, with the unique word it wrote; the first is
followed by "ready".
"""

from __future__ import annotations

import contextlib
import random
import sys
from pathlib import Path

from app.usecases.records import save_record
from app.usecases.sync import sync_now
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record
from tests.servers import a_picture


def main(folder: Path, seed: int) -> None:
    choose = random.Random(seed)
    with open_workspace(folder) as workspace:
        for number in range(10_000):
            word = f"w{seed}x{number}"
            records = workspace.records.ids()
            if len(records) < 3:
                a_record(workspace, name=word)
            elif number % 5 == 4:
                photo = a_photo(workspace, a_picture(seed * 10_000 + number, 100))
                save_record(
                    workspace, choose.choice(records), {f"/photos[{word}]/photo": photo, "/remark": word}
                )
            else:
                path = choose.choice(["/name", "/remark", "/kind"])
                save_record(workspace, choose.choice(records), {path: word})
            sys.stdout.write(f"{word}\n" if number else f"{word}\nready\n")
            sys.stdout.flush()
            if number % 4 == 3:
                with contextlib.suppress(KnownError):
                    sync_now(workspace, sleep=lambda _: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
