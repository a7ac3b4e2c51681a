"""Rules of the house that neither the linter nor the import contracts can see."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MAY_START_THREADS = {"app/jobs.py"}
STARTS_A_THREAD = {
    "Thread",
    "Timer",
    "ThreadPoolExecutor",
    "ProcessPoolExecutor",
    "Process",
    "QThread",
    "QThreadPool",
}
THREADING = {"threading", "concurrent.futures", "_thread", "multiprocessing", "asyncio"}
FORBIDDEN_IN_CORE = {"open", "Path", "datetime.now", "datetime.utcnow", "date.today", "time.time"}
MACHINE = re.compile(
    rb"""(?<![\w)])/(?:work|root|home|opt|Users)/\w      # a folder of one machine
    |(?:pypi|npmjs|pythonhosted|deb\.debian|security\.debian)\.(?:org|com)  # a package index
    """,
    re.VERBOSE,
)


def _modules(checkout: Path, *packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for file in sorted((checkout / package).rglob("*.py")):
            yield file.relative_to(checkout).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def _tracked_files(checkout: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nothing is tracked")
    return [checkout / name for name in listed.stdout.decode().split("\0") if name]


def test_threads_start_in_one_place_of_the_program(checkout):
    """Locks may stand anywhere above core; who starts a thread has to join it too, and only the pool does."""
    found = {
        name
        for name, tree in _modules(checkout, "core", "app")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in STARTS_A_THREAD
    }
    assert found == MAY_START_THREADS


def test_core_knows_no_threads(checkout):
    assert [name for name, tree in _modules(checkout, "core") if _imports(tree) & THREADING] == []


def test_core_does_no_io_and_has_no_clock_of_its_own(checkout):
    found = [
        f"{name}:{node.lineno} {ast.unparse(node.func)}"
        for name, tree in _modules(checkout, "core")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_IN_CORE
        if name != "core/clock.py"
    ]
    assert not found


def test_no_tracked_file_names_a_machine_or_a_package_index(checkout):
    found = [
        f"{file.relative_to(checkout)}: {match[0].decode()}"
        for file in _tracked_files(checkout)
        if file.exists() and b"\0" not in (content := file.read_bytes())
        for match in MACHINE.finditer(content)
    ]
    assert not found


def test_pins_have_hashes_and_name_no_host_and_no_path(checkout):
    for file in (checkout / "requirements").glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        assert "://" not in text
        assert "file:" not in text
        for pin in re.split(r"\n(?=\w)", text):
            if "==" in pin:
                assert "--hash=sha256:" in pin, pin


def test_both_lists_of_pins_agree(checkout):
    def pins(name: str) -> set[str]:
        text = (checkout / "requirements" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^\S+==\S+", text, re.MULTILINE))

    assert pins("program.txt") <= pins("development.txt")


def test_no_pin_brings_pandas(checkout):
    """sqlite-utils imports it when it is there, and every start gets 1.5 s slower."""
    assert "pandas==" not in (checkout / "requirements" / "development.txt").read_text(encoding="utf-8")


def test_no_test_package_has_an_init_file(checkout):
    assert list((checkout / "tests").rglob("__init__.py")) == []


def test_every_test_that_the_coverage_list_names_exists(checkout):
    cited = re.findall(
        r"`(tests?[_/][\w/.]*)`", (checkout / "docs" / "coverage.md").read_text(encoding="utf-8")
    )
    there = {
        name
        for file in (checkout / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    missing = [name for name in cited if name not in there and not (checkout / name).exists()]
    assert cited
    assert missing == []


def test_the_tour_names_only_what_is_there_and_every_room(checkout):
    tour = (checkout / "docs" / "tour.md").read_text(encoding="utf-8")
    tracked = [file.relative_to(checkout).as_posix() for file in _tracked_files(checkout)]
    named = [
        name for name in re.findall(r"`([\w./]+?)/?(?::[^`]*)?`", tour) if "/" in name or name.endswith(".py")
    ]
    gone = [
        name
        for name in named
        if not any(re.search(rf"(^|/){re.escape(name)}(/|$)", file) for file in tracked)
    ]
    rooms = {
        "/".join(file.split("/")[:2]) for file in tracked if re.match(r"(app|core|server)/\w+(/|\.py$)", file)
    }
    names = {Path(room).stem for room in rooms} - {"__init__"}
    assert named and names
    assert gone == []
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", tour)] == []


def test_what_the_tour_finds_in_a_module_is_defined_there(checkout):
    tour = (checkout / "docs" / "tour.md").read_text(encoding="utf-8")
    found = re.findall(r"`([\w/]+\.py): (\w+)`", tour)
    tracked = _tracked_files(checkout)
    missing = [
        (module, name)
        for module, name in found
        if not any(
            re.search(rf"(def|class) {name}\b", file.read_text(encoding="utf-8"))
            for file in tracked
            if file.as_posix().endswith(f"/{module}")
        )
    ]
    assert found
    assert missing == []


def test_every_column_of_ours_that_a_form_may_have_is_documented(checkout):
    told = re.findall(
        r"`(?:bind|attribute)::cj:(\w+)`", (checkout / "docs" / "forms.md").read_text(encoding="utf-8")
    )
    core = "".join(file.read_text(encoding="utf-8") for file in (checkout / "core" / "forms").rglob("*.py"))
    read = re.findall(r"""attributes(?:"\])?(?:\.get\(|\[)"(\w+)\"""", core)
    read += [name.rstrip("_") for name in re.findall(r"\{CUNJIANG\}(\w+)", core)]
    assert {name if name != "title" else "title_en" for name in read} == set(told)
