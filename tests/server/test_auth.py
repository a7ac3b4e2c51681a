from __future__ import annotations

import base64

import pytest
from nacl.signing import SigningKey

from core.protocol.messages import TokenRequest
from core.protocol.roles import Grant
from core.protocol.wire_errors import WireError
from server.auth import TOKEN_DOMAIN
from tests.server.logs import an_enrolment
from tests.servers import a_service


@pytest.fixture
def server(tmp_path, clock):
    with a_service(tmp_path / "data", clock) as opened:
        yield opened


@pytest.fixture
def auth(server, clock):
    return server.auth


@pytest.fixture
def code(auth, server):
    return auth.make_ticket_code(server.identity.project)[0]


def code_of(refused) -> str:
    return refused.value.code.name


def signed(key: SigningKey, device: str, nonce: str) -> TokenRequest:
    signature = base64.b64encode(key.sign(TOKEN_DOMAIN + nonce.encode()).signature).decode()
    return TokenRequest(device=device, nonce=nonce, signature=signature)


def test_a_ticket_lets_one_device_in_and_no_other(auth, code):
    auth.enrol(an_enrolment(code, SigningKey.generate()))
    with pytest.raises(WireError) as refused:
        auth.enrol(an_enrolment(code, SigningKey.generate()))
    assert code_of(refused) == "ticket-used"


def test_the_same_device_may_ask_again_when_the_answer_was_lost(auth, code, clock):
    key = SigningKey.generate()
    first = auth.enrol(an_enrolment(code, key, "d1"))
    clock.advance(hours=100)
    assert auth.enrol(an_enrolment(code, key, "d1")) == first


def test_a_ticket_expires_by_the_servers_clock(auth, code, clock):
    clock.advance(hours=73)
    with pytest.raises(WireError) as refused:
        auth.enrol(an_enrolment(code, SigningKey.generate()))
    assert code_of(refused) == "ticket-expired"


@pytest.mark.parametrize("wrong", ["", "nonsense", "\ud800"])
def test_an_unknown_code_is_refused(auth, wrong):
    with pytest.raises(WireError) as refused:
        auth.enrol(an_enrolment(wrong, SigningKey.generate()))
    assert code_of(refused) == "ticket-invalid"


def test_neither_codes_nor_tokens_lie_in_the_data_file(auth, code, server, tmp_path):
    key = SigningKey.generate()
    device = auth.enrol(an_enrolment(code, key))
    token = auth.token(signed(key, device.id, auth.nonce(device.id))).token
    everything = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("server.db*"))
    assert device.id.encode() in everything
    assert token.encode() not in everything and code.encode() not in everything


def test_a_signed_nonce_gets_a_token_that_lasts_an_hour(auth, code, clock):
    key = SigningKey.generate()
    device = auth.enrol(an_enrolment(code, key))
    token = auth.token(signed(key, device.id, auth.nonce(device.id)))
    assert auth.device_of_token(token.token) == device
    clock.advance(seconds=token.expires_s + 1)
    with pytest.raises(WireError) as refused:
        auth.device_of_token(token.token)
    assert code_of(refused) == "token-expired"


def test_a_nonce_works_once_and_only_for_the_device_it_was_made_for(auth, code):
    key = SigningKey.generate()
    device = auth.enrol(an_enrolment(code, key))
    nonce = auth.nonce(device.id)
    auth.token(signed(key, device.id, nonce))
    for request in (signed(key, device.id, nonce), signed(key, device.id, auth.nonce("another"))):
        with pytest.raises(WireError) as refused:
            auth.token(request)
        assert code_of(refused) == "nonce-required"


def test_another_key_gets_no_token(auth, code):
    device = auth.enrol(an_enrolment(code, SigningKey.generate()))
    with pytest.raises(WireError) as refused:
        auth.token(signed(SigningKey.generate(), device.id, auth.nonce(device.id)))
    assert code_of(refused) == "bad-signature"


def test_a_revoked_device_is_shut_out_at_once(auth, code):
    key = SigningKey.generate()
    device = auth.enrol(an_enrolment(code, key))
    token = auth.token(signed(key, device.id, auth.nonce(device.id)))
    assert auth.revoke(device.id)
    with pytest.raises(WireError) as refused:
        auth.device_of_token(token.token)
    assert code_of(refused) == "token-expired"
    with pytest.raises(WireError) as refused:
        auth.token(signed(key, device.id, auth.nonce(device.id)))
    assert code_of(refused) == "device-revoked"
    assert not auth.revoke("nobody")


def test_a_shut_out_device_comes_back_by_a_new_ticket_alone(auth, server, code):
    key = SigningKey.generate()
    device = auth.enrol(an_enrolment(code, key, "d1"))
    assert auth.revoke(device.id)
    with pytest.raises(WireError) as refused:
        auth.enrol(an_enrolment(code, key, "d1"))
    assert code_of(refused) == "device-revoked"
    anew, _ = auth.make_ticket_code(server.identity.project, grant=Grant("reviewer", "3305"))
    assert auth.enrol(an_enrolment(anew, key, "d1")).grant == Grant("reviewer", "3305")
    token = auth.token(signed(key, device.id, auth.nonce(device.id)))
    assert auth.device_of_token(token.token).id == device.id


def test_a_token_of_a_clock_that_ran_ahead_ends_when_the_clock_is_right_again(auth, code, clock):
    key = SigningKey.generate()
    device = auth.enrol(an_enrolment(code, key)).id
    clock.advance(hours=24 * 365)
    token = auth.token(signed(key, device, auth.nonce(device))).token
    assert auth.device_of_token(token).id == device
    clock.advance(hours=-24 * 365)
    with pytest.raises(WireError) as refused:
        auth.device_of_token(token)
    assert code_of(refused) == "token-expired"


def test_what_strangers_claim_to_be_is_not_kept_at_any_length(auth):
    with pytest.raises(WireError) as refused:
        auth.nonce("x" * 10_000)
    assert code_of(refused) == "device-unknown"
