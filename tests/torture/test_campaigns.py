"""What `dev.py torture` prints and returns."""

from __future__ import annotations

from tests.torture.__main__ import run
from tests.torture.pieces import Piece


def pieces(wrong):
    for number in range(100):
        yield Piece(
            f"story {number % 2}", {"kill states": 10, "power-cut states": 40}, wrong if number == 3 else {}
        )


def enough(total):
    return total["kill states"] >= 60


def test_pieces_add_up_to_one_table_until_it_is_enough(capsys):
    assert run(pieces({}), enough) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-5:] == [
        "| | kill states | power-cut states |",
        "|---|---:|---:|",
        "| story 0 | 30 | 120 |",
        "| story 1 | 30 | 120 |",
        "| total | 60 | 240 |",
    ]


def test_a_loss_is_named_and_ends_with_1(capsys):
    assert run(pieces({"acknowledged transactions lost: 1": 7}), enough) == 1
    assert "WRONG 7 times: story 1: acknowledged transactions lost: 1" in capsys.readouterr().out


def test_ended_by_hand_it_still_tells_what_was_done(capsys):
    def interrupted():
        yield from list(pieces({}))[:2]
        raise KeyboardInterrupt

    assert run(interrupted(), enough) == 0
    assert "| total | 20 | 80 |" in capsys.readouterr().out
