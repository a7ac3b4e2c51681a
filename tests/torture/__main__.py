"""Long campaigns against the everyday promises: `python3 dev.py torture crash|kills|recovery`.

Each tells how far it is after every piece, can be ended with Ctrl+C (the pieces under way are waited for), and
prints one table at the end: then too.
The pieces are numbered and follow from the seed, so that `--first` goes on where another run was ended.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from functools import partial
from itertools import count, islice
from multiprocessing import get_context

from tests.torture.pieces import Piece, crash_piece, kills_piece, recovery_piece
from tests.torture.recorder import why_not_traced


def campaign(piece: Callable[[int], Piece], first: int, jobs: int) -> Iterator[Piece]:
    """Pieces one after the other, `jobs` at once, without end."""
    alone = (signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that prints the table
    with ProcessPoolExecutor(jobs, get_context("spawn"), signal.signal, alone) as pool:
        numbers = count(first)
        running = {pool.submit(piece, number) for number in islice(numbers, jobs)}
        try:
            while True:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {pool.submit(piece, number) for number in islice(numbers, len(done))}
                yield from (one.result() for one in done)
        finally:
            for one in running:
                one.cancel()


def run(pieces: Iterable[Piece], enough: Callable[[Counter[str]], bool]) -> int:
    """Adds pieces up until it is enough or somebody presses Ctrl+C; 1 if anything was wrong."""
    began = time.monotonic()
    rows: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    try:
        for piece in pieces:
            rows.setdefault(piece.name, Counter()).update(piece.counts)
            total.update(piece.counts)
            wrong.update({f"{piece.name}: {what}": times for what, times in piece.wrong.items()})
            told = ", ".join(f"{number:,} {column}" for column, number in total.items())
            print(f"{time.monotonic() - began:7.0f} s  {told}, {wrong.total()} wrong", flush=True)
            if enough(total):
                break
    except KeyboardInterrupt:
        print("ended by hand", flush=True)
    _table(rows | ({"total": total} if len(rows) > 1 else {}))
    for what, times in wrong.most_common(20):
        print(f"WRONG {times} times: {what}")
    return 1 if wrong else 0


def _table(rows: dict[str, Counter[str]]) -> None:
    columns = list(next(iter(rows.values()), {}))
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for name, counts in sorted(rows.items(), key=lambda row: row[0] == "total"):
        print(f"| {name} | " + " | ".join(f"{counts[column]:,}" for column in columns) + " |")


def main() -> int:
    """Reads what to torture and how much of it."""
    parser = argparse.ArgumentParser(prog="python3 dev.py torture")
    parser.add_argument("what", choices=("crash", "kills", "recovery"))
    parser.add_argument("--states", type=int, default=20_000, help="of crash: so many different crash states")
    parser.add_argument("--rounds", type=int, default=100, help="of kills and recovery: kills, damages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the piece to begin with")
    parser.add_argument("--jobs", type=int, default=2, help="so many processes")
    asked = parser.parse_args()
    if asked.what == "crash" and (reason := why_not_traced()):
        parser.error(reason)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    piece = {"crash": crash_piece, "kills": kills_piece, "recovery": recovery_piece}[asked.what]
    pieces = campaign(partial(piece, asked.seed), asked.first, asked.jobs)
    if asked.what == "crash":
        return run(pieces, lambda total: total["kill states"] + total["power-cut states"] >= asked.states)
    return run(pieces, lambda total: total["kills"] + total["damages"] >= asked.rounds)


if __name__ == "__main__":
    sys.exit(main())
