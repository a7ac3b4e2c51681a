"""Two designers, one server, three real villages: what happens in a season, told in a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from app.demo.samples import Sample, as_value, fill_in
from app.demo.server_child import ServerChild
from app.i18n import tr
from app.jobs import Progress
from app.usecases.conflicts import conflict_detail, list_conflicts, resolve_conflict
from app.usecases.enrolling import enrol
from app.usecases.records import close_session, finalise_record, list_records, open_session, save_record
from app.usecases.sync import SyncResult, sync_now, sync_state
from app.workspace import Workspace
from core.errors import KnownError
from core.records.receipt import heads_digest

MERGED, DISPUTED = "yucun", "gaoling"


@dataclass(frozen=True)
class Check:
    """One thing that must have come true, and what was seen."""

    statement: str
    holds: bool
    seen: str = ""


@dataclass
class Story:
    """What happened so far; `tell` hears each check. `records` maps the key of a sample to its record id."""

    first: Workspace
    second: Workspace
    tell: Callable[[Check], None]
    records: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    syncs: list[tuple[str, SyncResult]] = field(default_factory=list)

    def check(self, name: str, *, holds: bool, seen: object = "", **values: object) -> None:
        """Notes and tells whether the statement `demo.check.<name>` came true."""
        check = Check(tr(f"demo.check.{name}", **values), holds, str(seen))
        self.checks.append(check)
        self.tell(check)

    def sync(self, who: str) -> None:
        """One whole sync of `first` or `second`."""
        workspace = self.first if who == "first" else self.second
        self.syncs.append((who, sync_now(workspace, Progress())))

    def sync_in_turns(self) -> None:
        """First, second, first: afterwards each knows what the other knew before."""
        for who in ("first", "second", "first"):
            self.sync(who)


def join_server(story: Story, server: ServerChild) -> None:
    """Both designers get a ticket of their own and join."""
    for workspace, name in ((story.first, "first"), (story.second, "second")):
        enrol(workspace, server.ticket(), tr(f"demo.person.{name}"))


def survey(
    story: Story, samples: Sequence[Sample], pictures: Sequence[Path], larger_set: Sequence[Path]
) -> None:
    """The first designer fills in all samples and syncs; the second one gets everything.

    The pictures go round; the larger set, where there is one, goes to the sample that takes any number.
    """
    supply = cycle(pictures)
    for sample in samples:
        if len(pictures) < sample.photo_count:
            raise KnownError("demo_pictures_missing", wanted=sample.photo_count, found=len(pictures))
        taken = list(islice(supply, sample.photo_count))
        if sample.takes_any_number:
            taken += larger_set
        story.records[sample.key] = fill_in(story.first, sample, taken, story.records)
    story.sync("first")
    story.sync("second")
    _check_equal(story, "arrived")


def edit_apart(story: Story) -> None:
    """Different answers of one record changed on both sides: they merge."""
    record = story.records[MERGED]
    edit(story.first, record, {"households": "288"})
    edit(story.second, record, {"garbage": "points", "sanitary_toilet_households": "283"})
    story.sync_in_turns()
    session = open_session(story.first, record)
    seen = [session.value(path) for path in ("/households", "/garbage", "/sanitary_toilet_households")]
    story.check("merged", holds=seen == [288, "points", 283], seen=seen)
    _check_equal(story, "equal_after_merge")


def disagree(story: Story) -> None:
    """One answer changed to different values on both sides: both stay, on both sides."""
    record = story.records[DISPUTED]
    edit(story.first, record, {"resident_pop": "1215"})
    edit(story.second, record, {"resident_pop": "1198"})
    story.sync_in_turns()
    for name, workspace in (("first", story.first), ("second", story.second)):
        conflicts = [(row.record_id, row.path) for row in list_conflicts(workspace)]
        story.check(
            "conflict_visible",
            who=tr(f"demo.person.{name}"),
            holds=conflicts == [(record, "/resident_pop")],
            seen=[path for _, path in conflicts],
        )
        values = [c.value for f in conflict_detail(workspace, record) for c in f.candidates]
        story.check(
            "both_kept",
            who=tr(f"demo.person.{name}"),
            holds=sorted(map(str, values)) == ["1198", "1215"],
            seen=values,
        )


def settle(story: Story) -> None:
    """The second designer decides; everything is finalised again and both sides are equal."""
    resolve_conflict(story.second, story.records[DISPUTED], {"/resident_pop": 1215})
    ends = [finalise_record(story.second, story.records[key]) for key in (MERGED, DISPUTED)]
    problems = [problem.path for end in ends for problem in end.problems]
    story.check("final_again", holds=all(end.done for end in ends), seen=problems or len(ends))
    story.sync("second")
    story.sync_in_turns()
    open_conflicts = [
        row.path for workspace in (story.first, story.second) for row in list_conflicts(workspace)
    ]
    story.check("settled", holds=not open_conflicts, seen=open_conflicts or tr("demo.none_open"))
    _check_equal(story, "equal_after_settling")


def check_receipts(story: Story) -> None:
    """The server confirms every operation and every photo that a designer made."""
    for name, workspace in (("first", story.first), ("second", story.second)):
        state = sync_state(workspace)
        items = [*state.records.items(), *state.photos.items()]
        unconfirmed = [item for item, reached in items if reached not in {"confirmed", "received"}]
        story.check(
            "receipt",
            who=tr(f"demo.person.{name}"),
            holds=not unconfirmed and not state.unsent_ops and bool(state.receipts),
            seen=unconfirmed or len(items),
        )


def edit(workspace: Workspace, record_id: str, typed: Mapping[str, str]) -> None:
    """Changes answers of a saved record, as typed, and saves."""
    session = open_session(workspace, record_id)
    changes = {}
    for name, text in typed.items():
        question = session.form.question(f"/{name}")
        assert question is not None, name
        changes[f"/{name}"] = as_value(question, text)
    save_record(workspace, record_id, changes)
    close_session(workspace, record_id)


def _check_equal(story: Story, name: str) -> None:
    digests = [_digests(workspace) for workspace in (story.first, story.second)]
    missing = [photo.digest for w in (story.first, story.second) for photo in w.photos.to_fetch()]
    equal = digests[0] == digests[1] and len(digests[0]) == len(story.records)
    story.check(name, holds=equal and not missing, seen=missing or len(digests[1]))


def _digests(workspace: Workspace) -> dict[str, str]:
    return {
        row.record_id: heads_digest(merged.values)
        for row in list_records(workspace)
        if (merged := workspace.records.merged(row.record_id)) is not None
    }
