"""What stands in the house is used by the program: words, pictures, rules of the style sheet, functions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from app import i18n
from app.paths import resources_folder

HOLE = r"([\w.-]+)"
ONLY_TESTS = {
    "raise_missing_words",  # what makes a missing word fail
    "to_instance_xml",  # what phones and OpenRosa servers take and send, tried before anything is sent
    "answers_from_instance_xml",
}
CALLED_BY_LIBRARIES = {"readinto", "collect", "format_field"}  # RawIOBase, prometheus_client, Formatter


@pytest.fixture(scope="module")
def sources(checkout) -> dict[Path, str]:
    files = [file for package in ("app", "core", "server") for file in (checkout / package).rglob("*.py")]
    return {file.relative_to(checkout): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def texts(sources) -> tuple[set[str], set[str]]:
    """Every literal text of the program, and a pattern of each text that is put together."""
    whole: set[str] = set()
    patterns: set[str] = set()
    for source in sources.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.add("".join(map(_pattern, node.values)).replace(HOLE * 2, HOLE))
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                patterns.add(_pattern(node.left) + _pattern(node.right))
    return whole, {one for one in patterns if re.search(r"\w", one.replace(HOLE, ""))}


def _pattern(part: ast.expr) -> str:
    return re.escape(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else HOLE


def test_every_word_is_said_somewhere(sources, texts):
    """A key stands in the code whole, or is put together of a text and words that the code knows."""
    whole, patterns = texts
    known = {word for source in sources.values() for word in re.findall(r"\w+", source)}

    endings = {one for one in whole if one.startswith("_")}

    def stands_there(text: str) -> bool:
        if text in whole or text in known or text.isdigit() or text.replace("_", "-") in whole:
            return True
        return any(text.endswith(end) and text.removesuffix(end) in known for end in endings)

    def put_together(text: str) -> bool:
        matches = (re.fullmatch(one, text) for one in patterns)
        return any(all(map(stands_there, match.groups())) for match in matches if match)

    def is_said(key: str) -> bool:
        kind, _, code = key.partition(".")
        by_code = kind in {"error", "finding"} and (code in whole or put_together(code))
        return by_code or key in whole or put_together(key)

    assert [key for key in sorted(i18n.words("zh")) if not is_said(key)] == []


def test_every_icon_is_shown_somewhere(texts):
    whole, _ = texts
    icons = {file.stem for file in (resources_folder() / "icons").glob("*.svg")}
    assert icons
    assert icons - whole - {name.removesuffix(".svg") for name in whole} == set()


def test_every_name_in_the_style_sheet_is_the_name_of_something(sources, texts):
    whole, _ = texts
    (sheet,) = (source for file, source in sources.items() if file.name == "stylesheet.py")
    named = set(re.findall(r"\bQ\w+#(\w+)", sheet))
    assert named
    assert named - whole == set()


def test_every_function_is_called_by_more_than_tests(checkout, sources):
    """Counted by name; the names that Qt and other libraries call are written in their camelCase."""
    by_hand = [
        file for folder in ("tools", "benchmarks", "installer") for file in (checkout / folder).rglob("*.py")
    ]
    callers = [*sources.values(), *(file.read_text(encoding="utf-8") for file in by_hand)]
    names = Counter(word for source in callers for word in re.findall(r"\w+", source))
    uncalled = {
        f"{file.as_posix()}: {node.name}"
        for file, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and names[node.name] == 1
        and not node.decorator_list
        and node.name.islower()
        and not node.name.startswith("__")
    }
    assert {name for name in uncalled if name.split()[-1] not in ONLY_TESTS | CALLED_BY_LIBRARIES} == set()
