"""Our engine beside JavaRosa, on the whole corpus. What differs is in differences.toml with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache

from core.errors import KnownError
from tests.oracle.replay import Replay, is_nothing, same, same_document
from tools.oracle.corpus import CORPUS, EXPRESSION_ANSWERS, FORM_ANSWERS, Script, answers, scripts, world


@cache
def known() -> dict[str, set[str]]:
    """What may differ: expressions as `node: expression`, forms by name."""
    listed = tomllib.loads((CORPUS / "differences.toml").read_text(encoding="utf-8"))["difference"]
    return {
        kind: {name for one in listed for name in one.get(kind, ())}
        for kind in ("expressions", "forms", "submissions", "steps")
    }


Tell = Callable[[str, object], None]


def report(tell: Tell, kind: str, differing: dict[str, str], asked: int) -> None:
    """Tells the score for the end of the run; fails unless exactly the listed ones differ."""
    tell("javarosa", f"{asked - len(differing)} of {asked} {kind} the same")
    unknown = {name: told for name, told in differing.items() if name not in known()[kind]}
    assert not unknown, "\n".join(f"{name}: {told}" for name, told in unknown.items())
    assert not known()[kind] - differing.keys(), "listed, but the same"


def test_expressions_answer_as_in_javarosa(record_property: Tell) -> None:
    ours = Replay(world())
    for step in world().steps:
        assert ours.obey(*step) == ["ok"], step
    differing: dict[str, str] = {}
    asked = answers(EXPRESSION_ANSWERS)
    for _, context, source, kind, text in asked:
        our_kind, our_text = ours.evaluated(context, source)
        agrees = (
            is_nothing(our_kind, our_text)
            if kind == "error"
            else our_kind == kind and same(kind, text, our_text)
        )
        if not agrees:
            differing[f"{context}: {source}"] = f"{kind} {text!r}, here {our_kind} {our_text!r}"
    report(record_property, "expressions", differing, len(asked))


def test_forms_behave_as_in_javarosa(record_property: Tell) -> None:
    told = {name: steps for name, *steps in answers(FORM_ANSWERS)}
    differing = {
        script.name: wrong for script in scripts() if (wrong := first_difference(script, told[script.name]))
    }
    report(record_property, "forms", differing, len(told))


def first_difference(script: Script, told: list[tuple[list[str], dict[str, str | None]]]) -> str:
    """The first step after which our engine says something else, "" for none."""
    if told[0][0][0] == "error":
        return "" if is_refused(script) else "not refused"
    if is_refused(script):
        return "refused"
    ours, state = Replay(script), dict[str, str]()
    for step, (answer, changes) in zip(((), *script.steps), told, strict=True):
        our_answer = ours.obey(*step) if step else ["ok"]
        state = {path: text for path, text in {**state, **changes}.items() if text is not None}
        alike = (
            same_document(answer, our_answer)
            if step[:1] == ("xml",)
            else answer[:1] == our_answer[:1] == ["error"]
        )
        if not alike and answer != our_answer:
            return f"{' '.join(step)}: {answer}, here {our_answer}"
        our_state = ours.state()
        for path in sorted(state.keys() | our_state.keys()):
            one, other = state.get(path), our_state.get(path)
            if one is None or other is None or not same(ours.datatype(path), one, other):
                return f"{' '.join(step)}: {path} is {one!r}, here {other!r}"
    return ""


def is_refused(script: Script) -> bool:
    try:
        Replay(script)
    except KnownError:
        return True
    return False
