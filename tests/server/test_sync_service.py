from __future__ import annotations

import base64
import errno
import shutil
import threading

import msgspec
import pytest
from nacl.signing import SigningKey, VerifyKey

from app.media.photo import digest_of
from core.protocol.codec import sign_batch
from core.protocol.messages import SyncHeader
from core.protocol.wire_errors import WireError
from core.records.operation import decode_line
from core.records.receipt import count_log, receipt_bytes
from server.database import Database
from server.identity import Identity
from tests.server.logs import a_device
from tests.servers import a_picture, a_service


@pytest.fixture
def server(tmp_path, clock):
    with a_service(tmp_path / "data", clock) as opened:
        yield opened


@pytest.fixture
def device(server):
    return a_device(server)


def push(device, batch, signature, have=None):
    return device.endpoint.sync(SyncHeader(replica=device.replica, have=have), batch, signature)


def pull(device, have=None, want_bytes=65536):
    return device.endpoint.sync(
        SyncHeader(replica=device.replica, have=have, want_bytes=want_bytes), None, ""
    )


def everything(device):
    """All lines of others, page by page, and how many pages it took."""
    lines, pages, have, more = [], 0, None, True
    while more:
        reply, runs = pull(device, have, want_bytes=1)
        lines += [line for run in runs for line in run.lines]
        have, more, pages = reply.page.cursor, reply.page.more, pages + 1
    return lines, pages


def refusal(work, *args) -> WireError:
    with pytest.raises(WireError) as refused:
        work(*args)
    return refused.value


def test_the_same_batch_ten_times_has_one_effect(server, device):
    for word in "一二三":
        device.write(a=word)
    for _ in range(10):
        reply, _ = push(device, *device.batch())
        assert reply.ack.acked == {device.replica: 3}
    assert everything(a_device(server))[0] == device.lines


def test_copies_of_a_batch_at_the_same_time_have_one_effect(server, device):
    for word in "一二三四五":
        device.write(a=word)
    threads = [threading.Thread(target=push, args=(device, *device.batch())) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert everything(a_device(server))[0] == device.lines


def test_overlapping_batches_take_only_what_is_new(server, device):
    for word in "一二三四":
        device.write(a=word)
    push(device, *device.batch(1, 2))
    reply, _ = push(device, *device.batch(2, 4))
    assert reply.ack.acked == {device.replica: 4}
    assert everything(a_device(server))[0] == device.lines


def test_a_gap_is_told_with_what_is_held(device):
    for word in "一二三":
        device.write(a=word)
    push(device, *device.batch(1, 1))
    refused = refusal(push, device, *device.batch(3, 3))
    assert refused.code.name == "replica-gap" and refused.values == {"acked": 1}


@pytest.mark.parametrize("shared", [0, 1, 2])
def test_two_logs_under_one_name_are_a_fork_and_neither_is_lost(server, device, shared):
    clone = type(device)(device.endpoint, device.key, device.replica)
    for n in range(shared):
        device.write(a=f"同{n}")
        clone.append(device.lines[-1])
    device.write(a="甲"), clone.write(a="乙"), clone.write(a="乙二")
    push(device, *device.batch())
    assert refusal(push, clone, *clone.batch()).code.name == "replica-forked"
    assert refusal(push, clone, *clone.batch(shared + 2)).code.name == "replica-forked"
    assert everything(a_device(server))[0] == device.lines


def test_a_log_belongs_to_the_device_that_began_it(server, device):
    device.write(a="一")
    push(device, *device.batch())
    other = a_device(server)
    other.replica = device.replica
    other.write(a="二")
    assert refusal(push, other, *other.batch()).code.name == "replica-forked"


def test_a_batch_signed_by_another_key_is_refused(server, device):
    device.write(a="一")
    batch, _ = device.batch()
    for signature in (
        "",
        "ed25519=",
        "rsa=AAAA",
        "ed25519=AAAA",
        sign_batch(batch.plain, SigningKey.generate()),
    ):
        assert refusal(push, device, batch, signature).code.name == "bad-signature"
    assert everything(a_device(server))[0] == []


def test_what_cannot_be_read_is_set_aside_and_does_not_block_the_rest(server, device):
    device.write(a="一")
    device.append(b'{"k":7,"n":2,"t":null}')
    device.write(a="三")
    reply, _ = push(device, *device.batch())
    assert reply.ack.acked == {device.replica: 3}
    assert [(result.n, result.reason) for result in reply.ack.results] == [(2, "unreadable")]
    lines, _ = everything(a_device(server))
    assert lines == [device.lines[0], device.lines[2]]


def test_kinds_nobody_knows_yet_are_kept_and_passed_on_byte_for_byte(server, device):
    line = device.append(b'{"k":"future","n":1,"t":"2030-01-01T00:00:00Z","zz":{"y":[1,2]}}')
    push(device, *device.batch())
    assert everything(a_device(server))[0] == [line]
    assert decode_line(line).k == "future"


def test_an_operation_in_an_unknown_form_waits_for_it_but_reaches_the_others(server, device, clock):
    from core.forms.digest import form_digest
    from core.protocol.form_package import pack_form
    from tests.builders import SMALL_FORM

    digest = form_digest(SMALL_FORM, {})
    op = msgspec.structs.replace(decode_line(device.write(a="一")), f=digest)
    device.lines[:] = []
    from core.records.operation import encode_line

    device.append(encode_line(op))
    reply, _ = push(device, *device.batch())
    assert [result.reason for result in reply.ack.results] == ["unknown-form"]
    assert everything(a_device(server))[0] == device.lines
    device.endpoint.put_form(digest, pack_form(SMALL_FORM, {}))
    reply, _ = pull(device)
    assert reply.ack.results == []
    assert device.endpoint.get_form(digest) == pack_form(SMALL_FORM, {})


def test_a_form_under_a_wrong_digest_is_refused(device):
    from core.protocol.form_package import pack_form

    package = pack_form(b"<a/>", {"list.csv": b"a,b"})
    wrong = "sha256:" + "0" * 64
    assert refusal(device.endpoint.put_form, wrong, package).code.name == "digest-mismatch"
    assert refusal(device.endpoint.put_form, wrong, b"garbage").code.name == "malformed"
    assert refusal(device.endpoint.get_form, wrong).code.name == "unknown-form"


def test_texts_of_every_kind_come_back_as_they_were(server, device):
    from core.values import text_value

    texts = ["\x00", "a\x00b", "\ud800", "\udfff高", "𠀀𪚥", "\u202e", "\u2028", "'); DROP TABLE op; --", ""]
    for text in texts:
        device.write(a=text_value(text))
    push(device, *device.batch())
    assert everything(a_device(server))[0] == device.lines


def test_pages_are_small_when_asked_and_together_give_everything_in_order(server, device):
    for n in range(60):
        device.write(a="字" * 500 + str(n))
    push(device, *device.batch())
    lines, pages = everything(a_device(server))
    assert lines == device.lines and pages > 3


def test_the_callers_own_operations_come_without_their_lines(device):
    device.write(a="一"), device.write(a="二")
    _, runs = push(device, *device.batch())
    assert [(run.header.own, run.header.first, run.header.to, run.lines) for run in runs] == [
        (True, 1, 2, ())
    ]


@pytest.mark.parametrize("cursor", ["", "nonsense", "AAAA", "💥", "A" * 5000])
def test_a_cursor_this_server_never_made_starts_anew(device, cursor):
    assert refusal(pull, device, cursor).code.name == "epoch-gone"


def test_data_put_back_from_an_older_copy_begins_a_new_epoch(tmp_path, clock):
    with a_service(tmp_path / "data", clock) as server:
        device = a_device(server)
        device.write(a="一")
        push(device, *device.batch())
        old_epoch = server.identity.epoch()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    with a_service(tmp_path / "data", clock) as server:
        device.endpoint = type(device.endpoint)(server, device.endpoint._device)
        device.write(a="二")
        reply, _ = push(device, *device.batch(2))
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "copy", tmp_path / "data")
    with a_service(tmp_path / "data", clock) as server:
        device.endpoint = type(device.endpoint)(server, device.endpoint._device)
        assert refusal(pull, device, reply.page.cursor).code.name == "epoch-gone"
        assert server.identity.epoch() != old_epoch
        assert pull(device)[0].ack.acked == {device.replica: 1}


def test_a_receipt_counts_what_is_held_and_is_signed(server, device):
    photo = {"b": "sha256:" + "a" * 64, "n": 5, "m": "image/jpeg"}
    device.write(a="一", p=photo), device.write(a="二", b="三")
    push(device, *device.batch())
    signed = device.endpoint.receipt(device.replica, 2)
    assert signed.receipt.count == count_log(device.replica, device.lines)[0]
    assert (signed.receipt.count.fields, signed.receipt.count.photos) == (4, 1)
    assert signed.receipt.photos_held == []
    assert refusal(device.endpoint.receipt, device.replica, 3).code.name == "replica-gap"
    assert refusal(a_device(server).endpoint.receipt, device.replica, 2).code.name == "replica-gap"


def test_a_reply_carries_the_receipt_for_all_that_is_acknowledged_if_asked(server, device):
    device.write(a="一"), device.write(a="二")
    asked = SyncHeader(replica=device.replica, receipt=True)
    assert device.endpoint.sync(asked, None, "")[0].receipt is None
    reply, _ = device.endpoint.sync(asked, *device.batch())
    signed = reply.receipt
    assert signed.receipt.count == count_log(device.replica, device.lines)[0]
    key = VerifyKey(base64.b64decode(server.identity.public_key))
    key.verify(b"svp1-receipt\n" + receipt_bytes(signed.receipt), base64.b64decode(signed.signature))
    assert push(device, *device.batch())[0].receipt is None
    spy = msgspec.structs.replace(asked, have=None)
    assert a_device(server).endpoint.sync(spy, None, "")[0].receipt is None


def test_a_receipt_that_cannot_be_made_holds_back_no_acknowledgement(device, monkeypatch):
    def unreadable(*_):
        raise ValueError

    monkeypatch.setattr("server.sync_service.count_log", unreadable)
    device.write(a="一")
    reply, _ = device.endpoint.sync(SyncHeader(replica=device.replica, receipt=True), *device.batch())
    assert (reply.receipt, reply.ack.acked) == (None, {device.replica: 1})


def test_the_archive_alone_holds_every_batch(server, device, tmp_path):
    from core.protocol.codec import decompress, read_batch, verify_batch

    device.write(a="一")
    push(device, *device.batch())
    (file,) = (tmp_path / "data" / "archive").rglob("*.svb1")
    head, _, packed = file.read_bytes().partition(b"\n")
    batch = read_batch(decompress(packed))
    verify_batch(batch.plain, msgspec.json.decode(head)["signature"], device.key.verify_key)
    assert batch.lines == tuple(device.lines)


def test_an_epoch_and_a_project_outlive_a_restart(tmp_path, clock):
    seen = set()
    for _ in range(2):
        database = Database(tmp_path / "server.db")
        identity = Identity(database, tmp_path / "keys", clock, "示例")
        seen.add((identity.epoch(), identity.project, identity.public_key))
        database.close()
    assert len(seen) == 1


def test_a_replica_name_that_is_none_is_malformed(device):
    assert refusal(device.endpoint.sync, SyncHeader(replica="../x"), None, "").code.name == "malformed"


def test_a_disk_without_room_for_a_photo_counts_as_full(server, monkeypatch):
    assert not server.blobs.is_full()
    little = shutil.disk_usage(".")._replace(free=100_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: little)
    assert server.blobs.is_full()


def test_a_photo_whose_bytes_the_disk_did_not_take_goes_on_later(device, monkeypatch):
    picture = a_picture()
    digest = digest_of(picture)

    def refused(_):
        raise OSError(errno.EIO, "示例")

    monkeypatch.setattr("server.blobs.store.os.fsync", refused)
    with pytest.raises(OSError, match="示例"):
        device.endpoint.append_blob(digest, len(picture), 0, [picture])
    monkeypatch.undo()
    offset = device.endpoint.blobs_have([digest])[0].offset
    assert device.endpoint.append_blob(digest, len(picture), offset, [picture[offset:]]).state == "full"
