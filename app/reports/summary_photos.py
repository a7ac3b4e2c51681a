"""Which photos of a record show the same view before and after, and what is said below them."""

from __future__ import annotations

from app.i18n import Language, words
from app.reports.record_content import Photo, may_print, shown_day, stamp_of
from app.reports.summary_content import PhotoPair
from app.reports.summary_layout import PhotosLayout
from core.forms.filling.session import FormSession
from core.forms.model.items import Question
from core.values import photo_digests


def pair_of(
    session: FormSession, record_id: str, place: str, layout: PhotosLayout, lang: Language
) -> PhotoPair | None:
    """The earliest photo before and the latest after, or None where one of them is missing.

    Both are of one record, a photo point, and so from one place in one direction. A photo that its form
    hides or whose people did not agree leaves a frame that says so.
    """
    question = session.form.question(layout.photo)
    if question is None:
        return None
    rows = [path.rpartition("/")[0] for path in session.answered(question)]
    before = [row for row in rows if session.value(f"{row}/{layout.period}") == layout.before]
    after = [row for row in rows if session.value(f"{row}/{layout.period}") == layout.after]
    if not before or not after:
        return None

    def taken(row: str) -> str:
        return str(session.value(f"{row}/{layout.taken}") or "")

    return PhotoPair(
        record_id,
        _heading(session, place, layout, lang),
        _photo(session, min(before, key=taken), question, layout, lang),
        _photo(session, max(after, key=taken), question, layout, lang),
    )


def _heading(session: FormSession, place: str, layout: PhotosLayout, lang: Language) -> str:
    """The village, and the answers that say where the photos were taken, with labels for numbers alone."""
    texts = [place]
    for path in layout.heading:
        question = session.form.question(path)
        if question is None or not session.relevant(path) or question.personal != "none":
            continue
        shown = session.shown(path, lang)
        texts.append(f"{question.label(lang)} {shown} {question.unit}" if shown and question.unit else shown)
    return "　".join(filter(None, texts))


def _photo(session: FormSession, row: str, question: Question, layout: PhotosLayout, lang: Language) -> Photo:
    say, path = words(lang), f"{row}/{question.step}"
    day = str(session.value(f"{row}/{layout.taken}") or "")[:10]
    caption = "　".join(
        filter(None, [session.shown(f"{row}/{layout.period}", lang), shown_day(day, lang) if day else ""])
    )
    if question.personal != "none":
        return Photo(caption, (), say["paper.photo_hidden"])
    if not may_print(session, path, question):
        return Photo(caption, (), say["paper.photo_no_consent"])
    digests = tuple(photo_digests(session.value(path)))
    stamp = stamp_of(session, path, question, {}, lang)
    return Photo(caption, digests, say["paper.photo_absent"], stamp)
