from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject

from app.changes import Changes
from app.jobs import Job, Jobs
from app.ui.change_bus import ChangeBus
from app.ui.job_runner import JobRunner
from core.errors import KnownError


@pytest.fixture
def jobs():
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def runner(qapp, jobs):
    return JobRunner(jobs, ChangeBus())


def test_a_result_arrives_on_the_thread_of_the_window(runner, qtbot):
    owner, seen = QObject(), []
    runner.start(
        owner,
        Job("k", "", lambda _: threading.get_ident()),
        lambda worker: seen.append((worker, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    worker, here = seen[0]
    assert here == threading.get_ident()
    assert worker != here


def test_only_the_newest_of_a_stream_arrives(runner, qtbot):
    owner, seen, gate = QObject(), [], threading.Event()
    runner.start(owner, Job("a", "", lambda _: gate.wait(5) and "old"), seen.append, stream="list")
    runner.start(owner, Job("b", "", lambda _: "new"), seen.append, stream="list")
    qtbot.waitUntil(lambda: seen == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert seen == ["new"]


def test_nothing_arrives_at_an_owner_that_is_gone(runner, qtbot):
    import shiboken6

    owner, seen, gate = QObject(), [], threading.Event()
    runner.start(owner, Job("k", "", lambda _: gate.wait(5)), seen.append)
    shiboken6.delete(owner)
    gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert seen == []


def test_changes_are_published_before_the_answer(runner, qtbot):
    owner, order = QObject(), []
    runner._changes.changed.connect(lambda changes: order.append(changes.records))
    runner.start(owner, Job("k", "", lambda _: Changes(frozenset({"r"}))), lambda _: order.append("done"))
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == [frozenset({"r"}), "done"]


def test_an_error_nobody_handles_is_told_once(runner, qtbot):
    def fail(_):
        raise KnownError("disk_full")

    owner, told = QObject(), []
    runner.failed.connect(told.append)
    runner.start(owner, Job("k", "", fail))
    qtbot.waitUntil(lambda: bool(told))
    assert [error.code for error in told] == ["disk_full"]
