from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace, carry, values_of


def test_a_workspace_is_made_once_and_keeps_its_names(tmp_path):
    with open_workspace(tmp_path / "ws") as first:
        person, own = first.person, first.operations.own().id
        assert person.device
        assert person.user
        assert person.name == ""
    with open_workspace(tmp_path / "ws", create=False) as again:
        assert again.person == person
        assert again.operations.own().id == own


def test_two_workspaces_have_two_logs(tmp_path):
    with open_workspace(tmp_path / "a") as one, open_workspace(tmp_path / "b") as two:
        assert one.operations.own().id != two.operations.own().id
        assert one.person.device != two.person.device


def test_a_workspace_that_is_open_is_not_opened_twice(tmp_path):
    with open_workspace(tmp_path / "ws"):
        with pytest.raises(KnownError) as caught:
            open_workspace(tmp_path / "ws")
        assert caught.value.code == "workspace_in_use"
    open_workspace(tmp_path / "ws").close()


def test_a_refused_opening_leaves_the_folder_free(tmp_path):
    open_workspace(tmp_path / "ws").close()
    key = (tmp_path / "ws" / "key").read_text()
    (tmp_path / "ws" / "key").write_text("f" * 64)
    with pytest.raises(KnownError) as caught:
        open_workspace(tmp_path / "ws")
    assert caught.value.code == "database_unreadable"
    (tmp_path / "ws" / "key").write_text(key)
    open_workspace(tmp_path / "ws").close()


def test_closing_twice_is_harmless(tmp_path):
    workspace = open_workspace(tmp_path / "ws")
    workspace.close()
    workspace.close()


def test_a_copied_folder_opens_anywhere(tmp_path):
    with a_workspace(tmp_path / "ws") as workspace:
        record = a_record(workspace, remark="带走")
        photo = a_photo(workspace, b"a picture")
    (tmp_path / "ws").rename(tmp_path / "elsewhere")
    with open_workspace(tmp_path / "elsewhere", create=False) as moved:
        assert values_of(moved, record)["/remark"] == "带走"
        assert moved.photo_files.read(photo["b"]) == b"a picture"


def test_leftovers_of_a_crash_are_swept(tmp_path):
    open_workspace(tmp_path / "ws").close()
    (tmp_path / "ws" / "tmp" / "half.part").write_bytes(b"half a photo")
    with open_workspace(tmp_path / "ws") as workspace:
        assert list(workspace.folder.tmp.iterdir()) == []


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="needs root, to become somebody with fewer rights"
)
@pytest.mark.parametrize("existing", [False, True])
def test_a_folder_that_may_not_be_written_is_a_known_error(tmp_path, existing, checkout):
    if existing:
        open_workspace(tmp_path / "ws").close()
    else:
        (tmp_path / "ws").mkdir()
    program = (
        "import os, sys; from pathlib import Path; from app.workspace import open_workspace; "
        "from core.errors import KnownError\n"
        "os.chdir(sys.argv[1]); os.setuid(65534)\n"
        "try: open_workspace(Path('ws'))\n"
        "except KnownError as e: print(e.code)"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/pytest"):
            folder.chmod(0o755)
    (tmp_path / "ws").chmod(0o755)
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True, text=True, cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)}, check=False,
    )  # fmt: skip
    assert said.stdout.strip() == "folder_read_only", said.stderr


def test_photos_of_others_are_wanted_until_they_come(tmp_path, clock):
    with (
        a_workspace(tmp_path / "a", clock=clock) as mine,
        a_workspace(tmp_path / "b", clock=clock) as other,
    ):
        photo = a_photo(mine, b"a picture")
        assert mine.photos.to_send() == []
        a_record(mine, **{"photos[p1]/photo": photo})
        assert [one.digest for one in mine.photos.to_send()] == [photo["b"]]
        carry(mine, other)
        (wanted,) = other.photos.to_fetch()
        assert (wanted.digest, wanted.size, wanted.mime, wanted.here) == (photo["b"], 9, "image/jpeg", False)
        assert other.photos.to_send() == []
        other.photo_files.store(photo["b"], b"a picture")
        with other.database.transaction():
            other.photos.arrived(photo["b"])
        assert other.photos.to_fetch() == []
        with mine.database.transaction():
            mine.photos.server_holds(photo["b"], 4, whole=False)
        assert mine.photos.to_send()[0].offset == 4
        with mine.database.transaction():
            mine.photos.server_holds(photo["b"], 9, whole=True)
        assert mine.photos.to_send() == []


def test_a_photo_taken_out_of_a_record_is_still_sent(tmp_path, clock):
    from app.usecases.records import save_record

    with a_workspace(tmp_path / "a", clock=clock) as mine:
        photo = a_photo(mine, b"a picture")
        record = a_record(mine, **{"photos[p1]/photo": photo})
        save_record(mine, record, {"/photos[p1]/@life": "deleted"})
        assert [one.digest for one in mine.photos.to_send()] == [photo["b"]]
