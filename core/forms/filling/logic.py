"""The logic of a form laid out: each expression with its place, and the nodes that it reads."""

from __future__ import annotations

from collections.abc import Iterator

from core.forms.answer_paths import FullPath
from core.forms.model.form import Form
from core.forms.model.items import Item, Question, Repeat
from core.forms.model.texts import Output, Text
from core.forms.xform_errors import form_broken
from core.forms.xpath.expressions import Expression, ExpressionError, Step


def expressions_of(form: Form) -> Iterator[tuple[str, Expression, FullPath]]:
    """Every expression with a name for its place and the path it stands at."""
    for item in form.items():
        for name, expression in logic_of(item):
            yield f"/{'/'.join(item.full_path)} {name}", expression, item.full_path
        for text in texts_of(item):
            for expression in expressions_in(text):
                yield f"/{'/'.join(item.full_path)} label", expression, item.full_path
    for action in form.set_values:
        yield f"setvalue /{'/'.join(action.target)}", action.value, action.target


def logic_of(item: Item) -> Iterator[tuple[str, Expression]]:
    """The rules of one item by the names that binds give them, and `choices`."""
    named: list[tuple[str, Expression | None]] = [("relevant", item.relevant), ("readonly", item.readonly)]
    if isinstance(item, Repeat):
        named.append(("jr:count", item.count))
    if isinstance(item, Question):
        named += [
            ("required", item.required),
            ("constraint", item.constraint),
            ("calculate", item.calculate),
            ("choices", item.itemset.nodeset if item.itemset else None),
        ]
    return ((name, expression) for name, expression in named if expression is not None)


def texts_of(item: Item) -> Iterator[Text]:
    """What one item says of itself."""
    yield item.text
    yield item.hint_text
    if isinstance(item, Question):
        yield item.constraint_text
        yield item.required_text


def expressions_in(text: Text) -> Iterator[Expression]:
    """What a text shows of answers, in all its languages and forms."""
    for one in (text, *text.forms.values()):
        for parts in one.languages.values():
            yield from (part.expression for part in parts if isinstance(part, Output))


def steps_read(form: Form, place: str, expression: Expression, context: FullPath) -> list[tuple[Step, ...]]:
    """What an expression at `context` reads, as absolute steps that lead to items of the form.

    Raises KnownError "form_broken" with the `place` for a path that climbs above the form.
    """
    targets: list[tuple[Step, ...]] = []
    for reference in expression.references:
        try:
            steps = reference.from_context(context)
        except ExpressionError as e:
            raise form_broken(place, "expression", f"{expression.source}: {e}") from e
        targets.extend(in_the_form(form, without_attribute(steps)))
    return targets


def without_attribute(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps to the element whose attribute they lead to, if they lead to one."""
    return steps[:-1] if steps and steps[-1].name.startswith("@") else steps


def in_the_form(form: Form, steps: tuple[Step, ...]) -> list[tuple[Step, ...]]:
    """The steps with each `*` replaced by the names it stands for; [] when nothing is there."""
    if any(step.name == "*" for step in steps):
        places = [item.full_path for item in form.items() if len(item.full_path) == len(steps)]
        return [
            tuple(Step(name, step.free) for name, step in zip(path, steps, strict=True))
            for path in places
            if all(step.name in ("*", name) for name, step in zip(path, steps, strict=True))
        ]
    return [steps] if form.at(tuple(step.name for step in steps)) is not None else []
