from __future__ import annotations

import pytest

from tests.servers import a_server, a_service


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    """One server process for all tests that neither end it nor look at all of its data."""
    with a_server(tmp_path_factory.mktemp("shared") / "server") as running:
        yield running


@pytest.fixture
def service(tmp_path):
    with a_service(tmp_path / "server") as opened:
        yield opened
