from __future__ import annotations

import sqlite3

import pytest

from app.storage import engine
from core.errors import KnownError


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_versions_that_can_lose_acknowledged_commits_are_refused(version, safe):
    assert engine.is_safe_engine(version) is safe


def test_the_engine_we_ship_is_safe():
    engine.refuse_bad_engine()


def test_a_bad_engine_is_a_known_error_before_any_file_is_touched(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "engine_version", lambda: (3, 40, 1))
    with pytest.raises(KnownError) as caught:
        engine.connect(tmp_path / "survey.db", bytes(32))
    assert caught.value.code == "engine_unsafe"
    assert caught.value.values == {"version": "3.40.1"}
    assert not list(tmp_path.iterdir())


def test_every_setting_of_a_writing_connection_reads_back(tmp_path):
    connection = engine.connect(tmp_path / "survey.db", bytes(32))
    answers = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in engine.READ_WRITE_PRAGMAS}
    assert answers == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 200,
        "temp_store": 2,
        "secure_delete": 1,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
    }
    assert connection.execute("PRAGMA cipher_memory_security").fetchone()[0] == "0"
    connection.close()


def test_a_setting_that_does_not_take_is_a_defect(tmp_path, monkeypatch):
    monkeypatch.setitem(engine.READ_WRITE_PRAGMAS, "synchronous", ("NORMAL", 2))
    with pytest.raises(RuntimeError, match="synchronous"):
        engine.connect(tmp_path / "survey.db", bytes(32))


def test_the_file_tells_nothing_to_an_ordinary_sqlite(tmp_path):
    connection = engine.connect(tmp_path / "survey.db", bytes(32))
    connection.execute("CREATE TABLE village (name TEXT)")
    connection.execute("INSERT INTO village VALUES ('样例村')")
    connection.commit()
    connection.close()
    assert "样例村".encode() not in (tmp_path / "survey.db").read_bytes()
    with sqlite3.connect(tmp_path / "survey.db") as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM village")
    plain.close()


def test_the_wrong_key_is_a_known_error(tmp_path):
    connection = engine.connect(tmp_path / "survey.db", bytes(32))
    connection.execute("CREATE TABLE village (name TEXT)")
    connection.close()
    with pytest.raises(KnownError) as caught:
        engine.connect(tmp_path / "survey.db", bytes([1]) * 32)
    assert caught.value.code == "database_unreadable"


def test_a_file_that_is_no_database_is_a_known_error(tmp_path):
    (tmp_path / "survey.db").write_bytes(b"a letter, not a database " * 1000)
    with pytest.raises(KnownError) as caught:
        engine.connect(tmp_path / "survey.db", bytes(32))
    assert caught.value.code == "database_unreadable"
