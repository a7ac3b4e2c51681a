"""Devices of every role, roles that change in between, and a plain model of who is given what."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.protocol.roles import Grant, Standing, places_in, records_in, refusal
from core.records.operation import RETURNED
from server.app import open_server
from server.config import ServerConfig
from server.rebuilding import rebuild
from tests.server.test_roles import ANJI, DEQING, Member, a_record, replace_server

GRANTS = [
    Grant("applicant", "330523"),
    Grant("surveyor", "330523"),
    Grant("surveyor", "330521"),
    Grant("reviewer", "3305"),
    Grant("coordinator"),
]


@dataclass
class Model:
    """What the server should do, worked out anew from all that was said before."""

    said: list[tuple[str, dict]] = field(default_factory=list)
    owner: dict[str, str] = field(default_factory=dict)
    lines: dict[bytes, str] = field(default_factory=dict)
    aside: dict[tuple[str, str], list[tuple[bytes, dict]]] = field(default_factory=dict)

    def places(self, record: str) -> set[str]:
        found, more = dict.fromkeys(self.owner, frozenset()), True
        while more:
            before = dict(found)
            for about, answers in self.said:
                beside = [found.get(one, frozenset()) for one in records_in(answers)]
                found[about] = found[about].union(places_in(answers), *beside)
            more = found != before
        return set(found.get(record, ()))

    def write(self, member: Member, record: str, answers: dict, line: bytes) -> str | None:
        device, key = member.device.id, (member.device.id, record)
        effective = {}
        for _, one in self.aside.get(key, []):
            effective |= one
        effective |= answers
        claimed = places_in(effective).union(*(self.places(one) for one in records_in(effective)))
        owner = self.owner.get(record)
        standing = Standing(owner is not None, owner == device, frozenset(self.places(record)))
        why = refusal(member.grant, standing, answers, claimed)
        if why is None:
            self.owner.setdefault(record, device)
            self.said.append((record, effective))
            for earlier, _ in self.aside.pop(key, []):
                self.lines[earlier] = record
            self.lines[line] = record
        elif why == "other-division":
            self.aside.setdefault(key, []).append((line, answers))
        return why

    def in_sight(self, member: Member) -> set[bytes]:
        own = {record for record, owner in self.owner.items() if owner == member.device.id}
        seen = {
            record
            for record in self.owner
            if record in own
            or not member.grant.sight
            or any(place.startswith(member.grant.sight) for place in self.places(record))
        }
        return {line for line, record in self.lines.items() if record in seen} - member.mine


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_roles_do_and_become_each_is_given_what_the_model_says(tmp_path_factory, seed):
    chance, model = random.Random(seed), Model()
    config, clock = ServerConfig(tmp_path_factory.mktemp("any") / "data"), SystemClock()
    with open_server(config, clock) as server:
        members = [Member(server, grant) for grant in GRANTS]
        records, changed = [a_record() for _ in range(6)], set()
        for member in members:
            member.mine = set()
        for turn in range(20):
            member, record = chance.choice(members), chance.choice(records)
            answers = chance.choice(
                [
                    {"village": ANJI},
                    {"village": DEQING},
                    {"name": "示例"},
                    {"ref": chance.choice(records)},
                    {"ref": chance.choice(records), "village": ANJI},
                    {RETURNED.removeprefix("/"): {"reason": "再拍", "path": ""}},
                ]
            )
            answers["turn"] = turn  # so that no two lines are equal
            line = member.write(record, **answers)
            member.mine.add(line)
            paths = {f"/{name}": value for name, value in answers.items()}
            why = model.write(member, record, paths, line)
            assert member.aside().get(member.written) == why
            if chance.random() < 0.3:
                chance.choice(members).pull()
            if chance.random() < 0.15:
                changed.add(member.device.id)  # what left its sight may come into it again
                member.grant = chance.choice(GRANTS)
                member.become(member.grant)
                member.pull()
        for member in members:
            member.pull()
            got = set(member.pulled)
            assert len(member.pulled) == len(got) or member.device.id in changed
            assert got >= model.in_sight(member)
            assert got <= set(model.lines)
    rebuild(config, clock)
    with open_server(config, clock) as server:
        for member in members:
            replace_server(member, server).pulled = []
            assert sorted(member.pull()) == sorted(model.in_sight(member))
