"""Workspaces with the small form, for the tests of what keeps data."""

from __future__ import annotations

import pytest

from tests.builders import a_workspace


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path, clock):
    with a_workspace(tmp_path / "other", name="另一人", clock=clock) as opened:
        yield opened
