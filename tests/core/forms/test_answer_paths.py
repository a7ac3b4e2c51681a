"""Each question keeps its answers under a path of its own, whatever else is called like it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import KnownError
from core.forms.authoring.comparison import compare_forms
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Item, Question, Repeat
from core.forms.paths import path_beside, template_path
from core.forms.sheets.form_sheets import form_sheets
from core.forms.submission.reading import read_submission
from core.forms.submission.writing import write_submission
from core.forms.workbook.xlsform import compile_sheets, sheets_of
from core.forms.xform.reading import parse_xform
from core.records.merge_units import unit_of
from tests.core.forms.making import RECORD, StandingClock, form_of

COUPLE = """
    | type        | name    | label |
    | text        | name    | 问卷  |
    | begin_group | wife    | 妻    |
    | text        | name    | 姓名  |
    | text        | work    | 工作  |
    | end_group   |         |       |
    | begin_group | husband | 夫    |
    | text        | name    | 姓名  |
    | end_group   |         |       |
"""


@dataclass(frozen=True)
class Thing:
    """A piece of an instance: `inside` is None for a question."""

    name: str
    inside: tuple[Thing, ...] | None = None
    repeats: bool = False

    def instance(self) -> str:
        return f"<{self.name}>{''.join(one.instance() for one in self.inside or ())}</{self.name}>"

    def body(self, around: str) -> str:
        path = f"{around}/{self.name}"
        if self.inside is None:
            return f'<input ref="{path}"/>'
        shown = "".join(one.body(path) for one in self.inside)
        shown = f'<repeat nodeset="{path}">{shown}</repeat>' if self.repeats else shown
        return f'<group ref="{path}">{shown}</group>'


NAMES = st.sampled_from(["a", "b", "c", "a.b", "a-b"])  # few: they are to clash
UNLIKE = {"max_size": 3, "unique_by": lambda one: one.name}  # beside each other names differ
THINGS = st.recursive(
    st.builds(Thing, NAMES),
    lambda inner: st.builds(Thing, NAMES, st.lists(inner, min_size=1, **UNLIKE).map(tuple), st.booleans()),
    max_leaves=8,
)
FORMS = st.lists(THINGS, min_size=1, **UNLIKE).map(lambda things: made(*things))


def made(*things: Thing) -> Form:
    inside = "".join(one.instance() for one in things)
    return parse_xform(
        f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
        <h:title>示例</h:title><model><instance><data id="f" version="1">{inside}<meta><instanceID/></meta></data>
        </instance></model></h:head><h:body>{"".join(one.body("/data") for one in things)}</h:body></h:html>""".encode()
    )


def filled(form: Form) -> tuple[FormSession, dict[str, str]]:
    """A session with two rows in each repeat where every question has an answer that no other has."""
    session = FormSession(form, RECORD, StandingClock())
    said: dict[str, str] = {}

    def fill(path: str) -> None:
        for view in session.children(path):
            if view.kind == "repeat":
                session.add_row(view.path)
            if view.kind == "question":
                said[view.path] = f"{len(said)} in {'/'.join(view.node.full_path)}"
                session.set(view.path, said[view.path])
            else:
                fill(view.path)

    fill("")
    return session, said


def within_row(form: Form, thing: Item) -> tuple[str, ...]:
    """Where it stands in its row: the names of its groups there, and its own. A row has the path it always had."""
    rows = [len(one.full_path) for one in form.items() if isinstance(one, Repeat) and is_in(thing, one)]
    return thing.full_path[max(rows, default=1) :]


def is_in(thing: Item, row: Repeat) -> bool:
    return thing is not row and thing.full_path[: len(row.full_path)] == row.full_path


def asked(form: Form) -> list[Question]:
    return [one for one in form.questions() if one.full_path[1] != "meta"]


QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(form=FORMS)
def test_everything_in_a_form_has_a_path_of_its_own(form):
    paths = [one.path for one in form.items()]
    assert len(set(paths)) == len(paths)
    for one in form.items():
        assert form.item(one.path) is one
        assert template_path(one.path) == one.path


@QUIET
@given(form=FORMS)
def test_answers_to_questions_of_one_name_stay_apart(form):
    session, said = filled(form)
    assert {path: session.value(path) for path in said} == said
    opened = FormSession(form, RECORD, StandingClock(), session.answers())
    assert {path: opened.value(path) for path in said} == said
    sent = write_submission(session, f"uuid:{RECORD}")
    read = read_submission(form, sent.xml)
    assert not read.unread
    assert {path: text for path, text in read.answers.items() if not path.endswith("/@pos")} == said


@QUIET
@given(form=FORMS)
def test_a_name_that_stands_once_in_its_row_is_the_path(form):
    for one in asked(form):
        row = one.path.removesuffix(one.step)
        beside = [
            item for item in form.items() if item.path.removesuffix(item.step) == row and item.kind != "group"
        ]
        alike = [item for item in beside if item.name == one.name]
        assert (one.step == one.name) == (len(alike) == 1)


@example(
    form=made(
        Thing("c", (Thing("a"), Thing("b", (Thing("a"),))), repeats=True),
    ),
    thing=Thing("a", (Thing("c", (Thing("a", (Thing("a"),)),), repeats=True),)),
)
@QUIET
@given(form=FORMS, thing=THINGS)
def test_a_path_with_groups_in_it_means_the_same_place_of_its_row_in_every_version(form, thing):
    other = made(thing)
    for one in asked(form):
        there = other.item(one.path)
        if "~" in one.step and there is not None:
            assert within_row(other, there) == within_row(form, one)


def test_names_that_stand_twice_have_their_groups_in_front():
    assert [one.path for one in asked(form_of(COUPLE))] == ["/~name", "/wife~name", "/work", "/husband~name"]


def test_a_group_that_is_called_like_a_question_leaves_it_its_path():
    form = made(Thing("a"), Thing("b", (Thing("a", (Thing("c"),)),)))
    assert [one.path for one in asked(form)] == ["/a", "/c"]
    assert form.at(("data", "b", "a")).path == "/b~a"


def test_repeats_of_one_name_have_rows_of_their_own():
    tree = Thing("tree", (Thing("kind"),), repeats=True)
    form = made(Thing("old", (tree,)), Thing("new", (tree,)))
    session = FormSession(form, RECORD, StandingClock())
    row = session.add_row("/old~tree")
    session.set(f"{row}/kind", "银杏")
    assert row not in session.rows("/new~tree")
    assert [session.value(f"{one}/kind") for one in session.rows("/new~tree")] == [None]
    assert template_path(f"{row}/kind") == "/old~tree/kind"


def test_what_a_form_names_by_a_column_is_the_nearest_of_that_name():
    people = Thing("wife", (Thing("name"), Thing("photo"))), Thing("husband", (Thing("name"), Thing("photo")))
    form = made(Thing("name"), Thing("house", people, repeats=True), Thing("door"))
    photo = form.at(("data", "house", "husband", "photo"))
    found = form.beside(photo, "name")
    assert found.full_path == ("data", "house", "husband", "name")
    assert path_beside("/house[r1]/husband~photo", found.path) == "/house[r1]/husband~name"
    assert path_beside("/house[r1]/husband~photo", form.beside(photo, "door").path) == "/door"
    assert form.beside(form.question("/door"), "photo") is None


def test_questions_that_merge_as_one_do_so_beside_others_of_their_name():
    form = form_of(
        """
        | type        | name    | label | bind::cj:merge |
        | begin_group | wife    | 妻    |                |
        | text        | name    | 姓名  | wife           |
        | text        | work    | 工作  | wife           |
        | end_group   |         |       |                |
        | begin_group | husband | 夫    |                |
        | text        | name    | 姓名  |                |
        | end_group   |         |       |                |
    """,
        settings='| form_id | namespaces |\n| f | cj="urn:cunjiang:forms" |',
    )
    assert unit_of(form, "/work") == ("/wife~name", "/work")
    assert unit_of(form, "/husband~name") == ("/husband~name",)


def test_a_question_whose_name_comes_to_stand_twice_is_told_as_moved_and_not_mixed_up():
    alone, both = made(Thing("a", (Thing("n"),))), made(Thing("b", (Thing("n"),)), Thing("a", (Thing("n"),)))
    told = [(one.kind, one.path, one.old_path) for one in compare_forms(alone, both, "")]
    assert told == [("added", "/b~n", ""), ("moved", "/a~n", "/n")]
    told = [(one.kind, one.path, one.old_path) for one in compare_forms(both, alone, "")]
    assert told == [("moved", "/n", "/a~n"), ("removed", "/b~n", "")]


def test_answers_of_the_version_before_are_kept_and_shown_under_no_other_question():
    both = made(Thing("b", (Thing("n"),)), Thing("a", (Thing("n"),)))
    session = FormSession(both, RECORD, StandingClock(), {"/n": "甲"})
    assert (session.value("/a~n"), session.value("/b~n")) == (None, None)
    assert session.answers() == {"/n": "甲"}


def test_a_document_of_another_version_is_read_by_its_groups():
    alone, both = made(Thing("a", (Thing("n"),))), made(Thing("b", (Thing("n"),)), Thing("a", (Thing("n"),)))
    older = b'<data id="f" version="0"><a><n>x</n></a></data>'
    assert read_submission(both, older).answers == {"/a~n": "x"}
    newer = b'<data id="f" version="2"><b><n>y</n></b><a><n/></a></data>'
    read = read_submission(alone, newer)
    assert "y" not in (read.answers.get("/n"), read.files.get("/n"))
    assert [(one.path, one.text) for one in read.unread] == [("/b", "y")]


def test_such_a_form_comes_back_from_its_sheets():
    form = form_of(COUPLE)
    again = parse_xform(compile_sheets(sheets_of(form_sheets(form))).xml)
    assert [one.path for one in asked(again)] == [one.path for one in asked(form)]


def test_a_form_that_refers_to_a_name_that_stands_twice_is_no_workbook():
    form = made(Thing("a", (Thing("n"),)), Thing("b", (Thing("n"),)))
    xml = form.xml.replace(
        b'<input ref="/data/b/n"/>',
        b'<input ref="/data/b/n"><label><output value="/data/a/n"/></label></input>',
    )
    with pytest.raises(KnownError):
        form_sheets(parse_xform(xml))
