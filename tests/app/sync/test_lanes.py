"""Previews before originals; originals when the line or the person allows it; going on over restarts."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest

from app.storage.photos import PREVIEW
from app.sync.lanes import GOOD_BYTES_S, LinkSpeed
from app.usecases.lanes import ask_for_all_originals, choose_originals_rule, photo_lanes
from app.usecases.records import save_record
from app.usecases.sync import sync_state
from core.values import photo_value
from server.sync_service import SyncService
from tests.builders import a_photo, a_record, a_workspace
from tests.servers import a_picture, endpoint_of, join_in_process, sync_in_process

ORIGINALS = [a_picture(seed, side_px=800) for seed in (1, 2)]
PREVIEWS = [a_picture(seed, side_px=360) for seed in (3, 4)]
assert min(map(len, ORIGINALS)) > 256 * 1024 and min(map(len, PREVIEWS)) > 64 * 1024


class Line:
    """An endpoint at the end of a line of so many bytes a second; it keeps the order in which photos began."""

    def __init__(self, endpoint, monkeypatch, bytes_s):
        self._endpoint = endpoint
        self._bytes_s = bytes_s
        self._time = 0.0
        self.began = []
        self.moved = 0
        monkeypatch.setattr("app.sync.blobs.LinkSpeed", partial(LinkSpeed, now=lambda: self._time))

    def __getattr__(self, name):
        return getattr(self._endpoint, name)

    def _slowly(self, pieces):
        for piece in pieces:
            self._time += len(piece) / self._bytes_s
            self.moved += len(piece)
            yield piece

    def append_blob(self, digest, size, offset, pieces):
        self.began.append(("send", digest))
        return self._endpoint.append_blob(digest, size, offset, self._slowly(pieces))

    def read_blob(self, digest, offset=0):
        self.began.append(("fetch", digest))
        return self._slowly(self._endpoint.read_blob(digest, offset))


@pytest.fixture
def a(tmp_path, service):
    with a_workspace(tmp_path / "a") as opened:
        join_in_process(service, opened)
        photos = [with_preview(opened, *pair) for pair in zip(ORIGINALS, PREVIEWS, strict=True)]
        save_record(opened, a_record(opened), {f"/photos[{n}]/photo": one for n, one in enumerate(photos)})
        yield opened


@pytest.fixture
def b(tmp_path, service):
    with a_workspace(tmp_path / "b") as opened:
        join_in_process(service, opened)
        yield opened


def named(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def with_preview(workspace, original, preview):
    photo = a_photo(workspace, original)
    workspace.photo_files.store(named(preview), preview)
    with workspace.database.transaction():
        workspace.photos.add(named(preview), len(preview), "image/jpeg", lane=PREVIEW)
    return {**photo, "pv": named(preview), "pn": len(preview)}


def counts(workspace):
    lanes = photo_lanes(workspace)
    return lanes.previews.counts, lanes.originals.counts


def test_all_previews_go_before_the_first_original(a, service, monkeypatch):
    line = Line(endpoint_of(service, a), monkeypatch, GOOD_BYTES_S * 10)
    sync_in_process(line, a)
    assert {digest for _, digest in line.began[:2]} == set(map(named, PREVIEWS))
    assert {digest for _, digest in line.began[2:]} == set(map(named, ORIGINALS))
    assert counts(a) == ({"verified": 2}, {"verified": 2})


def test_on_a_slow_line_previews_go_and_originals_wait_for_a_better_one(a, b, service, monkeypatch):
    slow = Line(endpoint_of(service, a), monkeypatch, 5_000)
    assert sync_in_process(slow, a).originals_held_back == 2
    assert counts(a) == ({"verified": 2}, {"waiting": 2})
    assert slow.moved == sum(map(len, PREVIEWS))
    got = sync_in_process(Line(endpoint_of(service, b), monkeypatch, 5_000), b)
    assert (got.photos_received, got.photos_waiting + got.originals_held_back) == (2, 2)
    good = Line(endpoint_of(service, a), monkeypatch, GOOD_BYTES_S * 2)
    assert sync_in_process(good, a).originals_held_back == 0
    assert counts(a) == ({"verified": 2}, {"verified": 2})


def test_without_previews_to_judge_by_an_original_begins_and_stops_where_the_line_is_slow(
    a, service, monkeypatch
):
    sync_in_process(Line(endpoint_of(service, a), monkeypatch, 5_000), a)
    slow = Line(endpoint_of(service, a), monkeypatch, 5_000)
    sync_in_process(slow, a)
    assert 64_000 <= slow.moved < 130_000
    (begun,) = [item for item in photo_lanes(a).originals.open if item.state == "part"]
    assert begun.moved == slow.moved and begun.record is not None
    again = Line(endpoint_of(service, a), monkeypatch, GOOD_BYTES_S * 2)
    sync_in_process(again, a)
    assert again.moved == sum(map(len, ORIGINALS)) - slow.moved


@pytest.mark.parametrize("bytes_s", [5_000, GOOD_BYTES_S * 10])
def test_with_the_records_originals_go_whatever_the_line_and_by_hand_only_when_asked(
    a, service, monkeypatch, bytes_s
):
    choose_originals_rule(a, "hand")
    assert sync_in_process(Line(endpoint_of(service, a), monkeypatch, bytes_s), a).originals_held_back == 2
    ask_for_all_originals(a, "send")
    assert sync_in_process(Line(endpoint_of(service, a), monkeypatch, bytes_s), a).originals_held_back == 0
    assert counts(a)[1] == {"verified": 2} and photo_lanes(a).asked == frozenset()


def test_what_was_asked_by_hand_is_still_asked_after_a_restart(tmp_path, a, service, monkeypatch):
    choose_originals_rule(a, "hand")
    sync_in_process(endpoint_of(service, a), a)
    ask_for_all_originals(a, "send")
    a.close()
    with a_workspace(tmp_path / "a") as again:
        sync_in_process(endpoint_of(service, again), again)
        assert counts(again)[1] == {"verified": 2}


def test_a_download_goes_on_after_a_restart_and_takes_no_byte_twice(tmp_path, a, b, service, monkeypatch):
    choose_originals_rule(a, "always")
    sync_in_process(endpoint_of(service, a), a)
    sync_in_process(Line(endpoint_of(service, b), monkeypatch, 5_000), b)
    slow = Line(endpoint_of(service, b), monkeypatch, 5_000)
    sync_in_process(slow, b)
    (coming,) = [item for item in photo_lanes(b).originals.open if item.state == "coming"]
    assert 0 < coming.moved <= slow.moved
    b.close()
    with a_workspace(tmp_path / "b") as again:
        line = Line(endpoint_of(service, again), monkeypatch, GOOD_BYTES_S * 2)
        sync_in_process(line, again)
        assert line.moved == sum(map(len, ORIGINALS)) - coming.moved
        assert again.photo_files.read(named(ORIGINALS[0])) == ORIGINALS[0]
        assert counts(again)[1] == {"sent": 2} and not list(again.folder.tmp.glob("*.arriving"))


@pytest.mark.log_warnings
def test_a_damaged_unfinished_download_begins_anew(a, b, service, monkeypatch):
    choose_originals_rule(a, "always")
    sync_in_process(endpoint_of(service, a), a)
    for _ in range(2):
        sync_in_process(Line(endpoint_of(service, b), monkeypatch, 5_000), b)
    (file,) = b.folder.tmp.glob("*.arriving")
    whole = bytearray(file.read_bytes())
    whole[70] ^= 1
    file.write_bytes(bytes(whole))
    for _ in range(2):
        sync_in_process(Line(endpoint_of(service, b), monkeypatch, GOOD_BYTES_S * 2), b)
    assert b.photo_files.read(named(ORIGINALS[0])) == ORIGINALS[0]


def test_what_the_server_refuses_is_shown_with_its_reason_until_it_is_taken(a, service):
    text = b"no picture at all"
    photo = photo_value(named(text), len(text), "image/jpeg")
    a_photo(a, text)
    save_record(a, a_record(a), {"/photos[x]/photo": photo})
    for _ in range(2):
        sync_in_process(endpoint_of(service, a), a)
        (refused,) = photo_lanes(a).originals.open
        assert (refused.state, refused.why) == ("refused", "not-an-image")
        assert counts(a)[1] == {"verified": 2, "refused": 1}


def test_a_record_is_verified_only_once_its_originals_are_at_the_server(a, service, monkeypatch):
    (record,) = a.records.ids()
    sync_in_process(Line(endpoint_of(service, a), monkeypatch, 5_000), a)
    assert sync_state(a).records[record] == "photos"
    sync_in_process(Line(endpoint_of(service, a), monkeypatch, GOOD_BYTES_S * 2), a)
    assert sync_state(a).records[record] == "confirmed"


def test_a_receipt_is_not_fetched_again_while_originals_are_only_held_back(a, service, monkeypatch):
    sync_in_process(Line(endpoint_of(service, a), monkeypatch, 5_000), a)
    choose_originals_rule(a, "hand")
    idle = Line(endpoint_of(service, a), monkeypatch, 5_000)
    monkeypatch.setattr(SyncService, "receipt", lambda *_: pytest.fail("nothing is new"))
    assert sync_in_process(idle, a).receipt is None and idle.moved == 0
