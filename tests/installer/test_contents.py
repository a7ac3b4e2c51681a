from __future__ import annotations

import pytest

from app.ui.places import PAGES
from installer import contents
from server.migrations import STEPS


def test_everything_in_resources_comes_along_but_the_sheets_of_forms(checkout):
    there = {file for file in (checkout / "resources").rglob("*") if file.is_file()}
    left = {
        file.relative_to(checkout / "resources")
        for file in there - {file for file, _ in contents.resources()}
    }
    assert {path.parts[0] for path in left} == {"forms"}
    assert {(path.suffix, len(path.parts)) for path in left} == {(".csv", 3)}  # a form's own lists lie deeper


def test_a_resource_lies_in_the_program_where_it_lies_in_the_checkout(checkout):
    assert {file.suffix for file, folder in contents.resources() if folder == "tests/pictures"} == {".jpg"}
    for file, folder in contents.resources():
        assert (checkout / folder / file.name) == file


def test_every_module_of_ours_is_named_also_those_imported_by_name(checkout):
    named = set(contents.our_modules())
    files = [file for package in ("app", "core", "server") for file in (checkout / package).rglob("*.py")]
    there = {
        ".".join(file.relative_to(checkout).with_suffix("").parts).removesuffix(".__init__") for file in files
    }
    assert there - named == set()
    assert {f"app.ui.pages.{module}" for module, _ in PAGES.values()} <= named
    assert {f"server.migrations.versions.{step}" for step in STEPS} <= named


@pytest.mark.parametrize(
    "name",
    [
        "reportlab/fonts/DarkGarden.pfb",  # GPL
        "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so",  # GPL
        "PySide6/Qt/plugins/imageformats/libqpdf.so",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "cunjiang-0.1.0.dist-info/direct_url.json",  # names the folder of the checkout
    ],
)
def test_what_may_not_or_need_not_come_stays_out(name):
    assert not contents.comes_along(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6/Qt/translations/qtbase_zh_CN.qm",
        "cunjiang-0.1.0.dist-info/METADATA",
        "resources/fonts/Hei.ttf",
    ],
)
def test_what_the_window_needs_comes_along(name):
    assert contents.comes_along(name)


def test_tools_of_development_stay_out_and_the_program_does_not():
    left_out = set(contents.development_modules())
    assert {"pytest", "PyInstaller", "hypothesis"} <= left_out
    assert not {"app", "core", "server", "PySide6", "sqlcipher3", "litestar"} & left_out


def test_modules_over_a_gpl_library_stay_out():
    assert {"readline", "dbm.gnu"} <= set(contents.LEFT_OUT)
