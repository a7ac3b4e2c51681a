from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.changes import Changes

_ids = st.frozensets(st.sampled_from("abc"))
_changes = st.builds(Changes, records=_ids, photos=_ids, forms=_ids, sync=st.booleans())


def test_no_changes_are_falsy():
    assert not Changes()
    assert Changes(sync=True)


@given(_changes, _changes)
def test_joined_changes_hold_what_both_touched(one, other):
    both = one | other
    assert both.records == one.records | other.records
    assert both.photos == one.photos | other.photos
    assert both.forms == one.forms | other.forms
    assert bool(both) == (bool(one) or bool(other))


@given(_changes)
def test_joining_with_nothing_changes_nothing(one):
    assert one | Changes() == one
