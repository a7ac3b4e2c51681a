"""Phones over TLS with the real process: what Collect asks and sends, and what a desktop then shows."""

from __future__ import annotations

import uuid

import pytest

from app.usecases.photos import photo_thumbnail
from app.usecases.records import record_row
from app.usecases.sync import sync_now
from core.forms.submission import record_of_instance
from tests.builders import SMALL_FORM, a_record, a_workspace, values_of
from tests.server.phones import a_phone, a_submission, an_account
from tests.servers import a_picture, a_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("phones") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def desk(server, tmp_path_factory):
    """A coordinator's desktop that has left its form at the server."""
    with a_workspace(tmp_path_factory.mktemp("desk") / "w") as workspace:
        server.join(workspace)
        a_record(workspace)
        sync_now(workspace)
        yield workspace


@pytest.fixture(scope="module")
def phone(server, desk):
    made = a_phone(server, an_account(server.data))
    yield made
    made.client.close()


@pytest.fixture
def another(server, desk):
    """Makes further phones and ends their connections."""
    made = []

    def make(secrets=None, **named):
        made.append(a_phone(server, secrets or an_account(server.data, "示例二"), **named))
        return made[-1]

    yield make
    for one in made:
        one.client.close()


def test_a_form_is_found_fetched_filled_in_and_its_record_with_photos_is_on_the_desktop(desk, phone):
    listed = phone.form_list()
    small = listed["small"]
    assert (small["name"], small["version"]) == ("示例表", "2026112101")
    assert phone.fetch(small["downloadUrl"]) == SMALL_FORM
    asked = phone.ask("HEAD", "/submission?deviceID=collect%3A1")
    assert (asked.status_code, asked.headers["x-openrosa-version"]) == (204, "1.0")
    assert int(asked.headers["x-openrosa-accept-content-length"]) >= 10_000_000
    assert asked.headers["location"].endswith("/submission") and "date" in asked.headers

    instance = f"uuid:{uuid.uuid4()}"
    rows = "<photos><photo>1732147.jpg</photo></photos><photos><photo>1732148.jpg</photo></photos>"
    xml = a_submission(instance, name="陈家村", households="12", area="3.50", rows=rows)
    first, second = a_picture(1, 200), a_picture(2, 200)
    part = phone.send(xml, [("1732147.jpg", first)], incomplete=True)
    assert part.status_code == 201 and "OpenRosaResponse" in part.text and "还差 1 个" in part.text
    whole = phone.send(xml, [("1732148.jpg", second)])
    assert whole.status_code == 201 and whole.headers["content-type"].startswith("text/xml")

    sync_now(desk)
    record = record_of_instance(instance)
    values = values_of(desk, record)
    assert (values["/name"], values["/households"], values["/area"]) == ("陈家村", 12, {"d": "3.50"})
    photos = [value for path, value in sorted(values.items()) if path.endswith("/photo")]
    assert {photo["name"] for photo in photos} == {"1732147.jpg", "1732148.jpg"}
    merged = desk.records.merged(record)
    assert (merged.state, merged.conflicts) == ("final", ())
    listed_row = record_row(desk, record)
    assert (listed_row.title, listed_row.photos) == ("陈家村", 2)
    for photo in photos:
        assert photo_thumbnail(desk, photo["b"], 64, photo["pv"]).startswith(b"\xff\xd8")
    assert {desk.photo_files.read(photo["b"]) for photo in photos} == {first, second}


def test_the_token_address_is_as_good_as_a_password(another):
    phone = another(by_token=True)
    small = phone.form_list()["small"]
    assert f"/key/{phone.made.token}/forms/" in small["downloadUrl"]
    assert phone.fetch(small["downloadUrl"]) == SMALL_FORM
    assert phone.send(a_submission(name="以地址")).status_code == 201


def test_every_reply_is_openrosas_and_nobody_gets_one_without_an_account(phone, another):
    stranger = another(phone.made)
    asked = stranger.once("GET", "/formList")
    assert asked.status_code == 401 and 'qop="auth"' in asked.headers["www-authenticate"]
    assert asked.headers["x-openrosa-version"] == "1.0" and "OpenRosaResponse" in asked.text
    stranger.prefix = "/key/no-such-token"
    assert stranger.ask("GET", "/formList").status_code == 403
    assert phone.ask("GET", f"/forms/{'0' * 64}/form.xml").status_code == 404


def test_a_body_that_is_no_submission_is_told_apart(phone):
    xml = a_submission(name="x")
    kinds = [
        "text/xml",
        "multipart/form-data",
        "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=",
    ]
    for kind in kinds:
        reply = phone.ask("POST", "/submission", content=xml, headers={"Content-Type": kind})
        assert reply.status_code == 400 and "OpenRosaResponse" in reply.text, kind
