"""What one sync does, call by call."""

from __future__ import annotations

import msgspec
import pytest

from app.jobs import JobCancelledError, Progress
from app.sync import engine
from app.sync.membership import device_key, read_membership
from app.usecases.records import list_records, renew_projection, save_record
from app.usecases.sync import sync_state
from core.errors import KnownError
from core.protocol.wire_errors import WireError
from core.values import text_value
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.servers import a_picture, endpoint_of, join_in_process, sync_in_process


class Watched:
    """An endpoint that notes the calls and may change what `sync` answers."""

    def __init__(self, endpoint, change=lambda reply, runs: (reply, runs)):
        self._endpoint = endpoint
        self._change = change
        self.calls = []

    def __getattr__(self, name):
        def call(*args):
            self.calls.append(name)
            result = getattr(self._endpoint, name)(*args)
            return self._change(*result) if name == "sync" else result

        return call


@pytest.fixture
def a(tmp_path, service):
    with a_workspace(tmp_path / "a") as workspace:
        join_in_process(service, workspace)
        yield workspace


@pytest.fixture
def b(tmp_path, service):
    with a_workspace(tmp_path / "b") as workspace:
        join_in_process(service, workspace)
        yield workspace


def test_an_idle_sync_is_one_request(a, service):
    a_record(a)
    sync_in_process(endpoint_of(service, a), a)
    watched = Watched(endpoint_of(service, a))
    sync_in_process(watched, a)
    assert watched.calls == ["sync"]


def test_a_wrong_sum_is_met_by_reading_everything_again_and_nothing_is_lost(a, b, service):
    record = a_record(a, name="示例")
    sync_in_process(endpoint_of(service, a), a)
    wrong_once = iter([True])

    def change(reply, runs):
        if next(wrong_once, False):
            page = msgspec.structs.replace(reply.page, sum="0" * 16)
            return msgspec.structs.replace(reply, page=page), runs
        return reply, runs

    sync_in_process(Watched(endpoint_of(service, b), change), b)
    assert values_of(b, record)["/name"] == "示例"


def test_a_server_that_never_acknowledges_ends_in_an_error_and_not_for_ever(a, service):
    def change(reply, runs):
        return msgspec.structs.replace(reply, ack=msgspec.structs.replace(reply.ack, acked={})), runs

    record = a_record(a)
    with pytest.raises(KnownError) as refused:
        sync_in_process(Watched(endpoint_of(service, a), change), a)
    assert refused.value.code == "sync_refused"
    assert sync_state(a).records[record] == "unsent"


def without_receipt(reply, runs):
    """As from a server that gives no receipt with its reply."""
    return msgspec.structs.replace(reply, receipt=None), runs


def test_the_receipt_comes_with_the_reply_and_is_kept_like_a_fetched_one(a, service):
    record = a_record(a)
    watched = Watched(endpoint_of(service, a))
    result = sync_in_process(watched, a)
    assert "receipt" not in watched.calls and result.receipt.complete
    (kept,) = sync_state(a).receipts
    assert kept.count.through == result.receipt.through == a.operations.own().last_n
    assert sync_state(a).records[record] == "confirmed"


def test_a_server_that_gives_no_receipt_with_its_reply_is_asked_for_it(a, service):
    record = a_record(a)
    watched = Watched(endpoint_of(service, a), without_receipt)
    assert sync_in_process(watched, a).receipt.complete
    assert watched.calls[-1] == "receipt"
    assert sync_state(a).records[record] == "confirmed"


def test_a_receipt_for_less_than_is_acknowledged_counts_as_none(a, service):
    first, older = a_record(a), []

    def change(reply, runs):
        older.append(reply.receipt)
        return msgspec.structs.replace(reply, receipt=older[0]), runs

    watched = Watched(endpoint_of(service, a), change)
    sync_in_process(watched, a)
    second = a_record(a)
    assert sync_in_process(watched, a).receipt.through == a.operations.own().last_n
    assert watched.calls.count("receipt") == 1
    assert [sync_state(a).records[record] for record in (first, second)] == ["confirmed", "confirmed"]


def test_the_receipt_is_asked_for_once_in_a_sync_of_many_batches_and_after_the_last_photo(a, service):
    save_record(a, a_record(a), {"/photos[r]/photo": a_photo(a, a_picture(1))})
    asked = []

    class Narrow(Watched):
        def sync(self, header, batch, signature):
            asked.append(header.receipt)
            if batch is not None and len(batch.lines) > 1:
                raise WireError("too-large")
            return self._endpoint.sync(header, batch, signature)

    watched = Narrow(endpoint_of(service, a))
    assert sync_in_process(watched, a).receipt.photos_held == 1
    assert not any(asked) and watched.calls[-1] == "receipt"
    a_record(a), a_record(a), asked.clear(), watched.calls.clear()
    assert sync_in_process(watched, a).receipt.complete
    assert asked[-1] and "receipt" not in watched.calls


@pytest.mark.parametrize("change", [lambda *reply: reply, without_receipt], ids=["in_the_reply", "fetched"])
def test_a_forged_receipt_is_not_believed(a, service, change):
    def forge(signed):
        more = msgspec.structs.replace(signed.receipt, photos_held=["sha256:" + "0" * 64])
        return msgspec.structs.replace(signed, receipt=more)

    class Forger(Watched):
        def sync(self, *args):
            reply, runs = change(*self._endpoint.sync(*args))
            receipt = None if reply.receipt is None else forge(reply.receipt)
            return msgspec.structs.replace(reply, receipt=receipt), runs

        def receipt(self, replica, through):
            return forge(self._endpoint.receipt(replica, through))

    record = a_record(a)
    with pytest.raises(KnownError) as refused:
        sync_in_process(Forger(endpoint_of(service, a)), a)
    assert refused.value.code == "receipt_forged"
    assert sync_state(a).records[record] == "sent"
    assert not sync_state(a).receipts


@pytest.mark.log_warnings
def test_a_photo_that_comes_with_other_bytes_is_not_kept(a, b, service):
    photo = a_photo(a, a_picture(1))
    save_record(a, a_record(a), {"/photos[r]/photo": photo})
    sync_in_process(endpoint_of(service, a), a)

    class Swapped(Watched):
        def read_blob(self, digest, offset=0):
            return iter([a_picture(2)])

    result = sync_in_process(Swapped(endpoint_of(service, b)), b)
    assert (result.photos_received, result.photos_refused) == (0, 1)
    assert sync_state(b).photos[photo["b"]] == "wanted"
    assert sync_in_process(endpoint_of(service, b), b).photos_received == 1


def test_a_cancelled_sync_goes_on_later(a, service):
    progress = Progress(lambda *_: progress.cancel())
    record = a_record(a)
    key, membership = device_key(a.kv), read_membership(a.kv)
    with pytest.raises(JobCancelledError):
        engine.sync(endpoint_of(service, a), a, membership, key, progress)
    sync_in_process(endpoint_of(service, a), a)
    assert sync_state(a).records[record] == "confirmed"


def test_text_that_json_cannot_carry_arrives_unharmed(a, b, service):
    texts = {"/remark": "a\x00b", "/kind": "\ud800", "/village": "𠀀\u202e\u2028"}
    record = a_record(a)
    save_record(a, record, {path: text_value(text) for path, text in texts.items()})
    for workspace in (a, b):
        sync_in_process(endpoint_of(service, workspace), workspace)
    assert values_of(b, record) == values_of(a, record)
    assert values_of(b, record)["/remark"] == text_value("a\x00b")


def test_many_operations_go_in_several_batches_when_the_server_finds_them_too_large(a, b, service):
    class Narrow(Watched):
        def sync(self, header, batch, signature):
            self.calls.append("sync")
            if batch is not None and len(batch.plain) > 4000:
                raise WireError("too-large", limit=4000)
            return self._endpoint.sync(header, batch, signature)

    records = [a_record(a, name=f"示例{n}", remark="字" * 100) for n in range(20)]
    narrow = Narrow(endpoint_of(service, a))
    assert sync_in_process(narrow, a).ops_sent >= 20
    assert narrow.calls.count("sync") > 3
    sync_in_process(endpoint_of(service, b), b)
    assert set(b.records.ids()) == set(records)


def test_others_photos_that_the_server_has_not_got_are_waited_for(a, b, service):
    photo = a_photo(a, a_picture(3))
    save_record(a, a_record(a), {"/photos[r]/photo": photo})

    class NoPhotos(Watched):
        def append_blob(self, *_):
            raise WireError("server-full")

    with pytest.raises(WireError):
        sync_in_process(NoPhotos(endpoint_of(service, a)), a)
    assert sync_in_process(endpoint_of(service, b), b).photos_waiting == 1
    sync_in_process(endpoint_of(service, a), a)
    assert sync_in_process(endpoint_of(service, b), b).photos_received == 1


@pytest.mark.log_warnings
def test_a_photo_that_was_awaited_and_is_attached_here_goes_to_the_server(a, b, service):
    picture = a_picture(7)
    photo = a_photo(a, picture)
    record = a_record(a)
    save_record(a, record, {"/photos[x]/photo": photo})
    a.photo_files.path(photo["b"]).unlink()
    sync_in_process(endpoint_of(service, a), a)
    sync_in_process(endpoint_of(service, b), b)
    assert sync_state(b).photos[photo["b"]] == "wanted"
    a_photo(b, picture)
    assert sync_in_process(endpoint_of(service, b), b).photos_sent == 1
    assert sync_in_process(endpoint_of(service, a), a).photos_received == 1


@pytest.mark.log_warnings
def test_photos_that_wait_for_their_author_do_not_hold_up_the_others(a, b, service, monkeypatch):
    monkeypatch.setattr("app.sync.exchange.HAVE_LIMIT", 2)
    photos = [a_photo(a, a_picture(seed, side_px=32 + 8 * seed)) for seed in range(4)]
    save_record(a, a_record(a), {f"/photos[{n}]/photo": photo for n, photo in enumerate(photos)})
    for photo in photos[:3]:
        a.photo_files.path(photo["b"]).unlink()
    sync_in_process(endpoint_of(service, a), a)
    result = sync_in_process(endpoint_of(service, b), b)
    assert (result.photos_received, result.photos_waiting) == (1, 3)


@pytest.mark.log_warnings
def test_a_form_that_the_server_refuses_does_not_hold_up_the_answers(a, service, monkeypatch):
    monkeypatch.setattr("app.sync.push.pack_form", lambda xml, media: b"no form")
    a_record(a)
    result = sync_in_process(endpoint_of(service, a), a)
    assert result.ops_sent and sync_state(a).unsent_ops == 0
    assert [aside.reason for aside in sync_state(a).quarantined] == ["unknown-form"]


@pytest.mark.log_warnings
def test_a_form_that_this_version_cannot_read_stops_neither_answers_nor_photos(a, b, service, monkeypatch):
    photo = a_photo(a, a_picture(3))
    record = a_record(a, name="示例村")
    save_record(a, record, {"/photos[x]/photo": photo})
    sync_in_process(endpoint_of(service, a), a)
    with b.database.transaction() as tables:
        tables.execute("DELETE FROM form")
    b.forms._read.clear()

    def refuse(*_, **__):
        raise KnownError("form_broken")

    monkeypatch.setattr("core.forms.xform.reading.parse_xform", refuse)
    assert sync_in_process(endpoint_of(service, b), b).photos_received == 1
    assert values_of(b, record)["/name"] == "示例村"
    monkeypatch.undo()
    sync_in_process(endpoint_of(service, b), b)
    assert [row.title for row in list_records(b)] == ["示例村"]


def test_what_the_server_can_apply_by_now_is_no_longer_set_aside(a, service, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("app.sync.engine.leave_forms", lambda *_: None)
        a_record(a)
        sync_in_process(endpoint_of(service, a), a)
    assert [aside.reason for aside in sync_state(a).quarantined] == ["unknown-form"]
    save_record(a, a_record(a), {"/remark": "一"})
    sync_in_process(endpoint_of(service, a), a)
    assert sync_state(a).quarantined == ()


@pytest.mark.log_warnings
def test_another_operation_under_a_known_number_is_told(a, b, service):
    """Both the server and a laptop were put back from older copies, and the laptop went on differently."""
    record = a_record(b)
    sync_in_process(endpoint_of(service, b), b)
    own, (_, line) = b.operations.own(), list(b.operations.log(b.operations.own().id))[-2:]
    known_otherwise = line.line.replace("示例记录".encode(), "另一内容".encode())
    with a.database.transaction():
        a.foreign_logs.receive(own.id, line.n, line.prev, [known_otherwise])
    sync_in_process(endpoint_of(service, a), a)
    assert [(aside.ref.n, aside.reason) for aside in sync_state(a).quarantined] == [(line.n, "differs")]
    assert sync_state(a).quarantined[0].record == record


class SmallPages(Watched):
    """Gives one operation a page; the line may break before a page."""

    breaks_at = 0

    def sync(self, header, batch, signature):
        self.calls.append("sync")
        if len(self.calls) == self.breaks_at:
            raise JobCancelledError
        return self._endpoint.sync(msgspec.structs.replace(header, want_bytes=1), batch, signature)


def test_a_record_that_comes_in_several_pages_is_read_when_it_is_whole_also_after_a_cut(
    a, b, service, monkeypatch
):
    record = a_record(a)
    save_record(a, record, {f"/hh[{at:04}]/person": "示例" * 20 for at in range(3_000)})
    other = a_record(a)
    sync_in_process(endpoint_of(service, a), a)
    read, session = [], b.records.session
    monkeypatch.setattr(
        b.records, "session", lambda record, *rest: read.append(record) or session(record, *rest)
    )
    pages = SmallPages(endpoint_of(service, b))
    pages.breaks_at = 4
    with pytest.raises(JobCancelledError):
        sync_in_process(pages, b)
    assert read == [] == list_records(b)
    pages.breaks_at = 0
    sync_in_process(pages, b)
    assert len(pages.calls) > 6 and sorted(read) == sorted([record, other])
    assert values_of(b, record) == values_of(a, record)
    assert b.records.outdated_count() == 0


def test_the_rest_of_a_record_that_never_comes_leaves_what_came(a, b, service):
    record = a_record(a)
    save_record(a, record, {f"/hh[{at:04}]/person": "示例" * 20 for at in range(1_500)})
    sync_in_process(endpoint_of(service, a), a)
    pages = SmallPages(endpoint_of(service, b))
    pages.breaks_at = 4
    with pytest.raises(JobCancelledError):
        sync_in_process(pages, b)
    assert b.records.outdated_count() == 1
    assert renew_projection(b, Progress()).records == {record}
    assert [row.record_id for row in list_records(b)] == [record]


def test_a_page_that_ends_in_own_operations_is_taken(a, b, service):
    theirs = a_record(a)
    mine = a_record(b)
    for turn in range(3):
        for workspace, record in ((a, theirs), (b, mine)):
            save_record(workspace, record, {"/remark": f"{turn}" * 6_000})
            sync_in_process(endpoint_of(service, workspace), workspace)
    service.identity.begin_epoch(instead_of=service.identity.epoch())
    sync_in_process(SmallPages(endpoint_of(service, b)), b)
    assert values_of(b, theirs) == values_of(a, theirs)
