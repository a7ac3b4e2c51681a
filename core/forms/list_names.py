"""Names that the lists beside a form go by, known before any form is read."""

from __future__ import annotations

from typing import Final

DIVISIONS: Final = "divisions"
"""The list of administrative divisions. Every other list outside is a form, and its rows are records."""
LOCAL_COLUMN: Final = "@local"
"""Stands in the row of a division that people added."""
LIFE_COLUMN: Final = "@life"
"""Says `deleted` in the row of a deleted record."""
