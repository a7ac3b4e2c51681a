"""Submissions as operations: once, durable, in conflict, edited, waiting; whatever is cut or comes twice."""

from __future__ import annotations

import hashlib
import itertools
import threading
import uuid
from types import SimpleNamespace

import pytest

from app.usecases.conflicts import list_conflicts
from app.usecases.instance_import import import_instances
from app.usecases.records import finalise_record, save_record
from core.forms.submission.reading import head_of_submission
from core.forms.submission.xml import record_of_instance
from core.protocol.form_package import pack_form
from core.protocol.roles import Grant
from core.protocol.wire_errors import WireError
from server.blobs.store import FREE_BYTES_KEPT
from server.config import ServerConfig
from server.copies import back_up, restore
from server.openrosa.gateway import Gateway
from server.openrosa.multipart_body import SubmissionBody
from server.openrosa.waiting import waiting, write_waiting
from server.queries import log
from server.queries.holdings import all_set_aside
from server.rebuilding import rebuild
from tests.builders import SMALL_FORM, a_photo, a_record, a_workspace, values_of
from tests.server.phones import a_submission, multipart
from tests.servers import a_picture, a_service, endpoint_of, join_in_process, sync_in_process


class Bench:
    """A server, its gateway, one phone, and a desktop that left the small form."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.gateway = Gateway(server, folder / "server" / "archive")
        self.phone = self.an_account()

    def an_account(self, grant=None, name="示例手机"):
        made = self.gateway.phones.add(name, grant or Grant("surveyor"))
        return self.gateway.phones.by_login(made.login)

    def send(self, xml, files=(), phone=None, *, incomplete=False):
        content, kind = multipart(xml, files, incomplete=incomplete)
        phone = phone or self.phone
        body = SubmissionBody(kind, self.gateway.incoming(phone, 0))
        try:
            body.write(content)
            body.end()
            return self.gateway.receive(phone, body.xml, body.files)
        finally:
            body.close()

    def lines(self):
        """All lines of the log, by replica and number."""
        with self.server.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT replica, n, hash FROM op ORDER BY replica, n").all()
        return [tuple(row) for row in rows]

    def puts(self, record):
        return [op for op in self.gateway._log.operations(record) if op.op.k == "put"]

    def leave_form(self, xml=SMALL_FORM):
        from core.forms.xform.reading import parse_xform
        from server.sync_service import SyncService

        SyncService(self.server, self.phone.device).put_form(parse_xform(xml).digest, pack_form(xml, {}))


@pytest.fixture
def bench(tmp_path):
    with a_service(tmp_path / "server") as server:
        made = Bench(tmp_path, server)
        made.leave_form()
        yield made


@pytest.fixture
def desk(bench, tmp_path):
    with a_workspace(tmp_path / "desk") as workspace:
        join_in_process(bench.server, workspace)
        yield workspace


def sync(bench, desk):
    sync_in_process(endpoint_of(bench.server, desk), desk)


def an_instance():
    return f"uuid:{uuid.uuid4()}"


def test_the_same_xml_ten_times_at_once_from_two_accounts_counts_once(bench):
    instance, other = an_instance(), bench.an_account()
    xml, photo = a_submission(instance, name="甲", rows="<photos><photo>a.jpg</photo></photos>"), a_picture()
    ended = []

    def one(n):
        ended.append(bench.send(xml, [("a.jpg", photo)], other if n % 2 else bench.phone).state)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == ["taken"] * 10
    assert len(bench.puts(record_of_instance(instance))) == 1


def test_other_content_under_the_same_instance_is_a_conflict_that_desktops_show(bench, desk):
    instance = an_instance()
    bench.send(a_submission(instance, name="甲", remark="一", area="1"))
    bench.send(a_submission(instance, name="甲", remark="二"))
    for _ in range(3):
        bench.send(a_submission(instance, name="甲", remark="二"))
        bench.send(a_submission(instance, name="甲", remark="一", area="1"))
    sync(bench, desk)
    record = record_of_instance(instance)
    found = {one.path: one.kind for one in desk.records.merged(record).conflicts}
    assert found == {"/remark": "values", "/area": "values"}
    assert {head.value for head in desk.records.merged(record).fields["/remark"].heads} == {"一", "二"}
    assert len(list_conflicts(desk)) > 0
    assert len(bench.puts(record)) == 2


def test_an_edit_replaces_what_it_edits_and_leaves_what_others_changed_meanwhile(bench, desk):
    first, second, third = an_instance(), an_instance(), an_instance()
    rows = "<hh><person>张</person><age>30</age></hh><hh><person>李</person></hh>"
    bench.send(a_submission(first, name="甲", remark="一", kind="旧", rows=rows))
    sync(bench, desk)
    record = record_of_instance(first)
    save_record(desk, record, {"/village": "陈家村", "/village_code": "330523100201"})
    sync(bench, desk)
    rows = "<hh><person>张</person><age>31</age></hh>"
    bench.send(a_submission(second, deprecated=first, name="甲", remark="二", rows=rows))
    bench.send(a_submission(third, deprecated=second, name="甲甲", remark="二", rows=rows))
    bench.send(a_submission(second, deprecated=first, name="甲", remark="二", rows=rows))
    sync(bench, desk)
    merged, values = desk.records.merged(record), values_of(desk, record)
    assert merged.conflicts == ()
    assert (values["/name"], values["/remark"], values["/kind"]) == ("甲甲", "二", None)
    assert (values["/village"], values["/village_code"]) == ("陈家村", "330523100201")
    ages = [value for path, value in values.items() if path.endswith("/age")]
    assert 31 in ages and sum(path.endswith("/@life") for path in values) == 1
    assert len(bench.puts(record)) == 4  # three of the phone, one of the desk
    assert record_of_instance(second) != record and desk.records.merged(record_of_instance(second)) is None


def test_an_edit_from_another_phone_names_the_operations_of_the_first(bench, desk):
    first, second = an_instance(), an_instance()
    bench.send(a_submission(first, name="甲", remark="一"))
    bench.send(a_submission(second, deprecated=first, name="甲", remark="二"), phone=bench.an_account())
    sync(bench, desk)
    merged = desk.records.merged(record_of_instance(first))
    assert merged.conflicts == () and merged.values["/remark"] == "二" and merged.state == "final"


def test_an_original_that_comes_after_its_edit_is_kept_and_changes_nothing(bench):
    first, second = an_instance(), an_instance()
    edit = a_submission(second, deprecated=first, name="新")
    late = a_submission(first, name="旧")
    assert bench.send(edit).state == "taken"
    assert bench.send(late).state == bench.send(late).state == "superseded"
    [put] = bench.puts(record_of_instance(first))
    assert put.op.s["/name"] == "新"
    assert any(bench.gateway.kept.read(digest).xml == late for digest in bench.gateway.kept.all())


def a_chain():
    """Three documents, each an edit of the one before, and their instance ids."""
    a, b, c = (an_instance() for _ in range(3))
    first = a_submission(a, name="甲", remark="一", kind="旧")
    second = a_submission(b, deprecated=a, name="甲", remark="二")
    return (a, b, c), (first, second, a_submission(c, deprecated=b, name="丙", remark="二"))


def by_cable(folder, *documents):
    """A folder of instances with these documents."""
    for n, xml in enumerate(documents):
        (folder / f"x{n}").mkdir(parents=True)
        (folder / f"x{n}" / "submission.xml").write_bytes(xml)
    return [folder]


def assert_one_record(desk, instances):
    """One record lives, it is the first instance's, and it says what the last edit says."""
    merged = [desk.records.merged(record_of_instance(one)) for one in instances]
    assert [one is not None and one.life == "alive" for one in merged] == [True, False, False]
    assert merged[0].conflicts == ()
    found = values_of(desk, record_of_instance(instances[0]))
    assert (found["/name"], found["/remark"], found.get("/kind")) == ("丙", "二", None)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_edits_of_edits_end_in_one_record_in_whatever_order_they_come(bench, desk, order):
    instances, documents = a_chain()
    for n in order:
        sender = bench.phone if n != 1 else bench.an_account()
        assert bench.send(documents[n], phone=sender).state in {"taken", "superseded"}
        sync(bench, desk)
    before = bench.lines()
    for one in documents:
        bench.send(one)
    sync(bench, desk)
    assert bench.lines() == before
    assert_one_record(desk, instances)
    if order == (0, 2, 1):
        assert_rebuilt_the_same(bench)


@pytest.mark.parametrize("cable", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_an_edit_finds_what_it_edits_whether_that_came_by_cable_or_by_network(bench, desk, tmp_path, cable):
    instances, documents = a_chain()
    for n, xml in enumerate(documents):
        if n in cable:
            import_instances(desk, by_cable(tmp_path / f"cable{n}", xml))
        else:
            bench.send(xml)
        sync(bench, desk)
    import_instances(desk, by_cable(tmp_path / "again", *documents))
    sync(bench, desk)
    assert_one_record(desk, instances)


def test_two_edits_of_one_instance_are_in_conflict_about_answers_alone(bench, desk):
    first = an_instance()
    bench.send(a_submission(first, name="甲", remark="一"))
    bench.send(a_submission(an_instance(), deprecated=first, name="甲", remark="二"))
    bench.send(
        a_submission(an_instance(), deprecated=first, name="甲", remark="三"), phone=bench.an_account()
    )
    sync(bench, desk)
    merged = desk.records.merged(record_of_instance(first))
    assert [one.path for one in merged.conflicts] == ["/remark"]


def test_a_submission_of_an_unknown_version_waits_for_its_form(bench, desk):
    instance, photo = an_instance(), a_picture()
    xml = a_submission(
        instance, version="2026112199", name="早来", rows="<photos><photo>a.jpg</photo></photos>"
    )
    assert bench.send(xml, [("a.jpg", photo)]).state == "aside"
    assert [(one.reason, one.version) for one in waiting(bench.server)] == [("unknown-form", "2026112199")]
    bench.leave_form(SMALL_FORM.replace(b"2026112101", b"2026112199"))
    bench.gateway.catch_up()
    assert waiting(bench.server) == []
    sync(bench, desk)
    values = values_of(desk, record_of_instance(instance))
    assert values["/name"] == "早来"
    assert [value["name"] for path, value in values.items() if path.endswith("/photo")] == ["a.jpg"]


@pytest.mark.parametrize(
    "xml",
    [
        b"not XML at all",
        b'<!DOCTYPE x [<!ENTITY a "b">]><data id="small" version="2026112101">&a;</data>',
        b'<data id="small" version="2026112101">' + b"<g>" * 500 + b"</g>" * 500 + b"</data>",
        b"\xff\xfe\x00",
    ],
)
def test_what_cannot_be_read_is_kept_byte_for_byte_and_can_be_laid_out(bench, tmp_path, xml):
    files = [("../../etc/passwd", b"root"), ("..\\b.jpg", b"no picture"), ("\u202e.csv", b"a,b")]
    assert bench.send(xml, files).state == "aside"
    assert bench.send(xml).state == "aside"
    [one] = waiting(bench.server)
    assert (one.reason, one.name) == ("unreadable", "示例手机")
    write_waiting(bench.server, bench.folder / "server" / "archive", tmp_path / "out")
    [place] = (tmp_path / "out").iterdir()
    assert (place / "submission.xml").read_bytes() == xml
    assert sorted(file.read_bytes() for file in place.iterdir()) == sorted(
        [xml, b"root", b"no picture", b"a,b"]
    )
    assert not (tmp_path / "etc").exists()
    project, spoiled = bench.server.identity.project, "sha256:" + hashlib.sha256(b"root").hexdigest()
    bench.server.blobs.path(project, spoiled).unlink()
    write_waiting(bench.server, bench.folder / "server" / "archive", tmp_path / "again")
    [place] = (tmp_path / "again").iterdir()
    assert {file.read_bytes() for file in place.iterdir()} == {xml, b"no picture", b"a,b"}


def test_what_a_role_does_not_allow_is_set_aside_as_for_any_device(bench):
    phone = bench.an_account(Grant("surveyor", "330523"))
    instance = an_instance()
    assert (
        bench.send(a_submission(instance, name="甲", village_code="110101001001"), phone=phone).state
        == "taken"
    )
    with bench.server.database.read() as connection:
        [one] = all_set_aside(connection, bench.server.identity.project)
    assert (one.reason, one.record) == ("other-division", record_of_instance(instance))


def test_what_the_wrong_account_sent_is_taken_in_when_the_right_one_sends_it(bench, desk):
    elsewhere = bench.an_account(Grant("surveyor", "11"))
    xml = a_submission(an_instance(), name="甲", village_code="330523100201")
    xml = xml.replace(b"<meta>", b"<photos><photo>a.jpg</photo></photos><meta>")
    instance = head_of_submission(xml).instance_id
    bench.send(xml, [("a.jpg", a_picture())], elsewhere)
    sync(bench, desk)
    assert desk.records.merged(record_of_instance(instance)) is None
    for _ in range(2):
        bench.send(xml, [("a.jpg", a_picture())])
    sync(bench, desk)
    found = values_of(desk, record_of_instance(instance))
    assert found["/name"] == "甲" and any(isinstance(value, dict) for value in found.values())
    assert desk.records.merged(record_of_instance(instance)).conflicts == ()


def test_twelve_hundred_rows_go_into_as_many_lines_as_they_need(bench, desk):
    instance = an_instance()
    rows = "".join(f"<hh><person>{'户主' * 40}{n}</person><age>30</age></hh>" for n in range(1200))
    assert bench.send(a_submission(instance, name="大村", rows=rows)).state == "taken"
    puts = bench.puts(record_of_instance(instance))
    assert len(puts) > 1 and sum("/@state" in op.op.s for op in puts) == 1
    sync(bench, desk)
    assert sum(path.endswith("/age") for path in values_of(desk, record_of_instance(instance))) == 1200
    before = bench.lines()
    bench.send(a_submission(instance, name="大村", rows=rows))
    assert bench.lines() == before


def test_an_instance_of_one_form_never_becomes_a_record_of_another(bench):
    instance = an_instance()
    bench.leave_form(SMALL_FORM.replace(b'id="small"', b'id="other"'))
    assert bench.send(a_submission(instance, name="甲")).state == "taken"
    assert bench.send(a_submission(instance, form="other", name="乙")).state == "aside"
    assert [one.reason for one in waiting(bench.server)] == ["other-form"]


def test_an_encrypted_submission_is_kept_and_told_as_such(bench):
    xml = a_submission(name="x").replace(b"<data ", b'<data encrypted="yes" ')
    assert bench.send(xml, [("submission.xml.enc", b"\x00\x01")]).state == "aside"
    assert [one.reason for one in waiting(bench.server)] == ["encrypted"]


def test_a_photo_that_came_by_cable_too_is_no_conflict(bench, desk):
    instance, photo = an_instance(), a_picture()
    xml = a_submission(instance, name="甲", rows="<photos><photo>a.jpg</photo></photos>")
    bench.send(xml)
    sync(bench, desk)
    record = record_of_instance(instance)
    [row] = [path for path in values_of(desk, record) if path.endswith("/@pos")]
    save_record(desk, record, {row.replace("@pos", "photo"): a_photo(desk, photo)})
    sync(bench, desk)
    bench.send(xml, [("a.jpg", photo)])
    sync(bench, desk)
    assert desk.records.merged(record).conflicts == ()


def test_an_answer_that_no_operation_holds_waits_and_blocks_nothing(bench):
    assert bench.send(a_submission(name="长" * 100_000)).state == "aside"
    assert [one.reason for one in waiting(bench.server)] == ["answer-too-long"]
    assert bench.send(a_submission(name="短")).state == "taken"


CUTS = ("kept", "committed", "archived")


@pytest.mark.parametrize("where", CUTS)
def test_a_cut_anywhere_and_the_same_again_end_in_one_record(bench, desk, monkeypatch, where):
    class CutError(Exception):
        pass

    def cut(*_, **__):
        raise CutError

    instance, photo = an_instance(), a_picture()
    xml = a_submission(instance, name="甲", rows="<photos><photo>a.jpg</photo></photos>")
    bench.send(a_submission(name="前"))
    with monkeypatch.context() as patch:
        if where == "kept":
            patch.setattr(bench.server.ingest, "take", cut)
        elif where == "committed":
            patch.setattr(bench.server.archive, "keep", cut)
        else:
            patch.setattr(bench.gateway, "_ended", cut)
        with pytest.raises(CutError):
            bench.send(xml, [("a.jpg", photo)])
    again = Gateway(bench.server, bench.folder / "server" / "archive")
    again.catch_up()
    bench.gateway = again
    assert bench.send(xml, [("a.jpg", photo)]).state == "taken"
    assert len(bench.puts(record_of_instance(instance))) == 1
    assert again.offers.forms(bench.phone.device)
    bench.send(a_submission(name="后"))
    assert_rebuilt_the_same(bench)


def assert_rebuilt_the_same(bench):
    """The archive alone gives the very lines that desktops may hold."""
    before = bench.lines()
    copy = ServerConfig(bench.folder / f"copy-{uuid.uuid4().hex}")
    back_up(ServerConfig(bench.folder / "server"), copy.data, bench.server.clock)
    copy.database_file.unlink()
    made = rebuild(copy, bench.server.clock)
    assert made.refused == made.damaged == ()
    with a_service(copy.data) as server:
        other = Bench.__new__(Bench)
        other.server = server
        assert other.lines() == before


def test_a_rebuilt_server_knows_its_phones_and_what_they_sent(bench, tmp_path):
    first, second = an_instance(), an_instance()
    xml = a_submission(first, name="甲", rows="<photos><photo>a.jpg</photo></photos>")
    photo = a_picture()
    bench.send(xml, [("a.jpg", photo)])
    bench.send(
        a_submission(second, deprecated=first, name="乙", rows="<photos><photo>a.jpg</photo></photos>")
    )
    bench.send(a_submission(version="9", name="等"))
    before = bench.lines()
    copy = ServerConfig(tmp_path / "copy")
    back_up(ServerConfig(tmp_path / "server"), copy.data, bench.server.clock)
    copy.database_file.unlink()
    rebuild(copy, bench.server.clock)
    with a_service(copy.data) as server:
        again = Bench.__new__(Bench)
        again.folder, again.server = tmp_path, server
        again.gateway = Gateway(server, copy.archive)
        again.phone = again.gateway.phones.by_login(bench.phone.login)
        assert again.phone.ha1 == bench.phone.ha1
        again.leave_form()
        again.gateway.catch_up()
        assert again.lines() == before
        assert [one.version for one in waiting(server)] == ["9"]
        again.send(xml, [("a.jpg", photo)])
        assert again.lines() == before
        again.send(a_submission(name="新的"))
        fresh = {replica for replica, *_ in again.lines()} - {replica for replica, *_ in before}
        assert len(fresh) == 1  # no number is given out twice


def test_a_server_put_back_from_a_copy_begins_a_new_log_for_each_phone(bench, tmp_path):
    bench.send(a_submission(name="一"))
    copy, back = ServerConfig(tmp_path / "copy"), ServerConfig(tmp_path / "back")
    back_up(ServerConfig(tmp_path / "server"), copy.data, bench.server.clock)
    bench.send(a_submission(name="在备份之后"))
    restore(back, copy.data, bench.server.clock)
    with a_service(back.data) as server:
        gateway = Gateway(server, back.archive)
        phone = gateway.phones.by_login(bench.phone.login)
        assert gateway.phones.log_of(phone) != bench.gateway.phones.log_of(bench.phone)


def test_files_are_named_by_what_they_are_and_never_as_programs(bench, desk):
    instance = an_instance()
    names = ["a.exe", "b.jpg", "c"]
    rows = "".join(f"<photos><photo>{name}</photo></photos>" for name in names)
    files = [("a.exe", b"MZ\x90"), ("b.jpg", a_picture(3)), ("c", a_picture(4)), ("audit.csv", b"x,y")]
    bench.send(a_submission(instance, name="甲", rows=rows), files)
    sync(bench, desk)
    found = sorted(
        (value["name"], value["m"], "pv" in value)
        for path, value in values_of(desk, record_of_instance(instance)).items()
        if path.endswith("/photo")
    )
    assert found == [
        ("a.exe.bin", "application/octet-stream", False),
        ("b.jpg", "image/jpeg", True),
        ("c.jpg", "image/jpeg", True),
    ]


def test_a_second_file_of_one_name_stands_against_the_first(bench, desk):
    instance = an_instance()
    xml = a_submission(instance, name="甲", rows="<photos><photo>a.jpg</photo></photos>")
    first, second = a_picture(1), a_picture(2)
    bench.send(xml, [("a.jpg", first)])
    bench.send(xml, [("a.jpg", second)])
    before = bench.lines()
    bench.send(xml, [("a.jpg", first)])
    bench.send(xml, [("a.jpg", second)])
    assert bench.lines() == before
    sync(bench, desk)
    merged = desk.records.merged(record_of_instance(instance))
    [conflict] = merged.conflicts
    heads = {head.value["n"] for head in merged.fields[conflict.path].heads}
    assert heads == {len(first), len(second)}


def test_an_empty_file_is_one_that_has_not_come(bench, desk):
    instance = an_instance()
    xml = a_submission(instance, name="甲", rows="<photos><photo>a.jpg</photo></photos>")
    assert bench.send(xml, [("a.jpg", b"")]).missing == 1
    assert bench.send(xml, [("a.jpg", a_picture())]).missing == 0
    sync(bench, desk)
    merged = desk.records.merged(record_of_instance(instance))
    assert merged.conflicts == ()
    assert [v["m"] for v in values_of(desk, merged.record_id).values() if isinstance(v, dict)] == [
        "image/jpeg"
    ]


def test_what_a_disk_has_damaged_is_taken_again_when_it_is_sent_again(bench):
    xml = a_submission(an_instance(), name="甲", rows="<photos><photo>a.jpg</photo></photos>")
    bench.send(xml, [("a.jpg", a_picture())])
    kept = bench.folder / "server" / "archive" / "submissions"
    for file in kept.rglob("*"):
        if file.is_file():
            file.write_bytes(b"?")
    assert bench.send(xml, [("a.jpg", a_picture())]).missing == 0
    [digest] = bench.gateway.kept.all()
    assert (bench.gateway.kept.read(digest).xml, len(bench.gateway.kept.read(digest).files)) == (xml, 1)


def test_a_body_that_hides_its_length_does_not_fill_the_last_of_the_disk(bench, monkeypatch):
    free = SimpleNamespace(free=FREE_BYTES_KEPT + 1000)
    monkeypatch.setattr("server.blobs.store.shutil.disk_usage", lambda _: free)
    assert bench.gateway.incoming(bench.phone, 1000).is_dir()
    for size in (1001, None):
        with pytest.raises(WireError) as full:
            bench.gateway.incoming(bench.phone, size)
        assert full.value.code.name == "server-full"


def test_a_desktop_and_a_phone_on_one_record_meet_like_two_desktops(bench, desk):
    record = a_record(desk, name="桌面", remark="桌")
    finalise_record(desk, record)
    sync(bench, desk)
    bench.send(a_submission(f"uuid:{record}", name="桌面", remark="手机", households="3"))
    sync(bench, desk)
    merged = desk.records.merged(record)
    assert {one.path for one in merged.conflicts} == {"/remark"}


def test_what_was_calculated_on_the_phone_stands_beside_the_answers(bench):
    instance = an_instance()
    bench.send(a_submission(instance, name="甲", households="4", double="8"))
    [put] = bench.puts(record_of_instance(instance))
    assert put.op.c == {"/double": 8} and "/double" not in put.op.s


def test_calculations_that_would_fill_a_line_are_left_to_the_xml(bench):
    instance = an_instance()
    assert bench.send(a_submission(instance, name="甲", double="八" * 60_000)).state == "taken"
    [put] = bench.puts(record_of_instance(instance))
    assert put.op.c == {} and put.op.s["/@state"] == "final"


def test_log_lines_of_a_phone_begin_with_who_it_is(bench):
    bench.send(a_submission(name="甲"))
    with bench.server.database.read() as connection:
        replica = bench.gateway.phones.log_of(bench.phone)
        [(_, line)] = log.lines_about(connection, bench.server.identity.project, replica)
    assert b'"k":"who"' in line and "示例手机".encode() in line
