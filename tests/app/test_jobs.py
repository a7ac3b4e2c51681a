from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.jobs import Job, JobCancelledError, Jobs, Progress, parallel_map
from core.errors import KnownError

PATIENCE_S = 10


@pytest.fixture
def jobs():
    pool = Jobs()
    yield pool
    pool.close()


def test_the_result_arrives(jobs):
    assert jobs.start(Job("a", "加法", lambda _: 1 + 1)).result(PATIENCE_S) == 2


def test_progress_and_the_end_are_told(jobs):
    told, ended = [], threading.Event()

    def count(progress: Progress) -> None:
        for n in range(3):
            progress.step(n + 1, 3, f"第{n + 1}张")

    jobs.start(
        Job("a", "照片", count), on_progress=lambda *step: told.append(step), on_done=lambda _: ended.set()
    )
    assert ended.wait(PATIENCE_S)
    assert told == [(1, 3, "第1张"), (2, 3, "第2张"), (3, 3, "第3张")]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_jobs_of_one_key_keep_their_order_and_never_overlap(keys):
    pool, finished, running = Jobs(), [], set()

    def work(key: str, number: int) -> None:
        assert key not in running
        running.add(key)
        time.sleep(0)
        finished.append((key, number))
        running.remove(key)

    started = [
        pool.start(Job(key, "", lambda _, k=key, n=n: work(k, n), must_finish=True))
        for n, key in enumerate(keys)
    ]
    assert pool.close()
    for one in started:
        one.result(0)
    for key in "abc":
        assert [n for k, n in finished if k == key] == [n for n, k in enumerate(keys) if k == key]


def test_a_slow_key_does_not_hold_up_another(jobs):
    gate = threading.Event()
    slow = [jobs.start(Job("slow", "", lambda _: gate.wait(PATIENCE_S))) for _ in range(2)]
    assert jobs.start(Job("quick", "", lambda _: "done")).result(PATIENCE_S) == "done"
    gate.set()
    assert all(s.result(PATIENCE_S) for s in slow)


def test_a_known_error_is_what_the_waiting_side_gets(jobs):
    def fail(_: Progress) -> None:
        raise KnownError("disk_full", free_mb=0)

    with pytest.raises(KnownError, match="disk_full"):
        jobs.start(Job("a", "", fail)).result(PATIENCE_S)


@pytest.mark.log_warnings
def test_a_defect_is_logged_and_the_pool_lives_on(jobs, caplog):
    with pytest.raises(ZeroDivisionError):
        jobs.start(Job("a", "", lambda _: 1 // 0)).result(PATIENCE_S)
    assert "job failed key=a kind=ZeroDivisionError" in caplog.text
    assert jobs.start(Job("a", "", lambda _: 3)).result(PATIENCE_S) == 3


def test_a_cancelled_job_stops_between_its_items(jobs):
    first_done, seen = threading.Event(), []

    def work(progress: Progress) -> None:
        for n in range(1000):
            progress.raise_if_cancelled()
            seen.append(n)
            first_done.set()
            time.sleep(0.005)

    started = jobs.start(Job("a", "", work))
    assert first_done.wait(PATIENCE_S)
    started.cancel()
    with pytest.raises(JobCancelledError):
        started.result(PATIENCE_S)
    assert 0 < len(seen) < 1000


def test_a_job_cancelled_before_its_turn_never_begins(jobs):
    gate, begun = threading.Event(), []
    jobs.start(Job("a", "", lambda _: gate.wait(PATIENCE_S)))
    second = jobs.start(Job("a", "", lambda _: begun.append(1)))
    second.cancel()
    gate.set()
    with pytest.raises(JobCancelledError):
        second.result(PATIENCE_S)
    assert not begun


def test_closing_finishes_every_save_and_cancels_the_rest():
    pool, saved, gate = Jobs(), [], threading.Event()

    def search(progress: Progress) -> None:
        gate.set()
        while not progress.cancelled:
            time.sleep(0.005)

    pool.start(Job("search", "", search))
    assert gate.wait(PATIENCE_S)
    for n in range(5):
        pool.start(Job("record:1", "", lambda _, n=n: (time.sleep(0.01), saved.append(n)), must_finish=True))
    waiting = pool.start(Job("search", "", search))
    assert pool.close()
    assert saved == [0, 1, 2, 3, 4]
    assert isinstance(waiting.future.exception(0), JobCancelledError)


def test_closing_does_not_wait_for_work_that_will_not_stop():
    pool, gate, begun = Jobs(), threading.Event(), threading.Event()
    pool.start(Job("deaf", "", lambda _: (begun.set(), gate.wait(PATIENCE_S))))
    assert begun.wait(PATIENCE_S)
    before = time.monotonic()
    assert not pool.close(patience_s=0.05)
    assert time.monotonic() - before < PATIENCE_S / 2
    gate.set()


def test_a_closed_pool_takes_nothing_more(jobs):
    jobs.close()
    with pytest.raises(RuntimeError):
        jobs.start(Job("a", "", lambda _: 1))


def test_parallel_work_comes_back_in_order():
    def work(n: int) -> int:
        time.sleep(0.002 * (n % 3))
        return n * n

    assert list(parallel_map(work, range(20), Progress())) == [(n, n * n) for n in range(20)]


def test_parallel_work_stays_close_to_its_reader():
    begun = []
    results = parallel_map(begun.append, range(100), Progress())
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 4
    results.close()


def test_parallel_work_ends_early_when_cancelled():
    progress, got = Progress(), []
    for n, _ in parallel_map(lambda n: n, range(100), progress):
        got.append(n)
        if n == 4:
            progress.cancel()
    assert got == [0, 1, 2, 3, 4]


def test_parallel_work_raises_at_its_item():
    got = []
    with pytest.raises(KnownError):  # noqa: PT012
        for n, _ in parallel_map(_fail_at_three, range(10), Progress()):
            got.append(n)
    assert got == [0, 1, 2]


def _fail_at_three(n: int) -> int:
    if n == 3:
        raise KnownError("not_a_photo")
    return n
