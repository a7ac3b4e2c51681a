"""What every test stands on: no screen, nobody's home folder, and a clock that only moves when told."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app import i18n

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


# How fast the machine is, is no finding; where changes are judged, the same examples run every time.
settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _nobody_at_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """HOME and the XDG folders in a temporary place, and no language but ours: no test depends on whose it is."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        os.environ.pop(name, None)
    os.environ["LANG"] = "C.UTF-8"
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


@pytest.fixture(autouse=True)
def _missing_words_are_errors() -> Iterator[None]:
    i18n.raise_missing_words(strict=True)
    i18n.set_language("zh")
    yield
    i18n.raise_missing_words(strict=False)


@pytest.fixture(autouse=True)
def _unexpected_warnings_fail(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A warning in our log means someone should look: a test that causes one says so with `log_warnings`."""
    yield
    if request.node.get_closest_marker("log_warnings") is None:
        loud = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
        assert not loud, f"unexpected in the log: {loud}"


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The score of our engine beside JavaRosa, from whichever process counted it (tests/oracle)."""
    ended = [report for reports in terminalreporter.stats.values() for report in reports]
    told = [
        value for one in ended for name, value in getattr(one, "user_properties", ()) if name == "javarosa"
    ]
    for score in dict.fromkeys(told):
        terminalreporter.write_line(f"JavaRosa: {score}")
