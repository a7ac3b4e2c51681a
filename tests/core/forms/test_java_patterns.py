from __future__ import annotations

import time

import pytest

from core.forms.xpath.java_patterns import LONGEST_MATCH_S, PatternError, compiled, matches


def test_a_pattern_that_never_ends_is_given_up_and_counts_as_no_match():
    started = time.monotonic()
    assert not matches("(a|a)*b", "a" * 60)
    assert time.monotonic() - started < 20 * LONGEST_MATCH_S


@pytest.mark.parametrize(
    "pattern", ["[a", "a{,3}", "(", "*a", "\\y", "\\p{Nosuch}", "(?U)a", "a\\", "\\x{110000}"]
)
def test_what_java_does_not_read_is_an_error_of_ours_and_no_crash(pattern):
    with pytest.raises(PatternError):
        compiled(pattern)
