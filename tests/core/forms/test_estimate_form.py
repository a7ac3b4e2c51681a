"""An estimate adds up to the last fen, whatever is typed: checked against decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from core.values import decimal_of, decimal_value
from tests.core.forms.bundled import begin

FEN = Decimal("0.01")
MOST = Decimal(100_000_000)  # 1 亿元 for one item
CONSTRUCTION = (
    "building", "decoration", "road", "greening", "plumbing", "electric", "sign", "toilet", "other",
)  # fmt: skip
FEES = ("design", "supervision", "reserve")

quantities = st.decimals(Decimal("0.001"), Decimal("999999.999"), places=3)
prices = st.decimals(0, Decimal("9999999.99"), places=2)
categories = st.sampled_from([*CONSTRUCTION, *(f"{fee}_fee" for fee in FEES)])
items = st.lists(st.tuples(quantities, prices, categories), min_size=1, max_size=5)
rates = st.tuples(*[st.none() | st.decimals(0, 30, places=2) for _ in FEES])


def estimate(lines, percents=(None, None, None)):
    """An estimate with these items and rates, typed in one after the other."""
    session = begin("estimate")
    for number, (quantity, price, category) in enumerate(lines):
        row = session.add_row("/items") if number else session.rows("/items")[0]
        session.set(f"{row}/category", category)
        session.set(f"{row}/quantity", decimal_value(f"{quantity:f}"))
        session.set(f"{row}/unit_price", decimal_value(f"{price:f}"))
    for fee, percent in zip(FEES, percents, strict=True):
        if percent is not None:
            session.set(f"/{fee}_rate", decimal_value(f"{percent:f}"))
    return session


def half_up(amount, step=FEN):
    return amount.quantize(step, ROUND_HALF_UP)


def shown(session, path):
    return decimal_of(session.value(path))


@given(items, rates)
@settings(max_examples=150, deadline=None)
@example([(Decimal("999999.999"), Decimal("100.00"), "road")], (Decimal(30), Decimal(30), Decimal(30)))
@example(
    [(Decimal("0.001"), Decimal("5.00"), "road"), (Decimal("0.001"), Decimal("4.99"), "sign")], (None,) * 3
)
@example([(Decimal("1.005"), Decimal("1.00"), "other")], (Decimal("0.5"), None, None))
def test_every_sum_is_that_of_decimal_arithmetic_to_the_last_fen(lines, percents):
    assume(all(quantity * price <= MOST for quantity, price, _ in lines))
    session = estimate(lines, percents)
    amounts = [half_up(quantity * price) for quantity, price, _ in lines]
    rows = session.rows("/items")
    assert [shown(session, f"{row}/amount") for row in rows] == amounts

    by_category = dict.fromkeys([*CONSTRUCTION, *(f"{fee}_fee" for fee in FEES)], Decimal(0))
    for amount, (_, _, category) in zip(amounts, lines, strict=True):
        by_category[category] += amount
    assert {name: shown(session, f"/{name}_total") for name in CONSTRUCTION} == {
        name: by_category[name] for name in CONSTRUCTION
    }
    construction = sum((by_category[name] for name in CONSTRUCTION), Decimal(0))
    assert shown(session, "/construction_total") == construction

    fees = []
    for fee, percent in zip(FEES, percents, strict=True):
        listed = any(category == f"{fee}_fee" for _, _, category in lines)
        assert session.relevant(f"/{fee}_rate") is not listed
        fees.append(by_category[f"{fee}_fee"] if listed else half_up(construction * (percent or 0) / 100))
    assert [shown(session, f"/{fee}_fee") for fee in FEES] == fees

    total = construction + sum(fees, Decimal(0))
    assert (shown(session, "/total") or 0) == total
    assert (shown(session, "/total_wan") or 0) == half_up(total / 10000)
    assert [p.path for p in session.problems() if p.code == "constraint"] == []


@given(quantities, prices)
@settings(max_examples=100, deadline=None)
def test_an_item_beyond_the_limit_has_no_amount_and_says_so(quantity, price):
    session = estimate([(quantity, price, "road")])
    row = session.rows("/items")[0]
    beyond = quantity * price > MOST
    assert (session.value(f"{row}/amount") is None) is beyond
    assert (session.problem(f"{row}/unit_price") is not None) is beyond


@given(st.lists(st.decimals(0, Decimal("9999999999.99"), places=2), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_funds_add_up_to_the_last_fen(amounts):
    session = estimate([(Decimal(1), Decimal("100.10"), "road")])
    for amount in amounts:
        row = session.add_row("/funds")
        session.set(f"{row}/fund_amount", decimal_value(f"{amount:f}"))
    assert shown(session, "/funds_total") == sum(amounts)
    problem = session.problem("/funds_total")
    assert (problem is None) is (sum(amounts) == Decimal("100.10"))
    assert problem is None or problem.severity == "warning"


@given(st.lists(st.none() | st.decimals(0, 1000, places=2), min_size=3, max_size=3), st.booleans())
@settings(max_examples=80, deadline=None)
def test_labour_material_and_machine_add_up_to_the_unit_price(parts, fits):
    given_parts = [part for part in parts if part is not None]
    price = sum(given_parts, Decimal(0)) + (0 if fits else FEN)
    session = estimate([(Decimal(1), price, "road")])
    row = session.rows("/items")[0]
    for name, part in zip(("labour", "material", "machine"), parts, strict=True):
        if part is not None:
            session.set(f"{row}/{name}_price", decimal_value(f"{part:f}"))
    assert session.relevant(f"{row}/split_total") is bool(given_parts)
    if given_parts:
        assert shown(session, f"{row}/split_total") == sum(given_parts)
        assert (session.problem(f"{row}/split_total") is None) is fits


def test_money_is_shown_with_two_decimals():
    session = estimate(
        [(Decimal(12), Decimal("0.5"), "road"), (Decimal(3), Decimal(10), "road")], (Decimal(1), None, None)
    )
    rows = session.rows("/items")
    assert [session.shown(f"{row}/amount", "zh") for row in rows] == ["6.00", "30.00"]
    paths = ("/construction_total", "/design_fee", "/total", "/total_wan")
    assert [session.shown(path, "zh") for path in paths] == ["36.00", "0.36", "36.36", "0.00"]


def test_works_beyond_the_limit_are_to_be_split():
    whole = [(Decimal(10), Decimal(10_000_000 - FEN), "road")] * 10
    session = estimate(whole)
    assert session.problem("/total") is None
    session = estimate([*whole, (Decimal(1), Decimal("1.01"), "road")])
    assert "分成几份" in session.problem("/total").values["message"]["zh"]


def test_the_title_tells_the_total():
    session = estimate([(Decimal(1), Decimal(72000), "road")])
    session.set("/estimate_title", "古树广场估算")
    assert session.title("zh") == "古树广场估算 7.20 万元"


def test_items_are_numbered_and_nothing_is_summed_before_something_is_typed():
    session = begin("estimate")
    session.add_row("/items")
    assert [session.value(f"{row}/item_no") for row in session.rows("/items")] == ["1", "2"]
    assert [session.value(f"{row}/amount") for row in session.rows("/items")] == [None, None]
    assert session.value("/total") is None and session.title("zh") == ""


@pytest.mark.parametrize(("days", "total"), [(["6", "14.5"], "20.5"), (["0.1", "0.2"], "0.3"), ([], "0")])
def test_days_of_villagers_are_added(days, total):
    session = begin("estimate")
    session.remove_row(session.rows("/items")[0])
    for day in days:
        session.set(f"{session.add_row('/items')}/villager_labour", decimal_value(day))
    assert session.value("/villager_labour_days") == decimal_value(total)
