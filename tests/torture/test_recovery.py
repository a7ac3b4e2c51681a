"""Workspaces damaged in every way we know: told, brought back but for what is really gone, and that named.

`python3 dev.py torture recovery` does more of it, on other workspaces, with other seeds.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from app.storage.loose_rows import rows_of_page
from app.storage.sealed_pages import PAGE_BYTES, USABLE_BYTES, SealedPages
from app.usecases.backup import keep_copy
from app.usecases.health import look_at, recover_workspace, told
from app.usecases.records import keep_draft, list_records
from app.workspace import Workspace, open_workspace
from core.errors import KnownError
from core.records.operation import chain_hash, genesis_hash
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.torture import damages

RECORDS, COPIED, CLOSED = 40, 20, 37


@dataclass(frozen=True)
class Made:
    """A workspace before its damage: `closed` and `killed` are the same one after either end."""

    closed: Path
    killed: Path
    values: dict[str, dict]
    record_of: dict[int, str]
    draft_of: str
    log: str
    copied: int  # how far the copy goes


def make(folder: Path, seed: int, *, copy: bool = True) -> Made:
    rng, copied = Random(seed), 0
    with a_workspace(folder / "closed") as workspace:
        for number in range(CLOSED):
            _save_one(workspace, rng, number)
            if copy and number == COPIED:
                keep_copy(workspace)
                copied = workspace.operations.own().last_n
    with a_workspace(folder / "closed") as workspace:  # whose log is empty now, and far from being moved over
        for number in range(CLOSED, RECORDS):
            record = _save_one(workspace, rng, number)
        keep_draft(workspace, record, {"/kind": "没保存"})
        shutil.copytree(folder / "closed", folder / "killed")  # with the log, as a kill leaves it
        own = workspace.operations.own().id
        return Made(
            folder / "closed",
            folder / "killed",
            {row.record_id: dict(values_of(workspace, row.record_id)) for row in list_records(workspace)},
            {line.n: line.record for line in workspace.operations.log(own) if line.record},
            record,
            own,
            copied,
        )


def _save_one(workspace: Workspace, rng: Random, number: int) -> str:
    photo = {"photos[p]/photo": a_photo(workspace, bytes([number]) * 70_000)} if number % 8 == 0 else {}
    return a_record(workspace, name=f"示例{number}", remark="长" * rng.randrange(2500), **photo)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made"), 7)


def pages_of_operations(folder: Path) -> dict[int, list[set[tuple[bool, int]]]]:
    """By number of each own operation: each set of pages (in the log?, byte) in which it can be read whole."""
    key = bytes.fromhex((folder / "key").read_text().strip())
    stands = defaultdict(list)
    with closing(SealedPages(folder / "survey.db", folder / "survey.db-wal", key)) as pages:
        for place in [*pages.current.values(), *pages.left]:
            used = set()

            def overflow(number, used=used):
                used.add(pages.current[number])
                return pages.open_page(pages.current[number]).content

            for row in rows_of_page(pages.open_page(place).content, place.number, USABLE_BYTES, overflow):
                if len(row.values) == 9 and chain_hash(row.values[6], row.values[7]) == row.values[5]:
                    stands[row.values[2]].append({(one.in_log, one.offset) for one in {place, *used}})
                used.clear()
    return stands


def touched_pages(before: Path, after: Path) -> set[tuple[bool, int]]:
    touched = set()
    for in_log, name in ((False, "survey.db"), (True, "survey.db-wal")):
        old = (before / name).read_bytes() if (before / name).exists() else b""
        new = (after / name).read_bytes() if (after / name).exists() else b""
        start, step = (32 + 24, 24 + PAGE_BYTES) if in_log else (0, PAGE_BYTES)
        for at in range(start, len(old), step):
            if old[at : at + PAGE_BYTES] != new[at : at + PAGE_BYTES]:
                touched.add((in_log, at))
    return touched


def what_is_told(folder: Path) -> str | None:
    """The code of what the person is told when opening; None: nothing."""
    try:
        with open_workspace(folder, create=False) as workspace:
            return "database_damaged" if workspace.database.check(thorough=True) else None
    except KnownError as error:
        return error.code


def damage_and_recover(
    made: Made, source: Path, folder: Path, damage: damages.Damage, seed: int
) -> str | None:
    """Damages a copy, recovers it and compares; what the person was told."""
    shutil.copytree(source, folder)
    damage(folder, Random(seed))
    touched = touched_pages(source, folder)
    before = {file.name: file.read_bytes() for file in folder.glob("survey.db*") if file.suffix != ".db-shm"}
    said = what_is_told(folder)
    if said is not None:
        shutil.rmtree(folder)  # looking may have changed the log
        shutil.copytree(source, folder)
        damage(folder, Random(seed))
        recovery = recover_workspace(folder)
        assert all(told(recovery))
        if recovery.aside is not None:
            assert {name: (recovery.aside / name).read_bytes() for name in before} == before
        lost = {ref.n for ref in recovery.lost}
        assert {ref.replica for ref in recovery.lost} <= {made.log}
    else:
        lost = set()
    if lost:
        stands = pages_of_operations(source)
        for n in lost:
            assert n > made.copied, "it stands in the copy"
            assert all(pages & touched for pages in stands[n]), f"operation {n} could have been read"
    with a_workspace(folder) as workspace:  # with the form, should its page be gone: the server has it too
        assert workspace.database.check(thorough=True) == []
        gone = {made.record_of[n] for n in lost if n in made.record_of}
        for record, values in made.values.items():
            if record not in gone:
                assert values_of(workspace, record) == values
        if not lost and said is not None:
            assert workspace.drafts.answers(made.draft_of) or damage in {
                damages.five_pages,
                damages.random_page,
            }
        own = workspace.operations.own()
        previous = genesis_hash(own.id)
        for line in workspace.operations.log(own.id):
            assert line.prev == previous
            previous = line.hash
        a_record(workspace, name="以后")
    return said


@pytest.mark.slow
@pytest.mark.parametrize("ended", ["closed", "killed"])
@pytest.mark.parametrize("damage", [*damages.OF_THE_DATABASE, *damages.OF_THE_REST])
def test_all_that_can_be_read_comes_back_and_the_rest_is_named(made, tmp_path, damage, ended):
    damage_and_recover(made, getattr(made, ended), tmp_path / "ws", damage, 3)


@pytest.mark.parametrize(
    ("damage", "ended", "code"),
    [
        (damages.header, "closed", "database_unreadable"),
        (damages.missing, "closed", "database_missing"),
        (damages.half_zeros, "closed", "database_damaged"),
        (damages.log_missing, "killed", "database_lags"),
        (damages.log_garbage, "killed", "database_lags"),
        (damages.both_keys_touched, "closed", "key_damaged"),
    ],
)
def test_the_person_is_told_what_happened(made, tmp_path, damage, ended, code):
    shutil.copytree(getattr(made, ended), tmp_path / "ws")
    damage(tmp_path / "ws", Random(1))
    seen = look_at(tmp_path / "ws")
    assert seen.code == code
    assert seen.copy is not None and seen.photos == RECORDS // 8


@pytest.mark.slow
def test_without_any_copy_all_is_rebuilt_from_the_operations_found(tmp_path):
    alone = make(tmp_path, 5, copy=False)
    for number, damage in enumerate((damages.first_page, damages.five_pages, damages.half_zeros)):
        damage_and_recover(alone, alone.killed, tmp_path / f"ws{number}", damage, number)


def test_a_database_replaced_by_an_older_copy_is_told_and_catches_up(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        a_record(workspace, name="早")
        old = keep_copy(workspace).read_bytes()
        late = a_record(workspace, name="晚")
        clock.advance(hours=2)
        keep_copy(workspace)
        later = a_record(workspace, name="最后")
    (tmp_path / "ws" / "survey.db").write_bytes(old)
    with pytest.raises(KnownError) as caught:
        open_workspace(tmp_path / "ws")
    assert (caught.value.code, caught.value.values["missing"]) == ("database_lags", 2)
    recovery = recover_workspace(tmp_path / "ws")
    assert [ref.n for ref in recovery.lost] == [4]  # saved after the last copy, and its file is gone
    with open_workspace(tmp_path / "ws") as workspace:
        assert values_of(workspace, late)["/name"] == "晚"
        assert workspace.records.row(later) is None


def test_a_recovery_cut_anywhere_changes_nothing_or_is_done_the_next_time(made, tmp_path, monkeypatch):
    from app.storage import recovery_files

    shutil.copytree(made.killed, tmp_path / "ws")
    damages.header(tmp_path / "ws", Random(1))
    real = Path.replace
    for cut_at in range(1, 4):
        moves = []

        def replace(self, target, moves=moves, cut_at=cut_at):
            moves.append(self.name)
            own = [name for name in moves if name.startswith(("survey", "recovery"))]
            if len(own) == cut_at and own[-1] == self.name:
                raise OSError(5, "pulled")
            return real(self, target)

        monkeypatch.setattr(recovery_files.Path, "replace", replace)
        with pytest.raises(KnownError):
            recover_workspace(tmp_path / "ws")
        monkeypatch.setattr(recovery_files.Path, "replace", real)
    assert recover_workspace(tmp_path / "ws").lost == ()
    with open_workspace(tmp_path / "ws") as workspace:
        assert all(values_of(workspace, record) == values for record, values in made.values.items())


def test_what_was_damaged_is_kept_though_the_clock_says_the_same_second_again(made, tmp_path, clock):
    shutil.copytree(made.closed, tmp_path / "ws")
    damaged = []
    for turn in range(2):
        damages.header(tmp_path / "ws", Random(turn))
        damaged.append((tmp_path / "ws" / "survey.db").read_bytes())
        recover_workspace(tmp_path / "ws", clock=clock)
    kept = [file.read_bytes() for file in sorted((tmp_path / "ws").glob("damaged-*/survey.db"))]
    assert kept == damaged


def test_a_sound_workspace_and_no_workspace_are_refused(made, tmp_path):
    shutil.copytree(made.closed, tmp_path / "ws")
    for folder, code in ((tmp_path / "ws", "nothing_to_restore"), (tmp_path / "none", "workspace_missing")):
        with pytest.raises(KnownError) as caught:
            recover_workspace(folder)
        assert caught.value.code == code
    with open_workspace(tmp_path / "ws"), pytest.raises(KnownError) as caught:
        recover_workspace(tmp_path / "ws")
    assert caught.value.code == "workspace_in_use"


def test_a_lost_key_is_taken_from_a_backup_and_a_foreign_one_is_refused(made, tmp_path):
    from app.usecases.backup import backup_sealed

    shutil.copytree(made.closed, tmp_path / "ws")
    a_workspace(tmp_path / "foreign").close()
    with open_workspace(tmp_path / "ws") as workspace:
        backup_sealed(workspace, tmp_path / "backup")
    (tmp_path / "ws" / "key").unlink()
    (tmp_path / "ws" / "copies" / "key").unlink()
    for wrong, code in ((None, "key_missing"), (tmp_path / "foreign", "key_foreign")):
        with pytest.raises(KnownError) as caught:
            recover_workspace(tmp_path / "ws", key_from=wrong)
        assert caught.value.code == code
    recover_workspace(tmp_path / "ws", key_from=tmp_path / "backup")
    with open_workspace(tmp_path / "ws") as workspace:
        assert len(list_records(workspace)) == RECORDS


def test_a_key_of_which_a_digit_is_gone_in_both_places_is_not_worked_with(made, tmp_path):
    shutil.copytree(made.closed, tmp_path / "ws")
    sign = (tmp_path / "ws" / "key").read_bytes()[5:6]
    damages.overwrite(tmp_path / "ws" / "key", 5, b"1" if sign == b"0" else b"0")  # still looks like a key
    damages.overwrite(tmp_path / "ws" / "copies" / "key", 5, b"?")
    before = (tmp_path / "ws" / "survey.db").read_bytes()
    with pytest.raises(KnownError) as caught:
        recover_workspace(tmp_path / "ws")
    assert caught.value.code == "key_damaged"
    assert (tmp_path / "ws" / "survey.db").read_bytes() == before


def test_a_key_that_opens_nothing_is_refused_though_both_places_have_it(made, tmp_path):
    for name, damage in (("copies", damages.header), ("alone", lambda *_: None)):
        folder = tmp_path / name
        shutil.copytree(made.killed, folder)
        damage(folder, Random(1))
        if name == "alone":
            (folder / "survey.db-wal").unlink()
            for copy in (folder / "copies").glob("*.db"):
                copy.unlink()
        before = (folder / "survey.db").read_bytes()
        for place in (folder / "key", folder / "copies" / "key"):
            place.write_text("ab" * 32 + "\n")
        with pytest.raises(KnownError) as caught:
            recover_workspace(folder)
        assert caught.value.code == "key_damaged"
        assert (folder / "survey.db").read_bytes() == before


@pytest.mark.parametrize("name", ["blobs", "tmp", "copies", "key", "lock"])
def test_a_file_where_a_folder_was_and_the_reverse_is_told(made, tmp_path, name):
    folder = tmp_path / "ws"
    shutil.copytree(made.closed, folder)
    place = folder / name
    was_folder = place.is_dir()
    shutil.rmtree(place) if was_folder else place.unlink()
    place.write_bytes(b"x") if was_folder else place.mkdir()
    for act in (recover_workspace, open_workspace):
        with pytest.raises(KnownError):
            act(folder)


def test_what_a_damaged_copy_holds_is_not_stood_upon(made, tmp_path):
    shutil.copytree(made.closed, tmp_path / "ws")
    (copy,) = (tmp_path / "ws" / "copies").glob("*.db")
    damages.overwrite(copy, 5 * PAGE_BYTES, bytes(PAGE_BYTES))
    damages.header(tmp_path / "ws", Random(1))
    recovery = recover_workspace(tmp_path / "ws")
    assert recovery.standing is None and recovery.lost == ()
