"""The photos of a report as small upright copies, made a few ahead of the page that is being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from types import MappingProxyType
from typing import Final

from app.jobs import Progress, parallel_map
from app.media.photo import print_copy
from app.media.still import still
from app.reports.record_content import FORM_FILE
from app.storage.photo_files import PhotoFiles
from core.errors import KnownError

PRINT_PX: Final = 1000  # 75 mm at 340 dpi


@contextmanager
def print_copies(
    files: PhotoFiles,
    photos: Sequence[tuple[str, ...]],
    progress: Progress | None,
    form_files: Mapping[str, bytes] = MappingProxyType({}),
) -> Iterator[PrintCopies]:
    """The copies of these photos, each by its digests; those made ahead are let go when the reader stops.

    `form_files` are those of the form, whose pictures may be among them.
    """
    job = progress or Progress()
    with closing(parallel_map(partial(_print_copy, files, form_files), photos, job)) as copies:
        yield PrintCopies(copies, len(photos), job)


class PrintCopies:
    """Hands out the copies in the order they were asked for."""

    def __init__(
        self, copies: Iterator[tuple[tuple[str, ...], bytes | None]], total: int, progress: Progress
    ) -> None:
        self._copies = enumerate(copies, 1)
        self._total = total
        self._progress = progress

    def read(self, digests: tuple[str, ...]) -> bytes | None:
        """The copy of the first of these that is here and sound. Pages ask in the order of the report.

        Raises JobCancelledError.
        """
        for number, (wanted, copy) in self._copies:
            self._progress.raise_if_cancelled()
            if wanted != digests:
                raise AssertionError("photos are not asked for in the order of the report")
            self._progress.step(number, self._total)
            return copy
        self._progress.raise_if_cancelled()
        raise AssertionError("more photos are asked for than the report has")


def _print_copy(files: PhotoFiles, form_files: Mapping[str, bytes], digests: tuple[str, ...]) -> bytes | None:
    return next(filter(None, (_copy_of(files, form_files, digest) for digest in digests)), None)


def _copy_of(files: PhotoFiles, form_files: Mapping[str, bytes], digest: str) -> bytes | None:
    name = digest.removeprefix(FORM_FILE)
    try:
        return print_copy(files.read(digest) if name == digest else still(form_files[name]), PRINT_PX)
    except KnownError:
        return None  # not here, damaged, or no picture: the paper says so in its place
