from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app import record_sending
from app.jobs import JobCancelledError, Progress
from app.usecases.forms import install_read, read_fetched
from app.usecases.openrosa import add_server, fetch_form, forget_server, known_servers, list_server_forms
from app.usecases.records import create_record, delete_record, finalise_record, keep_draft, save_record
from app.usecases.start import read_agenda
from app.usecases.submitting import send_records, server_states
from app.workspace import open_workspace
from core.errors import KnownError
from core.forms.submission.reading import head_of_submission
from core.forms.submission.writing import write_submission
from tests.builders import SMALL_FORM, a_photo, a_record, carry
from tests.openrosa_server import OpenRosaServer

PHOTOS = "/photos[{0}]/photo"


@pytest.fixture
def server():
    with OpenRosaServer() as running:
        running.offer("small", "2026112101", SMALL_FORM)
        yield running


@pytest.fixture
def num(workspace, server):
    """The number of the server in the workspace, whose small form came from it."""
    return linked(workspace, server)


def linked(workspace, server):
    add_server(workspace, server.address)
    num = known_servers(workspace)[0].num
    fetched = fetch_form(workspace, num, list_server_forms(workspace, num)[0].listed)
    install_read(workspace, read_fetched(workspace, fetched))
    return num


def final(workspace, *photos, **answers):
    record = a_record(workspace, **answers)
    rows = {PHOTOS.format(at): photo for at, photo in enumerate(photos)}
    places = {f"/photos[{at}]/@pos": f"a{at}" for at in range(len(photos))}
    assert finalise_record(workspace, record, rows | places).done
    return record


def counts(workspace):
    (state,) = server_states(workspace)
    return state.waiting, state.refused, state.sent


def instances(server):
    return {instance: sorted(files) for instance, (_, files) in server.submissions.items()}


def code_of(run, *args):
    with pytest.raises(KnownError) as refused:
        run(*args)
    return refused.value.code


def test_finalised_records_are_sent_once_with_their_photos(workspace, server, num):
    photo = a_photo(workspace, b"photo".ljust(500))
    record, draft = final(workspace, photo), a_record(workspace)
    assert counts(workspace) == (1, 0, 0)
    result = send_records(workspace, num)
    assert (result.sent, result.refused) == (1, ())
    assert list(server.submissions) == [f"uuid:{record}"] != [f"uuid:{draft}"]
    xml, files = server.submissions[f"uuid:{record}"]
    assert list(files.values()) == [b"photo".ljust(500)]
    assert head_of_submission(xml).version == "2026112101"
    assert counts(workspace) == (0, 0, 1)
    assert send_records(workspace, num).sent == 0
    assert len(server.posts) == 1


def test_a_record_of_another_form_a_sample_a_deleted_one_and_a_colleagues_stay(workspace, other, server, num):
    theirs = final(other)
    carry(other, workspace)
    gone = final(workspace)
    delete_record(workspace, gone)
    sample = create_record(workspace, "small", sample=True)
    assert finalise_record(workspace, sample, {"/name": "示例"}).done
    assert workspace.records.row(theirs).state == "final"
    assert counts(workspace) == (0, 0, 0)
    send_records(workspace, num)
    assert server.submissions == {}


def test_a_form_that_did_not_come_from_the_server_is_not_sent(workspace, server):
    add_server(workspace, server.address)
    final(workspace)
    assert counts(workspace) == (0, 0, 0)


def test_a_lost_answer_is_harmless_and_the_same_bytes_go_again(workspace, server, num):
    record = final(workspace)
    server.script = ["lost"]
    assert code_of(send_records, workspace, num) == "openrosa_link_broken"
    assert counts(workspace) == (1, 0, 0)
    send_records(workspace, num)
    assert list(server.submissions) == [f"uuid:{record}"] and len(server.posts) == 2
    assert counts(workspace) == (0, 0, 1)


def test_a_record_that_was_changed_after_a_lost_answer_is_first_finished_then_sent_as_an_edit(
    workspace, server, num
):
    record = final(workspace, remark="before")
    server.script = ["lost"]
    code_of(send_records, workspace, num)
    save_record(workspace, record, {"/remark": "after"})
    finalise_record(workspace, record)
    send_records(workspace, num)
    (first, edit) = server.submissions
    assert first == f"uuid:{record}" and server.replaced == {first: edit}
    assert b"after" in server.submissions[edit][0] and b"before" in server.submissions[first][0]


def test_photos_are_split_over_posts_and_sending_goes_on_with_the_missing_ones(workspace, server, num):
    photos = [a_photo(workspace, bytes([65 + at]) * 60_000) for at in range(4)]
    server.limit = 140_000
    record = final(workspace, *photos)
    server.script = [201, "cut"]
    code_of(send_records, workspace, num)
    assert len(server.submissions[f"uuid:{record}"][1]) == 2
    server.posts.clear()
    send_records(workspace, num)
    assert [len(names) for names in server.posts] == [3]
    assert "*isIncomplete*" not in server.posts[0]
    assert sorted(set(server.submissions[f"uuid:{record}"][1].values())) == [
        bytes([65 + at]) * 60_000 for at in range(4)
    ]
    assert max(server.sizes) <= 140_000


def test_a_file_larger_than_the_limit_is_sent_alone(workspace, server, num):
    server.limit = 70_000
    record = final(workspace, a_photo(workspace, b"L" * 200_000), a_photo(workspace, b"s" * 100))
    send_records(workspace, num)
    assert sorted(map(len, server.posts)) == [2, 3]
    assert sorted(map(len, server.submissions[f"uuid:{record}"][1].values())) == [100, 200_000]


def test_something_in_between_that_takes_less_gets_every_file_alone(workspace, server, num):
    server.largest = 90_000
    record = final(workspace, *[a_photo(workspace, bytes([65 + at]) * 60_000) for at in range(3)])
    send_records(workspace, num)
    assert len(server.submissions[f"uuid:{record}"][1]) == 3
    assert counts(workspace) == (0, 0, 1)


def test_an_edited_record_names_the_one_it_replaces_again_and_again(workspace, server, num):
    record = final(workspace)
    chain = [f"uuid:{record}"]
    for remark in ("one", "two"):
        send_records(workspace, num)
        save_record(workspace, record, {"/remark": remark})
        finalise_record(workspace, record)
        assert counts(workspace) == (1, 0, 0)
    send_records(workspace, num)
    for _ in range(2):
        chain.append(server.replaced[chain[-1]])
    assert list(server.submissions) == chain
    assert b"two" in server.submissions[chain[-1]][0]


def test_a_record_that_is_saved_again_with_the_same_answers_is_not_sent_again(workspace, server, num):
    record = final(workspace, remark="示例")
    send_records(workspace, num)
    save_record(workspace, record, {"/remark": "other"})
    save_record(workspace, record, {"/remark": "示例"})
    finalise_record(workspace, record)
    send_records(workspace, num)
    assert len(server.posts) == 1 and counts(workspace) == (0, 0, 1)


def test_another_photo_of_the_same_name_is_an_edit(workspace, server, num):
    one, other = ({**a_photo(workspace, content), "name": "照片.jpg"} for content in (b"one", b"other"))
    record = final(workspace, one)
    send_records(workspace, num)
    save_record(workspace, record, {PHOTOS.format(0): other})
    finalise_record(workspace, record)
    send_records(workspace, num)
    assert [list(files.values()) for _, files in server.submissions.values()] == [[b"one"], [b"other"]]
    assert [list(files) for _, files in server.submissions.values()] == [["照片.jpg"], ["照片-2.jpg"]]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "openrosa_refused"),
        (404, "openrosa_form_closed"),
        (413, "openrosa_too_big"),
        (500, "openrosa_trouble_with"),
    ],
)
def test_a_refusal_is_told_with_its_reason_and_stops_no_other(workspace, server, num, status, code):
    bad, good = final(workspace), final(workspace, remark="good")
    server.script = [status]
    result = send_records(workspace, num)
    assert (result.sent, [one.record for one in result.refused]) == (1, [bad])
    (state,) = server_states(workspace)
    (refusal,) = state.refusals
    assert (refusal.record, refusal.error.code) == (bad, code)
    assert counts(workspace) == (0, 1, 1)
    assert read_agenda(workspace).refused_elsewhere == 1
    assert list(server.submissions) == [f"uuid:{good}"]
    send_records(workspace, num)
    assert counts(workspace) == (0, 0, 2)
    assert read_agenda(workspace).refused_elsewhere == 0


@pytest.mark.parametrize(
    ("then", "code"),
    [
        (401, "openrosa_login"),
        (503, "openrosa_busy"),
        ("portal", "openrosa_portal"),
        ("bare", "openrosa_portal"),
    ],
)
def test_what_no_record_would_get_past_stops_the_sending_and_nothing_counts_as_sent(
    workspace, server, num, then, code
):
    final(workspace)
    final(workspace)
    server.script = [then]
    assert code_of(send_records, workspace, num) == code
    assert counts(workspace) == (2, 0, 0) and len(server.posts) == 1
    send_records(workspace, num)
    assert counts(workspace) == (0, 0, 2)


def test_a_server_that_cannot_be_asked_what_it_takes_is_sent_to_all_the_same(workspace, server, num):
    final(workspace)
    server.knows_head = False
    assert send_records(workspace, num).sent == 1
    server.header = False
    final(workspace)
    assert code_of(send_records, workspace, num) == "openrosa_not_found"
    assert len(server.posts) == 1


FAULTS = [201, "lost", "cut", "202", "portal", "bare", 400, 404, 413, 500, 503]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([[], ["bare", 413], [404, "portal"]])
@given(st.lists(st.lists(st.sampled_from(FAULTS), max_size=5), min_size=1, max_size=4))
def test_whatever_is_lost_or_refused_in_between_the_server_holds_it_once_and_whole(
    workspace, server, num, rounds
):
    """Each round changes the record and sends it once; then it is sent until nothing waits.

    What was lost, refused when it came again and then changed meets its own first content: a conflict, which the
    next change gets past as an edit.
    """
    server.limit = 70_000
    server.submissions.clear()
    server.replaced.clear()
    photos = [a_photo(workspace, bytes([97 + at]) * 60_000) for at in range(2)]
    record = final(workspace, *photos)
    for at, script in enumerate(rounds):
        save_record(workspace, record, {"/remark": f"round {at}"})
        finalise_record(workspace, record)
        server.script = list(script)
        with suppress(KnownError):
            send_records(workspace, num)
    server.script, remark = [], f"round {len(rounds) - 1}"
    for refusal in send_records(workspace, num).refused:
        assert refusal.error.code == "openrosa_conflict"
        remark = "once more"
        save_record(workspace, record, {"/remark": remark})
        finalise_record(workspace, record)
        send_records(workspace, num)
    assert counts(workspace)[:2] == (0, 0)
    chain = [f"uuid:{record}"]
    while chain[-1] in server.replaced:
        chain.append(server.replaced[chain[-1]])
    assert list(server.submissions) == chain
    xml, files = server.submissions[chain[-1]]
    assert remark.encode() in xml
    assert sorted(files.values()) == [b"a" * 60_000, b"b" * 60_000]
    delete_record(workspace, record)


def test_accepted_counts_as_received(workspace, server, num):
    final(workspace)
    server.script = ["202"]
    assert send_records(workspace, num).sent == 1


def test_other_content_under_the_same_id_is_not_overwritten_until_somebody_changes_the_record(
    workspace, server, num
):
    record = final(workspace)
    server.submissions[f"uuid:{record}"] = (b"<other/>", {})
    for _ in range(2):
        (refusal,) = send_records(workspace, num).refused
        assert refusal.error.code == "openrosa_conflict"
    save_record(workspace, record, {"/remark": "mine"})
    finalise_record(workspace, record)
    assert send_records(workspace, num).sent == 1
    assert list(server.replaced) == [f"uuid:{record}"]


def test_a_photo_whose_original_is_not_here_keeps_the_whole_record(workspace, server, num):
    here, gone = a_photo(workspace, b"here"), a_photo(workspace, b"gone")
    record = final(workspace, here, gone)
    workspace.photo_files.remove(gone["b"])
    (refusal,) = send_records(workspace, num).refused
    assert refusal.error.code == "openrosa_original_missing" and server.posts == []
    workspace.photo_files.store(gone["b"], b"gone")
    assert send_records(workspace, num).sent == 1
    assert len(server.submissions[f"uuid:{record}"][1]) == 2


def test_cancelling_stops_between_pieces_and_goes_on_later(workspace, server, num):
    final(workspace, a_photo(workspace, b"x" * 3_000_000))
    final(workspace)
    progress = Progress(lambda *_: progress.cancel())
    with pytest.raises(JobCancelledError):
        send_records(workspace, num, progress)
    assert server.submissions == {} and counts(workspace) == (2, 0, 0)
    send_records(workspace, num)
    assert counts(workspace) == (0, 0, 2)


def test_a_kill_while_the_server_has_it_and_has_not_said_so_loses_and_doubles_nothing(
    workspace, server, num, checkout
):
    photos = [a_photo(workspace, bytes([65 + at]) * 60_000) for at in range(3)]
    server.limit = 80_000
    record = final(workspace, *photos)
    folder = workspace.folder.path
    workspace.close()
    server.script = [201, "hold"]
    sends = (
        "import sys; from pathlib import Path; from app.workspace import open_workspace; "
        "from app.usecases.submitting import send_records; "
        "send_records(open_workspace(Path(sys.argv[1])), int(sys.argv[2]))"
    )
    child = subprocess.Popen([sys.executable, "-c", sends, str(folder), str(num)], cwd=checkout)
    assert server.holding.wait(30)
    child.kill()
    child.wait()
    server.posts.clear()
    with open_workspace(folder) as again:
        assert counts(again) == (1, 0, 0)
        assert send_records(again, num).sent == 1
        assert counts(again) == (0, 0, 1)
    assert len(server.posts) == 2, "the first photo is known to be there"
    assert list(server.submissions) == [f"uuid:{record}"]
    assert len(server.submissions[f"uuid:{record}"][1]) == 3


@pytest.mark.log_warnings
def test_a_record_that_cannot_be_written_stops_no_other(workspace, server, num, monkeypatch):
    bad, good = final(workspace), final(workspace)

    def write(session, *given, **named):
        return write_submission(session, *given, **named) if session.record_id == good else 1 / 0

    monkeypatch.setattr(record_sending, "write_submission", write)
    result = send_records(workspace, num)
    assert (result.sent, [(one.record, one.error.code) for one in result.refused]) == (
        1, [(bad, "openrosa_defect")],
    )  # fmt: skip


def test_large_files_are_told_on_their_way(workspace, server, num):
    final(workspace, a_photo(workspace, b"x" * 2_500_000), name="大文件")
    told = []
    send_records(workspace, num, Progress(lambda *step: told.append(step)))
    assert [words for _, _, words in told] == ["大文件", "大文件　1.0 / 2.5 MB", "大文件　2.0 / 2.5 MB"]


def test_what_was_typed_and_not_saved_is_no_part_of_a_finalised_record(workspace, server, num):
    record = final(workspace)
    keep_draft(workspace, record, {"/remark": "half"})
    send_records(workspace, num)
    assert server.submissions == {} and counts(workspace) == (0, 0, 0)


def test_a_server_that_is_added_again_knows_what_it_holds(workspace, server, num):
    final(workspace)
    send_records(workspace, num)
    forget_server(workspace, num)
    assert server_states(workspace) == []
    add_server(workspace, server.address.replace("TOKEN0123456789", "TOKEN0123456789"))
    assert counts(workspace) == (0, 0, 1)
