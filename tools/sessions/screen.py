"""A screen that nobody sees, with real key strokes: Xvfb, xdotool, xmodmap and openbox, all out of Debian."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image, ImageChops, ImageGrab

SIZE = (1360, 860)
PATIENCE_S = 30.0
_STILL_S = 0.8  # a picture that has not changed for this long is finished; the text cursor blinks slower


class Screen:
    """An X server of its own; `display` is its name."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(writing),
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                "{}x{}x24".format(*size),
            ],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.display = f":{told.readline().strip()}"
        self.size = size
        self._manager = subprocess.Popen(
            ["openbox", "--config-file", str(Path(__file__).with_name("openbox.xml"))],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        self._spare = list(range(120, 255))  # key codes beyond those of a usual keyboard
        self._keys: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._manager.terminate()
        self._manager.wait()
        self._server.terminate()
        self._server.wait()

    def put_on_keyboard(self, keys: list[str]) -> None:
        """Gives each of these key symbols a key that had none."""
        for key in dict.fromkeys(keys):
            if key not in self._keys:
                self._keys[key] = self._spare.pop()
                subprocess.run(
                    ["xmodmap", "-e", f"keycode {self._keys[key]} = {key}"], env=self.environment, check=True
                )

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to know to be on this screen."""
        return {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def picture(self) -> Image.Image:
        """What the screen shows now."""
        return ImageGrab.grab(xdisplay=self.display)

    def still(self) -> Image.Image:
        """The picture once nothing moves any more. Raises TimeoutError after 30 s."""
        until, since, before = time.monotonic() + PATIENCE_S, time.monotonic(), self.picture()
        while time.monotonic() - since < _STILL_S:
            time.sleep(0.05)
            now = self.picture()
            if _differ(before, now):
                since, before = time.monotonic(), now
            if time.monotonic() > until:
                raise TimeoutError("the window does not come to rest")
        return before


class Program:
    """The program on a screen, as its user has it: keys, and what comes of them."""

    def __init__(self, screen: Screen, data: Path) -> None:
        self._screen = screen
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app", "--data-dir", str(data)],
            env=screen.environment,
        )
        window = self._tell("search", "--sync", "--onlyvisible", "--pid", str(self._process.pid)).split()[0]
        self._tell("windowactivate", "--sync", window)
        screen.still()

    def key(self, *keys: str, times: int = 1) -> None:
        """Presses keys one after the other: "ctrl+n", "Return"."""
        self._tell("key", "--delay", "40", *(key for key in keys for _ in range(times)))
        self._screen.still()

    def answered(self, key: str) -> None:
        """Presses a key and waits for what is worked out for it. Raises TimeoutError when nothing changes."""
        before = self._screen.still()
        self._tell("key", key)
        self.wait(lambda: _differ(before, self._screen.picture()), f"the answer to {key}")

    def type(self, text: str) -> None:
        """Types text, Chinese too, on a keyboard that has a key for each character."""
        keys = [f"U{ord(one):04X}" for one in text]
        self._screen.put_on_keyboard(keys)
        self._tell("key", "--delay", "40", *keys)
        self._screen.still()

    def wait(self, done: Callable[[], bool], what: str) -> None:
        """Lets the program work. Raises TimeoutError, naming `what`, after 30 s."""
        until = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > until:
                raise TimeoutError(what)
            time.sleep(0.1)
        self._screen.still()

    def kill(self) -> None:
        """As a power cut ends it."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> int:
        """Closes it by Ctrl+Q; its exit code."""
        self.key("ctrl+q")
        return self._process.wait(PATIENCE_S)

    def _tell(self, *words: str) -> str:
        return subprocess.run(
            ["xdotool", *words],
            env=self._screen.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        ).stdout


def _differ(one: Image.Image, other: Image.Image) -> bool:
    """Whether more than a text cursor is different."""
    box = ImageChops.difference(one.convert("L"), other.convert("L")).getbbox()
    return box is not None and (box[2] - box[0] > 3 or box[3] - box[1] > 40)
