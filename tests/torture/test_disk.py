"""The model of a disk and the reader of traces, without which the crash states would prove nothing."""

from __future__ import annotations

import os
import random

import pytest

from tests.torture.crashes import record_story
from tests.torture.disk import Disk
from tests.torture.history import History, Said
from tests.torture.recorder import UnknownCallError, read_calls, why_not_traced


def hexed(text):
    return '"' + "".join(f"\\x{byte:02x}" for byte in os.fsencode(text)) + '"'


def history_of(root, *lines):
    history = History(root)
    history.run(read_calls([f"1 {line}" for line in lines]))
    return history


def power_cuts(history, times=300):
    disk, rng = Disk(history), random.Random(3)
    for change in history.changes:
        disk.apply(change)
    states = [disk.after_power_cut(rng) for _ in range(times)]
    return [{name: content.data for name, content in state.files.items()} for state in states]


def create(path, descriptor=5):
    return f"openat(AT_FDCWD, {hexed(path)}, O_RDWR|O_CREAT, 0600) = {descriptor}"


def write(data, descriptor=5, offset=0):
    return f"pwrite64({descriptor}, {hexed(data)}, {len(data)}, {offset}) = {len(data)}"


def test_what_was_never_synced_may_come_or_not_in_any_order_and_torn(tmp_path):
    (tmp_path / "a").write_bytes(b"0" * 1536)
    history = history_of(
        tmp_path,
        f"openat(AT_FDCWD, {hexed(tmp_path / 'a')}, O_RDWR) = 5",
        write("1" * 1536),
        write("2" * 512, offset=512),
    )
    left = {state["a"][::512] for state in power_cuts(history)}
    assert {b"000", b"111", b"121", b"020", b"100", b"001"} <= left
    assert all(set(state["a"][:512]) <= {ord("0"), ord("1")} for state in power_cuts(history))


def test_what_was_synced_lasts_and_its_name_only_with_its_folder(tmp_path):
    made = [create(tmp_path / "a"), write("1" * 600), "fsync(5) = 0"]
    left = power_cuts(history_of(tmp_path, *made))
    assert {state.get("a") for state in left} == {None, b"1" * 600}
    folder = [f"openat(AT_FDCWD, {hexed(tmp_path)}, O_RDONLY) = 6", "fsync(6) = 0"]
    assert all(state == {"a": b"1" * 600} for state in power_cuts(history_of(tmp_path, *made, *folder)))


def test_a_renamed_file_keeps_one_of_its_names(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "in" / "b").write_bytes(b"old")
    rename = f"rename({hexed(tmp_path / 'a')}, {hexed(tmp_path / 'in' / 'b')}) = 0"
    states = [(state.get("a"), state["in/b"]) for state in power_cuts(history_of(tmp_path, rename))]
    assert set(states) == {(b"new", b"old"), (None, b"new"), (b"new", b"new")}
    synced = [f"openat(AT_FDCWD, {hexed(tmp_path)}, O_RDONLY) = 6", "fsync(6) = 0"]
    assert set(map(str, power_cuts(history_of(tmp_path, rename, *synced)))) == {str({"in/b": b"new"})}


def test_a_kill_loses_nothing_that_was_written(tmp_path):
    history = history_of(tmp_path, create(tmp_path / "a"), write("1" * 600), "ftruncate(5, 10) = 0")
    disk = Disk(history)
    for change in history.changes:
        disk.apply(change)
    assert disk.after_kill().files["a"].data == b"1" * 10


def test_a_sync_covers_only_what_was_written_before_it_began(tmp_path):
    history = History(tmp_path)
    lines = [
        f"1 {create(tmp_path / 'a')}",
        "1 fsync(5 <unfinished ...>",
        f"2 {write('1')}",
        "1 <... fsync resumed>) = 0",
        f"1 openat(AT_FDCWD, {hexed(tmp_path)}, O_RDONLY) = 6",
        "1 fsync(6) = 0",
    ]
    history.run(read_calls(lines))
    assert {b"", b"1", b"\0"} <= {state["a"] for state in power_cuts(history)}


def test_failed_and_killed_calls_did_nothing_and_unknown_ones_end_the_recording(tmp_path):
    failed = "unlink(" + hexed(tmp_path / "a") + ") = -1 ENOENT (No such file or directory)"
    assert history_of(tmp_path, failed, "fsync(5) = ?").changes == []
    with pytest.raises(UnknownCallError):
        history_of(tmp_path, create(tmp_path / "a"), "fallocate(5, 0, 0, 100) = 0")
    with pytest.raises(UnknownCallError):
        history_of(tmp_path, create(tmp_path / "a"), 'pwrite64(5, "\\x31"..., 100, 0) = 100')


@pytest.mark.skipif(why_not_traced() != "", reason=why_not_traced() or "programs can be traced")
def test_a_recording_makes_the_very_files_and_hears_every_acknowledgement(tmp_path):
    recording = record_story("starting", 1, tmp_path)
    assert recording.history.differences() == []
    said = [change for change in recording.history.changes if isinstance(change, Said)]
    assert len(said) > 15
    (tmp_path / "new" / "ws" / "key").write_bytes(b"another")
    assert recording.history.differences() == ["new/ws/key"]
