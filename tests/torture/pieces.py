"""The pieces a long campaign is made of. Each follows from a seed and its number."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.torture import damages
from tests.torture.crashes import crash
from tests.torture.kills import kill_rounds
from tests.torture.test_recovery import damage_and_recover, make

STORIES = ("saving", "saving", "saving", "starting", "copying", "migrating", "returning")
STATES_A_PIECE = 5_000
ROUNDS_A_PIECE = 50


@dataclass(frozen=True)
class Piece:
    """What came of one piece: counts by the columns of the table, and what was wrong."""

    name: str
    counts: dict[str, int]
    wrong: dict[str, int]


def crash_piece(seed: int, number: int) -> Piece:
    """The crash states of one recording."""
    story = STORIES[number % len(STORIES)]
    tally = crash(story, seed + number, STATES_A_PIECE)
    counts = {"recordings": 1, "kill states": tally.kills, "power-cut states": tally.power_cuts}
    return Piece(story, counts, dict(tally.wrong))


def kills_piece(seed: int, number: int) -> Piece:
    """Some real kills of a program at work in one workspace."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = kill_rounds(Path(folder) / "ws", ROUNDS_A_PIECE, seed + number * ROUNDS_A_PIECE)
        except AssertionError as error:
            return Piece("kills", {"kills": ROUNDS_A_PIECE}, {str(error)[:200] or "not as acknowledged": 1})
    slow = {f"a start took {done.slowest_start_s:.1f} s": 1} if done.slowest_start_s >= 2 else {}
    return Piece("kills", {"kills": done.rounds, "acknowledged saves": done.acknowledged}, slow)


def recovery_piece(seed: int, number: int) -> Piece:
    """One workspace, damaged in every way and brought back."""
    wrong: Counter[str] = Counter()
    ways = [*damages.OF_THE_DATABASE, *damages.OF_THE_REST]
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder), seed + number)
        rng = random.Random(seed + number)
        for turn, damage in enumerate(ways):
            source = rng.choice([made.closed, made.killed])
            try:
                damage_and_recover(
                    made, source, Path(folder) / f"damaged{turn}", damage, rng.randrange(1 << 30)
                )
            except AssertionError as error:
                wrong[f"{damage.__name__}: {error}"[:200]] += 1
    return Piece("recovery", {"workspaces": 1, "damages": len(ways)}, dict(wrong))
