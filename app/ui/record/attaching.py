"""Photos and files on their way into the record that is open, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.errors import sentence
from app.i18n import tr
from app.ui.page import Page
from app.ui.record.files import RecordFiles
from app.ui.record.photos import RecordPhotos
from app.ui.record.saving import RecordSaving
from app.ui.record.side import RecordSide
from app.usecases.photos import AttachResult, Offer


class RecordAttaching(QObject):
    """What attaching changes is the page's own; how far it is stands beside the form."""

    attached = Signal()  # the record has other answers now

    def __init__(
        self, page: Page, photos: RecordPhotos, files: RecordFiles, saving: RecordSaving, side: RecordSide
    ) -> None:
        super().__init__(page)
        self._page, self._photos, self._saving, self._side = page, photos, saving, side
        photos.started.connect(self._begin)
        photos.stepped.connect(side.show_progress)
        photos.attached.connect(self._end_photos)
        side.attaching_cancelled.connect(photos.stop)
        files.started.connect(saving.begin_change)
        files.ended.connect(self._end)

    def _begin(self, path: str, count: int) -> None:
        self._saving.begin_change()
        self._side.show_progress(path, 0, count)

    def _end_photos(self, result: AttachResult) -> None:
        self._side.show_progress("", 0, 0)
        self._end()
        kinds = _offers_by_kind(result).items()
        accept = {tr(f"photos.accept.{why}"): partial(self._photos.accept, offers) for why, offers in kinds}
        self._page.banner.show_offers(*_attach_words(result), accept)

    def _end(self) -> None:
        self._saving.end_answering()
        self.attached.emit()


def _attach_words(result: AttachResult) -> tuple[str, str]:
    """The kind of notice and what became of the files, in one sentence or two."""
    words = []
    if result.attached or not (result.refused or result.duplicates):
        words.append(tr("photos.attached", count=len(result.attached)))
    words.extend(_odd_words([one.facts.oddities for one in result.attached if one.facts.oddities]))
    if result.cancelled:
        words.append(tr("photos.cancelled"))
    if result.duplicates:
        words.append(tr("photos.duplicates", count=len(result.duplicates)))
    words.extend(map(_offer_words, _offers_by_kind(result).values()))
    if result.refused:
        file, error = result.refused[0]
        name = file.name if isinstance(file, Path) else tr("photos.pasted")
        words.append(tr("photos.refused", count=len(result.refused), file=name, why=sentence(error)))
    calm = not (result.refused or result.duplicates or result.offers)
    return ("good" if calm else "warn"), "".join(words)


def _offers_by_kind(result: AttachResult) -> dict[str, list[Offer]]:
    """The offered answers by why they were left open."""
    kinds: dict[str, list[Offer]] = {}
    for offer in result.offers:
        kinds.setdefault(offer.why, []).append(offer)
    return kinds


def _odd_words(oddities: Sequence[tuple[str, ...]]) -> list[str]:
    """A sentence on photos whose facts could not all be read, each kind said once."""
    kinds = dict.fromkeys(kind for kinds in oddities for kind in kinds)
    what = tr("words.comma").join(tr(f"photos.oddity.{kind}") for kind in kinds)
    return [tr("photos.odd", count=len(oddities), what=what)] if kinds else []


def _offer_words(offers: Sequence[Offer]) -> str:
    """One sentence on offers of one kind; of several, the farthest."""
    most, several = max(offer.amount for offer in offers), "_several" if len(offers) > 1 else ""
    if offers[0].why == "far_away":
        return tr(f"photos.far_away{several}", count=len(offers), distance_km=round(most / 1000, 1))
    return tr(f"photos.far_off{several}", count=len(offers), days=most)
