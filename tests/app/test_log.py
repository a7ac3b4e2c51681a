from __future__ import annotations

import logging

import pytest

from app.log import start_log, stop_log, subject


@pytest.fixture
def log_file(tmp_path):
    start_log(tmp_path / "logs")
    yield tmp_path / "logs" / "cunjiang.log"
    stop_log()
    logging.getLogger("cunjiang").setLevel(logging.NOTSET)


def test_a_line_has_its_time_subject_and_numbers(log_file):
    subject("sync").info("batch sent", ops=12, record="0190-ab")
    line = log_file.read_text(encoding="utf-8")
    assert line[10] == "T"
    assert line[19] == "Z"
    assert line.endswith("INFO cunjiang.sync batch sent ops=12 record=0190-ab\n")


def test_names_and_answers_do_not_reach_the_file(log_file):
    subject("records").info("saved", who="王小明", phone="call 13800000000 now")
    text = log_file.read_text(encoding="utf-8")
    assert "王小明" not in text
    assert "13800000000" not in text


@pytest.mark.log_warnings
def test_a_defect_shows_its_place_but_not_its_message(log_file):
    try:
        int("王" + "小明")
    except ValueError as e:
        subject("jobs").defect("job failed", e, key="record:1")
    text = log_file.read_text(encoding="utf-8")
    assert "kind=ValueError" in text
    assert "test_log.py" in text
    assert "王小明" not in text


def test_lines_below_the_level_are_not_written(log_file):
    subject("sync").debug("detail")
    assert not log_file.exists()


@pytest.mark.log_warnings
def test_a_defect_that_names_only_code_keeps_its_message(log_file):
    try:
        print(object().no_such_thing)
    except AttributeError as e:
        subject("jobs").defect("job failed", e)
    assert "no attribute 'no_such_thing'" in log_file.read_text(encoding="utf-8")
