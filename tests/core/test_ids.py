"""Identities."""

import uuid

from core.ids import new_replica_id, new_uuid7, row_uuid


def test_a_new_id_is_a_version_7_uuid_with_the_clock_in_front(clock):
    made = uuid.UUID(new_uuid7(clock))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(clock.now().timestamp() * 1000)


def test_two_laptops_name_the_rows_that_the_engine_makes_alike():
    assert row_uuid("r", "/hh", 1) == row_uuid("r", "/hh", 1) != row_uuid("r", "/hh", 2)


def test_a_replica_is_sixteen_random_bytes():
    assert len(bytes.fromhex(new_replica_id())) == 16
    assert new_replica_id() != new_replica_id()
