"""What goes into the program that is handed over, and what stays out, with the reason for each."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PROGRAMS: Final = {"cunjiang": "cunjiang.py", "cunjiang-server": "cunjiang_server.py"}
"""The name of each program in the folder, and the file in `installer/entries` that it starts with."""

RESOURCES: Final = {
    "divisions": "*",
    "fonts": "*",
    "forms": "*",
    "i18n": "*.toml",
    "icons": "*",
    "pinyin": "*",
    "reports": "*.toml",
    "sample": "*.toml",
}
"""Every folder of resources/ and the files of it that the program reads."""
PHOTOS: Final = ROOT / "tests" / "pictures"  # real photographs that the demonstration attaches
SHEETS: Final = "*/forms/*/*.csv"  # what form.xml was compiled from

LEFT_OUT: Final = (
    "crypt", "dbm.gnu", "dbm.ndbm", "nis", "ossaudiodev", "readline",
    "rlcompleter",  # GPL, and old C libraries
    "curses", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtle", "venv",
    "_distutils_hack", "pip", "pkg_resources", "setuptools",  # they only installed the others
    "faker", "polyfactory",  # Litestar makes up examples with them; our description of the protocol has none
    "PySide6.QtDBus", "PySide6.QtNetwork",  # nothing of ours calls them
    "numpy.distutils", "numpy.f2py", "numpy.testing",
)  # fmt: skip
"""Modules that no program of ours needs and that would bring their licence or their size along."""

PLUGINS: Final = (
    "platforms/libqxcb.so", "platforms/libqwayland*.so", "platforms/libqoffscreen.so",
    "platforms/qwindows.dll", "platforms/qoffscreen.dll", "platforms/libqcocoa.dylib",
    "platforms/libqoffscreen.dylib",
    "platforminputcontexts/lib*ibus*", "platforminputcontexts/lib*compose*",  # the virtual keyboard is GPL
    "platformthemes/libqxdgdesktopportal.so", "xcbglintegrations/*", "wayland-shell-integration/*",
    "wayland-decoration-client/libbradient.so", "wayland-graphics-integration-client/*egl*",
    "imageformats/*qjpeg*", "imageformats/*qsvg*", "imageformats/*qico*", "iconengines/*qsvgicon*",
    "printsupport/*", "styles/*",
)  # fmt: skip
"""Qt's plugins that the window uses: to be shown, written in, to show SVG and JPEG, and to print."""

TRANSLATIONS: Final = ("qtbase_zh_CN.qm", "qtbase_en.qm")

MODULES_LEFT_OUT: Final = ("pygments.lexers.[a-z]*", "numpy.*.tests*", "reportlab.graphics.testshapes")
"""Modules of which the package finds its own list by name; no program text is coloured here."""

FILES_LEFT_OUT: Final = (
    "reportlab/fonts/*",  # one is GPL, and we print with our own alone
    "PySide6/*.pyi", "PySide6/*/*.pyi", "*/py.typed",
    "*.dist-info/RECORD", "*.dist-info/direct_url.json", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED",
    "*.dist-info/licenses/*", "*.dist-info/uv_*", "*.dist-info/WHEEL",
)  # fmt: skip
"""Files of packages that the program does not read; licences are collected in one folder instead."""


def our_modules() -> Iterator[str]:
    """Every module of ours: some are imported by name only when they are wanted."""
    for package in ("app", "core", "server"):
        yield package
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            yield found.name


def development_modules() -> Iterator[str]:
    """The modules of every installed package that is not pinned for the program: it must run without them."""
    pins = (ROOT / "requirements" / "program.txt").read_text("utf-8")
    pinned = {name.lower() for name in re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)}
    for module, packages in sorted(metadata.packages_distributions().items()):
        names = {re.sub(r"[-_.]+", "-", name).lower() for name in packages}
        if not names & (pinned | {"cunjiang"}):
            yield module


def module_comes_along(name: str) -> bool:
    """Whether a Python module that PyInstaller found belongs into the program."""
    return not any(fnmatch(name, pattern) for pattern in MODULES_LEFT_OUT)


def resources() -> Iterator[tuple[Path, str]]:
    """The files that come along and the folder of the program each goes to: resources/, the demo's photos."""
    for folder, wanted in RESOURCES.items():
        for file in sorted((ROOT / "resources" / folder).rglob(wanted)):
            if file.is_file() and not file.match(SHEETS):
                yield file, file.parent.relative_to(ROOT).as_posix()
    for file in sorted(PHOTOS.glob("*.jpg")):
        yield file, PHOTOS.relative_to(ROOT).as_posix()


def comes_along(name: str) -> bool:
    """Whether a file that PyInstaller found, by its place in the program, belongs there."""
    if any(fnmatch(name, pattern) for pattern in FILES_LEFT_OUT):
        return False
    _, plugins, plugin = name.partition("/plugins/")
    if name.startswith("PySide6/") and plugins:
        return any(fnmatch(plugin, pattern) for pattern in PLUGINS)
    _, translations, words = name.partition("/translations/")
    return not (name.startswith("PySide6/") and translations) or words in TRANSLATIONS
