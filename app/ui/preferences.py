"""What the person set up, kept as `app.settings` and written at every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from app.i18n import Language, set_language
from app.settings import Settings, load_settings, save_settings
from app.ui.tokens import THEMES, Tokens

MOST_WORKSPACES = 9


class Preferences:
    """The settings of this computer's person. `file` need not exist yet; None keeps them in memory."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.settings = load_settings(file) if file else Settings()
        set_language(self.settings.language)

    @property
    def theme(self) -> str:
        """The name of the theme: light or dark."""
        return self.remembered("theme", "light")

    @property
    def tokens(self) -> Tokens:
        """The colours of the present theme."""
        return THEMES.get(self.theme, THEMES["light"])

    def remembered(self, name: str, default: str = "") -> str:
        """What the window noted under `name`, or `default`."""
        return self.settings.window.get(name, default)

    def remember(self, name: str, value: str) -> None:
        """Note something of the window: theme, its place, the width of columns."""
        self._change(window={**self.settings.window, name: value})

    def set_language(self, language: Language) -> None:
        """Speak another language; what is on screen is the window's to build anew."""
        set_language(language)
        self._change(language=language)

    @property
    def last_folder(self) -> str:
        """Where a file was last opened or saved, or the home folder."""
        return self.settings.last_folder or str(Path.home())

    def use_folder(self, folder: Path) -> None:
        """Remember where a file was opened or saved."""
        self._change(last_folder=str(folder))

    @property
    def workspaces(self) -> tuple[str, ...]:
        """The folders of records opened last, the present one first; "" is the program's own."""
        return self.settings.workspaces

    def use_workspace(self, folder: Path | None) -> None:
        """Remember which folder of records is open; None is the program's own."""
        name = "" if folder is None else str(folder)
        others = [one for one in self.settings.workspaces if one != name]
        workspaces = (name, *others)[:MOST_WORKSPACES]
        if workspaces not in {self.settings.workspaces, ("",)}:  # who never left the own one needs no list
            self._change(workspaces=workspaces)

    def _change(self, **changed: Any) -> None:
        self.settings = msgspec.structs.replace(self.settings, **changed)
        if self._file is not None:
            save_settings(self.settings, self._file)
