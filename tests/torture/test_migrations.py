"""A file of an earlier version is migrated whole or not at all, and its copy from before is there."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.storage import engine
from app.usecases.records import list_records
from app.workspace import open_workspace
from core.errors import KnownError

resource = pytest.importorskip("resource")
GOLDEN = Path(__file__).parents[1] / "golden"
RECORDS = 4
OPENING = (
    "import sys; from pathlib import Path; from app.workspace import open_workspace\nprint(flush=True)\n"
    "open_workspace(Path(sys.argv[1]), create=False).close()"
)


@pytest.fixture
def old(tmp_path):
    """The workspace of 0.1.0."""
    shutil.copytree(GOLDEN / "workspace-1", tmp_path / "ws")
    return tmp_path / "ws"


def key_of(folder):
    return bytes.fromhex((folder / "key").read_text().strip())


def migrations_of(file, key):
    with closing(engine.connect(file, key, read_only=True)) as database:
        return [row[0] for row in database.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid")]


def copies_before(folder):
    return sorted((folder / "copies").glob("before-*.db"))


def test_the_copy_from_before_is_the_old_file_and_reads_back(old):
    with open_workspace(old, create=False) as workspace:
        assert workspace.database.check(thorough=True) == []
    (copy,) = copies_before(old)
    assert migrations_of(copy, key_of(old)) == ["m001_first_tables"]
    assert len(migrations_of(old / "survey.db", key_of(old))) > 1


@pytest.mark.slow
def test_a_kill_at_any_moment_of_a_migration_leaves_a_file_that_opens(tmp_path, checkout):
    rng, met = random.Random(3), set()
    for number in range(10):
        folder = tmp_path / f"ws{number}"
        shutil.copytree(GOLDEN / "workspace-1", folder)
        with subprocess.Popen(
            [sys.executable, "-c", OPENING, str(folder)], stdout=subprocess.PIPE, cwd=checkout
        ) as child:
            child.stdout.readline()
            threading.Event().wait(rng.uniform(0, 0.12))
            child.kill()
        done = migrations_of(folder / "survey.db", key_of(folder))
        met.add(len(done) > 1)
        if len(done) > 1:
            assert migrations_of(copies_before(folder)[0], key_of(folder)) == ["m001_first_tables"]
        with open_workspace(folder, create=False) as workspace:
            assert workspace.database.check(thorough=True) == []
            assert len(workspace.records.ids()) == RECORDS
        assert not list((folder / "copies").glob("*.part"))
    assert met


@contextmanager
def files_no_longer_than(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
def test_a_disk_full_at_any_moment_refuses_in_a_sentence_and_the_old_file_goes_on(old):
    open_workspace_refused = set()
    size = (old / "survey.db").stat().st_size
    for limit in [*range(0, size, size // 12), size + 50_000]:
        before = (old / "survey.db").read_bytes()
        with files_no_longer_than(limit):
            try:
                open_workspace(old, create=False).close()
            except KnownError as error:
                open_workspace_refused.add(error.code)
            else:
                break
        if migrations_of(old / "survey.db", key_of(old)) == ["m001_first_tables"]:
            assert (old / "survey.db").read_bytes() == before
            assert not [one for one in copies_before(old) if one.stat().st_size < size]
    assert open_workspace_refused <= {"disk_full", "disk_write_failed"}
    assert open_workspace_refused
    with open_workspace(old, create=False) as workspace:
        assert len(list_records(workspace)) == RECORDS - 1  # one is in the bin


def test_a_read_only_folder_is_refused_and_left_as_it_is(old, monkeypatch):
    before = {file: file.read_bytes() for file in old.rglob("*") if file.is_file()}
    if os.geteuid() == 0:  # root writes anywhere: the system's refusal is put in its place
        real = os.open

        def refusing(path, flags, *rest, **named):
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and str(path).startswith(str(old)):
                raise OSError(30, "read-only file system", str(path))
            return real(path, flags, *rest, **named)

        monkeypatch.setattr(os, "open", refusing)
    else:
        old.chmod(0o500)
    with pytest.raises(KnownError) as caught:
        open_workspace(old, create=False)
    old.chmod(0o700)
    assert caught.value.code == "folder_read_only"
    assert {file: file.read_bytes() for file in old.rglob("*") if file.is_file()} == before
