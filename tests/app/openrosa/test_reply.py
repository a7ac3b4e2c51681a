from __future__ import annotations

import pytest

from app.openrosa.link import LinkError, RefusedError
from app.openrosa.reply import Reply
from core.errors import KnownError

RESPONSE = """
  <OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">
    <message nature="">{}</message>
  </OpenRosaResponse>"""
"""As ODK Central lays it out (lib/formats/openrosa.js); KoboToolbox adds a declaration and its own metadata."""
KOBO = """<?xml version=\'1.0\' encoding=\'UTF-8\' ?>
<OpenRosaResponse xmlns="http://openrosa.org/http/response">
        <message>示例 {}</message>
        <submissionMetadata xmlns="http://www.opendatakit.org/xforms" id="a" instanceID="uuid:1"/>
</OpenRosaResponse>"""


@pytest.mark.parametrize("status", [201, 202])
@pytest.mark.parametrize("content", [RESPONSE, KOBO])
def test_what_servers_answer_to_what_they_take_counts_as_received(status, content):
    Reply(status, openrosa=True, content=content.format("done").encode()).raise_if_refused()


@pytest.mark.parametrize(
    ("status", "openrosa", "content", "kind", "code"),
    [
        (201, True, "", LinkError, "openrosa_portal"),
        (201, False, RESPONSE, LinkError, "openrosa_portal"),
        (200, True, RESPONSE, LinkError, "openrosa_portal"),
        (204, True, "", LinkError, "openrosa_portal"),
        (302, False, "", LinkError, "openrosa_portal"),
        (511, False, "<html/>", LinkError, "openrosa_portal"),
        (403, False, "<html/>", LinkError, "openrosa_portal"),
        (404, False, "<html/>", LinkError, "openrosa_not_found"),
        (401, True, RESPONSE, KnownError, "openrosa_login"),
        (503, False, "", LinkError, "openrosa_busy"),
        (429, True, RESPONSE, LinkError, "openrosa_busy"),
        (423, True, RESPONSE, LinkError, "openrosa_busy"),
        (400, True, RESPONSE, RefusedError, "openrosa_refused"),
        (400, False, "", RefusedError, "openrosa_refused"),
        (403, True, RESPONSE, RefusedError, "openrosa_refused"),
        (404, True, RESPONSE, RefusedError, "openrosa_form_closed"),
        (409, True, RESPONSE, RefusedError, "openrosa_conflict"),
        (413, False, "<html/>", RefusedError, "openrosa_too_big"),
        (500, True, RESPONSE, RefusedError, "openrosa_trouble_with"),
        (500, False, "", LinkError, "openrosa_trouble"),
    ],
)
def test_anything_else_is_told_apart(status, openrosa, content, kind, code):
    reply = Reply(status, openrosa=openrosa, content=content.format("why").encode())
    with pytest.raises(KnownError) as refused:
        reply.raise_if_refused()
    assert (refused.type, refused.value.code) == (kind, code)


def test_what_the_server_says_is_one_line_of_bounded_length():
    assert (
        Reply(400, openrosa=True, content=RESPONSE.format(" the\n  reason ").encode()).message == "the reason"
    )
    assert len(Reply(400, openrosa=True, content=RESPONSE.format("x" * 9000).encode()).message) == 300
    for nothing in (b"", b"<html>", RESPONSE.format("").encode()):
        assert Reply(400, openrosa=True, content=nothing).message == "—"
