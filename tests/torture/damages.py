"""Ways in which a workspace folder gets damaged, each a function of the folder and a random generator."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

PAGE = 4096


def overwrite(file: Path, at: int, junk: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(junk)


def _pages(folder: Path) -> int:
    return (folder / "survey.db").stat().st_size // PAGE


def random_page(folder: Path, rng: Random) -> None:
    overwrite(folder / "survey.db", rng.randrange(1, _pages(folder)) * PAGE, rng.randbytes(PAGE))


def five_pages(folder: Path, rng: Random) -> None:
    for _ in range(5):
        random_page(folder, rng)


def bad_sector(folder: Path, rng: Random) -> None:
    overwrite(folder / "survey.db", rng.randrange(8, _pages(folder) * 8) * 512, bytes(512))


def flipped_bit(folder: Path, rng: Random) -> None:
    file = folder / "survey.db"
    at = rng.randrange(PAGE, file.stat().st_size)
    overwrite(file, at, bytes([file.read_bytes()[at] ^ 1 << rng.randrange(8)]))


def header(folder: Path, rng: Random) -> None:
    overwrite(folder / "survey.db", 0, rng.randbytes(100))


def first_page(folder: Path, rng: Random) -> None:
    overwrite(folder / "survey.db", 0, rng.randbytes(PAGE))


def truncated(folder: Path, rng: Random) -> None:
    file = folder / "survey.db"
    with file.open("r+b") as opened:
        opened.truncate(rng.randrange(PAGE, file.stat().st_size))


def half_zeros(folder: Path, rng: Random) -> None:
    size = (folder / "survey.db").stat().st_size
    overwrite(folder / "survey.db", size // 2, bytes(size - size // 2))


def emptied(folder: Path, rng: Random) -> None:
    (folder / "survey.db").write_bytes(b"")


def missing(folder: Path, rng: Random) -> None:
    (folder / "survey.db").unlink()


def another_file(folder: Path, rng: Random) -> None:
    (folder / "survey.db").write_bytes(b"PK\x03\x04" + rng.randbytes(50_000))


def log_missing(folder: Path, rng: Random) -> None:
    (folder / "survey.db-wal").unlink(missing_ok=True)


def log_garbage(folder: Path, rng: Random) -> None:
    log = folder / "survey.db-wal"
    if log.exists():
        log.write_bytes(rng.randbytes(log.stat().st_size))


def log_header(folder: Path, rng: Random) -> None:
    if (folder / "survey.db-wal").exists():
        overwrite(folder / "survey.db-wal", 0, rng.randbytes(32))


def index_garbage(folder: Path, rng: Random) -> None:
    (folder / "survey.db-shm").write_bytes(rng.randbytes(32768))


def format_missing(folder: Path, rng: Random) -> None:
    (folder / "format").unlink()


def format_garbled(folder: Path, rng: Random) -> None:
    (folder / "format").write_bytes(rng.randbytes(22))


def one_key_missing(folder: Path, rng: Random) -> None:
    (folder / "key").unlink()


def one_key_garbled(folder: Path, rng: Random) -> None:
    (folder / "key").write_bytes(rng.randbytes(65))


def both_keys_touched(folder: Path, rng: Random) -> None:
    """One sign of each has changed, not the same one."""
    for place, at in zip((folder / "key", folder / "copies" / "key"), rng.sample(range(64), 2), strict=True):
        overwrite(place, at, b"?" if rng.random() < 0.5 else b"0")


def another_key(folder: Path, rng: Random) -> None:
    (folder / "key").write_text(rng.randbytes(32).hex() + "\n")


def blobs_missing(folder: Path, rng: Random) -> None:
    shutil.rmtree(folder / "blobs")


def header_and_page(folder: Path, rng: Random) -> None:
    header(folder, rng)
    random_page(folder, rng)


def page_and_log(folder: Path, rng: Random) -> None:
    random_page(folder, rng)
    log_header(folder, rng)


Damage = Callable[[Path, Random], None]
OF_THE_DATABASE: tuple[Damage, ...] = (
    random_page, five_pages, bad_sector, flipped_bit, header, first_page, truncated, half_zeros, emptied,
    missing, another_file, header_and_page, page_and_log, log_missing, log_garbage, log_header, index_garbage,
)  # fmt: skip
OF_THE_REST: tuple[Damage, ...] = (
    format_missing, format_garbled, one_key_missing, one_key_garbled, both_keys_touched, another_key,
    blobs_missing,
)  # fmt: skip
