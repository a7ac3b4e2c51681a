"""The workspace that large tests and benchmarks stand on is what saving its records would have made."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.usecases.records import RecordFilter, list_records
from app.workspace import open_workspace
from core.records.operation import decode_line, encode_line
from tests.big_workspace import make_big_workspace, name_of


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("big") / "ws"
    make_big_workspace(folder, records=233, photos=466)
    return folder


@pytest.fixture
def big(place):
    with open_workspace(place) as workspace:
        yield workspace


def test_it_has_as_many_records_and_photos_as_were_asked_for(big):
    assert len(list_records(big, RecordFilter(deleted=None))) == 233
    with big.database.read() as tables:
        assert tables.execute("SELECT count(*) FROM blob").fetchone() == (466,)
    assert len({row.record_id for row in list_records(big, RecordFilter(deleted=True))}) > 1


def test_its_log_is_numbered_and_chained(big):
    own = big.operations.own()
    lines = list(big.operations.log(own.id))
    assert [line.n for line in lines] == list(range(1, own.last_n + 1))
    assert lines[0].prev == big.operations.hash_at(own.id, 0)
    assert all(one.hash == two.prev for one, two in pairwise(lines))
    assert lines[-1].hash == own.last_hash
    operations = [decode_line(line.line) for line in lines]
    assert [encode_line(one) for one in operations] == [line.line for line in lines]
    assert [one.n for one in operations] == list(range(1, own.last_n + 1))


def test_its_records_read_anew_from_their_operations_are_the_same(big):
    def everything():
        with big.database.read() as tables:
            return {table: sorted(tables.execute(f"SELECT * FROM {table}").fetchall()) for table in read}

    read = ("head", "rec", "blob_ref", "conflict", "link", "sorting", "terms")
    with big.database.transaction() as tables:
        tables.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, instance)")
        before = everything()
        big.records.refresh(big.records.ids())
        assert everything() == before


def test_its_villages_have_names_of_their_own(big):
    titles = {row.title for row in list_records(big, RecordFilter(form_id="village_profile"))}
    assert name_of(20) in titles
    assert len(titles) == 14
