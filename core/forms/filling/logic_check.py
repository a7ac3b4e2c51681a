"""What is wrong in the logic of a form, and what other programs take otherwise or nobody meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from core.errors import KnownError
from core.forms.filling.graph import rule_graph
from core.forms.filling.links import check_links
from core.forms.filling.logic import FullPath, expressions_of, in_the_form, steps_read, without_attribute
from core.forms.model.form import Form, SetValue
from core.forms.model.items import Question
from core.forms.xform_errors import form_broken
from core.forms.xpath.expressions import Expression

_OWN_NODES = re.compile(r"\s*(?:randomize\(\s*)?(?P<path>[/.][^\[\](),]*)")
"""The path of choices that are nodes of the form itself, without its conditions."""
_CONDITIONS = frozenset({"relevant", "readonly", "required", "constraint"})


def logic_errors(form: Form) -> list[KnownError]:
    """What is wrong in the rules: lists and targets that are not there, else the first circle of them."""
    checks: list[Callable[[], object]] = []
    for place, expression, context in expressions_of(form):
        checks.append(partial(steps_read, form, place, expression, context))
        checks.append(partial(_check_lists, form, place, expression))
    checks += [partial(_check_rows, form, question) for question in form.questions()]
    checks += [partial(_check_action, form, action) for action in form.set_values]
    found = list(_caught([*checks, partial(check_links, form)]))
    return found or list(_caught([partial(rule_graph, form)]))


def _caught(checks: Iterable[Callable[[], object]]) -> Iterator[KnownError]:
    for check in checks:
        try:
            check()
        except KnownError as e:
            yield e


def _check_action(form: Form, action: SetValue) -> None:
    if form.at(action.target) is None:
        target = "/" + "/".join(action.target)
        raise form_broken(f"setvalue {target}", "unknown_reference", target)


def _check_lists(form: Form, place: str, expression: Expression) -> None:
    for instance_id in sorted(expression.lists):
        if instance_id not in form.lists and instance_id not in form.external_lists:
            raise form_broken(place, "unknown_list", instance_id)
    for instance_id in sorted(expression.whole_lists & form.external_lists):
        # Such a list is never loaded whole; it answers only to `column = value`. Records are searched for.
        if place in _searched(form):
            continue
        raise form_broken(place, "whole_list", instance_id)


def _searched(form: Form) -> set[str]:
    """The places of the choices that are records."""
    return {f"/{'/'.join(question.full_path)} choices" for question in form.questions() if question.refers}


def _check_rows(form: Form, question: Question) -> None:
    """Choices that are nodes of the form itself need such nodes under its own name, as in JavaRosa."""
    rows = _OWN_NODES.match(question.itemset.nodeset.source) if question.itemset else None
    for reference in Expression(rows.group("path")).references if rows else ():
        steps = reference.from_context(question.full_path)
        named_otherwise = reference.first_name not in ("", form.root.name)
        if named_otherwise or not in_the_form(form, steps):
            place = f"/{'/'.join(question.full_path)} choices"
            written = reference.steps if named_otherwise else steps
            raise form_broken(place, "unknown_reference", "/" + "/".join(step.name for step in written))


def references_to_nothing(form: Form) -> Iterator[tuple[str, str]]:
    """Paths that no node of the form has: place and path. JavaRosa and we read them as empty."""
    for place, expression, context in expressions_of(form):
        for reference in expression.references:
            steps = without_attribute(reference.from_context(context))
            if steps and not in_the_form(form, steps):
                yield place, "/" + "/".join(step.name for step in steps)


def paths_of_other_forms(form: Form) -> Iterator[tuple[str, str]]:
    """Paths that begin with another name than that of the form: place and path. They lead into it."""
    for place, expression, _ in expressions_of(form):
        for reference in expression.references:
            if reference.first_name not in ("", form.root.name):
                yield place, "/" + "/".join(step.name for step in reference.steps)


def paths_as_truths(form: Form) -> Iterator[tuple[str, str]]:
    """Conditions that are another answer: place and source. Enketo asks only whether it is there."""
    for place, expression, _ in expressions_of(form):
        if expression.compiled.is_path and place.rpartition(" ")[2] in _CONDITIONS:
            yield place, expression.source


def truths_in_text(form: Form) -> Iterator[tuple[str, str]]:
    """Calculations of true or false that others read: place and source. Only JavaRosa keeps them truths."""
    read: set[FullPath] = set()
    for place, expression, context in expressions_of(form):
        read.update(
            tuple(step.name for step in steps) for steps in steps_read(form, place, expression, context)
        )
    for question in form.questions():
        calculate = question.calculate
        written = question.datatype != "boolean" and question.full_path in read
        if calculate is not None and written and calculate.compiled.is_truth:
            yield f"/{'/'.join(question.full_path)} calculate", calculate.source
