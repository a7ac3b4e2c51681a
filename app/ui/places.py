"""The pages of the window, and how one gets about among them: where one is, where going back leads."""

from __future__ import annotations

from importlib import import_module

from app.ui.desk import Desk
from app.ui.page import Page, Standpoint

# Where the navigation leads: key, icon. A page is the class of its module in app.ui.pages.
PLACES = {
    "start": "house",
    "records": "clipboard-list",
    "villages": "map",
    "summary": "chart-column",
    "conflicts": "git-compare",
    "sync": "refresh-cw",
    "settings": "settings",
}
PAGES = {
    "start": ("start", "StartPage"),
    "records": ("record_list", "RecordListPage"),
    "villages": ("villages", "VillagesPage"),
    "summary": ("summary", "SummaryPage"),
    "village": ("village", "VillagePage"),
    "conflicts": ("conflicts", "ConflictsPage"),
    "sync": ("sync", "SyncPage"),
    "settings": ("settings", "SettingsPage"),
    "import_form": ("import_form", "ImportFormPage"),
    "server_forms": ("server_forms", "ServerFormsPage"),
    "record": ("record_editor", "RecordEditorPage"),
    "preview": ("preview", "PreviewPage"),
    "history": ("history", "HistoryPage"),
}
BESIDE = ("preview", "history")  # pages that only look at a record and lead back
UNDER = {"village": "villages", "server_forms": "settings"}
"""Where the navigation stands for pages that it does not lead to; for all others at the records."""
LEADS_BACK = ("start", "villages", "village", "conflicts", "sync")
"""Where a record may be opened from beside the list, and going back leads to again."""


def make_page(key: str, desk: Desk) -> Page:
    """The page of that key; its module is read now."""
    module, name = PAGES[key]
    page: Page = getattr(import_module(f"app.ui.pages.{module}"), name)(desk)
    return page


class Trail:
    """Where one is (`place`), and where one came from."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._record_from, self._village_from, self._beside_from = "records", "villages", place
        self._standpoints: list[Standpoint] = []

    @property
    def navigated(self) -> str:
        """Where the navigation stands."""
        return self.place if self.place in PLACES else UNDER.get(self.place, "records")

    def leave_for_record(self) -> None:
        """A record is opened from here; those that one came by are forgotten."""
        self._standpoints.clear()
        if self.place not in {"record", *BESIDE}:
            self._record_from = self.place if self.place in LEADS_BACK else "records"

    def leave_for_linked(self, standpoint: Standpoint) -> None:
        """A record is opened from another one."""
        self._standpoints.append(standpoint)

    def leave_for_village(self) -> None:
        """A village is opened from here."""
        self._village_from = self.place if self.place in PLACES else "villages"

    def leave_for_beside(self) -> None:
        """A page is opened that only looks at a record."""
        if self.place not in BESIDE:
            self._beside_from = self.place

    def back(self) -> str | Standpoint:
        """The place, or the record and where in it, to which going back leads."""
        if self.place == "record" and self._standpoints:
            return self._standpoints.pop()
        if self.place in BESIDE:
            return self._beside_from
        known = {"village": self._village_from, "server_forms": "settings"}
        return known.get(self.place, self._record_from)
