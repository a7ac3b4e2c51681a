"""Canonical bytes: the same as RFC 8785 for all that an answer can hold."""

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from core.values import decimal_of, encode_canonical, point_value, same_value, text_of, text_value

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
coordinates = st.floats(-180, 180).map(lambda x: round(x, 7))
data = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts | coordinates,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(max_codepoint=0xD7FF, exclude_characters="\x00")), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(data)
@example({"coordinates": [6.9e-06, -1e-06, 9.9e-06, 1e-05, 1e-07]})
def test_canonical_bytes_are_those_of_rfc_8785(value):
    assert encode_canonical(value) == rfc8785.dumps(value)


@given(st.text(st.characters()))
def test_any_text_survives_as_a_value(text):
    value = text_value(text)
    encode_canonical(value)
    assert text_of(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\x00", "\ud800", {"𠮷": 1}, b"x"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ValueError):
        encode_canonical(value)


def test_a_whole_coordinate_is_written_as_ecmascript_writes_it():
    assert (
        encode_canonical(point_value(30.0, 120.5))
        == b'{"g":{"coordinates":[120.5,30],"type":"Point"},"src":"manual"}'
    )


def test_true_is_not_one_and_digits_are_not_a_number():
    assert not same_value(True, 1)
    assert not same_value("1", 1)


def test_a_decimal_keeps_the_digits_that_were_entered():
    assert str(decimal_of({"d": "12.50"})) == "12.50"
