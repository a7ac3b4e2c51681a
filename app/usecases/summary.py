"""The summary of a county, a township or a prefecture: read once, shown for any period, printed as a book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.i18n import Language
from app.jobs import Progress
from app.print_copies import print_copies
from app.reports.document import PrintedPdf
from app.reports.summary_book import summary_book_pdf
from app.reports.summary_content import (
    AsOf,
    BarChart,
    Head,
    KeyFigures,
    Paragraphs,
    PhotoPair,
    PhotoPairs,
    Section,
    SummaryContent,
    SummarySource,
    SummaryTable,
)
from app.reports.summary_layout import PhotosLayout, SummedForm, summary_layout
from app.reports.summary_photos import pair_of
from app.reports.summary_writer import read_summary
from app.storage.placed_records import PlacedRecord, placed_records
from app.storage.records import visible_answers
from app.sync.last_sync import last_sync, last_whole_sync
from app.sync.membership import read_membership
from app.workspace import Workspace
from core.clock import iso_seconds
from core.divisions import is_code, level_of, levels_of
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.records.operation import FINAL, STATE
from core.statistics.coverage import Place, Territory
from core.statistics.facts import ALWAYS, CountedRecord, Period, SummedQuestion, summed_questions
from core.values import Value

__all__ = [
    "ALWAYS", "BarChart", "Head", "KeyFigures", "Paragraphs", "Period", "PhotoPairs", "Place", "PrintedPdf",
    "Section", "SummaryContent", "SummarySource", "SummaryTable",
    "gather_summary", "summary_content", "summary_pdf",
]  # fmt: skip


@dataclass
class _Gathering:
    """What was read so far."""

    lang: Language
    photos: tuple[PhotosLayout, ...]
    choices: dict[tuple[str, str], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    records: list[CountedRecord] = field(default_factory=list)
    pairs: list[PhotoPair] = field(default_factory=list)


def gather_summary(
    workspace: Workspace, code: str, lang: Language = "zh", progress: Progress | None = None
) -> SummarySource:
    """All that a summary of this division is made of: every record in it is read, about 3 ms each.

    Raises KnownError "summary_place" for a code that nobody knows and for a whole province;
    JobCancelledError between records.
    """
    territory = _territory(workspace, code)
    layout = summary_layout()
    job = progress or Progress()
    gathering = _Gathering(lang, layout.photos)
    with workspace.database.read():
        forms = {one.id: form for one in layout.forms if (form := workspace.forms.newest(one.id)) is not None}
        placed = placed_records(workspace.database, code, list(forms))
        names = {place.code: place.name for place in territory.villages}
        for number, record in enumerate(placed, 1):
            job.raise_if_cancelled()
            summed = next(one for one in layout.forms if one.id == record.form_id)
            _read(workspace, record, forms[record.form_id], summed, names, gathering)
            job.step(number, len(placed))
        return SummarySource(
            territory,
            {form_id: form.title(lang) for form_id, form in forms.items()},
            _questions(forms, gathering),
            tuple(gathering.records),
            tuple(gathering.pairs),
            _as_of(workspace),
        )


def summary_content(
    source: SummarySource,
    lang: Language = "zh",
    *,
    period: Period = ALWAYS,
    forms: Sequence[str] | None = None,
) -> SummaryContent:
    """What the screen and the paper show of it; quick enough for every change of the period."""
    return read_summary(source, summary_layout(), lang, period=period, forms=forms)


def summary_pdf(
    workspace: Workspace, content: SummaryContent, lang: Language = "zh", progress: Progress | None = None
) -> PrintedPdf:
    """The summary as a book. Raises JobCancelledError between photos."""
    shown = [photo.digests for pair in content.pairs for photo in (pair.before, pair.after) if photo.digests]
    author = workspace.person.name
    with print_copies(workspace.photo_files, shown, progress) as copies:
        return summary_book_pdf(content, copies.read, lang, author=author)


def _territory(workspace: Workspace, code: str) -> Territory:
    """The division with its parts and villages as the table and the people here know them."""
    divisions = workspace.divisions
    name = divisions.name(code) if is_code(code) else None
    if name is None or levels_of(code)[0] == "province":
        raise KnownError("summary_place", place=code)
    place = Place(code, name, divisions.is_local(code))
    parts = [] if level_of(code) == "village" else _below(workspace, code)
    villages = [place] if level_of(code) == "village" else list(_villages(workspace, parts))
    return Territory(place, divisions.full_name(code) or name, tuple(parts), tuple(villages))


def _below(workspace: Workspace, code: str) -> list[Place]:
    return [
        Place(child, name, workspace.divisions.is_local(child))
        for child, name in workspace.divisions.children(code)
    ]


def _villages(workspace: Workspace, places: Sequence[Place]) -> Iterator[Place]:
    for place in places:
        if level_of(place.code) == "village":
            yield place
        else:
            yield from _villages(workspace, _below(workspace, place.code))


def _read(
    workspace: Workspace,
    placed: PlacedRecord,
    form: Form,
    summed: SummedForm,
    names: dict[str, str],
    gathering: _Gathering,
) -> None:
    """One record: its answers in force, and of a finalised one the calculations as they were seen then."""
    merged = workspace.records.merged(placed.record_id)
    if merged is None:
        return
    session = workspace.records.session(placed.record_id, form, visible_answers(merged))
    final = placed.state == FINAL
    seen: dict[str, Value] = {}
    if final:
        ref = merged.fields[STATE].shown.ref
        ops = workspace.operations.of_record(placed.record_id)
        seen = dict(next((op.op.c for op in ops if op.ref == ref), {}))
    values: dict[str, list[Value]] = {}
    for question in summed_questions(form):
        paths = session.answered(question)
        if paths:
            _know(session, question, paths[0], gathering)
            values[question.path] = [seen.get(path, session.value(path)) for path in paths]
    gathering.records.append(
        CountedRecord(
            placed.record_id,
            placed.form_id,
            placed.title,
            placed.division,
            _day(session, summed) or placed.updated[:10],
            final,
            conflicts=placed.conflicts,
            warnings=sum(1 for problem in session.problems() if problem.severity == "warning"),
            sample=placed.sample,
            values=values,
        )
    )
    for layout in gathering.photos if final else ():
        if layout.form == placed.form_id:
            village = names.get(placed.division, "")
            pair = pair_of(session, placed.record_id, village, layout, gathering.lang)
            gathering.pairs += [] if pair is None else [pair]


def _know(session: FormSession, question: Question, path: str, gathering: _Gathering) -> None:
    """Notes the choices of a question when it is first met, as it offers them there."""
    key = (session.form.form_id, question.path)
    if question.is_selection and not question.refers and key not in gathering.choices:
        offered = session.choices(path, gathering.lang)
        gathering.choices[key] = tuple((choice.value, choice.label) for choice in offered)


def _questions(forms: Mapping[str, Form], gathering: _Gathering) -> dict[tuple[str, str], SummedQuestion]:
    """What is added up, form by form, in each as it is asked; without choices where nobody answered."""
    return {
        (form_id, question.path): SummedQuestion(
            form_id,
            question.path,
            question.label(gathering.lang),
            question.summary,  # type: ignore[arg-type]  # one of the kinds: `summed_questions` gave it
            question.unit,
            gathering.choices.get((form_id, question.path), ()),
            question.kind == "select_multiple",
        )
        for form_id, form in forms.items()
        for question in summed_questions(form)
    }


def _day(session: FormSession, summed: SummedForm) -> str:
    if not summed.day or session.form.question(summed.day) is None or not session.relevant(summed.day):
        return ""
    return str(session.value(summed.day) or "")[:10]


def _as_of(workspace: Workspace) -> AsOf:
    """How far this machine knows, by its last sync."""
    made = iso_seconds(workspace.clock.now())
    membership = read_membership(workspace.kv)
    if membership is None:
        return AsOf(made)
    last = last_sync(workspace.kv)
    return AsOf(
        made,
        server=membership.project_name,
        synced=last_whole_sync(workspace.kv),
        failed=last is not None and last.error is not None,
        waiting=workspace.records.count_waiting(),
    )
