"""Batches and pages: carried verbatim, bounded, signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from core.protocol.codec import (
    Run,
    compress,
    decode_message,
    decompress,
    make_batch,
    pack_sync_reply,
    pack_sync_request,
    read_batch,
    sign_batch,
    unpack_sync_reply,
    unpack_sync_request,
    verify_batch,
)
from core.protocol.messages import Ack, PageHeader, RunHeader, SyncHeader, SyncReplyHeader
from core.protocol.wire_errors import WireError
from core.records.operation import Operation, encode_line, genesis_hash

A = "a" * 32


def some_lines(first=1, count=3):
    return [
        encode_line(Operation(k="put", n=n, t="t", r="r", s={"/a": f"值{n}"}))
        for n in range(first, first + count)
    ]


def a_batch():
    return make_batch(A, 1, some_lines(), genesis_hash(A), forms=["sha256:b", "sha256:a"])


def test_a_batch_is_read_as_it_was_made():
    assert read_batch(a_batch().plain) == a_batch()


def test_the_header_of_a_batch_has_these_members_for_ever():
    assert a_batch().plain.split(b"\n")[0].startswith(b'{"form":["sha256:a","sha256:b"],"from":1,"last":"')


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_never_passes_for_the_batch(position, byte):
    plain = bytearray(a_batch().plain)
    position %= len(plain)
    if plain[position] == byte:
        return
    plain[position] = byte
    key = SigningKey(b"k" * 32)
    with pytest.raises(WireError):
        verify_batch(bytes(plain), sign_batch(a_batch().plain, key), key.verify_key)


@given(st.binary(max_size=300))
def test_garbage_is_malformed_and_nothing_else(garbage):
    for read in (read_batch, unpack_sync_reply, decompress):
        with pytest.raises(WireError):
            read(garbage)


def test_a_line_out_of_order_is_refused():
    one, two, three = some_lines()
    with pytest.raises(WireError):
        read_batch(make_batch(A, 1, [one, three, two], genesis_hash(A)).plain)


def test_another_device_cannot_sign():
    plain = a_batch().plain
    with pytest.raises(WireError):
        verify_batch(plain, sign_batch(plain, SigningKey.generate()), SigningKey.generate().verify_key)


@pytest.mark.parametrize("signature", ["", "ed25519=", "ed25519=!!", "rsa=AAAA", "ed25519=" + "A" * 88])
def test_a_broken_signature_is_refused(signature):
    with pytest.raises(WireError):
        verify_batch(b"x", signature, SigningKey.generate().verify_key)


def test_a_bomb_is_stopped_at_its_limit():
    with pytest.raises(WireError) as stopped:
        decompress(compress(b"\x00" * 2_000_000), limit=1_000_000)
    assert stopped.value.code.name == "too-large"


def test_a_request_carries_the_batch_verbatim():
    header = SyncHeader(replica=A, have="cursor")
    assert unpack_sync_request(pack_sync_request(header, a_batch())) == (header, a_batch().plain)
    assert unpack_sync_request(pack_sync_request(header, None)) == (header, b"")


def test_a_reply_carries_runs_verbatim_and_own_operations_as_numbers():
    header = SyncReplyHeader(
        ack=Ack(epoch="e", acked={A: 3}), page=PageHeader(cursor="c", more=False, sum="0" * 16)
    )
    runs = [
        Run(RunHeader(rep=A, first=1, to=3, prev=genesis_hash(A).hex()), tuple(some_lines())),
        Run(RunHeader(rep="b" * 32, first=4, to=9, prev="0" * 64, own=True), ()),
    ]
    assert unpack_sync_reply(pack_sync_reply(header, runs)) == (header, runs)
    assert runs[0].hashes()[-1].hex() == a_batch().header.last


def test_a_message_nested_without_end_is_malformed():
    for depth in (5_000, 100_000):
        with pytest.raises(WireError) as refused:
            decode_message(b'{"replica":"a","later":' + b"[" * depth + b"]" * depth + b"}", SyncHeader)
        assert refused.value.code.name == "malformed"
