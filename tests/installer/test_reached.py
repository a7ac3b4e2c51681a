from __future__ import annotations

from installer.reached import without_unreached

NEEDS = {
    "/site/QtGui.so": ["/site/libQt6Gui.so.6", "/lib/libpng.so"],
    "/site/plugins/libprint.so": [
        "/site/libQt6Gui.so.6",
        "/lib/libpng.so",
        "/lib/libcups.so.2",
        "/lib/libgnutls.so",
    ],
    "/lib/libcups.so.2": ["/lib/libgnutls.so"],
}
ENTRIES = [
    ("Qt/QtGui.so", "/site/QtGui.so", "EXTENSION"),
    ("Qt/plugins/libprint.so", "/site/plugins/libprint.so", "BINARY"),
    ("Qt/lib/libQt6Gui.so.6", "/site/libQt6Gui.so.6", "BINARY"),
    ("libQt6Gui.so.6", "Qt/lib/libQt6Gui.so.6", "SYMLINK"),
    ("libpng.so", "/lib/libpng.so", "BINARY"),
    ("libgtk.so", "/lib/libgtk.so", "BINARY"),
    ("Qt/libgtk.so", "../libgtk.so", "SYMLINK"),
    ("libcups.so.2", "/lib/libcups.so.2", "BINARY"),
    ("libgnutls.so", "/lib/libgnutls.so", "BINARY"),
    ("libpython3.11.so.1.0", "/python/libpython3.11.so.1.0", "BINARY"),
    ("pypdfium2_raw/libpdfium.so", "/site/libpdfium.so", "BINARY"),
    ("resources/fonts/Hei.ttf", "/checkout/Hei.ttf", "DATA"),
]


def kept():
    return {entry[0] for entry in without_unreached(ENTRIES, lambda path: NEEDS.get(path, []))}


def test_what_something_is_linked_to_stays_with_its_link():
    assert {"Qt/lib/libQt6Gui.so.6", "libQt6Gui.so.6", "libpng.so"} <= kept()


def test_a_library_that_only_a_left_out_plugin_wanted_goes_with_the_link_to_it():
    assert not {"libgtk.so", "Qt/libgtk.so"} & kept()


def test_the_printers_library_is_the_machines_own_with_all_it_needs():
    assert not {"libcups.so.2", "libgnutls.so"} & kept()


def test_a_library_in_the_folder_of_its_package_is_opened_by_name_and_stays():
    assert "pypdfium2_raw/libpdfium.so" in kept()


def test_plugins_modules_data_and_what_the_loader_opens_stay():
    assert {
        "Qt/plugins/libprint.so",
        "Qt/QtGui.so",
        "libpython3.11.so.1.0",
        "resources/fonts/Hei.ttf",
    } <= kept()
