"""The desktop as a phone would be: forms from our real server, records into it, seen on another desktop."""

from __future__ import annotations

import pytest

from app.usecases.forms import install_read, read_fetched
from app.usecases.openrosa import add_server, fetch_form, known_servers, list_server_forms, read_code
from app.usecases.records import create_record, finalise_record, record_row, save_record
from app.usecases.submitting import send_records, server_states
from app.usecases.sync import sync_now
from app.workspace import open_workspace
from core.errors import KnownError
from server.openrosa.settings_code import collect_settings, draw_settings
from tests.builders import a_photo, a_workspace, values_of
from tests.server.phones import an_account
from tests.servers import (
    a_desk,
    a_picture,
    a_server,
    a_service,
    endpoint_of,
    join_in_process,
    sync_in_process,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("served") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def desk(server, tmp_path_factory):
    with a_desk(server, tmp_path_factory.mktemp("desk") / "w") as workspace:
        yield workspace


@pytest.fixture
def client(tmp_path):
    """A workspace that knows no sync server and no such form."""
    with open_workspace(tmp_path / "client") as workspace:
        yield workspace


def test_the_server_one_syncs_with_is_not_added(server, desk):
    with pytest.raises(KnownError) as refused:
        add_server(desk, f"https://127.0.0.1:{server.port}")
    assert refused.value.code == "openrosa_own_server"


def test_the_server_one_syncs_with_is_not_added_under_another_name_either(server, desk):
    given = f"https://localhost:{server.port}/key/{an_account(server.data).token}"
    with pytest.raises(KnownError) as refused:
        add_server(desk, given, authority=server.data / "keys" / "ca.pem")
    assert refused.value.code == "openrosa_own_server"
    assert known_servers(desk) == []


@pytest.mark.parametrize("by_token", [False, True])
def test_a_record_with_a_photo_and_its_edit_get_to_a_desktop_without_a_conflict(
    server, desk, client, tmp_path, by_token
):
    account = an_account(server.data)
    authority = server.data / "keys" / "ca.pem"
    root = f"https://127.0.0.1:{server.port}"
    if by_token:
        given = f"{root}/key/{account.token}"
    else:
        draw_settings(collect_settings(root, account, "示例"), tmp_path / "code.png")
        given = read_code(tmp_path / "code.png")
    assert add_server(client, given, authority=authority) == 1
    num = known_servers(client)[0].num
    (offered,) = list_server_forms(client, num)
    assert (offered.listed.form_id, offered.standing) == ("small", "new")
    install_read(client, read_fetched(client, fetch_form(client, num, offered.listed)))
    assert list_server_forms(client, num)[0].standing == "here"

    record, picture = create_record(client, "small"), a_picture(7, 200)
    rows = {"/photos[0]/photo": {**a_photo(client, picture), "name": "照片.jpg"}, "/photos[0]/@pos": "a"}
    assert finalise_record(client, record, {"/name": "陈家村", "/households": 12, **rows}).done
    assert send_records(client, num).sent == 1
    sync_now(desk)
    values = values_of(desk, record)
    (photo,) = [value for path, value in values.items() if path.endswith("/photo")]
    assert (values["/name"], values["/households"]) == ("陈家村", 12)
    assert desk.photo_files.read(photo["b"]) == picture

    save_record(client, record, {"/households": 13})
    assert finalise_record(client, record).done
    assert send_records(client, num).sent == 1
    assert send_records(client, num).sent == 0
    (state,) = server_states(client)
    assert (state.waiting, state.refused, state.sent) == (0, 0, 1)
    sync_now(desk)
    assert values_of(desk, record)["/households"] == 13
    row = record_row(desk, record)
    assert (row.state, row.conflicts, row.photos) == ("final", 0, 1)


def test_a_colleague_who_syncs_elsewhere_goes_on_with_the_record_where_the_first_left_off(
    server, desk, client, tmp_path
):
    """Two desktops of one project and our server as the foreign one of both, each with an account of its own."""
    with (
        a_workspace(tmp_path / "colleague") as colleague,
        a_service(tmp_path / "home") as home,
    ):
        nums = {}
        for workspace in (client, colleague):
            join_in_process(home, workspace)
            account = an_account(server.data)
            given = f"https://127.0.0.1:{server.port}/key/{account.token}"
            add_server(workspace, given, authority=server.data / "keys" / "ca.pem")
            num = nums[workspace.folder.path] = known_servers(workspace)[0].num
            (offered,) = list_server_forms(workspace, num)
            install_read(workspace, read_fetched(workspace, fetch_form(workspace, num, offered.listed)))
        record = create_record(client, "small")
        assert finalise_record(client, record, {"/name": "陈家村", "/households": 12}).done
        for sender, households in [(client, 12), (client, 13), (colleague, 14), (client, 15)]:
            save_record(sender, record, {"/households": households})
            assert finalise_record(sender, record).done
            assert send_records(sender, nums[sender.folder.path]).sent == 1
            for workspace in (client, colleague, client):
                sync_in_process(endpoint_of(home, workspace), workspace)
        sync_now(desk)
        assert values_of(desk, record)["/households"] == 15
        assert (record_row(desk, record).state, record_row(desk, record).conflicts) == ("final", 0)
        assert [record_row(one, record).conflicts for one in (client, colleague)] == [0, 0]
