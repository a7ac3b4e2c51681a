"""Roles at receipt and in the feed, with the real service behind."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from core.clock import SystemClock
from core.ids import new_uuid7
from core.protocol.codec import make_batch, sign_batch
from core.protocol.messages import SyncHeader
from core.protocol.roles import Grant
from core.protocol.wire_errors import WireError
from core.records.operation import RETURNED, Operation, chain_hash, encode_line, genesis_hash
from core.records.receipt import sum_of_hashes
from core.records.sending import SENT, Sending
from server.app import open_server
from server.config import ServerConfig
from server.queries import holdings
from server.queries.holdings import all_set_aside
from server.rebuilding import rebuild
from server.sync_service import Server, SyncService
from tests.server.logs import an_enrolment
from tests.servers import a_service

ANJI, DEQING = "330523001001", "330521001001"
NOW = "2026-11-21T08:00:00+08:00"


@dataclass
class Member:
    """An enrolled device with a role: it writes, pushes at once, and keeps what it pulled."""

    server: Server
    grant: Grant
    key: SigningKey = field(default_factory=SigningKey.generate)
    replica: str = field(default_factory=lambda: secrets.token_hex(16))
    pulled: list[bytes] = field(default_factory=list)
    written: int = 0

    def __post_init__(self) -> None:
        code, _ = self.server.auth.make_ticket_code(self.server.identity.project, grant=self.grant)
        self.device = self.server.auth.enrol(an_enrolment(code, self.key))
        self.tip = genesis_hash(self.replica)
        self.have, self.sum = None, 0

    def write(self, record: str | None, kind: str = "put", **fields) -> bytes:
        """The line of an operation, pushed."""
        return self.write_all([(record, fields)], kind)[0]

    def write_all(self, operations, kind: str = "put") -> list[bytes]:
        """The lines of operations (record, answers), pushed as one batch."""
        said = [
            (record, {f"/{name}": value for name, value in fields.items()}) for record, fields in operations
        ]
        return self._push([Operation(k=kind, n=0, t=NOW, r=record, s=answers) for record, answers in said])

    def tell_sending(self, record: str) -> bytes:
        """The line that tells of a sending of a record to a server of somebody else, pushed."""
        sending = Sending(record, "odk.example.org", f"uuid:{record}", there=True)
        return self._push([Operation(k=SENT, n=0, t=NOW, sent=sending)])[0]

    def _push(self, operations) -> list[bytes]:
        before, lines = self.tip, []
        for n, op in enumerate(operations, self.written + 1):
            lines.append(encode_line(msgspec.structs.replace(op, n=n)))
            self.tip = chain_hash(self.tip, lines[-1])
        batch = make_batch(self.replica, self.written + 1, lines, before)
        self.written += len(lines)
        self.last = batch, sign_batch(batch.plain, self.key)
        self.reply, _ = self._sync(*self.last)
        return lines

    def begin_another_log(self) -> None:
        """As after a copied folder went on elsewhere: the same device, a new name and numbers from 1."""
        self.replica, self.written = secrets.token_hex(16), 0
        self.tip = genesis_hash(self.replica)

    def returned(self, record: str) -> None:
        self.write(record, **{RETURNED.removeprefix("/"): {"reason": "再拍一张", "path": ""}})

    def aside(self) -> dict[int, str]:
        return {one.n: one.reason for one in self.reply.ack.results}

    def pull(self, want_bytes: int = 1) -> list[bytes]:
        """All that came, page by page, each page's sum held against what is here."""
        came, more = list[bytes](), True
        while more:
            header = SyncHeader(replica=self.replica, have=self.have, want_bytes=want_bytes)
            reply, runs = self._endpoint().sync(header, None, "")
            if reply.page.anew:
                self.sum, self.pulled = 0, []
            for run in runs:
                self.sum = sum_of_hashes(self._hashes(run), self.sum)
                came += run.lines
            assert reply.page.sum == f"{self.sum:016x}"
            assert not (reply.page.more and reply.page.cursor == self.have)
            self.have, more = reply.page.cursor, reply.page.more
        self.pulled += came
        return came

    def become(self, grant: Grant) -> None:
        assert self.server.auth.set_grant(self.device.id, grant)

    def _endpoint(self) -> SyncService:
        device = self.server.device(self.device.id)
        assert device is not None
        return SyncService(self.server, device)

    def _sync(self, batch, signature):
        return self._endpoint().sync(SyncHeader(replica=self.replica), batch, signature)

    def _hashes(self, run):
        if not run.header.own:
            return run.hashes()
        with self.server.database.read() as connection:
            from server.queries import log

            numbers = range(run.header.first, run.header.to + 1)
            return [log.hash_at(connection, self.device.project, self.replica, n) for n in numbers]


@pytest.fixture
def server(tmp_path):
    with a_service(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def coordinator(server):
    return Member(server, Grant("coordinator"))


def a_record() -> str:
    return new_uuid7(SystemClock())


def test_a_record_of_another_county_is_set_aside_and_nobody_gets_it(server, coordinator):
    surveyor, record = Member(server, Grant("surveyor", "330523")), a_record()
    theirs = coordinator.write(record, village=DEQING)
    surveyor.write(record, name="改了别县的记录")
    surveyor.write(a_record(), village=DEQING)
    assert surveyor.aside() == {1: "other-division", 2: "other-division"}
    assert surveyor.reply.ack.acked == {surveyor.replica: 2}
    with server.database.read() as connection:
        told = all_set_aside(connection, server.identity.project)
    assert [(one.name, one.reason) for one in told] == [("示例", "other-division")] * 2
    assert told[0].record == record
    assert Member(server, Grant("coordinator")).pull() == [theirs]


def test_a_place_chosen_wrongly_is_mended_by_choosing_the_right_one(server, coordinator):
    surveyor, record = Member(server, Grant("surveyor", "330523")), a_record()
    lines = [surveyor.write(record, village=DEQING, name="示例"), surveyor.write(record, height=3)]
    assert surveyor.aside() == {1: "other-division", 2: "other-division"}
    lines.append(surveyor.write(record, village=ANJI))
    assert surveyor.aside() == {}
    assert coordinator.pull() == lines
    assert Member(server, Grant("surveyor", "330521")).pull() == []


def test_what_was_set_aside_is_placed_by_all_it_says_once_it_comes_along(server, coordinator):
    surveyor, record, village = Member(server, Grant("surveyor", "330523")), a_record(), a_record()
    lines = [
        surveyor.write(record, village=DEQING),
        surveyor.write(record, other=village),
        surveyor.write(record, village=ANJI),
    ]
    lines.append(coordinator.write(village, village="330524001001"))
    assert Member(server, Grant("surveyor", "330524")).pull() == lines


def test_what_was_set_aside_comes_with_who_wrote_it_though_another_log_of_the_device_mends_it(server):
    surveyor, record = Member(server, Grant("surveyor", "330523")), a_record()
    lines = [surveyor.write(None, kind="who"), surveyor.write(record, village=DEQING)]
    surveyor.begin_another_log()
    lines.append(surveyor.write(record, village=ANJI))
    assert Member(server, Grant("reviewer", "330523")).pull() == lines


def test_a_place_goes_along_a_chain_of_references_of_any_length(server, coordinator):
    chain = [a_record() for _ in range(1100)]
    for part in (range(1, 600), range(600, 1100)):
        coordinator.write_all([(chain[at], {"ref": chain[at - 1]}) for at in part])
    coordinator.write(chain[0], village=ANJI)
    assert len(Member(server, Grant("surveyor", "330523")).pull()) == len(chain)


def test_an_applicant_neither_writes_nor_sees_what_others_made(server, coordinator):
    applicant, mine, theirs = Member(server, Grant("applicant", "330523")), a_record(), a_record()
    coordinator.write(None, kind="who")
    coordinator.write(theirs, village=ANJI)
    assert applicant.pull() == []
    applicant.write(theirs, village=ANJI)
    assert applicant.aside() == {1: "not-own-record"}
    applicant.write(mine, village=ANJI)
    coordinator.returned(mine)
    assert len(applicant.pull()) == 2  # the return, and who wrote it
    assert applicant.aside() == {1: "not-own-record"}


def test_a_sending_is_told_to_whoever_sees_the_record_and_to_nobody_else(server, coordinator):
    record = a_record()
    lines = [coordinator.write(record, village=ANJI)]
    coordinator.write(a_record(), village=DEQING)
    coordinator.begin_another_log()
    lines.append(coordinator.tell_sending(record))
    assert Member(server, Grant("surveyor", "330523")).pull() == lines
    assert len(Member(server, Grant("surveyor", "330521")).pull()) == 1


def test_nobody_tells_of_a_sending_of_what_he_may_not_write(server, coordinator):
    record = a_record()
    written = coordinator.write(record, village=ANJI)
    for grant, why in [
        (Grant("applicant", "330523"), "not-own-record"),
        (Grant("surveyor", "330521"), "other-division"),
    ]:
        stranger = Member(server, grant)
        stranger.tell_sending(record)
        assert stranger.aside() == {1: why}
    assert Member(server, Grant("surveyor", "330523")).pull() == [written]


def test_who_tells_of_a_sending_before_the_record_comes_does_not_own_it(server, coordinator):
    applicant, record = Member(server, Grant("applicant", "330523")), a_record()
    told = applicant.tell_sending(record)
    lines = [coordinator.write(record, village=ANJI)]
    applicant.write(record, name="示例")
    assert applicant.aside() == {2: "not-own-record"}
    assert Member(server, Grant("surveyor", "330523")).pull() == [told, *lines]


def test_only_reviewers_and_coordinators_return_a_record(server, coordinator):
    surveyor, reviewer = Member(server, Grant("surveyor")), Member(server, Grant("reviewer", "3305"))
    record = a_record()
    surveyor.write(record, village=ANJI)
    surveyor.returned(record)
    reviewer.returned(record)
    assert surveyor.aside() == {2: "return-not-allowed"}
    assert reviewer.aside() == {}


def test_a_building_lies_where_its_village_lies_even_if_that_is_said_later(server, coordinator):
    village, building = a_record(), a_record()
    surveyor = Member(server, Grant("surveyor", "330523"))
    lines = [coordinator.write(building, village_ref=village), coordinator.write(village, name="示例村")]
    assert surveyor.pull() == []
    lines.append(coordinator.write(village, village=ANJI))
    assert surveyor.pull() == lines
    surveyor.write(building, height=3)
    other = Member(server, Grant("surveyor", "330521"))
    other.write(a_record(), village_ref=village)
    assert surveyor.aside() == {}
    assert other.aside() == {1: "other-division"}


def test_what_comes_into_sight_late_comes_whole_and_once(server, coordinator):
    record, surveyor = a_record(), Member(server, Grant("surveyor", "330523"))
    lines = [coordinator.write(record, name=str(n)) for n in range(3)]
    coordinator.write(a_record(), village=DEQING)
    assert surveyor.pull() == []
    lines.append(coordinator.write(record, village=ANJI))
    assert surveyor.pull() == lines
    assert surveyor.pull() == []


def test_a_scope_that_grows_brings_the_older_records(server, coordinator):
    surveyor = Member(server, Grant("surveyor", "330523"))
    lines = [coordinator.write(a_record(), village=place) for place in (ANJI, DEQING, ANJI)]
    assert surveyor.pull() == [lines[0], lines[2]]
    surveyor.become(Grant("surveyor", "3305"))
    surveyor.pull()
    assert surveyor.pulled == lines
    surveyor.become(Grant("surveyor", "330523"))
    lines.append(coordinator.write(a_record(), village=DEQING))
    assert surveyor.pull() == []
    surveyor.become(Grant("coordinator"))
    surveyor.pull()
    assert surveyor.pulled == lines


def lines_in(division: str, written: list[tuple[str, dict[str, str], bytes]]) -> list[bytes]:
    """The lines of records that lie in a division, or refer, over any number, to one that does."""
    inside = set[str]()
    while True:
        found = {
            record
            for record, answers, _ in written
            if answers.get("village", "x").startswith(division) or answers.get("ref") in inside
        }
        if found == inside:
            return sorted(line for record, _, line in written if record in inside)
        inside = found


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_device_gets_all_in_its_sight_whenever_it_pulls(tmp_path_factory, seed):
    chance = random.Random(seed)
    with a_service(tmp_path_factory.mktemp("any") / "data") as server:
        writers = [Member(server, Grant("coordinator")) for _ in range(2)]
        readers = [Member(server, Grant("surveyor", division)) for division in ("330523", "3305", "")]
        records = [a_record() for _ in range(5)]
        written = list[tuple[str, dict[str, str], bytes]]()
        for _ in range(20):
            answers = chance.choice(
                [{"village": ANJI}, {"village": DEQING}, {"name": "示例"}, {"ref": chance.choice(records)}]
            )
            record = chance.choice(records)
            written.append((record, answers, chance.choice(writers).write(record, **answers)))
            if chance.random() < 0.4:
                chance.choice(readers).pull()
        for reader in readers:
            reader.pull()
        assert sorted(readers[0].pulled) == lines_in("330523", written)
        assert sorted(readers[1].pulled) == lines_in("3305", written)
        assert sorted(readers[2].pulled) == sorted(line for _, _, line in written)


def test_records_of_a_server_before_roles_are_placed_when_it_is_opened(tmp_path):
    with a_service(tmp_path / "data") as server:
        coordinator, village = Member(server, Grant("coordinator")), a_record()
        lines = [coordinator.write(None, kind="who"), coordinator.write(a_record(), ref=village)]
        coordinator.write(a_record(), village=DEQING)
        lines.append(coordinator.write(village, village=ANJI))
        with server.database.transaction() as connection:
            for table in ("record", "place", "reference"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql("UPDATE op SET subject = ''")
    with a_service(tmp_path / "data") as server:
        assert Member(server, Grant("surveyor", "330523")).pull() == lines


def test_a_rebuilt_server_decides_by_the_roles_of_then(tmp_path):
    config, clock = ServerConfig(tmp_path / "data"), SystemClock()
    with open_server(config, clock) as server:
        coordinator, surveyor = (
            Member(server, Grant("coordinator")),
            Member(server, Grant("surveyor", "330523")),
        )
        coordinator.write(a_record(), village=DEQING)
        surveyor.write(a_record(), village=DEQING)
        surveyor.become(Grant("surveyor", "3305"))
        surveyor.write(a_record(), village=DEQING)
        seen = coordinator.pull()
    rebuild(config, clock)
    with open_server(config, clock) as server:
        again = replace_server(coordinator, server)
        assert sorted(again.pull()) == sorted(seen)
        surveyor = replace_server(surveyor, server)
        surveyor.write(a_record(), village=DEQING)
        assert surveyor.aside() == {1: "other-division"}


def test_a_rebuilt_server_decides_the_same_though_its_clock_went_back(tmp_path, clock):
    config, record = ServerConfig(tmp_path / "data"), a_record()
    with open_server(config, clock) as server:
        coordinator = Member(server, Grant("coordinator"))
        applicant = Member(server, Grant("applicant"))
        lines = [coordinator.write(record, village=ANJI)]
        clock.advance(hours=-48)
        applicant.write(record, name="示例")
        assert applicant.aside() == {1: "not-own-record"}
    rebuild(config, clock)
    with open_server(config, clock) as server:
        assert Member(server, Grant("coordinator")).pull() == lines


def test_the_role_that_took_a_batch_decides_again_though_an_earlier_try_was_archived(tmp_path, monkeypatch):
    config, clock = ServerConfig(tmp_path / "data"), SystemClock()
    with open_server(config, clock) as server:
        surveyor = Member(server, Grant("surveyor", "330523"))
        monkeypatch.setattr(holdings, "add_batch", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            surveyor.write(a_record(), village=DEQING)
        monkeypatch.undo()
        surveyor.become(Grant("surveyor", "330521"))
        surveyor._sync(*surveyor.last)
        surveyor.become(Grant("surveyor", "330523"))
        surveyor._sync(*surveyor.last)  # once more, as after a lost reply: it stays what it was
        seen = Member(server, Grant("coordinator")).pull()
        assert len(seen) == 1
    rebuild(config, clock)
    with open_server(config, clock) as server:
        assert Member(server, Grant("coordinator")).pull() == seen


def test_a_preview_is_known_also_of_a_photo_that_was_set_aside_first(server):
    surveyor, record = Member(server, Grant("surveyor", "330523")), a_record()
    photo = {"b": "sha256:" + "a" * 64, "pv": "sha256:" + "b" * 64, "n": 1, "m": "image/jpeg"}
    surveyor.write(record, village=DEQING, photo=photo)
    surveyor.write(record, village=ANJI)
    assert surveyor._endpoint().photos.preview_of(photo["b"]) == photo["pv"]


def test_nobody_is_told_what_is_set_aside_or_held_of_anothers_log(server):
    surveyor, spy = Member(server, Grant("surveyor", "330523")), Member(server, Grant("applicant"))
    surveyor.write(a_record(), village=DEQING)
    reply, _ = spy._endpoint().sync(SyncHeader(replica=surveyor.replica), None, "")
    assert reply.ack.results == []
    with pytest.raises(WireError) as refused:
        spy._endpoint().receipt(surveyor.replica, 1)
    assert refused.value.values == {"acked": 0}


def replace_server(member: Member, server: Server) -> Member:
    """The same device, reading from the start."""
    member.server, member.have, member.sum = server, None, 0
    return member
