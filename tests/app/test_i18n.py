from __future__ import annotations

import ast
import string
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import i18n
from app.i18n import MissingWordsError, tr


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys():
    assert i18n.words("zh").keys() == i18n.words("en").keys()


def test_both_languages_fill_in_the_same_values():
    zh, en = i18n.words("zh"), i18n.words("en")
    differing = [key for key in zh.keys() & en.keys() if _placeholders(zh[key]) != _placeholders(en[key])]
    assert not differing


def _keys_in_code(checkout: Path) -> dict[str, str]:
    """Every literal first argument of a call of `tr`, and the file it stands in."""
    found: dict[str, str] = {}
    for file in [*checkout.glob("app/**/*.py"), *checkout.glob("server/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    found[key.value] = str(file.relative_to(checkout))
    return found


def test_every_key_in_the_code_has_words(checkout):
    used = _keys_in_code(checkout)
    assert used
    assert {key: file for key, file in used.items() if key not in i18n.words("zh")} == {}


def _codes_in_code(checkout: Path, callee: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in [*checkout.glob("app/**/*.py"), *checkout.glob("core/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == callee:
                code = node.args[0] if node.args else None
                if isinstance(code, ast.Constant):
                    found[f"error.{code.value}"] = str(file.relative_to(checkout))
    return found


def test_every_known_error_has_a_sentence(checkout):
    raised = _codes_in_code(checkout, "KnownError")
    assert {key: file for key, file in raised.items() if key not in i18n.words("zh")} == {}


def test_values_are_filled_in():
    assert "“表.pdf”" in tr("error.no_permission", file="表.pdf")


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 records"), (1, "1 record"), ("1", "1 record"), (12, "12 records")]
)
def test_one_thing_is_called_otherwise_than_several(count, said):
    i18n.set_language("en")
    assert tr("start.waiting_records", count=count) == said


def test_words_are_read_until_they_are_found(monkeypatch):
    read = []
    read_file = i18n.words_of
    monkeypatch.setattr(i18n, "words_of", lambda file: read.append(file.stem) or read_file(file))
    i18n._words.cache_clear()
    assert tr("navigation.start")
    assert len(read) < len(i18n.word_files("zh")) / 3
    assert tr("cli.state.final") == i18n.words("zh")["cli.state.final"]
    assert sorted(read) == [file.stem for file in i18n.word_files("zh")]


def test_threads_that_ask_at_once_all_find_their_words():
    keys = list(i18n.words("zh"))
    i18n._words.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(i18n.has_words, reversed(keys)))


def test_switching_the_language_switches_the_words():
    chinese = tr("app.title")
    i18n.set_language("en")
    assert (chinese, tr("app.title")) == ("村匠", "Cunjiang")


def test_a_missing_key_is_an_error_in_tests():
    with pytest.raises(MissingWordsError):
        tr("no.such.key")


def test_a_missing_value_is_an_error_in_tests():
    with pytest.raises(MissingWordsError):
        tr("error.no_permission")


def test_a_missing_key_shows_itself_to_people():
    i18n.raise_missing_words(strict=False)
    assert tr("no.such.key") == "no.such.key"


def test_words_without_their_values_are_still_shown():
    i18n.raise_missing_words(strict=False)
    assert tr("error.no_permission").startswith("没有权限")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_key_stands_in_two_files(language):
    keys = Counter(key for file in i18n.word_files(language) for key in i18n.words_of(file))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize(
    ("settings", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_a_bare_system_speaks_chinese_and_english_is_spoken_where_it_is_set(monkeypatch, settings, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert i18n.system_language() == language
