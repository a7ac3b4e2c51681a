"""What the answers of a record have to do with other records and with places: references, equals, borders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from core.divisions import code_prefix, has_borders, is_code
from core.forms.answers import answer_text, names_in
from core.forms.instance import Node, cell_text
from core.forms.list_names import DIVISIONS, LIFE_COLUMN
from core.forms.model.choices import Itemset
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.paths import path_beside, template_path
from core.forms.secondary import SecondarySource
from core.forms.xform_errors import form_broken
from core.problems import Problem
from core.values import Value

_FORM_ID: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_COMPARABLE: Final = frozenset({"string", "int", "decimal", "barcode", "date", "select_one"})
_COUNTY_DIGITS: Final = 6
_DELETED: Final = "deleted"


class Links:
    """The world around one record, asked through its lists and its source (None: nothing is known)."""

    def __init__(
        self,
        form: Form,
        record_id: str,
        lists: Mapping[str, Node],
        source: SecondarySource | None,
        node_at: Callable[[str], Node | None],
    ) -> None:
        self._form = form
        self._record_id = record_id
        self._lists = lists
        self._source = source
        self._node_at = node_at
        self._language = form.languages[0] if form.languages else ""

    def is_unknown(self, itemset: Itemset, name: str) -> bool:
        """Whether a name may be right although its list does not have it here.

        A record can come with the next sync, and divisions change every year: the answer is never emptied.
        """
        instance_id = itemset.instance_id
        if instance_id not in self._form.external_lists or (instance_id == DIVISIONS and not is_code(name)):
            return False
        return not self._lists[instance_id].children_where("item", "name", name)

    def stand_in(self, itemset: Itemset | None, name: str, language: str) -> str:
        """What to show for a name of an outside list that has no row or no label; "" for the name itself."""
        if self._source is None or itemset is None or itemset.instance_id not in self._form.external_lists:
            return ""
        return self._source.stand_in(itemset.instance_id, name, language)

    def problem(self, node: Node, value: Value) -> Problem | None:
        """What others make doubtful about an answer, always a warning; None for nothing."""
        question: Question = node.spec
        if not question.attributes:
            return None
        if question.refers:
            return self._deleted(node, question, value)
        if question.unique:
            return self._not_unique(node, answer_text(value))
        return self._outside(node, question.within, value) if question.within else None

    def _deleted(self, node: Node, question: Question, value: Value) -> Problem | None:
        for name in names_in(value):
            for item in self._lists[question.refers].children_where("item", "name", name):
                if cell_text(item, LIFE_COLUMN) == _DELETED:
                    title = cell_text(item, "label") or self.stand_in(question.itemset, name, self._language)
                    return Problem(node.path, "reference_deleted", {"title": title}, "warning")
        return None

    def _not_unique(self, node: Node, text: str) -> Problem | None:
        if self._source is None:
            return None
        title = self._source.other_with(self._form.form_id, node.path, text, self._record_id)
        return None if title is None else Problem(node.path, "not_unique", {"title": title}, "warning")

    def _outside(self, node: Node, name: str, position: Value) -> Problem | None:
        """A position in another county than the division named beside it."""
        division = self._beside(node.path, name)
        code = "" if division is None else division.string()
        point = _point_of(position)
        if self._source is None or point is None or not is_code(code) or not has_borders(code):
            return None
        county = self._source.county_at(*point)
        if county is None or county.startswith(code_prefix(code)[:_COUNTY_DIGITS]):
            return None
        row = self._source.item(DIVISIONS, county)
        return Problem(node.path, "outside_division", {"county": row["label"] if row else county}, "warning")

    def _beside(self, path: str, name: str) -> Node | None:
        """The node of that name in the same row, or in one around it."""
        item = self._form.item(template_path(path))
        beside = self._form.beside(item, name) if item is not None else None
        return self._node_at(path_beside(path, beside.path)) if beside is not None else None


def check_links(form: Form) -> None:
    """Raises KnownError "form_broken" for an outside list of no form, and for `cj:refers`, `cj:unique` and
    `cj:within` that do not fit their question.
    """
    known = {DIVISIONS, form.form_id, *form.reads, *(question.refers for question in form.questions())}
    for question in form.questions():
        for column, fits in (("refers", _fits_refers), ("unique", _fits_unique), ("within", _fits_within)):
            said = question.attributes.get(column)
            if said is not None and not fits(form, question):
                raise form_broken(f"/{'/'.join(question.full_path)} cj:{column}", "link", said)
    for instance_id in sorted(form.external_lists - known):
        raise form_broken(f"instance {instance_id}", "unknown_list", instance_id)


def _fits_refers(form: Form, question: Question) -> bool:
    """One or several records of a form whose list is not among the media."""
    return (
        question.kind in ("select_one", "select_multiple")
        and _FORM_ID.fullmatch(question.refers) is not None
        and question.refers != DIVISIONS
        and question.refers in form.external_lists
        and question.itemset is not None
        and question.itemset.instance_id == question.refers
        and question.itemset.value_column == "name"
    )


def _fits_unique(form: Form, question: Question) -> bool:
    """A stored answer outside of repeats that reads as one text."""
    del form
    stored = question.asked and (question.calculate is None or question.calculate.fires_once)
    plain = question.datatype in _COMPARABLE and not question.refers
    return question.unique and stored and plain and question.path.count("/") == 1


def _fits_within(form: Form, question: Question) -> bool:
    """A position, and a question in its row or around it that can hold a code."""
    beside = form.beside(question, question.within)
    return question.kind == "geopoint" and beside is not None and beside.datatype in ("string", "select_one")


def _point_of(position: Value) -> tuple[float, float] | None:
    """Longitude and latitude of a point, None for anything else."""
    geometry = position.get("g") if isinstance(position, dict) else None
    match geometry:
        case {
            "type": "Point",
            "coordinates": [float() | int() as longitude, float() | int() as latitude, *_],
        }:
            return longitude, latitude
    return None
