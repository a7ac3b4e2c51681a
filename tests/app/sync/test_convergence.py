"""Any edits on three machines, synced in any order, end in one state: that of the merge rule over all operations."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.usecases.records import create_record, delete_record, restore_record, save_record
from core.records.merge import merge
from core.records.operation import decode_line, resolve
from tests.builders import a_workspace
from tests.servers import a_service, endpoint_of, join_in_process, sync_in_process

CLIENTS = range(3)
edits = st.tuples(
    st.sampled_from(CLIENTS),
    st.sampled_from(["edit", "edit", "edit", "sync", "sync", "new", "delete", "restore"]),
    st.sampled_from(["/name", "/remark", "/village", "/households"]),
    st.integers(0, 3),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(edits, min_size=5, max_size=20))
def test_three_clients_converge_to_the_merge_of_all_operations(steps):
    folder = Path(tempfile.mkdtemp())
    try:
        _story(folder, steps)
    finally:
        shutil.rmtree(folder)


def _story(folder: Path, steps) -> None:
    with (
        a_service(folder / "server") as server,
        a_workspace(folder / "0") as a,
        a_workspace(folder / "1") as b,
        a_workspace(folder / "2") as c,
    ):
        machines = [a, b, c]
        for workspace in machines:
            join_in_process(server, workspace)
        for client, what, path, number in steps:
            _step(server, machines[client], what, path, number)
        for _ in range(2):
            for workspace in machines:
                sync_in_process(endpoint_of(server, workspace), workspace)
        expected = _oracle(machines)
        for workspace in machines:
            assert {record: _state(workspace.records.merged(record)) for record in expected} == expected
            assert set(workspace.records.ids()) == set(expected)
            found = {(row.record_id, row.path) for row in workspace.records.conflicts()}
            assert found == {(record, conflict[0]) for record in expected for conflict in expected[record][2]}


def _step(server, workspace, what, path, number) -> None:
    records = workspace.records.ids()
    if what == "new" or (what != "sync" and not records):
        record = create_record(workspace, "small")
        save_record(workspace, record, {"/name": f"新{number}"})
    elif what == "sync":
        sync_in_process(endpoint_of(server, workspace), workspace)
    elif what == "edit":
        value = number if path == "/households" else f"{workspace.person.device[-4:]}{number}"
        save_record(workspace, records[number % len(records)], {path: value})
    elif what == "delete":
        delete_record(workspace, records[number % len(records)])
    else:
        restore_record(workspace, records[number % len(records)])


def _oracle(machines) -> dict[str, tuple]:
    """The state of every record by the merge rule over the union of the machines' own logs."""
    by_record: dict[str, list] = {}
    for workspace in machines:
        own = workspace.operations.own().id
        ops = [decode_line(line.line) for line in workspace.operations.log(own)]
        numbers = {op.i: op.id for op in ops if op.k == "rep"}
        for op in ops:
            if op.r is not None:
                by_record.setdefault(op.r, []).append(resolve(own, op, numbers))
    return {record: _state(merge(ops)) for record, ops in by_record.items()}


def _state(merged) -> tuple:
    conflicts = tuple((conflict.path, conflict.kind, conflict.refs) for conflict in merged.conflicts)
    return merged.values, merged.life, conflicts
