"""What every test stands on: no screen, nobody's home folder, and a clock that only moves when told."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session", autouse=True)
def _nobody_at_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """HOME and the XDG folders in a temporary place, so that no test reads or writes a person's own."""
    home = tmp_path_factory.mktemp("home")
    os.environ["HOME"] = str(home)
    for name, folder in {
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
        "XDG_STATE_HOME": "state",
        "XDG_RUNTIME_DIR": "runtime",
    }.items():
        place = home / folder
        place.mkdir(mode=0o700)
        os.environ[name] = str(place)


class FakeClock:
    """A `core.clock.Clock` that stands still until `advance` is called."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)) -> None:
        self.time = start
        self.ticks_ms = 1_000

    def now(self) -> datetime:
        return self.time

    def monotonic_ms(self) -> int:
        return self.ticks_ms

    def advance(self, **parts: float) -> None:
        """Moves on by what `timedelta` takes: advance(minutes=5)."""
        step = timedelta(**parts)
        self.time += step
        self.ticks_ms += round(step.total_seconds() * 1000)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]
