from __future__ import annotations

import threading

import pytest
from sqlcipher3.dbapi2 import Error, ProgrammingError

from app.jobs import JobCancelledError
from app.storage import database as database_module
from app.storage import engine, migrations
from app.storage.database import Database
from app.storage.readers import Readers
from app.storage.tables import sqlite_utils
from core.errors import KnownError

KEY = bytes(range(32))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "copies").mkdir()
    return tmp_path


@pytest.fixture
def database(folder):
    opened = Database(folder / "survey.db", KEY, folder / "copies")
    yield opened
    opened.close()


def put(database, key, value="x"):
    with database.transaction() as tables:
        tables["kv"].insert({"key": key, "value": value})


def keys(database):
    with database.read() as tables:
        return {row[0] for row in tables.execute("SELECT key FROM kv")}


def names_of(made):
    return tuple(migration.name for migration in made._migrations)


def test_the_names_of_the_migrations_are_those_there_are():
    assert names_of(migrations.MIGRATIONS) == database_module.MIGRATED


def test_what_a_transaction_wrote_is_there_after_reopening(folder):
    first = Database(folder / "survey.db", KEY, folder / "copies")
    put(first, "a")
    first.close()
    second = Database(folder / "survey.db", KEY, folder / "copies")
    assert keys(second) == {"a"}
    second.close()


def test_an_error_leaves_nothing_of_the_transaction(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as tables:  # noqa: PT012  it must raise inside
        tables["kv"].insert({"key": "a", "value": "x"})
        raise ZeroDivisionError
    assert keys(database) == set()
    put(database, "b")
    assert keys(database) == {"b"}


def test_no_transaction_stays_open_after_writing(database):
    with database.transaction() as tables:
        tables["kv"].upsert({"key": "a", "value": "x"}, pk="key")
    assert not tables.conn.in_transaction
    assert keys(database) == {"a"}


def test_transactions_do_not_nest(database):
    with database.transaction(), pytest.raises(RuntimeError, match="already open"), database.transaction():
        pass


def test_writing_without_a_transaction_is_a_defect(database):
    with pytest.raises(RuntimeError, match="transaction"):
        database.written()


def test_a_read_connection_cannot_write(database):
    with pytest.raises(KnownError) as caught, database.read() as tables:
        tables.execute("INSERT INTO kv VALUES ('a', 'x')")
    assert caught.value.code == "folder_read_only"
    assert keys(database) == set()


def test_a_transaction_reads_what_it_has_written(database):
    with database.transaction() as tables:
        tables["kv"].insert({"key": "a", "value": "x"})
        assert keys(database) == {"a"}


def test_a_reader_sees_one_moment_while_another_thread_writes(database):
    put(database, "a")
    with database.read() as tables:
        assert tables.execute("SELECT count(*) FROM kv").fetchone() == (1,)
        writer = threading.Thread(target=put, args=(database, "b"))
        writer.start()
        writer.join()
        assert tables.execute("SELECT count(*) FROM kv").fetchone() == (1,)
    assert keys(database) == {"a", "b"}


def test_writing_threads_wait_for_each_other(database):
    def count_up():
        for _ in range(25):
            with database.transaction() as tables:
                (old,) = tables.execute("SELECT value FROM kv WHERE key = 'n'").fetchone()
                tables.execute("UPDATE kv SET value = ? WHERE key = 'n'", [str(int(old) + 1)])

    put(database, "n", "0")
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tables:
        assert tables.execute("SELECT value FROM kv").fetchone() == ("100",)


def test_closing_waits_for_the_transaction_under_way(database):
    inside, go_on = threading.Event(), threading.Event()

    def slow():
        with database.transaction() as tables:
            inside.set()
            go_on.wait()
            tables["kv"].insert({"key": "slow", "value": "x"})

    writer = threading.Thread(target=slow)
    writer.start()
    inside.wait()
    closer = threading.Thread(target=database.close)
    closer.start()
    closer.join(0.05)
    assert closer.is_alive()
    go_on.set()
    writer.join()
    closer.join()
    reopened = Database(database.path, KEY, database.path.parent / "copies")
    assert keys(reopened) == {"slow"}
    reopened.close()


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
SHORT = "SELECT key FROM kv"


@pytest.mark.parametrize("query", [ENDLESS, SHORT])
def test_closing_ends_what_other_threads_are_reading(database, query):
    inside, ends = threading.Semaphore(0), []

    def read():
        try:
            with database.read() as tables:
                inside.release()
                while True:
                    tables.execute(query).fetchall()
        except (JobCancelledError, Error) as error:
            ends.append(type(error))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
        inside.acquire()
    database.close()
    for reader in readers:
        reader.join(5)
    assert ends == [JobCancelledError] * 3
    assert not database.path.with_name("survey.db-wal").exists()


def test_a_reader_that_can_not_be_ended_keeps_its_connection_until_it_leaves(folder):
    opened = []

    def connect():
        opened.append(engine.connect(folder / "new.db", KEY))
        return opened[-1]

    readers, inside, go_on, got = Readers(connect), threading.Event(), threading.Event(), []

    def work_between_queries():
        with readers.reading() as reading:
            inside.set()
            go_on.wait()
            got.append(reading.conn.execute("SELECT 1").fetchone())

    thread = threading.Thread(target=work_between_queries)
    thread.start()
    inside.wait()
    assert not readers.close(patience_s=0.05)
    go_on.set()
    thread.join()
    assert got == [(1,)]
    with pytest.raises(ProgrammingError):
        opened[0].execute("SELECT 1")


def test_other_threads_are_cancelled_after_closing_and_the_closer_is_told_of_a_defect(database):
    ends = []

    def late(access):
        try:
            with access():
                pass
        except (JobCancelledError, RuntimeError) as error:
            ends.append(type(error))

    database.close()
    for access in (database.read, database.transaction):
        thread = threading.Thread(target=late, args=[access])
        thread.start()
        thread.join()
        late(access)
    assert ends == [JobCancelledError, RuntimeError] * 2


def test_a_file_written_by_a_newer_program_is_refused_and_left_as_it_is(folder):
    database = Database(folder / "survey.db", KEY, folder / "copies")
    with database.transaction() as tables:
        tables["_sqlite_migrations"].insert(
            {"migration_set": "survey", "name": "m999_from_the_future", "applied_at": "2099-01-01"}
        )
    database.close()
    before = (folder / "survey.db").read_bytes()
    with pytest.raises(KnownError) as caught:
        Database(folder / "survey.db", KEY, folder / "copies")
    assert caught.value.code == "newer_database"
    assert (folder / "survey.db").read_bytes() == before


def test_a_verified_copy_is_made_before_a_migration(folder, monkeypatch):
    old = Database(folder / "survey.db", KEY, folder / "copies")
    put(old, "kept")
    old.close()
    assert not list((folder / "copies").iterdir())
    grown = sqlite_utils.Migrations("survey")
    grown._migrations = [*migrations.MIGRATIONS._migrations]

    @grown()
    def m002_one_more(db):
        db["novel"].create({"id": int}, pk="id")

    monkeypatch.setattr(migrations, "MIGRATIONS", grown)
    monkeypatch.setattr(database_module, "MIGRATED", names_of(grown))
    new = Database(folder / "survey.db", KEY, folder / "copies")
    assert keys(new) == {"kept"}
    new.close()
    copy = engine.connect(folder / "copies" / "before-m002_one_more.db", KEY)
    assert copy.execute("SELECT key FROM kv").fetchall() == [("kept",)]
    assert copy.execute("SELECT name FROM sqlite_master WHERE name = 'novel'").fetchall() == []
    copy.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(folder, monkeypatch):
    Database(folder / "survey.db", KEY, folder / "copies").close()
    grown = sqlite_utils.Migrations("survey")
    grown._migrations = [*migrations.MIGRATIONS._migrations]

    @grown()
    def m002_breaks(db):
        db["novel"].create({"id": int}, pk="id")
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", grown)
        patched.setattr(database_module, "MIGRATED", names_of(grown))
        with pytest.raises(ZeroDivisionError):
            Database(folder / "survey.db", KEY, folder / "copies")
    again = Database(folder / "survey.db", KEY, folder / "copies")
    with again.read() as tables:
        assert tables.execute("SELECT * FROM sqlite_master WHERE name = 'novel'").fetchall() == []
    again.close()


def test_a_copy_taken_while_writing_reads_back(database, folder):
    for number in range(20):
        put(database, f"k{number}")
    database.copy_to(folder / "copies" / "one.db")
    copy = Database(folder / "copies" / "one.db", KEY, folder / "copies")
    assert len(keys(copy)) == 20
    assert copy.check(thorough=True) == []
    copy.close()


def read_all(folder):
    database = Database(folder / "survey.db", KEY, folder / "copies")
    try:
        database.check(thorough=True)
        return keys(database)
    finally:
        database.close()


@pytest.mark.parametrize("page", [1, 2, 5])
def test_a_flipped_bit_is_found_before_a_false_value_is_read(folder, page):
    database = Database(folder / "survey.db", KEY, folder / "copies")
    for number in range(50):
        put(database, f"k{number}", "x" * 500)
    database.close()
    content = bytearray((folder / "survey.db").read_bytes())
    content[(page - 1) * 4096 + 2000] ^= 1
    (folder / "survey.db").write_bytes(content)
    with pytest.raises(KnownError) as caught:
        read_all(folder)
    assert caught.value.code in {"database_unreadable", "database_damaged"}
