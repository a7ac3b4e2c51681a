from __future__ import annotations

import errno

import pytest

from app import i18n
from app.errors import known_os_error, problem_sentence, sentence
from core.errors import KnownError
from core.problems import Problem


def test_a_known_error_is_one_sentence_with_its_values():
    assert "“表.pdf”" in sentence(KnownError("no_permission", file="表.pdf"))


def test_a_known_error_is_said_in_english_too():
    i18n.set_language("en")
    assert "read or write “a.pdf”" in sentence(KnownError("no_permission", file="a.pdf"))


def test_a_code_without_words_still_names_itself():
    assert "brand_new" in sentence(KnownError("brand_new"))


def test_a_defect_is_owned_without_its_message():
    said = sentence(ZeroDivisionError("张三的手机"))
    assert "ZeroDivisionError" in said
    assert "张三" not in said


def test_a_problem_without_words_names_its_code():
    assert "brand_new" in problem_sentence(Problem("/a", "brand_new"))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EACCES, "no_permission"),
        (errno.EROFS, "no_permission"),
        (errno.ENOENT, "file_missing"),
        (errno.EIO, "file_trouble"),
    ],
)
def test_what_the_system_refused_becomes_a_known_error(number, code, tmp_path):
    error = known_os_error(OSError(number, "words nobody reads"), tmp_path / "b.pdf")
    assert error.code == code
    assert sentence(error)
