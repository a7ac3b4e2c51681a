"""The bytes of the log, written down so that nobody changes them by accident."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KnownError
from core.records.operation import (
    OPERATION_LIMIT,
    STATE,
    Operation,
    OpRef,
    chain_hash,
    cut_operation,
    decode_foreign_line,
    decode_line,
    encode_line,
    genesis_hash,
    resolve,
)

A, B = "a" * 32, "b" * 32


def test_a_line_has_these_bytes_for_ever():
    op = Operation(
        k="put",
        n=4711,
        t="2026-11-21T08:00:00+08:00",
        m=88123,
        r="r1",
        f="sha256:ab",
        s={"/q": "差"},
        b={"/q": [(1, 77)]},
    )
    assert (
        encode_line(op)
        == (
            '{"b":{"/q":[[1,77]]},"f":"sha256:ab","k":"put","m":88123,"n":4711,"r":"r1","s":{"/q":"差"},'
            '"t":"2026-11-21T08:00:00+08:00"}'
        ).encode()
    )
    assert decode_line(encode_line(op)) == op


def test_the_chain_starts_with_the_replica_and_covers_every_line():
    assert genesis_hash(A) == hashlib.sha256(b"svp1-replica\n" + b"\xaa" * 16).digest()
    assert chain_hash(b"\x00" * 32, b"{}") == hashlib.sha256(b"\x00" * 32 + b"{}").digest()


def test_an_explicit_empty_base_is_kept_apart_from_a_missing_one():
    with_empty = Operation(k="put", n=1, t="t", s={"/q": 1}, b={"/q": []})
    assert decode_line(encode_line(with_empty)).b == {"/q": []}


def test_unknown_members_and_kinds_can_be_read():
    assert decode_line(b'{"k":"later","n":3,"t":"t","zz":[1]}').k == "later"


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"k":"put"}', b'{"k":"put","n":"1","t":"t"}', b"\xff"])
def test_what_is_no_operation_is_refused(line):
    with pytest.raises(ValueError):
        decode_line(line)


def test_short_numbers_become_replicas():
    op = Operation(k="put", n=2, t="t", r="r", s={"/q": 1}, b={"/q": [(1, 5), (0, 1)]}, seen=[(1, 9)])
    resolved = resolve(A, op, {1: B})
    assert resolved.bases == {"/q": (OpRef(B, 5), OpRef(A, 1))}
    assert resolved.seen == {B: 9}


def test_a_number_that_was_never_introduced_is_refused():
    with pytest.raises(ValueError):
        resolve(A, Operation(k="put", n=1, t="t", s={"/q": 1}, b={"/q": [(4, 1)]}), {})


@pytest.mark.parametrize(
    "value",
    [
        b'"a\\u0000b"', b"123456789012345678901234567890", b"[" * 40 + b"]" * 40, b"[" * 50_000 + b"]" * 50_000,
        b'{"\\u0000":1}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("member", [b'"s":{"/q":%b}', b'"zz":%b'])
def test_a_line_that_could_stop_a_merge_is_no_operation(value, member):
    line = b'{"k":"put","n":1,"r":"r1",' + member % value + b',"t":"t"}'
    if b"[" not in value and member.startswith(b'"zz"'):
        assert decode_foreign_line(line).k == "put"  # nobody looks into it
    else:
        with pytest.raises(ValueError):
            decode_foreign_line(line)


@given(
    sizes=st.lists(st.integers(0, OPERATION_LIMIT // 2), max_size=8),
    small=st.sampled_from([0, 1, 1_500]),
    final=st.booleans(),
)
def test_cut_into_lines_nothing_is_lost_and_the_mark_comes_last(sizes, small, final):
    fields = {f"/q{at}": "x" * size for at, size in enumerate(sizes)} | {f"/s{at}": at for at in range(small)}
    fields |= {STATE: "final"} if final else {}
    op = Operation(
        k="put", n=0, t="2026-11-21T08:00:00+08:00", r="r1", s=fields, b={path: [(1, 7)] for path in fields},
        seen=[(1, 7)], c={"/sum": 3},
    )  # fmt: skip
    parts = cut_operation(op)
    assert [path for part in parts for path in part.s] == sorted(
        fields, key=lambda path: (path == STATE, path)
    )
    assert {path: value for part in parts for path, value in part.s.items()} == fields
    assert all(part.b.keys() == part.s.keys() for part in parts)
    assert [part.seen for part in parts] == [[(1, 7)], *[[]] * (len(parts) - 1)]
    assert [part.c for part in parts] == [*[{}] * (len(parts) - 1), {"/sum": 3}]
    assert all(len(encode_line(part)) < OPERATION_LIMIT for part in parts)


def test_a_field_longer_than_a_line_is_named():
    with pytest.raises(KnownError) as caught:
        cut_operation(Operation(k="put", n=0, t="", r="r1", s={"/q": "x" * OPERATION_LIMIT, "/p": 1}))
    assert (caught.value.code, caught.value.values["path"]) == ("answer_too_long", "/q")
