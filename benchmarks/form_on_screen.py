"""From a key to what one sees of it: the page of a record with 1,000 questions, and with 10,000 rows.

The floors are what a person takes for at once: a picture of a screen (1/60 s) where 50 questions follow, 60
ms once typing pauses where 1,000 do; of opening, and of 10,000 rows, those of a tenth of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from statistics import median

from PySide6.QtTest import QTest

from app.ui.forms.repeat_box import RepeatBox
from benchmarks.long_forms import rows_form, wide_form
from benchmarks.record_window import RecordWindow, record_window
from benchmarks.result import Result, against_floor, percentile
from core.forms.paths import position_between
from core.values import Value

KEYS = 60
EDITS = 12
FRAME_MS, PAUSE_MS = 16.0, 60.0


def run() -> Iterator[Result]:
    """Keys and their consequences, opening, and everything one does with rows."""
    with record_window(wide_form(100, 50), "wide", {"/q99": 1}) as window:
        small_ms = window.ms(window.open)
    for dependents, floor in ((50, FRAME_MS), (999, PAUSE_MS)):
        with record_window(wide_form(1000, dependents), "wide", {"/q999": 1}) as window:
            opened_ms = window.ms(window.open)
            keys, settled = _typed(window)
        name = f"screen_{dependents}_dependents"
        yield against_floor(f"{name}_key_p95", percentile(keys, 95), FRAME_MS, "ms", aim=1.0)
        yield against_floor(f"{name}_settled", median(settled), floor, "ms", aim=1.0)
        yield against_floor(f"{name}_settled_p95", percentile(settled, 95), floor, "ms", aim=1.0)
    yield against_floor("screen_1000_questions_open", opened_ms, small_ms, "ms", aim=5.0)
    floors, figures = _with_rows(1_000), _with_rows(10_000)
    for name, ms in figures.items():
        yield against_floor(f"screen_10000_rows_{name}", ms, floors[name], "ms", aim=12.0)


def _typed(window: RecordWindow) -> tuple[list[float], list[float]]:
    """Milliseconds of each key, and of what follows when typing pauses."""
    box = window.page.form_view.box("/q0") if window.page.form_view is not None else None
    assert box is not None
    assert box.editor is not None
    assert window.page.binding is not None
    line = box.editor.focusProxy()
    keys, settled = list[float](), list[float]()
    for at in range(KEYS):
        line.selectAll()  # type: ignore[union-attr]  # the line of a number
        keys.append(window.ms(partial(QTest.keyClick, line, str(at % 9 + 1))))
        settled.append(window.ms(window.page.binding.flush_wanted.emit))
        window.rest()
    return keys[3:], settled[3:]


def _with_rows(count: int) -> dict[str, float]:
    """Milliseconds of the window for each thing one does with that many rows."""
    with record_window(rows_form(0), "rows", _answers(count)) as window:
        figures = {"open": window.ms(window.open)}
        page = window.page
        assert page.form_view is not None
        assert page.binding is not None
        box, binding = page.form_view.findChildren(RepeatBox)[0], page.binding
        assert box.table is not None
        model, bar = box.table.model, box.table.view.verticalScrollBar()
        figures["scroll"] = median(
            window.ms(partial(bar.setValue, bar.maximum() * at // EDITS)) for at in range(EDITS)
        )
        middle = model.rows[count // 2]
        figures["edit"] = median(
            window.ms(partial(binding.commit, f"{middle}/age", at + 1)) for at in range(EDITS)
        )
        figures["add"] = median(window.ms(partial(binding.add_row, "/hh")) for _ in range(EDITS))
        figures["move"] = median(window.ms(partial(binding.step_row, "/hh", middle, 1)) for _ in range(EDITS))
        figures["remove"] = median(
            window.ms(partial(binding.remove_rows, "/hh", [model.rows[at]])) for at in range(EDITS)
        )
        figures["paste_500"] = window.ms(partial(binding.answer_rows, "/hh", [{"age": 7}] * 500))
        figures["undo"] = window.ms(binding.undo)
        window.rest()
    return figures


def _answers(rows: int) -> dict[str, Value]:
    answers: dict[str, Value] = {}
    position: str | None = None
    for at in range(rows):
        row, position = f"/hh[0190a0b0-0000-7000-8000-{at:012d}]", position_between(position, None)
        answers.update({f"{row}/@pos": position, f"{row}/person": f"示例 {at}", f"{row}/age": at % 90})
    return answers
