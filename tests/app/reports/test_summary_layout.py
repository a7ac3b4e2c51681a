"""What the bundled summary asks for is there: forms, questions that are added up, choices, photos."""

from __future__ import annotations

import msgspec
import pytest

from app.reports.summary_layout import (
    ChartLayout,
    FigureLayout,
    FiguresLayout,
    SummaryLayout,
    TableLayout,
    TitleLayout,
    said,
    summary_layout,
)
from core.forms.xform.reading import parse_xform
from core.statistics.facts import summed_questions

LAYOUT = summary_layout()


@pytest.fixture(scope="module")
def forms(checkout):
    found = (checkout / "resources" / "forms").glob("*/form.xml")
    return {
        file.parent.name: parse_xform(file.read_bytes(), {})
        for file in found
        if file.parent.name != "building"
    } | {
        "building": parse_xform(
            (checkout / "resources/forms/building/form.xml").read_bytes(),
            {f.name: f.read_bytes() for f in (checkout / "resources/forms/building/form-media").iterdir()},
        )
    }


def figures():
    for section in LAYOUT.sections:
        match section:
            case FiguresLayout():
                yield from section.cells
            case TableLayout():
                yield from section.columns
            case ChartLayout():
                if section.path:
                    yield FigureLayout("answered", section.form, section.path)


def test_every_figure_is_of_a_question_that_its_form_adds_up(forms):
    summed = {form.form_id: {q.path for q in summed_questions(form)} for form in forms.values()}
    for figure in figures():
        assert not figure.form or figure.form in {form.id for form in LAYOUT.forms}
        if figure.path:
            assert figure.path in summed[figure.form], figure
        else:
            assert said(figure.label, "zh"), figure


def test_every_form_with_something_to_add_up_is_in_the_summary(forms):
    wanted = {form.form_id for form in forms.values() if summed_questions(form)}
    assert wanted <= {form.id for form in LAYOUT.forms}


def test_the_day_a_form_counts_under_is_a_date_that_it_asks(forms):
    for summed in LAYOUT.forms:
        if summed.day:
            assert forms[summed.id].question(summed.day).datatype == "date"


def test_photos_before_and_after_are_told_apart_by_answers_that_can_be_given(forms):
    (photos,) = LAYOUT.photos
    form = forms[photos.form]
    row = photos.photo.rpartition("/")[0]
    assert form.question(photos.photo).kind == "image"
    assert form.question(f"{row}/{photos.taken}").kind == "dateTime"
    assert f"<name>{photos.before}</name>".encode() in form.xml
    assert f"<name>{photos.after}</name>".encode() in form.xml
    assert all(form.question(path) for path in photos.heading)


def test_every_title_is_said_in_both_languages():
    for section in LAYOUT.sections:
        if not isinstance(section, TitleLayout):
            assert {"zh", "en"} == set(section.title)


def test_a_word_that_nobody_knows_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(
            b'title = {zh = "x"}\nforms = []\n[[sections]]\nkind = "map"\n', type=SummaryLayout
        )
