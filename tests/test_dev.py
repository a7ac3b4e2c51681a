"""The set-up in a small checkout of its own: real venvs, and no network (there is nothing to install)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest


@pytest.fixture(scope="module")
def one_checkout(checkout, tmp_path_factory):
    """dev.py beside a package `app` that tells how it was started; its `.venv` is made once."""
    folder = tmp_path_factory.mktemp("small") / "checkout"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(checkout / "dev.py", folder)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "app").mkdir()
    (folder / "app" / "__main__.py").write_text(
        "import os, sys\nprint('started', *sys.argv[1:], os.environ['HOME'])\n"
    )
    return folder


@pytest.fixture
def small_checkout(one_checkout):
    """The one checkout with empty pins."""
    for scope in ("program", "development"):
        (one_checkout / "requirements" / f"{scope}.txt").write_text("")
    return one_checkout


PROJECT = """
[project]
name = "small"
version = "1"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# Builds an editable wheel of nothing, so that pip needs no build tools.
BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(folder + "/small-1-py3-none-any.whl", "w") as wheel:
        info = "small-1.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return "small-1-py3-none-any.whl"
"""


def dev(folder, *arguments, **environment):
    around = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}} | environment
    return subprocess.run(
        [sys.executable, folder / "dev.py", *arguments],
        env=around,
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_without_a_display_run_does_the_demo_and_a_second_start_is_quick(small_checkout):
    first = dev(small_checkout, "run")
    assert first.stdout.startswith("started demo"), first.stderr
    assert "没有显示器" in first.stderr
    begun = time.perf_counter()
    second = dev(small_checkout, "demo", "--out", "x")
    assert time.perf_counter() - begun < 1.5
    assert second.stdout.startswith("started demo --out x")
    assert second.stderr == ""


def test_a_broken_venv_is_made_anew(small_checkout):
    shutil.rmtree(small_checkout / ".venv", ignore_errors=True)
    (small_checkout / ".venv" / "bin").mkdir(parents=True)
    (small_checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    assert dev(small_checkout, "demo").stdout.startswith("started demo")


def test_without_the_stamp_the_set_up_is_done_again(small_checkout):
    assert dev(small_checkout, "setup", "program").returncode == 0
    (small_checkout / ".venv" / "cunjiang-stamp").unlink()
    again = dev(small_checkout, "setup", "program")
    assert again.returncode == 0
    assert "正在准备" in again.stderr


def test_changed_pins_are_noticed(small_checkout):
    assert dev(small_checkout, "setup", "program").returncode == 0
    (small_checkout / "requirements" / "program.txt").write_text("# changed\n")
    assert "正在准备" in dev(small_checkout, "setup", "program").stderr


def test_what_cannot_be_installed_is_one_sentence_and_no_stamp(small_checkout):
    pin = f"no-such-package-of-ours==1 --hash=sha256:{'0' * 64}\n"
    (small_checkout / "requirements" / "program.txt").write_text(pin)
    failed = dev(small_checkout, "demo", PIP_NO_INDEX="1")
    assert failed.returncode == 1
    assert "依赖没有装好" in failed.stderr
    assert not (small_checkout / ".venv" / "cunjiang-stamp").exists()


@pytest.mark.parametrize("home", ["", "pyproject.toml"])  # none, and a file
def test_a_home_that_cannot_be_used_is_replaced(small_checkout, home):
    assert str(small_checkout / ".cache" / "home") in dev(small_checkout, "demo", HOME=home).stdout


def test_an_unknown_command_ends_with_2(small_checkout):
    assert dev(small_checkout, "fly").returncode == 2
