"""Our instance documents before JavaRosa: it opens them, finds the same wrong, and writes the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Question, Repeat
from core.forms.submission.reading import read_submission
from core.forms.submission.writing import write_submission
from core.forms.xform.reading import parse_xform
from core.values import photo_value
from tests.core.forms.test_submission_round_trip import TEXTS, VALUES, in_force, read_back
from tests.oracle.replay import RECORD, Replay, StandingClock, first_problem, same
from tests.oracle.test_javarosa import Tell, known, report
from tools.oracle.corpus import SUBMISSION_ANSWERS, Script, answers, scripts
from tools.oracle.filled_records import installed
from tools.oracle.submissions import numbered

OURS = "{urn:cunjiang:forms}"
IDS = ("cj_id", "instanceID", "orx:instanceID")


@cache
def told() -> dict[str, tuple[str, list[str], str, str | None]]:
    """Name -> our XML, what JavaRosa found wrong in it, its XML of those answers, its XML of the same steps."""
    return {name: (ours, wrong, again, own) for name, ours, wrong, again, own in answers(SUBMISSION_ANSWERS)}


@cache
def by_name() -> dict[str, Script]:
    return {script.name: script for script in scripts()}


@cache
def replayed() -> dict[str, FormSession]:
    """The records that are made by steps, by name."""
    sessions: dict[str, FormSession] = {}
    for script in by_name().values():
        if script.name in told():
            replay = Replay(script)
            for step in script.steps:
                replay.obey(*step)
            sessions[script.name] = replay.session
    return sessions


@cache
def form_of(name: str) -> Form:
    script = by_name().get(name) or installed(name.partition(",")[0])
    return parse_xform(script.xml, script.media, checked=True)


def opened(name: str, xml: str) -> FormSession:
    """The record that an instance document holds, its files stood for by their names."""
    form = form_of(name)
    read = read_submission(form, xml.encode())
    files = {
        path: photo_value(f"sha256:{sha256(file.encode()).hexdigest()}", 5, "image/jpeg", name=file)
        for path, file in read.files.items()
    }
    assert not read.unread
    return FormSession(form, RECORD, StandingClock(), {**read.answers, **files})


def written(session: FormSession) -> str:
    return numbered(write_submission(session, f"uuid:{RECORD}").xml.decode())


def differences(form: Form, one: Element, other: Element, path: tuple[str, ...]) -> Iterator[str]:
    """Where two documents say something else; our own attributes count only if both have some."""
    if one.tag != other.tag:
        yield f"{'/'.join(path)}: {one.tag}, {other.tag}"
    kept = [{k: v for k, v in each.attrib.items() if not k.startswith(OURS)} for each in (one, other)]
    if kept[0] != kept[1]:
        yield f"{'/'.join(path)}: {kept}"
    item = form.at(path)
    datatype = item.datatype if isinstance(item, Question) else ""
    texts = [(each.text or "").strip() for each in (one, other)]
    if path[-1] not in IDS and not same(datatype, *texts):
        yield f"{'/'.join(path)}: {texts}"
    if [each.tag for each in one] != [each.tag for each in other]:
        yield f"{'/'.join(path)}: {[[each.tag for each in root] for root in (one, other)]}"
        return
    for inner, outer in zip(one, other, strict=True):
        yield from differences(form, inner, outer, (*path, _name(inner)))


def _name(element: Element) -> str:
    return element.tag.replace("{http://openrosa.org/xforms}", "orx:").rpartition("}")[2]


def first_difference(name: str, one: str, other: str) -> str:
    form = form_of(name)
    return next(differences(form, fromstring(one), fromstring(other), (form.root.name,)), "")


def test_every_record_is_written_as_javarosa_was_given_it():
    assert {name: written(session) for name, session in replayed().items()} == {
        name: told()[name][0] for name in replayed()
    }


def test_what_is_read_of_our_documents_is_written_to_the_very_same():
    for name, (ours, *_) in told().items():
        assert written(opened(name, ours)) == ours, name


def test_javarosa_opens_our_documents_and_gives_every_answer_back(record_property: Tell) -> None:
    differing = {
        name: found
        for name, (ours, _, again, _) in told().items()
        if (found := first_difference(name, ours, again))
    }
    report(record_property, "submissions", differing, len(told()))


def test_javarosa_finds_the_same_wrong_in_our_documents():
    for name, (ours, wrong, _, _) in told().items():
        assert first_problem(opened(name, ours)) == wrong, name


def test_javarosa_writes_the_same_after_the_same_steps(record_property: Tell) -> None:
    steps = {name: (ours, own) for name, (ours, _, _, own) in told().items() if own is not None}
    differing = {
        name: found for name, (ours, own) in steps.items() if (found := first_difference(name, own, ours))
    }
    report(record_property, "steps", differing, len(steps))


def test_what_javarosa_writes_is_read_to_the_same_answers():
    """Where it left rules unsettled, or wrote another text, that is in the differences already."""
    for name, (_, _, again, own) in told().items():
        for xml, kind in ((again, "submissions"), (own, "steps")):
            if xml is not None and name not in known()[kind]:
                assert not first_difference(name, xml, written(opened(name, xml))), name


def fill(session: FormSession, draw: st.DrawFn, place: str = "") -> None:
    """Every question answered with whatever its type allows, a row more in each repeat."""
    for view in session.children(place):
        question = view.node
        if view.kind == "repeat" and isinstance(question, Repeat) and question.own_rows:
            session.add_row(view.path)
        if not isinstance(question, Question):
            fill(session, draw, view.path)
        elif not question.asked or question.calculate is not None:
            continue
        elif question.is_selection:
            offered = [choice.value for choice in session.choices(view.path, "")]
            names = draw(st.lists(st.sampled_from(offered), max_size=3)) if offered else []
            session.set(view.path, names if question.kind != "select_one" else next(iter(names), None))
        else:
            session.set(view.path, draw(VALUES.get(question.datatype, TEXTS)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_answered_in_the_corpus_forms_comes_back(data: st.DataObject) -> None:
    form = form_of(data.draw(st.sampled_from(sorted(told()))))
    session = FormSession(form, RECORD, StandingClock())
    fill(session, data.draw)
    said, again = read_back(session)
    assert said == dict(in_force(session))
    assert dict(in_force(again)) == said
