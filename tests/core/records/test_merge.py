"""The merge rule: nothing is lost, order does not matter, and every difference is seen."""

import random
import time
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from core.records.history import field_changes
from core.records.merge import MergedRecord, Merging, merge
from core.records.operation import ALIVE, DELETED, DRAFT, FINAL, LIFE, STATE, Operation, OpRef, ResolvedOp

A, B, C = "a" * 32, "b" * 32, "c" * 32
ROW = "/hh[0192]"


@dataclass
class Designer:
    """Somebody with a copy of the record: edits what they see, and learns from others when they meet."""

    replica: str
    known: dict[OpRef, ResolvedOp] = field(default_factory=dict)
    n: int = 0

    def change(self, kind: str = "put", **fields) -> OpRef:
        fields = {"/" + name: value for name, value in fields.items()}
        return self.change_paths(fields, kind)

    def change_paths(self, fields, kind: str = "put") -> OpRef:
        self.n += 1
        seen = self.record.fields if self.known else {}
        paths = fields or {LIFE: None}
        bases = {path: tuple(head.ref for head in seen[path].heads) if path in seen else () for path in paths}
        op = Operation(k=kind, n=self.n, t="t", r="rec", s=fields)
        known = dict(self.record.seen) if self.known else {}
        ref = OpRef(self.replica, self.n)
        self.known[ref] = ResolvedOp(ref, op, bases, known)
        return ref

    def meet(self, other: "Designer") -> None:
        self.known = other.known = {**self.known, **other.known}
        self.known, other.known = dict(self.known), dict(other.known)

    @property
    def record(self) -> MergedRecord:
        return merge(self.known.values())


def two_designers(**fields) -> tuple[Designer, Designer]:
    one, other = Designer(A), Designer(B)
    one.change(**fields)
    one.meet(other)
    return one, other


def test_two_surveyors_changing_different_answers_merge_softly():
    one, other = two_designers(roof="瓦", wall="砖")
    one.change(roof="石板")
    other.change(wall="土坯")
    one.meet(other)
    assert one.record.values == {"/roof": "石板", "/wall": "土坯"}
    assert one.record.conflicts == ()
    assert one.record.parallel


def test_saving_after_seeing_both_ends_the_parallel_mark():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change(wall="土坯")
    one.meet(other)
    one.change(note="看过")
    assert not one.record.parallel


def test_two_different_answers_to_one_question_are_a_conflict_and_both_stay():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change(roof="茅草")
    one.meet(other)
    (conflict,) = one.record.conflicts
    assert (conflict.path, conflict.kind) == ("/roof", "values")
    assert {head.value for head in one.record.fields["/roof"].heads} == {"石板", "茅草"}


def test_equal_answers_collapse():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change(roof="石板")
    one.meet(other)
    assert one.record.conflicts == ()


def test_a_later_answer_of_somebody_who_saw_both_settles_it():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change(roof="茅草")
    one.meet(other)
    one.change("res", roof="茅草")
    one.meet(other)
    assert other.record.conflicts == ()
    assert other.record.values["/roof"] == "茅草"


def test_the_longer_chain_is_shown_first():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    one.change(roof="石板（青）")
    other.change(roof="茅草")
    one.meet(other)
    assert one.record.fields["/roof"].shown.value == "石板（青）"


def test_a_missing_base_means_the_own_previous_operation():
    first = ResolvedOp(OpRef(A, 1), Operation(k="put", n=1, t="t", r="r", s={"/q": 1}), {}, {})
    second = ResolvedOp(OpRef(A, 2), Operation(k="put", n=2, t="t", r="r", s={"/q": 2}), {}, {})
    assert [head.value for head in merge([second, first]).fields["/q"].heads] == [2]


def test_an_explicit_empty_base_supersedes_nothing():
    first = ResolvedOp(OpRef(A, 1), Operation(k="put", n=1, t="t", r="r", s={"/q": 1}), {}, {})
    second = ResolvedOp(OpRef(A, 2), Operation(k="put", n=2, t="t", r="r", s={"/q": 2}), {"/q": ()}, {})
    assert merge([first, second]).fields["/q"].conflict


def test_finalised_here_and_changed_there_is_a_draft_and_no_conflict():
    one, other = two_designers(roof="瓦")
    one.change_paths({STATE: FINAL})
    other.change_paths({STATE: DRAFT, "/roof": "石板"})
    one.meet(other)
    assert one.record.state == DRAFT
    assert one.record.conflicts == ()


def test_deleting_what_one_has_seen_deletes():
    one, other = two_designers(roof="瓦")
    other.change("del")
    one.meet(other)
    assert one.record.life == DELETED


def test_an_edit_that_the_deletion_did_not_know_keeps_the_record_and_shows_the_dispute():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change("del")
    one.meet(other)
    assert one.record.life == ALIVE
    assert [conflict.kind for conflict in one.record.conflicts] == ["deleted_edited"]


def test_deleting_again_after_seeing_the_edit_ends_the_dispute():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change("del")
    one.meet(other)
    one.change("del")
    assert one.record.life == DELETED
    assert one.record.conflicts == ()


def test_restoring_ends_the_dispute_too():
    one, other = two_designers(roof="瓦")
    one.change(roof="石板")
    other.change("del")
    one.meet(other)
    one.change("undel")
    assert one.record.life == ALIVE
    assert one.record.conflicts == ()


def test_a_row_deleted_here_and_changed_there_stays_and_is_disputed():
    one, other = two_designers()
    one.change_paths({ROW + "/name": "示例户"})
    one.meet(other)
    one.change_paths({ROW + "/@life": DELETED})
    assert (one.record.values[ROW + LIFE], one.record.conflicts) == (DELETED, ())
    other.change_paths({ROW + "/name": "示例户二"})
    one.meet(other)
    assert [conflict.path for conflict in one.record.conflicts] == [ROW + LIFE]


def test_history_tells_what_each_author_saw_before():
    _, other = two_designers(roof="瓦")
    other.change(roof="石板")
    changes = field_changes(other.known.values())
    assert [(change.ref.replica, change.before, change.after) for change in changes] == [
        (A, (), "瓦"),
        (B, ("瓦",), "石板"),
    ]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 2), st.sampled_from("xyz"), st.integers(0, 3)),
        st.tuples(st.just("del"), st.integers(0, 2), st.just(""), st.just(0)),
        st.tuples(st.just("undel"), st.integers(0, 2), st.just(""), st.just(0)),
        st.tuples(st.just("meet"), st.integers(0, 2), st.integers(0, 2), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(steps, st.randoms())
def test_any_story_converges_and_loses_no_value(story, shuffle: random.Random):
    team = [Designer(A), Designer(B), Designer(C)]
    team[0].change(x=0)
    for kind, who, what, value in story:
        if kind == "meet":
            team[who].meet(team[what])
        elif kind == "put":
            team[who].change(**{what: value})
        elif team[who].known:
            team[who].change(kind)
    every = {ref: op for designer in team for ref, op in designer.known.items()}
    whole = merge(every.values())
    shuffled = list(every.values()) * 2
    shuffle.shuffle(shuffled)
    assert merge(shuffled) == whole
    for path, setters in _setters(every).items():
        superseded = {base for op in setters for base in op.bases.get(path, ()) if base != op.ref}
        unsuperseded = {op.ref for op in setters} - superseded
        assert {head.ref for head in whole.fields[path].heads} == unsuperseded
        values = {repr(op.fields[path]) for op in setters if op.ref in unsuperseded}
        assert (len(values) > 1) == any(c.path == path and c.kind == "values" for c in whole.conflicts)


refs = st.builds(OpRef, st.sampled_from([A, B, C]), st.integers(1, 4))
any_bases = st.dictionaries(refs, st.none() | st.lists(refs, max_size=3).map(tuple), max_size=12)


@settings(max_examples=300, deadline=None)
@given(any_bases, st.randoms(), st.lists(st.integers(1, 3), max_size=12))
def test_operations_added_as_they_arrive_make_what_all_of_them_make(bases, shuffle, batches):
    """In any order and in batches; bases that nobody honest would write among them."""
    arriving = [
        ResolvedOp(
            ref,
            Operation(k="del" if ref.n == 3 else "put", n=ref.n, t="t", r="rec", s={"/x": ref.n, f"/{ref.n}": 0}),
            {} if named is None else {"/x": named, LIFE: named},
            {},
        )
        for ref, named in bases.items()
    ]  # fmt: skip
    shuffle.shuffle(arriving)
    merging, here = Merging(), []
    while arriving:
        size = batches.pop() if batches else 1
        batch, arriving = arriving[:size], arriving[size:]
        fitting = all(merging.fits(op) for op in batch)
        here += batch
        start, added = (merging, batch) if fitting else (Merging(), here)
        before = merging.record() if len(here) > len(batch) else None
        later = start.extended(sorted(added, key=lambda op: op.ref))
        assert later.record() == merge(here)
        assert before is None or merging.record() == before  # the one it began from is as it was
        merging = later


def _setters(every):
    by_path: dict[str, list[ResolvedOp]] = {}
    for op in every.values():
        for path in op.fields:
            by_path.setdefault(path, []).append(op)
    return by_path


def test_bases_that_form_a_loop_do_not_hang():
    loop = [
        ResolvedOp(
            OpRef(A, 1), Operation(k="put", n=1, t="t", r="r", s={"/q": 1}), {"/q": (OpRef(B, 1),)}, {}
        ),
        ResolvedOp(
            OpRef(B, 1), Operation(k="put", n=1, t="t", r="r", s={"/q": 2}), {"/q": (OpRef(A, 1),)}, {}
        ),
    ]
    assert {head.value for head in merge(loop).fields["/q"].heads} == {1, 2}


def test_thousands_of_rows_deleted_at_once_are_merged_at_once():
    one, other = Designer(A), Designer(B)
    rows = [f"/hh[{at}]" for at in range(4_000)]
    one.change_paths({f"{row}/age": 1 for row in rows})
    one.meet(other)
    one.change_paths({f"{row}{LIFE}": DELETED for row in rows})
    other.change_paths({f"{rows[7]}/age": 8, f"{rows[3_999]}/rooms/@life": DELETED})
    one.meet(other)
    started = time.process_time()
    record = one.record
    assert time.process_time() - started < 1  # looking through all operations for each row took 2.7 s
    assert [(conflict.path, conflict.kind) for conflict in record.conflicts] == [
        (f"{rows[3_999]}{LIFE}", "deleted_edited"),
        (f"{rows[7]}{LIFE}", "deleted_edited"),
    ]


def test_a_path_that_is_all_slashes_costs_no_more_than_another():
    one, other = Designer(A), Designer(B)
    one.change_paths({f"/hh{'/' * 130_000}age": 1})
    one.meet(other)
    other.change_paths({LIFE: DELETED})
    one.change_paths({f"/hh{'/' * 130_000}age": 2})
    one.meet(other)
    started = time.process_time()
    record = one.record
    assert time.process_time() - started < 1  # every place between two slashes looked at took 4 s
    assert [conflict.kind for conflict in record.conflicts] == ["deleted_edited"]
