from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.facts import CountedRecord, Period, SummedQuestion, within
from core.statistics.figures import figure_of, median, percent, shown_number
from core.values import decimal_value

TOTAL = SummedQuestion("f", "/n", "户数", "total", "户")
KINDS = SummedQuestion("f", "/k", "类别", "share", choices=(("b", "乙"), ("a", "甲")), several=True)


def a_record(number=0, *, final=True, form="f", division="330523108204", day="2026-05-01", **values):
    named = {f"/{name}": value for name, value in values.items()}
    return CountedRecord(f"r{number}", form, "", division, day, final, values=named)


@given(st.lists(st.decimals(-10_000, 10_000, places=3), max_size=30), st.lists(st.booleans(), min_size=30))
def test_a_total_is_the_exact_sum_of_finalised_answers(numbers, finals):
    records = [
        a_record(i, final=final, n=[decimal_value(str(n))])
        for i, (n, final) in enumerate(zip(numbers, finals, strict=False))
    ]
    counted = [n for n, final in zip(numbers, finals, strict=False) if final]
    figure = figure_of(TOTAL, records)
    assert figure.answered == len(counted)
    assert figure.amount == (sum(counted) if counted else None)
    assert (figure.least, figure.greatest) == ((min(counted), max(counted)) if counted else (None, None))


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=30))
def test_half_of_the_numbers_lie_on_each_side_of_the_median(numbers):
    middle = median([Decimal(n) for n in numbers])
    assert sum(n < middle for n in numbers) <= len(numbers) / 2
    assert sum(n > middle for n in numbers) <= len(numbers) / 2


def test_a_median_of_two_is_rounded_half_up_to_two_decimals():
    assert median([Decimal("0.01"), Decimal("0.02")]) == Decimal("0.02")


def test_the_answers_of_a_repeat_add_up_and_count_as_one_record():
    figure = figure_of(TOTAL, [a_record(n=[2, 3])])
    assert (figure.amount, figure.answered, figure.greatest) == (5, 1, 3)


def test_choices_stand_in_the_order_of_their_list_with_shares_of_those_who_answered():
    records = [a_record(1, k=[["a", "b"]]), a_record(2, k=["b"]), a_record(3, k=["gone"]), a_record(4)]
    figure = figure_of(KINDS, records)
    assert figure.answered == 3
    assert [(c.label, c.records, str(c.percent)) for c in figure.choices] == [
        ("乙", 2, "66.7"),
        ("甲", 1, "33.3"),
        ("gone", 1, "33.3"),
    ]


def test_records_of_another_form_and_unfinished_ones_are_in_no_figure():
    records = [a_record(1, n=[1]), a_record(2, n=[10], final=False), a_record(3, n=[100], form="g")]
    assert figure_of(TOTAL, records).amount == 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [("12.50", "12.5"), ("1E+3", "1000"), ("100", "100"), ("0.0", "0"), ("-0.50", "-0.5")],
)
def test_numbers_are_written_out(number, shown):
    assert shown_number(Decimal(number)) == shown


def test_a_share_of_nothing_is_nothing():
    assert str(percent(0, 0)) == "0.0"


@pytest.mark.parametrize(
    ("first", "last", "day", "counts"),
    [
        ("", "", "", True),
        ("2026-01-01", "", "", False),
        ("2026-01-01", "2026-12-31", "2026-12-31", True),
        ("2026-01-01", "2026-12-31", "2027-01-01", False),
        ("", "2026-12-31", "1999-01-01", True),
    ],
)
def test_both_ends_of_a_period_belong_to_it(first, last, day, counts):
    assert Period(first, last).contains(day) is counts


def test_a_record_lies_in_its_village_and_in_everything_around_it():
    record = a_record(division="330523108204")
    for code in ("330000000000", "330500000000", "330523000000", "330523108000", "330523108204"):
        assert within([record], code) == [record]
    assert within([record], "330523109000") == []
