from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.records.operation import Operation, decode_foreign_line, encode_line, resolve
from core.records.sending import SENT, Sending, Standing, standing


def there(instance, edits="", content=""):
    return Sending("r", "odk.example.org", instance, edits, there=True, content=content)


def maybe(instance, edits=""):
    return Sending("r", "odk.example.org", instance, edits)


def test_of_nothing_told_nothing_is_known():
    assert standing([]) == Standing()


def test_the_newest_is_what_nothing_there_has_replaced():
    told = [there("a", content="1"), there("b", "a", "2"), there("c", "b", "3")]
    assert standing(told) == Standing("c", "3")


def test_what_a_held_edit_replaces_was_there_also_if_nobody_told():
    assert standing([maybe("a"), there("b", "a")]) == Standing("b")


def test_a_doubt_upon_the_newest_stays_one_until_somebody_says_that_it_is_there_or_was_passed():
    told = [there("a"), maybe("b", "a")]
    assert standing(told) == Standing("a", "", ("b",))
    assert standing([*told, there("b", "a", "2")]) == Standing("b", "2")
    assert standing([*told, there("c", "a")]) == Standing("c")


def test_doubts_upon_doubts_come_after_them():
    told = [maybe("c", "b"), there("a"), maybe("b", "a"), maybe("d", "a")]
    assert standing(told).doubts == ("b", "d", "c")


def test_what_a_doubt_edits_and_nobody_told_of_may_be_there_too():
    told = [there("a"), maybe("x", "of a phone"), maybe("b", "a")]
    assert standing(told).doubts == ("b", "of a phone", "x")


def test_the_first_instance_may_be_in_doubt():
    assert standing([maybe("a")]) == Standing("", "", ("a",))


def test_content_is_known_once_all_of_it_is_there_and_not_where_two_say_different_things():
    assert standing([there("a"), there("a", content="1")]).content == "1"
    assert standing([there("a", content="1"), there("a", content="2")]).content == ""


def test_two_edits_of_one_have_the_longer_chain_and_then_the_greater_one_as_newest():
    assert standing([there("b", "a"), there("c", "a")]).newest == "c"
    assert standing([there("c", "a"), there("b", "a"), there("bb", "b")]).newest == "bb"


def test_forged_chains_that_loop_end():
    assert standing([there("a", "b"), there("b", "a"), maybe("c", "a"), maybe("a", "c")]).newest in "abc"


SENDINGS = st.lists(
    st.builds(
        Sending,
        st.just("r"),
        st.just("s"),
        st.sampled_from("abcde"),
        st.sampled_from(["", *"abcde"]),
        there=st.booleans(),
        content=st.sampled_from(["", "1", "2"]),
    ),
    max_size=10,
)


@given(SENDINGS, st.data())
def test_order_and_repetition_change_nothing(sendings, data):
    again = data.draw(st.permutations(sendings + sendings[: len(sendings) // 2]))
    known = standing(sendings)
    assert standing(again) == known
    held = {one.instance for one in sendings if one.there}
    assert bool(known.newest) == bool(held)
    assert not {known.newest, *held} & set(known.doubts)
    assert len(set(known.doubts)) == len(known.doubts) and "" not in known.doubts


@given(SENDINGS, SENDINGS)
def test_what_is_there_is_never_taken_back_by_what_is_told_later(before, later):
    assert not standing(before).newest or standing(before + later).newest


@st.composite
def histories(draw):
    """What a server that replaces the newest alone takes of several senders, and what they tell of it."""
    chain, told, doubts = ["i00"], [there("i00")], []
    for n in range(1, draw(st.integers(1, 8))):
        upon = chain[-1] if draw(st.booleans()) else draw(st.sampled_from(chain))
        taken, answered = upon == chain[-1] and draw(st.booleans()), draw(st.booleans())
        one = f"i{n:02}"
        if taken:
            chain.append(one)
        told.append(there(one, upon) if taken and answered else maybe(one, upon))
        if taken and not answered:
            doubts.append(one)
    return chain, draw(st.permutations(told)), doubts


@given(histories())
def test_the_newest_at_such_a_server_is_known_or_among_the_doubts(history):
    chain, told, _ = history
    known = standing(told)
    assert chain[-1] in {known.newest, *known.doubts}
    assert known.newest in chain


def test_an_older_program_reads_the_operation_as_none_of_a_record_and_keeps_it_byte_for_byte():
    line = encode_line(
        Operation(k=SENT, n=3, t="2026-11-21T08:00:00Z", sent=there("uuid:a", "uuid:b", "c" * 64))
    )
    assert line == (
        b'{"k":"sent","n":3,"sent":{"content":"' + b"c" * 64 + b'","edits":"uuid:b","instance":"uuid:a",'
        b'"record":"r","server":"odk.example.org","there":true},"t":"2026-11-21T08:00:00Z"}'
    )
    read = decode_foreign_line(line)
    assert read.r is None and resolve("0" * 32, read, {}).fields == {}
    assert read.sent == there("uuid:a", "uuid:b", "c" * 64)
    older = msgspec.defstruct("Older", [("k", str), ("n", int), ("r", str | None, None)])
    assert msgspec.json.decode(line, type=older) == older("sent", 3, None)


def test_forged_chains_and_doubts_by_the_thousand_are_read_at_once():
    """As many as fit into half a megabyte of a log; what cubes their number takes minutes."""
    many = range(3_000)
    chain = [maybe(f"{n:05}", f"{n - 1:05}" if n else "") for n in many]
    assert len(standing(chain).doubts) == len(many)
    assert standing([*chain, *(there(f"b{n:05}", "02999") for n in many)]).newest == "b02999"
    assert len(standing([maybe(f"{n}", f"of {n}") for n in many]).doubts) == 2 * len(many)
