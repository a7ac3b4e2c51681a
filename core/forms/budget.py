"""How much a form may compute between two answers of a person. It is counted in steps.

A step is about what visiting one node costs. Opening 10,000 rows with ten calculations takes four million.
"""

from __future__ import annotations

from typing import Final

MOST_STEPS: Final = 5_000_000
"""For settling all that one answer touches; some seconds."""
STEPS_A_NODE: Final = 100
"""More of them for each node that there is: a long record takes longer to open."""
LOOK_STEPS: Final = 300_000
"""For one label, limit or list of choices that is shown."""
LONGEST_TEXT: Final = 1_000_000
"""Characters of a text that an expression makes; beyond it, one that doubles itself fills the memory."""
MOST_AFTER: Final = MOST_STEPS // 8
"""For the rest, once a rule has taken all there was and is given up."""
MOST_GIVEN_UP: Final = 8
"""Rules given up at one answer; then all that still waits is."""
MOST_CHAINED: Final = 50
"""Actions that set each other off; nobody writes a longer chain."""
MOST_ROWS: Final = 10_000
"""Rows that a count makes."""
MOST_NODES: Final = 600_000
"""Questions, groups and rows of one record; each takes about a kilobyte."""


class SpentError(Exception):
    """An expression takes more steps than there are."""


class Budget:
    """The steps that are left."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises SpentError when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise SpentError

    def allow(self, steps: int) -> None:
        """At least so many steps are left now."""
        self.left = max(self.left, steps)

    def made(self, text: str) -> str:
        """A text that an expression has made. Raises SpentError for one that is too long."""
        if len(text) > LONGEST_TEXT:
            raise SpentError
        self.spend(len(text) // 64)
        return text
