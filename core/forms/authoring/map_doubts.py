"""What an author should know of a question whose choices are parts of a picture (appearance `image-map`)."""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import KnownError
from core.forms.instance import cell_text
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.model.texts import Text
from core.forms.model.vector_pictures import is_vector_picture, read_vector_picture

_NAMED = 10  # choices without a shape that are told by name


def map_doubts(form: Form) -> Iterator[tuple[str, str, str]]:
    """(place, code, detail) of each: map_no_picture (no SVG), map_refused (the file), map_shapes (choices).

    A picture that depends on answers, and lists that are rows of the form or lie outside, are not judged.
    """
    for question in form.questions():
        if question.has_appearance("image-map") and question.is_selection:
            place = "/" + "/".join(question.full_path) + " appearance"
            names = sorted(_pictures(question))
            if not question.text.forms.get("image"):
                yield place, "map_no_picture", "image-map"
            for name in filter(form.media.__contains__, names):
                yield from ((place, code, detail) for code, detail in _doubts(form, question, name))


def _doubts(form: Form, question: Question, name: str) -> Iterator[tuple[str, str]]:
    if not is_vector_picture(form.media[name]):
        yield "map_no_picture", name
        return
    try:
        picture = read_vector_picture(form.media[name], str)
    except KnownError:
        yield "map_refused", name
        return
    values = _values(form, question)
    without = sorted(set(values) - set(picture.shapes_of(values)))
    if without:
        yield "map_shapes", ", ".join(without[:_NAMED])


def _pictures(question: Question) -> set[str]:
    told = question.text.forms.get("image", Text()).languages.values()
    fixed = ("".join(map(str, parts)) for parts in told if all(isinstance(part, str) for part in parts))
    return {name.strip().rpartition("/")[2] for name in fixed}


def _values(form: Form, question: Question) -> list[str]:
    if question.itemset is None:
        return [choice.value for choice in question.static_choices]
    root = form.lists.get(question.itemset.instance_id)
    rows = root.children.get("item", ()) if root is not None else ()
    return [cell_text(row, question.itemset.value_column) for row in rows]
