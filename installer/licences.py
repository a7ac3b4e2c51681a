"""Which licence every part of the program stands under, and the refusal of any that may not come along.

The rules, and what a package does not say in a way a program can read, stand in licences.toml.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from installer.contents import ROOT

RULES: Final = Path(__file__).with_name("licences.toml")
_LIBRARY: Final = re.compile(r"(lib[\w+-][\w+.-]*?)(?:-[0-9a-f]{8})*(?:\.abi3)?\.so(?:\.[\d.]+)?")
"""The beginning of a library's file name, without the digest that wheels put into it and without versions."""
_TEXT: Final = re.compile(r"(licen[cs]es?|copying|notice|authors)", re.IGNORECASE)
_COMMON_TEXTS: Final = Path("/usr/share/common-licenses")  # where Debian keeps them
_LGPL: Final = {
    "LGPL-3.0-only": ("LGPL-3", "GPL-3")
}  # LGPL-3.0 is written as an addition to the text of GPL-3.0


class LicenceError(Exception):
    """A part without a licence that may come along; its argument says which and what it says of itself."""


@dataclass(frozen=True)
class Part:
    """Something of others in the program."""

    name: str
    version: str
    licence: str
    """An expression of SPDX."""
    home: str
    texts: tuple[Path, ...]
    """The files with its licence; none where they are those of the package that it lies in."""


@dataclass(frozen=True)
class Rules:
    """What licences.toml says."""

    allowed: frozenset[str]
    written_as: Mapping[str, str]
    packages: Mapping[str, str]
    inside: Mapping[str, Mapping[str, str]]
    libraries: Mapping[str, str]
    resources: tuple[Mapping[str, str], ...]

    def check(self, name: str, licence: str) -> str:
        """The licence again. Raises LicenceError unless all of one alternative is allowed."""
        for alternative in licence.split(" OR "):
            if all(one in self.allowed for one in alternative.split(" AND ")):
                return licence
        raise LicenceError(f"{name}: {licence or 'no licence'}")


def read_rules(text: str | None = None) -> Rules:
    """The rules of licences.toml, or of `text`."""
    said: dict[str, Any] = tomllib.loads(RULES.read_text("utf-8") if text is None else text)
    return Rules(
        frozenset(said["allowed"]) | frozenset(said["exceptions"]),
        said["written_as"],
        said["packages"],
        said["inside"],
        said["libraries"],
        tuple(said["resources"]),
    )


def parts_of(sources: Iterable[str], work: Path, rules: Rules) -> list[Part]:
    """Everything of others that these files come from, by name.

    Raises a LicenceError that names all that may not come along.
    `work` is where PyInstaller keeps what it made itself.
    """
    packages = _packages_by_file()
    parts: dict[str, Part] = {}
    refused: dict[str, None] = {}
    for source in map(Path, sources):
        try:
            for part in _parts_of_file(source, packages.get(source), work, rules):
                parts.setdefault(part.name.lower(), part)
        except LicenceError as error:
            refused[str(error)] = None
    if refused:
        raise LicenceError("\n".join(refused))
    for told in rules.resources:
        text = ROOT / told["file"]
        licence = rules.check(told["what"], told["licence"])
        parts[told["what"]] = Part(told["what"], "", licence, told["home"], (text,))
    return sorted(parts.values(), key=lambda part: part.name.lower())


def _parts_of_file(
    source: Path, package: metadata.Distribution | None, work: Path, rules: Rules
) -> Iterator[Part]:
    """What a file belongs to: a package, Python or the system; nothing if it is ours."""
    library = _LIBRARY.fullmatch(source.name)
    if package is not None and package.name != "cunjiang":
        if library is not None and "plugins" not in source.parts:  # plugins: as their package
            name = f"{library[1]} in {package.name}"
            licence = rules.check(name, rules.libraries.get(library[1], ""))
            yield Part(name, package.version, licence, _home(package.metadata), ())
        yield package_part(package, rules)
    elif package is None and not source.is_relative_to(ROOT) and not source.is_relative_to(work):
        yield _python() if source.is_relative_to(sys.base_prefix) else _system_part(source, rules)


def package_part(package: metadata.Distribution, rules: Rules) -> Part:
    """A Python package, and what is linked into it. Raises LicenceError."""
    said = package.metadata
    name = re.sub(r"[-_.]+", "-", package.name).lower()
    licence = rules.check(name, _licence(name, said, rules))
    inside = rules.inside.get(name, {})
    for other, theirs in inside.items():
        rules.check(f"{other} in {name}", theirs)
    within = "; ".join(f"{other}: {theirs}" for other, theirs in inside.items())
    return Part(
        package.name,
        package.version,
        f"{licence} (inside: {within})" if within else licence,
        _home(said),
        _texts(package, licence),
    )


def _licence(name: str, said: metadata.PackageMetadata, rules: Rules) -> str:
    """What stands in the table, else in the metadata; empty when neither says it."""
    told = [
        one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith("License ::")
    ]
    written = (_said(said, "License-Expression"), _said(said, "License"), told[0] if len(told) == 1 else "")
    words = next((word for word in written if word), "")
    return rules.packages.get(name) or rules.written_as.get(words, words)


def _home(said: metadata.PackageMetadata) -> str:
    urls = dict(one.split(", ", 1) for one in said.get_all("Project-URL") or ())
    wanted = ("homepage", "home", "source", "repository", "source code", "github")
    by_name = {name.lower(): url for name, url in urls.items()}
    return _said(said, "Home-page") or next((by_name[name] for name in wanted if name in by_name), "")


def _said(said: metadata.PackageMetadata, field: str) -> str:
    return str((said.get_all(field) or [""])[0])


def _texts(package: metadata.Distribution, licence: str) -> tuple[Path, ...]:
    """The files in which the package brings its licence along. Raises LicenceError when there is none."""
    files = [
        Path(str(file.locate()))
        for file in package.files or ()
        if ".dist-info" in file.parts[0] and _TEXT.search("/".join(file.parts[1:]))
    ]
    common = next((names for one, names in _LGPL.items() if one in licence.split(" OR ")), ())
    if not files:
        files = [_COMMON_TEXTS / name for name in common]
    if not files or not all(file.is_file() for file in files):
        raise LicenceError(f"{package.name}: no text of its licence")
    return tuple(files)


def _python() -> Part:
    version = ".".join(map(str, sys.version_info[:3]))
    text = Path(sys.base_prefix) / "lib" / "python{}.{}".format(*sys.version_info) / "LICENSE.txt"
    return Part("Python", version, "PSF-2.0", "https://www.python.org", (text,))


def _system_part(source: Path, rules: Rules) -> Part:
    """A library of the Debian system that the program is built on. Raises LicenceError for any other file."""
    library = _LIBRARY.fullmatch(source.name)
    if library is None:
        raise LicenceError(f"{source}: of no package")
    place = str(source).removeprefix("/usr")  # packages name either of the two places that are one folder now
    name = (_debian("dpkg", "-S", place) or _debian("dpkg", "-S", f"/usr{place}")).partition(":")[0]
    if not name:
        raise LicenceError(f"{source}: of no package")
    version, _, home = _debian("dpkg-query", "-W", "-f", "${Version} ${Homepage}", name).partition(" ")
    text = Path("/usr/share/doc") / name / "copyright"
    return Part(name, version, rules.check(library[1], rules.libraries.get(library[1], "")), home, (text,))


def _debian(*command: str) -> str:
    """What the package tool says; empty when it knows nothing."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _packages_by_file() -> dict[Path, metadata.Distribution]:
    return {
        Path(str(file.locate())): package
        for package in metadata.distributions()
        for file in package.files or ()
    }
