"""11,500 more crash states: of a first start, copies and backups, a migration, and life after a kill."""

from __future__ import annotations

import pytest

from tests.torture.crashes import crash
from tests.torture.recorder import why_not_traced

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not_traced() != "", reason=why_not_traced() or "programs can be traced"),
]


@pytest.mark.parametrize(
    ("story", "seed", "states"),
    [
        ("starting", 1, 3_500),
        ("copying", 1, 3_000),
        ("migrating", 1, 2_000),
        ("returning", 4, 1_000),  # killed after a photo had its name, and before that name lasted
        ("returning", 6, 1_000),  # after a folder was made for a preview, and before its name lasted
        ("returning", 7, 1_000),  # after the preview had its name
    ],
)
def test_no_crash_loses_what_was_acknowledged(story, seed, states):
    tally = crash(story, seed, states)
    assert tally.wrong == {}
    assert tally.kills > 100
    assert tally.states == states
