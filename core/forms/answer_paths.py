"""Under which path each thing of a form keeps its answers; decided once for the whole form.

Nearly always that is the path of its row and its name. Where one name stands several times in a row, in
different groups, each gets the names of all its groups in that row in front, with `~`, which no name can
have: `/wife~name`, `/husband~name`, and `/~name` outside of groups. Such a path names one place of its row
for ever, whatever else comes or goes. Groups keep no answers: one that is called like a question gives way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

FullPath = tuple[str, ...]
PlaceKind = Literal["group", "repeat", "question"]
_OF_GROUP: Final = "~"


def answer_paths(places: Mapping[FullPath, PlaceKind]) -> dict[FullPath, str]:
    """The path of answers of each place of the instance, "" for the root; `places` tells parents first."""
    rows: dict[FullPath, FullPath] = {}
    for place in places:
        around = place[:-1]
        rows[place] = around if places.get(around) == "repeat" else rows.get(around, place[:1])
    every = Counter((row, place[-1]) for place, row in rows.items())
    keeping = Counter((row, place[-1]) for place, row in rows.items() if places[place] != "group")
    paths: dict[FullPath, str] = {}
    for place, row in rows.items():
        named_alike = every if places[place] == "group" else keeping
        groups = place[len(row) : -1] or ("",)
        steps = (*groups, place[-1]) if named_alike[row, place[-1]] > 1 else place[-1:]
        paths[place] = f"{paths[row]}/{_OF_GROUP.join(steps)}" if len(place) > 1 else ""
    return paths
