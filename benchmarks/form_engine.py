"""How fast the form engine is on a long form: 1,000 questions, each asked only if the one before says so.

The floor of opening and of recomputing is elementpath, the library under our dialect, evaluating the same
1,000 conditions over the same tree; the floor of a keystroke is recomputing everything in our own engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle
from statistics import median
from xml.etree.ElementTree import Element, SubElement

from elementpath import XPathContext
from elementpath.xpath1 import XPath1Parser

from benchmarks.result import Result, against_floor
from core.clock import SystemClock
from core.forms.filling.session import FormSession
from core.forms.xform.reading import parse_xform

QUESTIONS = 1000
ROUNDS = 5


def run() -> Iterator[Result]:
    """Full recompute against plain elementpath; a keystroke against a full recompute."""
    session = FormSession(parse_xform(_long_form()), "record", SystemClock(), {})
    full_ms = _middle_ms(session.settle_all)
    plain_ms = _middle_ms(_plain_elementpath())
    yield against_floor("form_1000_relevants_full", full_ms, plain_ms, "ms", aim=0.1)
    answers = cycle(["no", "yes"])
    keystroke_ms = _middle_ms(lambda: session.set("/q500", next(answers)))
    yield against_floor("form_1000_relevants_keystroke", keystroke_ms, full_ms, "ms", aim=0.1)
    opened_ms = _middle_ms(lambda: FormSession(session.form, "record", SystemClock(), session.answers()))
    yield against_floor("form_1000_questions_open", opened_ms, full_ms, "ms", aim=10.0)


def _long_form() -> bytes:
    """A flat XForm: q1 … q1000, each relevant while the question before is not "no"."""
    names = [f"q{number}" for number in range(QUESTIONS)]
    nodes = "".join(f"<{name}/>" for name in names)
    binds = "".join(
        f'<bind nodeset="/data/{name}" type="string" relevant="{_condition(number)}"/>'
        for number, name in enumerate(names)
        if number
    )
    inputs = "".join(f'<input ref="/data/{name}"><label>{name}</label></input>' for name in names)
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>'
        f'<h:title>long</h:title><model><instance><data id="long">{nodes}</data></instance>{binds}</model>'
        f"</h:head><h:body>{inputs}</h:body></h:html>"
    ).encode()


def _condition(number: int) -> str:
    return f"/data/q{number - 1} != 'no'"


def _plain_elementpath() -> Callable[[], None]:
    root = Element("data")
    for number in range(QUESTIONS):
        SubElement(root, f"q{number}")
    conditions = [XPath1Parser().parse(_condition(number)) for number in range(1, QUESTIONS)]
    tree = XPathContext(root).root

    def evaluate_all() -> None:
        for condition in conditions:
            condition.evaluate(XPathContext(tree))

    return evaluate_all


def _middle_ms(work: Callable[[], object]) -> float:
    figures = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        figures.append((time.perf_counter() - begun) * 1000)
    return median(figures)
