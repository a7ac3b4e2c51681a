from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.errors import KnownError
from server.database import Database, refuse_unsafe_engine
from server.tables import METADATA


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "server.db")
    yield opened
    opened.close()


def test_the_migrated_tables_are_those_the_program_asks(database):
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_transaction_that_raises_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:  # noqa: PT012
        connection.exec_driver_sql("INSERT INTO server VALUES ('a', 'b')")
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM server").scalar() == 0


def test_opening_twice_keeps_what_is_there(tmp_path, database):
    with database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO server VALUES ('a', 'b')")
    again = Database(tmp_path / "server.db")
    with again.read() as connection:
        assert connection.exec_driver_sql("SELECT value FROM server").scalar() == "b"
    again.close()


def test_a_file_of_a_newer_server_is_left_alone(tmp_path, database):
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(KnownError) as refused:
        Database(tmp_path / "server.db")
    assert refused.value.code == "server_database_newer"


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.50.6", "3.44.5"])
def test_an_engine_that_loses_commits_is_refused(version):
    with pytest.raises(KnownError) as refused:
        refuse_unsafe_engine(version)
    assert refused.value.code == "unsafe_engine"


@pytest.mark.parametrize("version", ["3.53.4", "3.51.3", "3.50.7", "3.44.6"])
def test_a_mended_engine_is_taken(version):
    refuse_unsafe_engine(version)


def test_previews_named_before_their_table_came_are_found_after_it(tmp_path, database):
    photo, preview = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    bodies = [
        f'{{"k":"put","n":1,"s":{{"/p":{{"b":"{photo}","pv":"{preview}"}},"/q":"字","/r":{{"d":"1"}}}}}}'.encode(),
        b'{"k":"who","n":2}',
        b"\xff not JSON",
    ]
    with database.transaction() as connection:
        for later in ("preview", "phone", "submission"):
            connection.exec_driver_sql(f"DROP TABLE {later}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
        for n, body in enumerate(bodies, 1):
            connection.exec_driver_sql(
                "INSERT INTO op (project, replica, n, hash, body, feed_seq, received_at) "
                "VALUES ('p', 'r', ?, x'00', ?, ?, '')",
                (n, body, None if n == 3 else n),
            )
    again = Database(tmp_path / "server.db")
    with again.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM preview").all() == [("p", photo, preview)]
    again.close()
