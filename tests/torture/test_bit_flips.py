"""A flipped bit anywhere in database, log and photos: noticed before a false value is read, and never a crash."""

from __future__ import annotations

import random
import shutil

import pytest

from app.errors import sentence
from app.usecases.records import list_records, open_session
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace
from tests.torture.contents import contents

ONE_IN = 97 * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace as a kill leaves it: half of its records in the database, half in the log."""
    place = tmp_path_factory.mktemp("flips")
    with a_workspace(place / "open") as workspace:
        for number in range(6):
            a_record(
                workspace,
                remark=f"{number}" * 900,
                **{"photos[p]/photo": a_photo(workspace, bytes([number]) * 500)},
            )
        workspace.database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for number in range(6):
            a_record(workspace, remark=f"更多{number}" * 300)
        held = contents(workspace.database)
        shutil.copytree(place / "open", place / "ws")
    (place / "ws" / "survey.db-shm").unlink()
    return place / "ws", held


def outcome(folder, held):
    """ "told", or "right": everything that was held, read whole. Anything else fails."""
    try:
        with open_workspace(folder, create=False) as workspace:
            if workspace.database.check(thorough=True):
                return "told"
            for row in list_records(workspace):
                open_session(workspace, row.record_id)
            assert contents(workspace.database) == held
            if any(not workspace.photo_files.is_sound(photo.digest) for photo in workspace.photos.here()):
                return "told"
            return "right"
    except KnownError as error:
        return "told" if error.code not in sentence(error) else "without words"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["survey.db", "survey.db-wal"])
def test_a_bit_flipped_in_the_database_or_its_log_is_told_or_harmless(folder, tmp_path, name):
    whole, held = folder
    size = (whole / name).stat().st_size
    rng = random.Random(name)
    outcomes = []
    for start in range(0, size, ONE_IN):
        at = min(size - 1, start + rng.randrange(ONE_IN))
        shutil.copytree(whole, tmp_path / "ws")
        content = bytearray((whole / name).read_bytes())
        content[at] ^= 1 << rng.randrange(8)
        (tmp_path / "ws" / name).write_bytes(content)
        outcomes.append(outcome(tmp_path / "ws", held))
        shutil.rmtree(tmp_path / "ws")
    assert set(outcomes) <= {"told", "right"}
    assert outcomes.count("told") > len(outcomes) / 4  # pages written once more in the log are harmless


def test_a_bit_flipped_in_any_byte_of_the_small_files_is_told_or_made_good(folder, tmp_path):
    whole, held = folder
    for name in ("key", "format", "mark", "copies/key"):
        for at in range(0, (whole / name).stat().st_size, 5):
            shutil.copytree(whole, tmp_path / "ws")
            content = bytearray((whole / name).read_bytes())
            content[at] ^= 1
            (tmp_path / "ws" / name).write_bytes(content)
            assert outcome(tmp_path / "ws", held) in {"told", "right"}
            shutil.rmtree(tmp_path / "ws")
