from __future__ import annotations

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KnownError
from core.protocol.roles import Grant
from core.protocol.ticket import Ticket, decode_ticket, encode_ticket, ticket_line

TICKET = Ticket(
    cunjiang_ticket=1,
    urls=["https://示例.example:8443", "https://10.0.0.7:8443"],
    ca="",
    ca_sha256="ab" * 32,
    project="01890000-0000-7000-8000-000000000001",
    project_name="示例县风貌提升",
    code="q" * 22,
    expires="2026-11-24T08:00:00+00:00",
    grant=Grant("surveyor", "330523"),
)


def code(given_: bytes) -> str:
    with pytest.raises(KnownError) as refused:
        decode_ticket(given_)
    return refused.value.code


def test_the_line_says_all_but_the_authority_itself_and_fits_a_small_code():
    line = ticket_line(TICKET)
    assert decode_ticket(line.encode()) == TICKET
    assert len(line) < 331, "QR version 13 with correction M: 69 modules a side (ISO/IEC 18004, table 7)"


@pytest.mark.parametrize("around", ["{}", "请加入：{}。", "\ufeff  {}\r\n", "凭证\n{}\n谢谢"])
def test_a_line_is_found_in_what_a_person_pastes_wrapped_or_not(around):
    line = ticket_line(TICKET)
    wrapped = "\n".join(line[at : at + 60] for at in range(0, len(line), 60))
    assert decode_ticket(around.format(line).encode()) == TICKET
    assert decode_ticket(around.format(wrapped).encode()) == TICKET


def test_a_line_of_a_later_version_is_told_from_a_broken_one():
    line = ticket_line(TICKET)
    assert code(line.replace("CUNJIANG1.", "CUNJIANG2.").encode()) == "ticket_newer"
    assert code(line[:-9].encode()) == "ticket_broken"
    plain = ["http://10.0.0.7"], b"x" * 32, b"x" * 16, "", "", "", "surveyor", ""
    for parts in (plain, (["https://a"], b"short", *plain[2:]), (["https://a"], *plain[1:6], "king", "")):
        packed = base64.urlsafe_b64encode(msgspec.msgpack.encode(parts)).decode().rstrip("=")
        assert code(f"CUNJIANG1.{packed}".encode()) == "ticket_broken"


def test_a_file_from_before_roles_is_a_ticket_still(certificate):
    ticket = msgspec.structs.replace(TICKET, ca=certificate[0], ca_sha256=certificate[1], grant=None)
    older = msgspec.json.decode(encode_ticket(ticket))
    del older["grant"]
    assert decode_ticket(msgspec.json.encode(older)) == ticket


@pytest.fixture
def certificate(tmp_path):
    from core.protocol.ticket import ca_fingerprint
    from server.certificates import Certificates

    pem = Certificates(tmp_path).ca_pem()
    return pem, ca_fingerprint(pem)


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"CUNJIANG1.{text}".encode()))
def test_anything_else_is_refused_in_a_sentence(junk):
    assert code(junk) in {"ticket_broken", "ticket_newer"}
