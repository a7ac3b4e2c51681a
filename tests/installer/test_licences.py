from __future__ import annotations

import re
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest

from installer.licences import LicenceError, package_part, parts_of, read_rules
from installer.papers import write_licences

RULES = read_rules()


class APackage(metadata.Distribution):
    """A package in memory, with these lines of metadata and one licence file."""

    def __init__(self, folder, **said):
        self._folder = folder
        self._said = {"Name": "example", "Version": "1.0", **said}
        (folder / "example.dist-info").mkdir(exist_ok=True)
        (folder / "example.dist-info" / "LICENSE").write_text("as is")

    def read_text(self, filename):
        if filename == "RECORD":
            return "example.dist-info/LICENSE,,\n"
        message = Message()
        for name, value in self._said.items():
            message[name.replace("_", "-")] = value
        return message.as_string() if filename == "METADATA" else None

    def locate_file(self, path):
        return self._folder / path


@pytest.mark.parametrize(
    "said",
    [
        {"License_Expression": "GPL-3.0-or-later"},
        {"License_Expression": "MIT AND GPL-2.0-only"},
        {"License_Expression": "AGPL-3.0-only"},
        {"License": "GPL"},
        {"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"},
        {"License": "free for friends"},
        {},
    ],
)
def test_a_package_under_the_gpl_or_without_a_known_licence_is_refused(tmp_path, said):
    with pytest.raises(LicenceError, match="example"):
        package_part(APackage(tmp_path, **said), RULES)


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ({"License_Expression": "MIT"}, "MIT"),
        ({"License_Expression": "GPL-2.0-only OR BSD-3-Clause"}, "GPL-2.0-only OR BSD-3-Clause"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, "MIT"),
    ],
)
def test_a_package_that_says_an_allowed_licence_is_listed(tmp_path, said, licence):
    part = package_part(APackage(tmp_path, **said), RULES)
    assert (part.name, part.version, part.licence) == ("example", "1.0", licence)
    assert [text.name for text in part.texts] == ["LICENSE"]


def test_what_is_linked_into_a_package_is_checked_too(tmp_path):
    text = Path("installer/licences.toml")
    rules = read_rules(
        (Path(__file__).parents[2] / text)
        .read_text("utf-8")
        .replace('libsodium = "ISC"', 'libsodium = "GPL"')
    )
    with pytest.raises(LicenceError, match="libsodium in pynacl"):
        package_part(metadata.distribution("pynacl"), rules)


def test_every_package_pinned_for_the_program_may_come_along(checkout):
    pins = (checkout / "requirements" / "program.txt").read_text("utf-8")
    named = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
    refused = []
    for name in named:
        try:
            package_part(metadata.distribution(name), RULES)
        except metadata.PackageNotFoundError:
            continue  # of another system or Python
        except LicenceError as error:
            refused.append(str(error))
    assert named
    assert refused == []


def test_a_library_nobody_has_read_the_licence_of_fails_the_build_and_all_are_named(tmp_path):
    for name in ("libreadline.so.8", "libgdbm.so.6"):
        (tmp_path / name).touch()
    with pytest.raises(LicenceError) as refused:
        parts_of(
            [str(tmp_path / "libreadline.so.8"), str(tmp_path / "libgdbm.so.6")], tmp_path / "work", RULES
        )
    assert "libreadline" in str(refused.value)
    assert "libgdbm" in str(refused.value)


def test_the_list_names_every_part_and_its_text_lies_beside(tmp_path, checkout):
    parts = parts_of([metadata.__file__], tmp_path, RULES)
    write_licences(parts, tmp_path / "LICENSES")
    listed = (tmp_path / "LICENSES" / "LIST.md").read_text("utf-8")
    for part in parts:
        assert f"| {part.name} |" in listed
    assert (tmp_path / "LICENSES" / "CUNJIANG.txt").read_text() == (checkout / "LICENSE").read_text()
    assert (tmp_path / "LICENSES" / "Python" / "LICENSE.txt").exists()
    assert (tmp_path / "LICENSES" / "LXGW-WenKai" / "LICENSE-Kai.txt").exists()
