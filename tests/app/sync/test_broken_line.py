"""The line breaks: before the request, in the middle of a photo, after the effect but before the answer."""

from __future__ import annotations

import pytest

from app.sync.link import LinkError
from app.usecases.records import save_record
from app.usecases.sync import sync_now, sync_state
from core.protocol.wire_errors import WireError
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.proxy import CountingLine
from tests.servers import a_picture, join_in_process, sync_in_process

PICTURE = a_picture()


class Faulty:
    """An endpoint that breaks the line at one call: before it has an effect, or after (the answer is lost)."""

    def __init__(self, endpoint, break_at, *, after):
        self._endpoint = endpoint
        self._break_at = break_at
        self._after = after
        self.calls = 0

    def __getattr__(self, name):
        def call(*args):
            self.calls += 1
            broken = self.calls == self._break_at
            if broken and not self._after:
                raise LinkError("link_broken")
            result = getattr(self._endpoint, name)(*args)
            if broken:
                raise LinkError("link_broken")
            return result

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("break_at", range(1, 8))
def test_a_sync_cut_at_any_call_is_finished_by_itself_or_the_next(tmp_path, service, break_at, after):
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        endpoint = join_in_process(service, a)
        photo = a_photo(a, PICTURE)
        record = a_record(a, name="示例")
        save_record(a, record, {"/photos[r]/photo": photo})
        try:
            sync_in_process(Faulty(endpoint, break_at, after=after), a)
        except LinkError:
            sync_in_process(endpoint, a)
        assert sync_state(a).records == {record: "confirmed"}
        assert sync_state(a).photos == {photo["b"]: "confirmed"}
        sync_in_process(join_in_process(service, b), b)
        assert values_of(b, record) == values_of(a, record)
        assert b.photo_files.read(photo["b"]) == a.photo_files.read(photo["b"])


def test_lost_replies_for_ever_end_in_an_error_and_lose_nothing(tmp_path, service):
    class Dead:
        def __getattr__(self, name):
            def call(*_):
                raise LinkError("server_unreachable")

            return call

    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        record = a_record(a)
        with pytest.raises(LinkError):
            sync_in_process(Dead(), a)
        assert sync_state(a).records == {record: "unsent"}


@pytest.fixture(scope="module")
def line(shared_server):
    with CountingLine(shared_server.port) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(shared_server, line, tmp_path_factory):
    with a_workspace(tmp_path_factory.mktemp("client") / "a") as workspace:
        shared_server.join(workspace, port=line.port)
        yield workspace


@pytest.mark.parametrize("cut", [1, 5_000, 50_000, 99_000])
def test_a_photo_cut_anywhere_goes_on_there_and_wastes_little(client, line, cut):
    content = a_picture(seed=cut, side_px=420)
    assert len(content) > 100_000
    photo = a_photo(client, content)
    record = a_record(client, name=f"示例{cut}")
    sync_now(client)  # the record alone would go first: measure the photo
    save_record(client, record, {"/photos[r]/photo": photo})
    before_up, before_connections = line.up, line.connections
    line.cut_after_up = cut + 3_000  # past the record's own batch
    sent = sync_now(client, sleep=lambda _: None)
    assert sent.photos_sent == 1 and sync_state(client).photos[photo["b"]] == "confirmed"
    assert line.connections > before_connections + 1, "the line was not cut"
    overhead = line.up - before_up - len(content)
    records, tls = 2_500, len(content) * 22 / 2048
    assert overhead < records + tls + 4_000 + 8_192


def test_an_offset_the_server_corrects_is_believed(tmp_path, service):
    class Forgetful:
        """Says once that it holds nothing."""

        def __init__(self, endpoint):
            self._endpoint = endpoint
            self.lied = False

        def __getattr__(self, name):
            return getattr(self._endpoint, name)

        def blobs_have(self, digests):
            states = self._endpoint.blobs_have(digests)
            if self.lied:
                return states
            self.lied = True
            return [type(state)(digest=state.digest, state="none") for state in states]

    with a_workspace(tmp_path / "a") as a:
        endpoint = join_in_process(service, a)
        content = PICTURE
        photo = a_photo(a, content)
        record = a_record(a)
        save_record(a, record, {"/photos[r]/photo": photo})
        endpoint.append_blob(photo["b"], len(content), 0, [content[:1000]])
        sync_in_process(Forgetful(endpoint), a)
        assert sync_state(a).photos[photo["b"]] == "confirmed"


def test_a_blob_whose_bytes_are_others_is_dropped_and_told(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        endpoint = join_in_process(service, a)
        content = PICTURE
        digest = "sha256:" + "0" * 64
        with pytest.raises(WireError) as refused:
            endpoint.append_blob(digest, len(content), 0, [content])
        assert refused.value.code.name == "digest-mismatch"
        assert endpoint.blobs_have([digest])[0].state == "none"


def test_a_file_that_is_no_picture_is_refused_once_and_stops_nothing(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        endpoint = join_in_process(service, a)
        wrong = a_photo(a, b"not a picture at all" * 50)
        right = a_photo(a, PICTURE)
        record = a_record(a)
        save_record(a, record, {"/photos[r]/photo": wrong, "/photos[s]/photo": right})
        result = sync_in_process(endpoint, a)
        assert (result.photos_sent, result.photos_refused) == (1, 1)
        assert endpoint.blobs_have([wrong["b"]])[0].state == "rejected"
        assert sync_state(a).photos == {wrong["b"]: "unsent", right["b"]: "confirmed"}
