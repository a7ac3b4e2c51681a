"""What a program has acknowledged up to one moment, and whether a state keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.torture.checker import Contents, Seen

PROMISED, FOUND = "contents", "found"
"""What the database holds after a transaction; what a program found in it, which nobody promised to it."""


class Promises:
    """The lines of a whole story are known from the start; `hear` tells how far it has come.

    Beside the contents of the database they name what now is there: "copy", "backup", "settings".
    """

    def __init__(self, before: Contents | None, lines: Sequence[bytes]) -> None:
        told = [(PROMISED, before), *(json.loads(line) for line in lines)]
        self._held = [(kind, value) for kind, value in told if kind in {PROMISED, FOUND}]
        self._heard = 0
        self._promised = 0
        self._named: dict[str, set[str]] = {"copy": set(), "backup": set(), "settings": set()}

    def hear(self, line: bytes) -> None:
        """The program said this now."""
        kind, value = json.loads(line)
        if kind in self._named:
            self._named[kind].add(value)
            return
        self._heard += 1
        if kind == PROMISED:
            self._promised = self._heard

    def broken_by(self, seen: Seen) -> list[str]:
        """What is wrong with a state that came about now."""
        wrong = list(seen.faults)
        for kind, there in (("copy", seen.copies), ("backup", seen.backups)):
            wrong += [f"{kind} lost: {name}" for name in self._named[kind] - there.keys()]
            wrong += [
                f"{name} holds what never was" for name, held in there.items() if held not in self._past()
            ]
        if seen.settings == "" and self._named["settings"]:
            wrong.append("settings broken")
        before = self._held[self._promised][1]
        if seen.contents is not None and before is not None:
            wrong += self._lost(seen.contents, before)
        return wrong

    def _past(self) -> list[Contents | None]:
        """All that the database has held so far, the transaction under way included."""
        return [held for _, held in self._held[: self._next_promise() + 1]]

    def _next_promise(self) -> int:
        later = range(self._heard + 1, len(self._held))
        return next((number for number in later if self._held[number][0] == PROMISED), self._heard)

    def _lost(self, held: Contents, latest: Contents) -> list[str]:
        """Nothing, if the state holds all that was acknowledged, with or without the transaction under way."""
        past = self._past()
        if held in past[self._promised :]:
            return []
        if held in past:
            return [f"acknowledged transactions lost: {self._promised - past.index(held)}"]
        return [f"holds what never was: {', '.join(table for table in held if held[table] != latest[table])}"]
