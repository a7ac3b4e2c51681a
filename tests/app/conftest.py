"""Workspaces with the small form, for the tests of what keeps data."""

from __future__ import annotations

import shutil

import pytest

from tests.builders import a_workspace
from tests.conftest import FakeClock
from tests.sampled import make_sampled


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", clock=clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path, clock):
    with a_workspace(tmp_path / "other", name="另一人", clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def sampled_once(tmp_path_factory):
    """The folder of a workspace with all sample records, made once; nobody opens it."""
    folder = tmp_path_factory.mktemp("sampled") / "ws"
    make_sampled(folder, FakeClock())
    return folder


@pytest.fixture
def sampled(sampled_once, tmp_path):
    """A copy of that workspace to open and change; `tests.sampled.sampled_records` names its records."""
    shutil.copytree(sampled_once, tmp_path / "sampled")
    shutil.copy(sampled_once.with_suffix(".json"), tmp_path / "sampled.json")
    return tmp_path / "sampled"
