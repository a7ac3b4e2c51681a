"""What was sent of a record to a server of somebody else, and what that server is therefore known to hold.

Such a server replaces one instance by another only if it is told which; so everybody who works on a record
has to know what was sent last, also by others (decision 0106). A sending says nothing about the record: it is
no answer, no change and no conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

SENT: Final = "sent"
"""The kind of the operation that tells of a sending."""


class Sending(msgspec.Struct, frozen=True, omit_defaults=True):
    """One instance of a record at one server. More may be said of it later; nothing is taken back.

    `server` is what it is known by, without token and user. `edits` is the instanceID that it replaces, ""
    for none. `there`: the server has said that it holds it; else it may. `content` is the hash of its answers
    and files, once all of them are there.
    """

    record: str
    server: str
    instance: str
    edits: str = ""
    there: bool = False
    content: str = ""


class Standing(msgspec.Struct, frozen=True):
    """What a server holds of a record, as far as anybody has told.

    `newest` is the instance that no other has replaced, "" if none is known to be there, `content` what it
    says, "" if nobody knows. `doubts` are those that may be there and, if they are, replace it or each other;
    those that edit the newest come first.
    """

    newest: str = ""
    content: str = ""
    doubts: tuple[str, ...] = ()


def standing(sendings: Iterable[Sending]) -> Standing:
    """What these sendings of one record to one server come to, in any order, however often they are told.

    What a held instance edits was there. Two that edit the same are both newest for a server that takes both;
    then it is the one at the end of the longer chain, then the greater one, on every machine.
    """
    told = list(sendings)
    edits: dict[str, set[str]] = {}
    for one in told:
        edits.setdefault(one.instance, set()).update({one.edits} - {"", one.instance})
    there = _with_what_led_to({one.instance for one in told if one.there}, edits)
    replaced = {before for instance in there for before in edits.get(instance, ())}
    lengths = _chain_lengths(edits, there)
    newest = max((there - replaced) or there, key=lambda one: (lengths.get(one, 0), one), default="")
    contents = {one.content for one in told if one.instance == newest and one.content}
    content = contents.pop() if len(contents) == 1 else ""
    return Standing(newest, content, tuple(_doubts(newest, edits, there)))


def _with_what_led_to(instances: set[str], edits: Mapping[str, set[str]]) -> set[str]:
    """These, what they edit, what that edits …; chains that loop (only forged ones can) end in themselves."""
    reached, level = set(instances), instances
    while level := {before for one in level for before in edits.get(one, ())} - reached:
        reached |= level
    return reached


def _chain_lengths(edits: Mapping[str, set[str]], there: set[str]) -> dict[str, int]:
    """How many instances, one upon the other, led to each; those in and after a loop have none."""
    lengths = dict.fromkeys(there, 0)
    after = _by_what_it_edits(edits, there)
    waits = {one: len(edits.get(one, ())) for one in there}
    level = [one for one in there if not waits[one]]
    length = 0
    while level:
        length += 1
        lengths.update(dict.fromkeys(level, length))
        following = [one for before in level for one in after[before]]
        for one in following:
            waits[one] -= 1
        level = [one for one in set(following) if not waits[one]]
    return lengths


def _doubts(newest: str, edits: Mapping[str, set[str]], there: set[str]) -> list[str]:
    """Those that may have come upon the newest one, and upon each other; then those upon what nobody told of.

    Whoever sent an edit had reason to think that what it edits was there.
    """
    after = _by_what_it_edits(edits, edits.keys() - there)
    reached = dict[str, None]()
    for start in (newest, *sorted(after.keys() - edits.keys() - there - {""})):
        level = [start]
        while level:
            reached |= dict.fromkeys(level)
            level = sorted({one for before in level for one in after[before] if one not in reached})
    return list(reached)[1:]


def _by_what_it_edits(edits: Mapping[str, set[str]], instances: Iterable[str]) -> dict[str, list[str]]:
    """By instance: those of `instances` that edit it; under "" those that edit none."""
    after = defaultdict[str, list[str]](list)
    for one in instances:
        for before in edits.get(one, ()) or ("",):
            after[before].append(one)
    return after
