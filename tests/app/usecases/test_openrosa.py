from __future__ import annotations

import pytest

from app.jobs import JobCancelledError, Progress
from app.usecases.backup import backup_plain
from app.usecases.forms import install_read, read_fetched, read_form
from app.usecases.openrosa import (
    add_server,
    fetch_form,
    find_listed,
    forget_server,
    known_servers,
    list_server_forms,
    read_code,
    try_server,
)
from core.errors import KnownError
from tests.builders import SMALL_FORM, a_record
from tests.openrosa_server import PAGE, OpenRosaServer
from tests.servers import a_picture

MEDIA = {"a.png": b"a picture", "b.png": b"another", "trees.csv": b"name,label\n1,x\n"}
NEWER = SMALL_FORM.replace(b"2026112101", b"2026112102").replace(
    b'remark" type="string"', b'remark" type="int"'
)


@pytest.fixture
def server():
    with OpenRosaServer() as running:
        yield running


@pytest.fixture
def added(workspace, server):
    """The number of the server, which is added."""
    add_server(workspace, server.address)
    return known_servers(workspace)[0].num


def installed(workspace, num, form_id="small"):
    fetched = fetch_form(workspace, num, find_listed(list_server_forms(workspace, num), form_id))
    return install_read(workspace, read_fetched(workspace, fetched))


def standings(workspace, num):
    return [(form.listed.form_id, form.standing) for form in list_server_forms(workspace, num)]


def code_of(run, *args):
    with pytest.raises(KnownError) as refused:
        run(*args)
    return refused.value.code


def test_a_server_is_kept_once_it_answers_with_a_list(workspace, server):
    server.offer("small", "2026112101", SMALL_FORM)
    assert add_server(workspace, f"{server.address}/formList") == 1
    (kept,) = known_servers(workspace)
    assert (kept.ready, kept.encrypted, kept.user) == (True, False, "")
    assert "TOKEN0123456789" not in kept.shown
    assert try_server(workspace, kept.num) == 1
    server.list_content = PAGE
    assert code_of(add_server, workspace, f"{server.root}/other") == "openrosa_not_found"
    assert len(known_servers(workspace)) == 1


def test_a_picture_without_a_code_of_a_server_is_said(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(a_picture(1, 200))
    assert code_of(read_code, tmp_path / "photo.jpg") == "openrosa_no_code"


def test_another_token_takes_the_place_of_the_one_before(workspace, server):
    server.login = "digest"
    assert code_of(add_server, workspace, server.address) == "openrosa_login_needed"
    add_server(workspace, server.address, server.user, server.password)
    (kept,) = known_servers(workspace)
    assert kept.user == server.user
    server.password = "new"
    assert code_of(try_server, workspace, kept.num) == "openrosa_login"
    add_server(workspace, server.address, server.user, "new")
    assert [one.num for one in known_servers(workspace)] == [kept.num]
    assert try_server(workspace, kept.num) == 0


def test_a_forgotten_server_leaves_no_way_in(workspace, added):
    forget_server(workspace, added)
    assert known_servers(workspace) == []
    assert code_of(try_server, workspace, added) == "openrosa_no_access"


def test_token_and_password_stay_out_of_plain_backups_and_of_the_log(
    workspace, server, added, tmp_path, caplog
):
    caplog.set_level("DEBUG")
    server.login = "digest"
    add_server(workspace, server.address, server.user, server.password)
    list_server_forms(workspace, added)
    backup_plain(workspace, tmp_path / "plain")
    content = b"".join(file.read_bytes() for file in (tmp_path / "plain").rglob("*") if file.is_file())
    for secret in (b"TOKEN0123456789", server.password.encode()):
        assert secret not in content
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cunjiang")]
    assert ours and not any("TOKEN" in line or server.password in line for line in ours)


def test_the_list_says_what_is_new_newer_changed_and_here(workspace, server, added):
    server.offer("small", "2026112102", NEWER)
    server.offer("other", "1", SMALL_FORM.replace(b'"small"', b'"other"'))
    assert standings(workspace, added) == [("small", "newer"), ("other", "new")]
    installed(workspace, added)
    assert standings(workspace, added) == [("other", "new"), ("small", "here")]


def test_a_form_from_a_server_is_compared_like_a_file(workspace, server, added, tmp_path):
    a_record(workspace, remark="示例")
    server.offer("small", "2026112102", NEWER)
    fetched = fetch_form(workspace, added, list_server_forms(workspace, added)[0].listed)
    reading = read_fetched(workspace, fetched)
    (tmp_path / "same.xml").write_bytes(NEWER)
    from_file = read_form(workspace, tmp_path / "same.xml")
    assert (reading.findings, reading.effects, reading.records) == (
        from_file.findings, from_file.effects, from_file.records,
    )  # fmt: skip
    assert reading.installable and reading.effects


def test_a_form_that_is_wrong_is_not_installed_and_says_where(workspace, server, added):
    server.offer("small", "3", SMALL_FORM.replace(b"/data/households * 2", b"/data/households *"))
    fetched = fetch_form(workspace, added, list_server_forms(workspace, added)[0].listed)
    reading = read_fetched(workspace, fetched)
    assert [finding.code for finding in reading.findings] == ["form_expression"]
    assert not reading.installable
    assert code_of(install_read, workspace, reading) == "form_broken"


def test_a_form_that_came_another_way_is_the_servers_only_once_somebody_says_so(workspace, server, added):
    server.offer("small", "2026112101", SMALL_FORM)
    assert standings(workspace, added) == [("small", "unlinked")]
    assert workspace.openrosa.forms_of(added) == {}
    installed(workspace, added)
    assert standings(workspace, added) == [("small", "here")]


def test_a_fetch_that_is_cut_installs_nothing_and_goes_on_with_what_is_missing(workspace, server, added):
    server.offer("small", "2026112102", NEWER, MEDIA)
    before = workspace.forms.digests()
    listed = list_server_forms(workspace, added)[0].listed
    server.cut_get = "b.png"
    assert code_of(fetch_form, workspace, added, listed) == "openrosa_link_broken"
    assert workspace.forms.digests() == before
    server.gets.clear()
    fetched = fetch_form(workspace, added, listed)
    assert fetched.media == MEDIA
    assert [path for path in server.gets if "a.png" in path] == []
    install_read(workspace, read_fetched(workspace, fetched))
    with workspace.database.read() as tables:
        assert tables.execute("SELECT count(*) FROM openrosa_fetched").fetchone()[0] == 0


def test_a_fetch_is_cancelled_between_files(workspace, server, added):
    server.offer("small", "2026112102", NEWER, MEDIA)
    listed = list_server_forms(workspace, added)[0].listed
    progress = Progress(lambda done, *_: progress.cancel() if done == 2 else None)
    with pytest.raises(JobCancelledError):
        fetch_form(workspace, added, listed, progress)
    assert "2026112102" not in {form.version for form in workspace.forms.versions("small")}


def test_other_files_under_the_same_version_are_noticed_and_installed(workspace, server, added):
    server.entity_lists = {"trees.csv"}
    server.offer("small", "2026112102", NEWER, MEDIA)
    installed(workspace, added)
    assert standings(workspace, added) == [("small", "here")]
    server.offer("small", "2026112102", NEWER, MEDIA | {"trees.csv": b"name,label\n2,y\n"})
    assert standings(workspace, added) == [("small", "files")]
    server.gets.clear()
    fetched = fetch_form(workspace, added, list_server_forms(workspace, added)[0].listed)
    assert [path for path in server.gets if "attachments" in path] == ["/forms/small/attachments/trees.csv"]
    reading = read_fetched(workspace, fetched)
    assert reading.new_files and reading.installable and not reading.same_version
    install_read(workspace, reading)
    assert workspace.forms.newest("small").media["trees.csv"].endswith(b"2,y\n")
    assert standings(workspace, added) == [("small", "here")]
    server.offer("small", "2026112102", NEWER, MEDIA)
    assert standings(workspace, added) == [("small", "files")]
    installed(workspace, added)
    assert workspace.forms.newest("small").media == MEDIA, "what the server gives now, also when it was here"
    assert standings(workspace, added) == [("small", "here")]


def test_another_form_under_the_same_version_is_refused(workspace, server, added):
    server.offer("small", "2026112101", SMALL_FORM.replace(b"<remark/>", b"<remark/><added/>"))
    fetched = fetch_form(workspace, added, list_server_forms(workspace, added)[0].listed)
    reading = read_fetched(workspace, fetched)
    assert reading.same_version and not reading.installable
    assert code_of(install_read, workspace, reading) == "form_same_version"


def test_a_damaged_file_is_not_taken(workspace, server, added):
    server.offer("small", "2026112102", NEWER, MEDIA)
    listed = list_server_forms(workspace, added)[0].listed
    server.damaged = {"a.png"}
    assert code_of(fetch_form, workspace, added, listed) == "openrosa_hash"
    server.damaged = set()
    assert fetch_form(workspace, added, listed).media == MEDIA
