"""What a submission says about a record, as fields with their bases. Nothing is written here.

The first submission of an instance makes the record. Another content under the same instance has no base, so
that desktops show what differs as a conflict; an edit (`deprecatedID`) has as its bases what it replaces, and
says only what differs from it, so that what others changed meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.forms.answers import WrongTypeError, parse_text
from core.forms.filling.answer_tree import row_ids
from core.forms.model.form import Form
from core.forms.paths import LIFE, POSITION, row_path, rows_on, template_path
from core.forms.submission.reading import ReadSubmission
from core.records.merge import MergedRecord, merge
from core.records.merge_units import heads_at, with_whole_units
from core.records.operation import DELETED, FINAL, INSTANCE, STATE, OpRef, ResolvedOp
from core.values import Value, same_value

_CHAIN_LONGEST: Final = 100
"""Instances that an edit names as replaced."""


@dataclass(frozen=True)
class Change:
    """Fields of a record, the operations whose values they replace, and all that its author knew of."""

    fields: Mapping[str, Value]
    bases: Mapping[str, tuple[OpRef, ...]] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)


def first_change(read: ReadSubmission, files: Mapping[str, Value], instance: str) -> Change:
    """A new record: all its answers, and those files that have come; final. `instance` is its name."""
    return Change({**read.answers, **files, INSTANCE: [instance], STATE: FINAL})


def other_change(read: ReadSubmission, files: Mapping[str, Value], first: Iterable[ResolvedOp]) -> Change:
    """The same instance with other content: its answers, and none where only the first has one."""
    said = {**read.answers, **files}
    rows = {path for path in said if path.endswith(f"/{POSITION}")}
    missing = {
        path: None
        for path, value in _values(first).items()
        if value is not None and path not in said and path not in read.files and _answers_in(path, rows)
    }
    return Change({**said, **missing})


def edit_change(
    form: Form,
    read: ReadSubmission,
    files: Mapping[str, Value],
    replaced: Sequence[ResolvedOp],
    instance: str,
) -> Change:
    """What differs from the submissions that it replaces; rows that are gone are deleted."""
    before = merge(replaced)
    shown = _shown(before)
    said = {**read.answers, **files}
    differing = {
        path: value for path, value in said.items() if path not in shown or not same_value(shown[path], value)
    }
    kept_rows = row_ids(said)
    gone_rows = [
        row_path(repeat, row)
        for repeat, rows in row_ids(shown).items()
        for row in rows
        if row not in kept_rows.get(repeat, ())
    ]
    emptied = {
        path: None
        for path, value in shown.items()
        if value is not None
        and path not in said
        and path not in read.files
        and not path.startswith("/@")
        and not any(path.startswith(f"{row}/") for row in gone_rows)
    }
    fields, bases = with_whole_units(form, {**differing, **emptied}, shown, before)
    for row in gone_rows:
        fields[f"{row}/{LIFE}"] = DELETED
    fields[INSTANCE] = [instance, *chain_of(replaced, read.deprecated_id)][:_CHAIN_LONGEST]
    fields[STATE] = FINAL
    return Change(fields, {**bases, **heads_at(before, [INSTANCE, STATE])}, before.seen)


def said_by(ops: Iterable[ResolvedOp], instance: str) -> list[ResolvedOp]:
    """The operations made from that instance and those that it is an edit of; none if nobody knows which."""
    known = list(ops)
    chain = chain_of(known, instance) if instance else []
    ids = {op.op.id for op in known if op.op.id is not None and _instance_of(op) in chain}
    return [op for op in known if op.op.id in ids]


def chain_of(ops: Iterable[ResolvedOp], instance: str) -> list[str]:
    """That instance, and those that it is an edit of, as far as these operations tell."""
    said = (op.fields[INSTANCE] for op in ops if _instance_of(op) == instance)
    return next((list(map(str, one)) for one in said if isinstance(one, list)), [instance])


def calculated_values(form: Form, read: ReadSubmission) -> dict[str, Value]:
    """What the phone had computed when the submission was finished, as answers of the questions' types."""
    values = dict[str, Value]()
    for path, text in read.calculated.items():
        question = form.question(template_path(path))
        if question is not None:
            try:
                values[path] = parse_text(question.datatype, text)
            except WrongTypeError:
                values[path] = text
    return values


def still_to_say(change: Change, source: str, ops: Iterable[ResolvedOp]) -> Change:
    """The change without what operations of the same submission say already.

    A file that anybody has put there before is there: by its bytes, whatever it is called or was made of it.
    """
    all_ops = list(ops)
    said = _values(op for op in all_ops if op.op.id == source)
    files = {(path, _file_of(value)) for op in all_ops for path, value in op.fields.items()}
    rest = {
        path: value
        for path, value in change.fields.items()
        if not (path in said and same_value(said[path], value))
        and not (_file_of(value) and (path, _file_of(value)) in files)
    }
    return Change(rest, change.bases, change.seen)


def _instance_of(op: ResolvedOp) -> str:
    said = op.fields.get(INSTANCE)
    return str(said[0]) if isinstance(said, list) and said else ""


def _file_of(value: Value) -> str:
    """The digest of the file that an answer is, "" for any other."""
    return str(value.get("b", "")) if isinstance(value, dict) else ""


def _values(ops: Iterable[ResolvedOp]) -> dict[str, Value]:
    """By path what these operations last said."""
    return {path: value for op in sorted(ops, key=lambda one: one.ref) for path, value in op.fields.items()}


def _shown(merged: MergedRecord) -> dict[str, Value]:
    """The values of a record without rows that are deleted."""
    gone = [path.removesuffix(LIFE) for path, value in merged.values.items() if _deletes_row(path, value)]
    return {
        path: value for path, value in merged.values.items() if not any(path.startswith(row) for row in gone)
    }


def _deletes_row(path: str, value: Value) -> bool:
    return path.endswith(f"]/{LIFE}") and value == DELETED


def _answers_in(path: str, rows: Collection[str]) -> bool:
    """Whether it is an answer outside of rows, or in rows that are all there."""
    around = [f"{row_path(repeat, row)}/{POSITION}" for repeat, row in rows_on(path)]
    return (
        not path.startswith("/@") and not path.endswith(f"/{POSITION}") and all(one in rows for one in around)
    )
