"""Who is let in: digests, replays, old nonces, tokens, guesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import KnownError
from core.protocol.roles import Grant
from server.openrosa.access import FAILURES_PER_MINUTE, Access, NotLetInError
from server.openrosa.accounts import Phones
from server.openrosa.digest import NONCE_S, digest_parts
from tests.server.phones import Phone
from tests.servers import a_service

TARGET = "/formList?deviceID=collect%3A1"
HERE = "192.0.2.1"


class MovingClock:
    def __init__(self):
        self.moment = datetime(2026, 11, 21, 8, tzinfo=UTC)

    def now(self):
        return self.moment

    def monotonic_ms(self):
        return 0


@pytest.fixture
def clock():
    return MovingClock()


@pytest.fixture
def phones(tmp_path, clock):
    with a_service(tmp_path / "server", clock) as server:
        yield Phones(server)


@pytest.fixture
def access(phones, clock):
    return Access(phones, clock)


@pytest.fixture
def made(phones):
    return phones.add("示例手机", Grant("surveyor"))


@pytest.fixture
def client(made, access):
    """Something that answers challenges."""
    phone = Phone(None, made)
    challenged(access, phone)
    return phone


def refused(access, header, *, target=TARGET, method="GET", address=HERE):
    with pytest.raises(NotLetInError) as found:
        access.by_password(method, target, header, address)
    return found.value


def challenged(access, phone, header=""):
    parts = digest_parts(refused(access, header).challenge)
    phone.nonce, phone.realm = parts["nonce"], parts["realm"]
    return parts


def let_in(access, phone, count, **named):
    header = phone.authorization("GET", TARGET, count, **named)
    return access.by_password("GET", TARGET, header, HERE)


def test_the_right_answer_lets_in_and_is_good_for_one_request_alone(access, client, made):
    assert let_in(access, client, 1).login == made.login
    assert let_in(access, client, 2).login == made.login
    replayed = refused(access, client.authorization("GET", TARGET, 1))
    assert replayed.status == 401 and "stale=true" in replayed.challenge
    for other in ({"target": "/submission"}, {"method": "POST"}):
        elsewhere = refused(access, client.authorization("GET", TARGET, 3), **other)
        assert elsewhere.status == 401 and "stale" not in elsewhere.challenge


def test_requests_may_overtake_each_other_but_not_by_far(access, client):
    for count in (5, 3, 4, 1, 200):
        assert let_in(access, client, count)
    assert "stale=true" in refused(access, client.authorization("GET", TARGET, 2)).challenge
    assert let_in(access, client, 199)


def test_a_nonce_that_is_over_or_from_before_a_restart_asks_for_another_round_trip(
    access, client, clock, phones
):
    clock.moment += timedelta(seconds=NONCE_S + 1)
    assert "stale=true" in refused(access, client.authorization("GET", TARGET, 1)).challenge
    challenged(access, client)
    assert let_in(access, client, 1)
    assert "stale=true" in refused(Access(phones, clock), client.authorization("GET", TARGET, 2)).challenge


def test_wrong_passwords_names_and_headers_are_refused_alike(access, client, made):
    answers = [
        client.authorization("GET", TARGET, 1, password="wrong"),
        client.authorization("GET", TARGET, 1).replace(f'"{made.login}"', '"nobody"'),
        client.authorization("GET", TARGET, 1).replace("qop=auth", "qop=auth-int"),
        client.authorization("GET", TARGET, 1).replace("nc=00000001", "nc=1"),
        client.authorization("GET", TARGET, 1).replace("MD5", "SHA-256"),
        client.authorization("GET", TARGET, 1) + ', uri="/other"',
        "Basic cGhvbmUxOnBob25lMQ==",
        "Digest",
        "Digest username=" + "x" * 9000,
    ]
    for answer in answers:
        no = refused(access, answer)
        assert no.status == 401 and "stale" not in no.challenge, answer
    assert let_in(access, client, 1)


def test_who_guesses_waits_and_others_do_not_from_the_same_address_either(access, client, made):
    for count in range(FAILURES_PER_MINUTE):
        assert refused(access, client.authorization("GET", TARGET, count + 1, password="no")).status == 401
    assert refused(access, client.authorization("GET", TARGET, 98, password="no")).status == 429
    with pytest.raises(NotLetInError) as token:
        access.by_token("nobodys", HERE)
    assert token.value.status == 429
    assert access.by_token(made.token, HERE).login == made.login
    assert let_in(access, client, 99)
    assert (
        refused(access, client.authorization("GET", TARGET, 98, password="no"), address="192.0.2.2").status
        == 401
    )


def test_only_nonces_that_were_used_are_remembered_and_not_without_end(access, client, monkeypatch):
    for _ in range(100):
        refused(access, "")
    assert len(access._digest._used) == 0
    monkeypatch.setattr("server.openrosa.digest._NONCES_KEPT", 3)
    seen = []
    for _ in range(5):
        challenged(access, client)
        assert let_in(access, client, 1)
        seen.append(client.nonce)
        access._digest._clock.moment += timedelta(seconds=1)
    assert len(access._digest._used) == 3
    client.nonce = seen[0]
    assert "stale=true" in refused(access, client.authorization("GET", TARGET, 1)).challenge


def test_a_shut_out_phone_is_told_so_and_renewed_secrets_let_it_in(phones, access, client, made):
    phones.revoke(made.login)
    assert refused(access, client.authorization("GET", TARGET, 1)).status == 403
    with pytest.raises(NotLetInError):
        access.by_token(made.token, HERE)
    fresh = phones.renew(made.login)
    assert access.by_token(fresh.token, HERE).login == made.login
    with pytest.raises(NotLetInError):
        access.by_token(made.token, HERE)
    assert refused(access, client.authorization("GET", TARGET, 2)).status == 401
    client.made = fresh
    assert let_in(access, client, 3)


def test_no_secret_stands_on_the_disk(phones, made, tmp_path):
    phones._database.close()
    kept = b"".join(file.read_bytes() for file in (tmp_path / "server").rglob("*") if file.is_file())
    assert made.login.encode() in kept
    assert made.password.encode() not in kept and made.token.encode() not in kept


@pytest.mark.parametrize("login", ["Phone", "a b", "名", "-a", "a" * 33, "a:b"])
def test_a_login_that_collect_would_misread_is_refused(phones, login):
    with pytest.raises(KnownError) as no:
        phones.add("示例", Grant("surveyor"), login)
    assert no.value.code == "phone_login"


def test_a_login_stands_for_one_account(phones, made):
    with pytest.raises(KnownError):
        phones.add("示例二", Grant("surveyor"), made.login)
    assert phones.add("示例二", Grant("surveyor")).login != made.login
