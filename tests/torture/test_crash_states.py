"""8,500 states in which a kill or a power cut may leave work: nothing acknowledged is lost.

With the 11,500 of test_crash_states_of_files.py they are 20,000, which two processes share.
"""

from __future__ import annotations

import pytest

from tests.torture.crashes import crash
from tests.torture.recorder import why_not_traced

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not_traced() != "", reason=why_not_traced() or "programs can be traced"),
]


def test_no_crash_while_records_are_worked_on_loses_what_was_acknowledged():
    tally = crash("saving", 1, 8_500)
    assert tally.wrong == {}
    assert tally.kills > 500
    assert tally.states == 8_500


@pytest.mark.log_warnings
@pytest.mark.parametrize(
    ("story", "careless", "loss"),
    [
        ("saving", "commits", "power cut: acknowledged transactions lost"),
        ("saving", "files", "power cut: a row names a photo that does not read back"),
        ("saving", "folders", "power cut: a row names a photo that does not read back"),
        ("starting", "files", "power cut: does not open"),
        (
            "starting",
            "folders",
            "power cut: holds what never was",
        ),  # a new workspace: the name of ours is gone
        ("copying", "files", "power cut: backup0:"),
        ("copying", "folders", "power cut: copy lost"),
    ],
)
def test_the_loss_is_found_when_the_program_is_careless(story, careless, loss):
    tally = crash(story, 1, 250, careless=careless, kills=False)
    assert any(what.startswith(loss) for what in tally.wrong), tally.wrong.most_common(5)
