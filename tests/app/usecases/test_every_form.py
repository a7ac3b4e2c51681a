"""Every bundled form filled with what nobody expects: saved, printed, sent, backed up, and the same everywhere."""

from __future__ import annotations

from random import Random

import pytest

from app.bootstrap import install_bundled_forms
from app.jobs import Progress
from app.usecases.backup import backup_plain
from app.usecases.history import record_history
from app.usecases.records import (
    create_record,
    finalise_record,
    keep_draft,
    list_records,
    open_session,
    record_row,
    renew_projection,
    save_record,
)
from app.usecases.reports import record_pdf
from core.values import point_value
from tests.builders import a_workspace, carry

FORMS = (
    "building", "cluster_application", "estimate", "facelift_design", "facelift_site", "facility",
    "local_division", "photo_point", "toilet_design", "traditional_village", "village_profile",
)  # fmt: skip
TEXTS = (
    "", "长" * 3000, "😀👨‍👩‍👧‍👦🇨🇳", "𠮷𪚥\U0002ebef", "a\x00b", "\u202eRTL مرحبا\u202c", "\ud800半", " \t\n ",
    "<b>&amp;</b>", "%s {0} ${x}", "'; DROP TABLE rec;--", "e\u0301" * 50, "\uffff", "村\r\n二行", "-0", "1e308", "ﷺ" * 20,
)  # fmt: skip
NUMBERS = (1e308, -0.0, 0, float("nan"), 10**30, -1, 1 / 3, True, "1e5", 2**63, "３.５", "0" * 400, 7, 30)
DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "2026-11-21", "20261121", "0000-00-00", "12:00:00", "25:61")
PLACES = (
    point_value(30.6, 119.6),
    {"g": {"type": "Point", "coordinates": [1e308, -0.0]}},
    {"g": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}},
    {"g": None},
    "30 119 99999999999999999999",
)
PHOTOS = ({"b": "sha256:" + "0" * 64, "n": 10, "m": "image/jpeg"}, {"b": "x"}, "x.jpg")
CODES = ("440000000000", "441900000000", "460400000000", "350527000000", "没有")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    with a_workspace(folder / "one") as one, a_workspace(folder / "two", name="另一人") as other:
        install_bundled_forms(one)
        install_bundled_forms(other)
        yield one, other


def an_answer(session, view, rng):
    kind = view.node.kind
    if kind in {"select_one", "select_multiple", "rank"}:
        offered = [choice.value for choice in session.choices(view.path, "zh")]
        names = rng.sample(offered, min(len(offered), rng.randrange(1, 4))) + ["没有"] * rng.randrange(2)
        return rng.choice([*offered, *CODES]) if kind == "select_one" else names
    if kind in {"int", "decimal"}:
        return rng.choice(NUMBERS)
    if kind in {"date", "time", "dateTime"}:
        return rng.choice(DAYS)
    if kind.startswith("geo"):
        return rng.choice(PLACES)
    return rng.choice(PHOTOS if kind in {"image", "file"} else TEXTS)


def fill(session, rng, path=""):
    for view in session.children(path):
        if (
            view.kind == "question"
            and view.node.asked
            and view.node.calculate is None
            and view.node.kind != "note"
        ):
            session.set(view.path, an_answer(session, view, rng))
        elif view.kind == "group":
            fill(session, rng, view.path)
        elif view.kind == "repeat" and view.node.count is None:
            for row in [session.add_row(view.path) for _ in range(2)]:
                fill(session, rng, row)
            session.remove_row(session.rows(view.path)[0])


@pytest.mark.parametrize("form_id", FORMS)
def test_whatever_is_entered_is_saved_printed_sent_and_backed_up(two, form_id, tmp_path):
    one, other = two
    record, rng = create_record(one, form_id), Random(form_id)
    session = open_session(one, record)
    fill(session, rng)
    keep_draft(one, record, session.changed_since_open())
    assert record_row(one, record) is not None
    save_record(one, record)
    finalise_record(one, record)
    assert record_pdf(one, record).pdf.startswith(b"%PDF")
    assert record_history(one, record).lines
    backup_plain(one, tmp_path / "plain")
    carry(one, other)
    for workspace in two:
        renew_projection(workspace, Progress())
    here, there = one.records.merged(record), other.records.merged(record)
    assert here.values == there.values
    assert [(row.title, row.columns) for row in list_records(one)] == [
        (row.title, row.columns) for row in list_records(other)
    ]
